//! caravan-connectors-bundle: to be written.

//! caravan-connector-dhl: to be written.

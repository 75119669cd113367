//! caravan-tenancy: to be written.

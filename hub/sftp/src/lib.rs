//! caravan-hub-sftp: to be written.

//! json: being written.

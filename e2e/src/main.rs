//! caravan-e2e: to be written.
fn main() {}

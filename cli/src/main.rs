//! caravan: to be written.
fn main() {}

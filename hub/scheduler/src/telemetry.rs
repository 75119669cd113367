//! What the scheduler tells the operator.

use caravan_fault::Class;
use metrics::counter;

/// A reference was asked about.
pub(crate) fn polled(party: &str, class: Option<Class>) {
    let class = class.map_or("ok", Class::as_str);
    counter!("caravan_polls_total", "party" => party.to_owned(), "class" => class).increment(1);
}

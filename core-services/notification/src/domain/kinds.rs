//! Which kinds of event there are to be asked for, and which of them a caller may read.

use caravan_events::Kind;
use caravan_tenancy::Caller;

/// Whether there is such a kind.
pub(crate) fn known(kind: &str) -> bool {
    Kind::ALL.iter().any(|(known, _)| known.as_str() == kind)
}

/// Every kind that `caller` may read, in the order of the table.
pub(crate) fn all_readable(caller: &Caller) -> Vec<String> {
    let kinds = Kind::ALL.iter().map(|(kind, _)| kind);
    let readable = kinds.filter(|kind| caravan_visibility::lacking(caller, kind).is_none());
    readable.map(|kind| kind.as_str().to_owned()).collect()
}

/// The first scope that `caller` lacks to read all of `kinds`.
pub(crate) fn lacking(caller: &Caller, kinds: &[String]) -> Option<&'static str> {
    kinds.iter().find_map(|kind| caravan_visibility::lacking(caller, &Kind::new(kind.clone())))
}

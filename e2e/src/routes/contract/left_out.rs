//! Operations that are not asked, each with the reason.

use std::collections::BTreeSet;

use super::super::document::Route;
use crate::wrong::{Wrong, ensure};

/// By their ids in the document.
const LEFT_OUT: &[(&str, &str)] = &[
    ("revokeKey", "ends the key that is asked with"),
    ("logout", "ends a session"),
    ("endMySession", "ends a session"),
    ("endMySessions", "ends all sessions"),
    ("endUserSessions", "ends all sessions of somebody"),
    ("changeUser", "disables people, and takes roles from them"),
    ("makeIdentityProvider", "asks a stranger's server, whose silence is a 502"),
    ("changeIdentityProvider", "asks a stranger's server, whose silence is a 502"),
    ("streamEvents", "has no end"),
    ("tailEvents", "has no end"),
];

/// Whether the route is one of them.
pub(super) fn is(route: &Route) -> bool {
    LEFT_OUT.iter().any(|(operation, _)| *operation == route.operation)
}

/// Fails when one of them is described nowhere any more.
pub(super) fn all_known(left: &[Route]) -> Result<(), Wrong> {
    let known: BTreeSet<&str> = left.iter().map(|route| route.operation.as_str()).collect();
    let gone: Vec<&(&str, &str)> =
        LEFT_OUT.iter().filter(|(operation, _)| !known.contains(operation)).collect();
    ensure(gone.is_empty(), || {
        format!("these are left out and described nowhere, take them out of the list: {gone:?}")
    })
}

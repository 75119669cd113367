//! What may be granted: every scope with its meaning, and the roles as sets of them. The one place that knows both.
//!
//! | role | for | in short |
//! | --- | --- | --- |
//! | `owner` | who answers for the tenant | everything |
//! | `operations` | who moves the freight | shipments, orders, documents and connections; no approval of orders or freight bills |
//! | `finance` | who pays for it | freight bills and their approval; approval of orders, as that is what commits the money |
//! | `viewer` | who must know | reads, without the trail, the keys and the users |
//!
//! Who asks for an order does not approve it: `orders:write` without `orders:approve`, and the other way round, save for owners.

/// Every scope and what it opens, in alphabetical order.
pub const SCOPES: &[(&str, &str)] = &[
    ("audit:read", "read and verify the audit trail"),
    ("connections:read", "see connections, without their secrets"),
    (
        "connections:write",
        "make, test, change and pause connections; set their secrets; choose what is polled",
    ),
    ("documents:read", "see documents with their bytes, records, rejects and steps"),
    ("documents:replay", "process a document again, and send something outward a second time"),
    ("documents:write", "hand documents over"),
    ("events:read", "follow the event stream"),
    ("events:write", "reserved: nothing outside appends events"),
    ("keys:read", "see API keys, without their secrets"),
    ("keys:write", "make and revoke API keys with no more scopes than one's own"),
    ("operations:read", "see health, rates and lags of the whole installation"),
    ("orders:approve", "approve or refuse orders"),
    ("orders:read", "see orders"),
    ("orders:write", "make, import, change, assign, tender, dispatch and cancel orders"),
    ("parties:read", "see the catalogue of parties"),
    ("parties:write", "reserved: the catalogue comes with the release"),
    (
        "settlement:approve",
        "approve freight bills, credits and debits, and hand them over to the ERP",
    ),
    ("settlement:read", "see rate contracts, freight bills, variances, disputes and postings"),
    ("settlement:write", "keep rate contracts, enter freight bills, dispute and answer"),
    ("shipments:read", "see shipments, timelines and exceptions"),
    (
        "shipments:write",
        "own, snooze and resolve exceptions; share shipments by links; report milestones by hand",
    ),
    ("users:read", "see the tenant's users"),
    ("users:write", "invite users, change their roles, disable them"),
    ("webhooks:read", "see outgoing webhooks and their deliveries"),
    ("webhooks:write", "make, change, test and repeat outgoing webhooks"),
];

/// A role: a name for a set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Owner,
    /// Moves the freight.
    Operations,
    /// Pays for it.
    Finance,
    /// Looks on.
    Viewer,
}

const READS: &[&str] = &[
    "connections:read",
    "documents:read",
    "events:read",
    "orders:read",
    "parties:read",
    "settlement:read",
    "shipments:read",
    "webhooks:read",
];
const OPERATIONS: &[&str] = &[
    "connections:write",
    "documents:replay",
    "documents:write",
    "keys:read",
    "operations:read",
    "orders:write",
    "settlement:write",
    "shipments:write",
    "users:read",
    "webhooks:write",
];
const FINANCE: &[&str] = &[
    "audit:read",
    "documents:write",
    "orders:approve",
    "settlement:approve",
    "settlement:write",
    "users:read",
];

impl Role {
    /// All of them, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Operations, Self::Finance, Self::Viewer];

    /// Its name, as stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Operations => "operations",
            Self::Finance => "finance",
            Self::Viewer => "viewer",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// What it may do, in alphabetical order.
    #[must_use]
    pub fn scopes(self) -> Vec<&'static str> {
        let own: &[&str] = match self {
            Self::Owner => return SCOPES.iter().map(|(scope, _)| *scope).collect(),
            Self::Operations => OPERATIONS,
            Self::Finance => FINANCE,
            Self::Viewer => &[],
        };
        let mut all = [READS, own].concat();
        all.sort_unstable();
        all
    }
}

/// Whether there is such a scope.
#[must_use]
pub fn exists(scope: &str) -> bool {
    SCOPES.iter().any(|(known, _)| *known == scope)
}

/// Those of `wanted` that are not within `granted`, where `*` stands for everything.
#[must_use]
pub fn beyond<'a>(wanted: &[&'a str], granted: &[String]) -> Vec<&'a str> {
    let covers = |scope: &str| granted.iter().any(|have| have == scope || have == "*");
    wanted.iter().copied().filter(|scope| !covers(scope)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_of_a_role_is_in_the_table_once() {
        assert!(SCOPES.is_sorted_by(|one, other| one.0 < other.0), "sorted, none twice");
        for role in Role::ALL {
            let scopes = role.scopes();
            assert!(scopes.is_sorted_by(|one, other| one < other), "{role:?}: {scopes:?}");
            assert_eq!(
                scopes.iter().filter(|scope| !exists(scope)).count(),
                0,
                "{role:?}: {scopes:?}"
            );
            assert_eq!(Role::named(role.as_str()), Some(role));
        }
        assert_eq!(Role::named("Owner"), None);
    }

    #[test]
    fn only_an_owner_both_asks_and_approves() {
        for role in Role::ALL {
            let scopes = role.scopes();
            let has = |scope| scopes.contains(&scope);
            assert_eq!(
                has("orders:write") && has("orders:approve"),
                role == Role::Owner,
                "{role:?}"
            );
        }
        assert!(Role::Viewer.scopes().iter().all(|scope| scope.ends_with(":read")));
    }

    #[test]
    fn what_lies_beyond_is_named() {
        let granted = ["orders:read".to_owned(), "keys:write".to_owned()];
        assert_eq!(beyond(&["orders:read", "orders:write", "*"], &granted), ["orders:write", "*"]);
        assert_eq!(beyond(&["orders:read", "*"], &["*".to_owned()]), [""; 0]);
    }
}

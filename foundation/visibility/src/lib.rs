//! Who may see which events. `events:read` sees all of the tenant's; else the noun's own scope opens its events.
//!
//! One table for every way out: live streams, webhooks.
#![forbid(unsafe_code)]

use caravan_events::Kind;
use caravan_tenancy::Caller;

/// Sees every event of its tenant.
const ALL: &str = "events:read";
/// Those of one noun's events.
const BY_NOUN: [&str; 5] =
    ["connections:read", "documents:read", "orders:read", "settlement:read", "shipments:read"];

/// The scope that opens events of `kind`. An unknown noun is opened by [`ALL`] only, so that a new kind is not shown by accident.
#[must_use]
pub fn scope_of(kind: &Kind) -> &'static str {
    let noun = kind.as_str().strip_prefix("caravan.").and_then(|rest| rest.split('.').next());
    match noun.unwrap_or_default() {
        "milestone" | "timeline" | "shipment" | "exception" | "detention" | "eta" => {
            "shipments:read"
        }
        "order" | "order-import" | "tender" => "orders:read",
        "freight-invoice" | "rate-contract" | "settlement" | "bill" | "dispute" => {
            "settlement:read"
        }
        "document" => "documents:read",
        "connection" => "connections:read",
        _ => ALL,
    }
}

/// What one caller sees.
#[derive(Debug, Clone)]
pub struct Visible {
    all: bool,
    scopes: Vec<String>,
    /// Only these kinds; every one when empty.
    kinds: Vec<Kind>,
}

impl Visible {
    /// What `caller` sees of `kinds`, of every kind when none is named.
    #[must_use]
    pub fn new(caller: &Caller, kinds: Vec<Kind>) -> Self {
        let scopes = BY_NOUN.into_iter().filter(|scope| caller.may(scope)).map(str::to_owned);
        Self { all: caller.may(ALL), scopes: scopes.collect(), kinds }
    }

    /// Whether the caller may see events of any kind at all.
    #[must_use]
    pub fn anything(&self) -> bool {
        self.all || !self.scopes.is_empty()
    }

    /// Whether it may see, and asked for, events of `kind`, which `scope` opens.
    #[must_use]
    pub fn shows(&self, kind: &Kind, scope: &str) -> bool {
        (self.all || self.scopes.iter().any(|granted| granted == scope))
            && (self.kinds.is_empty() || self.kinds.contains(kind))
    }
}

/// The scope that `caller` lacks to see events of `kind`; none when it may see them.
#[must_use]
pub fn lacking(caller: &Caller, kind: &Kind) -> Option<&'static str> {
    let scope = scope_of(kind);
    (!caller.may(ALL) && !caller.may(scope)).then_some(scope)
}

#[cfg(test)]
mod tests {
    use caravan_model::{TenantId, TraceId};

    use super::*;

    fn caller(scopes: &[&str]) -> Caller {
        Caller {
            tenant: TenantId(uuid::Uuid::from_u128(1)),
            principal: "test".into(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            trace: TraceId([1; 16]),
        }
    }

    fn sees(scopes: &[&str], kinds: &[&'static str], kind: &'static str) -> bool {
        let caller = caller(scopes);
        let kind = Kind::new(kind);
        let open = lacking(&caller, &kind).is_none();
        let kinds: Vec<Kind> = kinds.iter().map(|kind| Kind::new(*kind)).collect();
        let asked = kinds.is_empty() || kinds.contains(&kind);
        let shown = Visible::new(&caller, kinds).shows(&kind, scope_of(&kind));
        assert_eq!(shown, open && asked, "{scopes:?} {kind}");
        shown
    }

    #[test]
    fn a_scope_opens_the_events_of_its_noun() {
        let (order, bill) = ("caravan.order.placed", "caravan.freight-invoice.received");
        assert!(sees(&["orders:read"], &[], order));
        assert!(!sees(&["orders:read"], &[], bill));
        assert!(sees(&["events:read"], &[], bill) && sees(&["*"], &[], bill));
        assert!(!sees(&["orders:write"], &[], order) && !sees(&[], &[], order));
        assert!(!sees(&["orders:read", "settlement:read"], &[], "caravan.secret.made"));
        assert!(sees(&["*"], &[order], order) && !sees(&["*"], &[order], bill));
        assert!(!sees(&["orders:read"], &[bill], bill), "asking for it opens nothing");
    }

    #[test]
    fn a_scope_that_opens_no_event_is_none() {
        for (scope, anything) in [("orders:read", true), ("events:read", true), ("*", true)]
            .into_iter()
            .chain([("users:read", false), ("orders:write", false)])
        {
            assert_eq!(Visible::new(&caller(&[scope]), Vec::new()).anything(), anything, "{scope}");
        }
    }

    #[test]
    fn every_scope_of_a_noun_is_one_of_the_list() {
        for noun in ["milestone", "order", "freight-invoice", "document", "connection"] {
            let scope = scope_of(&Kind::new(format!("caravan.{noun}.x")));
            assert!(BY_NOUN.contains(&scope), "{noun}: {scope}");
        }
    }
}

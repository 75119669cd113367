//! Who may see which events. `events:read` sees all of the tenant's; else the noun's own scope opens its events.

use caravan_events::Kind;
use caravan_tenancy::Caller;

/// Sees every event of its tenant.
const ALL: &str = "events:read";

/// The scope that opens events of `kind`. An unknown noun is opened by [`ALL`] only, so that a new kind is not shown by accident.
pub(crate) fn scope_of(kind: &Kind) -> &'static str {
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
pub(crate) struct Visible {
    all: bool,
    scopes: Vec<String>,
    /// Only these kinds; every one when empty.
    kinds: Vec<Kind>,
}

impl Visible {
    pub(crate) fn new(caller: &Caller, kinds: Vec<Kind>) -> Self {
        let scopes = caller.scopes.iter().filter(|scope| scope.ends_with(":read")).cloned();
        Self { all: caller.may(ALL), scopes: scopes.collect(), kinds }
    }

    /// Whether the caller may see anything at all.
    pub(crate) fn anything(&self) -> bool {
        self.all || !self.scopes.is_empty()
    }

    /// Whether it may see, and asked for, events of `kind`, which `scope` opens.
    pub(crate) fn shows(&self, kind: &Kind, scope: &str) -> bool {
        (self.all || self.scopes.iter().any(|granted| granted == scope))
            && (self.kinds.is_empty() || self.kinds.contains(kind))
    }
}

#[cfg(test)]
mod tests {
    use caravan_model::{TenantId, TraceId};

    use super::*;

    fn sees(scopes: &[&str], kinds: &[&'static str], kind: &'static str) -> bool {
        let caller = Caller {
            tenant: TenantId(uuid::Uuid::from_u128(1)),
            principal: "test".into(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            trace: TraceId([1; 16]),
        };
        let kind = Kind::new(kind);
        let kinds = kinds.iter().map(|kind| Kind::new(*kind)).collect();
        Visible::new(&caller, kinds).shows(&kind, scope_of(&kind))
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
}

//! What goes into the audit trail, gathered until the transaction's last statements: the tenant's chain is locked from then on.

use serde_json::Value;

/// A bill was approved, by a person or by the rule.
pub(crate) const APPROVED: &str = "freight-invoice.approved";

/// Something that somebody, or a rule, did.
#[derive(Debug)]
pub(crate) struct Deed {
    pub(crate) by: String,
    pub(crate) action: &'static str,
    pub(crate) subject: String,
    pub(crate) detail: Value,
}

impl Deed {
    /// It as an entry of the trail.
    pub(crate) fn entry(&self) -> caravan_audit::Entry<'_> {
        let (actor, subject) = (self.by.as_str(), self.subject.as_str());
        caravan_audit::Entry { actor, action: self.action, subject, detail: self.detail.clone() }
    }
}

//! Approval without a person: by the tenant's rule, of a bill that is clean and that nobody has decided on before.

use caravan_events::Envelope;
use caravan_fault::error_chain;
use sqlx::PgConnection;

use crate::bill::Bill;
use crate::decide::{self, Decider};
use crate::domain::matching::Outcome;
use crate::store::invoices::Invoice;
use crate::store::rules::ApprovalRule;
use crate::store::{self, unreadable};
use crate::trail::{APPROVED, Deed};
use crate::wire::amount;
use crate::wire::event::{self, Stamp};

/// Who approves by the rule.
const RULE: &str = "rule/approval";

/// Whether the rule takes a bill that comes out like this.
fn takes(rule: &ApprovalRule, invoice: &Invoice) -> bool {
    let clean = match rule.approve.as_str() {
        "matched" => invoice.outcome == Outcome::Matched.as_str(),
        "within-tolerance" => [Outcome::Matched, Outcome::WithinTolerance]
            .iter()
            .any(|outcome| invoice.outcome == outcome.as_str()),
        _ => false,
    };
    let small = rule.up_to.is_none_or(|most| {
        invoice.total <= most && rule.currency.as_deref() == Some(&invoice.currency)
    });
    clean && small && invoice.status == "open"
}

/// The rule in words, as the approval's reason.
fn named(rule: &ApprovalRule) -> String {
    let limit = rule.up_to.zip(rule.currency.as_deref());
    let limit =
        limit.map(|(most, currency)| format!(", up to {} {currency}", amount(currency, most)));
    format!("by rule: {}{} (version {})", rule.approve, limit.unwrap_or_default(), rule.revision)
}

/// Approves the bill if the rule says so, and returns the event, and what goes into the trail.
///
/// What a person reopened or disputed, and what is corrected after an approval, stays a person's.
pub(crate) async fn approve(
    connection: &mut PgConnection,
    stamp: Stamp,
    rule: &ApprovalRule,
    invoice: &Invoice,
    bill: &Bill,
) -> Result<Option<(Envelope, Deed)>, sqlx::Error> {
    let tenant = stamp.tenant;
    if !takes(rule, invoice)
        || !store::approvals::of(connection, tenant, invoice.id).await?.is_empty()
        || !store::disputes::of(connection, tenant, invoice.id).await?.is_empty()
    {
        return Ok(None);
    }
    let decider = Decider { by: RULE.to_owned(), reason: Some(named(rule)), now_ms: stamp.now_ms };
    let approval = match decide::approve(connection, tenant, invoice, bill, &decider).await {
        Ok(approval) => approval,
        Err(decide::Error::Database(error)) => return Err(error),
        // Nothing is written before tax and postings are reckoned: it waits for a person, who is told why.
        Err(error @ (decide::Error::Tax(_) | decide::Error::Ledger(_))) => {
            tracing::info!(invoice = %invoice.id, error = error_chain(&error), "A bill is not approved by rule.");
            return Ok(None);
        }
        Err(error @ decide::Error::Text(_)) => return Err(unreadable(error)),
    };
    let now = stamp.now_ms;
    let invoice = store::invoices::set_status(connection, tenant, invoice.id, "approved", now);
    let invoice = invoice.await?;
    let said = event::approval(&approval);
    let event = event::approved(stamp, &invoice, said.clone());
    let (by, subject) = (decider.by, format!("freight-invoice/{}", invoice.id));
    let deed = Deed { by, action: APPROVED, subject, detail: said };
    Ok(Some((event, deed)))
}

#[cfg(test)]
mod tests {
    use super::{named, takes};
    use crate::store::invoices::Invoice;
    use crate::store::rules::ApprovalRule;

    fn invoice(outcome: &str, total: i64, currency: &str) -> Invoice {
        Invoice {
            id: uuid::Uuid::nil(),
            connection: uuid::Uuid::nil(),
            carrier: "DEMO".into(),
            number: "1".into(),
            version: 1,
            status: "open".into(),
            revision: 1,
            currency: currency.into(),
            total,
            billed: None,
            shipment: None,
            outcome: outcome.into(),
            ways: 3,
            expected: None,
            variance: None,
            found: String::new(),
            explanation: None,
            hand_over: None,
            received_ms: 0,
            updated_ms: 0,
        }
    }

    #[test]
    fn a_rule_takes_what_it_says_and_nothing_above_its_limit() {
        let rule = |approve: &str, up_to: Option<i64>| ApprovalRule {
            revision: 3,
            approve: approve.into(),
            up_to,
            currency: up_to.map(|_| "INR".into()),
        };
        let within = invoice("within-tolerance", 100, "INR");
        assert!(takes(&rule("within-tolerance", Some(100)), &within));
        for (rule, invoice) in [
            (rule("off", None), invoice("matched", 100, "INR")),
            (rule("matched", None), within.clone()),
            (rule("within-tolerance", Some(99)), within.clone()),
            (rule("within-tolerance", Some(100)), invoice("within-tolerance", 100, "USD")),
            (rule("within-tolerance", None), invoice("missing-delivery", 100, "INR")),
            (
                rule("matched", None),
                Invoice { status: "disputed".into(), ..invoice("matched", 1, "INR") },
            ),
        ] {
            assert!(!takes(&rule, &invoice), "{rule:?} {invoice:?}");
        }
        let text = named(&rule("within-tolerance", Some(5_000_000)));
        assert_eq!(text, "by rule: within-tolerance, up to 50000.00 INR (version 3)");
    }
}

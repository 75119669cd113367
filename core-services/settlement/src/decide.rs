//! What approving a bill comes to: freight and tax apart, tax owed and deducted, and the entry to post.

use caravan_model::TenantId;
use jiff::civil::Date;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::bill::Bill;
use crate::domain::charge::{self, TAX};
use crate::domain::currency::Currency;
use crate::domain::explanation::Node;
use crate::domain::ledger::{self, Entry};
use crate::domain::rate::sum;
use crate::domain::tax::{self, gst, rules, tds};
use crate::store::approvals::Approval;
use crate::store::invoices::Invoice;
use crate::store::ledger::Head;
use crate::store::{self, unreadable};
use crate::wire::explanation::NodeOut;

/// Minutes by which India is ahead of UTC: its financial year begins there.
const INDIA_MIN: i64 = 330;

/// Why a bill cannot be decided on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("its tax cannot be reckoned")]
    Tax(#[from] tax::Error),
    #[error("its postings cannot be made")]
    Ledger(#[from] ledger::Error),
    #[error("its explanation cannot be written")]
    Text(#[from] serde_json::Error),
}

/// Who decides, when and why.
pub(crate) struct Decider<'a> {
    pub(crate) by: &'a str,
    pub(crate) reason: Option<String>,
    pub(crate) now_ms: i64,
}

/// Approves the version that counts: undoes what an earlier version's approval had posted, reckons, posts and keeps it.
pub(crate) async fn approve(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: &Invoice,
    bill: &Bill,
    decider: &Decider<'_>,
) -> Result<Approval, Error> {
    let earlier =
        undo(connection, tenant, invoice, decider, "a corrected bill takes its place").await?;
    let currency = bill.amounts.currency;
    let ids: Vec<Uuid> = invoice.shipment.into_iter().collect();
    let shipment = store::shipments::load(connection, tenant, &ids).await?.into_iter().next();
    let carrier = shipment
        .as_ref()
        .and_then(|one| one.carrier.clone())
        .unwrap_or_else(|| invoice.carrier.clone());
    let tariff =
        store::contracts::tariff(connection, tenant, Some(core::slice::from_ref(&carrier))).await?;
    let facts = shipment.as_ref().and_then(|one| one.facts.as_ref());
    let contract = facts.and_then(|facts| tariff.contract_for(facts, decider.now_ms));
    let today = india_day(decider.now_ms);
    let billed_tax = billed_tax(bill).ok_or(ledger::Error::Overflow)?;
    let freight = bill.amounts.total.checked_sub(billed_tax).ok_or(ledger::Error::Overflow)?;
    let year_of = financial_year(today);
    let mut explanation: Vec<Node> = Vec::new();
    let (mut tax_reverse, mut input_credit, mut deducted_on, mut deducted) = (0, false, 0, 0);
    if let Some(profile) = contract.and_then(|contract| contract.tax.as_ref()) {
        let day = bill.billed.or(facts.map(|facts| facts.ship_date)).unwrap_or(today);
        let owed = gst(rules()?, profile, day, currency, freight)?;
        tax_reverse = owed.total.saturating_sub(owed.on_the_bill());
        input_credit = owed.input_credit;
        explanation.push(owed.explanation);
        let year = store::approvals::year(connection, tenant, &carrier, currency, year_of).await?;
        let held = tds(rules()?, profile, today, currency, freight, year)?;
        (deducted_on, deducted) = (held.on, held.amount);
        explanation.push(held.explanation);
    }
    let accrued = match invoice.shipment {
        Some(shipment) => store::ledger::accrued(connection, tenant, shipment, currency).await?,
        None => 0,
    };
    let tax_forward = billed_tax;
    let entry = ledger::approval(&ledger::Approval {
        currency,
        freight,
        accrued,
        tax_forward,
        tax_reverse,
        input_credit,
        deducted,
    })?;
    let entry_id = Uuid::now_v7();
    let memo = format!("bill {} version {}", invoice.number, invoice.version);
    post(connection, tenant, invoice, &carrier, entry_id, "approval", &memo, &entry, decider)
        .await?;
    let shown: Vec<NodeOut> = explanation.iter().map(|node| NodeOut::new(node, currency)).collect();
    let approval = Approval {
        version: invoice.version,
        number: earlier.saturating_add(1),
        carrier,
        financial_year: year_of,
        currency: currency.as_str().to_owned(),
        freight,
        tax_forward,
        tax_reverse,
        deducted_on,
        deducted,
        explanation: serde_json::to_string(&shown)?,
        reason: decider.reason.clone(),
        entry_id,
        by: decider.by.to_owned(),
        at_ms: decider.now_ms,
    };
    store::approvals::add(connection, tenant, invoice.id, &approval).await?;
    Ok(approval)
}

/// Undoes what approvals of the bill have posted, unless that is undone already. Returns how many approvals there were.
pub(crate) async fn undo(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: &Invoice,
    decider: &Decider<'_>,
    why: &str,
) -> Result<i32, Error> {
    let earlier = store::approvals::of(connection, tenant, invoice.id).await?;
    for approval in &earlier {
        store::ledger::reverse(
            connection,
            tenant,
            approval.entry_id,
            why,
            decider.by,
            decider.now_ms,
        )
        .await?;
    }
    Ok(earlier.iter().map(|approval| approval.number).max().unwrap_or_default())
}

/// Posts an entry about a bill.
#[expect(
    clippy::too_many_arguments,
    reason = "an entry has that many parts, and each caller has them apart"
)]
pub(crate) async fn post(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: &Invoice,
    party: &str,
    id: Uuid,
    kind: &str,
    memo: &str,
    entry: &Entry,
    decider: &Decider<'_>,
) -> Result<(), Error> {
    let (shipment, by, at_ms) = (invoice.shipment, decider.by, decider.now_ms);
    let invoice = Some(invoice.id);
    let head = Head { id, kind, party, shipment, invoice, memo, reverses: None, by, at_ms };
    store::ledger::post(connection, tenant, &head, entry).await?;
    Ok(())
}

/// The bill's lines that are tax.
fn billed_tax(bill: &Bill) -> Option<i64> {
    let lines = bill.amounts.lines.iter();
    let taxes = lines.filter(|line| charge::meaning(line.code.as_deref()) == TAX);
    sum(taxes.map(|line| line.amount))
}

fn india_day(now_ms: i64) -> Date {
    let local = now_ms.saturating_add(INDIA_MIN.saturating_mul(60_000));
    jiff::Timestamp::from_millisecond(local)
        .map_or(Date::ZERO, |at| at.to_zoned(jiff::tz::TimeZone::UTC).date())
}

/// The year in which the Indian financial year of `day` began, on 1 April.
fn financial_year(day: Date) -> i32 {
    let year = i32::from(day.year());
    if day.month() < 4 { year.saturating_sub(1) } else { year }
}

/// The currency of an invoice's row.
pub(crate) fn currency(invoice: &Invoice) -> Result<Currency, sqlx::Error> {
    Currency::new(&invoice.currency).ok_or_else(|| unreadable("a stored currency cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::{financial_year, india_day};

    #[test]
    fn the_financial_year_begins_on_the_first_of_april_in_india() {
        let of = |text: &str| {
            financial_year(india_day(text.parse::<jiff::Timestamp>().unwrap().as_millisecond()))
        };
        assert_eq!(of("2026-03-31T18:29:59Z"), 2025);
        assert_eq!(of("2026-03-31T18:30:00Z"), 2026);
        assert_eq!(of("2027-01-15T00:00:00Z"), 2026);
    }
}

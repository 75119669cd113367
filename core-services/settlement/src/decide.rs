//! What approving a bill comes to: freight and tax apart, tax owed and deducted, and the entry to post.

use std::collections::BTreeMap;

use caravan_model::TenantId;
use jiff::civil::Date;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::bill::Bill;
use crate::domain::charge::TAX;
use crate::domain::currency::Currency;
use crate::domain::explanation::Node;
use crate::domain::ledger::{self, Entry};
use crate::domain::ratio::Ratio;
use crate::domain::tax::{self, gst, rules, tds};
use crate::store::approvals::Approval;
use crate::store::disputes::Dispute;
use crate::store::invoices::Invoice;
use crate::store::ledger::Head;
use crate::store::{self, unreadable};
use crate::wire::explanation::NodeOut;
use crate::wire::settled::{Side, TaxShare};

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
pub(crate) struct Decider {
    pub(crate) by: String,
    pub(crate) reason: Option<String>,
    pub(crate) now_ms: i64,
}

/// Approves the version that counts: undoes what an earlier version's approval had posted, reckons, posts and keeps it.
pub(crate) async fn approve(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: &Invoice,
    bill: &Bill,
    decider: &Decider,
) -> Result<Approval, Error> {
    let earlier =
        undo(connection, tenant, invoice.id, decider, "a corrected bill takes its place").await?;
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
    let billed_tax = bill.tax().ok_or(ledger::Error::Overflow)?;
    let freight = bill.amounts.total.checked_sub(billed_tax).ok_or(ledger::Error::Overflow)?;
    let year_of = financial_year(today);
    let mut taxes = Taxes::default();
    if let Some(profile) = contract.and_then(|contract| contract.tax.as_ref()) {
        let day = bill.billed.or(facts.map(|facts| facts.ship_date)).unwrap_or(today);
        let year = store::approvals::year(connection, tenant, &carrier, currency, year_of).await?;
        taxes = Taxes::reckon(profile, (day, today), currency, freight, billed_tax, year)?;
    } else if billed_tax != 0 {
        taxes.shares.push(share(currency, Side::Billed, TAX, None, billed_tax));
    }
    let accrued = match invoice.shipment {
        Some(shipment) => store::ledger::accrued(connection, tenant, shipment, None).await?,
        None => BTreeMap::new(),
    };
    let tax_forward = billed_tax;
    let entry = ledger::approval(&ledger::Approval {
        currency,
        freight,
        accrued,
        tax_forward,
        tax_reverse: taxes.reverse,
        input_credit: taxes.input_credit,
        deducted: taxes.deducted,
    })?;
    let memo = format!("bill {} version {}", invoice.number, invoice.version);
    let about = About { kind: "approval", party: &carrier, memo: &memo };
    let entry_id = post(connection, tenant, invoice, about, &entry, decider).await?;
    let shown: Vec<NodeOut> =
        taxes.explanation.iter().map(|node| NodeOut::new(node, currency)).collect();
    let approval = Approval {
        version: invoice.version,
        number: earlier.saturating_add(1),
        carrier,
        financial_year: year_of,
        currency: currency.as_str().to_owned(),
        freight,
        tax_forward,
        tax_reverse: taxes.reverse,
        deducted_on: taxes.deducted_on,
        deducted: taxes.deducted,
        explanation: serde_json::to_string(&shown)?,
        taxes: serde_json::to_string(&taxes.shares)?,
        reason: decider.reason.clone(),
        entry_id,
        by: decider.by.clone(),
        at_ms: decider.now_ms,
    };
    store::approvals::add(connection, tenant, invoice.id, &approval).await?;
    Ok(approval)
}

/// What tax comes to, besides what is on the bill, and which taxes there are.
#[derive(Default)]
struct Taxes {
    reverse: i64,
    input_credit: bool,
    deducted_on: i64,
    deducted: i64,
    shares: Vec<TaxShare>,
    explanation: Vec<Node>,
}

impl Taxes {
    /// By the rules of the bill's day for what is owed, of today for what is deducted.
    fn reckon(
        profile: &tax::Profile,
        (day, today): (Date, Date),
        currency: Currency,
        freight: i64,
        billed: i64,
        year: tax::Year,
    ) -> Result<Self, tax::Error> {
        let owed = gst(rules()?, profile, day, currency, freight, Some(billed))?;
        let held = tds(rules()?, profile, today, currency, freight, year)?;
        let mut shares = Vec::new();
        let rate = Some(owed.part_rate);
        let parts = |side| {
            let parts = owed.parts.iter();
            parts.map(move |(kind, minor)| share(currency, side, kind, rate, *minor))
        };
        let reverse = owed.total.saturating_sub(owed.on_the_bill());
        if billed != 0 && billed == owed.on_the_bill() {
            shares.extend(parts(Side::Billed));
        } else if billed != 0 {
            // Not what the rules say: which tax the carrier meant is not known.
            shares.push(share(currency, Side::Billed, TAX, None, billed));
        }
        if reverse != 0 {
            shares.extend(parts(Side::ReverseCharge));
        }
        if held.amount != 0 {
            shares.push(share(currency, Side::Withheld, &held.section, held.rate, held.amount));
        }
        Ok(Self {
            reverse,
            input_credit: owed.input_credit,
            deducted_on: held.on,
            deducted: held.amount,
            shares,
            explanation: vec![owed.explanation, held.explanation],
        })
    }
}

fn share(currency: Currency, side: Side, kind: &str, rate: Option<Ratio>, minor: i64) -> TaxShare {
    let (kind, rate) = (kind.to_owned(), rate.map(|rate| rate.to_string()));
    TaxShare { side, kind, rate, amount: currency.text(minor) }
}

/// Undoes what approvals of the bill have posted, unless that is undone already. Returns how many approvals there were.
pub(crate) async fn undo(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: Uuid,
    decider: &Decider,
    why: &str,
) -> Result<i32, sqlx::Error> {
    let earlier = store::approvals::of(connection, tenant, invoice).await?;
    for approval in &earlier {
        store::ledger::reverse(
            connection,
            tenant,
            approval.entry_id,
            why,
            &decider.by,
            decider.now_ms,
        )
        .await?;
    }
    Ok(earlier.iter().map(|approval| approval.number).max().unwrap_or_default())
}

/// Ends a dispute, and undoes its claim in the ledger.
pub(crate) async fn end(
    connection: &mut PgConnection,
    tenant: TenantId,
    dispute: &Dispute,
    resolution: &str,
    decider: &Decider,
) -> Result<(), sqlx::Error> {
    let (by, now_ms) = (decider.by.as_str(), decider.now_ms);
    store::ledger::reverse(connection, tenant, dispute.entry_id, resolution, by, now_ms).await?;
    store::disputes::resolve(connection, tenant, dispute.id, resolution, by, now_ms).await
}

/// What an entry about a bill is called.
pub(crate) struct About<'a> {
    /// `approval`, `dispute` or `note`.
    pub(crate) kind: &'a str,
    /// The carrier.
    pub(crate) party: &'a str,
    pub(crate) memo: &'a str,
}

/// Posts an entry about a bill and returns its id.
pub(crate) async fn post(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: &Invoice,
    about: About<'_>,
    entry: &Entry,
    decider: &Decider,
) -> Result<Uuid, Error> {
    let About { kind, party, memo } = about;
    let (id, shipment, invoice) = (Uuid::now_v7(), invoice.shipment, Some(invoice.id));
    let (by, at_ms) = (decider.by.as_str(), decider.now_ms);
    let head = Head { id, kind, party, shipment, invoice, memo, reverses: None, by, at_ms };
    store::ledger::post(connection, tenant, &head, entry).await?;
    Ok(id)
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

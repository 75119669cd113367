//! Looks at shipments and bills again: what they come to by what is known now, and what that changes.
//!
//! It is asked for whenever something has come that they depend on; looking twice changes nothing the second time.

use std::collections::{BTreeMap, BTreeSet};

use caravan_events::Envelope;
use caravan_model::{ConnectionId, DocumentHash, TenantId, Words};
use jiff::civil::Date;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::bill::{Bill, hashed};
use crate::domain::contract::Tolerance;
use crate::domain::currency::Currency;
use crate::domain::explanation::Node;
use crate::domain::ledger::accrual;
use crate::domain::matching::{Exception, Expected, Outcome, match_bill};
use crate::domain::rate::{LINEHAUL, Line, Rated, Tariff, Unrated, rate};
use crate::domain::tax::{gst, rules};
use crate::store::invoices::{Compared, Invoice, Version};
use crate::store::ledger::Head;
use crate::store::shipments::Shipment;
use crate::store::{self, unreadable};
use crate::trail::Deed;
use crate::wire::event::{Stamp, matched};
use crate::wire::explanation::NodeOut;
use crate::wire::invoice::MatchOut;
use crate::{automatic, invariants, telemetry};

/// Bills of one shipment and amount are the same within so many days.
const DUPLICATE_DAYS: i32 = 30;
/// Who posts accruals, and takes back what a carrier cancels.
pub(crate) const SERVICE: &str = "service/settlement";

/// Rates shipments anew, writes what they come to, and accrues those that are delivered.
pub(crate) async fn shipments(
    connection: &mut PgConnection,
    tenant: TenantId,
    ids: &BTreeSet<Uuid>,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = ids.iter().copied().collect();
    let loaded = store::shipments::load(connection, tenant, &ids).await?;
    let tariff = tariff(connection, tenant, loaded.iter()).await?;
    let mut rated = Vec::with_capacity(loaded.len());
    for shipment in loaded.iter().filter(|shipment| !shipment.cancelled) {
        let Some(facts) = &shipment.facts else { continue };
        let found = rate(facts, &tariff, now_ms);
        if let (Some(at_ms), Some((currency, expected))) =
            (shipment.delivered_ms, price(shipment, &found))
        {
            accrue(connection, tenant, shipment, currency, expected, at_ms).await?;
        }
        rated.push((shipment.id, found));
    }
    store::shipments::write_rated(connection, tenant, &rated).await?;
    telemetry::rated(rated.len());
    Ok(())
}

/// What a shipment is expected to cost: by contract, else by what was agreed for it alone.
fn price(shipment: &Shipment, found: &Result<Rated, Unrated>) -> Option<(Currency, i64)> {
    found.as_ref().map(|rated| (rated.currency, rated.total)).ok().or(shipment.agreed)
}

/// Brings what is accrued for a delivered shipment to what is expected, in its currency alone, until a bill for it is approved. An
/// entry's id is made of the shipment and how many came before it.
async fn accrue(
    connection: &mut PgConnection,
    tenant: TenantId,
    shipment: &Shipment,
    currency: Currency,
    expected: i64,
    at_ms: i64,
) -> Result<(), sqlx::Error> {
    let so_far = store::ledger::accruals(connection, tenant, shipment.id).await?;
    let entry = accrual(&so_far.amounts, (currency, expected)).map_err(unreadable)?;
    if so_far.approved || entry.postings().is_empty() {
        return Ok(());
    }
    let head = Head {
        id: hashed(&[b"accrual", shipment.id.as_bytes(), &so_far.entries.to_be_bytes()]),
        kind: "accrual",
        party: shipment.carrier.as_deref().unwrap_or_default(),
        shipment: Some(shipment.id),
        invoice: None,
        memo: &format!("freight of {} at delivery", shipment.number),
        reverses: None,
        by: SERVICE,
        at_ms,
    };
    store::ledger::post(connection, tenant, &head, &entry).await.map(drop)
}

async fn tariff<'a>(
    connection: &mut PgConnection,
    tenant: TenantId,
    shipments: impl Iterator<Item = &'a Shipment>,
) -> Result<Tariff, sqlx::Error> {
    let carriers: BTreeSet<String> = shipments.filter_map(|one| one.carrier.clone()).collect();
    let carriers: Vec<String> = carriers.into_iter().collect();
    store::contracts::tariff(connection, tenant, Some(&carriers)).await
}

/// What came of looking again.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// About bills that came out differently.
    pub(crate) events: Vec<Envelope>,
    /// Approvals by rule, for the trail.
    pub(crate) deeds: Vec<Deed>,
}

/// Compares bills anew, with those that are alike, and has the tenant's rule approve what it takes.
pub(crate) async fn invoices(
    connection: &mut PgConnection,
    stamp: Stamp,
    ids: &BTreeSet<Uuid>,
) -> Result<Found, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Found::default());
    }
    let tenant = stamp.tenant;
    let ids: Vec<Uuid> = ids.iter().copied().collect();
    let ids = store::invoices::with_alike(connection, tenant, &ids).await?;
    let open = store::invoices::open(connection, tenant, &ids).await?;
    let mut bills = Vec::with_capacity(open.len());
    for (invoice, version) in open {
        let bill = read(&invoice, &version)?;
        bills.push((invoice, bill));
    }
    // The earlier one first: only a later one is a duplicate, and it must find the earlier one's shipment.
    bills.sort_by_key(|(invoice, _)| (invoice.received_ms, invoice.id));
    let named: BTreeSet<(String, String)> =
        bills.iter().flat_map(|(_, bill)| bill.references.iter().cloned()).collect();
    let named: Vec<(String, String)> = named.into_iter().collect();
    let mut shipments: BTreeMap<(String, String), BTreeSet<Uuid>> = BTreeMap::new();
    for (kind, value, id) in store::shipments::by_references(connection, tenant, &named).await? {
        shipments.entry((kind, value)).or_default().insert(id);
    }
    let wanted: BTreeSet<Uuid> = shipments.values().flatten().copied().collect();
    let wanted: Vec<Uuid> = wanted.into_iter().collect();
    let loaded = store::shipments::load(connection, tenant, &wanted).await?;
    let tariff = tariff(connection, tenant, loaded.iter()).await?;
    let loaded: BTreeMap<Uuid, Shipment> = loaded.into_iter().map(|one| (one.id, one)).collect();
    let rule = store::rules::get(connection, tenant).await?;
    let mut found = Found::default();
    for (invoice, bill) in bills {
        let billed =
            Billed { invoice: &invoice, bill: &bill, shipment: which(&bill, &shipments, &loaded) };
        let Some((now, event)) = examine(connection, stamp, &billed, &tariff).await? else {
            continue;
        };
        found.events.push(event);
        let approved = automatic::approve(connection, stamp, &rule, &now, &bill).await?;
        if let Some((event, deed)) = approved {
            found.events.push(event);
            found.deeds.push(deed);
        }
    }
    Ok(found)
}

/// A bill with the shipment that it is for, or why there is none.
struct Billed<'a> {
    invoice: &'a Invoice,
    bill: &'a Bill,
    shipment: Result<&'a Shipment, Exception>,
}

pub(crate) fn read(invoice: &Invoice, version: &Version) -> Result<Bill, sqlx::Error> {
    let (connection, document) = (ConnectionId(invoice.connection), DocumentHash::NONE);
    let data = version.data.clone();
    Bill::read(version.event_id, connection, document, data, version.received_ms)
        .map_err(unreadable)
}

/// The kinds of reference that tell shipments apart, best first.
const KINDS: [&str; 7] = ["shipment", "order", "pro", "lr", "bol", "awb", "tracking"];

/// The shipment that the bill names: by the best kind of its references that any shipment has; not guessed among several.
fn which<'a>(
    bill: &Bill,
    shipments: &BTreeMap<(String, String), BTreeSet<Uuid>>,
    loaded: &'a BTreeMap<Uuid, Shipment>,
) -> Result<&'a Shipment, Exception> {
    for kind in KINDS {
        let of_kind = bill.references.iter().filter(|reference| reference.0 == kind);
        let ids: BTreeSet<Uuid> =
            of_kind.filter_map(|r| shipments.get(r)).flatten().copied().collect();
        let mut found = ids.iter().filter_map(|id| loaded.get(id)).filter(|one| !one.cancelled);
        match (found.next(), found.count()) {
            (None, _) => {}
            (Some(one), 0) => return Ok(one),
            (Some(_), more) => {
                return Err(Exception {
                    code: "several-shipments",
                    what: format!(
                        "its {kind} reference is that of {} shipments",
                        more.saturating_add(1)
                    ),
                    at: "references",
                    next: "ask the carrier for a bill that names one shipment by its own number",
                });
            }
        }
    }
    let named: Vec<&str> =
        bill.references.iter().map(|reference| reference.1.as_str()).take(5).collect();
    let named = if named.is_empty() { "nothing".to_owned() } else { named.join(", ") };
    Err(Exception {
        code: "unknown-shipment",
        what: format!("no order is known by what it names: {named}"),
        at: "references",
        next: "place or import the order, or dispute the bill; it is looked at again when the order comes",
    })
}

async fn examine(
    connection: &mut PgConnection,
    stamp: Stamp,
    billed: &Billed<'_>,
    tariff: &Tariff,
) -> Result<Option<(Invoice, Envelope)>, sqlx::Error> {
    let (invoice, bill, tenant) = (billed.invoice, billed.bill, stamp.tenant);
    let shipment = billed.shipment.as_ref().ok();
    let mut found = bill.exceptions.clone();
    let id = shipment.map(|shipment| shipment.id);
    for (_, number, by_number) in
        store::invoices::duplicates(connection, tenant, invoice, id, DUPLICATE_DAYS).await?
    {
        found.push(duplicate(&number, by_number));
    }
    let versions = store::invoices::versions(connection, tenant, invoice.id).await?;
    found.extend(resent(invoice, &versions)?);
    let expected = match &billed.shipment {
        Ok(shipment) => expect(shipment, bill, tariff, stamp.now_ms),
        Err(exception) => Err(exception.clone()),
    };
    let delivered = shipment.is_some_and(|shipment| shipment.delivered_ms.is_some());
    let matching =
        match_bill(&bill.amounts, expected.as_ref().map_err(Clone::clone), delivered, found);
    debug_assert_eq!(invariants::matched(&matching), None);
    let out = MatchOut::new(&matching, bill.amounts.currency);
    let found = serde_json::to_string(&out).map_err(unreadable)?;
    let explanation = expected
        .as_ref()
        .ok()
        .map(|expected| NodeOut::new(&expected.explanation, expected.currency));
    let explanation =
        explanation.map(|node| serde_json::to_string(&node)).transpose().map_err(unreadable)?;
    let compared = Compared {
        shipment: id,
        outcome: matching.outcome.as_str(),
        ways: matching.ways.into(),
        expected: matching.expected_total,
        variance: matching.variance,
        found: &found,
        explanation: explanation.as_deref(),
    };
    if !store::invoices::write_compared(connection, tenant, invoice.id, &compared, stamp.now_ms)
        .await?
    {
        return Ok(None);
    }
    telemetry::examined(matching.outcome);
    let now = store::invoices::one(connection, tenant, invoice.id).await?;
    Ok(now.map(|invoice| {
        let event = matched(stamp, &invoice, &out);
        (invoice, event)
    }))
}

fn duplicate(number: &str, by_number: bool) -> Exception {
    let (code, what) = if by_number {
        ("duplicate-number", format!("this carrier sent a bill {number} before"))
    } else {
        ("duplicate-amount", format!("bill {number} asks the same amount for the same shipment"))
    };
    let next = "compare both; cancel this one, or dispute it with the carrier";
    Exception { code, what, at: "number", next }
}

/// A bill of this number that came again with another total and does not say that it corrects.
fn resent(invoice: &Invoice, versions: &[Version]) -> Result<Option<Exception>, sqlx::Error> {
    for version in
        versions.iter().filter(|version| !version.taken && version.version > invoice.version)
    {
        let again = read(invoice, version)?.amounts;
        if (again.total, again.currency.as_str()) != (invoice.total, invoice.currency.as_str()) {
            return Ok(Some(Exception {
                code: "resent-differently",
                what: format!(
                    "it came again over {} {} without saying that it corrects",
                    again.currency.text(again.total),
                    again.currency
                ),
                at: "total",
                next: "ask the carrier which one holds; a correction carries an indicator (X12 B3-08)",
            }));
        }
    }
    Ok(None)
}

/// What may be billed for the shipment.
pub(crate) fn expect(
    shipment: &Shipment,
    bill: &Bill,
    tariff: &Tariff,
    as_of_ms: i64,
) -> Result<Expected, Exception> {
    let Some(facts) = &shipment.facts else {
        return Err(Exception {
            code: "order-incomplete",
            what: format!("order {} has no carrier or no day of pickup yet", shipment.number),
            at: "references",
            next: "assign the order, or give it a pickup date",
        });
    };
    match rate(facts, tariff, as_of_ms) {
        Ok(rated) => {
            by_contract(&rated, &facts.carrier, bill, facts.ship_date, tariff, facts.weight_kg)
        }
        Err(unrated) => match shipment.agreed {
            Some((currency, amount)) => {
                let order = [("order", shipment.number.to_string())];
                let words =
                    Words::new("agreed-price", "price agreed for order {order} alone", order);
                let mut node = Node::note(words, None);
                node.amount = Some(amount);
                Ok(Expected {
                    currency,
                    lines: vec![Line { code: LINEHAUL.to_owned(), amount, bill_codes: Vec::new() }],
                    tax: None,
                    tolerance: Tolerance::NONE,
                    weight_kg: facts.weight_kg,
                    explanation: node,
                })
            }
            None => Err(Exception {
                code: unrated.code(),
                what: unrated.to_string(),
                at: "references",
                next: unrated.next(),
            }),
        },
    }
}

fn by_contract(
    rated: &Rated,
    carrier: &str,
    bill: &Bill,
    ship_date: Date,
    tariff: &Tariff,
    weight_kg: Option<crate::domain::ratio::Ratio>,
) -> Result<Expected, Exception> {
    debug_assert_eq!(invariants::rated(rated), None);
    let contract = tariff.version(carrier, rated.contract, rated.version);
    let mut explanation = rated.explanation.clone();
    let mut tax = None;
    if let Some(profile) = contract.and_then(|contract| contract.tax.as_ref()) {
        let date = bill.billed.unwrap_or(ship_date);
        // Of a bill that is only a total the rest is tax.
        let only_total = bill.amounts.lines.is_empty();
        let rest = bill.amounts.total.checked_sub(rated.total);
        let billed = if only_total { rest } else { bill.tax() };
        let (currency, freight) = (rated.currency, rated.total);
        let reckoned =
            rules().and_then(|rules| gst(rules, profile, date, currency, freight, billed));
        let reckoned = reckoned.map_err(|error| Exception {
            code: "no-tax-rule",
            what: error.to_string(),
            at: "lines",
            next: "check the bill's date, or reckon the tax by hand",
        })?;
        let on_the_bill = reckoned.on_the_bill();
        tax = Some(on_the_bill);
        let whole = rated.total.checked_add(on_the_bill);
        let mut node = reckoned.explanation;
        if on_the_bill == 0 {
            // Reverse charge is said, and is no part of what the carrier may ask.
            node = Node::note(node.rule, node.source);
        }
        let parts = vec![explanation, node];
        explanation = Node {
            amount: whole,
            children: parts,
            ..Node::note(Words::new("freight-and-tax", "freight and tax on the bill", []), None)
        };
    }
    Ok(Expected {
        currency: rated.currency,
        lines: rated.lines.clone(),
        tax,
        tolerance: contract.map_or(Tolerance::NONE, |contract| contract.tolerance.clone()),
        weight_kg,
        explanation,
    })
}

/// Whether a bill with this outcome may be approved at all, with a reason if it is not clean.
pub(crate) fn approvable(outcome: &str) -> Option<Outcome> {
    let outcome = Outcome::ALL.into_iter().find(|one| one.as_str() == outcome)?;
    (!matches!(outcome, Outcome::Exception | Outcome::Duplicate)).then_some(outcome)
}

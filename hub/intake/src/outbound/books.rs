//! A settled freight bill on its way to the books: what its event says, and which connection takes it.

use caravan_hub_registry::{Connection, Resolved};
use caravan_model::{Money, Reference, SettledBill, SettledLine, SettledTax};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use super::send::Error;
use super::store::Due;
use crate::intake::Intake;

/// The data of `caravan.freight-invoice.settled`; what is not needed is passed over.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct SettledEvent {
    pub(super) invoice: InvoiceData,
    pub(super) hand_over_id: Uuid,
    pub(super) approval: ApprovalData,
    /// None in what was written before bills went out: such a bill is in the books by its file.
    #[serde(default)]
    pub(super) bill: Option<BillData>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct InvoiceData {
    pub(super) id: Uuid,
    pub(super) number: String,
    carrier: String,
    currency: String,
    total: Decimal,
    billed_date: Option<String>,
    updated_at: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ApprovalData {
    carrier: Option<String>,
    payable: Option<Decimal>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct BillData {
    references: Vec<ReferenceData>,
    lines: Vec<LineData>,
    taxes: Vec<TaxData>,
}

#[derive(Debug, Clone, Deserialize)]
struct ReferenceData {
    kind: String,
    value: String,
}

#[derive(Debug, Clone, Deserialize)]
struct LineData {
    line: String,
    code: String,
    description: Option<String>,
    amount: Decimal,
}

#[derive(Debug, Clone, Deserialize)]
struct TaxData {
    side: String,
    kind: String,
    rate: Option<String>,
    amount: Decimal,
}

/// A decimal text as smallest units of as many places as it has.
#[derive(Debug, Clone, Copy)]
struct Decimal {
    minor: i64,
    exponent: u8,
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let minor = format!("{whole}{fraction}").parse().map_err(serde::de::Error::custom)?;
        let exponent = u8::try_from(fraction.len()).map_err(serde::de::Error::custom)?;
        Ok(Self { minor, exponent })
    }
}

impl SettledEvent {
    /// Who is paid: whom the approval names, else whom the bill names.
    pub(super) fn carrier(&self) -> &str {
        self.approval.carrier.as_deref().unwrap_or(&self.invoice.carrier)
    }

    /// The bill as connectors know it, with our control number.
    pub(super) fn bill(self, control_number: u32) -> SettledBill {
        let carrier = self.carrier().to_owned();
        let Self { invoice, hand_over_id, approval, bill } = self;
        let BillData { references, lines, taxes } = bill.unwrap_or_default();
        let currency = invoice.currency;
        let money = |amount: Decimal| Money {
            minor: amount.minor,
            currency: currency.clone(),
            exponent: amount.exponent,
        };
        let of_side = |side: &str| -> Vec<SettledTax> {
            let of_side = taxes.iter().filter(|tax| tax.side == side);
            let tax = |tax: &TaxData| SettledTax {
                kind: tax.kind.clone(),
                rate: tax.rate.clone(),
                amount: money(tax.amount),
            };
            of_side.map(tax).collect()
        };
        let line = |line: LineData| SettledLine {
            line: line.line,
            code: line.code,
            description: line.description,
            amount: money(line.amount),
        };
        SettledBill {
            id: invoice.id.to_string(),
            control_number,
            hand_over: hand_over_id.to_string(),
            carrier,
            number: invoice.number,
            billed_on: invoice.billed_date,
            settled_on: invoice.updated_at.get(..10).unwrap_or_default().to_owned(),
            references: references
                .into_iter()
                .map(|one| Reference { kind: one.kind, value: one.value })
                .collect(),
            lines: lines.into_iter().map(line).collect(),
            taxes: of_side("billed"),
            reverse_charge: of_side("reverse-charge"),
            withheld: of_side("withheld"),
            total: money(invoice.total),
            payable: money(approval.payable.unwrap_or(invoice.total)),
            attributes: Vec::new(),
        }
    }
}

/// The connection to the books: the one that was chosen before, else the first by name whose connector takes settled bills.
/// None when there is no such connection: then the hand-over's file is the way.
pub(super) async fn connection(intake: &Intake, due: &Due) -> Result<Option<Resolved>, Error> {
    let registry = intake.registry();
    let takes_bills = |connection: &Connection| {
        let party = registry.catalog().party(&connection.party);
        let component = party.and_then(|party| registry.component(party));
        component.is_some_and(|component| component.connector.operations().settlements)
    };
    let all = registry.connections().list(due.tenant).await;
    let all = all.map_err(caravan_hub_registry::ResolveError::Store)?;
    let mut paused = None;
    for connection in all.into_iter().filter(takes_bills) {
        if due.connection.is_some_and(|chosen| chosen != connection.id) {
            continue;
        }
        let Some(why) = &connection.paused else {
            return Ok(Some(registry.resolve_as(connection)?));
        };
        let (name, reason) = (&connection.name, &why.reason);
        paused =
            Some(format!("the connection {name:?} is paused ({reason}): mend it and send again"));
    }
    paused.map_or(Ok(None), |why| Err(Error::NoConnection(why)))
}

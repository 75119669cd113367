//! A freight bill as it comes, from the log or typed here, read into what is stored and compared.

use caravan_events::{Envelope, wire};
use caravan_model::{ConnectionId, DocumentHash, FreightInvoice};
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::charge::{self, TAX};
use crate::domain::currency::Currency;
use crate::domain::matching::{self, BilledLine, Exception};
use crate::domain::rate::sum;
use crate::domain::ratio::Ratio;
use crate::wire::shipment::kilograms;

/// A bill that is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("its data is not a bill's JSON")]
    Json(#[source] serde_json::Error),
    #[error("its data has a value that cannot be")]
    Value(#[source] wire::Error),
    #[error("{0:?} is no ISO 4217 code")]
    Currency(String),
    #[error("an amount is larger than can be kept")]
    Amount,
}

/// A bill, ready to be taken.
#[derive(Debug, Clone)]
pub(crate) struct Bill {
    /// What makes a redelivery the same.
    pub(crate) event: Uuid,
    pub(crate) connection: ConnectionId,
    pub(crate) document: DocumentHash,
    /// The bill as JSON, [`wire::FreightInvoice`].
    pub(crate) data: String,
    pub(crate) received_ms: i64,
    /// The carrier's code, upper case; empty when the bill does not say.
    pub(crate) carrier: String,
    pub(crate) number: String,
    /// Correction indicator (X12 B3-08), none for an original.
    pub(crate) correction: Option<String>,
    pub(crate) billed: Option<Date>,
    /// Kind and value.
    pub(crate) references: Vec<(String, String)>,
    pub(crate) amounts: matching::Bill,
    /// The wording of each of its lines.
    pub(crate) descriptions: Vec<Option<String>>,
    /// What is wrong with it in itself.
    pub(crate) exceptions: Vec<Exception>,
}

/// X12 B3-08: a cancelled bill.
const CANCELLED: &str = "CA";

impl Bill {
    pub(crate) fn of_event(envelope: &Envelope) -> Result<Self, Error> {
        let (event, connection, document) = (envelope.id.0, envelope.connection, envelope.document);
        Self::read(event, connection, document, envelope.data.clone(), envelope.time_ms)
    }

    /// Reads a bill's JSON.
    pub(crate) fn read(
        event: Uuid,
        connection: ConnectionId,
        document: DocumentHash,
        data: String,
        received_ms: i64,
    ) -> Result<Self, Error> {
        let wire: wire::FreightInvoice = serde_json::from_str(&data).map_err(Error::Json)?;
        let invoice = FreightInvoice::try_from(wire).map_err(Error::Value)?;
        let currency = Currency::new(&invoice.total.currency)
            .ok_or_else(|| Error::Currency(invoice.total.currency.clone()))?;
        let mut exceptions = Vec::new();
        let total = minor(currency, &invoice.total, "total", &mut exceptions)?;
        let mut lines = Vec::with_capacity(invoice.charges.len());
        let mut weights = Vec::new();
        let descriptions =
            invoice.charges.iter().map(|charge| charge.description.clone()).collect();
        for charge in &invoice.charges {
            let amount = minor(currency, &charge.amount, "lines", &mut exceptions)?;
            let (number, code) = (charge.line.clone(), charge.code.clone());
            lines.push(BilledLine { number, code, amount });
            weights.extend(charge.weight.as_ref().and_then(|m| kilograms(&m.value, &m.unit)));
        }
        weights.dedup();
        // Several weights are those of several articles; only one can be the shipment's.
        let weight_kg: Option<Ratio> =
            if let [only] = weights.as_slice() { Some(*only) } else { None };
        let billed = invoice.billed_at.map(|at| at.to_rfc3339());
        let mut references: Vec<(String, String)> = invoice
            .references
            .into_iter()
            .map(|r| (r.kind, r.value))
            .filter(|r| !r.1.is_empty())
            .collect();
        references.sort();
        references.dedup();
        let correction = invoice.correction.map(|code| code.trim().to_uppercase());
        Ok(Self {
            event,
            connection,
            document,
            data,
            received_ms,
            carrier: invoice.scac.unwrap_or_default().trim().to_uppercase(),
            number: invoice.number.trim().to_owned(),
            correction: correction.filter(|code| !code.is_empty()),
            billed: billed.as_deref().and_then(|text| text.get(..10)?.parse().ok()),
            references,
            amounts: matching::Bill { currency, total, lines, weight_kg },
            descriptions,
            exceptions,
        })
    }

    /// The id of its invoice: the same for every version of a bill of this connection, carrier and number.
    pub(crate) fn invoice(&self) -> Uuid {
        hashed(&[self.connection.0.as_bytes(), self.carrier.as_bytes(), self.number.as_bytes()])
    }

    /// Its lines that are tax; none when they are more than can be reckoned.
    pub(crate) fn tax(&self) -> Option<i64> {
        let lines = self.amounts.lines.iter();
        let taxes = lines.filter(|line| charge::meaning(line.code.as_deref()) == TAX);
        sum(taxes.map(|line| line.amount))
    }

    /// Whether the carrier takes the bill back.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.correction.as_deref() == Some(CANCELLED)
    }
}

/// A UUID of version 8 made from texts, none of which holds the byte between them.
pub(crate) fn hashed(parts: &[&[u8]]) -> Uuid {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0xff]);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
    Uuid::new_v8(bytes)
}

/// An amount in smallest units. One that is finer is rounded to be shown, and the bill has an exception.
fn minor(
    currency: Currency,
    money: &caravan_model::Money,
    at: &'static str,
    exceptions: &mut Vec<Exception>,
) -> Result<i64, Error> {
    if money.currency != currency.as_str() {
        exceptions.push(Exception {
            code: "wrong-currency",
            what: format!("a line is in {}, the total in {currency}", money.currency),
            at,
            next: "dispute it and ask the carrier for a bill in one currency",
        });
    }
    if let Some(minor) = currency.exact(money) {
        return Ok(minor);
    }
    let text = money.to_decimal();
    let rounded = Ratio::decimal(&text).and_then(|value| value.mul(currency.scale())?.round());
    exceptions.push(Exception {
        code: "amount-too-fine",
        what: format!("{text} {currency} is finer than the currency's smallest unit"),
        at,
        next: "ask the carrier for a bill in whole smallest units",
    });
    rounded.ok_or(Error::Amount)
}

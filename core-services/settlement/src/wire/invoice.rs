//! Freight bills as JSON: typed ones, the list, and one with its comparison and all that became of it.

use caravan_events::wire as events;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::explanation::NodeOut;
use super::{amount, utc};
use crate::domain::charge;
use crate::domain::currency::Currency;
use crate::domain::matching::Match;
use crate::store::approvals::Approval;
use crate::store::disputes::{Dispute, Message, Note};
use crate::store::invoices::{Invoice, Version};

/// A number by which somebody knows the shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FreightInvoiceReference)]
pub(crate) struct ReferenceIn {
    /// `shipment`, `order`, `bol`, `pro`, `lr`, …
    pub(crate) kind: String,
    pub(crate) value: String,
}

/// A charge line of a typed bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FreightInvoiceLineIn)]
pub(crate) struct LineIn {
    /// The carrier's code or ours; left out for the linehaul.
    #[serde(default)]
    pub(crate) code: Option<String>,
    #[serde(default)]
    pub(crate) description: Option<String>,
    pub(crate) amount: String,
    /// Billed weight in kg.
    #[serde(default)]
    pub(crate) weight_kg: Option<String>,
}

/// A typed bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FreightInvoiceIn)]
pub(crate) struct InvoiceIn {
    /// SCAC, or the party's name in the catalogue.
    pub(crate) carrier: String,
    pub(crate) number: String,
    #[schema(example = "INR")]
    pub(crate) currency: String,
    pub(crate) total: String,
    /// `YYYY-MM-DD`.
    #[serde(default)]
    pub(crate) billed_date: Option<String>,
    pub(crate) references: Vec<ReferenceIn>,
    #[serde(default)]
    pub(crate) lines: Vec<LineIn>,
    /// `CO`, `BD`, `CA`, … when it corrects an earlier bill of this number.
    #[serde(default)]
    pub(crate) correction: Option<String>,
}

impl InvoiceIn {
    /// The same form in which a carrier's bill comes.
    pub(crate) fn event(&self) -> events::FreightInvoice {
        let money = |text: &str| events::Money {
            amount: text.trim().to_owned(),
            currency: self.currency.trim().to_owned(),
        };
        let charge = |(n, line): (usize, &LineIn)| events::Charge {
            line: n.saturating_add(1).to_string(),
            code: line.code.clone(),
            description: line.description.clone(),
            amount: money(&line.amount),
            rate: None,
            rate_qualifier: None,
            weight: line
                .weight_kg
                .clone()
                .map(|value| events::Measure { value, unit: "KGM".to_owned() }),
            quantity: None,
            source: None,
        };
        let day = self.billed_date.as_deref().map(|day| events::Moment {
            time: format!("{}T00:00:00+00:00", day.trim()),
            zone: "assumed".to_owned(),
        });
        let reference = |r: &ReferenceIn| events::Reference {
            kind: r.kind.trim().to_owned(),
            value: r.value.trim().to_owned(),
        };
        events::FreightInvoice {
            key: None,
            number: self.number.trim().to_owned(),
            scac: Some(self.carrier.trim().to_uppercase()),
            correction: self.correction.clone(),
            payment_method: None,
            references: self.references.iter().map(reference).collect(),
            parties: Vec::new(),
            billed_at: day,
            delivered_at: None,
            total: money(&self.total),
            charges: self.lines.iter().enumerate().map(charge).collect(),
            source: None,
            attributes: Vec::new(),
        }
    }
}

/// A bill in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FreightInvoiceSummary)]
pub(crate) struct InvoiceOut {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    pub(crate) carrier: String,
    pub(crate) number: String,
    pub(crate) version: i32,
    /// `open`, `disputed`, `approved`, `settled` or `cancelled`.
    pub(crate) status: String,
    /// `matched`, `within-tolerance`, `missing-delivery`, `disputed`, `exception` or `duplicate`.
    pub(crate) outcome: String,
    /// How many of the three agree: the bill in itself, delivery, what was agreed.
    pub(crate) ways: i16,
    pub(crate) currency: String,
    pub(crate) total: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected_total: Option<String>,
    /// Billed less expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) variance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) billed_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) shipment_id: Option<Uuid>,
    /// The connection that it came through; left out when it was typed or imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) connection: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) hand_over_id: Option<Uuid>,
    pub(crate) received_at: String,
    pub(crate) updated_at: String,
}

impl From<&Invoice> for InvoiceOut {
    fn from(row: &Invoice) -> Self {
        let text = |minor| amount(&row.currency, minor);
        Self {
            id: row.id,
            carrier: row.carrier.clone(),
            number: row.number.clone(),
            version: row.version,
            status: row.status.clone(),
            outcome: row.outcome.clone(),
            ways: row.ways,
            currency: row.currency.clone(),
            total: text(row.total),
            expected_total: row.expected.map(text),
            variance: row.variance.map(text),
            billed_date: row.billed.clone(),
            shipment_id: row.shipment,
            connection: (!row.connection.is_nil()).then_some(row.connection),
            hand_over_id: row.hand_over,
            received_at: utc(row.received_ms),
            updated_at: utc(row.updated_ms),
        }
    }
}

/// Billed against expected, for one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FreightInvoiceComparison)]
pub(crate) struct ComparedOut {
    /// Our code; a carrier's code that we do not know stands behind `x12:`.
    pub(crate) code: String,
    /// The carrier's line numbers.
    pub(crate) billed_lines: Vec<String>,
    pub(crate) expected: String,
    pub(crate) billed: String,
    pub(crate) variance: String,
    /// Within tolerance.
    pub(crate) passes: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// What keeps it from being settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FreightInvoiceException)]
pub(crate) struct ExceptionOut {
    pub(crate) code: String,
    /// What is wrong.
    pub(crate) what: String,
    /// Where.
    pub(crate) at: String,
    /// What to do next.
    pub(crate) next: String,
}

/// The comparison as stored and shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FreightInvoiceMatch)]
pub(crate) struct MatchOut {
    #[serde(default)]
    pub(crate) lines: Vec<ComparedOut>,
    #[serde(default)]
    pub(crate) exceptions: Vec<ExceptionOut>,
}

impl MatchOut {
    pub(crate) fn new(found: &Match, currency: Currency) -> Self {
        let line = |line: &crate::domain::matching::Compared| ComparedOut {
            code: line.code.clone(),
            billed_lines: line.billed_lines.clone(),
            expected: currency.text(line.expected),
            billed: currency.text(line.billed),
            variance: currency.text(line.variance),
            passes: line.passes,
            reason: line.reason.map(str::to_owned),
        };
        let exception = |found: &crate::domain::matching::Exception| ExceptionOut {
            code: found.code.to_owned(),
            what: found.what.clone(),
            at: found.at.to_owned(),
            next: found.next.to_owned(),
        };
        Self {
            lines: found.lines.iter().map(line).collect(),
            exceptions: found.exceptions.iter().map(exception).collect(),
        }
    }
}

/// A charge as billed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FreightInvoiceCharge)]
pub(crate) struct ChargeOut {
    pub(crate) line: String,
    /// The carrier's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// What it means here.
    pub(crate) means: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) amount: String,
    /// The bytes of the bill's document that say it; left out when it was typed or imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<BytesOut>,
}

/// A range of bytes in a document.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FreightInvoiceBytes)]
pub(crate) struct BytesOut {
    /// The first.
    pub(crate) start: u64,
    /// The one after the last.
    pub(crate) end: u64,
}

/// A version that came.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FreightInvoiceVersion)]
pub(crate) struct VersionOut {
    pub(crate) version: i32,
    /// False for a bill of this number that came again without saying that it corrects.
    pub(crate) counted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) correction: Option<String>,
    /// The document that it came in, for `/v1/documents/{id}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<String>,
    pub(crate) received_at: String,
}

/// What was decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FreightInvoiceApproval)]
pub(crate) struct ApprovalOut {
    pub(crate) version: i32,
    pub(crate) freight: String,
    /// Tax on the bill.
    pub(crate) tax_forward: String,
    /// Tax that we owe under reverse charge.
    pub(crate) tax_reverse: String,
    /// Tax deducted from the carrier.
    pub(crate) deducted: String,
    /// What the carrier gets.
    pub(crate) payable: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    pub(crate) explanation: Vec<NodeOut>,
    #[schema(value_type = String, format = "uuid")]
    pub(crate) entry_id: Uuid,
    pub(crate) by: String,
    pub(crate) at: String,
}

/// One message of a dispute.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DisputeMessage)]
pub(crate) struct MessageOut {
    /// Its place in the thread.
    pub(crate) number: i32,
    /// `ours` or `carrier`.
    pub(crate) side: String,
    pub(crate) by: String,
    pub(crate) text: String,
    /// Document ids.
    pub(crate) evidence: Vec<String>,
    pub(crate) at: String,
}

/// A dispute with its thread.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Dispute)]
pub(crate) struct DisputeOut {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    #[schema(value_type = String, format = "uuid")]
    pub(crate) invoice_id: Uuid,
    pub(crate) status: String,
    pub(crate) reason: String,
    pub(crate) amount: String,
    pub(crate) currency: String,
    pub(crate) opened_by: String,
    pub(crate) opened_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolution: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolved_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolved_at: Option<String>,
    pub(crate) messages: Vec<MessageOut>,
}

impl DisputeOut {
    pub(crate) fn new(row: &Dispute, messages: &[Message]) -> Self {
        let message = |m: &Message| MessageOut {
            number: m.number,
            side: m.side.clone(),
            by: m.by.clone(),
            text: m.text.clone(),
            evidence: m.evidence.clone(),
            at: utc(m.at_ms),
        };
        Self {
            id: row.id,
            invoice_id: row.invoice_id,
            status: row.status.clone(),
            reason: row.reason.clone(),
            amount: amount(&row.currency, row.amount),
            currency: row.currency.clone(),
            opened_by: row.opened_by.clone(),
            opened_at: utc(row.opened_ms),
            resolution: row.resolution.clone(),
            resolved_by: row.resolved_by.clone(),
            resolved_at: row.resolved_ms.map(utc),
            messages: messages.iter().filter(|m| m.dispute_id == row.id).map(message).collect(),
        }
    }
}

/// A carrier's note.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FreightInvoiceNote)]
pub(crate) struct NoteOut {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    /// `credit` lessens what the carrier gets, `debit` raises it.
    pub(crate) kind: String,
    pub(crate) number: String,
    pub(crate) amount: String,
    pub(crate) currency: String,
    pub(crate) reason: String,
    #[schema(value_type = String, format = "uuid")]
    pub(crate) entry_id: Uuid,
    pub(crate) by: String,
    pub(crate) at: String,
}

impl From<&Note> for NoteOut {
    fn from(row: &Note) -> Self {
        Self {
            id: row.id,
            kind: row.kind.clone(),
            number: row.number.clone(),
            amount: amount(&row.currency, row.amount),
            currency: row.currency.clone(),
            reason: row.reason.clone(),
            entry_id: row.entry_id,
            by: row.by.clone(),
            at: utc(row.at_ms),
        }
    }
}

/// One bill with everything.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FreightInvoice)]
pub(crate) struct InvoiceDetail {
    #[serde(flatten)]
    pub(crate) invoice: InvoiceOut,
    pub(crate) references: Vec<ReferenceIn>,
    pub(crate) charges: Vec<ChargeOut>,
    #[serde(rename = "match")]
    pub(crate) found: MatchOut,
    /// Why the expected amounts are what they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) explanation: Option<NodeOut>,
    pub(crate) versions: Vec<VersionOut>,
    pub(crate) approvals: Vec<ApprovalOut>,
    pub(crate) disputes: Vec<DisputeOut>,
    pub(crate) notes: Vec<NoteOut>,
}

/// Everything that is stored of one bill.
pub(crate) struct Parts {
    pub(crate) invoice: Invoice,
    pub(crate) versions: Vec<Version>,
    pub(crate) approvals: Vec<Approval>,
    pub(crate) disputes: Vec<Dispute>,
    pub(crate) messages: Vec<Message>,
    pub(crate) notes: Vec<Note>,
}

impl InvoiceDetail {
    /// Fails when a stored text no longer reads.
    pub(crate) fn new(parts: &Parts) -> Result<Self, serde_json::Error> {
        let Parts { invoice, versions, approvals, disputes, messages, notes } = parts;
        let current = versions.iter().find(|version| version.version == invoice.version);
        let bill: Option<events::FreightInvoice> =
            current.map(|version| serde_json::from_str(&version.data)).transpose()?;
        let charge = |charge: &events::Charge| ChargeOut {
            line: charge.line.clone(),
            code: charge.code.clone(),
            means: charge::meaning(charge.code.as_deref()),
            description: charge.description.clone(),
            amount: charge.amount.amount.clone(),
            source: charge
                .source
                .as_ref()
                .filter(|span| span.document == 0)
                .map(|span| BytesOut { start: span.start, end: span.end }),
        };
        let reference =
            |r: &events::Reference| ReferenceIn { kind: r.kind.clone(), value: r.value.clone() };
        let explanation = invoice.explanation.as_deref().map(serde_json::from_str).transpose()?;
        Ok(Self {
            invoice: invoice.into(),
            references: bill
                .iter()
                .flat_map(|bill| bill.references.iter().map(reference))
                .collect(),
            charges: bill.iter().flat_map(|bill| bill.charges.iter().map(charge)).collect(),
            found: serde_json::from_str(&invoice.found)?,
            explanation,
            versions: versions.iter().map(VersionOut::from).collect(),
            approvals: approvals.iter().map(approval).collect::<Result<_, _>>()?,
            disputes: disputes.iter().map(|dispute| DisputeOut::new(dispute, messages)).collect(),
            notes: notes.iter().map(NoteOut::from).collect(),
        })
    }
}

impl From<&Version> for VersionOut {
    fn from(row: &Version) -> Self {
        let known = row.document.iter().any(|byte| *byte != 0);
        let hex = || row.document.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            version: row.version,
            counted: row.taken,
            correction: row.correction.clone(),
            document: known.then(hex),
            received_at: utc(row.received_ms),
        }
    }
}

fn approval(row: &Approval) -> Result<ApprovalOut, serde_json::Error> {
    let text = |minor| amount(&row.currency, minor);
    let payable = row.freight.saturating_add(row.tax_forward).saturating_sub(row.deducted);
    Ok(ApprovalOut {
        version: row.version,
        freight: text(row.freight),
        tax_forward: text(row.tax_forward),
        tax_reverse: text(row.tax_reverse),
        deducted: text(row.deducted),
        payable: text(payable),
        reason: row.reason.clone(),
        explanation: serde_json::from_str(&row.explanation)?,
        entry_id: row.entry_id,
        by: row.by.clone(),
        at: utc(row.at_ms),
    })
}

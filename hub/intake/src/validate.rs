//! The hub's own look at what a guest returned: a guest is not trusted.
//!
//! A record that breaks a rule becomes a reject of its own; the others of the same batch go on.

use caravan_hub_registry::Party;
use caravan_model::{
    Batch, FreightInvoice, Milestone, Moment, Order, Record, Reject, Severity, Span, TenderResponse,
};

/// Longest text that a record may carry in one field.
const TEXT_BYTES_MAX: usize = 16 << 10;
/// Most entries of one list of a record.
const LIST_MAX: usize = 10_000;
/// Milliseconds of 1980-01-01 and 2100-01-01: dates outside are a guest's mistake.
const INSTANT_MS: core::ops::Range<i64> = 315_532_800_000..4_102_444_800_000;

/// Moves the records that break a rule into the rejects; both keep document order.
pub(crate) fn batch(mut batch: Batch, document_bytes: u64) -> Batch {
    let mut kept = Vec::with_capacity(batch.records.len());
    for record in batch.records {
        match broken_rule(&record, document_bytes) {
            None => kept.push(record),
            Some(message) => batch.rejects.push(Reject {
                severity: Severity::Error,
                code: "hub-record-invalid".to_owned(),
                path: String::new(),
                message: format!("the connector returned a record that breaks a rule: {message}"),
                hint: Some(
                    "report this to the connector's author with the document's id".to_owned(),
                ),
                source: within(record.source(), document_bytes),
            }),
        }
    }
    batch.records = kept;
    for reject in &mut batch.rejects {
        reject.source = within(reject.source, document_bytes);
        truncate(&mut reject.message);
        truncate(&mut reject.path);
    }
    for verdict in &mut batch.verdicts {
        verdict.source = within(verdict.source, document_bytes);
    }
    batch
}

/// Lets a party answer tenders in its own name only: an answer that names another carrier is a reject, one that names none is the
/// party's. Parties without a SCAC (brokers, portals) answer as they say.
pub(crate) fn answers_by(mut batch: Batch, party: &Party) -> Batch {
    let Some(scac) = &party.scac else { return batch };
    let mut kept = Vec::with_capacity(batch.records.len());
    for mut record in batch.records {
        if let Record::TenderResponse(response) = &mut record {
            let named = response.carrier.get_or_insert_with(|| scac.clone());
            if !named.eq_ignore_ascii_case(scac) && !named.eq_ignore_ascii_case(&party.id) {
                batch.rejects.push(Reject {
                    severity: Severity::Error,
                    code: "tender-answer-foreign".to_owned(),
                    path: format!("tender {}", response.number),
                    message: format!(
                        "{named} answers in this document, and this connection is {scac}'s"
                    ),
                    hint: Some("send your own SCAC in B1-01".to_owned()),
                    source: response.source,
                });
                continue;
            }
        }
        kept.push(record);
    }
    batch.records = kept;
    batch
}

fn broken_rule(record: &Record, document_bytes: u64) -> Option<&'static str> {
    let source = record.source();
    if source.start > source.end || (source.document == 0 && source.end > document_bytes) {
        return Some("its byte range is not in the document");
    }
    match record {
        Record::Milestone(milestone) => milestone_rule(milestone),
        Record::Order(order) => order_rule(order),
        Record::FreightInvoice(invoice) => invoice_rule(invoice),
        Record::TenderResponse(response) => tender_rule(response),
    }
}

fn milestone_rule(milestone: &Milestone) -> Option<&'static str> {
    let Milestone { references, at, raw, attributes, .. } = milestone;
    if references.is_empty() || references.iter().any(|reference| reference.value.is_empty()) {
        return Some("it names no shipment, or an empty number");
    }
    if references.len() > LIST_MAX || attributes.len() > LIST_MAX {
        return Some("it has too many references or attributes");
    }
    if !plausible(at) {
        return Some("its time is before 1980 or after 2100");
    }
    let texts = references.iter().map(|reference| &reference.value).chain([&raw.code, &raw.list]);
    too_long(texts).then_some("a text is longer than 16 KiB")
}

fn order_rule(order: &Order) -> Option<&'static str> {
    if order.number.is_empty() {
        return Some("the order has no number");
    }
    if order.lines.len() > LIST_MAX || order.parties.len() > LIST_MAX {
        return Some("it has too many lines or parties");
    }
    if !order.dates.iter().all(|(_, moment)| plausible(moment)) {
        return Some("a date is before 1980 or after 2100");
    }
    too_long([&order.number]).then_some("a text is longer than 16 KiB")
}

fn invoice_rule(invoice: &FreightInvoice) -> Option<&'static str> {
    if invoice.number.is_empty() {
        return Some("the invoice has no number");
    }
    if invoice.charges.len() > LIST_MAX {
        return Some("it has too many charge lines");
    }
    let currency = &invoice.total.currency;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Some("its currency is not an ISO 4217 code");
    }
    if invoice.charges.iter().any(|charge| charge.amount.currency != *currency) {
        return Some("a charge is in another currency than the total");
    }
    None
}

fn tender_rule(response: &TenderResponse) -> Option<&'static str> {
    let TenderResponse { number, answered_at, references, raw, attributes, .. } = response;
    if number.is_empty() {
        return Some("it names no tender");
    }
    if references.len() > LIST_MAX || attributes.len() > LIST_MAX {
        return Some("it has too many references or attributes");
    }
    if !answered_at.iter().all(plausible) {
        return Some("its time is before 1980 or after 2100");
    }
    too_long([number, &raw.code, &raw.list]).then_some("a text is longer than 16 KiB")
}

fn plausible(moment: &Moment) -> bool {
    INSTANT_MS.contains(&moment.instant_ms) && (-18 * 60..=18 * 60).contains(&moment.offset_min)
}

fn too_long<'a>(texts: impl IntoIterator<Item = &'a String>) -> bool {
    texts.into_iter().any(|text| text.len() > TEXT_BYTES_MAX)
}

fn within(span: Span, document_bytes: u64) -> Span {
    if span.document != 0 {
        return span;
    }
    let end = span.end.min(document_bytes);
    Span { document: 0, start: span.start.min(end), end }
}

fn truncate(text: &mut String) {
    if text.len() > TEXT_BYTES_MAX {
        let cut = (0..=TEXT_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(cut);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use caravan_model::{Classifier, Direction, RawCode, Reference, Scope, Status, ZoneSource};

    fn milestone() -> Milestone {
        Milestone {
            key: None,
            status: Status::Delivered,
            reason: None,
            classifier: Classifier::Actual,
            leg: None,
            direction: Direction::Forward,
            scope: Scope::SHIPMENT,
            at: Moment { instant_ms: 1_600_000_000_000, offset_min: 0, zone: ZoneSource::Sent },
            place: None,
            references: vec![Reference::new("pro", "1")],
            raw: RawCode { list: "x12/1650".into(), code: "D1".into(), text: None },
            raw_reason: None,
            source: Span { document: 0, start: 0, end: 10 },
            attributes: Vec::new(),
        }
    }

    fn check(change: impl FnOnce(&mut Milestone)) -> (usize, usize) {
        let mut one = milestone();
        change(&mut one);
        let records =
            vec![Record::Milestone(Box::new(one)), Record::Milestone(Box::new(milestone()))];
        let result = batch(Batch { records, ..Batch::default() }, 10);
        (result.records.len(), result.rejects.len())
    }

    #[test]
    fn a_bad_record_becomes_a_reject_and_its_neighbour_stays() {
        assert_eq!(check(|_| ()), (2, 0));
        assert_eq!(check(|m| m.references.clear()), (1, 1));
        assert_eq!(check(|m| m.references = vec![Reference::new("pro", " ")]), (1, 1));
        assert_eq!(check(|m| m.at.instant_ms = 0), (1, 1));
        assert_eq!(check(|m| m.source.end = 11), (1, 1));
        assert_eq!(check(|m| m.raw.code = "x".repeat(TEXT_BYTES_MAX + 1)), (1, 1));
    }
}

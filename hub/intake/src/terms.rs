//! What a document is found by: the numbers in it, its file name, the kinds of its events.

use std::collections::BTreeSet;

use caravan_model::{Batch, Record, Reference};
use caravan_tenancy::TenantTx;

use crate::documents::DocumentKey;

/// Longest term, in bytes; a longer number is found by its beginning.
const TERM_BYTES_MAX: usize = 100;
/// Shortest word of a file name that is a term of its own.
const WORD_CHARS_MIN: usize = 3;

/// The term of a number, or of a word that is looked for.
pub(crate) fn number(text: &str) -> String {
    cut(format!("number:{}", text.trim().to_lowercase()))
}

/// The term of a kind.
pub(crate) fn kind(text: &str) -> String {
    cut(format!("kind:{}", text.trim().to_lowercase()))
}

/// The terms of a file name: itself, itself without its ending, and its words.
pub(crate) fn of_name(name: &str) -> BTreeSet<String> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words = name
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| word.chars().count() >= WORD_CHARS_MIN);
    [name, stem].into_iter().chain(words).map(number).collect()
}

/// The terms of what was understood.
pub(crate) fn of_batch(batch: &Batch) -> BTreeSet<String> {
    batch.records.iter().flat_map(of_record).map(number).collect()
}

fn of_record(record: &Record) -> impl Iterator<Item = &str> {
    let (own, references): (Option<&str>, &[Reference]) = match record {
        Record::Milestone(milestone) => (None, &milestone.references),
        Record::Order(order) => (Some(&order.number), &order.references),
        Record::FreightInvoice(invoice) => (Some(&invoice.number), &invoice.references),
        Record::TenderResponse(response) => (Some(&response.number), &response.references),
    };
    own.into_iter().chain(references.iter().map(|reference| reference.value.as_str()))
}

/// Has the document be found by `terms`, too.
pub(crate) async fn add(
    tx: &mut TenantTx,
    key: DocumentKey,
    terms: BTreeSet<String>,
) -> Result<(), sqlx::Error> {
    if terms.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO hub.document_terms (tenant_id, term, received_at, hash, connection_id)
         SELECT d.tenant_id, t.term, d.received_at, d.hash, d.connection_id
           FROM hub.documents d CROSS JOIN unnest($4::text[]) AS t(term)
          WHERE d.tenant_id = $1 AND d.connection_id = $2 AND d.hash = $3
         ON CONFLICT DO NOTHING",
    )
    .bind(key.tenant.0)
    .bind(key.connection.0)
    .bind(key.hash.0.as_slice())
    // PostgreSQL's text holds every character but NUL.
    .bind(terms.iter().map(|term| term.replace('\0', "\u{fffd}")).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}

fn cut(mut term: String) -> String {
    let mut end = TERM_BYTES_MAX.min(term.len());
    while !term.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    term.truncate(end);
    term
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_a_whole_and_by_its_words() {
        let terms = of_name("X214_PRO1-42.edi");
        for found in ["x214_pro1-42.edi", "X214_PRO1-42", "pro1", "edi", "X214"] {
            assert!(terms.contains(&number(found)), "{found}: {terms:?}");
        }
        assert!(!terms.contains(&number("42")), "two letters are no word");
    }

    #[test]
    fn a_long_term_is_cut_between_letters() {
        let term = number(&"ä".repeat(100));
        assert!(term.len() <= TERM_BYTES_MAX && term.len() > TERM_BYTES_MAX - 2, "{}", term.len());
    }
}

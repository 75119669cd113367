//! 997 and TA1 from a document's verdicts: each verdict carries its own segments as text.

use caravan_mappings_x12::ack::{Piece, answer};
use caravan_model::Verdict;
use caravan_model::verdict::{Level, Outgoing};

/// The answers to one document. `control` is our own interchange control number.
///
/// One interchange for each pair of addresses in the document (usually one), empty when nothing is due.
#[must_use]
pub fn acknowledge(verdicts: &[Verdict], control: u32, now_ms: i64) -> Vec<Outgoing> {
    let pieces: Vec<Piece<'_>> = verdicts
        .iter()
        .map(|verdict| match verdict.level {
            Level::Message => Piece::Set(&verdict.detail),
            Level::Group => Piece::Group(&verdict.detail),
            Level::Interchange => Piece::Interchange(&verdict.detail),
        })
        .collect();
    answer(&pieces, control, now_ms)
        .into_iter()
        .enumerate()
        .map(|(index, answer)| {
            let name = if answer.sets > 0 { "997" } else { "ta1" };
            let suffix =
                if index == 0 { String::new() } else { format!("_{}", index.saturating_add(1)) };
            Outgoing {
                kind: if answer.sets > 0 { "x12/997" } else { "x12/TA1" }.to_owned(),
                file_name: format!("{name}_{control:09}{suffix}.edi"),
                media_type: "application/edi-x12".to_owned(),
                body: answer.body,
            }
        })
        .collect()
}

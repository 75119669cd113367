//! The STATUS IDoc (message STATUS, basic type SYSTAT01): tells the sending SAP system what became of its documents.
//!
//! Facts: formats.md §6.4 and help.sap.com "E2STATS – EDI Status Record": external status 16 = processed, 17 = not processed;
//! DOCNUM, LOGDAT, LOGTIM, STATUS, STACOD and STATXT are required.

use crate::head::{WHOLE, control, fields};
use crate::{Idoc, Segment};

pub use crate::head::{Header, Partner};

/// What became of one document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Client of the document.
    pub client: String,
    /// DOCNUM of the document.
    pub docnum: String,
    /// Whether it was taken.
    pub taken: bool,
    /// A sentence for the person who looks at it in SAP; cut to 70 characters.
    pub text: String,
    /// SEGNUM of the first problem.
    pub segment: Option<u32>,
    /// Field of the first problem.
    pub field: Option<String>,
    /// Our own code of the first problem (STAPA1).
    pub code: Option<String>,
}

/// One STATUS IDoc for all `outcomes`; its segments follow their order.
#[must_use]
pub fn systat01(header: &Header, outcomes: &[Outcome]) -> Idoc {
    let control = control(header, "SYSTAT01", "STATUS");
    let segments = outcomes
        .iter()
        .zip(1_u32..)
        .map(|(outcome, number)| segment(header, outcome, number))
        .collect();
    Idoc { root: "SYSTAT01".to_owned(), control, segments, ..Idoc::default() }
}

fn segment(header: &Header, outcome: &Outcome, number: u32) -> Segment {
    let (status, code, kind) =
        if outcome.taken { ("16", "CRV00016", "S") } else { ("17", "CRV00017", "E") };
    let segnum = outcome.segment.map(|segment| format!("{segment:06}")).unwrap_or_default();
    let fields = fields(&[
        ("MANDT", &outcome.client, WHOLE),
        ("DOCNUM", &outcome.docnum, WHOLE),
        ("LOGDAT", &header.date, 8),
        ("LOGTIM", &header.time, 6),
        ("STATUS", status, 2),
        ("UNAME", "CARAVAN", 12),
        ("REPID", "CARAVAN", 8),
        ("STACOD", code, 8),
        ("STATXT", &outcome.text, 70),
        ("SEGNUM", &segnum, 6),
        ("SEGFLD", outcome.field.as_deref().unwrap_or_default(), 10),
        ("STAPA1", outcome.code.as_deref().unwrap_or_default(), 20),
        ("STATYP", kind, 1),
    ]);
    Segment { name: "E1STATS".to_owned(), number, fields, ..Segment::default() }
}

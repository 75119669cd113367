//! The STATUS IDoc (message STATUS, basic type SYSTAT01): tells the sending SAP system what became of its documents.
//!
//! Facts: formats.md §6.4 and help.sap.com "E2STATS – EDI Status Record": external status 16 = processed, 17 = not processed;
//! DOCNUM, LOGDAT, LOGTIM, STATUS, STACOD and STATXT are required.

use crate::{Control, Field, Idoc, Segment, Span};

/// One side of the exchange as a control record names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Partner {
    /// Port (SNDPOR or RCVPOR).
    pub port: String,
    /// Partner type (`LS`, `KU`, `LI`).
    pub kind: String,
    /// Partner function.
    pub function: String,
    /// Partner number.
    pub number: String,
}

/// What the STATUS IDoc's own control record says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// Client of the SAP system.
    pub client: String,
    /// Our number for this IDoc; printed with 16 digits.
    pub number: u32,
    /// We: the receiver of the documents.
    pub sender: Partner,
    /// The SAP system: the sender of the documents.
    pub receiver: Partner,
    /// `YYYYMMDD`.
    pub date: String,
    /// `HHMMSS`.
    pub time: String,
}

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
    let (sender, receiver) = (&header.sender, &header.receiver);
    let fields = fields(&[
        ("TABNAM", "EDI_DC40", 10),
        ("MANDT", &header.client, WHOLE),
        ("DOCNUM", &format!("{:016}", header.number), 16),
        ("DIRECT", "2", 1),
        ("IDOCTYP", "SYSTAT01", 30),
        ("MESTYP", "STATUS", 30),
        ("SNDPOR", &sender.port, WHOLE),
        ("SNDPRT", &sender.kind, WHOLE),
        ("SNDPFC", &sender.function, WHOLE),
        ("SNDPRN", &sender.number, WHOLE),
        ("RCVPOR", &receiver.port, WHOLE),
        ("RCVPRT", &receiver.kind, WHOLE),
        ("RCVPFC", &receiver.function, WHOLE),
        ("RCVPRN", &receiver.number, WHOLE),
        ("CREDAT", &header.date, 8),
        ("CRETIM", &header.time, 6),
        ("SERIAL", &format!("{}{}", header.date, header.time), 20),
    ]);
    let control = Control { fields, span: Span::default() };
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

/// Of what names a partner or a document nothing is cut: half a name would name another. The flat form refuses it if too wide.
const WHOLE: usize = usize::MAX;

/// Fields with a value, cut to their width. Characters that neither form can carry become blanks.
fn fields(pairs: &[(&str, &str, usize)]) -> Vec<Field> {
    let printable = |found: char| {
        if found.is_control() || matches!(found, '\u{FFFE}' | '\u{FFFF}') { ' ' } else { found }
    };
    let cut = |value: &str, width| {
        value.chars().map(printable).take(width).collect::<String>().trim_end().to_owned()
    };
    pairs
        .iter()
        .map(|(name, value, width)| Field {
            name: (*name).to_owned(),
            value: cut(value, *width),
            span: Span::default(),
        })
        .filter(|field| !field.value.is_empty())
        .collect()
}

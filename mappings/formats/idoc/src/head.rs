//! The head of an IDoc that we write: who sends it to whom, under which number.

use crate::{Control, Field, Span};

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

/// What the control record of an IDoc of ours says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// Client of the SAP system.
    pub client: String,
    /// Our number for this IDoc; printed with 16 digits.
    pub number: u32,
    /// We.
    pub sender: Partner,
    /// The SAP system.
    pub receiver: Partner,
    /// `YYYYMMDD`.
    pub date: String,
    /// `HHMMSS`.
    pub time: String,
}

/// The control record: for the SAP system that gets it the IDoc is an inbound one.
pub(crate) fn control(header: &Header, basic_type: &str, message: &str) -> Control {
    let (sender, receiver) = (&header.sender, &header.receiver);
    let fields = fields(&[
        ("TABNAM", "EDI_DC40", 10),
        ("MANDT", &header.client, WHOLE),
        ("DOCNUM", &format!("{:016}", header.number), 16),
        ("DIRECT", "2", 1),
        ("IDOCTYP", basic_type, 30),
        ("MESTYP", message, 30),
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
    Control { fields, span: Span::default() }
}

/// Of what names a partner or a document nothing is cut: half a name would name another. The flat form refuses it if too wide.
pub(crate) const WHOLE: usize = usize::MAX;

/// Fields with a value, cut to their width. Characters that neither form can carry become blanks.
pub(crate) fn fields(pairs: &[(&str, &str, usize)]) -> Vec<Field> {
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

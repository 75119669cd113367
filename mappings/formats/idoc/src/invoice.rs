//! The incoming invoice (message INVOIC, basic type INVOIC02): a settled freight bill on its way into the books.
//!
//! Facts: help.sap.com "Inbound Processing of IDocs Received" (logistics invoice verification): BSART INVO or CRME, the invoicing
//! party by PARVW LF or RS, the company code by RE, the vendor's number by E1EDK02 009, the document date by E1EDK03 012, tax by
//! MWSKZ and MSATZ through table T076M, the purchase order by E1EDP02 001, the line's amount by E1EDP26 003.
//! Qualifiers of E1EDK02: beyondse16.com (010 internal number); of E1EDS01: datapanda.eu (001 items, 005 tax, 010 net, 011 billed),
//! both borne out by the published INVOIC01 of `tests/it/twin.rs`, which also has the segments' order and widths.

use crate::head::{WHOLE, control, fields};
use crate::{Field, Idoc, Segment};

pub use crate::head::{Header, Partner};

/// Width of texts for people (KTEXT, TDLINE): they are cut.
const TEXT: usize = 70;

/// A tax of the invoice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tax {
    /// MWSKZ: the tax code, or the tax's type that the receiver's table T076M turns into one.
    pub code: String,
    /// MSATZ, per cent.
    pub rate: String,
    /// MWSBT.
    pub amount: String,
    /// KTEXT.
    pub text: String,
}

/// A line of the invoice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// IDTNR: what is paid for, as the vendor names it.
    pub material: String,
    /// KTEXT.
    pub text: String,
    /// Net amount.
    pub amount: String,
}

/// What an INVOIC02 says. Amounts are as SAP writes them: a minus stands behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invoice {
    /// A credit memo (CRME) instead of an invoice (INVO).
    pub credit: bool,
    /// ISO 4217.
    pub currency: String,
    /// The sender's own id of the document (E1EDK02 010).
    pub id: String,
    /// The vendor's number of the document (E1EDK02 009).
    pub number: String,
    /// The vendor's account number.
    pub vendor: String,
    /// The vendor's name.
    pub vendor_name: String,
    /// Who pays: what table T076B turns into a company code.
    pub payer: String,
    /// Document date, `YYYYMMDD`.
    pub date: String,
    /// Other numbers: qualifier of E1EDK02, number.
    pub references: Vec<(String, String)>,
    /// The purchase order that each line belongs to.
    pub purchase_order: String,
    /// Taxes.
    pub taxes: Vec<Tax>,
    /// For people; the first becomes the document's header text.
    pub texts: Vec<String>,
    /// MENEE: the unit in which each line counts as one.
    pub unit: String,
    /// Lines.
    pub lines: Vec<Line>,
    /// The lines' sum.
    pub net: String,
    /// The taxes' sum.
    pub tax: String,
    /// Net and tax.
    pub total: String,
}

/// The INVOIC02 of one invoice. Nothing but texts for people is cut; [`crate::print::misfits`] tells what is too wide.
#[must_use]
pub fn invoic02(header: &Header, invoice: &Invoice) -> Idoc {
    let mut segments = heading(invoice);
    segments.extend(invoice.lines.iter().zip(1_u32..).map(|(line, at)| item(invoice, line, at)));
    let currency = invoice.currency.as_str();
    let count = invoice.lines.len().to_string();
    for (kind, sum, currency) in [
        ("001", count.as_str(), ""),
        ("010", &invoice.net, currency),
        ("005", &invoice.tax, currency),
        ("011", &invoice.total, currency),
    ] {
        segments.push(segment(
            "E1EDS01",
            &[("SUMID", kind, 3), ("SUMME", sum, WHOLE), ("WAERQ", currency, WHOLE)],
        ));
    }
    number(&mut segments, &mut 0);
    let control = control(header, "INVOIC02", "INVOIC");
    Idoc { root: "INVOIC02".to_owned(), control, segments, ..Idoc::default() }
}

/// Everything above the lines.
fn heading(invoice: &Invoice) -> Vec<Segment> {
    let kind = if invoice.credit { "CRME" } else { "INVO" };
    let mut segments = vec![segment(
        "E1EDK01",
        &[
            ("CURCY", &invoice.currency, WHOLE),
            ("BSART", kind, 4),
            ("BELNR", &invoice.number, WHOLE),
        ],
    )];
    // Which of the two is asked for depends on the receiver's release; both name the same account.
    for role in ["LF", "RS"] {
        segments.push(segment(
            "E1EDKA1",
            &[
                ("PARVW", role, 3),
                ("PARTN", &invoice.vendor, WHOLE),
                ("LIFNR", &invoice.vendor, WHOLE),
                ("NAME1", &invoice.vendor_name, 35),
            ],
        ));
    }
    if !invoice.payer.is_empty() {
        segments.push(segment("E1EDKA1", &[("PARVW", "RE", 3), ("PARTN", &invoice.payer, WHOLE)]));
    }
    let own = [("009", invoice.number.as_str()), ("010", &invoice.id)];
    let others = invoice.references.iter().map(|(kind, value)| (kind.as_str(), value.as_str()));
    for (kind, value) in own.into_iter().chain(others) {
        let date = if kind == "009" { invoice.date.as_str() } else { "" };
        segments.push(segment(
            "E1EDK02",
            &[("QUALF", kind, WHOLE), ("BELNR", value, WHOLE), ("DATUM", date, WHOLE)],
        ));
    }
    if !invoice.date.is_empty() {
        segments.push(segment("E1EDK03", &[("IDDAT", "012", 3), ("DATUM", &invoice.date, WHOLE)]));
    }
    for tax in &invoice.taxes {
        segments.push(segment(
            "E1EDK04",
            &[
                ("MWSKZ", &tax.code, WHOLE),
                ("MSATZ", &tax.rate, WHOLE),
                ("MWSBT", &tax.amount, WHOLE),
                ("KTEXT", &tax.text, 50),
            ],
        ));
    }
    segments.extend(texts(&invoice.texts));
    segments
}

fn texts(texts: &[String]) -> Option<Segment> {
    let line = |text: &String| segment("E1EDKT2", &[("TDLINE", text, TEXT), ("TDFORMAT", "*", 2)]);
    let children: Vec<Segment> = texts.iter().map(line).collect();
    let head = segment("E1EDKT1", &[("TDID", "0001", 4), ("TSSPRAS", "E", 3)]);
    (!children.is_empty()).then_some(Segment { children, ..head })
}

fn item(invoice: &Invoice, line: &Line, at: u32) -> Segment {
    let position = format!("{:06}", at.saturating_mul(10));
    let mut children = Vec::new();
    if !invoice.purchase_order.is_empty() {
        let order = &invoice.purchase_order;
        children.push(segment("E1EDP02", &[("QUALF", "001", 3), ("BELNR", order, WHOLE)]));
    }
    children.push(segment(
        "E1EDP19",
        &[("QUALF", "002", 3), ("IDTNR", &line.material, WHOLE), ("KTEXT", &line.text, TEXT)],
    ));
    children.push(segment("E1EDP26", &[("QUALF", "003", 3), ("BETRG", &line.amount, WHOLE)]));
    let fields =
        [("POSEX", position.as_str(), 6), ("MENGE", "1.000", 15), ("MENEE", &invoice.unit, WHOLE)];
    Segment { children, ..segment("E1EDP01", &fields) }
}

fn segment(name: &str, pairs: &[(&str, &str, usize)]) -> Segment {
    let fields: Vec<Field> = fields(pairs);
    Segment { name: name.to_owned(), fields, ..Segment::default() }
}

/// SEGNUM, counted as a flat file counts.
fn number(segments: &mut [Segment], last: &mut u32) {
    for segment in segments {
        *last = last.saturating_add(1);
        segment.number = *last;
        number(&mut segment.children, last);
    }
}

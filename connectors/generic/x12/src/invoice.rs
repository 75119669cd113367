//! 210, motor carrier freight details and invoice: one set becomes one freight invoice with its charge lines.
//!
//! Amounts are N2: an integer of hundredths, whatever the currency. The net amount due and the sum of the charges are
//! both the sender's; when they differ, the difference is reported and nothing is mended.

use caravan_mappings_x12::Segment;
use caravan_mappings_x12::date::Date;
use caravan_mappings_x12::schema::Fault;
use caravan_model::{
    Charge, FreightInvoice, Measure, Moment, Money, Party, PartyRole, Place, Record, Severity,
    ZoneSource,
};

use crate::profile::{Code, Profile};
use crate::status::Sink;
use crate::values::{add_reference, decimal, measure, minor_units, span, string};
use crate::zone::Zone;

/// Charge lines of one bill at most: a bill is one record, and a record has to fit into memory.
const CHARGES_MAX: usize = 20_000;
/// Other repeated things of one bill at most.
const PARTS_MAX: usize = 5_000;

/// What an LX says of the charges below it.
#[derive(Debug, Default)]
struct Line {
    number: String,
    description: Vec<String>,
    weight: Option<Measure>,
    quantity: Option<Measure>,
    /// Index of its first charge.
    first: usize,
}

/// A 210 being read.
#[derive(Debug, Default)]
pub struct InvoiceSet {
    bill: Option<Box<FreightInvoice>>,
    has_b3: bool,
    line: Option<Line>,
    /// Index of the party that N2, N3 and N4 complete.
    party: Option<usize>,
    too_many: bool,
}

impl InvoiceSet {
    /// Reads one segment; `faults` are those of its syntax.
    pub fn segment(
        &mut self,
        segment: &Segment<'_>,
        position: u32,
        faults: &[Fault],
        sink: &mut Sink<'_>,
    ) {
        let mut severity = Severity::Warning;
        let tag = segment.tag();
        if tag == b"B3" {
            self.has_b3 = true;
            self.bill = head(segment, sink.profile);
            if self.bill.is_none() {
                severity = Severity::Error;
                sink.notes.lost = sink.notes.lost.saturating_add(1);
            }
        }
        sink.notes.faults(sink.rejects, segment, position, faults, severity);
        let Some(bill) = &mut self.bill else { return };
        match tag {
            b"C3" => {
                if let Some(currency) = string(segment, 1) {
                    bill.total.currency = currency.to_ascii_uppercase();
                }
            }
            b"N9" => reference(bill, sink.profile, segment.text(1), segment.text(2)),
            b"L11" => reference(bill, sink.profile, segment.text(2), segment.text(1)),
            b"N7" => {
                if let Some(number) = segment.text(2) {
                    let owner = segment.text(1).unwrap_or_default();
                    if bill.references.len() < PARTS_MAX {
                        add_reference(
                            &mut bill.references,
                            "equipment",
                            &format!("{owner}{number}"),
                        );
                    }
                }
            }
            b"ITD" => {
                for (name, at) in [("net-due", 6), ("net-days", 7), ("discount-due", 4)] {
                    if let Some(value) = string(segment, at) {
                        bill.attributes.push((name.to_owned(), value));
                    }
                }
            }
            b"N1" | b"N2" | b"N3" | b"N4" => self.party(segment, sink.profile),
            b"LX" => self.open_line(segment),
            b"L5" => {
                if let (Some(line), Some(text)) = (&mut self.line, string(segment, 2))
                    && line.description.len() < 20
                {
                    line.description.push(text);
                }
            }
            b"L0" => self.weigh(segment),
            b"L1" => self.charge(segment),
            b"L3" => self.close_line(),
            _ => {}
        }
    }

    /// Ends the set.
    pub fn finish(&mut self, source: caravan_model::Span, sink: &mut Sink<'_>) {
        if !self.has_b3 {
            sink.notes.missing(sink.rejects, "B3", 2, source, Severity::Error);
        }
        self.close_line();
        let Some(mut bill) = self.bill.take() else { return };
        bill.source = source;
        if self.too_many {
            let message = format!("the bill has more than {CHARGES_MAX} charge lines");
            sink.notes.remark(
                sink.rejects,
                Severity::Error,
                "x12-too-many-charges",
                message,
                "split the bill",
                source,
            );
            return;
        }
        // The currency may stand behind the charges' amounts only in C3, which comes before them; L1-20 has its own.
        let currency = bill.total.currency.clone();
        for charge in &mut bill.charges {
            if charge.amount.currency.is_empty() {
                charge.amount.currency.clone_from(&currency);
            }
        }
        check_total(&bill, sink);
        sink.records.push(Record::FreightInvoice(bill));
    }

    fn party(&mut self, segment: &Segment<'_>, profile: &Profile) {
        let Some(bill) = &mut self.bill else { return };
        if segment.tag() == b"N1" {
            self.party = None;
            let Some(code) = string(segment, 1) else { return };
            let rule = Code::new(code.as_bytes()).and_then(|code| profile.tables.role.get(&code));
            let role = rule.map_or(PartyRole::Other, |rule| rule.role.0);
            // Below an LX the parties are those of one shipment of many; only those with a role say anything.
            if (self.line.is_some() && role == PartyRole::Other) || bill.parties.len() >= PARTS_MAX
            {
                return;
            }
            self.party = Some(bill.parties.len());
            let (id, name) = (string(segment, 4), string(segment, 2));
            bill.parties.push(Party {
                role,
                raw_role: code,
                id,
                name,
                street: Vec::new(),
                place: Place::default(),
            });
            return;
        }
        let Some(party) = self.party.and_then(|index| bill.parties.get_mut(index)) else { return };
        match segment.tag() {
            b"N3" if party.street.len() < 10 => {
                party.street.extend([1, 2].into_iter().filter_map(|at| string(segment, at)))
            }
            b"N2" if party.street.len() < 10 => {
                // A further line of the name, as on an envelope.
                let more = [1, 2].into_iter().filter_map(|at| string(segment, at));
                let name = party.name.take().into_iter().chain(more).collect::<Vec<_>>().join(", ");
                party.name = (!name.is_empty() && name.len() < 1_000).then_some(name);
            }
            b"N4" => {
                party.place.name = string(segment, 1);
                party.place.region = string(segment, 2);
                party.place.postal_code = string(segment, 3);
                party.place.country = string(segment, 4);
            }
            _ => {}
        }
    }

    fn open_line(&mut self, segment: &Segment<'_>) {
        self.close_line();
        self.party = None;
        let first = self.bill.as_ref().map_or(0, |bill| bill.charges.len());
        self.line =
            Some(Line { number: string(segment, 1).unwrap_or_default(), first, ..Line::default() });
    }

    fn weigh(&mut self, segment: &Segment<'_>) {
        let Some(line) = &mut self.line else { return };
        if line.weight.is_none() {
            line.weight = measure(segment, 4, 11, true);
        }
        if line.quantity.is_none() {
            line.quantity = measure(segment, 2, 3, false).or_else(|| measure(segment, 8, 9, false));
        }
    }

    fn charge(&mut self, segment: &Segment<'_>) {
        let (Some(bill), Some(minor)) = (&mut self.bill, segment.value(4).and_then(minor_units))
        else {
            return;
        };
        if bill.charges.len() >= CHARGES_MAX {
            self.too_many = true;
            return;
        }
        let currency = string(segment, 20).unwrap_or_default();
        let line =
            self.line.as_ref().map(|line| line.number.clone()).filter(|number| !number.is_empty());
        bill.charges.push(Charge {
            line: line.or_else(|| string(segment, 1)).unwrap_or_default(),
            code: string(segment, 8),
            description: string(segment, 12),
            amount: Money { minor, currency, exponent: 2 },
            rate: segment.text(2).and_then(|rate| decimal(&rate)),
            rate_qualifier: string(segment, 3),
            weight: None,
            quantity: measure(segment, 17, 18, false),
            source: span(segment.span()),
        });
    }

    /// Gives the line's description to its charges, and its weight and quantity to the first, so that nothing counts twice.
    fn close_line(&mut self) {
        let (Some(line), Some(bill)) = (self.line.take(), &mut self.bill) else { return };
        let mut own = bill.charges.iter_mut().skip(line.first);
        if let Some(first) = own.next() {
            let text = (!line.description.is_empty()).then(|| line.description.join(" "));
            first.weight = line.weight;
            first.quantity = first.quantity.take().or(line.quantity);
            for charge in core::iter::once(first).chain(own) {
                if charge.description.is_none() {
                    charge.description.clone_from(&text);
                }
            }
        }
    }
}

/// The bill that a B3 begins; `None` when it lacks its number or its amount.
fn head(segment: &Segment<'_>, profile: &Profile) -> Option<Box<FreightInvoice>> {
    let number = string(segment, 2)?;
    let minor = segment.value(7).and_then(minor_units)?;
    let mut references = Vec::new();
    if let Some(shipment) = segment.text(3) {
        add_reference(&mut references, "shipment", &shipment);
    }
    let mut attributes = Vec::new();
    // B310 says what B309 is: 035 is the day of delivery; without a qualifier it is that by its name.
    let is_delivery = matches!(segment.value(10), None | Some(b"035"));
    if let (Some(date), false) = (string(segment, 9), is_delivery) {
        let qualifier = string(segment, 10).unwrap_or_default();
        attributes.push((format!("date-{qualifier}"), date));
    }
    if let Some(service) = string(segment, 13) {
        attributes.push(("service".to_owned(), service));
    }
    Some(Box::new(FreightInvoice {
        key: None,
        number,
        scac: string(segment, 11),
        correction: string(segment, 8),
        payment_method: string(segment, 4),
        references,
        parties: Vec::new(),
        billed_at: day(segment.element(6), profile),
        delivered_at: if is_delivery { day(segment.element(9), profile) } else { None },
        total: Money { minor, currency: profile.currency.clone(), exponent: 2 },
        charges: Vec::new(),
        source: span(segment.span()),
        attributes,
    }))
}

/// Midnight of a day in the party's zone.
fn day(bytes: &[u8], profile: &Profile) -> Option<Moment> {
    let date = Date::parse(bytes.trim_ascii())?;
    let source = if profile.zone.is_some() { ZoneSource::Profile } else { ZoneSource::Assumed };
    Some(profile.zone.unwrap_or(Zone::UTC).moment(date, 0, source))
}

fn reference(
    bill: &mut FreightInvoice,
    profile: &Profile,
    qualifier: Option<std::borrow::Cow<'_, str>>,
    value: Option<std::borrow::Cow<'_, str>>,
) {
    if let (Some(qualifier), Some(value)) = (qualifier, value)
        && bill.references.len() < PARTS_MAX
    {
        add_reference(&mut bill.references, &profile.reference_kind(&qualifier), &value);
    }
}

fn check_total(bill: &FreightInvoice, sink: &mut Sink<'_>) {
    if bill.charges.is_empty()
        || bill.charges.iter().any(|charge| charge.amount.currency != bill.total.currency)
    {
        return;
    }
    let sum: i128 = bill.charges.iter().map(|charge| i128::from(charge.amount.minor)).sum();
    if sum == i128::from(bill.total.minor) {
        return;
    }
    let shown = |minor: i128| match i64::try_from(minor) {
        Ok(minor) => Money { minor, ..bill.total.clone() }.to_decimal(),
        Err(_) => "more than can be written".to_owned(),
    };
    let message = format!(
        "the charges of bill {} add up to {}, its net amount due is {} {}",
        bill.number,
        shown(sum),
        shown(i128::from(bill.total.minor)),
        bill.total.currency
    );
    let hint = "ask the carrier for the missing or wrong charge; the bill is kept as sent";
    sink.notes.remark(sink.rejects, Severity::Warning, "x12-total", message, hint, bill.source);
}

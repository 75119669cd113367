//! What both messages need: typed fields of a segment, with a warning instead of a guess.

use caravan_mappings_idoc::{Idoc, Problem, Segment};
use caravan_model::{
    DocumentKind, Measure, Moment, Money, Order, Party, PartyRole, Place, Purpose, Reference, Span,
    ZoneSource,
};

use crate::profile::Profile;
use crate::values;

/// Maps one IDoc; collects what was odd.
#[derive(Debug)]
pub(crate) struct Mapper<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) idoc: &'a Idoc,
    pub(crate) warnings: Vec<Problem>,
}

/// Bytes of the input (document 0).
pub(crate) fn span(span: caravan_mappings_idoc::Span) -> Span {
    Span { document: 0, start: span.start, end: span.end }
}

impl<'a> Mapper<'a> {
    pub(crate) fn new(profile: &'a Profile, idoc: &'a Idoc) -> Self {
        Self { profile, idoc, warnings: Vec::new() }
    }

    /// Notes that a field of `segment` could not be used.
    pub(crate) fn warn(
        &mut self,
        code: &'static str,
        segment: &Segment,
        field: &str,
        message: String,
        hint: &'static str,
    ) {
        self.warnings.push(problem(code, segment, field, message, hint));
    }

    fn bad(&mut self, segment: &Segment, field: &str, wanted: &str) {
        let value = segment.get(field).unwrap_or_default();
        let message = format!("{} / {field} is {value:?}, not {wanted}.", segment.name);
        self.warn(
            "idoc-bad-value",
            segment,
            field,
            message,
            "The value was left out; correct it in the sender.",
        );
    }

    /// A number that counts things; zero is what SAP writes for "not determined".
    pub(crate) fn count(&mut self, segment: &Segment, field: &str) -> Option<u32> {
        let text = segment.get(field)?;
        let count = text.parse::<u32>().ok();
        if count.is_none() {
            self.bad(segment, field, "a whole number");
        }
        count.filter(|count| *count > 0)
    }

    /// A quantity with its unit; a zero without a unit is none. The unit is empty when the sender gave none.
    pub(crate) fn measure(
        &mut self,
        segment: &Segment,
        field: &str,
        unit_field: &str,
    ) -> Option<Measure> {
        let Ok(value) = values::decimal(segment.get(field)?) else {
            self.bad(segment, field, "a number");
            return None;
        };
        let sent = segment.get(unit_field).unwrap_or_default();
        if sent.is_empty() && values::is_zero(&value) {
            return None;
        }
        let unit = self.profile.lookup("units", sent).unwrap_or(sent).to_owned();
        Some(Measure { value, unit })
    }

    /// An amount of money.
    pub(crate) fn money(
        &mut self,
        segment: &Segment,
        field: &str,
        currency: Option<&str>,
    ) -> Option<Money> {
        let (text, currency) = (segment.get(field)?, currency?);
        let money = values::money(text, currency).ok();
        if money.is_none() {
            self.bad(segment, field, "an amount");
        }
        money
    }

    /// A date with its time (midnight when none is sent), in the zone that the segment, the profile or nobody names.
    pub(crate) fn moment(
        &mut self,
        segment: &Segment,
        date: &str,
        time: &str,
        zone: &str,
    ) -> Option<Moment> {
        let Ok(day) = values::date(segment.get(date)?) else {
            self.bad(segment, date, "a date YYYYMMDD");
            return None;
        };
        let day = day?;
        let (time, next_day) =
            values::time(segment.get(time).unwrap_or_default()).unwrap_or_else(|_| {
                self.bad(segment, time, "a time HHMMSS");
                (jiff::civil::Time::midnight(), false)
            });
        let day = if next_day { day.tomorrow().ok()? } else { day };
        let (zone, source) = self.zone(segment, zone);
        values::moment(day.to_datetime(time), &zone, source)
    }

    fn zone(&mut self, segment: &Segment, field: &str) -> (jiff::tz::TimeZone, ZoneSource) {
        if let Some(sent) = segment.get(field) {
            if let Some(zone) = self.profile.zone_named(sent) {
                return (zone, ZoneSource::Sent);
            }
            let message = format!("The time zone {sent} is not in the table.");
            self.warn("idoc-zone", segment, field, message, "Add it to the profile's table zones.");
        }
        match self.profile.zone.as_deref().and_then(|name| self.profile.zone_named(name)) {
            Some(zone) => (zone, ZoneSource::Profile),
            None => (jiff::tz::TimeZone::UTC, ZoneSource::Assumed),
        }
    }

    /// A party's role by its code.
    pub(crate) fn role(&self, code: &str) -> PartyRole {
        self.profile
            .lookup("roles", code)
            .and_then(|role| role.parse().ok())
            .unwrap_or(PartyRole::Other)
    }

    /// A reference whose kind is looked up by the qualifier; `idoc/<qualifier>` when the table has none.
    pub(crate) fn reference(&self, table: &str, qualifier: &str, value: &str) -> Reference {
        match self.profile.lookup(table, qualifier) {
            Some(kind) => Reference::new(kind, value),
            None => Reference::new(format!("idoc/{qualifier}"), value),
        }
    }

    /// The purpose that a code stands for; an unknown one is noted.
    pub(crate) fn purpose(
        &mut self,
        table: &str,
        segment: &Segment,
        field: &str,
    ) -> Option<Purpose> {
        let code = segment.get(field)?;
        let purpose = self.profile.lookup(table, code).and_then(|purpose| purpose.parse().ok());
        if purpose.is_none() {
            let message =
                format!("{} / {field} is {code}, which has no meaning in the table.", segment.name);
            self.warn(
                "idoc-purpose",
                segment,
                field,
                message,
                "The document was taken as an original; add the code to the profile.",
            );
        }
        purpose
    }

    /// An order with what the control record says.
    pub(crate) fn order(&self, kind: DocumentKind, number: &str) -> Order {
        let control = &self.idoc.control;
        let mut attributes = Vec::new();
        for (name, field) in [
            ("message-type", "MESTYP"),
            ("message-code", "MESCOD"),
            ("message-function", "MESFCT"),
            ("extension", "CIMTYP"),
            ("test", "TEST"),
            ("sender", "SNDPRN"),
            ("receiver", "RCVPRN"),
        ] {
            attributes.extend(control.get(field).map(|value| (name.to_owned(), value.to_owned())));
        }
        Order {
            key: Some(format!(
                "{}/{}",
                control.client().unwrap_or_default(),
                control.docnum().unwrap_or_default()
            )),
            kind,
            purpose: Purpose::Original,
            number: number.to_owned(),
            references: Vec::new(),
            parties: Vec::new(),
            dates: Vec::new(),
            gross_weight: None,
            volume: None,
            packages: None,
            incoterms: None,
            lines: Vec::new(),
            source: span(self.idoc.span),
            attributes,
        }
    }
}

/// A problem about a field.
pub(crate) fn problem(
    code: &'static str,
    segment: &Segment,
    field: &str,
    message: String,
    hint: &'static str,
) -> Problem {
    let place = segment.field(field).map_or(segment.span, |field| field.span);
    Problem {
        code,
        path: format!("{} #{} / {field}", segment.name, segment.number),
        message,
        hint,
        segment: Some(segment.number),
        field: Some(field.to_owned()),
        span: place,
    }
}

/// Which fields of a segment make a party.
pub(crate) struct PartyFields {
    pub(crate) role: &'static str,
    pub(crate) ids: &'static [&'static str],
    pub(crate) names: &'static [&'static str],
    pub(crate) streets: &'static [&'static str],
    pub(crate) city: &'static str,
    pub(crate) region: &'static str,
    pub(crate) postal_code: &'static str,
    pub(crate) country: &'static str,
}

/// The party that a segment names; none without a role.
pub(crate) fn party(mapper: &Mapper<'_>, segment: &Segment, fields: &PartyFields) -> Option<Party> {
    let owned = |name: &str| segment.get(name).map(str::to_owned);
    let all =
        |names: &[&str]| names.iter().filter_map(|name| segment.get(name)).collect::<Vec<_>>();
    let role = segment.get(fields.role)?;
    let names = all(fields.names);
    Some(Party {
        role: mapper.role(role),
        raw_role: role.to_owned(),
        id: fields.ids.iter().find_map(|name| owned(name)),
        name: (!names.is_empty()).then(|| names.join(" ")),
        street: all(fields.streets).into_iter().map(str::to_owned).collect(),
        place: Place {
            name: owned(fields.city),
            region: owned(fields.region),
            postal_code: owned(fields.postal_code),
            country: owned(fields.country),
            ..Place::default()
        },
    })
}

/// Appends what is not there yet, in order.
pub(crate) fn add_once<T: PartialEq>(list: &mut Vec<T>, more: impl IntoIterator<Item = T>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

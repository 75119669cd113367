//! From JSON to the domain: everything that cannot be read is told, each with its place, and the rest is read all the same.

use core::str::FromStr as _;

use caravan_model as model;

use super::{OrderIn, OrderLine, OrderMeasure, OrderMoney, OrderParty, OrderReference, OrderStop};
use crate::domain::{self, Content, Mode, Payment, Priority, Stop, StopKind, Violation};

/// Reads, and notes what it could not.
#[derive(Default)]
struct Reader {
    wrong: Vec<Violation>,
}

impl OrderIn {
    /// The content, and what of it could not be read; what could not is absent from the content.
    pub(crate) fn read(self) -> (Content, Vec<Violation>) {
        let mut reader = Reader::default();
        let kind = reader.word("/kind", self.kind.as_deref(), "an order's kind", |text| {
            model::DocumentKind::from_str(text).ok()
        });
        let priority =
            reader.word("/priority", self.priority.as_deref(), "a priority", Priority::parse);
        let content = Content {
            number: self.number.unwrap_or_default(),
            kind: kind.unwrap_or(model::DocumentKind::Order),
            priority: priority.unwrap_or(Priority::Normal),
            mode: reader.word("/mode", self.mode.as_deref(), "a mode", Mode::parse),
            service: self.service,
            equipment: self.equipment,
            payment: reader.word("/payment", self.payment.as_deref(), "a payment", Payment::parse),
            incoterms: self.incoterms,
            references: references(self.references),
            parties: reader.parties(self.parties),
            stops: reader.stops(self.stops),
            lines: reader.lines(self.lines),
            gross_weight: self.gross_weight.map(measure),
            volume: self.volume.map(measure),
            packages: self.packages,
            distance_km: self.distance_km,
            notes: self.notes,
        };
        (content, reader.wrong)
    }
}

impl Reader {
    fn note(&mut self, pointer: String, code: &'static str, message: String) {
        self.wrong.push(Violation::new(pointer, code, message));
    }

    fn word<T>(
        &mut self,
        pointer: &str,
        text: Option<&str>,
        noun: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = text?;
        let value = parse(text);
        if value.is_none() {
            let shown: String = text.chars().take(40).collect();
            let message = format!("{shown:?} is not {noun}; see docs/api.md for those there are.");
            self.note(pointer.to_owned(), "word-unknown", message);
        }
        value
    }

    fn moment(&mut self, pointer: String, text: Option<String>) -> Option<model::Moment> {
        let text = text?;
        let moment = model::Moment::from_rfc3339(&text, model::ZoneSource::Sent);
        if moment.is_none() {
            let message =
                "This is no time with an offset; write it like 2026-11-25T06:00:00+05:30."
                    .to_owned();
            self.note(pointer, "time-invalid", message);
        }
        moment
    }

    fn stops(&mut self, stops: Vec<OrderStop>) -> Vec<Stop> {
        let mut read = Vec::with_capacity(stops.len());
        for (index, stop) in stops.into_iter().enumerate() {
            let at = format!("/stops/{index}");
            let kind = self.word(
                &format!("{at}/kind"),
                Some(&stop.kind),
                "a stop's kind",
                StopKind::parse,
            );
            let guess = if index == 0 { StopKind::Pickup } else { StopKind::Delivery };
            read.push(Stop {
                // A kind that cannot be read is told; the guess only keeps that from looking like a missing stop.
                kind: kind.unwrap_or(guess),
                site: stop.site,
                name: stop.name,
                phone: stop.phone,
                street: stop.street,
                place: stop.place.into(),
                earliest: self.moment(format!("{at}/earliest"), stop.earliest),
                latest: self.moment(format!("{at}/latest"), stop.latest),
                instructions: stop.instructions,
                references: references(stop.references),
            });
        }
        read
    }

    fn parties(&mut self, parties: Vec<OrderParty>) -> Vec<model::Party> {
        let mut read = Vec::with_capacity(parties.len());
        for (index, party) in parties.into_iter().enumerate() {
            let parse = |text: &str| model::PartyRole::from_str(text).ok();
            let role = self.word(
                &format!("/parties/{index}/role"),
                Some(&party.role),
                "a party's role",
                parse,
            );
            read.push(model::Party {
                role: role.unwrap_or(model::PartyRole::Other),
                raw_role: party.role,
                id: party.id,
                name: party.name,
                street: party.street,
                place: party.place.into(),
            });
        }
        read
    }

    fn lines(&mut self, lines: Vec<OrderLine>) -> Vec<model::OrderLine> {
        let mut read = Vec::with_capacity(lines.len());
        for (index, line) in lines.into_iter().enumerate() {
            let value = format!("/lines/{index}/net_value/amount");
            read.push(model::OrderLine {
                number: line.number,
                material: line.material,
                description: line.description,
                quantity: line.quantity.map(measure),
                gross_weight: line.gross_weight.map(measure),
                volume: line.volume.map(measure),
                net_value: line.net_value.and_then(|money| self.money(value, money)),
                references: references(line.references),
            });
        }
        read
    }

    fn money(&mut self, pointer: String, money: OrderMoney) -> Option<model::Money> {
        let wire = caravan_events::wire::Money { amount: money.amount, currency: money.currency };
        let read = model::Money::try_from(wire).ok();
        if read.is_none() {
            let message = "This is no amount; write it like \"15600.00\".".to_owned();
            self.note(pointer, "amount-invalid", message);
        }
        read
    }
}

fn references(references: Vec<OrderReference>) -> Vec<model::Reference> {
    let read = |reference: OrderReference| model::Reference::new(reference.kind, reference.value);
    references.into_iter().map(read).collect()
}

fn measure(measure: OrderMeasure) -> model::Measure {
    model::Measure { value: measure.value.trim().to_owned(), unit: domain::unit(&measure.unit) }
}

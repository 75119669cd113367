//! From JSON to commands: every mistake at once, each with its place.

use caravan_model::{Moment, ZoneSource};

use super::super::moment;
use super::{AnswerIn, AssignIn, DeliverIn, DispatchIn, DuplicateIn, ReasonIn, TenderIn};
use crate::domain::{
    Command, Content, Delivery, Dispatch, NUMBER_MAX, TEXT_MAX, Violation, identifies, is_phone,
};

/// How long a carrier has to answer, unless said.
const RESPOND_WITHIN_MIN: i64 = 120;
/// Longest time to answer: thirty days.
const RESPOND_WITHIN_MIN_MAX: i64 = 43_200;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// How far a clock may be ahead of ours.
const AHEAD_MS: i64 = 5 * MINUTE_MS;
const REASON_MAX: usize = 500;

type Read<T> = Result<T, Vec<Violation>>;

/// Collects violations and gives the value only when there are none.
#[derive(Default)]
struct Wrong(Vec<Violation>);

impl Wrong {
    fn add(&mut self, pointer: &str, code: &'static str, message: &str) {
        self.0.push(Violation::new(pointer, code, message));
    }

    fn end<T>(self, value: T) -> Read<T> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }

    /// A trimmed text that has something to say; empty counts as left out.
    fn text(&mut self, pointer: &str, text: Option<String>, max: usize) -> Option<String> {
        let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())?;
        if text.chars().count() > max || text.chars().any(char::is_control) {
            let message = format!("This text has at most {max} characters, on one line.");
            self.add(pointer, "text-too-long", &message);
        }
        Some(text)
    }

    fn needed(&mut self, pointer: &str, text: Option<String>, max: usize, message: &str) -> String {
        let text = self.text(pointer, text, max);
        if text.is_none() {
            self.add(pointer, "missing", message);
        }
        text.unwrap_or_default()
    }

    /// A time that is over, or now.
    fn past(&mut self, pointer: &str, text: Option<&str>, now_ms: i64) -> Moment {
        let now = Moment { instant_ms: now_ms, offset_min: 0, zone: ZoneSource::Sent };
        let Some(text) = text else { return now };
        match moment(text) {
            Some(at) if at.instant_ms > now_ms.saturating_add(AHEAD_MS) => {
                self.add(pointer, "time-ahead", "This time has not come yet.");
                at
            }
            Some(at) => at,
            None => {
                let message =
                    "This is no time with an offset; write it like 2026-11-25T06:00:00+05:30.";
                self.add(pointer, "time-invalid", message);
                now
            }
        }
    }
}

impl ReasonIn {
    /// The reason, which must be there when `needed`.
    pub(crate) fn read(self, needed: bool) -> Read<Option<String>> {
        let mut wrong = Wrong::default();
        let reason = wrong.text("/reason", self.reason, REASON_MAX);
        if needed && reason.is_none() {
            wrong.add("/reason", "missing", "Say why; it stays in the order's history.");
        }
        wrong.end(reason)
    }
}

impl AssignIn {
    /// The carrier, none for the cheapest; and why.
    pub(crate) fn read(self) -> Read<(Option<String>, Option<String>)> {
        let mut wrong = Wrong::default();
        let carrier = self.carrier.map(|carrier| carrier.trim().to_owned());
        let code = |text: &str| {
            let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            (2..=64).contains(&text.len()) && text.chars().all(letter)
        };
        if carrier.as_deref().is_some_and(|carrier| !code(carrier)) {
            wrong.add(
                "/carrier",
                "carrier-invalid",
                "A carrier is its SCAC or party code: 2 to 64 letters, digits and hyphens.",
            );
        }
        match (self.by.as_deref(), &carrier) {
            (None, _) | (Some("rate"), None) | (Some("hand"), Some(_)) => {}
            (Some("rate"), Some(_)) => wrong.add(
                "/carrier",
                "carrier-and-rate",
                "Leave the carrier out to take the cheapest by rate.",
            ),
            (Some("hand"), None) => wrong.add("/carrier", "missing", "Say which carrier."),
            (Some(_), _) => wrong.add("/by", "word-unknown", "This is \"rate\" or \"hand\"."),
        }
        let reason = wrong.text("/reason", self.reason, REASON_MAX);
        wrong.end((carrier, reason))
    }
}

impl TenderIn {
    pub(crate) fn read(self, now_ms: i64) -> Read<Command> {
        let mut wrong = Wrong::default();
        let longest = now_ms.saturating_add(RESPOND_WITHIN_MIN_MAX * MINUTE_MS);
        let respond_by_ms = match (self.respond_by.as_deref(), self.respond_within_min) {
            (Some(_), Some(_)) => {
                wrong.add("/respond_by", "twice", "Say when, or within how long; not both.");
                now_ms
            }
            (Some(text), None) => moment(text).map_or(0, |at| at.instant_ms),
            (None, within) => {
                let minutes = within.map_or(RESPOND_WITHIN_MIN, i64::from);
                now_ms.saturating_add(minutes.saturating_mul(MINUTE_MS))
            }
        };
        if wrong.0.is_empty() && !(now_ms < respond_by_ms && respond_by_ms <= longest) {
            wrong.add(
                if self.respond_by.is_some() { "/respond_by" } else { "/respond_within_min" },
                "time-invalid",
                "The time to answer is a time with an offset, ahead of now and within thirty days.",
            );
        }
        wrong.end(Command::Tender { respond_by_ms })
    }
}

impl AnswerIn {
    /// The command, and why.
    pub(crate) fn read(self) -> Read<(Command, Option<String>)> {
        let mut wrong = Wrong::default();
        let reason = wrong.text("/reason", self.reason, REASON_MAX);
        let carrier_reference = wrong.text("/carrier_reference", self.carrier_reference, TEXT_MAX);
        let command = match self.answer.as_str() {
            "accepted" => Command::Accept { carrier_reference },
            "declined" if reason.is_some() => Command::Decline,
            "declined" => {
                wrong.add("/reason", "missing", "Say why the carrier declined.");
                Command::Decline
            }
            _ => {
                wrong.add("/answer", "word-unknown", "This is \"accepted\" or \"declined\".");
                Command::Decline
            }
        };
        wrong.end((command, reason))
    }
}

impl DispatchIn {
    pub(crate) fn read(self, now_ms: i64) -> Read<Command> {
        let mut wrong = Wrong::default();
        let lr = "Say the LR (consignment note) number.";
        let lr_number = wrong.needed("/lr_number", Some(self.lr_number), 30, lr);
        let driver = self.driver.unwrap_or_default();
        let driver_name = wrong.text("/driver/name", driver.name, TEXT_MAX);
        let driver_phone = wrong.text("/driver/phone", driver.phone, TEXT_MAX);
        if driver_phone.as_deref().is_some_and(|phone| !is_phone(phone)) {
            wrong.add("/driver/phone", "phone-invalid", "A phone number has 6 to 15 digits.");
        }
        let dispatch = Dispatch {
            lr_number,
            vehicle: vehicle(&mut wrong, &self.vehicle),
            driver_name,
            driver_phone,
            pro: wrong.text("/pro", self.pro, TEXT_MAX),
            awb: wrong.text("/awb", self.awb, TEXT_MAX),
            at: wrong.past("/at", self.at.as_deref(), now_ms),
        };
        wrong.end(Command::Dispatch(dispatch))
    }
}

/// A vehicle's number in one form. Indian e-way bills take 7 to 15 letters and digits (docs.ewaybillgst.gov.in, API 1.03);
/// trailers elsewhere have as few as four.
fn vehicle(wrong: &mut Wrong, text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>();
    let number = kept.to_uppercase();
    if !(4..=15).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_alphanumeric()) {
        wrong.add(
            "/vehicle",
            "vehicle-invalid",
            "A vehicle number has 4 to 15 letters and digits, for example MH 12 AB 1234.",
        );
    }
    number
}

impl DeliverIn {
    /// The command, and how it is known.
    pub(crate) fn read(self, now_ms: i64) -> Read<(Command, Option<String>)> {
        let mut wrong = Wrong::default();
        let reason = wrong.text("/reason", self.reason, REASON_MAX);
        let pod = wrong.text("/pod", self.pod, TEXT_MAX);
        let at = wrong.past("/at", self.at.as_deref(), now_ms);
        wrong.end((Command::Deliver(Delivery { at, pod, recorded_ms: None }), reason))
    }
}

impl DuplicateIn {
    /// The copy of `content`: without its number, without what identifies the old shipment, its windows moved or gone.
    pub(crate) fn read(self, content: &Content) -> Read<Content> {
        let mut wrong = Wrong::default();
        let mut copy = content.clone();
        copy.number = wrong.text("/number", self.number, NUMBER_MAX).unwrap_or_default();
        copy.references.retain(|reference| !identifies(reference));
        if self.shift_days.is_some_and(|days| !(-3_650..=3_650).contains(&days)) {
            wrong.add("/shift_days", "number-invalid", "Windows move by at most ten years.");
        }
        let by_ms = self.shift_days.map(|days| i64::from(days).saturating_mul(DAY_MS));
        let moved = |at: Option<Moment>| {
            let (at, by_ms) = (at?, by_ms?);
            Some(Moment { instant_ms: at.instant_ms.checked_add(by_ms)?, ..at })
        };
        for stop in &mut copy.stops {
            stop.earliest = moved(stop.earliest);
            stop.latest = moved(stop.latest);
            stop.references.clear();
        }
        wrong.end(copy)
    }
}

//! The journey: stops in order, each at a place that a carrier can find, within windows that can be kept.

use caravan_model::Place;

use super::countries;
use super::{Found, NOTES_MAX, TEXT_MAX, references};
use crate::domain::content::{Content, Stop, StopKind};

pub(super) const STOPS_MAX: usize = 50;
const STREET_MAX: usize = 4;

pub(super) fn check(found: &mut Found, content: &Content) {
    let stops = &content.stops;
    if stops.len() > STOPS_MAX {
        found.add("/stops", "too-many", "An order has at most 50 stops; split it.");
    }
    let kinds = || stops.iter().map(|stop| stop.kind);
    if !kinds().any(|kind| kind == StopKind::Pickup) {
        found.add(
            "/stops",
            "pickup-missing",
            "Say where it is picked up: a stop of kind \"pickup\".",
        );
    } else if kinds().next() != Some(StopKind::Pickup) {
        found.add("/stops/0/kind", "pickup-first", "The first stop is a pickup.");
    }
    if !kinds().any(|kind| kind == StopKind::Delivery) {
        found.add(
            "/stops",
            "delivery-missing",
            "Say where it is delivered: a stop of kind \"delivery\".",
        );
    } else if kinds().next_back() != Some(StopKind::Delivery) {
        let last = stops.len().saturating_sub(1);
        found.add(format!("/stops/{last}/kind"), "delivery-last", "The last stop is a delivery.");
    }
    for (index, stop) in stops.iter().enumerate().take(STOPS_MAX) {
        one(found, &format!("/stops/{index}"), stop);
    }
    order_of_windows(found, stops);
}

fn one(found: &mut Found, at: &str, stop: &Stop) {
    found.text(format!("{at}/site"), stop.site.as_deref(), TEXT_MAX);
    found.text(format!("{at}/name"), stop.name.as_deref(), TEXT_MAX);
    found.text(format!("{at}/instructions"), stop.instructions.as_deref(), NOTES_MAX);
    if let Some(phone) = stop.phone.as_deref()
        && !is_phone(phone)
    {
        found.add(
            format!("{at}/phone"),
            "phone-invalid",
            "A phone number has 6 to 15 digits, with + in front of the country's code.",
        );
    }
    street(found, at, &stop.street);
    place(found, &format!("{at}/place"), &stop.place);
    references(found, at, &stop.references);
    if let (Some(earliest), Some(latest)) = (stop.earliest, stop.latest)
        && earliest.instant_ms > latest.instant_ms
    {
        found.add(
            format!("{at}/latest"),
            "window-reversed",
            "The window ends before it begins; exchange earliest and latest.",
        );
    }
}

/// A delivery cannot be over before the pickup may begin.
fn order_of_windows(found: &mut Found, stops: &[Stop]) {
    let first = stops.iter().find(|stop| stop.kind == StopKind::Pickup);
    let begins = first.and_then(|stop| stop.earliest);
    for (index, stop) in stops.iter().enumerate() {
        let ends = stop.latest.filter(|_| stop.kind == StopKind::Delivery);
        if let (Some(begins), Some(ends)) = (begins, ends)
            && ends.instant_ms < begins.instant_ms
        {
            found.add(
                format!("/stops/{index}/latest"),
                "delivery-before-pickup",
                "This delivery would be over before the first pickup begins.",
            );
        }
    }
}

pub(super) fn street(found: &mut Found, at: &str, street: &[String]) {
    if street.len() > STREET_MAX {
        found.add(format!("{at}/street"), "too-many", "A street has at most 4 lines.");
    }
    for (index, line) in street.iter().enumerate().take(STREET_MAX) {
        found.text(format!("{at}/street/{index}"), Some(line), TEXT_MAX);
    }
}

fn place(found: &mut Found, at: &str, place: &Place) {
    found.text(format!("{at}/city"), place.name.as_deref(), TEXT_MAX);
    found.text(format!("{at}/region"), place.region.as_deref(), TEXT_MAX);
    found.text(format!("{at}/facility"), place.facility.as_deref(), TEXT_MAX);
    let named = [&place.name, &place.postal_code, &place.unlocode].into_iter().any(Option::is_some);
    if !named {
        found.add(
            at,
            "place-missing",
            "Say at least the city, the postal code or the UN/LOCODE of this place.",
        );
    }
    match place.country.as_deref() {
        None if named && place.unlocode.is_none() => found.add(
            format!("{at}/country"),
            "country-missing",
            "Say the country as two letters, for example \"IN\".",
        ),
        Some(country) if !is_country(country) => found.add(
            format!("{at}/country"),
            "country-invalid",
            "A country is two capital letters of ISO 3166, for example \"IN\".",
        ),
        Some(country) if !countries::is_known(country) => {
            found.add(format!("{at}/country"), "country-unknown", &countries::unknown(country));
        }
        _ => {}
    }
    if let Some(code) = place.unlocode.as_deref() {
        unlocode(found, format!("{at}/unlocode"), code);
    }
    if let Some(code) = place.postal_code.as_deref() {
        postal_code(found, &format!("{at}/postal_code"), code, place.country.as_deref());
    }
}

/// A country and three characters more: letters, and since they were used up digits from 2 on (UN/CEFACT recommendation 16).
pub(super) fn is_unlocode(code: &str) -> bool {
    let location = |b: u8| b.is_ascii_uppercase() || (b'2'..=b'9').contains(&b);
    code.split_at_checked(2).is_some_and(|(country, rest)| {
        is_country(country) && rest.len() == 3 && rest.bytes().all(location)
    })
}

fn unlocode(found: &mut Found, at: String, code: &str) {
    let Some((country, _)) = code.split_at_checked(2).filter(|_| is_unlocode(code)) else {
        let text = "A UN/LOCODE has two letters of a country and three letters or digits from 2 to 9, for example \"INBOM\".";
        return found.add(at, "unlocode-invalid", text);
    };
    if !countries::has_locations(country) {
        let why = countries::unknown(country);
        found.add(at, "unlocode-unknown", &format!("{code} is no UN/LOCODE: {why}"));
    }
}

/// An Indian PIN has six digits and no leading zero; elsewhere only the length is checked.
fn postal_code(found: &mut Found, at: &str, code: &str, country: Option<&str>) {
    if country == Some("IN") && !is_pin(code) {
        found.add(at, "pin-invalid", "A PIN code has six digits and does not begin with 0.");
    } else if code.is_empty() || code.len() > 12 {
        found.add(at, "postal-code-invalid", "A postal code has 1 to 12 characters.");
    }
}

/// A PIN code, by its form.
pub(super) fn is_pin(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0')
}

/// ISO 3166-1 alpha-2, by its form.
fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// E.164 leaves at most 15 digits.
pub(crate) fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let rest = text.strip_prefix('+').unwrap_or(text);
    (6..=15).contains(&digits) && rest.chars().all(|c| c.is_ascii_digit() || " -()".contains(c))
}

//! 204, motor carrier load tender (004010): a tender, or its withdrawal, as one interchange with one set.
//!
//! In the order of the set: [`write`] makes the envelope and the header, [`stops`] the loop of each S5, [`parts`] what they
//! share. What does not fit an element without losing its meaning (a number, a code) is a violation or goes into a note;
//! texts for people are cut or spread over several segments. Facts: research/formats.md §1.2 and §1.3 (set 204).

mod parts;
mod stops;

use caravan_connector_sdk::{Failure, Violation};
use caravan_mappings_x12::{Delimiters, Writer, date};
use caravan_model::{Money, Payment, Purpose, Tender};

use crate::address::Addresses;
use crate::profile::Profile;
use parts::Set;

/// Longest shipment number (element 145) and reference (element 127) of release 004010.
const NUMBER_CHARS_MAX: usize = 30;
/// Most stops: S5-01 has three digits.
const STOPS_MAX: usize = 999;

/// The interchange that brings `tender` to its carrier. `now_ms` is the envelope's time.
///
/// # Errors
/// `InvalidRequest` names every field that a 204 needs and does not have, or cannot carry.
pub fn write(
    tender: &Tender,
    profile: &Profile,
    addresses: &Addresses,
    now_ms: i64,
) -> Result<Vec<u8>, Failure> {
    let violations = violations(tender);
    if !violations.is_empty() {
        return Err(Failure::InvalidRequest(violations));
    }
    // `:` is common in texts, so the component separator, which a 204 does not need, is another.
    let delimiters = Delimiters { component: b'>', repetition: None, ..Delimiters::OURS };
    let mut writer = Writer::new(delimiters);
    let number = tender.control_number % 1_000_000_000;
    let (padded, control) = (format!("{number:09}"), number.to_string());
    let (day, time) = date::stamp(now_ms);
    let short_day = day.get(2..).unwrap_or_default();
    let Addresses { sender, receiver, usage } = addresses;
    writer.isa(&[
        "00",
        "",
        "00",
        "",
        &sender.qualifier,
        &sender.id,
        &receiver.qualifier,
        &receiver.id,
        short_day,
        &time,
        "U",
        "00401",
        &padded,
        "0",
        usage,
    ]);
    let group = [&sender.group, &receiver.group, &day, &time, &control].map(String::as_str);
    let [from, to, day, time, control] = group;
    writer.segment("GS", &["SM", from, to, day, time, control, "X", "004010"]);
    let mut set = Set::open(writer, profile);
    header(&mut set, tender);
    stops::write(&mut set, tender);
    totals(&mut set, tender);
    let mut writer = set.close();
    writer.segment("GE", &["1", control]);
    writer.segment("IEA", &["1", &padded]);
    Ok(writer.finish())
}

/// The name of the file that holds it.
#[must_use]
pub fn file_name(tender: &Tender) -> String {
    format!("204_{:09}.edi", tender.control_number % 1_000_000_000)
}

fn violations(tender: &Tender) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut violation = |path: &str, code: &str, message: String| {
        found.push(Violation { path: path.to_owned(), code: code.to_owned(), message });
    };
    if tender.number.trim().is_empty() || tender.number.chars().count() > NUMBER_CHARS_MAX {
        let message = format!(
            "a 204 carries a shipment number of 1 to {NUMBER_CHARS_MAX} characters in B2-04, not {:?}",
            tender.number
        );
        violation("number", "x12-number", message);
    }
    if !is_scac(&tender.carrier) {
        let message = format!(
            "B2-02 needs the carrier's SCAC of 2 to 4 letters, not {:?}: give the party one in the catalogue",
            tender.carrier
        );
        violation("carrier", "x12-scac", message);
    }
    if tender.stops.is_empty() || tender.stops.len() > STOPS_MAX {
        let message = format!("a 204 has 1 to {STOPS_MAX} stops, not {}", tender.stops.len());
        violation("stops", "x12-stops", message);
    }
    for (index, stop) in tender.stops.iter().enumerate() {
        if parts::name_of(&stop.party).is_none() {
            let message = "a stop needs a name, a number or a city for its N1".to_owned();
            violation(&format!("stops[{index}]"), "x12-stop-name", message);
        }
    }
    found
}

/// Two to four letters; digits are in use, too.
fn is_scac(text: &str) -> bool {
    (2..=4).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// B2 to NTE, the parties of loop 0100, and the equipment of loop 0200.
fn header(set: &mut Set<'_>, tender: &Tender) {
    let payment = match tender.payment {
        Some(Payment::Prepaid) => "PP",
        Some(Payment::Collect) => "CC",
        Some(Payment::ThirdParty) => "TP",
        None => set.profile.payment_unsaid.as_str(),
    };
    let weight_unit = tender.gross_weight.as_ref().and_then(|weight| parts::weight(weight));
    let weight_unit = weight_unit.map_or("", |(_, unit)| unit);
    set.segment("B2", &["", &tender.carrier, "", tender.number.trim(), weight_unit, payment]);
    let purpose = match tender.purpose {
        Purpose::Original => "00",
        Purpose::Cancel => "01",
        Purpose::Change => "04",
    };
    let application = set.profile.application_type.clone();
    set.segment("B2A", &[purpose, &application]);
    let is_number = |kind: &str, value: &str| kind == "shipment" && value == tender.number;
    let references = tender.references.iter();
    let others: Vec<_> =
        references.filter(|one| !is_number(&one.kind, &one.value)).cloned().collect();
    let unsaid = set.references(&others);
    if let Some(respond_by) = tender.respond_by {
        set.time("64", "1", respond_by);
    }
    // N7 needs a number that nobody has yet; the code says what is to be sent.
    let code = tender.equipment.as_deref().and_then(|name| set.equipment_code(name));
    let mut notes = unsaid;
    if let (Some(equipment), None) = (&tender.equipment, &code) {
        notes.push(format!("EQUIPMENT {equipment}"));
    }
    if let Some(price) = &tender.price
        && hundredths(price, &set.profile.currency).is_none()
    {
        notes.push(format!("AGREED PRICE {} {}", price.to_decimal(), price.currency));
    }
    notes.extend(tender.service.iter().map(|service| format!("SERVICE {service}")));
    notes.extend(tender.notes.iter().cloned());
    for note in &notes {
        set.note(note);
    }
    for party in &tender.parties {
        set.party(party, None);
    }
    if let Some(code) = &code {
        set.segment("N7", &["", "0", "", "", "", "", "", "", "", "", code]);
    }
}

/// L3: the weight, the volume and the packages of all stops, and what was agreed to be paid.
fn totals(set: &mut Set<'_>, tender: &Tender) {
    let weight = tender.gross_weight.as_ref().and_then(parts::weight);
    let volume = tender.volume.as_ref().and_then(parts::volume);
    let packages = tender.packages.map(|count| count.to_string()).unwrap_or_default();
    let price = tender.price.as_ref().and_then(|price| hundredths(price, &set.profile.currency));
    let price = price.unwrap_or_default();
    let (kilograms, unit) = weight.unwrap_or_default();
    let (space, space_unit) = volume.unwrap_or_default();
    let qualifier = if kilograms.is_empty() { "" } else { "G" };
    let all = [
        kilograms.as_str(),
        qualifier,
        "",
        "",
        &price,
        "",
        "",
        "",
        &space,
        space_unit,
        &packages,
        unit,
    ];
    if all.iter().any(|element| !element.is_empty()) {
        set.segment("L3", &all);
    }
}

/// An amount as N2; none when it is not of the profile's currency, which L3 cannot name, or finer than hundredths.
fn hundredths(price: &Money, currency: &str) -> Option<String> {
    let scale = 2_u32.checked_sub(u32::from(price.exponent))?;
    let amount = price.minor.checked_mul(10_i64.checked_pow(scale)?)?;
    (price.currency == currency && amount >= 0).then(|| amount.to_string())
}

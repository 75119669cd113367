//! What may well be right although a list says otherwise: PIN codes and UN/LOCODEs.
//!
//! # Why it is not a violation
//! Lists age: India Post opens offices after their day, UNECE adds ports twice a year, and an order to one of them must go its way.
//! So a doubt refuses no order and rejects no row. It is shown beside the order, and who approves the order either has it corrected
//! or says why it is right.

use caravan_model::Place;

use super::stops::STOPS_MAX;
use super::{Violation, countries, locations, pins, states};
use crate::domain::content::{Content, Stop};

/// Field post offices of the army: the list has two of them, and they move.
const ARMY: char = '9';
/// Younger than the addresses that people keep: the state, and of which it was a part.
const PARTED: &[(&str, &str)] = &[("TG", "AP"), ("LA", "JK")];

/// Everything that is doubtful in `content`, with its place; none of it keeps the order from anything once somebody has said why.
pub(crate) fn doubts(content: &Content) -> Vec<Violation> {
    let stops = content.stops.iter().enumerate().take(STOPS_MAX);
    let of = |(index, stop): (usize, &Stop)| {
        [unlocode(index, &stop.place), pin(index, &stop.place)].into_iter().flatten()
    };
    stops.flat_map(of).collect()
}

/// What has no form of a UN/LOCODE, or begins with no country, is a violation and not looked up.
fn unlocode(index: usize, place: &Place) -> Option<Violation> {
    let code = place.unlocode.as_deref()?;
    let (country, _) = code.split_at_checked(2)?;
    if !super::stops::is_unlocode(code) || !countries::has_locations(country) {
        return None;
    }
    let doubt = |code, message| {
        Some(Violation::new(format!("/stops/{index}/place/unlocode"), code, message))
    };
    if !locations::is_listed(code) {
        let text = format!(
            "UNECE's list of {} has no UN/LOCODE {code}: check it. If it is right, approve the order with a reason.",
            locations::EDITION
        );
        return doubt("unlocode-unlisted", text);
    }
    let written = place.country.as_deref().filter(|written| *written != country)?;
    if country == countries::AT_SEA {
        return None;
    }
    let text = format!(
        "UN/LOCODE {code} is in {country}, and the place says {written}: check both. If they are right, approve the order with a reason."
    );
    doubt("unlocode-elsewhere", text)
}

fn pin(index: usize, place: &Place) -> Option<Violation> {
    let pin = place.postal_code.as_deref()?;
    if place.country.as_deref() != Some("IN") || !super::stops::is_pin(pin) || pin.starts_with(ARMY)
    {
        return None;
    }
    let doubt = |code, message| {
        Some(Violation::new(format!("/stops/{index}/place/postal_code"), code, message))
    };
    let Some(listed) = pins::find(pin) else {
        let text = format!(
            "India Post's list of {} has no PIN code {pin}: check it. If it is right, approve the order with a reason.",
            pins::EDITION
        );
        return doubt("pin-unknown", text);
    };
    let (there, region) = (listed.state?, place.region.as_deref()?);
    let written = states::state(region)?;
    if written == there || PARTED.contains(&(there, written)) {
        return None;
    }
    let text = format!(
        "India Post has PIN code {pin} in {}, and the place says {}: check both. If they are right, approve the order with a reason.",
        name(there),
        name(written)
    );
    doubt("pin-elsewhere", text)
}

fn name(code: &'static str) -> &'static str {
    states::STATES.iter().find(|(known, ..)| *known == code).map_or(code, |(_, name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check;
    use crate::domain::testing;

    /// The codes of what is doubtful at the delivery.
    fn doubted(country: &str, region: Option<&str>, pin: &str) -> Vec<(&'static str, String)> {
        let mut content = testing::content("4500017001");
        content.stops[1].place = caravan_model::Place {
            region: region.map(str::to_owned),
            country: Some(country.into()),
            ..testing::place("Chennai", "", pin)
        };
        let found = doubts(&content);
        assert!(found.iter().all(|doubt| doubt.pointer == "/stops/1/place/postal_code"));
        if country == "IN" {
            assert_eq!(check(&content), [], "a doubt is no violation");
        }
        found.into_iter().map(|doubt| (doubt.code, doubt.message)).collect()
    }

    #[test]
    fn a_unlocode_that_the_list_lacks_or_has_in_another_country_is_doubtful() {
        let doubted = |country: Option<&str>, code: &str| {
            let mut content = testing::content("4500017001");
            let place = &mut content.stops[1].place;
            (place.country, place.postal_code) = (country.map(str::to_owned), None);
            place.unlocode = Some(code.to_owned());
            let found = doubts(&content);
            assert!(found.iter().all(|doubt| doubt.pointer == "/stops/1/place/unlocode"));
            found
        };
        for (country, code, about, said) in [
            (Some("IN"), "INQQQ", "unlocode-unlisted", "list of 2024-2 has no UN/LOCODE INQQQ"),
            (None, "KRICH", "unlocode-unlisted", "with a reason"),
            (Some("IN"), "SGSIN", "unlocode-elsewhere", "SGSIN is in SG, and the place says IN"),
        ] {
            let found = doubted(country, code);
            let [one] = found.as_slice() else { panic!("{code}: {found:?}") };
            assert_eq!(one.code, about);
            assert!(one.message.contains(said), "{}", one.message);
        }
        // Right; at sea; and what is a violation.
        for (country, code) in [
            (Some("IN"), "INNSA"),
            (None, "HKHKG"),
            (Some("IN"), "XZAAD"),
            (Some("IN"), "UKFXT"),
            (Some("IN"), "INBO"),
            (Some("IN"), "inbom"),
            (Some("IN"), "\u{e9}NBOM"),
        ] {
            assert_eq!(doubted(country, code), [], "{code}");
        }
    }

    #[test]
    fn a_pin_code_that_the_list_lacks_is_doubtful() {
        for pin in ["600999", "100000", "555555", "899999"] {
            let found = doubted("IN", Some("TN"), pin);
            let [(code, message)] = found.as_slice() else { panic!("{pin}: {found:?}") };
            assert_eq!(*code, "pin-unknown");
            assert!(message.contains(pin) && message.contains(pins::EDITION), "{message}");
            assert!(message.contains("with a reason"), "{message}");
        }
        // The army's, and what is a code of another country.
        for (country, pin) in
            [("IN", "900099"), ("IN", "999999"), ("SG", "600999"), ("CN", "100000")]
        {
            assert_eq!(doubted(country, None, pin), [], "{country} {pin}");
        }
    }

    #[test]
    fn a_pin_code_of_another_state_is_doubtful() {
        for (region, pin, said) in [
            ("MH", "600002", "in Tamil Nadu, and the place says Maharashtra"),
            ("Maharashtra", "560001", "in Karnataka, and the place says Maharashtra"),
            ("IN-TG", "520001", "in Andhra Pradesh, and the place says Telangana"),
        ] {
            let found = doubted("IN", Some(region), pin);
            let [(code, message)] = found.as_slice() else { panic!("{pin}: {found:?}") };
            assert_eq!(*code, "pin-elsewhere");
            assert!(message.contains(said), "{message}");
        }
        for (region, pin) in [
            ("TN", "600002"),
            ("tamil nadu", "600002"),
            // SAP's key of a region, and a word that is none.
            ("13", "600002"),
            ("South", "600002"),
            // Until 2014 and 2019 the same state.
            ("Andhra Pradesh", "500001"),
            ("JK", "194101"),
            // Offices in two states.
            ("UP", "110025"),
            ("Delhi", "110025"),
        ] {
            assert_eq!(doubted("IN", Some(region), pin), [], "{region} {pin}");
        }
        assert_eq!(doubted("IN", None, "600002"), []);
    }
}

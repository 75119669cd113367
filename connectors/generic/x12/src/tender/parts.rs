//! What the header and the stops of a 204 share: parties, numbers, times, notes, and how measures are written.

use caravan_mappings_x12::Writer;
use caravan_mappings_x12::date::Date;
use caravan_model::{Measure, Moment, Party, PartyRole, Reference};

use super::NUMBER_CHARS_MAX;
use crate::profile::Profile;
use crate::values::decimal;

const NAME_CHARS: usize = 60;
const STREET_CHARS: usize = 55;
const NOTE_CHARS: usize = 80;
/// More notes than a text needs that somebody reads.
const NOTES_MAX: usize = 20;

/// An open set: counts its segments for SE.
pub(super) struct Set<'a> {
    writer: Writer,
    pub(super) profile: &'a Profile,
    count: u32,
}

impl<'a> Set<'a> {
    /// Begins the one set of the group.
    pub(super) fn open(writer: Writer, profile: &'a Profile) -> Self {
        let mut set = Self { writer, profile, count: 0 };
        set.segment("ST", &["204", "0001"]);
        set
    }

    /// Ends it: SE counts itself.
    pub(super) fn close(mut self) -> Writer {
        let count = self.count.saturating_add(1).to_string();
        self.writer.segment("SE", &[&count, "0001"]);
        self.writer
    }

    /// Writes a segment.
    pub(super) fn segment(&mut self, tag: &str, elements: &[&str]) {
        self.writer.segment(tag, elements);
        self.count = self.count.saturating_add(1);
    }

    /// A text as it will stand in an element: lengths are those of what is sent.
    pub(super) fn plain(&self, text: &str) -> String {
        self.writer.plain(text)
    }

    /// L11 for each number that fits; the others come back as texts for a note.
    pub(super) fn references(&mut self, references: &[Reference]) -> Vec<String> {
        let mut unsaid = Vec::new();
        for Reference { kind, value } in references {
            let value = self.plain(value);
            match self.profile.qualifier(kind) {
                _ if value.is_empty() => {}
                _ if value.chars().count() > NUMBER_CHARS_MAX => {
                    unsaid.push(format!("{} {value}", kind.to_uppercase()));
                }
                Some(qualifier) => self.segment("L11", &[&value, &qualifier]),
                // Mutually defined, with our word for it.
                None => self.segment("L11", &[&value, "ZZ", &cut(kind, NOTE_CHARS)]),
            }
        }
        unsaid
    }

    /// G62: a day and a time in the offset in which it was said, or in UTC when X12 has no code for that offset.
    pub(super) fn time(&mut self, day_is: &str, time_is: &str, at: Moment) {
        let zones = self.profile.tables.time.iter();
        let mut fixed = zones.filter(|(_, zone)| zone.daylight.is_none());
        let code = fixed.find(|(_, zone)| zone.offset_min == at.offset_min);
        let (offset_min, code) = match code {
            _ if at.offset_min == 0 => (0, "UT".to_owned()),
            Some((code, zone)) => (zone.offset_min, code.to_string()),
            None => (0, "UT".to_owned()),
        };
        let local = at.instant_ms.saturating_add(i64::from(offset_min).saturating_mul(60_000));
        let day = Date::from_days(local.div_euclid(86_400_000));
        let minutes = local.rem_euclid(86_400_000) / 60_000;
        let day = format!("{:04}{:02}{:02}", day.year, day.month, day.day);
        let time = format!("{:02}{:02}", minutes / 60, minutes % 60);
        self.segment("G62", &[day_is, &day, time_is, &time, &code]);
    }

    /// NTE as often as the text needs.
    pub(super) fn note(&mut self, text: &str) {
        let words = self.plain(text).split_whitespace().collect::<Vec<_>>().join(" ");
        for part in pieces(&words, NOTE_CHARS).into_iter().take(NOTES_MAX) {
            self.segment("NTE", &["", &part]);
        }
    }

    /// The code of an equipment: the profile's.
    pub(super) fn equipment_code(&self, name: &str) -> Option<String> {
        let mut known = self.profile.tables.equipment.iter();
        let found = known.find(|(_, rule)| rule.name.eq_ignore_ascii_case(name));
        found.map(|(code, _)| code.to_string())
    }

    /// N1 to G61 of a party; nothing for one of which neither name, number nor city is known.
    pub(super) fn party(&mut self, party: &Party, phone: Option<&str>) {
        let name = name_of(party).map(|name| self.plain(&name)).filter(|name| !name.is_empty());
        let Some(name) = name else { return };
        let id = party.id.as_deref().map(|id| self.plain(id));
        let id = id.filter(|id| (2..=80).contains(&id.chars().count()));
        let names = pieces(&name, NAME_CHARS);
        let first = names.first().map_or("", String::as_str);
        // 93: a number that the sender of the message gives.
        let qualifier = if id.is_some() { "93" } else { "" };
        self.segment("N1", &[&role_code(party), first, qualifier, &id.unwrap_or_default()]);
        if let Some(second) = names.get(1) {
            self.segment("N2", &[second]);
        }
        let street: Vec<String> =
            party.street.iter().flat_map(|line| pieces(&self.plain(line), STREET_CHARS)).collect();
        for pair in street.chunks(2).take(2) {
            let line = |at: usize| pair.get(at).map_or("", String::as_str);
            self.segment("N3", &[line(0), line(1)]);
        }
        self.place(party);
        let phone = phone.map(|phone| self.plain(phone)).filter(|phone| !phone.is_empty());
        if let Some(phone) = phone {
            self.segment("G61", &["IC", first, "TE", &cut(&phone, 80)]);
        }
    }

    fn place(&mut self, party: &Party) {
        let place = &party.place;
        let text = |field: &Option<String>| self.plain(field.as_deref().unwrap_or_default());
        let within = |text: String, least: usize, most: usize| {
            Some(text).filter(|text| (least..=most).contains(&text.chars().count()))
        };
        let city = within(cut(&text(&place.name), 30), 2, 30).unwrap_or_default();
        let region = text(&place.region);
        let state = within(region.clone(), 2, 2);
        let postal = within(text(&place.postal_code), 3, 15).unwrap_or_default();
        let country = within(text(&place.country), 2, 3).unwrap_or_default();
        // A state that has no two-letter code, else the UN/LOCODE, goes where a location identifier may stand.
        let unlocode = text(&place.unlocode);
        let (qualifier, location) = match &state {
            None if !region.is_empty() => ("SP", cut(&region, 30)),
            _ if !unlocode.is_empty() => ("UN", unlocode),
            _ => ("", String::new()),
        };
        let state = state.unwrap_or_default();
        let all = [&city, &state, &postal, &country, qualifier, &location];
        if all.iter().any(|element| !element.is_empty()) {
            self.segment("N4", &all);
        }
    }
}

/// What a party is called: its name, else its number, else its city.
pub(super) fn name_of(party: &Party) -> Option<String> {
    let texts = [&party.name, &party.id, &party.place.name];
    let mut texts = texts.into_iter().flatten().map(|text| text.trim());
    texts.find(|text| !text.is_empty()).map(str::to_owned)
}

/// The code of a party's role (element 98): as it was given, else the usual one.
fn role_code(party: &Party) -> String {
    let raw = party.raw_role.trim();
    if (2..=3).contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return raw.to_ascii_uppercase();
    }
    match party.role {
        PartyRole::Shipper => "SH",
        PartyRole::ShipFrom => "SF",
        PartyRole::Consignee => "CN",
        PartyRole::ShipTo => "ST",
        PartyRole::SoldTo => "SO",
        PartyRole::BillTo => "BT",
        PartyRole::Payer => "PR",
        PartyRole::Vendor => "VN",
        PartyRole::Carrier => "CA",
        PartyRole::RemitTo => "RE",
        PartyRole::Other => "ZZ",
    }
    .to_owned()
}

/// A weight and the code of its unit (element 188); none when it is no number of at most ten digits or has another unit.
pub(super) fn weight(measure: &Measure) -> Option<(String, &'static str)> {
    let unit = match measure.unit.as_str() {
        "KGM" => "K",
        "LBR" => "L",
        "GRM" => "G",
        "TNE" => "E",
        "STN" => "S",
        "LTN" => "T",
        "ONZ" => "O",
        _ => return None,
    };
    number(&measure.value, 10).map(|value| (value, unit))
}

/// A volume and the code of its unit (element 184): cubic metres, cubic feet or litres.
pub(super) fn volume(measure: &Measure) -> Option<(String, &'static str)> {
    let unit = match measure.unit.as_str() {
        "MTQ" => "X",
        "FTQ" => "E",
        "LTR" => "V",
        _ => return None,
    };
    number(&measure.value, 8).map(|value| (value, unit))
}

/// A number as type R has it: no zeros behind the point that say nothing, at most `digits` digits.
fn number(text: &str, digits: usize) -> Option<String> {
    let text = decimal(text.trim()).filter(|text| !text.starts_with('-'))?;
    let text = match text.split_once('.') {
        Some((whole, fraction)) => match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            kept => format!("{whole}.{kept}"),
        },
        None => text,
    };
    (text.bytes().filter(u8::is_ascii_digit).count() <= digits).then_some(text)
}

/// The first `chars` characters, without a space at the end.
pub(super) fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect::<String>().trim_end().to_owned()
}

/// The text in pieces of at most `chars` characters, broken at spaces where there are any.
pub(super) fn pieces(text: &str, chars: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut len = 0_usize;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let wanted = word.chars().count();
        if len > 0 && len.saturating_add(wanted).saturating_add(1) > chars {
            pieces.push(String::new());
            len = 0;
        }
        for (index, character) in word.chars().enumerate() {
            if len == chars {
                pieces.push(String::new());
                len = 0;
            }
            let Some(last) = pieces.last_mut() else { continue };
            if index == 0 && len > 0 {
                last.push(' ');
                len = len.saturating_add(1);
            }
            last.push(character);
            len = len.saturating_add(1);
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_without_zeros_that_say_nothing() {
        let kilograms = |value: &str| {
            weight(&Measure { value: value.into(), unit: "KGM".into() }).map(|(text, _)| text)
        };
        assert_eq!(kilograms("820.000").as_deref(), Some("820"));
        assert_eq!(kilograms("12.50").as_deref(), Some("12.5"));
        assert_eq!(kilograms("-1"), None);
        assert_eq!(kilograms("12345678901"), None);
        assert_eq!(weight(&Measure { value: "1".into(), unit: "PCE".into() }), None);
    }

    #[test]
    fn texts_are_broken_at_spaces_and_words_only_when_they_must() {
        assert_eq!(pieces("to the back door", 8), ["to the", "back", "door"]);
        assert_eq!(pieces("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(pieces("  ", 3), Vec::<String>::new());
    }
}

//! The countries that there are: a place in none of them does not exist, whatever else is said of it.

/// ISO 3166-1 alpha-2, officially assigned, as Debian's iso-codes 4.15.0 has it; in order.
const ASSIGNED: &str = "\
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ \
EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW \
GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY \
KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV \
MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY \
QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG \
TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM \
ZW";

/// Left to its users by ISO 3166-1, and what addresses in Kosovo have.
const KOSOVO: &str = "XK";
/// UN/LOCODE's own: installations in international waters.
pub(super) const AT_SEA: &str = "XZ";
/// What people write for a country, and what ISO 3166-1 has.
const MEANT: &[(&str, &str)] = &[("UK", "GB"), ("EL", "GR")];

/// Whether there is such a country.
pub(super) fn is_known(code: &str) -> bool {
    code.len() == 2 && (code == KOSOVO || ASSIGNED.split(' ').any(|known| known == code))
}

/// Whether UN/LOCODEs begin so.
pub(super) fn has_locations(code: &str) -> bool {
    code == AT_SEA || is_known(code)
}

/// What is wrong with two capitals that are no country, and which are near.
pub(super) fn unknown(code: &str) -> String {
    if let Some((_, meant)) = MEANT.iter().find(|(written, _)| *written == code) {
        return format!("{code} is no country of ISO 3166-1; send {meant}.");
    }
    let near: Vec<&str> =
        ASSIGNED.split(' ').filter(|known| known.get(..1) == code.get(..1)).collect();
    if near.is_empty() {
        return format!("{code} is no country of ISO 3166-1, and none begins so; India is IN.");
    }
    format!("{code} is no country of ISO 3166-1; of those there are {}.", near.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_249_and_each_once() {
        let all: Vec<&str> = ASSIGNED.split(' ').collect();
        assert_eq!(all.len(), 249);
        assert!(all.iter().is_sorted_by(|one, next| one < next), "{all:?}");
        assert!(all.iter().all(|code| code.len() == 2 && is_known(code)));
        assert!(is_known("XK") && !is_known("XZ") && has_locations("XZ") && !is_known(""));
    }
}

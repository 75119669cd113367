//! When an X.509 certificate is valid (RFC 5280 §4.1.2.5), read from its DER: as much of ASN.1 as leads there, and no more.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// The version, which the first version does not have.
const VERSION: u8 = 0xa0;

/// First and last second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

impl Validity {
    /// None when it is no certificate.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let (certificate, _) = of(SEQUENCE, der)?;
        let (mut rest, _) = of(SEQUENCE, certificate)?;
        if let Some((_, behind)) = of(VERSION, rest) {
            rest = behind;
        }
        // Serial number, signature, issuer.
        for tag in [INTEGER, SEQUENCE, SEQUENCE] {
            (_, rest) = of(tag, rest)?;
        }
        let (validity, _) = of(SEQUENCE, rest)?;
        let (from, rest) = time(validity)?;
        let (until, _) = time(rest)?;
        Some(Self { from, until })
    }
}

/// The content of the element that `der` begins with, if that has this tag, and what is behind it.
fn of(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&length, mut rest) = rest.split_first()?;
    let mut length = usize::from(length);
    if length >= 0x80 {
        // So many bytes hold the length; DER knows no length that is open.
        let (bytes, behind) =
            rest.split_at_checked(length - 0x80).filter(|(b, _)| (1..=4).contains(&b.len()))?;
        length = bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
        rest = behind;
    }
    let (content, behind) = rest.split_at_checked(length)?;
    (first == tag).then_some((content, behind))
}

fn time(der: &[u8]) -> Option<(Timestamp, &[u8])> {
    let short = of(UTC_TIME, der);
    let (content, behind) = short.or_else(|| of(GENERALIZED_TIME, der))?;
    let text = str::from_utf8(content).ok()?;
    // Two digits of a year stand for 1950 to 2049.
    let century = match (short, text.as_bytes().first()?) {
        (None, _) => "",
        (Some(_), b'5'..) => "19",
        (Some(_), _) => "20",
    };
    let civil =
        strtime::parse("%Y%m%d%H%M%SZ", format!("{century}{text}")).ok()?.to_datetime().ok()?;
    Some((civil.to_zoned(TimeZone::UTC).ok()?.timestamp(), behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate as far as the validity, which `times` are.
    fn certificate(version: &[u8], times: &[u8]) -> Vec<u8> {
        let wrap = |bytes: &[u8]| {
            let mut wrapped = vec![SEQUENCE, 0x81, u8::try_from(bytes.len()).unwrap()];
            wrapped.extend(bytes);
            wrapped
        };
        let names = [&[INTEGER, 1, 7][..], &[SEQUENCE, 0], &[SEQUENCE, 2, 5, 0]].concat();
        wrap(&wrap(&[version, &names, &wrap(times)].concat()))
    }

    #[test]
    fn both_forms_of_time_are_read() {
        let times = b"\x17\x0d260102030405Z\x18\x0f20510102030405Z";
        for version in [&[VERSION, 3, INTEGER, 1, 2][..], &[]] {
            let validity = Validity::read(&certificate(version, times)).unwrap();
            assert_eq!(validity.from.to_string(), "2026-01-02T03:04:05Z");
            assert_eq!(validity.until.to_string(), "2051-01-02T03:04:05Z");
        }
        let old = certificate(&[], b"\x17\x0d500101000000Z\x17\x0d491231235959Z");
        let validity = Validity::read(&old).unwrap();
        assert_eq!(validity.from.to_string(), "1950-01-01T00:00:00Z");
        assert_eq!(validity.until.to_string(), "2049-12-31T23:59:59Z");
    }

    #[test]
    fn what_is_cut_short_is_no_certificate() {
        let whole = certificate(&[], b"\x17\x0d260102030405Z\x17\x0d270102030405Z");
        for end in 0..whole.len() {
            assert_eq!(Validity::read(&whole[..end]), None, "{end}");
        }
        assert_eq!(Validity::read(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}

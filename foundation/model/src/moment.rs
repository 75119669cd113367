//! A point in time that remembers where its zone came from.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use crate::text_enum::text_enum;

text_enum! {
    /// Who said which zone a local time is in.
    ZoneSource, "zone source" {
        /// The message carried the offset or a zone code.
        Sent = "sent",
        /// The party's profile names its zone.
        Profile = "profile",
        /// Derived from the place of the happening.
        Place = "place",
        /// Nobody said; UTC is assumed, and whoever reads it must know.
        Assumed = "assumed",
    }
}

/// An instant with the offset it was reported in. The local time is `instant_ms + offset_min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Moment {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub instant_ms: i64,
    /// Offset from UTC in minutes, east positive.
    pub offset_min: i16,
    /// Where the offset came from.
    pub zone: ZoneSource,
}

impl Moment {
    /// The instant of a local date and time at `offset_min` minutes east of UTC; `None` when no such date or offset exists.
    #[must_use]
    pub fn from_local(local: civil::DateTime, offset_min: i16, zone: ZoneSource) -> Option<Self> {
        let offset = Offset::from_seconds(i32::from(offset_min).checked_mul(60)?).ok()?;
        let instant = TimeZone::fixed(offset).to_timestamp(local).ok()?;
        Some(Self { instant_ms: instant.as_millisecond(), offset_min, zone })
    }

    /// RFC 3339 text with the reported offset, for example `2020-09-10T11:35:00-04:00`.
    ///
    /// A moment outside the years that RFC 3339 can write is shown as its milliseconds.
    #[must_use]
    pub fn to_rfc3339(&self) -> String {
        let text = || {
            let offset = Offset::from_seconds(i32::from(self.offset_min).checked_mul(60)?).ok()?;
            let instant = jiff::Timestamp::from_millisecond(self.instant_ms).ok()?;
            Some(instant.display_with_offset(offset).to_string())
        };
        text().unwrap_or_else(|| format!("{} ms", self.instant_ms))
    }

    /// Parses RFC 3339 text with an offset.
    #[must_use]
    pub fn from_rfc3339(text: &str, zone: ZoneSource) -> Option<Self> {
        let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text).ok()?;
        let local = pieces.date().to_datetime(pieces.time()?);
        let seconds = match pieces.offset()? {
            jiff::fmt::temporal::PiecesOffset::Zulu => 0,
            jiff::fmt::temporal::PiecesOffset::Numeric(numeric) => numeric.offset().seconds(),
            _ => return None,
        };
        Self::from_local(local, i16::try_from(seconds / 60).ok()?, zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_and_offset_make_an_instant() {
        let local = civil::date(2020, 9, 10).at(11, 35, 0, 0);
        let moment = Moment::from_local(local, -240, ZoneSource::Sent).unwrap();
        assert_eq!(moment.to_rfc3339(), "2020-09-10T11:35:00-04:00");
        assert_eq!(
            Moment::from_rfc3339("2020-09-10T11:35:00-04:00", ZoneSource::Sent),
            Some(moment)
        );
    }

    #[test]
    fn an_offset_that_does_not_exist_is_refused() {
        let local = civil::date(2020, 9, 10).at(11, 35, 0, 0);
        assert_eq!(Moment::from_local(local, 30_000, ZoneSource::Sent), None);
    }
}

//! Where something happened, as far as the source said.

/// A place; every part is optional because sources name places in many ways.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Place {
    /// UN/LOCODE, five characters without a space.
    pub unlocode: Option<String>,
    /// City or facility name.
    pub name: Option<String>,
    /// State, province or region code as sent.
    pub region: Option<String>,
    /// Postal code (PIN code in India).
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 when known, else as sent.
    pub country: Option<String>,
    /// The party's own facility code.
    pub facility: Option<String>,
    /// Latitude in 1e-7 degrees.
    pub lat_e7: Option<i32>,
    /// Longitude in 1e-7 degrees.
    pub lon_e7: Option<i32>,
}

impl Place {
    /// Whether nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

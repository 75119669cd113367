//! Where freight goes from and to, and which areas of a contract hold it.

/// A place or an area, normalised: trimmed, upper case, a postal code without spaces and hyphens, a region without its country.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    country: Option<String>,
    region: Option<String>,
    postal_code: Option<String>,
    city: Option<String>,
}

fn text(value: Option<&str>) -> Option<String> {
    let value = value.unwrap_or_default().trim().to_uppercase();
    (!value.is_empty()).then_some(value)
}

impl Place {
    pub(crate) fn new(
        country: Option<&str>,
        region: Option<&str>,
        postal_code: Option<&str>,
        city: Option<&str>,
    ) -> Self {
        let country = text(country);
        let region = text(region).map(|region| {
            // ISO 3166-2 writes the country before the region: `IN-MH`.
            let prefix = country.as_deref().map(|country| format!("{country}-"));
            let bare = prefix.as_deref().and_then(|prefix| region.strip_prefix(prefix));
            bare.map_or_else(|| region.clone(), str::to_owned)
        });
        let postal_code = postal_code.map(|code| code.replace([' ', '-'], ""));
        Self { country, region, postal_code: text(postal_code.as_deref()), city: text(city) }
    }

    /// Whether this area holds `place`: everything that the area names is so; its postal code is a prefix.
    pub(crate) fn holds(&self, place: &Self) -> bool {
        fn is(area: Option<&String>, place: Option<&String>) -> bool {
            area.is_none_or(|area| Some(area) == place)
        }
        let postal = self.postal_code.as_deref().is_none_or(|prefix| {
            place.postal_code.as_deref().is_some_and(|code| code.starts_with(prefix))
        });
        postal
            && is(self.country.as_ref(), place.country.as_ref())
            && is(self.region.as_ref(), place.region.as_ref())
            && is(self.city.as_ref(), place.city.as_ref())
    }

    /// How exactly the area says where: a longer postal prefix before a shorter one before a city, a region, a country, anywhere.
    pub(crate) fn specificity(&self) -> usize {
        if let Some(prefix) = &self.postal_code {
            return prefix.chars().count().saturating_add(40);
        }
        match (&self.city, &self.region, &self.country) {
            (Some(_), ..) => 30,
            (_, Some(_), _) => 20,
            (_, _, Some(_)) => 10,
            _ => 0,
        }
    }

    /// The parts, as country, region, postal code and city.
    pub(crate) fn parts(&self) -> [Option<&str>; 4] {
        [
            self.country.as_deref(),
            self.region.as_deref(),
            self.postal_code.as_deref(),
            self.city.as_deref(),
        ]
    }
}

impl core::fmt::Display for Place {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let parts: Vec<&str> = self.parts().into_iter().flatten().collect();
        if parts.is_empty() { f.write_str("anywhere") } else { f.write_str(&parts.join(" ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    fn place(parts: [&str; 4]) -> Place {
        let [country, region, postal, city] = parts;
        Place::new(Some(country), Some(region), Some(postal), Some(city))
    }

    #[test]
    fn an_area_holds_what_everything_in_it_names() {
        let mumbai = place(["in", "IN-MH", "400 001", " Mumbai "]);
        for area in [
            ["", "", "", ""],
            ["IN", "", "", ""],
            ["IN", "mh", "", ""],
            ["IN", "", "400", ""],
            ["", "", "", "MUMBAI"],
        ] {
            assert!(place(area).holds(&mumbai), "{area:?}");
        }
        for area in [["US", "", "", ""], ["IN", "MH", "411", ""], ["IN", "MH", "4000010", ""]] {
            assert!(!place(area).holds(&mumbai), "{area:?}");
        }
        assert!(!place(["IN", "", "", ""]).holds(&Place::default()));
    }

    #[test]
    fn the_more_exact_area_ranks_higher() {
        let ranks: Vec<usize> = [
            ["", "", "", ""],
            ["IN", "", "", ""],
            ["IN", "MH", "", ""],
            ["IN", "MH", "", "PUNE"],
            ["", "", "4", ""],
            ["", "", "411", ""],
        ]
        .map(|area| place(area).specificity())
        .to_vec();
        assert!(ranks.is_sorted_by(|a, b| a < b), "{ranks:?}");
    }
}

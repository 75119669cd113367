//! A sentence in English together with its kind and values, for whoever says it in another language.

use std::collections::BTreeMap;

/// What we say to people: why an amount is what it is, why an order moved, what is worth knowing of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    kind: &'static str,
    template: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Words {
    /// `template` is the sentence with each value where `{its name}` stands; `kind` is stable and names the template.
    #[must_use]
    pub fn new<const N: usize>(
        kind: &'static str,
        template: &'static str,
        values: [(&'static str, String); N],
    ) -> Self {
        Self { kind, template, values: values.into() }
    }

    /// Stable kebab-case word for what is said.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// The values by their names.
    #[must_use]
    pub fn values(&self) -> BTreeMap<String, String> {
        self.values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    /// The sentence in English.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.template.len());
        let mut rest = self.template;
        while let Some((before, behind)) = rest.split_once('{') {
            text.push_str(before);
            let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
            let value = self.values.iter().find(|(one, _)| *one == name);
            debug_assert!(value.is_some(), "{} has no {name}", self.kind);
            text.push_str(value.map_or("", |(_, value)| value));
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_they_are_named_and_are_not_looked_into() {
        let values = [("to", "{from}".to_owned()), ("from", "Pune".to_owned())];
        let words = Words::new("way", "from {from} to {to}, by road", values);
        assert_eq!(words.text(), "from Pune to {from}, by road");
    }
}

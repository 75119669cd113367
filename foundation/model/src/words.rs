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

/// What is said of something that was done: a person's or a party's own words, or a sentence of ours with the kind that stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// In the words of whoever said it, or in English.
    pub text: String,
    /// What we say ourselves, as a stable word; none for the words of a person or a party.
    pub kind: Option<String>,
    /// What `text` names, where there is a kind.
    pub values: BTreeMap<String, String>,
}

impl Said {
    /// A person's or a party's own words.
    #[must_use]
    pub const fn own(text: String) -> Self {
        Self { text, kind: None, values: BTreeMap::new() }
    }

    /// A sentence of ours that `kind` stands for.
    #[must_use]
    pub fn told(kind: &str, text: String) -> Self {
        Self { kind: Some(kind.to_owned()), ..Self::own(text) }
    }

    /// What its sentence names, where it is ours.
    #[must_use]
    pub fn named(&self) -> Option<&BTreeMap<String, String>> {
        self.kind.as_ref().map(|_| &self.values)
    }
}

impl From<Words> for Said {
    fn from(words: Words) -> Self {
        Self { values: words.values(), ..Self::told(words.kind(), words.text()) }
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

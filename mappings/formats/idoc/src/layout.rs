//! Segment layouts: which columns of SDATA are which field. Loaded from text, because they belong to the partner's release.

use std::collections::BTreeMap;

/// One segment's layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Internal name, for example `E1EDK01`.
    pub name: String,
    /// External name that the printer writes, for example `E2EDK01005`.
    pub external: String,
    /// HLEVEL that the printer writes.
    pub level: u8,
    /// Parent segment, used when a sender leaves PSGNUM empty.
    pub parent: Option<String>,
    /// How well the widths are known: `twin`, `published` or `memory`.
    pub evidence: String,
    /// Field names and widths in characters, in order.
    pub fields: Vec<(String, usize)>,
}

/// A set of layouts by internal name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layouts(BTreeMap<String, Layout>);

/// A layout text that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("segment layouts, line {line}: {message}")]
pub struct BadLayout {
    /// Line number from 1.
    pub line: usize,
    /// What was expected.
    pub message: &'static str,
}

/// SDATA's width.
const SDATA: usize = 1000;

impl Layouts {
    /// Adds the layouts of `text` (form: see `mappings/code-lists/idoc-segments/orders05.txt`); a later text replaces a segment.
    ///
    /// # Errors
    /// The first line that does not follow the form, or makes a segment wider than SDATA.
    pub fn load(&mut self, text: &str) -> Result<(), BadLayout> {
        let mut current: Option<Layout> = None;
        for (index, line) in text.lines().enumerate() {
            let bad = |message| BadLayout { line: index.saturating_add(1), message };
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with(' ') {
                let layout = current.as_mut().ok_or(bad("fields stand below a segment"))?;
                fields(layout, line).map_err(bad)?;
            } else {
                self.insert(current.take());
                current = Some(
                    heading(line).ok_or(bad("expected INTERNAL EXTERNAL LEVEL PARENT EVIDENCE"))?,
                );
            }
        }
        self.insert(current);
        Ok(())
    }

    fn insert(&mut self, layout: Option<Layout>) {
        if let Some(layout) = layout {
            self.0.insert(layout.name.clone(), layout);
        }
    }

    /// The layout of an internal name.
    #[must_use]
    pub fn get(&self, internal: &str) -> Option<&Layout> {
        self.0.get(internal)
    }

    /// All layouts, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Layout> {
        self.0.values()
    }

    /// The internal name of a record's segment name: `E2EDK01005` is `E1EDK01`, `Z2ITEM000` is `Z1ITEM`, `E1EDK01` is itself.
    ///
    /// A release suffix is three digits; it is cut unless the whole name has a layout.
    #[must_use]
    pub fn internal_name(&self, external: &str) -> String {
        let renamed = match (external.get(..2), external.get(2..)) {
            (Some("E2"), Some(rest)) => format!("E1{rest}"),
            (Some("Z2"), Some(rest)) => format!("Z1{rest}"),
            _ => external.to_owned(),
        };
        if self.0.contains_key(&renamed) {
            return renamed;
        }
        let cut = renamed.len().saturating_sub(3);
        match (renamed.get(..cut), renamed.get(cut..)) {
            (Some(base), Some(suffix))
                if base.len() > 2
                    && suffix.len() == 3
                    && suffix.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                base.to_owned()
            }
            _ => renamed,
        }
    }
}

fn heading(line: &str) -> Option<Layout> {
    let mut words = line.split_whitespace();
    let layout = Layout {
        name: words.next()?.to_owned(),
        external: words.next()?.to_owned(),
        level: words.next()?.parse().ok()?,
        parent: words.next().filter(|word| *word != "-").map(str::to_owned),
        evidence: words.next()?.to_owned(),
        fields: Vec::new(),
    };
    words.next().is_none().then_some(layout)
}

fn fields(layout: &mut Layout, line: &str) -> Result<(), &'static str> {
    let mut words = line.split_whitespace();
    while let Some(name) = words.next() {
        let width: usize =
            words.next().and_then(|word| word.parse().ok()).ok_or("expected NAME WIDTH pairs")?;
        if width == 0 {
            return Err("a width is at least 1");
        }
        layout.fields.push((name.to_owned(), width));
    }
    let total = layout.fields.iter().fold(0_usize, |sum, (_, width)| sum.saturating_add(*width));
    if total > SDATA { Err("a segment is at most 1000 characters wide") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Layouts {
        let mut layouts = Layouts::default();
        layouts.load("# c\nE1EDK01 E2EDK01005 1 - twin\n  ACTION 3 KZABS 1\n  CURCY 3\nE1EDP02 E2EDP02001 3 E1EDP01 memory\n  QUALF 3\n").unwrap();
        layouts
    }

    #[test]
    fn a_text_gives_widths_in_order() {
        let layouts = sample();
        let layout = layouts.get("E1EDK01").unwrap();
        assert_eq!(layout.fields, [("ACTION".into(), 3), ("KZABS".into(), 1), ("CURCY".into(), 3)]);
        assert_eq!(layouts.get("E1EDP02").unwrap().parent.as_deref(), Some("E1EDP01"));
    }

    #[test]
    fn external_names_of_any_release_lead_to_the_internal_name() {
        let layouts = sample();
        for (external, internal) in [
            ("E2EDK01005", "E1EDK01"),
            ("E2EDK01", "E1EDK01"),
            ("E1EDK01", "E1EDK01"),
            ("E2EDKA1003", "E1EDKA1"),
            ("Z2ITEM000", "Z1ITEM"),
            ("ZE1EDL20_ADD000", "ZE1EDL20_ADD"),
            ("E2", "E1"),
            ("", ""),
        ] {
            assert_eq!(layouts.internal_name(external), internal, "{external}");
        }
    }

    #[test]
    fn a_bad_line_is_named() {
        let mut layouts = Layouts::default();
        assert_eq!(layouts.load("E1X E2X one - twin\n").unwrap_err().line, 1);
        assert_eq!(layouts.load("E1X E2X 1 - twin\n  A 900\n  B 101\n").unwrap_err().line, 3);
    }
}

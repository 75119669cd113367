//! Holds docs/errors.md against the code: every code that a problem can carry has an entry, and every entry a code.
//!
//! Codes are found by their shape, kebab-case texts in the places where a problem or a failure gets its code:
//! `Problem::…(…, "code", …)`, `code: "code"`, `Origin::…, "code"`, and tuples `("code".to_owned(), …)`.

use std::collections::{BTreeMap, BTreeSet};

/// The page.
pub(crate) const PAGE: &str = "docs/errors.md";
/// Where problems are made. Connectors' rejects are documented by their formats, not here.
/// Files of orders are refused with the codes of the table reader.
const FOLDERS: &[&str] =
    &["hub/", "gateway/", "core-services/", "foundation/", "cli/", "mappings/formats/table/"];
/// What a problem is made by, besides the forms that begin with a word.
const MAKERS: &[&str] = &[
    "Problem::new(",
    "Problem::bad_request(",
    "Problem::not_found(",
    "Problem::conflict(",
    "Problem::unprocessable(",
    "Problem::unavailable(",
];

/// What is wrong between the page and the sources (`name`, `text`).
pub(crate) fn differences<'a>(
    page: &str,
    sources: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<String> {
    let documented = documented(page);
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    let mut mentioned = BTreeSet::new();
    for (name, text) in sources.filter(|(name, _)| FOLDERS.iter().any(|at| name.starts_with(at))) {
        let text = code_of(text);
        for code in codes(&text) {
            given.entry(code).or_insert_with(|| name.to_owned());
        }
        mentioned.extend(
            documented.iter().filter(|code| text.contains(&format!("\"{code}\""))).cloned(),
        );
    }
    let unwritten = given
        .iter()
        .filter(|(code, _)| !documented.contains(*code))
        .map(|(code, name)| format!("{name}: the code `{code}` has no entry in {PAGE}"));
    let unused = documented
        .iter()
        .filter(|code| !mentioned.contains(*code))
        .map(|code| format!("{PAGE}: no code gives `{code}`; remove the entry"));
    unwritten.chain(unused).collect()
}

/// A source without its tests and its comments, whose examples are nobody's codes.
fn code_of(text: &str) -> String {
    // A `mod tests;` may stand in the middle of a file; tests that are written out end it.
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The codes of the page: what stands in backquotes in the first cell of a table's row.
fn documented(page: &str) -> BTreeSet<String> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let quoted = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    quoted.filter(|text| is_code(text)).map(str::to_owned).collect()
}

/// The codes that a source gives.
fn codes(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for maker in MAKERS {
        found.extend(after(text, maker).filter_map(first_text));
    }
    found.extend(after(text, "code: ").filter_map(literal));
    for tail in after(text, "Origin::") {
        let tail = tail.trim_start_matches(|one: char| one.is_ascii_alphanumeric());
        found.extend(tail.strip_prefix(',').map(str::trim_start).and_then(literal));
    }
    for (at, _) in text.match_indices("(\"") {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let is_tuple =
            !before.is_some_and(|one| one.is_alphanumeric() || matches!(one, '_' | '!' | '>'));
        let tail = text.get(at.saturating_add(1)..).unwrap_or_default();
        // One word in a tuple is more often a name than a code.
        if let Some(code) = literal(tail).filter(|code| is_tuple && code.contains('-'))
            && tail
                .get(code.len().saturating_add(2)..)
                .is_some_and(|rest| rest.starts_with(".to_owned(),"))
        {
            found.insert(code);
        }
    }
    found.retain(|code| is_code(code));
    found
}

fn after<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(needle)
        .filter_map(move |(at, _)| text.get(at.saturating_add(needle.len())..))
}

/// The text literal that `tail` begins with.
fn literal(tail: &str) -> Option<String> {
    tail.strip_prefix('"')?.split('"').next().map(str::to_owned)
}

/// The first text literal among the arguments that follow.
fn first_text(arguments: &str) -> Option<String> {
    let mut depth = 1_usize;
    for (at, one) in arguments.char_indices() {
        match one {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            '"' if depth == 1 => return literal(arguments.get(at..)?),
            _ => {}
        }
        if depth == 0 {
            return None;
        }
    }
    None
}

/// Kebab-case.
fn is_code(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.split('-').all(is_word) && !text.starts_with(|one: char| one.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE_TEXT: &str = "| code | status |\n| --- | --- |\n| `not-found` | 404 | x |\n| `a-b`, `c-d` | 400 | `hint` |\n";

    fn found(source: &str) -> Vec<String> {
        differences(PAGE_TEXT, [("hub/x/src/a.rs", source)].into_iter())
    }

    #[test]
    fn a_page_and_a_source_that_agree_have_no_difference() {
        let source = r#"Problem::not_found("not-found", "there is none"); Fault { code: "a-b" }; ("c-d".to_owned(), text)"#;
        assert_eq!(found(source), Vec::<String>::new());
    }

    #[test]
    fn a_code_without_an_entry_and_an_entry_without_a_code_are_named() {
        let source = "Problem::new(\n    StatusCode::from(1),\n    \"brand-new\", \"text\"); \"not-found\"; \"a-b\"";
        let expected = [
            "hub/x/src/a.rs: the code `brand-new` has no entry in docs/errors.md",
            "docs/errors.md: no code gives `c-d`; remove the entry",
        ];
        assert_eq!(found(source), expected);
        assert_eq!(
            found("(Origin::Party, \"party-late\", 1)").first().unwrap(),
            "hub/x/src/a.rs: the code `party-late` has no entry in docs/errors.md"
        );
    }

    #[test]
    fn what_is_no_code_is_left_alone() {
        let source = r#"Problem::bad_request(code, "some words"); Error::Other("x-y".to_owned(), 1); "not-found" "a-b" "c-d""#;
        assert_eq!(found(source), Vec::<String>::new());
        let in_tests = "\"not-found\" \"a-b\" \"c-d\"\n#[cfg(test)]\nmod tests { Problem::conflict(\"made-up\", \"\") }";
        assert_eq!(found(in_tests), Vec::<String>::new());
        let beside = "\"not-found\"\n#[cfg(test)]\nmod tests;\nfn f() { \"a-b\"; \"c-d\" }";
        assert_eq!(found(beside), Vec::<String>::new());
    }
}

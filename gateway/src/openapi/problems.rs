//! A page for each error code, made of docs/errors.md: the address in a problem's `type` leads here, without any network.

use std::collections::BTreeMap;

/// The list, as people keep it.
pub(super) const ERRORS: &str = include_str!("../../../docs/errors.md");

/// What the list says of one code.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    section: String,
    status: String,
    cause: String,
    who: String,
}

/// Every code's entry.
#[derive(Debug)]
pub(super) struct Pages(BTreeMap<String, Entry>);

impl Pages {
    /// Reads the tables `| codes | status | cause | who acts |`.
    pub(super) fn read(markdown: &str) -> Self {
        let mut pages = BTreeMap::new();
        let mut section = "";
        for line in markdown.lines() {
            if let Some(title) = line.strip_prefix("## ") {
                section = title;
            }
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [codes, status, cause, who] = cells.as_slice() else { continue };
            // Every second piece stands between backquotes.
            for code in codes.split('`').skip(1).step_by(2) {
                let entry = Entry {
                    section: section.to_owned(),
                    status: (*status).to_owned(),
                    cause: (*cause).to_owned(),
                    who: (*who).to_owned(),
                };
                pages.insert(code.to_owned(), entry);
            }
        }
        Self(pages)
    }

    /// The page of `code`, which is only shown when it is one of ours.
    pub(super) fn page(&self, code: &str) -> Option<String> {
        let (code, entry) = self.0.get_key_value(code)?;
        let Entry { section, status, cause, who } = entry;
        let [code, section, status, cause, who] =
            [code, section, status, cause, who].map(|text| escaped(text));
        Some(format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{code}</title>\
             <link rel=\"stylesheet\" href=\"/docs/page.css\"><main><h1>{code}</h1><p>{section}, status {status}</p>\
             <dl><dt>Cause</dt><dd>{cause}</dd><dt>Who acts</dt><dd>{who}</dd></dl><p><a href=\"/docs\">All routes</a></p></main>"
        ))
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_list_has_a_page() {
        let pages = Pages::read(ERRORS);
        let page = pages.page("scope-missing").unwrap();
        assert!(page.contains("403") && page.contains("<h1>scope-missing</h1>"), "{page}");
        assert!(pages.page("status-unknown").is_some(), "several codes of one row");
        assert!(pages.page("code").is_none() && pages.page("---").is_none(), "a table's head");
        assert!(pages.0.len() > 30, "{}", pages.0.len());
    }

    #[test]
    fn what_the_list_says_is_text_and_not_markup() {
        let pages = Pages::read("| `a` | 400 | <script>x</script> | \"b\" & c |");
        let page = pages.page("a").unwrap();
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&quot;b&quot; &amp; c"), "{page}");
    }
}

//! The page that shows the document: three files of our own, so that it works where there is no network.

pub(super) const HTML: &str = include_str!("../page/page.html");
pub(super) const SCRIPT: &str = include_str!("../page/page.js");
pub(super) const STYLE: &str = include_str!("../page/page.css");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_from_elsewhere() {
        for text in [HTML, SCRIPT, STYLE] {
            assert!(
                !text.contains("//cdn") && !text.contains("https://") && !text.contains("@import")
            );
        }
        // The content security policy forbids both, so they would not work.
        assert!(!HTML.contains("onclick") && !HTML.contains("style="));
        assert!(!SCRIPT.contains("innerHTML"), "texts of the document must not become markup");
    }
}

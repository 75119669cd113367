//! The checks that no compiler makes: layering, sizes, first lines, and the design's invariants.

use std::fs;
use std::path::Path;

use crate::{errors, layering, tree};

const LINES_MAX: usize = 600;
const SNAPSHOT: &str = "docs/architecture/dependencies.md";

/// Runs every check; fails with the list of what is wrong.
pub(crate) fn run(write: bool) -> Result<(), String> {
    let root = tree::root()?;
    let packages = tree::packages()?;
    let mut wrong = layering::forbidden(&packages);

    let snapshot = layering::snapshot(&packages);
    if write {
        let path = root.join(SNAPSHOT);
        fs::create_dir_all(path.parent().unwrap_or(&root))
            .map_err(|error| format!("{SNAPSHOT}: {error}"))?;
        fs::write(&path, &snapshot).map_err(|error| format!("{SNAPSHOT}: {error}"))?;
    } else if fs::read_to_string(root.join(SNAPSHOT)).unwrap_or_default() != snapshot {
        wrong.push(format!("{SNAPSHOT} is not what cargo says\nhint: look at the new edge, then run `cargo xtask tidy --write`"));
    }

    let mut counted = 0_usize;
    let mut sources: Vec<(String, String)> = Vec::new();
    for name in tree::files()? {
        if name.ends_with("/mod.rs") {
            wrong.push(format!("{name}: use `foo.rs` beside `foo/`, never `mod.rs`"));
        }
        if name.ends_with(".rs") {
            counted = counted.saturating_add(1);
            let text =
                fs::read_to_string(root.join(&name)).map_err(|error| format!("{name}: {error}"))?;
            wrong.extend(rust_file(&name, &text));
            if !is_test_file(&name) {
                sources.push((name, text));
            }
        }
    }
    let page = fs::read_to_string(root.join(errors::PAGE))
        .map_err(|error| format!("{}: {error}", errors::PAGE))?;
    let sources = sources.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    wrong.extend(errors::differences(&page, sources));
    if wrong.is_empty() {
        eprintln!("tidy: {counted} Rust files and {} packages are in order", packages.len());
        return Ok(());
    }
    for line in &wrong {
        eprintln!("tidy: {line}");
    }
    Err(format!("{} things are not tidy", wrong.len()))
}

/// What is wrong with one Rust file.
fn rust_file(name: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if !text.starts_with("//!") {
        wrong.push(format!("{name}:1: the first line must be `//!` and say what the reader finds"));
    }
    let is_test = is_test_file(name);
    let lines = text.lines().take_while(|line| is_test || line.trim() != "#[cfg(test)]").count();
    if !is_test && lines > LINES_MAX {
        wrong.push(format!(
            "{name}: {lines} lines without tests, at most {LINES_MAX}: split it by noun"
        ));
    }
    for (index, line) in text.lines().enumerate() {
        for rule in RULES.iter().filter(|rule| (rule.applies)(name)) {
            if line.contains(rule.text) && !name.starts_with("xtask/") {
                wrong.push(format!(
                    "{name}:{}: `{}`: {}",
                    index.saturating_add(1),
                    rule.text,
                    rule.reason
                ));
            }
        }
    }
    wrong
}

fn is_test_file(name: &str) -> bool {
    name.contains("/tests/") || name.ends_with("/tests.rs") || Path::new(name).starts_with("e2e")
}

/// A text that must not appear where the rule applies.
struct Rule {
    text: &'static str,
    applies: fn(&str) -> bool,
    reason: &'static str,
}

/// The invariants of docs/architecture.md that a text search can hold.
const RULES: &[Rule] = &[
    Rule { text: concat!("#[ig", "nore"), applies: |_| true, reason: "a test runs or goes" },
    Rule {
        text: concat!("TO", "DO"),
        applies: |_| true,
        reason: "write it down in docs/gaps.md with an owner",
    },
    Rule {
        text: concat!("FIX", "ME"),
        applies: |_| true,
        reason: "write it down in docs/gaps.md with an owner",
    },
    Rule { text: "SystemTime", applies: pure, reason: "mapping is pure: no clock" },
    Rule { text: "Instant::now", applies: pure, reason: "mapping is pure: no clock" },
    Rule { text: "std::net", applies: pure, reason: "mapping is pure: no network" },
    Rule { text: "rand::", applies: pure, reason: "mapping is pure: no randomness" },
    Rule {
        text: "PgPool",
        applies: outside_tenancy,
        reason: "only TenantTx and SystemTx reach the database",
    },
    Rule {
        text: "tokio::time::sleep(Duration",
        applies: is_test_file,
        reason: "a test waits for a condition, or for a time that it was told",
    },
    Rule { text: "thread::sleep", applies: is_test_file, reason: "a test waits for a condition" },
];

fn pure(name: &str) -> bool {
    name.starts_with("mappings/") || name.starts_with("connectors/") && !name.contains("bundle")
}

fn outside_tenancy(name: &str) -> bool {
    !name.starts_with("foundation/tenancy/")
        && !name.starts_with("foundation/cluster/")
        && !is_test_file(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_first_line_is_named() {
        assert_eq!(rust_file("hub/x/src/a.rs", "use std::fmt;\n").len(), 1);
        assert_eq!(rust_file("hub/x/src/a.rs", "//! What it is.\n"), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_grew_is_named_and_its_tests_are_not_counted() {
        let long = format!("//! Long.\n{}", "// x\n".repeat(LINES_MAX));
        assert_eq!(rust_file("hub/x/src/a.rs", &long).len(), 1);
        let tested = format!("//! Short.\n#[cfg(test)]\n{}", "// x\n".repeat(LINES_MAX));
        assert_eq!(rust_file("hub/x/src/a.rs", &tested), Vec::<String>::new());
    }

    #[test]
    fn a_clock_in_a_mapping_is_named() {
        let text = "//! Pure.\nuse std::time::SystemTime;\n";
        assert_eq!(rust_file("mappings/formats/x12/src/a.rs", text).len(), 1);
        assert_eq!(rust_file("hub/intake/src/a.rs", text), Vec::<String>::new());
    }
}

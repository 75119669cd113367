//! Golden cases: `fixtures/parties/<party>/x12-<set>/<case>/{input.edi,expected.json,notes.md}`.
//!
//! Adding a test is adding a folder. `UPDATE=1` writes what the connector does now; read the difference against the
//! specification before you keep it.

use std::path::{Path, PathBuf};

use crate::render::{profile_of, read, render};

fn folders(path: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn every_case_gives_what_is_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/parties");
    let mut cases = 0;
    let mut wrong = Vec::new();
    for party in folders(&root) {
        for message in folders(&party) {
            let Some(set) = name(&message).strip_prefix("x12-").map(str::to_owned) else {
                continue;
            };
            for case in folders(&message) {
                cases += 1;
                let input = std::fs::read(case.join("input.edi")).unwrap();
                let profile = profile_of(&name(&party));
                let kind = format!("x12/{set}");
                let (batch, failure) = read(&input, Some(&kind), &profile, 256 * 1024);
                let found =
                    serde_json::to_string_pretty(&render(&batch, failure.as_ref())).unwrap() + "\n";
                let path = case.join("expected.json");
                assert!(case.join("notes.md").is_file(), "{} has no notes.md", case.display());
                // Portions and windows of any size give the same result.
                assert_eq!(
                    read(&input, Some(&kind), &profile, 17),
                    (batch, failure),
                    "{}",
                    case.display()
                );
                if std::env::vars().any(|(key, _)| key == "UPDATE") {
                    std::fs::write(&path, &found).unwrap();
                } else if std::fs::read_to_string(&path).unwrap_or_default() != found {
                    wrong.push(format!("{}\n{}", case.display(), difference(&path, &found)));
                }
            }
        }
    }
    assert!(cases >= 15, "only {cases} cases found");
    assert!(wrong.is_empty(), "{} of {cases} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The first line that differs.
fn difference(path: &Path, found: &str) -> String {
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    let lines =
        expected.lines().chain(std::iter::repeat("(end)")).zip(found.lines().chain(["(end)"]));
    lines
        .enumerate()
        .find(|(_, (left, right))| left != right)
        .map(|(line, (left, right))| {
            format!("  line {}: expected {left}\n           found    {right}", line + 1)
        })
        .unwrap_or_default()
}

//! Every folder below `fixtures/parties/*/idoc-*` is a case: `input.*` in, `expected.json` out. `UPDATE=1` rewrites.

use std::path::{Path, PathBuf};

use caravan_connector_idoc::component::Idoc;
use caravan_connector_sdk::testing::{BytesDocument, FakeHost};
use caravan_connector_sdk::{Context, Documents, Failure, Files, Reader};
use serde_json::Value;

use crate::render;

/// 2026-11-24T06:00:00Z.
const NOW_MS: i64 = 1_795_500_000_000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn folders(below: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(below).unwrap_or_else(|error| panic!("{}: {error}", below.display()));
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// What the connector makes of a document: records, rejects, verdicts and the answer, or why it could not be read.
pub(crate) fn run(
    host: &FakeHost,
    message: Option<&str>,
    input: Vec<u8>,
) -> Result<Value, Failure> {
    let context =
        Context { message: message.map(str::to_owned), now_ms: NOW_MS, ..Context::default() };
    let mut reader = Idoc::open(host, &context, Box::new(BytesDocument::new(input)))?;
    let mut batches = Vec::new();
    while batches.last().is_none_or(|batch: &caravan_connector_sdk::model::Batch| !batch.done) {
        batches.push(reader.next(host)?);
    }
    let verdicts: Vec<_> = batches.iter().flat_map(|batch| batch.verdicts.clone()).collect();
    let answer = Idoc::acknowledge(host, &context, 7, &verdicts)?;
    Ok(render::document(&batches, &answer))
}

fn check(party: &str, message: &str, case: &Path) -> Option<String> {
    let mut inputs = std::fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path());
    let input = inputs
        .find(|path| name(path).starts_with("input."))
        .unwrap_or_else(|| panic!("{}: no input", case.display()));
    let profile = root().join("mappings/profiles").join(party).join("profile.json");
    let host = FakeHost::at(NOW_MS).profile(std::fs::read(profile).unwrap());
    let kind = message.replacen("idoc-", "idoc/", 1);
    let found = run(&host, Some(&kind), std::fs::read(input).unwrap())
        .unwrap_or_else(|failure| render::failure(&failure));
    let found = format!("{}\n", serde_json::to_string_pretty(&found).unwrap());
    let expected = case.join("expected.json");
    #[expect(
        clippy::disallowed_methods,
        reason = "UPDATE=1 rewrites expectations, as everywhere in this repository"
    )]
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(&expected, &found).unwrap();
    }
    let wanted = std::fs::read_to_string(&expected).unwrap_or_default();
    (found != wanted).then(|| format!("{}:\n{}", case.display(), difference(&wanted, &found)))
}

fn difference(wanted: &str, found: &str) -> String {
    let (mut wanted, mut found) = (wanted.lines(), found.lines());
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return "they differ in line ends".to_owned(),
            (one, other) if one == other => {}
            (one, other) => {
                return format!(
                    "  expected {}\n  found    {}",
                    one.unwrap_or("nothing"),
                    other.unwrap_or("nothing")
                );
            }
        }
    }
}

#[test]
fn every_case_gives_what_its_folder_expects() {
    let (mut cases, mut wrong) = (0, Vec::new());
    for party in folders(&root().join("fixtures/parties")) {
        for message in folders(&party).iter().filter(|message| name(message).starts_with("idoc-")) {
            for case in folders(message) {
                cases += 1;
                wrong.extend(check(name(&party), name(message), &case));
            }
        }
    }
    assert!(cases >= 25, "only {cases} cases were found");
    assert!(wrong.is_empty(), "{} of {cases} cases differ\n{}", wrong.len(), wrong.join("\n"));
}

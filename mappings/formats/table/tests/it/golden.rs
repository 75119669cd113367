//! Golden folders: `fixtures/tables/<case>/input.*` is read, guessed and checked; `expected.json` is what must come of it.
//!
//! `UPDATE=1 cargo test -p caravan-mappings-table` writes the files anew; look at the difference before you keep it.

use std::fs;
use std::path::{Path, PathBuf};

use caravan_mappings_table::table::letters;
use caravan_mappings_table::{
    Checker, Chosen, Defaults, Dictionary, Header, Limits, Remembered, guess, read,
};
use serde_json::{Map, Value, json};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/tables");
    let entries = fs::read_dir(folder).unwrap();
    let mut cases: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

fn input(case: &Path) -> Vec<u8> {
    let mut files = fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path());
    fs::read(files.find(|path| path.file_stem().is_some_and(|stem| stem == "input")).unwrap())
        .unwrap()
}

/// Everything that comes of a file.
fn outcome(bytes: &[u8]) -> Value {
    let table = match read(bytes, &Limits::default()) {
        Ok(table) => table,
        Err(refused) => {
            return json!({"refused": {"code": refused.code(), "detail": refused.to_string(), "hint": refused.hint()}});
        }
    };
    let orders = Dictionary::orders().unwrap();
    let sheet = &table.sheets[0];
    let Some(header) = Header::find(sheet, orders) else { return json!({"header": null}) };
    let guesses = guess(sheet, &header, orders, &Remembered::new());
    let name = |id| orders.field(id).map(|field| field.name.clone());
    let columns: Vec<Value> = guesses
        .columns
        .iter()
        .map(|own| json!([letters(own.column), own.header, own.field.and_then(name), own.score]))
        .collect();
    let (defaults, chosen) = (Defaults::default(), Chosen::default());
    let mapping = guesses.mapping();
    let mut checker = Checker::new(sheet, &header, &mapping, orders, &defaults, &chosen);
    let mut records = Vec::new();
    for row in &sheet.rows[header.index + 1..] {
        let record = checker.row(row);
        let mut object = Map::from_iter([("row".to_owned(), json!(record.number))]);
        for (id, value) in &record.values {
            object.insert(name(*id).unwrap(), json!(value));
        }
        if !record.reasons.is_empty() {
            let reasons: Vec<Value> =
                record.reasons.iter().map(|own| json!([own.at, own.text])).collect();
            object.insert("reasons".to_owned(), json!(reasons));
        }
        records.push(Value::Object(object));
    }
    let problems: Vec<Value> = checker
        .problems()
        .into_iter()
        .map(|own| json!({"id": own.id, "text": own.text, "applied": own.applied}))
        .collect();
    let notes: Vec<String> = table.notes.iter().map(|note| format!("{note:?}")).collect();
    json!({
        "form": format!("{:?}", table.form), "notes": notes, "header_row": header.row, "columns": columns,
        "problems": problems, "records": records,
    })
}

#[test]
fn every_case_is_as_expected() {
    let cases = cases();
    assert!(cases.len() >= 4, "{cases:?}");
    for case in cases {
        let found = outcome(&input(&case));
        let path = case.join("expected.json");
        if std::env::vars().any(|(name, value)| name == "UPDATE" && value == "1") {
            fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&found).unwrap()))
                .unwrap();
        }
        let expected: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(found, expected, "{}", case.display());
    }
}

//! Dashboards and alerts of `deploy/`: every name that they use is one that the sources measure, in the form that its kind has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The kinds, by the macro that measures.
const KINDS: &[&str] = &["counter", "gauge", "histogram"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Adds every file below `folder` that has this ending.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", "node_modules", "data"].contains(&name.as_str())
                && !name.starts_with('.')
            {
                files(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

/// What the sources measure: the kind of each name.
fn measured() -> BTreeMap<String, &'static str> {
    let mut paths = Vec::new();
    files(&root(), ".rs", &mut paths);
    let mut measured = BTreeMap::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        for kind in KINDS {
            for call in text.split(&format!("{kind}!(")).skip(1) {
                let Some(name) = name(call.trim_start(), &text) else { continue };
                measured.insert(name, *kind);
            }
        }
    }
    measured
}

/// The name that a call begins with: a text, or a constant of the same file.
fn name(call: &str, file: &str) -> Option<String> {
    if let Some(call) = call.strip_prefix('"') {
        return call.split_once('"').map(|(name, _)| name.to_owned());
    }
    let constant = call.split([',', ')']).next()?;
    let (_, value) = file.split_once(&format!("const {constant}: &str = \""))?;
    value.split_once('"').map(|(name, _)| name.to_owned())
}

/// Every word of `text` that could be a metric's name.
fn names(text: &str) -> Vec<&str> {
    let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.split(|character| !word(character)).filter(|word| word.starts_with("caravan_")).collect()
}

/// What is wrong with a text of `deploy/`.
fn mistakes(text: &str, measured: &BTreeMap<String, &'static str>) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in names(text) {
        let known = measured.get(name).copied();
        let stem = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let of_histogram = stem.and_then(|stem| measured.get(stem)).copied();
        match (known, of_histogram) {
            (Some("counter" | "gauge"), _) | (_, Some("histogram")) => {}
            (Some(_), _) => {
                wrong.push(format!("{name} is a histogram: say _bucket, _sum or _count"));
            }
            (None, _) => wrong.push(format!("nobody measures {name}")),
        }
    }
    wrong
}

#[test]
fn every_name_is_measured_by_somebody() {
    let measured = measured();
    assert!(measured.len() > 40, "the sources were not read: {measured:?}");
    let mut paths = Vec::new();
    files(&root().join("deploy"), ".json", &mut paths);
    files(&root().join("deploy"), ".yml", &mut paths);
    assert!(paths.len() >= 2, "{paths:?}");
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(names(&text).len() > 10, "{path:?} uses no names");
        assert_eq!(mistakes(&text, &measured), Vec::<String>::new(), "{path:?}");
    }
}

#[test]
fn a_name_that_nobody_measures_is_found() {
    let measured = measured();
    let wrong =
        mistakes("rate(caravan_nothing_total[5m]) / caravan_http_request_seconds", &measured);
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(mistakes("rate(caravan_http_request_seconds_bucket[5m])", &measured).is_empty());
}

#[test]
fn the_dashboard_is_json_with_a_question_in_every_panel() {
    let text = std::fs::read_to_string(root().join("deploy/grafana/caravan.json")).unwrap();
    let board: serde_json::Value = serde_json::from_str(&text).unwrap();
    let panels = board.get("panels").and_then(serde_json::Value::as_array).unwrap();
    for panel in panels.iter().filter(|panel| panel.get("type").unwrap() != "row") {
        let targets = panel.get("targets").and_then(serde_json::Value::as_array).unwrap();
        assert!(!targets.is_empty(), "{panel}");
        for target in targets {
            let question = target.get("expr").and_then(serde_json::Value::as_str).unwrap();
            assert!(!names(question).is_empty(), "{panel}");
        }
    }
}

#[test]
fn every_alert_says_what_is_wrong_and_what_to_do() {
    let text = std::fs::read_to_string(root().join("deploy/prometheus/alerts.yml")).unwrap();
    let alerts: Vec<&str> = text.split("- alert: ").skip(1).collect();
    assert!(alerts.len() > 10);
    for alert in alerts {
        for key in ["expr:", "severity: ", "summary: ", "action: "] {
            assert!(alert.contains(key), "{key} is missing: {alert}");
        }
    }
}

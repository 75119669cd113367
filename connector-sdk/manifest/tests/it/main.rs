//! Manifests and profiles: what is taken, and that every defect is named with its path.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

use caravan_manifest::{AuthKind, LimitsClass, Manifest, Profile, Reading, Verification, merge};
use serde_json::json;

const DHL: &str = r#"
[connector]
id = "dhl"
title = "DHL Shipment Tracking – Unified"
class = "S"
[operations]
tracking = true
webhooks = true
[endpoints.api]
base = { production = "https://api-eu.dhl.com", sandbox = "https://api-test.dhl.com" }
methods = ["GET"]
paths = ["/track/shipments"]
auth = ["key"]
[auth.key]
kind = "header"
header = "DHL-API-Key"
fields = ["value"]
[crypto.webhook]
uses = ["hmac-verify"]
algorithms = ["sha256"]
[state]
keys = ["cursor", "poll/*"]
[settings]
type = "object"
additionalProperties = false
[settings.properties.language]
type = "string"
[[messages]]
kind = "x12/214"
"#;

#[test]
fn a_whole_manifest_is_read() {
    let manifest = Manifest::parse(DHL).unwrap();
    assert_eq!(manifest.connector.class, LimitsClass::S);
    assert!(manifest.operations.tracking && !manifest.operations.files);
    assert!(
        matches!(&manifest.auth["key"].kind, AuthKind::Header { header, prefix } if header == "DHL-API-Key" && prefix.is_empty())
    );
    assert!(manifest.reads("x12/214") && !manifest.reads("x12/997"));
    assert_eq!(
        manifest.secret_fields().collect::<Vec<_>>(),
        [("key", "value"), ("webhook", "value")]
    );
}

#[test]
fn settings_are_checked_with_their_paths() {
    let manifest = Manifest::parse(DHL).unwrap();
    manifest.validate_settings(&json!({"language": "en"})).unwrap();
    let violations = manifest.validate_settings(&json!({"language": 3, "colour": 1})).unwrap_err();
    assert_eq!(
        violations.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(),
        ["", "language"]
    );
    let bare =
        Manifest::parse("[connector]\nid='a'\ntitle='A'\nclass='S'\n[operations]\ntracking=true")
            .unwrap();
    bare.validate_settings(&json!({})).unwrap();
    bare.validate_settings(&json!({"x": 1})).unwrap_err();
}

/// Replaces `from` by `to` in the good manifest and expects exactly these paths to be named.
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(DHL.contains(from), "{from}");
    let violations = Manifest::parse(&DHL.replace(from, to)).unwrap_err();
    let paths: Vec<_> = violations.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, expected, "{violations:?}");
}

#[test]
fn every_violation_has_its_path() {
    check("class = \"S\"", "class = \"XL\"", &["connector.class"]);
    check("methods = [\"GET\"]", "methods = [\"GET\", \"get\"]", &["endpoints.api.methods.1"]);
    check("https://api-eu", "ftp://api-eu", &["endpoints.api.base.production"]);
    check("https://api-eu", "https://user@api-eu", &["endpoints.api.base.production"]);
    check("auth = [\"key\"]", "auth = [\"kee\"]", &["auth.key", "endpoints.api.auth"]);
    check("kind = \"header\"", "kind = \"magic\"", &["auth.key", "auth.key.kind"]);
    check("header = \"DHL-API-Key\"", "", &["auth.key"]);
    check(
        "paths = [\"/track/shipments\"]",
        "paths = [\"/track/../admin\"]",
        &["endpoints.api.paths.0"],
    );
    check("algorithms = [\"sha256\"]", "", &["crypto.webhook.algorithms"]);
    check("[crypto.webhook]", "[crypto.key]", &["auth.key"]);
    check("type = \"string\"", "type = \"strong\"", &["settings"]);
    check("kind = \"x12/214\"", "kind = \"214\"", &["messages.0.kind"]);
    check("tracking = true\nwebhooks = true", "tracking = false", &["operations"]);
    check("title = \"DHL", "colour = 1\ntitle = \"DHL", &["connector"]);
    check(
        "[crypto.webhook]",
        "[words.hi]\n\"Nobody says it\" = \"?\"\n[crypto.webhook]",
        &["words.hi"],
    );
    check("[crypto.webhook]", "[words.Hindi]\n[crypto.webhook]", &["words"]);
}

#[test]
fn two_defects_are_both_named() {
    let text = DHL
        .replace("class = \"S\"", "class = \"XL\"")
        .replace("kind = \"x12/214\"", "kind = \"214\"");
    let paths: Vec<_> =
        Manifest::parse(&text).unwrap_err().into_iter().map(|one| one.path).collect();
    assert_eq!(paths, ["connector.class", "messages.0.kind"]);
}

#[test]
fn a_token_endpoint_must_exist_and_allow_the_post() {
    let oauth = |path: &str, endpoint: &str| {
        DHL.replace(
            "kind = \"header\"\nheader = \"DHL-API-Key\"\nfields = [\"value\"]",
            &format!("kind = \"oauth2-client-credentials\"\ntoken_endpoint = \"{endpoint}\"\ntoken_path = \"{path}\"\n\
                      [endpoints.login]\nmethods = [\"POST\"]\npaths = [\"/oauth\"]"),
        )
    };
    let manifest = Manifest::parse(&oauth("/oauth/token", "login")).unwrap();
    assert_eq!(manifest.auth["key"].fields, ["client_id", "client_secret"]);
    let paths = |text: String| Manifest::parse(&text).unwrap_err().remove(0).path;
    assert_eq!(paths(oauth("/else", "login")), "auth.key.token_path");
    assert_eq!(paths(oauth("/oauth/token", "nowhere")), "auth.key.token_endpoint");
}

#[test]
fn no_toml_is_one_violation_that_names_the_line() {
    let violations = Manifest::parse("[connector\n").unwrap_err();
    assert_eq!(violations.len(), 1);
    assert!(violations[0].message.contains("line 1"), "{}", violations[0]);
}

#[test]
fn a_profile_is_put_over_its_base() {
    let base = Profile::parse(
        r#"{"party":"x12","verification":"production","zone":"America/New_York",
            "tables":{"status":{"AF":"departed","D1":"delivered"}},"options":{"ack":true}}"#,
    )
    .unwrap();
    let odfl = Profile::parse(
        r#"{"party":"odfl","extends":"x12","tables":{"status":{"AF":null,"X9":"delayed"}}}"#,
    )
    .unwrap();
    let merged = odfl.over(&base).unwrap();
    assert_eq!(merged.party, "odfl");
    assert_eq!(merged.extends, None);
    assert_eq!(merged.verification, Verification::Spec);
    assert_eq!(merged.zone.as_deref(), Some("America/New_York"));
    assert_eq!(merged.value()["tables"]["status"], json!({"D1": "delivered", "X9": "delayed"}));
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&merged.to_json()).unwrap(),
        *merged.value()
    );
}

#[test]
fn a_profile_is_strict_in_common_fields_and_lenient_beyond() {
    Profile::parse(r#"{"party":"odfl","anything":{"goes":[1]}}"#).unwrap();
    let violations =
        Profile::parse(r#"{"party":"ODFL","zone":"noon sharp","tables":{"a":[]}}"#).unwrap_err();
    let paths: Vec<_> = violations.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["party", "tables.a", "zone"]);
}

#[test]
fn a_merge_follows_the_published_examples() {
    // The cases of RFC 7396, appendix A, that concern objects.
    for (base, over, expected) in [
        (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
        (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
        (json!({"a":"b"}), json!({"a":null}), json!({})),
        (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
        (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
        (json!({"a":"b"}), json!(["c"]), json!(["c"])),
        (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
        (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
    ] {
        assert_eq!(merge(&base, &over), expected, "{base} + {over}");
    }
}

/// A whole draft for the good manifest.
fn draft() -> serde_json::Value {
    json!({
        "name": "DHL Pune", "environment": "sandbox", "endpoints": {"api": "https://dhl.example"},
        "settings": {"language": "en"}, "secrets": {"key": {"value": "s3cret"}},
    })
}

#[test]
fn the_schema_of_a_connection_says_what_a_form_needs() {
    let help = "fields = [\"value\"]\nhelp = { value = \"developer.dhl.com, My Apps\" }";
    let manifest = Manifest::parse(&DHL.replace("fields = [\"value\"]", help)).unwrap();
    let schema = manifest.connection_schema();
    assert_eq!(schema["required"], json!(["name", "environment", "secrets"]));
    let secret = &schema["properties"]["secrets"]["properties"]["key"]["properties"]["value"];
    assert_eq!(secret["writeOnly"], true);
    assert_eq!(secret["description"], "developer.dhl.com, My Apps");
    let api = &schema["properties"]["endpoints"]["properties"]["api"];
    assert_eq!(api["x-bases"]["production"], "https://api-eu.dhl.com");
    assert!(schema["properties"].get("sftp").is_none(), "it reads no files");
    let hindi = "[words.hi]\n\"developer.dhl.com, My Apps\" = \"मेरी ऐप\"\n[crypto.webhook]";
    let hindi = DHL.replace("fields = [\"value\"]", help).replace("[crypto.webhook]", hindi);
    let words = &Manifest::parse(&hindi).unwrap().connection_schema()["x-words"]["hi"];
    assert_eq!(words["developer.dhl.com, My Apps"], "मेरी ऐप");
    assert_eq!(
        (&words["Name"], &words["value"], words.get("SFTP account")),
        (&json!("नाम"), &json!("मान"), None)
    );
    let own = DHL.replace(
        "base = { production = \"https://api-eu.dhl.com\", sandbox = \"https://api-test.dhl.com\" }\n",
        "",
    );
    let schema = Manifest::parse(&own).unwrap().connection_schema();
    assert_eq!(schema["properties"]["endpoints"]["required"], json!(["api"]));
    check(
        "fields = [\"value\"]",
        "fields = [\"value\"]\nhelp = { other = \"?\" }",
        &["auth.key.help"],
    );
}

#[test]
fn a_draft_is_checked_at_each_place_and_never_quoted() {
    let manifest = Manifest::parse(DHL).unwrap();
    manifest.check_connection(&draft()).unwrap();
    let mistakes = |change: fn(&mut serde_json::Value)| {
        let mut changed = draft();
        change(&mut changed);
        let found = manifest.check_connection(&changed).unwrap_err();
        let text = format!("{found:?}");
        assert!(!text.contains("s3cret") && !text.contains("hunter2"), "{text}");
        found.iter().map(caravan_manifest::Violation::pointer).collect::<Vec<_>>()
    };
    assert_eq!(mistakes(|d| d["secrets"] = json!({"key": {}})), ["/secrets/key/value"]);
    assert_eq!(mistakes(|d| d["secrets"]["other"] = json!({"a": "b"})), ["/secrets/other"]);
    assert_eq!(mistakes(|d| d["settings"]["language"] = json!(3)), ["/settings/language"]);
    assert_eq!(mistakes(|d| d["endpoints"]["api"] = json!("hunter2")), ["/endpoints/api"]);
    assert_eq!(mistakes(|d| d["environment"] = json!("hunter2")), ["/environment"]);
    assert_eq!(mistakes(|d| drop(d.as_object_mut().unwrap().remove("name"))), ["/name"]);
    assert_eq!(mistakes(|d| d["sftp"] = json!({})), ["/sftp"]);
    // Who is posted to must be able to verify.
    assert_eq!(mistakes(|d| d["webhook"] = json!(true)), ["/secrets/webhook"]);
}

#[test]
fn what_an_operation_reads_has_one_kind_or_none() {
    let two = "[[messages]]\nkind = \"a/one\"\noperation = \"tracking\"\n[[messages]]\nkind = \"a/two\"\noperation = \"webhooks\"\n";
    let manifest =
        Manifest::parse(&DHL.replace("[[messages]]\nkind = \"x12/214\"\n", two)).unwrap();
    assert_eq!(manifest.kind_of(Reading::Tracking), Some("a/one"));
    assert_eq!(manifest.kind_of(Reading::Webhooks), Some("a/two"));
    assert_eq!(manifest.kind_of(Reading::Files), None);
    let both = Manifest::parse(&two.replace("operation = \"tracking\"\n", "").replacen(
        "[[messages]]",
        &format!(
            "{}\n[[messages]]",
            DHL.trim_end().trim_end_matches("[[messages]]\nkind = \"x12/214\"")
        ),
        1,
    ))
    .unwrap();
    assert_eq!(both.kind_of(Reading::Webhooks), None, "either may be meant");
}

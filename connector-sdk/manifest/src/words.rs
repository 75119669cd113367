//! What the form of a connection says, in languages other than English: our own texts here, a connector's in its `[words.<language>]`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::manifest::Manifest;

/// Texts by language, and in each by the English text, or by the property's name where that stands for a title.
pub type Words = BTreeMap<String, BTreeMap<String, String>>;

/// What the description of an endpoint with base URLs of its own begins with; the URLs follow.
pub(crate) const OWN_BASES: &str = "Left out, the connector's own: ";

/// Our own texts in Hindi.
const HINDI: &[(&str, &str)] = &[
    ("Name", "नाम"),
    (
        "Your own name for it, unique among your connections.",
        "आपका दिया हुआ नाम, आपके कनेक्शनों में अनोखा।",
    ),
    ("Environment", "परिवेश"),
    ("Which of the party's systems it talks to.", "पार्टी के किस सिस्टम से बात करनी है।"),
    ("endpoints", "पते"),
    (
        "Base URLs in place of the connector's own. Changing one asks for its secrets anew.",
        "कनेक्टर के अपने मूल URL की जगह। इन्हें बदलने पर गुप्त मान फिर माँगे जाते हैं।",
    ),
    ("Base URL", "मूल URL"),
    (OWN_BASES, "खाली छोड़ने पर कनेक्टर का अपना: "),
    ("settings", "सेटिंग"),
    ("secrets", "गुप्त मान"),
    (
        "Written, never shown again: answers say which are set, and since when.",
        "लिखे जाते हैं, फिर कभी दिखाए नहीं जाते: केवल यह बताया जाता है कि कौन-से और कब से हैं।",
    ),
    ("value", "मान"),
    ("username", "उपयोगकर्ता नाम"),
    ("password", "पासवर्ड"),
    ("SFTP account", "SFTP खाता"),
    ("user", "उपयोगकर्ता"),
    ("Unique over this whole installation.", "इस पूरी स्थापना में अनोखा।"),
    ("public_keys", "सार्वजनिक कुंजियाँ"),
    (
        "The party's OpenSSH public keys, a line each: the text of its id_ed25519.pub.",
        "पार्टी की OpenSSH सार्वजनिक कुंजियाँ, हर पंक्ति में एक: उसकी id_ed25519.pub का पाठ।",
    ),
    ("Webhook", "वेबहुक"),
    (
        "Give the party an address of its own to post to; it is shown once.",
        "पार्टी को भेजने के लिए उसका अपना पता दें; वह एक बार दिखाया जाता है।",
    ),
];

/// What of `schema` is said in which language: of our texts and the connector's those that stand in it.
pub(crate) fn of(manifest: &Manifest, schema: &Value) -> Value {
    let mut words = manifest.words.clone();
    let hindi = words.entry("hi".to_owned()).or_default();
    for text in texts(schema) {
        let own = HINDI.iter().find(|(english, _)| *english == text);
        let said = own.map(|(_, said)| (*said).to_owned()).or_else(|| {
            let bases = text.strip_prefix(OWN_BASES)?;
            let (_, said) = HINDI.iter().find(|(english, _)| *english == OWN_BASES)?;
            Some(format!("{said}{bases}"))
        });
        if let Some(said) = said {
            hindi.entry(text).or_insert(said);
        }
    }
    json!(words)
}

/// The titles, the descriptions and the names of properties in `schema`.
pub(crate) fn texts(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    gather(schema, &mut found);
    found
}

fn gather(schema: &Value, found: &mut BTreeSet<String>) {
    for name in ["title", "description"] {
        found.extend(schema.get(name).and_then(Value::as_str).map(str::to_owned));
    }
    for (name, of) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        found.insert(name.clone());
        gather(of, found);
    }
    if let Some(items) = schema.get("items") {
        gather(items, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_ours_is_said_somewhere() {
        let manifest = "
            [connector]
            id = \"all\"
            title = \"All\"
            class = \"S\"
            [operations]
            tracking = true
            files = true
            webhooks = true
            [endpoints.api]
            base = { production = \"https://party.example\" }
            methods = [\"GET\"]
            paths = [\"/\"]
            auth = [\"login\", \"key\"]
            [auth.login]
            kind = \"basic\"
            [auth.key]
            kind = \"bearer\"
            [[messages]]
            kind = \"all/files\"
            direction = \"in\"
            operation = \"files\"
            [[messages]]
            kind = \"all/webhooks\"
            direction = \"in\"
            operation = \"webhooks\"
        ";
        let schema = Manifest::parse(manifest).unwrap().connection_schema();
        let hindi = schema["x-words"]["hi"].as_object().unwrap();
        let said = |english: &str| hindi.keys().any(|text| text.starts_with(english));
        let missing: Vec<&str> =
            HINDI.iter().map(|(english, _)| *english).filter(|english| !said(english)).collect();
        assert_eq!(missing, [""; 0]);
        let bases = "Left out, the connector's own: production: https://party.example.";
        assert!(hindi[bases].as_str().unwrap().ends_with(": production: https://party.example."));
    }
}

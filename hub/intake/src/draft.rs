//! A connection as somebody wrote it down: held against its connector's own schema, and read.

use std::collections::BTreeMap;

use caravan_hub_registry::{Connection, Environment};
use caravan_hub_sftp::PublicKey;
use caravan_manifest::{Manifest, Violation};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::request::Secrets;

/// Largest settings of a connection, as JSON.
const SETTINGS_BYTES_MAX: usize = 64 * 1024;

/// A draft that fits its schema.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) environment: Environment,
    pub(crate) endpoints: BTreeMap<String, String>,
    pub(crate) settings: Value,
    /// Those that are written anew.
    pub(crate) secrets: Secrets,
    pub(crate) sftp: Option<(String, Vec<String>)>,
    pub(crate) webhook: bool,
}

/// The draft's form, as the schema describes it. No `Debug`: secrets are in it.
#[derive(Deserialize)]
struct Written {
    name: String,
    environment: String,
    #[serde(default)]
    endpoints: BTreeMap<String, String>,
    #[serde(default = "nothing")]
    settings: Value,
    #[serde(default)]
    secrets: BTreeMap<String, BTreeMap<String, String>>,
    sftp: Option<WrittenSftp>,
    #[serde(default)]
    webhook: bool,
}

#[derive(Deserialize)]
struct WrittenSftp {
    user: String,
    public_keys: Vec<String>,
}

fn nothing() -> Value {
    json!({})
}

impl Draft {
    /// Reads `draft`; secrets that are `kept` need not be in it. Nothing that it holds is quoted.
    ///
    /// # Errors
    /// What is wrong, each with its place.
    pub(crate) fn read(
        manifest: &Manifest,
        draft: &Value,
        kept: &Secrets,
    ) -> Result<Self, Vec<Violation>> {
        let mut whole = draft.clone();
        fill(&mut whole, manifest, kept);
        manifest.check_connection(&whole)?;
        let written: Written = Deserialize::deserialize(draft)
            .map_err(|_| vec![Violation::new("", "is not as the schema describes it")])?;
        let mut wrong = Vec::new();
        for (endpoint, address) in &written.endpoints {
            if Url::parse(address).is_err() {
                wrong.push(Violation::new(format!("endpoints.{endpoint}"), "is not a URL"));
            }
        }
        for (index, key) in written.sftp.iter().flat_map(|sftp| sftp.public_keys.iter().enumerate())
        {
            if PublicKey::from_openssh(key).is_err() {
                let what = "is not an OpenSSH public key: one line that begins with its type, as in `ssh-ed25519 AAAA…`";
                wrong.push(Violation::new(format!("sftp.public_keys.{index}"), what));
            }
        }
        if written.settings.to_string().len() > SETTINGS_BYTES_MAX {
            let what = format!("has more than {SETTINGS_BYTES_MAX} bytes");
            wrong.push(Violation::new("settings", what));
        }
        match Environment::parse(&written.environment) {
            Some(environment) if wrong.is_empty() => Ok(Self::of(written, environment)),
            Some(_) => Err(wrong),
            None => Err(vec![Violation::new("environment", "is not known here")]),
        }
    }

    fn of(written: Written, environment: Environment) -> Self {
        let sealed = |(slot, fields): (String, BTreeMap<String, String>)| {
            let fields =
                fields.into_iter().map(|(field, value)| (field, SecretString::from(value)));
            (slot, fields.collect())
        };
        Self {
            name: written.name,
            environment,
            endpoints: written.endpoints,
            settings: written.settings,
            secrets: written.secrets.into_iter().map(sealed).collect(),
            sftp: written.sftp.map(|sftp| (sftp.user, sftp.public_keys)),
            webhook: written.webhook,
        }
    }

    /// The draft's secrets, and those that are `kept` beside them.
    pub(crate) fn secrets_with(&self, mut kept: Secrets) -> Secrets {
        for (slot, fields) in &self.secrets {
            kept.entry(slot.clone()).or_default().extend(fields.clone());
        }
        kept
    }

    /// The names of the secrets that are written anew.
    pub(crate) fn secret_names(&self) -> Vec<String> {
        let fields = |(slot, fields): (&String, &BTreeMap<String, SecretString>)| {
            fields.keys().map(|field| format!("{slot}.{field}")).collect::<Vec<_>>()
        };
        self.secrets.iter().flat_map(fields).collect()
    }
}

/// Which secrets of `stored` stay when it becomes `draft`. What is sent to the party stays only while it is sent to the same place:
/// who may change an address must not learn by it what another person entered.
pub(crate) fn kept(
    manifest: &Manifest,
    stored: &Connection,
    draft: &Value,
    secrets: Secrets,
) -> Secrets {
    let written: BTreeMap<&str, &str> = draft
        .get("endpoints")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, address)| Some((name.as_str(), address.as_str()?)))
        .collect();
    let same_place = draft.get("environment").and_then(Value::as_str)
        == Some(stored.environment.as_str())
        && stored.endpoints.iter().map(|(name, at)| (name.as_str(), at.as_str())).eq(written);
    let stays = |slot: &str| {
        manifest.crypto.contains_key(slot) || (same_place && manifest.auth.contains_key(slot))
    };
    secrets.into_iter().filter(|(slot, _)| stays(slot)).collect()
}

/// The same mistakes, where secrets are missing because they did not stay.
pub(crate) fn asked_anew(wrong: Vec<Violation>) -> Vec<Violation> {
    let why =
        "with another address or environment, the secrets that go to the party are written anew";
    let explained = wrong.into_iter().map(|one| {
        let of_secrets = one.path == "secrets" || one.path.starts_with("secrets.");
        if of_secrets { Violation::new(one.path, format!("{}: {why}", one.message)) } else { one }
    });
    explained.collect()
}

/// Puts something where a kept secret stands, for the schema to see that it is there.
fn fill(draft: &mut Value, manifest: &Manifest, kept: &Secrets) {
    let Some(draft) = draft.as_object_mut() else { return };
    if kept.is_empty() {
        return;
    }
    let Some(secrets) = draft.entry("secrets").or_insert_with(nothing).as_object_mut() else {
        return;
    };
    // What an earlier version of the connector asked for is nobody's concern any more.
    let known = |slot: &str| manifest.auth.contains_key(slot) || manifest.crypto.contains_key(slot);
    for (slot, fields) in kept.iter().filter(|(slot, _)| known(slot)) {
        let Some(slot) = secrets.entry(slot).or_insert_with(nothing).as_object_mut() else {
            continue;
        };
        for field in fields.keys() {
            slot.entry(field).or_insert_with(|| json!("kept"));
        }
    }
}

#[cfg(test)]
mod tests {
    use caravan_model::{ConnectionId, TenantId};
    use uuid::Uuid;

    use super::*;

    const MANIFEST: &str = r#"
        [connector]
        id = "some"
        title = "Some party"
        class = "S"
        [operations]
        tracking = true
        webhooks = true
        [endpoints.api]
        base = { production = "https://some.example", sandbox = "https://test.some.example" }
        methods = ["GET"]
        paths = ["/track"]
        auth = ["key"]
        [auth.key]
        kind = "bearer"
        fields = ["value"]
        [crypto.hook]
        uses = ["secret-equals"]
        field = "value"
        [[messages]]
        kind = "some/tracking"
        title = "Reply"
        operation = "tracking"
    "#;

    fn manifest() -> Manifest {
        Manifest::parse(MANIFEST).unwrap()
    }

    fn secrets() -> Secrets {
        let one = || BTreeMap::from([("value".to_owned(), SecretString::from("s3cret"))]);
        BTreeMap::from([("key".to_owned(), one()), ("hook".to_owned(), one())])
    }

    fn stored() -> Connection {
        Connection {
            tenant: TenantId(Uuid::nil()),
            id: ConnectionId(Uuid::nil()),
            version: 1,
            party: "some".to_owned(),
            name: "ours".to_owned(),
            environment: Environment::Sandbox,
            endpoints: BTreeMap::new(),
            settings: json!({}),
            paused: None,
        }
    }

    #[test]
    fn a_kept_secret_need_not_be_written_again_until_it_would_go_elsewhere() {
        let manifest = manifest();
        let same = json!({ "name": "ours", "environment": "sandbox" });
        let staying = kept(&manifest, &stored(), &same, secrets());
        assert_eq!(staying.keys().collect::<Vec<_>>(), ["hook", "key"]);
        let draft = Draft::read(&manifest, &same, &staying).ok().unwrap();
        assert!(draft.secrets.is_empty());
        assert_eq!(draft.secrets_with(staying).len(), 2);

        for elsewhere in [
            json!({ "name": "ours", "environment": "production" }),
            json!({ "name": "ours", "environment": "sandbox", "endpoints": { "api": "https://mine.example" } }),
        ] {
            let staying = kept(&manifest, &stored(), &elsewhere, secrets());
            assert_eq!(staying.keys().collect::<Vec<_>>(), ["hook"], "{elsewhere}");
            let wrong = Draft::read(&manifest, &elsewhere, &staying).err().unwrap();
            let places: Vec<&str> = wrong.iter().map(|one| one.path.as_str()).collect();
            assert_eq!(places, ["secrets.key"], "{elsewhere}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_without_its_value() {
        let draft = json!({
            "name": "ours", "environment": "sandbox", "secrets": { "key": { "value": 7 } }, "password": "s3cret",
        });
        let wrong = Draft::read(&manifest(), &draft, &Secrets::new()).err().unwrap();
        let places: Vec<&str> = wrong.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(places, ["password", "secrets.key.value"]);
        assert!(!format!("{wrong:?}").contains("s3cret"));
    }
}

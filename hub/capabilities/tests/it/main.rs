//! Decisions and their texts, and the broker against a real server and a real database.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

mod broker;
mod grant;
mod state;

use std::collections::BTreeMap;

use caravan_hub_capabilities::ConnectionGrants;
use caravan_manifest::Manifest;

pub(crate) const MANIFEST: &str = r#"
[connector]
id = "demo"
title = "Demo"
class = "S"
[operations]
tracking = true
[endpoints.api]
base = { production = "https://api.example.com/v1" }
methods = ["GET"]
paths = ["/track"]
auth = ["key"]
means = { 403 = "rate-limited" }
[endpoints.soap]
methods = ["POST"]
paths = ["/"]
auth = ["client", "login"]
[endpoints.login]
base = { production = "https://login.example.com" }
methods = ["POST"]
paths = ["/token"]
[auth.key]
kind = "header"
header = "X-Key"
[auth.client]
kind = "placeholder"
fields = ["pin"]
[auth.login]
kind = "oauth2-client-credentials"
token_endpoint = "login"
token_path = "/token"
[crypto.hook]
uses = ["hmac-verify", "secret-equals"]
algorithms = ["sha256"]
[state]
keys = ["cursor", "poll/*"]
"#;

pub(crate) fn manifest() -> Manifest {
    Manifest::parse(MANIFEST).unwrap()
}

pub(crate) fn grants() -> ConnectionGrants {
    let slot = |field: &str, value: &str| BTreeMap::from([(field.to_owned(), value.into())]);
    ConnectionGrants {
        connection: "connection".into(),
        environment: "production".into(),
        endpoints: BTreeMap::from([(
            "soap".to_owned(),
            "https://soap.example.com".parse().unwrap(),
        )]),
        secrets: BTreeMap::from([
            ("key".to_owned(), slot("value", "key-of-42")),
            ("client".to_owned(), slot("pin", "331421")),
            ("hook".to_owned(), slot("value", "Jefe")),
        ]),
        allow_http: false,
    }
}

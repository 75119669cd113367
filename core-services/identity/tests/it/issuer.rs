//! A small provider of our own, after OpenID Connect Core 1.0 and RFC 7636: it says what a test has it say, and checks what we send.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::extract::{RawForm, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

pub(crate) const CLIENT: &str = "caravan";
pub(crate) const SECRET: &str = "s3cret of the client";

/// What it does with a token before it hands it out.
pub(crate) type Twist = fn(&Says, &mut Value, &mut Value) -> Option<String>;

/// What it says.
pub(crate) struct Says {
    pub(crate) url: String,
    /// Beside those of the protocol.
    pub(crate) claims: Value,
    pub(crate) description: Value,
    pub(crate) twist: Option<Twist>,
    signs: (String, Arc<EcdsaKeyPair>),
    published: Vec<Value>,
    /// What was asked for with each code that was not redeemed.
    codes: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) key_fetches: usize,
    pub(crate) exchanges: usize,
}

#[derive(Clone)]
pub(crate) struct Issuer(Arc<Mutex<Says>>);

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/tenant", listener.local_addr().unwrap());
        let description = json!({
            "issuer": url, "authorization_endpoint": format!("{url}/authorize?already=there"),
            "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/keys"),
            "authorization_response_iss_parameter_supported": true,
        });
        let (signs, published) = key("k1");
        let claims = json!({ "sub": "s-1", "email": "asha@a.example", "email_verified": true, "name": "Asha Rao" });
        let says = Says {
            url,
            claims,
            description,
            twist: None,
            signs,
            published: vec![published],
            codes: BTreeMap::new(),
            key_fetches: 0,
            exchanges: 0,
        };
        let issuer = Self(Arc::new(Mutex::new(says)));
        let router = Router::new()
            .route("/tenant/.well-known/openid-configuration", get(description_of))
            .route("/tenant/keys", get(keys))
            .route("/tenant/token", post(token))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        issuer
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Says) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    pub(crate) fn url(&self) -> String {
        self.with(|says| says.url.clone())
    }

    /// What the next tokens claim.
    pub(crate) fn claim(&self, name: &str, value: Value) {
        self.with(|says| says.claims[name] = value);
    }

    /// Signs with a new key from now on, published or not.
    pub(crate) fn rotate(&self, name: &str, publish: bool) {
        let (signs, published) = key(name);
        self.with(|says| {
            says.signs = signs;
            says.published = if publish { vec![published] } else { says.published.clone() };
        });
    }

    /// The user signs in there (§3.1.2): the query with which the browser is sent back.
    pub(crate) fn consent(&self, location: &str) -> String {
        let url = Url::parse(location).unwrap();
        let asked: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let of = |name: &str| asked.get(name).map_or("", String::as_str);
        assert_eq!(of("already"), "there", "a query of the endpoint's own is kept (RFC 6749 §3.1)");
        assert_eq!((of("response_type"), of("client_id")), ("code", CLIENT));
        assert!(of("scope").split(' ').any(|scope| scope == "openid"), "§3.1.2.1");
        assert_eq!(of("code_challenge_method"), "S256");
        assert!(
            of("state").len() == 43 && of("nonce").len() == 43 && of("code_challenge").len() == 43
        );
        self.with(|says| {
            let code = format!("code-{}", uuid::Uuid::now_v7());
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("code", &code).append_pair("state", of("state"));
            query.append_pair("iss", &says.url).append_pair("session_state", "x");
            says.codes.insert(code, asked.clone());
            query.finish()
        })
    }
}

fn key(name: &str) -> ((String, Arc<EcdsaKeyPair>), Value) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let part = |range: core::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point[range]);
    let published = json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": name, "x": part(1..33), "y": part(33..65) });
    ((name.to_owned(), Arc::new(pair)), published)
}

async fn description_of(State(issuer): State<Issuer>) -> Json<Value> {
    Json(issuer.with(|says| says.description.clone()))
}

async fn keys(State(issuer): State<Issuer>) -> Json<Value> {
    Json(issuer.with(|says| {
        says.key_fetches += 1;
        json!({ "keys": says.published })
    }))
}

/// §3.1.3: the client shows who it is, the code is good once, and the verifier is that of the challenge.
async fn token(
    State(issuer): State<Issuer>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> (StatusCode, Json<Value>) {
    let sent: BTreeMap<String, String> = form_urlencoded::parse(&form).into_owned().collect();
    let of = |name: &str| sent.get(name).map_or("", String::as_str);
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error })));
    let shown = headers.get("authorization").map_or("", |value| value.to_str().unwrap());
    let encoded: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    if shown != format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{encoded}"))) {
        return refused("invalid_client");
    }
    issuer.with(|says| {
        says.exchanges += 1;
        let Some(asked) = says.codes.remove(of("code")) else { return refused("invalid_grant") };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(of("code_verifier")));
        let same = of("redirect_uri") == asked["redirect_uri"] && challenge == asked["code_challenge"];
        if !same || of("grant_type") != "authorization_code" {
            return refused("invalid_grant");
        }
        let access = "an access token";
        let at_hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(access)[..16]);
        let now = jiff::Timestamp::now().as_second();
        let mut claims = json!({
            "iss": says.url, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": asked["nonce"], "at_hash": at_hash,
        });
        let (all, own) = (claims.as_object_mut().unwrap(), says.claims.as_object().unwrap());
        all.extend(own.clone());
        let mut header = json!({ "alg": "ES256", "kid": says.signs.0, "typ": "JWT" });
        let twisted = says.twist.and_then(|twist| twist(says, &mut header, &mut claims));
        let token = twisted.unwrap_or_else(|| says.sign(&header, &claims));
        let body = json!({ "access_token": access, "token_type": "Bearer", "id_token": token, "expires_in": 60 });
        (StatusCode::OK, Json(body))
    })
}

impl Says {
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = self.signs.1.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What is signed.
pub(crate) fn message(header: &Value, claims: &Value) -> String {
    [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".")
}

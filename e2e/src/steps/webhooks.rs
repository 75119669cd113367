//! Outgoing webhooks: an address is named, an order's event is brought there, signed; it is sent again, and the secret changes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{list, text};
use crate::report::Report;
use crate::wait::until;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

const SOON: Duration = Duration::from_secs(20);
const KIND: &str = "caravan.order.placed";
const NUMBER: &str = "WEBHOOK-1";

/// A message as it came.
#[derive(Debug, Clone)]
struct Message {
    headers: HeaderMap,
    body: String,
}

type Inbox = Arc<Mutex<Vec<Message>>>;

/// A receiver of the walk.
struct Listener {
    inbox: Inbox,
    url: String,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// What was made.
struct Webhook {
    path: String,
    secret: String,
}

pub(super) async fn walk(report: &mut Report, world: &World) {
    let (mut listener, mut webhook) = (None, None);
    let made = async {
        let open = Listener::open().await?;
        let made = registered(world, &open.url).await?;
        let told = text(&made, "id").to_owned();
        let path = format!("/v1/webhooks/{told}");
        webhook = Some(Webhook { path, secret: text(&made, "secret").to_owned() });
        listener = Some(open);
        Ok(told)
    };
    report.step("a webhook is made, and its secret shown this once", made).await;
    let (Some(listener), Some(webhook)) = (listener, webhook) else { return };
    report.step("a test of it is answered", tested(world, &listener, &webhook)).await;
    report.step("an order's event is brought, signed", brought(world, &listener, &webhook)).await;
    report.step("it is sent again under the same id", resent(world, &listener, &webhook)).await;
    report
        .step("both secrets sign while it changes over", rotated(world, &listener, &webhook))
        .await;
    report.step("an address of a private network is refused", refused(world)).await;
    report.step("a removed webhook is gone", removed(world, &webhook)).await;
    listener.task.abort();
}

async fn registered(world: &World, url: &str) -> Result<Value, Wrong> {
    let asked = json!({ "name": "Walk", "url": url, "kinds": [KIND] });
    let made = world.http.posted("/v1/webhooks", &asked, 201).await?;
    let path = format!("/v1/webhooks/{}", text(&made, "id"));
    let shown = world.http.get(&path).await?.expect(200)?.text();
    ensure(text(&made, "secret").starts_with("whsec_"), || "there is no secret".to_owned())?;
    ensure(!shown.contains("whsec_"), || "it is shown again".to_owned())?;
    Ok(made)
}

async fn tested(world: &World, listener: &Listener, webhook: &Webhook) -> Result<String, Wrong> {
    let told = posted(world, &format!("{}/test", webhook.path)).await?;
    ensure(text(&told, "outcome") == "delivered", || told.to_string())?;
    let message = listener.message(text(&told, "event_id"), 1).await?;
    ensure(message.signatures(&webhook.secret)? == [true], || format!("{message:?}"))?;
    Ok(text(&told, "response").to_owned())
}

async fn brought(world: &World, listener: &Listener, webhook: &Webhook) -> Result<String, Wrong> {
    world.http.posted("/v1/orders", &super::orders::order(NUMBER), 201).await?;
    let message = listener.about_the_order().await?;
    ensure(message.signatures(&webhook.secret)? == [true], || format!("{message:?}"))?;
    let event: Value = serde_json::from_str(&message.body)?;
    ensure(text(&event, "type") == KIND, || message.body.clone())?;
    delivered(world, webhook, message.header("webhook-id")).await?;
    Ok(format!("{} bytes of {}", message.body.len(), text(&event, "type")))
}

async fn resent(world: &World, listener: &Listener, webhook: &Webhook) -> Result<String, Wrong> {
    let event = listener.about_the_order().await?.header("webhook-id").to_owned();
    let delivery = delivered(world, webhook, &event).await?;
    let path = format!("{}/deliveries/{}", webhook.path, text(&delivery, "id"));
    posted(world, &format!("{path}/resend")).await?;
    listener.message(&event, 2).await?;
    until(SOON, "the second try is noted", async || {
        let shown = world.http.get(&path).await?.expect(200)?.json()?;
        let tries = list(&shown, "tries");
        let ended = tries.iter().filter(|one| text(one, "outcome") == "delivered").count();
        Ok((ended == 2).then(|| format!("{ended} tries, both taken")))
    })
    .await
}

async fn rotated(world: &World, listener: &Listener, webhook: &Webhook) -> Result<String, Wrong> {
    let made = posted(world, &format!("{}/rotate", webhook.path)).await?;
    let told = posted(world, &format!("{}/test", webhook.path)).await?;
    let message = listener.message(text(&told, "event_id"), 1).await?;
    let by_new = message.signatures(text(&made, "secret"))?;
    let by_old = message.signatures(&webhook.secret)?;
    ensure(by_new == [true, false] && by_old == [false, true], || {
        format!("{by_new:?} {by_old:?}")
    })?;
    Ok(format!("until {}", text(&made, "previous_secret_until")))
}

async fn refused(world: &World) -> Result<String, Wrong> {
    let asked =
        json!({ "name": "Metadata", "url": "http://169.254.169.254/latest", "kinds": [KIND] });
    let problem = world.http.posted("/v1/webhooks", &asked, 422).await?;
    ensure(text(&problem, "code") == "webhook-url-denied", || problem.to_string())?;
    Ok(text(&problem, "detail").to_owned())
}

async fn removed(world: &World, webhook: &Webhook) -> Result<String, Wrong> {
    world.http.bare(Method::DELETE, &webhook.path, "*").await?.expect(204)?;
    world.http.get(&webhook.path).await?.expect(404)?;
    Ok(String::new())
}

/// A POST without a body.
async fn posted(world: &World, path: &str) -> Result<Value, Wrong> {
    world.http.bare(Method::POST, path, "*").await?.expect(200)?.json()
}

/// The delivery of an event, once it was taken.
async fn delivered(world: &World, webhook: &Webhook, event: &str) -> Result<Value, Wrong> {
    let path = format!("{}/deliveries?status=delivered", webhook.path);
    until(SOON, "the order's event is delivered", async || {
        let page = world.http.get(&path).await?.expect(200)?.json()?;
        Ok(list(&page, "items").into_iter().find(|one| text(one, "event_id") == event))
    })
    .await
}

impl Listener {
    async fn open() -> Result<Self, Wrong> {
        let inbox = Inbox::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hooks/walk", listener.local_addr()?);
        let router = Router::new().fallback(take).with_state(Arc::clone(&inbox));
        let task = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { inbox, url, task })
    }

    async fn about_the_order(&self) -> Result<Message, Wrong> {
        until(SOON, "the order's event comes", async || {
            let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(inbox.iter().find(|one| one.body.contains(NUMBER)).cloned())
        })
        .await
    }

    /// The `times`-th message with this id.
    async fn message(&self, id: &str, times: usize) -> Result<Message, Wrong> {
        let what = format!("message {id} comes for the {times}. time");
        until(SOON, &what, async || {
            let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
            let mut ours = inbox.iter().filter(|one| one.header("webhook-id") == id);
            Ok(ours.nth(times.saturating_sub(1)).cloned())
        })
        .await
    }
}

async fn take(
    State(inbox): State<Inbox>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, &'static str) {
    let mut inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
    inbox.push(Message { headers, body });
    (StatusCode::OK, "thanks")
}

impl Message {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// For each signature whether `secret` made it.
    fn signatures(&self, secret: &str) -> Result<Vec<bool>, Wrong> {
        let decode = |text: &str| STANDARD.decode(text).map_err(|error| Wrong(error.to_string()));
        let key = decode(secret.trim_start_matches("whsec_"))?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let (id, time) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        let signed = format!("{id}.{time}.{}", self.body);
        let all = self.header("webhook-signature").split(' ');
        all.map(|one| {
            let signature = decode(one.trim_start_matches("v1,"))?;
            Ok(hmac::verify(&key, signed.as_bytes(), &signature).is_ok())
        })
        .collect()
    }
}

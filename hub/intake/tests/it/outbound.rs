//! Tenders and settled bills going out: once, with the same bytes at every attempt, taken back, and told when they cannot go.

use core::time::Duration;
use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use caravan_event_log::append;
use caravan_events::{Envelope, Kind};
use caravan_hub_intake::{Outbound, router};
use caravan_hub_registry::{Environment, NewConnection};
use caravan_model::{ConnectionId, TraceId};
use caravan_tenancy::{Caller, TenantTx};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::world::{TENANT, World};

const PATIENCE: Duration = Duration::from_secs(30);

/// An order's event as the order service writes it.
fn event(kind: Kind, order: u128, version: u32, carrier: &str, answer: &str) -> Envelope {
    let number = format!("L-{order}");
    let place = |city: &str, postal: &str| json!({"city": city, "region": "MH", "postal_code": postal, "country": "IN"});
    let data = json!({
        "order_id": Uuid::from_u128(order).to_string(), "number": number, "version": version, "status": "tendered",
        "tender": {"number": 1, "carrier": carrier, "tendered_at": "2026-11-25T10:00:00Z", "respond_by": "2026-11-25T12:00:00Z", "answer": answer},
        "assignment": {"carrier": carrier, "by": "hand", "price": {"amount": "3895.00", "currency": "INR"}},
        "gross_weight": {"value": "820", "unit": "KGM"}, "packages": 6, "payment": "prepaid",
        "stops": [
            {"kind": "pickup", "name": "Pune Plant", "place": place("Pune", "411001"), "earliest": "2026-11-25T06:00:00+05:30"},
            {"kind": "delivery", "name": "Chennai Depot", "place": place("Chennai", "600002"), "latest": "2026-11-27T18:00:00+05:30"}
        ]
    });
    let cause = format!("{order}/{version}");
    Envelope::of_service(TENANT, kind, number, &cause, 1_000, None, data.to_string())
}

pub(crate) fn offered(order: u128, carrier: &str) -> Envelope {
    event(Kind::ORDER_TENDERED, order, 1, carrier, "open")
}

fn withdrawn(order: u128) -> Envelope {
    event(Kind::ORDER_TENDER_WITHDRAWN, order, 2, "DEMO", "withdrawn")
}

/// A bill's event as the settlement service writes it.
fn settled(invoice: u128, carrier: &str) -> Envelope {
    let id = Uuid::from_u128(invoice).to_string();
    let data = json!({
        "invoice": {"id": id, "carrier": carrier, "number": format!("INV-{invoice}"), "version": 1, "status": "settled",
                    "currency": "INR", "total": "40000.00", "billed_date": "2026-11-20", "updated_at": "2026-11-24T06:00:00Z"},
        "hand_over_id": Uuid::from_u128(0xF).to_string(),
        "approval": {"carrier": carrier, "freight": "40000.00", "tax_forward": "0.00", "tax_reverse": "2000.00",
                     "deducted": "800.00", "payable": "39200.00"},
        "bill": {
            "references": [{"kind": "purchase-order", "value": "4500001234"}],
            "lines": [{"line": "1", "code": "linehaul", "description": "Pune to Chennai", "amount": "40500.00"},
                      {"line": "2", "code": "discount", "amount": "-500.00"}],
            "taxes": [{"side": "reverse-charge", "kind": "IGST", "rate": "5", "amount": "2000.00"},
                      {"side": "withheld", "kind": "393(1) table 6(i)", "rate": "2", "amount": "800.00"}]
        }
    });
    let (kind, cause) = (Kind::FREIGHT_INVOICE_SETTLED, format!("{id}/1"));
    Envelope::of_service(TENANT, kind, id, &cause, 1_000, None, data.to_string())
}

/// The books, which a bill is brought into.
fn books() -> NewConnection {
    NewConnection {
        id: ConnectionId(Uuid::from_u128(0xE)),
        party: "demo-erp".to_owned(),
        name: "books".to_owned(),
        environment: Environment::Sandbox,
        endpoints: BTreeMap::new(),
        settings: json!({ "client": "800", "receiver_id": "ERPCLNT800" }),
        secrets: BTreeMap::new(),
        sftp: None,
        hook_token: None,
    }
}

impl World {
    pub(crate) async fn tell(&self, events: &[Envelope]) {
        let mut tx = TenantTx::begin(self.intake.database(), TENANT).await.unwrap();
        append(&mut tx, events).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn get(&self, path: &str) -> Vec<u8> {
        let (principal, scopes) = ("test".to_owned(), vec!["*".to_owned()]);
        let caller = Caller { tenant: TENANT, principal, scopes, trace: TraceId([1; 16]) };
        let request = Request::get(path).extension(caller).body(Body::empty()).unwrap();
        let response = router(self.intake.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()
    }

    /// Asks to have `message` sent again; answers the status and the body.
    async fn resend(&self, message: &Value, scopes: &[&str]) -> (u16, Value) {
        self.resend_because(message, scopes, "the carrier lost it").await
    }

    async fn resend_because(&self, message: &Value, scopes: &[&str], why: &str) -> (u16, Value) {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let principal = "test".to_owned();
        let caller = Caller { tenant: TENANT, principal, scopes, trace: TraceId([1; 16]) };
        let path = format!("/v1/outgoing/{}/resend", message["id"].as_str().unwrap());
        let body = Body::from(json!({"reason": why}).to_string());
        let request = Request::post(path).extension(caller);
        let request = request.header("content-type", "application/json").body(body).unwrap();
        let response = router(self.intake.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    async fn outgoing(&self) -> Vec<Value> {
        let page: Value = serde_json::from_slice(&self.get("/v1/outgoing").await).unwrap();
        page["items"].as_array().unwrap().clone()
    }

    async fn text(&self, message: &Value) -> String {
        let path = format!("/v1/outgoing/{}/raw", message["id"].as_str().unwrap());
        String::from_utf8(self.get(&path).await).unwrap()
    }

    /// Runs outbound until `right` holds of what is listed, newest first.
    pub(crate) async fn send_until(&self, right: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(Outbound::new(self.intake.clone()).run(shutdown.clone()));
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                let outgoing = self.outgoing().await;
                if right(&outgoing) {
                    return outgoing;
                }
                tokio::task::yield_now().await;
            }
        });
        let outgoing = waited.await.unwrap();
        shutdown.cancel();
        running.await.unwrap();
        outgoing
    }
}

fn all(status: &'static str) -> impl Fn(&[Value]) -> bool {
    move |messages| {
        !messages.is_empty() && messages.iter().all(|message| message["status"] == status)
    }
}

#[tokio::test]
async fn an_offer_goes_once_and_a_crash_in_between_sends_the_same_bytes() {
    let world = World::new().await;
    world.tell(&[offered(1, "demo")]).await;
    let sent = world.send_until(all("sent")).await;
    let text = world.text(&sent[0]).await;
    for part in [
        "B2**DEMO**L-1*K*PP",
        "*ZZ*CARAVAN-DEMO   *02*DEMO ",
        "GS*SM*",
        "Pune Plant",
        "Chennai Depot",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(world.outbox_files().await, 1);

    // As after a crash behind the writing of the bytes: the row still waits, its lease over.
    world
        .execute("UPDATE hub.outgoing SET status = 'waiting', lease_until = NULL, hash = NULL")
        .await;
    let again = world.send_until(all("sent")).await;
    assert_eq!(world.text(&again[0]).await, text);
    assert_eq!((again[0]["attempts"].as_i64(), world.outbox_files().await), (Some(2), 1));

    // Taken by the carrier, lost there, and offered once more: by who may, with a reason.
    world.execute("UPDATE hub.outbox_files SET collected_at = now()").await;
    assert!(world.outgoing().await[0]["collected_ms"].is_i64());
    assert_eq!(world.resend(&again[0], &["documents:write"]).await.0, 403);
    let (status, shown) = world.resend(&again[0], &["documents:replay"]).await;
    assert_eq!((status, &shown["collected_ms"]), (200, &Value::Null), "{shown}");
}

#[tokio::test]
async fn what_was_sent_is_withdrawn_by_a_message_and_what_was_not_is_never_sent() {
    let world = World::new().await;
    world.tell(&[offered(1, "DEMO")]).await;
    world.send_until(all("sent")).await;
    world.tell(&[withdrawn(1), offered(2, "DEMO"), withdrawn(2)]).await;
    let outgoing = world.send_until(|messages| {
        messages.len() == 3 && messages.iter().all(|message| message["status"] != "waiting")
    });
    let outgoing = outgoing.await;
    let of = |number: &str, purpose: &str| {
        outgoing.iter().find(|one| one["number"] == number && one["purpose"] == purpose)
    };
    assert_eq!(of("L-2", "original").unwrap()["status"], "withdrawn");
    assert!(of("L-2", "cancel").is_none());
    let text = world.text(of("L-1", "cancel").unwrap()).await;
    assert!(text.contains("B2A*01") && text.contains("B2**DEMO**L-1"), "{text}");
    assert_eq!(world.outbox_files().await, 2);
    let control = |message: &Value| message["file_name"].as_str().unwrap().to_owned();
    let (first, second) = (of("L-1", "original").unwrap(), of("L-1", "cancel").unwrap());
    assert!(control(first) < control(second), "control numbers go up");
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_to_the_order() {
    let world = World::new().await;
    world.tell(&[offered(1, "NOBODY"), offered(2, "DHL")]).await;
    let failed = world.send_until(|messages| messages.len() == 2 && all("failed")(messages)).await;
    let why = |number: &str| {
        let found = failed.iter().find(|one| one["number"] == number).unwrap();
        (found["failure"]["class"].clone(), found["failure"]["text"].to_string())
    };
    let (class, text) = why("L-1");
    assert!(
        class == "config" && text.contains("there is no connection to NOBODY"),
        "{class} {text}"
    );
    assert!(why("L-2").1.contains("cannot write tenders"), "{}", why("L-2").1);
    let told = world
        .texts(
            "SELECT data FROM log.events WHERE topic = 'caravan.tender.undeliverable' ORDER BY key",
        )
        .await;
    assert_eq!(told.len(), 2);
    let told: Value = serde_json::from_str(&told[0]).unwrap();
    assert_eq!((told["number"].as_str(), told["carrier"].as_str()), (Some("L-1"), Some("NOBODY")));
    assert_eq!(world.outbox_files().await, 0);
    // Tried anew, it fails anew, and that is told anew.
    let message = failed.iter().find(|one| one["number"] == "L-1").unwrap();
    assert_eq!(world.resend(message, &["*"]).await.1["status"], "waiting");
    world.send_until(|messages| all("failed")(messages)).await;
    assert_eq!(world.resend(message, &["*"]).await.0, 200);
}

/// A problem, as its status and code.
fn refused((status, body): (u16, Value)) -> (u16, String) {
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn what_was_taken_back_is_not_sent_again() {
    let world = World::new().await;
    world.tell(&[offered(1, "DEMO"), offered(2, "NOBODY")]).await;
    let ended = |status: &Value| status == "sent" || status == "failed";
    world.send_until(|all| all.len() == 2 && all.iter().all(|one| ended(&one["status"]))).await;
    world.tell(&[withdrawn(1), withdrawn(2)]).await;
    let outgoing = world.send_until(|all| {
        all.len() == 3
            && !all.iter().any(|one| one["status"] == "waiting" || one["status"] == "failed")
    });
    let outgoing = outgoing.await;
    let of = |number: &str, purpose: &str| {
        outgoing.iter().find(|one| one["number"] == number && one["purpose"] == purpose).unwrap()
    };
    // The one whose carrier knows of it is withdrawn there, the one that never went is so here.
    assert_eq!(of("L-1", "original")["status"], "sent");
    assert_eq!(of("L-2", "original")["status"], "withdrawn");
    world.execute("UPDATE hub.outbox_files SET collected_at = now()").await;
    for message in [of("L-1", "original"), of("L-2", "original")] {
        let (status, problem) = world.resend(message, &["*"]).await;
        assert_eq!((status, &problem["code"]), (409, &json!("outgoing-state")), "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.contains("taken back") && detail.contains("tender the order anew"),
            "{detail}"
        );
    }
    let offered_again = "SELECT name FROM hub.outbox_files WHERE collected_at IS NULL";
    assert_eq!(world.texts(offered_again).await, Vec::<String>::new());
    // The withdrawal itself may have been lost at the carrier.
    assert_eq!(world.resend(of("L-1", "cancel"), &["*"]).await.0, 200);
    assert_eq!(
        world.texts(offered_again).await,
        [of("L-1", "cancel")["file_name"].as_str().unwrap()]
    );
}

#[tokio::test]
async fn a_resend_has_a_reason_and_a_state_and_is_in_the_trail() {
    let world = World::new().await;
    world.tell(&[offered(1, "NOBODY")]).await;
    let failed = world.send_until(all("failed")).await;
    for reason in ["", "  ", &"x".repeat(501)] {
        let answer = world.resend_because(&failed[0], &["*"], reason).await;
        assert_eq!(refused(answer), (422, "reason-missing".to_owned()), "{reason:?}");
    }
    assert_eq!(world.resend_because(&failed[0], &["*"], " a connection was made ").await.0, 200);
    // It waits now, and is on its way without anybody's help.
    let answer = world.resend(&failed[0], &["*"]).await;
    assert_eq!(refused(answer), (409, "outgoing-state".to_owned()));
    let trail = "SELECT actor || ' ' || subject || ' ' || detail FROM audit.entries WHERE action = 'outgoing.resent'";
    let trail = world.audited(trail).await;
    assert_eq!(trail.len(), 1, "{trail:?}");
    let (id, entry) = (failed[0]["id"].as_str().unwrap(), &trail[0]);
    let (who, detail) = entry.split_once('{').unwrap();
    assert_eq!(who, format!("test outgoing/{id} "));
    let detail: Value = serde_json::from_str(&format!("{{{detail}")).unwrap();
    assert_eq!(
        detail,
        json!({"number": "L-1", "was": "failed", "reason": "a connection was made"})
    );
}

#[tokio::test]
async fn a_settled_bill_goes_to_the_books_once_they_are_there() {
    let world = World::new().await;
    world.tell(&[settled(1, "DEMO"), settled(1, "DEMO")]).await;
    // Without books its file is the way, which is no failure.
    let waits = world.send_until(all("unaddressed")).await;
    assert_eq!((waits.len(), &waits[0]["failure"]), (1, &Value::Null), "{waits:?}");
    world.intake.registry().connections().put(TENANT, &books()).await.unwrap();
    assert_eq!(world.resend(&waits[0], &["*"]).await.1["status"], "waiting");
    let sent = world.send_until(all("sent")).await;
    let shown = &sent[0];
    assert_eq!(
        (&shown["about"], &shown["number"], &shown["carrier"], shown.get("order_id")),
        (&json!("settled-bill"), &json!("INV-1"), &json!("DEMO"), None),
        "{shown}"
    );
    assert_eq!(shown["invoice_id"], json!(Uuid::from_u128(1)));
    assert!(shown["file_name"].as_str().unwrap().starts_with("INVOIC02_"), "{shown}");
    let text = world.text(shown).await;
    for part in [
        "<MANDT>800</MANDT>",
        "<MESTYP>INVOIC</MESTYP>",
        "<RCVPRN>ERPCLNT800</RCVPRN>",
        "<BSART>INVO</BSART><BELNR>INV-1</BELNR>",
        "<LIFNR>0000100042</LIFNR>",
        "<IDTNR>FRT-LINEHAUL</IDTNR><KTEXT>Pune to Chennai</KTEXT>",
        "<BETRG>500.00-</BETRG>",
        "<MWSKZ>R05</MWSKZ>",
        "payable: 39200.00 INR",
        "<SUMID>011</SUMID><SUMME>40000.00</SUMME>",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(world.outbox_files().await, 1);
    // As after a crash behind the writing of the bytes: the same bytes again, under the same name.
    world
        .execute("UPDATE hub.outgoing SET status = 'waiting', lease_until = NULL, hash = NULL")
        .await;
    let again = world.send_until(all("sent")).await;
    assert_eq!(world.text(&again[0]).await, text);
    assert_eq!(world.outbox_files().await, 1);
    let page = world.get("/v1/outgoing?about=tender").await;
    assert_eq!(serde_json::from_slice::<Value>(&page).unwrap()["items"], json!([]));
}

#[tokio::test]
async fn a_bill_that_the_books_cannot_take_says_why_and_an_old_event_asks_for_nothing() {
    let world = World::new().await;
    world.intake.registry().connections().put(TENANT, &books()).await.unwrap();
    let mut old: Value = serde_json::from_str(&settled(2, "DEMO").data).unwrap();
    old.as_object_mut().unwrap().remove("bill");
    let old = Envelope { data: old.to_string(), ..settled(2, "DEMO") };
    world.tell(&[old, settled(1, "NOBODY")]).await;
    let failed = world.send_until(all("failed")).await;
    assert_eq!((failed.len(), &failed[0]["number"]), (1, &json!("INV-1")));
    assert_eq!(failed[0]["failure"]["code"], "bill-not-fit");
    let text = failed[0]["failure"]["text"].as_str().unwrap();
    assert!(text.contains("add NOBODY=number to the connection's setting vendors"), "{text}");
    assert_eq!(world.outbox_files().await, 0);
    let told =
        world.texts("SELECT data FROM log.events WHERE topic = 'caravan.tender.undeliverable'");
    assert!(told.await.is_empty(), "no order is concerned");
}

//! One order from its contract to its delivery: priced, approved, offered, dispatched, moved by the carrier's own 214.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{Http, list, number, text};
use crate::report::Report;
use crate::samples;
use crate::wait::until;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

const SOON: Duration = Duration::from_secs(10);
/// The order that settlement goes on with.
pub(super) const NUMBER: &str = "WALK-1";
/// The PRO number under which the carrier moves and bills it.
pub(super) const PRO: &str = "PROWALK1";
/// The demo carrier, as its documents name it.
pub(crate) const CARRIER: &str = "DEMO";

/// What a caller sends to have goods moved from Pune to Chennai.
pub(crate) fn order(number: &str) -> Value {
    json!({
        "number": number, "kind": "delivery", "equipment": "32FT-MXL",
        "gross_weight": { "value": "820", "unit": "KGM" }, "packages": 6,
        "stops": [
            { "kind": "pickup", "name": "Demo Traders, Pune",
              "place": { "city": "Pune", "region": "MH", "postal_code": "411001", "country": "IN" },
              "earliest": "2026-11-25T06:00:00+05:30", "latest": "2026-11-25T12:00:00+05:30" },
            { "kind": "delivery", "name": "Chennai Stores",
              "place": { "city": "Chennai", "region": "TN", "postal_code": "600001", "country": "IN" },
              "earliest": "2026-11-28T09:00:00+05:30", "latest": "2026-11-28T18:00:00+05:30" }
        ]
    })
}

pub(super) async fn walk(report: &mut Report, world: &World) {
    report.step("a rate contract is published and prices a lane", contract(&world.http)).await;
    report.step("an order is placed once, however often it is sent", placed(world)).await;
    report.step("an order without a delivery stop is told what is missing", bad(world)).await;
    report
        .step("a PIN code that India Post lacks is approved with a reason only", doubted(world))
        .await;
    report.step("two people edit one order: the second gets both versions", edited(world)).await;
    report.step("it is approved, and assigned to the cheapest carrier", assigned(world)).await;
    report.step("it is offered by 204, and the carrier accepts by 990", accepted(world)).await;
    report.step("another carrier's answer is not taken for its own", foreign(world)).await;
    report.step("a declined offer and a silent one go back", declined(world)).await;
    report.step("it is dispatched with its LR", dispatched(world)).await;
    report.step("the carrier's 214 delivers it", delivered(world)).await;
    report.step("an order from the ERP's IDoc is in the list", from_erp(world)).await;
    report.step("a cancelled order takes no further command", cancelled(world)).await;
}

/// Publishes the carrier's contract, and has it price a lane.
pub(crate) async fn contract(http: &Http) -> Result<String, Wrong> {
    let terms = json!({
        "carrier": CARRIER, "name": "Walk road", "currency": "USD", "valid_from": "2020-01-01",
        "lanes": [
            { "line": 1, "origin": { "country": "IN", "region": "MH" }, "destination": { "country": "IN", "region": "TN" },
              "slabs": [ { "up_to": "500", "per": "kg", "amount": "6.00" }, { "per": "kg", "amount": "4.75" } ],
              "minimum": "450.00" }
        ],
        "tolerance": { "absolute": "1.00", "percent": "0.5" }
    });
    let made = http.change(Method::POST, "/v1/rate-contracts", &terms).await?.expect(201)?;
    let etag = made.header("etag").to_owned();
    let made = made.json()?;
    let (id, version) = (text(&made, "contract_id").to_owned(), number(&made, "version"));
    let path = format!("/v1/rate-contracts/{id}/versions/{version}/publish");
    http.bare(Method::POST, &path, &etag).await?.expect(200)?;
    let asked = json!({
        "ship_date": "2026-11-25", "weight_kg": "820",
        "origin": { "country": "IN", "region": "MH" }, "destination": { "country": "IN", "region": "TN" }
    });
    let quotes = http.posted("/v1/rates/quote", &asked, 200).await?;
    let shown = quotes.to_string();
    ensure(shown.contains("3895.00"), || shown.clone())?;
    Ok("820 kg × 4.75 = 3895.00 USD".to_owned())
}

/// The order with this number.
pub(super) async fn found(world: &World, number: &str) -> Result<Option<Value>, Wrong> {
    let page = world.http.get(&format!("/v1/orders?q={number}")).await?.expect(200)?.json()?;
    Ok(list(&page, "items").into_iter().find(|each| text(each, "number") == number))
}

/// The order, with its history, once it is in this state.
pub(super) async fn in_state(world: &World, number: &str, state: &str) -> Result<Value, Wrong> {
    let id = until(SOON, &format!("order {number} is {state}"), async || {
        let order = found(world, number).await?;
        let there = order.filter(|order| text(order, "status") == state);
        Ok(there.map(|order| text(&order, "id").to_owned()))
    })
    .await?;
    world.http.get(&format!("/v1/orders/{id}")).await?.expect(200)?.json()
}

async fn placed(world: &World) -> Result<String, Wrong> {
    let body = serde_json::to_vec(&order(NUMBER))?;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer =
            world.http.keyed("/v1/orders", "walk-order", body.clone()).await?.expect(201)?;
        ids.push(text(&answer.json()?, "id").to_owned());
    }
    ensure(ids.first() == ids.last(), || format!("{ids:?}"))?;
    Ok(String::new())
}

async fn bad(world: &World) -> Result<String, Wrong> {
    let mut wrong = order("WALK-BAD");
    if let Some(stops) = wrong.get_mut("stops").and_then(Value::as_array_mut) {
        stops.truncate(1);
    }
    let problem =
        world.http.change(Method::POST, "/v1/orders", &wrong).await?.expect(422)?.json()?;
    let errors = list(&problem, "errors");
    ensure(!errors.is_empty(), || problem.to_string())?;
    Ok(errors.first().map(|error| text(error, "message").to_owned()).unwrap_or_default())
}

async fn doubted(world: &World) -> Result<String, Wrong> {
    let mut odd = order("WALK-PIN");
    if let Some(code) = odd.pointer_mut("/stops/1/place/postal_code") {
        *code = json!("600999");
    }
    let placed = world.http.posted("/v1/orders", &odd, 201).await?;
    let path = format!("/v1/orders/{}/approve", text(&placed, "id"));
    let refused = world.http.posted(&path, &json!({}), 422).await?;
    ensure(text(&refused, "code") == "order-doubtful", || refused.to_string())?;
    let said = list(&refused, "errors").first().map(|error| text(error, "message").to_owned());
    let reason = json!({ "reason": "a new office" });
    let approved = world.http.posted(&path, &reason, 200).await?;
    ensure(text(&approved, "status") == "approved", || approved.to_string())?;
    said.ok_or_else(|| Wrong(refused.to_string()))
}

async fn edited(world: &World) -> Result<String, Wrong> {
    let order_now = in_state(world, NUMBER, "indent").await?;
    let path = format!("/v1/orders/{}", text(&order_now, "id"));
    let mut changed = order(NUMBER);
    if let Some(content) = changed.as_object_mut() {
        content.insert("notes".to_owned(), json!("first"));
    }
    let version = number(&order_now, "version").to_string();
    world.http.put_if(&path, &version, &changed).await?.expect(200)?;
    let late = world.http.put_if(&path, &version, &changed).await?.expect(412)?.json()?;
    ensure(late.get("current").is_some(), || late.to_string())?;
    Ok(text(&late, "code").to_owned())
}

/// Sends a command and gives back the order.
async fn command(world: &World, number: &str, name: &str, body: &Value) -> Result<Value, Wrong> {
    let order = found(world, number).await?.ok_or_else(|| Wrong::new("there is no such order"))?;
    let path = format!("/v1/orders/{}/{name}", text(&order, "id"));
    world.http.posted(&path, body, 200).await
}

async fn assigned(world: &World) -> Result<String, Wrong> {
    command(world, NUMBER, "approve", &json!({})).await?;
    let order = found(world, NUMBER).await?.ok_or_else(|| Wrong::new("there is no such order"))?;
    let path = format!("/v1/orders/{}/assign", text(&order, "id"));
    // Orders learn of a contract by its event.
    let order = until(SOON, "a rate is known for it", async || {
        let answer = world.http.change(Method::POST, &path, &json!({})).await?;
        if answer.text().contains("\"no-rate\"") {
            Ok(None)
        } else {
            answer.expect(200)?.json().map(Some)
        }
    })
    .await?;
    ensure(text(&order, "carrier") == CARRIER, || order.to_string())?;
    let shown = order.to_string();
    ensure(shown.contains("3895.00"), || shown.clone())?;
    Ok(format!("{CARRIER} for 3895.00 USD"))
}

async fn accepted(world: &World) -> Result<String, Wrong> {
    command(world, NUMBER, "tender", &json!({ "respond_within_min": 30 })).await?;
    let order = in_state(world, NUMBER, "accepted").await?;
    let shown = order.to_string();
    ensure(shown.contains(PRO), || shown.clone())?;
    let sent =
        world.http.get(&format!("/v1/outgoing?number={NUMBER}")).await?.expect(200)?.json()?;
    let message = list(&sent, "items").first().cloned().unwrap_or_default();
    let path = format!("/v1/outgoing/{}/raw", text(&message, "id"));
    let bytes = world.http.get(&path).await?.expect(200)?.text();
    ensure(bytes.contains("ST*204*") && bytes.contains(NUMBER), || bytes.clone())?;
    Ok(format!("{}, answered with PRO {PRO}", text(&message, "file_name")))
}

/// Brings a new order to its offer.
async fn offered(world: &World, number: &str) -> Result<(), Wrong> {
    world.http.posted("/v1/orders", &order(number), 201).await?;
    command(world, number, "approve", &json!({})).await?;
    command(world, number, "assign", &json!({ "carrier": CARRIER })).await?;
    command(world, number, "tender", &json!({ "respond_within_min": 30 })).await?;
    Ok(())
}

async fn foreign(world: &World) -> Result<String, Wrong> {
    let number = "WALK-SILENT-1";
    offered(world, number).await?;
    let answer = samples::made_990(77, "ODFL", number);
    world.carrier.put("foreign990.edi", &answer).await?;
    let document = world.http.ended("foreign990.edi").await?;
    let shown = document.to_string();
    ensure(shown.contains("tender-answer-foreign"), || shown.clone())?;
    in_state(world, number, "tendered").await?;
    Ok(String::new())
}

async fn declined(world: &World) -> Result<String, Wrong> {
    let number = "WALK-DECLINE-1";
    offered(world, number).await?;
    let order = in_state(world, number, "assigned").await?;
    let shown = order.to_string();
    ensure(shown.contains("declined"), || shown.clone())?;
    // Nobody answers the other one; it is taken back, and the carrier is told by a cancelling 204.
    let why = json!({ "reason": "the carrier is silent" });
    command(world, "WALK-SILENT-1", "withdraw", &why).await?;
    let path = "/v1/outgoing?number=WALK-SILENT-1";
    until(SOON, "the withdrawal is sent", async || {
        let sent = world.http.get(path).await?.expect(200)?.json()?;
        let is_sent =
            |one: &&Value| text(one, "purpose") == "cancel" && text(one, "status") == "sent";
        Ok(list(&sent, "items").iter().find(is_sent).map(|_| ()))
    })
    .await?;
    Ok(String::new())
}

async fn dispatched(world: &World) -> Result<String, Wrong> {
    let vehicle = json!({ "lr_number": "LR-WALK-1", "vehicle": "MH 12 AB 1234", "pro": PRO });
    let order = command(world, NUMBER, "dispatch", &vehicle).await?;
    ensure(text(&order, "status") == "dispatched", || order.to_string())?;
    Ok(String::new())
}

async fn delivered(world: &World) -> Result<String, Wrong> {
    world.carrier.put("walk.edi", &samples::made_214(91, &[PRO.to_owned()])).await?;
    let order = in_state(world, NUMBER, "delivered").await?;
    let history = list(&order, "history");
    ensure(history.len() >= 6, || order.to_string())?;
    Ok(format!("{} lines of history", history.len()))
}

async fn from_erp(world: &World) -> Result<String, Wrong> {
    let order = in_state(world, samples::ORDER_NUMBER, "indent").await?;
    Ok(format!("order {}", text(&order, "number")))
}

async fn cancelled(world: &World) -> Result<String, Wrong> {
    world.http.posted("/v1/orders", &order("WALK-2"), 201).await?;
    command(world, "WALK-2", "cancel", &json!({ "reason": "the customer called it off" })).await?;
    let order = in_state(world, "WALK-2", "cancelled").await?;
    let path = format!("/v1/orders/{}/approve", text(&order, "id"));
    let problem = world.http.change(Method::POST, &path, &json!({})).await?.expect(409)?.json()?;
    Ok(text(&problem, "detail").to_owned())
}

//! Exceptions follow from the facts: neither batches, nor repeated scans, nor that a shipment turns out to be another lose one.

use caravan_events::{Envelope, Kind};
use caravan_model::{Direction, Milestone, Status, TenantId};
use serde_json::{Value, json};

use crate::world::{A, B, World, event, milestone};

const DAY_MS: i64 = 86_400_000;

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn wrong(reference: &str, reason: &str, minute: i64) -> Milestone {
    let reason = Some(reason.to_owned());
    Milestone { reason, ..milestone(&[reference], Status::Exception, minute) }
}

/// A few facts of one shipment, in the order of arrival.
fn facts(dice: &mut Dice, reference: &str) -> Vec<Milestone> {
    let all = [
        Status::InTransit,
        Status::Exception,
        Status::Exception,
        Status::DeliveryAttempted,
        Status::Delayed,
        Status::Arrived,
        Status::Delivered,
    ];
    let one = |_| {
        let status = all[usize::try_from(dice.below(7)).unwrap()];
        let minute = i64::try_from(dice.below(30)).unwrap();
        let reason = ["goods-damaged", "customs", ""][usize::try_from(dice.below(3)).unwrap()];
        let back = dice.below(6) == 0;
        Milestone {
            direction: if back { Direction::Return } else { Direction::Forward },
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
            ..milestone(&[reference], status, minute)
        }
    };
    (0..6).map(one).collect()
}

/// What a tenant's exceptions say, in an order of their own.
async fn told(world: &World, tenant: TenantId) -> Vec<String> {
    let (status, _, page) = world.get(tenant, "/v1/exceptions?limit=200").await;
    assert_eq!((status, &page["next"]), (200, &Value::Null), "all on one page");
    let one = |one: &Value| {
        let words =
            ["reference", "cause", "since", "status", "rule", "detail", "version", "opened_at"];
        let words: Vec<String> = words.iter().map(|word| one[word].to_string()).collect();
        words.join(" ")
    };
    let mut all: Vec<String> = page["items"].as_array().unwrap().iter().map(one).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn however_facts_come_in_batches_the_exceptions_are_the_same() {
    let world = World::new().await;
    let (mut dice, now_ms) = (Dice(7), now_ms());
    let mut arriving: Vec<Milestone> = Vec::new();
    for number in 0..16 {
        arriving.extend(facts(&mut dice, &format!("pro {}", 100 + number)));
    }
    let events = |tenant| -> Vec<Envelope> {
        let heard = (now_ms..).zip(arriving.iter().cloned());
        heard.map(|(at_ms, milestone)| event(tenant, milestone, at_ms)).collect()
    };
    world.tell(&events(A)).await;
    let mut rest = &events(B)[..];
    while !rest.is_empty() {
        let many = usize::try_from(1 + dice.below(12)).unwrap().min(rest.len());
        let (batch, later) = rest.split_at(many);
        world.tell(batch).await;
        rest = later;
    }
    let whole = told(&world, A).await;
    for cause in ["damage", "problem", "failed-attempt", "delay", "return"] {
        assert!(whole.iter().any(|one| one.contains(cause)), "{cause} is not among {whole:?}");
    }
    assert_eq!(whole, told(&world, B).await);
}

#[tokio::test]
async fn damage_is_told_although_the_goods_went_on_in_the_same_batch() {
    let world = World::new().await;
    let now_ms = now_ms();
    let batch = [
        event(A, wrong("pro 1", "goods-damaged", 10), now_ms),
        event(A, wrong("pro 1", "customs", 20), now_ms + 1),
        event(A, milestone(&["pro 1"], Status::Departed, 30), now_ms + 2),
    ];
    world.tell(&batch).await;
    let (_, _, page) = world.get(A, "/v1/exceptions?cause=damage").await;
    let damage = &page["items"][0];
    assert_eq!(
        (&damage["status"], &damage["since"]),
        (&json!("open"), &json!("1970-01-01T00:10:00Z"))
    );
    assert_eq!(damage["detail"], "the carrier reports an exception: goods-damaged");
    let (_, _, page) = world.get(A, "/v1/exceptions?cause=problem").await;
    assert_eq!(page["items"][0]["status"], "resolved", "it went on");
}

#[tokio::test]
async fn a_return_that_a_person_resolved_stays_so_on_the_way_back() {
    let world = World::new().await;
    let now_ms = now_ms();
    let back = |status, minute| Milestone {
        direction: Direction::Return,
        ..milestone(&["pro 1"], status, minute)
    };
    world.tell(&[event(A, back(Status::InTransit, 10), now_ms)]).await;
    let (_, _, page) = world.get(A, "/v1/exceptions?status=open").await;
    let path = format!("/v1/exceptions/{}", page["items"][0]["id"].as_str().unwrap());
    let resolve = json!({"action": "resolve", "reason": "agreed"});
    assert_eq!(world.post(&path, page["items"][0]["version"].as_i64(), resolve).await.0, 200);
    world.tell(&[event(A, back(Status::Arrived, 20), now_ms + 60_000)]).await;
    let (_, _, page) = world.get(A, "/v1/exceptions?status=open").await;
    assert_eq!(page["items"], json!([]));
    // The other way again, and back once more: that is another return.
    let again = [
        event(A, milestone(&["pro 1"], Status::Departed, 30), now_ms + 60_001),
        event(A, back(Status::Departed, 40), now_ms + 60_002),
    ];
    world.tell(&again).await;
    let (_, _, page) = world.get(A, "/v1/exceptions?status=open&cause=return").await;
    assert_eq!(page["items"][0]["since"], "1970-01-01T00:40:00Z");
}

#[tokio::test]
async fn goods_that_are_scanned_again_and_again_at_one_place_are_halted() {
    let world = World::new().await;
    let (service, now_ms) = (world.start(), now_ms());
    let scans = [
        event(A, milestone(&["pro 1"], Status::Arrived, 10), now_ms - 2 * DAY_MS),
        event(A, milestone(&["pro 1"], Status::Arrived, 20), now_ms - 1_000),
    ];
    world.append(&scans).await;
    let right = |page: &Value| page["items"][0]["cause"] == "halt";
    world.until("/v1/exceptions?status=open", right).await;
    service.abort();
}

#[tokio::test]
async fn exceptions_go_over_to_the_shipment_that_theirs_turned_out_to_be() {
    let world = World::new().await;
    let now_ms = now_ms();
    let attempt = |reference, minute| {
        event(A, milestone(&[reference], Status::DeliveryAttempted, minute), now_ms + minute)
    };
    world.tell(&[attempt("pro 1", 10), attempt("bol 2", 20)]).await;
    let damage = event(A, wrong("bol 2", "goods-damaged", 5), now_ms + 30);
    let damage_too = event(A, wrong("pro 1", "goods-damaged", 5), now_ms + 30);
    let late = event(A, wrong("bol 2", "customs", 40), now_ms + 31);
    world.tell(&[damage, damage_too, late]).await;
    let (_, _, page) = world.get(A, "/v1/exceptions?cause=damage").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 2, "{page}");
    for one in page["items"].as_array().unwrap() {
        let path = format!("/v1/exceptions/{}", one["id"].as_str().unwrap());
        let take = json!({"action": "assign", "owner": one["reference"]});
        let (status, taken) = world.post(&path, one["version"].as_i64(), take).await;
        assert_eq!(status, 200, "{taken}");
        let words =
            json!({"action": "comment", "text": format!("photo of {}", taken["reference"])});
        assert_eq!(world.post(&path, taken["version"].as_i64(), words).await.0, 200);
    }
    let both = milestone(&["pro 1", "bol 2"], Status::InTransit, 50);
    world.tell(&[event(A, both, now_ms + 60)]).await;

    let (_, _, page) = world.get(A, "/v1/exceptions?status=open").await;
    let open = page["items"].as_array().unwrap();
    let of: Vec<_> =
        open.iter().map(|one| (one["cause"].as_str(), one["reference"].as_str())).collect();
    assert_eq!(of.len(), 1, "two reports of the same damage are one: {page}");
    let path = format!("/v1/exceptions/{}", open[0]["id"].as_str().unwrap());
    let (_, _, shown) = world.get(A, &path).await;
    let lines = shown["history"].as_array().unwrap();
    let said: Vec<&str> = lines.iter().filter_map(|line| line["text"].as_str()).collect();
    for number in ["1", "2"] {
        let words = format!("photo of \"{number}\"");
        assert!(said.contains(&words.as_str()), "{words} is not among {said:?}");
    }
    let joined = lines.iter().find(|line| line["action"] == "joined").unwrap();
    assert_eq!(joined["text_kind"], "joined");
    let by_person = lines.iter().find(|line| line["action"] == "commented").unwrap();
    assert_eq!(by_person.get("text_kind"), None, "a person's words have no kind: {by_person}");
    assert!(!shown["owner"].is_null());
    let (_, _, page) = world.get(A, "/v1/exceptions?cause=damage&status=resolved").await;
    let old = &page["items"][0];
    assert!(old["resolution"].as_str().unwrap().contains("turned out to be"), "{old}");
    assert_eq!(joined["text_values"], json!({ "exception": old["id"], "name": old["reference"] }));
    let told = json!({ "exception": open[0]["id"], "name": open[0]["reference"] });
    assert_eq!(
        (&old["resolution_kind"], &old["resolution_values"]),
        (&json!("joined-another"), &told)
    );
    let (_, _, page) = world.get(A, "/v1/exceptions?cause=problem").await;
    let path = format!("/v1/exceptions/{}", page["items"][0]["id"].as_str().unwrap());
    let (_, _, problem) = world.get(A, &path).await;
    let actions = problem["history"].as_array().unwrap().iter();
    let actions: Vec<&str> = actions.map(|line| line["action"].as_str().unwrap()).collect();
    let survived = ["opened", "resolved"];
    assert!(actions == survived || actions == ["opened", "moved", "resolved"], "{actions:?}");
    let moved =
        problem["history"].as_array().unwrap().iter().find(|line| line["action"] == "moved");
    assert!(
        moved.is_none_or(|line| line["text_kind"] == "moved"
            && line["text_values"]["name"] == problem["reference"]),
        "{problem}"
    );
    assert_eq!(world.violations().await, Vec::<String>::new());
}

/// Order `number` promises the delivery of PRO 7 until `latest`.
fn promise(number: &str, status: &str, latest: &str, time_ms: i64) -> Envelope {
    promise_of(&["7"], number, status, latest, time_ms)
}

/// The same for each of `pros`.
fn promise_of(pros: &[&str], number: &str, status: &str, latest: &str, time_ms: i64) -> Envelope {
    let references: Vec<Value> =
        pros.iter().map(|pro| json!({"kind": "pro", "value": pro})).collect();
    let data = json!({
        "number": number, "status": status, "references": references,
        "planned_delivery": {"latest": latest}
    });
    let cause = format!("{number}/{time_ms}");
    let kind = Kind::ORDER_DISPATCHED;
    Envelope::of_service(A, kind, number.to_owned(), &cause, time_ms, None, data.to_string())
}

#[tokio::test]
async fn a_shipment_that_is_first_heard_of_after_its_orders_has_the_earliest_promise() {
    let world = World::new().await;
    let (service, now_ms) = (world.start(), now_ms());
    let (early, late) = ("2090-01-01T18:00:00Z", "2090-01-05T18:00:00Z");
    // Two shipments that are there show when each order's promises are stored.
    for pro in ["5", "6"] {
        let reference = format!("pro {pro}");
        world.append(&[event(A, milestone(&[&reference], Status::InTransit, 10), now_ms)]).await;
    }
    world.append(&[promise_of(&["5", "7"], "O-1", "dispatched", early, 1)]).await;
    world.append(&[promise_of(&["6", "7"], "O-2", "dispatched", late, 2)]).await;
    for (pro, latest) in [("5", early), ("6", late)] {
        let path = format!("/v1/shipments/{pro}/timeline");
        world.until(&path, |shown| shown["promised_by"] == latest).await;
    }
    world.append(&[event(A, milestone(&["pro 7"], Status::InTransit, 10), now_ms)]).await;
    let shown = |shown: &Value| shown["promised_by"] == early;
    world.until("/v1/shipments/7/timeline", shown).await;
    service.abort();
}

#[tokio::test]
async fn of_several_orders_the_earliest_promise_counts_until_it_is_taken_back() {
    let world = World::new().await;
    let (service, now_ms) = (world.start(), now_ms());
    world.append(&[event(A, milestone(&["pro 7"], Status::InTransit, 10), now_ms)]).await;
    let (early, late) = ("2090-01-01T18:00:00Z", "2090-01-05T18:00:00Z");
    let path = "/v1/shipments/7/timeline";
    world.append(&[promise("O-1", "dispatched", early, 1)]).await;
    world.until(path, |shown| shown["promised_by"] == early).await;
    let marker = event(A, milestone(&["pro 7"], Status::Arrived, 20), now_ms + 1);
    world.append(&[promise("O-2", "dispatched", late, 2), marker]).await;
    world.until(path, |shown| shown["status"] == "arrived").await;
    world.append(&[promise("O-3", "dispatched", "2090-01-03T18:00:00Z", 3)]).await;
    world.append(&[promise("O-1", "cancelled", early, 4)]).await;
    let of_others = |shown: &Value| shown["promised_by"] == "2090-01-03T18:00:00Z";
    world.until(path, of_others).await;
    world.append(&[promise("O-3", "cancelled", early, 5)]).await;
    world.until(path, |shown| shown["promised_by"] == late).await;
    service.abort();
}

//! Documents as people look for them: by what is in them, compared, saved as a fixture.

use axum::body::to_bytes;
use caravan_hub_intake::Worker;
use caravan_model::{ConnectionId, TenantId};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::connections::Asking;
use crate::world::{CARRIER, NUMBER, TEN_EVENTS, TENANT, World, motor_carrier};

const EDI: &str =
    include_str!("../../../../fixtures/parties/demo-carrier/x12-214/appointments/input.edi");

fn as_owner(world: &World) -> Asking<'_> {
    Asking { world, tenant: TENANT, scopes: &["*"] }
}

/// Hands the carrier's file over and waits for its end.
async fn drop_file(world: &World, name: &str, bytes: &str) -> String {
    drop_into(world, "demo-carrier", name, bytes).await
}

async fn drop_into(world: &World, connection: &str, name: &str, bytes: &str) -> String {
    let stop = CancellationToken::new();
    let running = tokio::spawn(Worker::new(world.intake.clone(), 1).run(stop.clone()));
    let path = format!("/v1/connections/{connection}/documents");
    let id = as_owner(world).hand_over(&path, name, bytes).await;
    stop.cancel();
    running.await.unwrap();
    id
}

impl Asking<'_> {
    /// The names of the documents that a query finds.
    async fn names(&self, query: &str) -> Vec<String> {
        let found = self.get(&format!("/v1/documents?{query}")).await;
        assert_eq!(found.status, 200, "{query}: {}", found.body);
        let items = found.body["items"].as_array().unwrap().iter();
        items.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn a_document_is_found_by_what_is_in_it_and_by_its_name() {
    let world = World::new().await;
    let ours = as_owner(&world);
    world.poll().await.result.unwrap();
    let id = drop_file(&world, "x214_Monday-7.edi", EDI).await;
    for query in [
        "q=PRO1",
        "q=pro1",
        "q=pro*",
        "q=S1%20PRO1",
        "q=monday",
        "q=x214_monday-7.edi",
        "q=Mon*%20pro1",
        "party=demo-carrier",
        "connection=demo-carrier",
        "door=erp",
        "kind=214",
        "kind=214&q=PRO1&status=done",
        "q=pro*&door=erp",
    ] {
        assert_eq!(ours.names(query).await, ["x214_Monday-7.edi"], "{query}");
    }
    assert_eq!(ours.names(&format!("q={NUMBER}")).await, [NUMBER]);
    assert_eq!(ours.names("kind=caravan.milestone.recorded").await.len(), 2);
    for nothing in
        ["q=PRO", "q=PRO1%20nobody", "q=nob*", "status=quarantined", "to_ms=1000", "party=aramex"]
    {
        assert!(ours.names(nothing).await.is_empty(), "{nothing}");
    }
    for (bad, code) in [
        ("q=x*", 400),
        ("status=lost", 400),
        ("to_ms=9223372036854775807", 400),
        ("from_ms=-1", 400),
        ("connection=nobody", 404),
    ] {
        assert_eq!(ours.get(&format!("/v1/documents?{bad}")).await.status, code, "{bad}");
    }
    let neighbour =
        Asking { world: &world, tenant: TenantId(Uuid::from_u128(0xB)), scopes: &["*"] };
    assert!(neighbour.names("q=PRO1").await.is_empty());
    assert_eq!(neighbour.get(&format!("/v1/documents/{id}")).await.status, 404);
    for prefix in [&id[..4], &id[..7], id.as_str()] {
        assert_eq!(ours.get(&format!("/v1/documents/{prefix}")).await.body["id"], json!(id));
    }
}

#[tokio::test]
async fn bytes_that_two_connections_received_are_a_document_of_each() {
    let world = World::new().await;
    let ours = as_owner(&world);
    let north = ConnectionId(Uuid::from_u128(0xE));
    let second = caravan_hub_registry::NewConnection {
        id: north,
        name: "north".to_owned(),
        ..motor_carrier()
    };
    world.intake.registry().connections().put(TENANT, &second).await.unwrap();
    let id = drop_file(&world, "first.edi", EDI).await;
    let alone = ours.get(&format!("/v1/documents/{id}")).await.body;
    assert_eq!((&alone["name"], &alone["elsewhere"]), (&json!("first.edi"), &json!([])));
    assert_eq!(drop_into(&world, "north", "second.edi", EDI).await, id);

    let shown = async |which: &str| ours.get(&format!("/v1/documents/{which}")).await.body;
    // What came last, unless it is said which.
    for (which, name, other) in [
        (id.clone(), "second.edi", "demo-carrier"),
        (id[..9].to_owned(), "second.edi", "demo-carrier"),
        (format!("{id}@{north}"), "second.edi", "demo-carrier"),
        (format!("{id}@demo-carrier"), "first.edi", "north"),
        (format!("{}@{CARRIER}", &id[..9]), "first.edi", "north"),
    ] {
        let body = shown(&which).await;
        let elsewhere = body["elsewhere"].as_array().unwrap();
        assert_eq!((body["name"].as_str(), elsewhere.len()), (Some(name), 1), "{which}");
        assert_eq!(elsewhere[0]["name"], other, "{which}");
    }
    assert_eq!(ours.get(&format!("/v1/documents/{id}@nobody")).await.code(), (404, "not-found"));
    let raw = ours.get(&format!("/v1/documents/{id}@north/fixture")).await;
    assert_eq!(raw.status, 200, "{}", raw.body);

    // To do something with it, it is to be said.
    let unsure = ours.post(&format!("/v1/documents/{id}/replay"), Value::Null).await;
    assert_eq!(unsure.code(), (400, "document-id"));
    let detail = unsure.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("demo-carrier") && detail.contains(&format!("{id}@{north}")),
        "{detail}"
    );
    let sure = ours.post(&format!("/v1/documents/{id}@demo-carrier/replay"), Value::Null).await;
    assert_eq!((sure.status, &sure.body["status"]), (200, &json!("received")));
    // The trail says whose it was.
    let whose =
        "SELECT detail::jsonb->>'connection' FROM audit.entries WHERE action = 'document.replayed'";
    assert_eq!(world.audited(whose).await, [CARRIER.to_string()]);
    let began = (shown(&format!("{id}@demo-carrier")).await, shown(&format!("{id}@north")).await);
    assert_eq!((&began.0["status"], &began.1["status"]), (&json!("received"), &json!("done")));
}

#[tokio::test]
async fn pages_of_a_search_are_its_whole() {
    let world = World::new().await;
    let ours = as_owner(&world);
    for number in 0..5 {
        let bytes = EDI.replace("000000001", &format!("00000000{}", number + 2));
        drop_file(&world, &format!("same-{number}.edi"), &bytes).await;
    }
    for query in ["q=PRO1", "q=PRO*", "party=demo-carrier"] {
        let (mut names, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = ours.get(&format!("/v1/documents?{query}&limit=2{cursor}")).await.body;
            let items = page["items"].as_array().unwrap().iter();
            names.extend(items.map(|item| item["name"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let expected: Vec<String> =
            (0..5).rev().map(|number| format!("same-{number}.edi")).collect();
        assert_eq!(names, expected, "{query}");
    }
}

#[tokio::test]
async fn the_list_and_the_search_walk_an_index() {
    let world = World::new().await;
    world.execute(
        "INSERT INTO hub.documents (tenant_id, connection_id, hash, size_bytes, door, name, status, trace_id, received_at)
         SELECT c.tenant_id, c.id, sha256(n::text::bytea), 1, 'erp', n::text, 'done', '\\x00', now() - n * interval '1 second'
           FROM hub.connections c CROSS JOIN generate_series(1, 5000) n WHERE c.name = 'demo-carrier'",
    )
    .await;
    // As the list does before its statement.
    let settings = "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)";
    let ours = "EXPLAIN SELECT d.hash FROM hub.documents d WHERE d.tenant_id = '00000000-0000-0000-0000-00000000000a' AND";
    let order = "ORDER BY d.received_at DESC, d.hash DESC, d.connection_id DESC LIMIT 50";
    for (condition, index) in [
        ("d.size_bytes >= 0", "documents_recent"),
        (
            "d.size_bytes >= 0 AND d.status = 'rejected' AND d.status <> 'done'",
            "documents_by_status",
        ),
    ] {
        let plan = world.plan(settings, &format!("{ours} {condition} {order}")).await;
        assert!(plan.contains(index) && !plan.contains("Sort"), "{plan}");
    }
    let hashes = "d.hash BETWEEN '\\x0000' AND '\\x0001' ORDER BY d.hash LIMIT 2";
    let plan = world.plan("SELECT 1", &format!("{ours} {hashes}")).await;
    assert!(plan.contains("documents_by_hash"), "{plan}");
}

#[tokio::test]
async fn the_bytes_of_an_answer_are_those_that_the_sender_got() {
    let world = World::new().await;
    let ours = as_owner(&world);
    let id = drop_file(&world, "a.edi", EDI).await;
    let other = drop_file(&world, "b.edi", &EDI.replace("PRO1", "PRO2")).await;
    let shown = ours.get(&format!("/v1/documents/{id}")).await;
    let answer = &shown.body["answers"][0];
    let (hash, size) =
        (answer["document"].as_str().unwrap(), answer["size_bytes"].as_u64().unwrap());
    let path = format!("/v1/documents/{}/answers/{hash}/raw", &id[..8]);
    let answered = ours.bytes(&path).await;
    let (headers, bytes) = (answered.headers().clone(), answered.into_body());
    let bytes = to_bytes(bytes, 1 << 20).await.unwrap();
    assert_eq!(
        (u64::try_from(bytes.len()).unwrap(), hex::encode(Sha256::digest(&bytes)).as_str()),
        (size, hash)
    );
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.contains("ST*997*"), "{text}");
    let header = |name: &str| headers[name].to_str().unwrap();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert_eq!(header("content-length"), size.to_string());
    assert_eq!(header("content-disposition"), format!("attachment; filename=\"{hash}\""));
    assert_eq!(header("x-content-type-options"), "nosniff");
    // Of the document that it answers only, and of this tenant only.
    let foreign = Asking { world: &world, tenant: TenantId(Uuid::from_u128(0xB)), scopes: &["*"] };
    let unknown = "0".repeat(64);
    for (asking, id, hash, code) in [
        (&ours, &other, hash, "answer-not-found"),
        (&ours, &id, unknown.as_str(), "answer-not-found"),
        (&ours, &id, &hash[..8], "answer-not-found"),
        (&ours, &id, id.as_str(), "answer-not-found"),
        (&foreign, &id, hash, "not-found"),
    ] {
        let refused = asking.get(&format!("/v1/documents/{id}/answers/{hash}/raw")).await;
        assert_eq!((refused.status, &refused.body["code"]), (404, &json!(code)), "{id} {hash}");
    }
}

#[tokio::test]
async fn a_document_is_compared_with_its_replay_and_with_another() {
    let world = World::new().await;
    let ours = as_owner(&world);
    let id = drop_file(&world, "first.edi", EDI).await;
    let same = ours.get(&format!("/v1/documents/{id}/diff")).await.body;
    let records = ours.get(&format!("/v1/documents/{id}")).await.body["records"].clone();
    assert_eq!((&same["same"], &same["changed_count"]), (&records, &json!(0)), "{same}");
    assert_eq!((&same["only_left_count"], &same["only_right_count"]), (&json!(0), &json!(0)));

    let other = drop_file(&world, "second.edi", &EDI.replace("PRO1", "PRO2")).await;
    let diff = ours.get(&format!("/v1/documents/{id}/diff?with={other}")).await.body;
    assert_eq!((&diff["same"], &diff["only_left_count"]), (&json!(0), &records), "{diff}");
    let later = drop_file(&world, "third.edi", &EDI.replace("*0700*", "*0730*")).await;
    let diff = ours.get(&format!("/v1/documents/{id}/diff?with={later}")).await.body;
    let places: Vec<&Value> = diff["changed"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| one["places"].as_array().unwrap())
        .collect();
    assert!(places.iter().any(|place| place["pointer"] == "/at/time"), "{diff}");
    let gone = ours.get(&format!("/v1/documents/{id}/diff?with=ffffffff")).await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn a_document_is_saved_in_the_shape_of_a_golden_case() {
    let world = World::new().await;
    let ours = as_owner(&world);
    world.poll().await.result.unwrap();
    let polled = ours.get(&format!("/v1/documents?q={NUMBER}")).await.body;
    let id = polled["items"][0]["id"].as_str().unwrap().to_owned();
    let fixture = ours.get(&format!("/v1/documents/{id}/fixture")).await.body;
    assert_eq!(fixture["folder"], json!(format!("dhl/tracking/{}", &id[..12])));
    let files = fixture["files"].as_array().unwrap();
    let names: Vec<&str> = files.iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["input.json", "expected.json", "notes.md"]);
    assert_eq!(files[0]["content"], TEN_EVENTS);
    let expected: Value = serde_json::from_str(files[1]["content"].as_str().unwrap()).unwrap();
    let golden: Value = serde_json::from_str(include_str!(
        "../../../../fixtures/parties/dhl/tracking/ten-events/expected.json"
    ))
    .unwrap();
    assert_eq!(expected[0]["records"].as_array().unwrap().len(), 10);
    assert_eq!(expected[0]["records"], golden[0]["records"]);

    let edi = drop_file(&world, "first.edi", EDI).await;
    let fixture = ours.get(&format!("/v1/documents/{edi}/fixture")).await.body;
    assert_eq!(fixture["folder"], json!(format!("demo-carrier/x12-214/{}", &edi[..12])));
    assert_eq!(fixture["files"][0]["name"], "input.edi");
}

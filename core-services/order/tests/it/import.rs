//! Files of orders: checked, decided, taken in once whatever happens, and given back where they could not be.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{Method, Request};
use caravan_mappings_table::{Limits, read};
use caravan_model::{TenantId, TraceId};
use caravan_order::router;
use caravan_tenancy::{Caller, SystemTx};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::world::{A, ALL, B, Sent, World};

const IMPORTS: &str = "/v1/orders/imports";
const HEADER: &str = "Order No,Consignor City,Consignor PIN,Consignee,Consignee City,Consignee PIN,Weight (kg),Packages,Pickup Date\n";
const PLACED: &str = "SELECT count(*) FROM log.events WHERE topic = 'caravan.order.placed'";

async fn raw(
    world: &World,
    tenant: TenantId,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> (u16, Vec<u8>) {
    let caller = Caller {
        tenant,
        principal: "user/asha".into(),
        scopes: ALL.iter().map(|scope| (*scope).to_owned()).collect(),
        trace: TraceId([1; 16]),
    };
    let request = Request::builder().method(method).uri(path).extension(caller);
    let request = request.body(Body::from(body)).unwrap();
    let response = router(world.database.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

async fn upload(world: &World, query: &str, file: &[u8]) -> (u16, Value) {
    let path = format!("{IMPORTS}{query}");
    let (status, body) = raw(world, A, Method::POST, &path, file.to_vec()).await;
    (status, serde_json::from_slice(&body).unwrap())
}

/// Uploads a file that must be new, and returns the import's path.
async fn new(world: &World, query: &str, file: &[u8]) -> String {
    let (status, import) = upload(world, query, file).await;
    assert_eq!(status, 202, "{import}");
    format!("{IMPORTS}/{}", import["id"].as_str().unwrap())
}

/// Waits until the import is in one of `states`.
async fn until(world: &World, path: &str, states: &[&str]) -> Value {
    let waited = tokio::time::timeout(core::time::Duration::from_secs(60), async {
        loop {
            let import = world.get(path).await.ok();
            if states.contains(&import["state"].as_str().unwrap()) {
                return import;
            }
            tokio::task::yield_now().await;
        }
    });
    waited.await.unwrap()
}

fn rows(numbers: core::ops::Range<u32>) -> String {
    let mut csv = String::from(HEADER);
    for number in numbers {
        writeln!(csv, "IMP-{number:06},Pune,411001,Acme,Delhi,110001,12.5,3,25/11/2026").unwrap();
    }
    csv
}

async fn orders(world: &World) -> i64 {
    world.count_as(A, "SELECT count(*) FROM orders").await
}

fn counts(import: &Value) -> [i64; 3] {
    ["created", "duplicate", "rejected"].map(|name| import["progress"][name].as_i64().unwrap())
}

#[tokio::test]
async fn a_check_says_what_the_commit_does_and_makes_nothing() {
    let world = World::new().await;
    let service = world.start();
    let mut csv = rows(0..700);
    csv.push_str("BAD-1,Pune,411001,Acme,Delhi,1100,12.5,3,25/11/2026\n");
    csv.push_str("BAD-2,Pune,411001,Acme,Delhi,110001,heavy,3,25/11/2026\n");
    csv.push_str("BAD-3,Pune,411001,Acme,Delhi,110001,0,3,25/11/2026\n");
    csv.push_str("IMP-000001,Pune,411001,Acme,Delhi,110001,12.5,3,25/11/2026\n");
    let path = new(&world, "?filename=november.csv", csv.as_bytes()).await;
    let checked = until(&world, &path, &["checked"]).await;
    assert_eq!(checked["filename"], "november.csv");
    assert_eq!(checked["ready"], true, "{checked}");
    assert_eq!(counts(&checked), [700, 1, 3], "{checked}");
    assert_eq!(orders(&world).await, 0, "a check made orders");
    assert_eq!(world.count_as(A, PLACED).await, 0);

    let committing = world.post(&format!("{path}/commit"), Value::Null).await;
    assert_eq!(committing.status, 202);
    let done = until(&world, &path, &["done"]).await;
    assert_eq!(counts(&done), counts(&checked), "a check is what the commit does");
    assert_eq!(done["found"]["problems"], checked["found"]["problems"]);
    assert_eq!(orders(&world).await, 700);
    assert_eq!(world.count_as(A, PLACED).await, 700);
    let order = world.order("IMP-000007").await;
    let stops = &order["content"]["stops"];
    assert_eq!(stops[1]["place"]["postal_code"], "110001");
    assert_eq!(stops[0]["earliest"], "2026-11-25T00:00:00+05:30");
    assert_eq!(order["content"]["gross_weight"], json!({"value": "12.5", "unit": "KGM"}));

    let told = "SELECT count(*) FROM log.events WHERE topic = 'caravan.order-import.changed'";
    assert!(world.count_as(A, told).await >= 4, "progress is told by events");
    service.abort();
}

#[tokio::test]
async fn the_same_again_is_a_no_op() {
    let world = World::new().await;
    let service = world.start();
    let csv = rows(0..20);
    let path = new(&world, "?commit=true", csv.as_bytes()).await;
    until(&world, &path, &["done"]).await;

    let (status, again) = upload(&world, "?commit=true", csv.as_bytes()).await;
    assert_eq!((status, again["same"].as_bool()), (200, Some(true)));
    assert_eq!(format!("{IMPORTS}/{}", again["id"].as_str().unwrap()), path);
    assert_eq!(again["state"], "done");
    assert_eq!(world.post(&format!("{path}/commit"), Value::Null).await.status, 200);

    // The same orders in another file are known by their numbers.
    let more = "IMP-000099,Pune,411001,Acme,Delhi,110001,12.5,3,25/11/2026\n";
    let other = csv.replace("Acme", "Acme ") + more;
    let path = new(&world, "?commit=true", other.as_bytes()).await;
    let done = until(&world, &path, &["done"]).await;
    assert_eq!(counts(&done), [1, 20, 0], "{done}");
    assert_eq!(orders(&world).await, 21);
    service.abort();
}

#[tokio::test]
async fn an_order_that_says_something_else_comes_back_with_its_reason() {
    let world = World::new().await;
    let service = world.start();
    let path = new(&world, "?commit=true", rows(0..3).as_bytes()).await;
    until(&world, &path, &["done"]).await;

    let changed = rows(0..3).replace("IMP-000001,Pune", "IMP-000001,Nashik");
    let path = new(&world, "?commit=true", changed.as_bytes()).await;
    let done = until(&world, &path, &["done"]).await;
    assert_eq!(counts(&done), [0, 2, 1], "{done}");
    let rejects = done["rejects"].as_str().unwrap();
    let (status, workbook) = raw(&world, A, Method::GET, rejects, Vec::new()).await;
    assert_eq!(status, 200);
    let table = read(&workbook, &Limits::default()).unwrap();
    let rows = &table.sheets[0].rows;
    assert_eq!(rows.len(), 2, "the header and the one row");
    let texts: Vec<&str> = rows[1].cells().map(|cell| cell.text).collect();
    assert_eq!(texts[0], "IMP-000001");
    let why = "already, and it says something else";
    assert!(texts.iter().any(|text| text.contains(why)), "{texts:?}");
    let order = world.order("IMP-000001").await;
    assert_eq!(order["content"]["stops"][0]["place"]["city"], "Pune", "nothing was overwritten");

    // The workbook is read as the file was, and its own two columns are passed over.
    let path = new(&world, "?commit=true", &workbook).await;
    assert_eq!(counts(&until(&world, &path, &["done"]).await), [0, 0, 1]);
    service.abort();
}

#[tokio::test]
async fn a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing() {
    let world = World::new().await;
    let total = 6_000;
    let path = new(&world, "?commit=true", rows(0..total).as_bytes()).await;
    let mut kills = 0;
    loop {
        let service = world.start();
        let from = world.get(&path).await.ok()["progress"]["done"].as_i64().unwrap();
        let waited = tokio::time::timeout(core::time::Duration::from_secs(60), async {
            loop {
                let import = world.get(&path).await.ok();
                let further = import["progress"]["done"].as_i64().unwrap() != from;
                if import["state"] == "done" || (import["state"] == "committing" && further) {
                    return import;
                }
                tokio::task::yield_now().await;
            }
        });
        let import = waited.await.unwrap();
        service.abort();
        assert!(service.await.unwrap_err().is_cancelled());
        if import["state"] == "done" {
            break;
        }
        kills += 1;
        // The lease's time is over.
        let mut tx = SystemTx::begin(&world.database).await.unwrap();
        let over = "UPDATE imports SET lease_until_ms = 0";
        sqlx::query(over).execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert!(kills >= 2, "the worker was too fast to be killed");
    let done = world.get(&path).await.ok();
    assert_eq!(counts(&done), [i64::from(total), 0, 0], "{done}");
    assert_eq!(orders(&world).await, i64::from(total));
    for each in [
        "SELECT count(*) FROM order_history",
        "SELECT count(DISTINCT data::json->>'number') FROM log.events WHERE topic = 'caravan.order.placed'",
        PLACED,
    ] {
        assert_eq!(world.count_as(A, each).await, i64::from(total), "{each}");
    }
}

#[tokio::test]
async fn what_has_to_be_chosen_is_chosen_once_and_remembered() {
    let world = World::new().await;
    let service = world.start();
    let file = |number: &str| {
        format!(
            "Sr,Order No,City,Weight,Weight,PIN\n1,{number},Pune,5,7,41101\n2,{number}b,Pune,5,7,411001\n"
        )
    };
    let path = new(&world, "", file("A1").as_bytes()).await;
    let checked = until(&world, &path, &["checked"]).await;
    assert_eq!(checked["ready"], false);
    let open = checked["found"]["open"].as_array().unwrap();
    assert_eq!(open.len(), 2, "two weights and no pickup: {open:?}");
    world.post(&format!("{path}/commit"), Value::Null).await.problem(422, "import-open");
    world
        .post(&format!("{path}/check"), json!({"columns": {"E": "wait"}}))
        .await
        .problem(422, "import-plan-invalid");

    let plan = json!({
        "columns": {"E": "weight"},
        "accept": ["delivery_postal_code.digit-missing"],
        "defaults": {"pickup_name": "Plant 2", "pickup": {"city": "Nashik", "postal_code": "422001", "country": "IN"}},
    });
    world.post(&format!("{path}/check"), plan).await.ok();
    let checked = until(&world, &path, &["checked"]).await;
    assert_eq!(
        (checked["ready"].as_bool(), counts(&checked)),
        (Some(true), [2, 0, 0]),
        "{checked}"
    );
    world.post(&format!("{path}/commit"), Value::Null).await.ok();
    until(&world, &path, &["done"]).await;
    let order = world.order("A1").await;
    assert_eq!(order["content"]["gross_weight"]["value"], "7");
    assert_eq!(order["content"]["stops"][0]["name"], "Plant 2");
    let code = &order["content"]["stops"][1]["place"]["postal_code"];
    assert_eq!(code, "411001", "the digit was put back");

    // The next file with this header needs no choice.
    let path = new(&world, "?commit=true", file("A2").as_bytes()).await;
    let done = until(&world, &path, &["done", "checked"]).await;
    assert_eq!((done["state"].as_str(), counts(&done)), (Some("done"), [2, 0, 0]), "{done}");
    service.abort();
}

#[tokio::test]
async fn a_file_that_cannot_be_taken_says_why_and_what_next() {
    let world = World::new().await;
    let service = world.start();
    for (file, code) in [
        (b"%PDF-1.7 not orders".as_slice(), "table-not-a-table"),
        (b"PK\x03\x04 cut off", "table-damaged"),
        (b"Employee,Salary\nAsha,100\n", "table-wrong-template"),
    ] {
        let path = new(&world, "", file).await;
        let import = until(&world, &path, &["refused"]).await;
        assert_eq!(import["refusal"]["code"], code, "{import}");
        assert!(!import["refusal"]["hint"].as_str().unwrap().is_empty());
        let commit = world.post(&format!("{path}/commit"), Value::Null).await;
        commit.problem(409, "import-refused");
    }
    let (status, problem) = upload(&world, "", b"").await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("import-empty")));
    let (status, _) = raw(&world, A, Method::POST, IMPORTS, vec![b'x'; (20 << 20) + 1]).await;
    assert_eq!(status, 413);

    // Columns that nobody could guess are named, and the file is taken after all.
    let path = new(&world, "", b"A,B,C\nX-1,Pune,Delhi\n").await;
    until(&world, &path, &["refused"]).await;
    let columns = json!({"A": "order_number", "B": "pickup_city", "C": "delivery_city"});
    let plan = json!({"header_row": 1, "columns": columns});
    world.post(&format!("{path}/check"), plan).await.ok();
    let checked = until(&world, &path, &["checked"]).await;
    assert_eq!(counts(&checked), [1, 0, 0], "{checked}");
    service.abort();
}

#[tokio::test]
async fn imports_belong_to_their_tenant_and_scopes() {
    let world = World::new().await;
    let service = world.start();
    let path = new(&world, "?commit=true", rows(0..2).as_bytes()).await;
    until(&world, &path, &["done"]).await;
    world.get_as(B, &path).await.problem(404, "import-not-found");
    world.get_as(B, &format!("{path}/rejects")).await.problem(404, "import-not-found");
    for step in ["check", "commit"] {
        let path = format!("{path}/{step}");
        world.post_as(B, &path, json!({})).await.problem(404, "import-not-found");
    }
    let list = world.get_as(B, IMPORTS).await.ok();
    assert_eq!(list["items"], json!([]));
    assert_eq!(world.get(IMPORTS).await.ok()["items"].as_array().unwrap().len(), 1);
    world.get(&format!("{path}/rejects")).await.problem(404, "import-without-rejects");
    world.post(&format!("{path}/check"), json!({})).await.problem(409, "import-done");

    // The same bytes are another import for another tenant.
    let (status, _) = raw(&world, B, Method::POST, IMPORTS, rows(0..2).into_bytes()).await;
    assert_eq!(status, 202);

    let (headers, body) = (&[], Some(json!({})));
    let (scopes, method): (&[&str], _) = (&["orders:read"], Method::POST);
    let reader = Sent { tenant: A, scopes, method, path: IMPORTS, headers, body };
    world.send(reader).await.problem(403, "scope-missing");
    let template = format!("{IMPORTS}/template?language=hi");
    let (status, workbook) = raw(&world, A, Method::GET, &template, Vec::new()).await;
    assert_eq!(status, 200);
    let table = read(&workbook, &Limits::default()).unwrap();
    let headers: BTreeSet<&str> = table.sheets[0].rows[0].cells().map(|cell| cell.text).collect();
    assert!(headers.contains("ऑर्डर नंबर"));
    service.abort();
}

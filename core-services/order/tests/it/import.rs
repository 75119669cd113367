//! Files of orders: guessed, repaired, checked, committed once, and the rejects given back.

use core::fmt::Write as _;

use caravan_mappings_table::{Limits, read};
use serde_json::{Value, json};

use crate::world::{B, World};

const PATH: &str = "/v1/orders/imports";
const HEAD: &str = "Order No,Consignor,Pickup City,Pickup Pincode,Consignee,Delivery City,Pincode,Weight (kg),Pkgs,Pickup Date,Freight Terms";

fn row(number: &str, pin: &str, weight: &str) -> String {
    format!(
        "{number},Pune Plant,Pune,411001,Chennai Depot,Chennai,{pin},{weight},6,25/11/2026,To Pay\n"
    )
}

/// Good rows `IMP-1` to `IMP-count`.
fn file(count: u32) -> String {
    let mut text = format!("{HEAD}\n");
    for index in 1..=count {
        write!(text, "{}", row(&format!("IMP-{index}"), "600002", "820")).unwrap();
    }
    text
}

impl World {
    async fn import(&self, name: &str, text: &str) -> String {
        let path = format!("{PATH}?file_name={name}");
        let import = self.upload(&path, "text/csv", text.as_bytes()).await.ok();
        format!("{PATH}/{}", import["id"].as_str().unwrap())
    }

    /// Commits what was checked, and waits.
    async fn committed(&self, path: &str) -> Value {
        let ready = self.until(path, "ready").await;
        let commit = format!("{path}/commit");
        self.send_with(&commit, &etag(&ready)).await.ok();
        self.until(path, "done").await
    }

    /// Begins to commit a file of `count` orders; some of them are there when this returns, and more to come.
    async fn committing(&self, name: &str, count: u32) -> String {
        let path = self.import(name, &file(count)).await;
        let ready = self.until(&path, "ready").await;
        self.send_with(&format!("{path}/commit"), &etag(&ready)).await.ok();
        let some = tokio::time::timeout(core::time::Duration::from_secs(60), async {
            loop {
                let import = self.get(&path).await.ok();
                let done = import["progress"]["done"].as_i64().unwrap();
                if done > 0 && import["status"] == "committing" {
                    return;
                }
                tokio::task::yield_now().await;
            }
        });
        some.await.unwrap();
        path
    }

    async fn send_with(&self, path: &str, etag: &str) -> crate::world::Answered {
        let headers = &[("if-match", etag)];
        let method = axum::http::Method::POST;
        let (tenant, scopes) = (crate::world::A, crate::world::ALL);
        let body = None;
        self.send(crate::world::Sent { tenant, scopes, method, path, headers, body }).await
    }
}

fn etag(import: &Value) -> String {
    format!("\"{}\"", import["version"])
}

#[tokio::test]
async fn a_file_becomes_orders_once() {
    let world = World::new().await;
    let service = world.start();
    let path = world.import("november.csv", &file(1_203)).await;
    let ready = world.until(&path, "ready").await;
    assert_eq!((&ready["orders"], &ready["rejected_rows"]), (&json!(1_203), &json!(0)), "{ready}");
    assert_eq!(ready["progress"], json!({"done": 1_203, "of": 1_203}));
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 0, "a check makes no order");

    let done = world.committed(&path).await;
    assert_eq!(done["orders"], 1_203, "{done}");
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 1_203);
    let order = world.order("IMP-77").await;
    let stop = &order["content"]["stops"][1];
    assert_eq!(stop["place"]["postal_code"], "600002");
    assert_eq!(order["content"]["payment"], "collect");
    assert_eq!(order["content"]["gross_weight"], json!({"value": "820", "unit": "KGM"}));
    assert_eq!(order["content"]["stops"][0]["earliest"], "2026-11-25T00:00:00+05:30");
    assert_eq!(world.kinds_told("IMP-77").await, ["placed"]);
    let told = "SELECT count(*) FROM log.events WHERE topic = 'caravan.order-import.changed'";
    // Uploaded, checked, begun to commit, done.
    assert_eq!(world.count(told).await, 4);

    // The same file again is the same import; the same rows in another file are rejects that name the orders.
    let again =
        world.upload(&format!("{PATH}?file_name=x"), "text/csv", file(1_203).as_bytes()).await;
    assert_eq!((again.status, &again.body["repeated"]), (200, &json!(true)));
    assert!(path.ends_with(again.body["id"].as_str().unwrap()));
    let other = world.import("again.csv", &format!("{}\n\n", file(2))).await;
    let ready = world.until(&other, "ready").await;
    assert_eq!((&ready["orders"], &ready["rejected_rows"]), (&json!(0), &json!(2)), "{ready}");
    service.abort();
}

#[tokio::test]
async fn problems_are_repairs_and_the_rejects_come_back_with_reasons() {
    let world = World::new().await;
    let service = world.start();
    let mut text = file(2);
    text.push_str(&row("=IMP-3", "600002", "820"));
    text.push_str(&row("IMP-4", "60002", "820"));
    text.push_str(&row("IMP-5", "600002", "heavy"));
    text.push_str(&row("IMP-6", "600002", "\"1.250,5\""));
    text.push_str(&row("IMP-6", "600002", "10"));
    let path = world.import("bad.csv", &text).await;
    let ready = world.until(&path, "ready").await;
    let problems = ready["report"]["problems"].as_array().unwrap();
    let ids: Vec<&str> = problems.iter().map(|problem| problem["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"weight.not-a-number"), "{ids:?}");
    assert!(ids.iter().any(|id| id.starts_with("delivery_postal_code.digit")), "{ids:?}");
    assert!(ids.contains(&"order.number-invalid"), "{ids:?}");

    // The full code stands in other rows of the same city, so the repair is there, and waits to be wanted.
    let wanted = json!({"accepted": ["delivery_postal_code.digit-missing"]});
    world.put(&path, &etag(&ready), wanted.clone()).await.ok();
    world.put(&path, &etag(&ready), wanted).await.problem(412, "version-conflict");
    let done = world.committed(&path).await;
    assert_eq!((&done["orders"], &done["rejected_rows"]), (&json!(4), &json!(2)), "{done}");
    let order = world.order("IMP-6").await;
    assert_eq!(order["content"]["gross_weight"]["value"], "1260.5", "two rows, one order");
    assert_eq!(world.order("IMP-4").await["content"]["stops"][1]["place"]["postal_code"], "600002");

    let workbook = world.download(&format!("{path}/rejects")).await;
    let table = read(&workbook, &Limits::default()).unwrap();
    let rows: Vec<Vec<String>> = table.sheets[0]
        .rows
        .iter()
        .map(|row| row.cells().map(|cell| cell.text.to_owned()).collect())
        .collect();
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!(rows[1][0], "=IMP-3", "what could be a formula is text");
    assert!(rows[1].iter().any(|text| text.contains("letters, digits")), "{rows:?}");
    assert!(rows[2].iter().any(|text| text.contains("heavy")), "{rows:?}");
    service.abort();
}

#[tokio::test]
async fn a_row_to_an_unknown_pin_code_is_told_and_taken() {
    let world = World::new().await;
    let service = world.start();
    let text = format!("{}{}", file(1), row("IMP-X", "600999", "820"));
    let path = world.import("doubt.csv", &text).await;
    let ready = world.until(&path, "ready").await;
    let problems = ready["report"]["problems"].as_array().unwrap();
    let doubt = problems.iter().find(|problem| problem["id"] == "order.pin-unknown");
    let doubt = doubt.unwrap_or_else(|| panic!("{ready}"));
    assert_eq!((&doubt["rows"], &doubt["fixable"]), (&json!(1), &json!(0)), "{doubt}");
    assert!(doubt["text"].as_str().unwrap().contains("600999"), "{doubt}");
    assert_eq!(doubt["examples"][0]["at"], "row 3 stops 1 place postal_code");
    assert_eq!((&ready["orders"], &ready["rejected_rows"]), (&json!(2), &json!(0)), "{ready}");

    let done = world.committed(&path).await;
    assert_eq!((&done["orders"], &done["rejected_rows"]), (&json!(2), &json!(0)), "{done}");
    let order = world.order("IMP-X").await;
    assert_eq!(order["doubts"][0]["code"], "pin-unknown", "{order}");
    service.abort();
}

#[tokio::test]
async fn columns_are_chosen_and_remembered() {
    let world = World::new().await;
    let service = world.start();
    let head = "Bilty,Kahan se,Kahan tak,Maal";
    let text =
        |number: &str| format!("{head}\n{number},Pune,Chennai,Gears\n{number}A,Pune,Salem,Gears\n");
    world
        .upload(PATH, "text/csv", text("R-1").as_bytes())
        .await
        .problem(422, "table-wrong-template");

    let head = "Order No,Kahan se,Kahan tak,Consignee City,Maal";
    let text = |number: &str| format!("{head}\n{number},Pune,x,Chennai,Gears\n");
    let path = world.import("one.csv", &text("R-1")).await;
    let ready = world.until(&path, "ready").await;
    let choices = json!({
        "columns": {"B": "pickup_city", "C": null, "E": "material"}, "values": {"weight": "5"}
    });
    world
        .put(&path, &etag(&ready), json!({"columns": {"B": "nonsense"}}))
        .await
        .problem(422, "order-invalid");
    world
        .put(&path, &etag(&ready), json!({"columns": {"Z": null}}))
        .await
        .problem(422, "order-invalid");
    world.put(&path, &etag(&ready), choices).await.ok();
    let done = world.committed(&path).await;
    assert_eq!(done["orders"], 1, "{done}");

    let path = world.import("two.csv", &text("R-2")).await;
    let ready = world.until(&path, "ready").await;
    let columns = ready["report"]["columns"].as_array().unwrap();
    let field = |letter: &str| {
        let column = columns.iter().find(|column| column["column"] == letter).unwrap();
        column["field"].as_str().map(str::to_owned)
    };
    assert_eq!(field("B").as_deref(), Some("pickup_city"));
    assert_eq!(field("C"), None);
    assert_eq!(field("E").as_deref(), Some("material"));
    service.abort();
}

#[tokio::test]
async fn a_commit_that_is_interrupted_goes_on_behind_its_last_batch() {
    let world = World::new().await;
    let service = world.start();
    let path = world.committing("long.csv", 3_000).await;
    service.abort();
    assert!(service.await.unwrap_err().is_cancelled());
    let left = world.get(&path).await.ok();
    assert_eq!(left["status"], "committing", "killed too late to tell: {left}");

    let service = world.start();
    let done = world.until(&path, "done").await;
    assert_eq!((&done["orders"], &done["rejected_rows"]), (&json!(3_000), &json!(0)), "{done}");
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 3_000);
    assert_eq!(world.count("SELECT count(*) FROM order_history").await, 3_000);
    service.abort();
}

#[tokio::test]
async fn a_worker_without_its_hold_doubles_nothing_beside_the_next() {
    let world = World::new().await;
    let first = world.start();
    let path = world.committing("long.csv", 6_000).await;
    // Its session ends, as by an administrator or a proxy; the worker itself goes on.
    let ended = world
        .count(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity JOIN pg_locks USING (pid)
              WHERE usename = current_user AND datname = current_database()
                AND locktype = 'advisory' AND mode = 'ExclusiveLock'",
        )
        .await;
    assert_eq!(ended, 1, "one session holds the job");
    let second = world.start();
    let done = world.until(&path, "done").await;
    assert_eq!((&done["orders"], &done["rejected_rows"]), (&json!(6_000), &json!(0)), "{done}");
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 6_000);
    let attempts = world.count("SELECT attempts::bigint FROM imports").await;
    assert!(attempts > 1, "only the first worker had it");
    first.abort();
    second.abort();
}

#[tokio::test]
async fn imports_are_their_tenants_own_and_can_be_cancelled() {
    let world = World::new().await;
    let path = world.import("mine.csv", &file(1)).await;
    world.get_as(B, &path).await.problem(404, "import-not-found");
    world
        .post_as(B, &format!("{path}/cancel"), json!(null))
        .await
        .problem(428, "precondition-required");
    assert_eq!(world.get_as(B, PATH).await.ok()["items"], json!([]));
    let import = world.get(&path).await.ok();
    assert_eq!(import["status"], "checking", "no service runs");
    world.send_with(&format!("{path}/commit"), &etag(&import)).await.problem(409, "import-state");
    world.send_with(&format!("{path}/cancel"), &etag(&import)).await.ok();
    let anew = world.upload(PATH, "text/csv", file(1).as_bytes()).await;
    assert_eq!(anew.status, 201, "a cancelled file can come again");
    assert_eq!(world.get(PATH).await.ok()["items"].as_array().unwrap().len(), 2);
    assert_eq!(world.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_import_that_ended_by_itself_says_why_by_a_code_until_somebody_chooses_again() {
    let world = World::new().await;
    let path = world.import("mine.csv", &file(1)).await;
    world.execute("UPDATE imports SET attempts = 5").await;
    let service = world.start();
    let failed = world.until(&path, "failed").await;
    assert_eq!(failed["failure_code"], "import-interrupted", "{failed}");
    assert!(failed["failure"].as_str().unwrap().contains("five times"), "{failed}");
    world.put(&path, &etag(&failed), json!({})).await.ok();
    let ready = world.until(&path, "ready").await;
    assert_eq!((&ready["failure"], &ready["failure_code"]), (&json!(null), &json!(null)));
    service.abort();
}

#[tokio::test]
async fn what_is_no_table_is_refused_with_what_to_do() {
    let world = World::new().await;
    world.upload(PATH, "application/pdf", b"%PDF-1.7 ...").await.problem(422, "table-not-a-table");
    world.upload(PATH, "text/csv", b"").await.problem(422, "table-empty");
    let pasted = "Order No\tConsignee City\tWeight\nP-1\tChennai\t12\n";
    let pasted = world.upload(PATH, "text/plain", pasted.as_bytes()).await.ok();
    assert_eq!(pasted["report"]["columns"][1]["field"], "delivery_city", "{pasted}");
    let template = world.download(&format!("{PATH}/template?language=hi")).await;
    let table = read(&template, &Limits::default()).unwrap();
    assert!(table.sheets[0].rows[0].cells().any(|cell| cell.text == "डिलीवरी शहर"));
}

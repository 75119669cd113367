//! The list: pages, filters, words, counts.

use serde_json::{Value, json};

use crate::world::{World, content, dispatch, until_accepted};

fn numbers(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["number"].as_str().unwrap()).collect()
}

async fn found(world: &World, query: &str) -> Vec<String> {
    let list = world.get(&format!("/v1/orders?{query}")).await.ok();
    numbers(&list).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn the_list_pages_through_everything_once_newest_first() {
    let world = World::new().await;
    for n in 100..112 {
        world.place(&n.to_string()).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let list = world.get(&format!("/v1/orders?limit=5{cursor}")).await.ok();
        assert_eq!(list.get("counts").is_some(), cursor.is_empty());
        seen.extend(numbers(&list).into_iter().map(str::to_owned));
        let Some(next) = list["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let all: Vec<String> = (100..112).rev().map(|n| n.to_string()).collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let world = World::new().await;
    let path = world.place("4500-A").await;
    world.walk(&path, &until_accepted()).await;
    world.walk(&path, &[dispatch()]).await;
    let mut delhi = content("4500-B");
    delhi["stops"][1]["place"] =
        json!({"city": "New Delhi", "region": "DL", "postal_code": "110001", "country": "IN"});
    delhi["stops"][0]["earliest"] = json!("2026-11-20T06:00:00+05:30");
    let order = world.post("/v1/orders", delhi).await.ok();
    let path = format!("/v1/orders/{}", order["id"].as_str().unwrap());
    world.walk(&path, &[("approve", json!({})), ("assign", json!({"carrier": "OTHR"}))]).await;
    world.place("4600").await;
    for (query, expected) in [
        ("status=dispatched", &["4500-A"][..]),
        ("status=assigned,dispatched", &["4500-B", "4500-A"]),
        ("carrier=othr", &["4500-B"]),
        ("status=dispatched&carrier=othr", &[]),
        ("to=new%20delhi", &["4500-B"]),
        ("to=delhi&from=pune", &["4500-B"]),
        ("from=delhi", &[]),
        ("lane=chennai", &["4600", "4500-A"]),
        ("lane=chennai&status=indent", &["4600"]),
        ("q=4500", &["4500-B", "4500-A"]),
        ("q=450", &["4500-B", "4500-A"]),
        ("q=4500-a", &["4500-A"]),
        ("q=PO-4500-B", &["4500-B"]),
        ("q=lr-555001", &["4500-A"]),
        ("q=MH12AB1234", &["4500-A"]),
        ("q=pro-77", &["4500-A"]),
        ("q=chenn%20depot", &["4600", "4500-B", "4500-A"]),
        ("q=nothing", &[]),
        ("pickup_from=2026-11-24", &["4500-A", "4600"]),
        ("pickup_to=2026-11-24", &["4500-B"]),
        (
            "pickup_from=2026-11-20T06:00:00%2B05:30&pickup_to=2026-11-20T06:00:01%2B05:30",
            &["4500-B"],
        ),
        ("pickup_from=2026-11-20&q=4600", &["4600"]),
        ("conflict=true", &[]),
    ] {
        assert_eq!(found(&world, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn pages_by_pickup_show_everything_once() {
    let world = World::new().await;
    for n in 0..7 {
        let mut content = content(&n.to_string());
        content["stops"][0]["earliest"] = json!(format!("2026-11-2{}T06:00:00+05:30", n % 3));
        content["stops"][0]["latest"] = json!("2026-11-29T06:00:00+05:30");
        world.post("/v1/orders", content).await.ok();
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let list =
            world.get(&format!("/v1/orders?pickup_from=2026-11-01&limit=2{cursor}")).await.ok();
        seen.extend(numbers(&list).into_iter().map(str::to_owned));
        let Some(next) = list["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ["0", "3", "6", "1", "4", "2", "5"]);
}

#[tokio::test]
async fn counts_follow_every_change_and_adding_them_up_changes_nothing() {
    let world = World::new().await;
    let path = world.place("1").await;
    world.place("2").await;
    world.walk(&path, &until_accepted()[..2]).await;
    let counts = async || {
        let list = world.get("/v1/orders?limit=1").await.ok();
        let some: Vec<(String, i64)> = list["counts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|count| {
                (count["status"].as_str().unwrap().to_owned(), count["orders"].as_i64().unwrap())
            })
            .filter(|(_, orders)| *orders != 0)
            .collect();
        some
    };
    assert_eq!(counts().await, [("indent".to_owned(), 1), ("assigned".to_owned(), 1)]);
    for _ in 0..6_000 / 500 {
        world.execute("INSERT INTO order_counts (tenant_id, state, delta) SELECT app_tenant(), 'closed', d FROM generate_series(1, 250), (VALUES (1), (-1)) v (d)").await;
    }
    let service = world.start();
    let done = tokio::time::timeout(core::time::Duration::from_secs(30), async {
        while world.count("SELECT count(*) FROM order_counts").await > 100 {
            tokio::task::yield_now().await;
        }
    });
    done.await.unwrap();
    service.abort();
    assert_eq!(counts().await, [("indent".to_owned(), 1), ("assigned".to_owned(), 1)]);
}

#[tokio::test]
async fn a_question_that_cannot_be_answered_is_told_why() {
    let world = World::new().await;
    world.execute("INSERT INTO orders (tenant_id, id, number, kind, state, version, content, progress, created_ms, updated_ms)
                   VALUES (app_tenant(), '00000000-0000-7000-8000-000000000001', 'x', 'order', 'indent', 1, '{\"number\":\"x\"}', '{}', 0, 0)").await;
    world.execute("INSERT INTO order_terms (tenant_id, term, order_id)
                   SELECT app_tenant(), 'ab' || n, '00000000-0000-7000-8000-000000000001' FROM generate_series(1, 300) n").await;
    for (query, code) in [
        ("status=lost", "status-unknown"),
        ("limit=0", "limit-invalid"),
        ("cursor=7", "cursor-invalid"),
        ("pickup_from=soon", "time-invalid"),
        ("conflict=maybe", "query-invalid"),
        ("q=ab", "search-too-wide"),
    ] {
        world.get(&format!("/v1/orders?{query}")).await.problem(400, code);
    }
    assert_eq!(found(&world, "q=ab12").await, ["x"]);
}

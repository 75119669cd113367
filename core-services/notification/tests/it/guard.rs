//! Where nothing is ever sent.

use serde_json::json;

use crate::receiver::{Receiver, Reply};
use crate::world::{A, PLACED, World};

#[tokio::test]
async fn addresses_of_networks_that_are_nobodys_business_are_refused() {
    let mut world = World::new().await;
    world.test_nets = false;
    let receiver = Receiver::taking().await;
    for url in [
        receiver.url().as_str(),
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fd00:ec2::254]/",
        "https://[::1]/",
        "https://10.0.0.7/",
        "https://192.168.1.1/",
        "http://erp.example.com/",
        "https://user:password@erp.example.com/",
        "https://1.1.1.1/",
        "ftp://erp.example.com/",
    ] {
        let body = json!({ "name": "ERP", "url": url, "kinds": [PLACED] });
        let (status, problem) = world.ask("POST", "/v1/webhooks", Some(body)).await;
        assert_eq!((status, &problem["code"]), (422, &json!("webhook-url-denied")), "{url}");
    }
}

#[tokio::test]
async fn a_name_that_leads_to_us_is_judged_when_it_is_dialled() {
    let mut world = World::new().await;
    world.test_nets = false;
    let (webhook, _) = world.webhook(A, "https://localhost/", &[PLACED]).await;
    let (status, told) = world.ask("POST", &format!("{webhook}/test"), None).await;
    assert_eq!((status, &told["outcome"]), (200, &json!("denied")), "{told}");
    assert_eq!(told["response"], "the address is not allowed");
    let _running = world.start();
    world.happens(A, PLACED).await;
    world.waiting(&webhook, 1).await;
}

#[tokio::test]
async fn a_test_is_sent_at_once_and_told() {
    let world = World::new().await;
    let receiver = Receiver::start(|_| Reply::Body(418, "short and stout".into())).await;
    let (webhook, secret) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let (status, told) = world.ask("POST", &format!("{webhook}/test"), None).await;
    assert_eq!((status, &told["outcome"], &told["status"]), (200, &json!("refused"), &json!(418)));
    assert_eq!(told["response"], "short and stout");
    let got = receiver.got();
    assert_eq!(
        (got[0].id(), got[0].signed_by(&secret)),
        (told["event_id"].as_str().unwrap(), vec![true])
    );
    assert_eq!(got[0].json()["type"], "caravan.webhook.tested");
    assert_eq!(world.trail(A).await, ["webhook.created", "webhook.tested"]);
    assert_eq!(world.count("SELECT count(*) FROM deliveries").await, 0);
}

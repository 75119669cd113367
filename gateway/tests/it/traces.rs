//! A request's spans, as a collector gets them: at the door, and in a service behind a real HTTP/2 connection.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use caravan_gateway::{Access, Upstream, traced};
use caravan_telemetry::traces::{self, SpanKind};
use caravan_web::context::{Signer, restore};
use caravan_world::otlp::SpanKind as Kind;
use caravan_world::{Collector, Received};
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;

use crate::OURS;
use crate::world::World;

/// Enough for whatever ends well.
const LONG: Duration = Duration::from_secs(60);
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// A service in a process of its own, as `cli` sets it up; its work has a span.
async fn service(signer: Signer) -> String {
    let works = |request: Request| async move {
        let place = request.headers()["traceparent"].to_str().ok().and_then(traces::Place::read);
        drop(traces::begin(SpanKind::Internal, "work", place.unwrap().trace));
    };
    let router = Router::new()
        .route("/v1/distant/{reference}", get(works))
        .layer(from_fn(traced))
        .layer(from_fn_with_state(signer, restore));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

#[tokio::test]
async fn a_request_has_a_span_at_the_door_and_one_where_it_is_answered() {
    let collector = Collector::start().await.unwrap();
    let url = collector.url().parse().unwrap();
    let config = traces::Config { collector: url, ratio: 1.0, service: "here".to_owned() };
    let (tracer, exporter) = config.start().unwrap();
    tracer.install();
    let signer = Signer::new([1; 32]);
    let authority = service(signer.clone()).await.parse().unwrap();
    let distant = Upstream::remote(&["/v1/distant"], authority, signer, Access::Known, 1000);
    let world = World::start_with(|_| (), vec![distant]).await;
    let key = world.identity.create_key(OURS, "reader", &["*"], None).await.unwrap();

    // Its caller says that it is not sampled, which is for us to say.
    let caller = format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-00");
    let path = "/v1/distant/B-77?shipper=Asha";
    let answer = world.ask("GET", path, Some(key.expose_secret()), "", &[&caller]).await;
    assert_eq!((answer.status, answer.header("caravan-trace")), (200, Some(TRACE)));
    assert_eq!(exporter.end(LONG).await, 0);

    let of_it = |found: &Received| hex(&found.span.trace_id) == TRACE;
    let spans: Vec<Received> = collector.received().into_iter().filter(of_it).collect();
    let named = |name: &str| spans.iter().find(|found| found.span.name == name).unwrap();
    assert_eq!(spans.len(), 3, "{spans:?}");
    let door = named("GET /v1/distant");
    assert_eq!(hex(&door.span.parent_span_id), "00f067aa0ba902b7");
    assert_eq!(door.attribute("http.response.status_code").as_deref(), Some("200"));
    let behind = named("GET /v1/distant/{reference}");
    assert_eq!(behind.span.parent_span_id, door.span.span_id);
    assert_eq!((door.span.kind, behind.span.kind), (Kind::Server as i32, Kind::Server as i32));
    assert_eq!(named("work").span.parent_span_id, behind.span.span_id);
    let told = format!("{spans:?}");
    assert!(!told.contains("B-77") && !told.contains("Asha"), "{told}");
}

#[tokio::test]
async fn a_request_that_brings_no_trace_takes_one_inwards() {
    let world = World::start(|_| ()).await;
    let key = world.identity.create_key(OURS, "reader", &["*"], None).await.unwrap();
    let answer = world.ask("GET", "/v1/things/7", Some(key.expose_secret()), "", &[]).await;
    assert!(answer.body.contains("traceparent"), "{}", answer.body);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

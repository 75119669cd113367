//! The service behind both proxies: one answer of about a kilobyte, on one thread, over HTTP/1.1 and HTTP/2 alike.

use axum::Router;
use axum::http::header;
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;

use crate::Failure;

/// The path that is asked for: one that the gateway's document describes.
pub(super) const PATH: &str = "/v1/shipments/PRO4711/timeline";

/// Starts it; it ends with the process. Answers `host:port`.
pub(super) fn start() -> Result<String, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?.to_string();
    let text = timeline();
    let answer = move || {
        let text = text.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], text) }
    };
    let router = Router::new().route("/v1/shipments/{reference}/timeline", get(answer));
    std::thread::Builder::new().name("service".to_owned()).spawn(move || {
        // It serves until the process ends.
        drop(runtime.block_on(async { axum::serve(listener, router).await }));
    })?;
    Ok(address)
}

fn timeline() -> bytes::Bytes {
    let milestone = |number: u32| {
        json!({
            "id": format!("0192f0c1-0000-7000-8000-{number:012}"), "status": "departed", "classifier": "actual",
            "at": "2026-11-25T10:00:00+05:30", "place": { "city": "Mumbai", "country": "IN" },
            "raw": { "list": "x12/1650", "code": "AF", "text": "Carrier departed pick-up location" }
        })
    };
    let milestones: Vec<_> = (1..=4).map(milestone).collect();
    let timeline =
        json!({ "reference": "PRO4711", "status": "departed", "milestones": milestones });
    timeline.to_string().into()
}

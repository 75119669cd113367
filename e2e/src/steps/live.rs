//! The live stream as a page uses it: whoever was away gets what was missed, over Server-Sent Events and over a WebSocket.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{self, Message};

use super::orders;
use crate::http::{Http, text};
use crate::report::Report;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

const SOON: Duration = Duration::from_secs(10);
/// Placed while nobody listens.
const NUMBER: &str = "WALK-MISSED";
const PATH: &str = "/v1/stream?kinds=caravan.order.placed";

/// What was told, and the id to go on behind.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Frame {
    id: String,
    event: String,
    data: Value,
}

impl Frame {
    /// The number of the order that it tells of.
    fn number(&self) -> &str {
        self.data.get("data").map(|data| text(data, "number")).unwrap_or_default()
    }
}

pub(super) async fn walk(report: &mut Report, world: &World) {
    let mut left = String::new();
    let mut told = None;
    report
        .step("a live stream goes on behind its last id, with the event that it missed", async {
            left = ready(&world.http).await?;
            world.http.posted("/v1/orders", &orders::order(NUMBER), 201).await?;
            let mut events = Events::open(&world.http, &left).await?;
            let frame = missed(async || events.frame().await).await?;
            let event = frame.event.clone();
            told = Some(frame);
            Ok(event)
        })
        .await;
    let Some(told) = told else { return };
    report
        .step("a WebSocket goes on there too, with the same frame", async {
            let mut socket = Socket::open(&world.http, &left).await?;
            let frame = missed(async || socket.frame().await).await?;
            ensure((&frame.event, &frame.data) == (&told.event, &told.data), || {
                format!("{frame:?}, not {told:?}")
            })?;
            Ok(String::new())
        })
        .await;
}

/// Where a stream stands that was opened, and closed again.
async fn ready(http: &Http) -> Result<String, Wrong> {
    let first = Events::open(http, "").await?.frame().await?;
    ensure(first.event == "ready" && !first.id.is_empty(), || format!("{first:?}"))?;
    Ok(first.id)
}

/// The event that was missed; nothing that was told long before comes again.
async fn missed(mut next: impl AsyncFnMut() -> Result<Frame, Wrong>) -> Result<Frame, Wrong> {
    loop {
        let frame = next().await?;
        ensure(frame.event != "reset" && frame.event != "end", || format!("{frame:?}"))?;
        ensure(frame.number() != orders::NUMBER, || format!("told again: {frame:?}"))?;
        if frame.number() == NUMBER {
            return Ok(frame);
        }
    }
}

/// A stream of Server-Sent Events, and what of it was not read yet.
#[derive(Debug)]
struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    async fn open(http: &Http, last_id: &str) -> Result<Self, Wrong> {
        let response = http.events(PATH, last_id).await?;
        let status = response.status().as_u16();
        ensure(status == 200, || format!("the stream is answered {status}"))?;
        Ok(Self { response, text: String::new() })
    }

    async fn frame(&mut self) -> Result<Frame, Wrong> {
        loop {
            let Some((block, rest)) = self.text.split_once("\n\n") else {
                let chunk = tokio::time::timeout(SOON, self.response.chunk()).await;
                let chunk = chunk.map_err(|_| Wrong(format!("no event within {SOON:?}")))??;
                let bytes = chunk.ok_or_else(|| Wrong::new("the stream has ended"))?;
                self.text.push_str(&String::from_utf8_lossy(&bytes));
                continue;
            };
            let (block, rest) = (block.to_owned(), rest.to_owned());
            self.text = rest;
            let line = |name: &str| {
                let found = block.lines().find_map(|line| line.strip_prefix(name));
                found.unwrap_or_default().trim_start().to_owned()
            };
            let event = line("event:");
            if !event.is_empty() {
                let data = serde_json::from_str(&line("data:"))?;
                return Ok(Frame { id: line("id:"), event, data });
            }
        }
    }
}

/// The same over a WebSocket.
#[derive(Debug)]
struct Socket(tokio_tungstenite::WebSocketStream<TcpStream>);

impl Socket {
    async fn open(http: &Http, last_id: &str) -> Result<Self, Wrong> {
        let refused = |error: tungstenite::Error| Wrong(format!("no WebSocket: {error}"));
        let address = http.url.trim_start_matches("http://");
        let url = format!("ws://{address}{PATH}&last_event_id={last_id}");
        let mut request = url.into_client_request().map_err(refused)?;
        let bearer = http.bearer().parse::<HeaderValue>();
        let bearer = bearer.map_err(|error| Wrong(format!("a key: {error}")))?;
        request.headers_mut().insert("authorization", bearer);
        let stream = TcpStream::connect(address).await?;
        let opened = tokio_tungstenite::client_async(request, stream).await;
        Ok(Self(opened.map_err(refused)?.0))
    }

    async fn frame(&mut self) -> Result<Frame, Wrong> {
        loop {
            let next = tokio::time::timeout(SOON, self.0.next()).await;
            let next = next.map_err(|_| Wrong(format!("no message within {SOON:?}")))?;
            match next {
                Some(Ok(Message::Text(message))) => {
                    let mut frame: Value = serde_json::from_str(&message)?;
                    let (id, event) = (text(&frame, "id"), text(&frame, "event"));
                    let (id, event) = (id.to_owned(), event.to_owned());
                    let data = frame.get_mut("data").map(Value::take).unwrap_or_default();
                    return Ok(Frame { id, event, data });
                }
                Some(Ok(Message::Ping(_))) => {}
                other => return Err(Wrong(format!("the WebSocket said {other:?}"))),
            }
        }
    }
}

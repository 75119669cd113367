//! Live streams: 2,000 connections, half of them Server-Sent Events and half WebSockets, that each see every event.
//!
//! An order is placed over HTTP, and the clock runs from before its request until a connection has read the event that tells of it;
//! so the transaction and its commit are in the figure, and the clients, which share the machine. The next order is placed when
//! every connection has the one before.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::process::{self, Caravan};
use crate::report::{Target, head, line, note};
use crate::{Failure, measure};

const STREAMS: usize = 2_000;
const ROUNDS: u32 = 100;
/// Handshakes under way at once.
const OPENING: usize = 64;
/// Beginning of the orders' numbers, which the frames are searched for.
const NUMBER: &str = "LIVE-";
/// Of the event that tells of a new order.
const PLACED: &str = "caravan.order.placed";
const GIVE_UP: Duration = Duration::from_secs(30);
/// Between a refusal by the rate limit and the next try.
const AGAIN: Duration = Duration::from_millis(200);

/// A connection has read the event of this round's order.
type Heard = (u32, Instant);

/// Where to connect, and as whom.
#[derive(Debug, Clone)]
struct Door {
    client: Client,
    address: String,
    key: String,
}

pub(crate) fn run() -> Result<(), Failure> {
    head("live: 2,000 connections, each of which sees every event");
    let folder = process::folder()?;
    let caravan = Caravan::start(&folder.path().join("data"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure_all(&caravan))?;
    caravan.stop()
}

async fn measure_all(caravan: &Caravan) -> Result<(), Failure> {
    let door = Door {
        client: Client::builder().no_proxy().build()?,
        address: caravan.gateway.clone(),
        key: caravan.api_key.clone(),
    };
    let id = caravan.id().to_string();
    let resident = || measure::kib(&id, "status", "VmRSS").map(measure::count);
    let before = resident()?;
    let (heard, mut hearing) = unbounded_channel();
    let began = Instant::now();
    open(&door, &heard).await?;
    line("all connections open after", began.elapsed().as_secs_f64(), "s", Target::None);
    let mut times = Vec::new();
    // The first round also warms statements and schemas up, and counts like every other.
    for round in 0..ROUNDS {
        let began = Instant::now();
        place(&door, round).await?;
        times.extend(all(&mut hearing, round, began).await?);
    }
    let each = (resident()? - before) / measure::count(u64::try_from(STREAMS)?);
    times.sort_unstable();
    let millis = |share| measure::percentile_us(&times, share) / 1e3;
    line("append to receipt, median", millis(500), "ms", Target::None);
    line("append to receipt, 99 %", millis(990), "ms", Target::None);
    line("append to receipt, the slowest", millis(1000), "ms", Target::AtMost(1_000.0));
    line("resident memory of the caravan process, a connection", each, "KiB", Target::None);
    note(&format!(
        "{ROUNDS} events to {STREAMS} connections, {} receipts; load afterwards {}",
        times.len(),
        measure::load()?
    ));
    Ok(())
}

/// Opens every connection and has it listen; they end with the runtime.
async fn open(door: &Door, heard: &UnboundedSender<Heard>) -> Result<(), Failure> {
    let places = Arc::new(tokio::sync::Semaphore::new(OPENING));
    let mut opening = FuturesUnordered::new();
    for number in 0..STREAMS {
        let (door, heard, places) = (door.clone(), heard.clone(), Arc::clone(&places));
        opening.push(tokio::spawn(async move {
            let _place = places.acquire().await?;
            if number % 2 == 0 {
                let response = sse(&door).await?;
                tokio::spawn(read_sse(response, heard));
            } else {
                let socket = socket(&door).await?;
                tokio::spawn(read_socket(socket, heard));
            }
            Ok::<_, Failure>(())
        }));
    }
    while let Some(opened) = opening.next().await {
        opened??;
    }
    Ok(())
}

async fn sse(door: &Door) -> Result<Response, Failure> {
    loop {
        let request = door.client.get(format!("http://{}/v1/stream", door.address));
        let response = request.bearer_auth(&door.key).send().await?;
        match response.status() {
            StatusCode::OK => return Ok(response),
            StatusCode::TOO_MANY_REQUESTS => tokio::time::sleep(AGAIN).await,
            other => return Err(format!("a stream was answered {other}").into()),
        }
    }
}

async fn socket(door: &Door) -> Result<WebSocketStream<TcpStream>, Failure> {
    loop {
        let mut request = format!("ws://{}/v1/stream", door.address).into_client_request()?;
        request.headers_mut().insert("authorization", format!("Bearer {}", door.key).parse()?);
        let stream = TcpStream::connect(&door.address).await?;
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => return Ok(socket),
            Err(tungstenite::Error::Http(response)) if response.status().as_u16() == 429 => {
                tokio::time::sleep(AGAIN).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Tells of every order's event until the stream ends, which [`all`] then notices by what is missing.
async fn read_sse(mut response: Response, heard: UnboundedSender<Heard>) {
    let mut text = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        text.extend_from_slice(&chunk);
        while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
            let rest = text.split_off(end + 2);
            tell(&String::from_utf8_lossy(&text), &heard);
            text = rest;
        }
    }
}

async fn read_socket(mut socket: WebSocketStream<TcpStream>, heard: UnboundedSender<Heard>) {
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Text(text) = message {
            tell(&text, &heard);
        }
    }
}

fn tell(frame: &str, heard: &UnboundedSender<Heard>) {
    let now = Instant::now();
    if !frame.contains(PLACED) {
        return;
    }
    let number = frame.split_once(NUMBER).and_then(|(_, rest)| {
        rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
    });
    if let Some(round) = number {
        // Nobody listens any more when the measurement is over.
        heard.send((round, now)).ok();
    }
}

async fn place(door: &Door, round: u32) -> Result<(), Failure> {
    let request = door.client.post(format!("http://{}/v1/orders", door.address));
    let request = request.bearer_auth(&door.key).header("idempotency-key", format!("live-{round}"));
    let response = request.json(&order(round)).send().await?;
    let status = response.status();
    if status != StatusCode::CREATED {
        return Err(format!("an order was answered {status}").into());
    }
    Ok(())
}

fn order(round: u32) -> Value {
    json!({
        "number": format!("{NUMBER}{round}"), "kind": "delivery",
        "gross_weight": { "value": "820", "unit": "KGM" }, "packages": 6,
        "stops": [
            { "kind": "pickup", "name": "Demo Traders, Pune",
              "place": { "city": "Pune", "region": "MH", "postal_code": "411001", "country": "IN" },
              "earliest": "2026-11-25T06:00:00+05:30", "latest": "2026-11-25T12:00:00+05:30" },
            { "kind": "delivery", "name": "Chennai Stores",
              "place": { "city": "Chennai", "region": "TN", "postal_code": "600001", "country": "IN" },
              "latest": "2026-11-28T18:00:00+05:30" }
        ]
    })
}

/// How long each connection took to hear of this round's order.
async fn all(
    hearing: &mut UnboundedReceiver<Heard>,
    round: u32,
    began: Instant,
) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::with_capacity(STREAMS);
    let end = tokio::time::Instant::now() + GIVE_UP;
    while times.len() < STREAMS {
        match tokio::time::timeout_at(end, hearing.recv()).await {
            Ok(Some((of, at))) if of == round => times.push(at.duration_since(began)),
            Ok(Some(_)) => {}
            _ => {
                let missing = STREAMS - times.len();
                let what =
                    format!("{missing} connections did not see order {round} in {GIVE_UP:?}");
                return Err(what.into());
            }
        }
    }
    Ok(times)
}

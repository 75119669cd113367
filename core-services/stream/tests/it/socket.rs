//! The same frames over a WebSocket, on a real connection.

use axum::Extension;
use caravan_stream::router;
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::world::{A, Process, World, caller};

/// A server of the process's router, for one caller.
async fn serve(process: &Process) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = router(process.feed.clone()).layer(Extension(caller(A, &["events:read"])));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn connect(
    address: &str,
    query: &str,
    origin: Option<&str>,
) -> Result<WebSocketStream<TcpStream>, u16> {
    let mut request = format!("ws://{address}/v1/stream{query}").into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    let stream = TcpStream::connect(address).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Value {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_socket_carries_the_same_frames_and_resumes() {
    let world = World::new().await;
    let process = world.process(|_| ());
    let address = serve(&process).await;
    let mut socket = connect(&address, "", None).await.unwrap();
    assert_eq!(next(&mut socket).await["event"], "ready");
    let mut client = process.follow(None).await;
    client.notice().await;
    world.placed(&["one"]).await;
    let frame = next(&mut socket).await;
    let same = client.events(1).await.remove(0);
    assert_eq!((&frame["event"], &frame["data"]), (&Value::from(same.event), &same.data));
    assert_eq!(frame["id"].as_str(), same.id.as_deref());
    drop(socket);
    world.placed(&["two"]).await;
    let query = format!("?last_event_id={}", frame["id"].as_str().unwrap());
    let mut socket = connect(&address, &query, None).await.unwrap();
    // Where the reader was not yet past it, the stream says first that it is ready.
    while next(&mut socket).await["data"]["subject"] != "two" {}
    process.stop();
    while next_code(&mut socket).await.as_deref() != Some("shutting-down") {}
}

async fn next_code(socket: &mut WebSocketStream<TcpStream>) -> Option<String> {
    next(socket).await["data"]["code"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_page_of_another_site_does_not_listen() {
    let world = World::new().await;
    let process = world.process(|_| ());
    let address = serve(&process).await;
    assert_eq!(connect(&address, "", Some("https://evil.example")).await.unwrap_err(), 403);
    assert!(connect(&address, "", Some(&format!("http://{address}"))).await.is_ok());
}

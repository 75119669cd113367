//! The WebSocket form: frames out; what comes in is read only to see the end.

use core::time::Duration;

use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{self, WebSocket};
use axum::response::Response;
use futures_util::{Stream, StreamExt as _};

use crate::feed::Feed;
use crate::subscription::{Begin, Message, subscribe};

/// Largest message from a caller, who has nothing to say here.
const MESSAGE_BYTES_MAX: usize = 4 << 10;
/// Within which a frame must be taken, in which also a dead peer shows.
const SEND_WITHIN: Duration = Duration::from_secs(30);

pub(crate) fn answer(upgrade: WebSocketUpgrade, feed: Feed, begin: Begin) -> Response {
    upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX).on_upgrade(
        move |socket| async move {
            let messages = subscribe(feed, begin).await;
            pump(socket, core::pin::pin!(messages)).await;
        },
    )
}

async fn pump(mut socket: WebSocket, mut messages: impl Stream<Item = Message> + Unpin) {
    loop {
        tokio::select! {
            message = messages.next() => {
                let Some(message) = message else { break };
                let out = match message.socket() {
                    Some(text) => ws::Message::Text(text),
                    None => ws::Message::Ping(axum::body::Bytes::new()),
                };
                let sent = tokio::time::timeout(SEND_WITHIN, socket.send(out)).await;
                if !matches!(sent, Ok(Ok(()))) {
                    return;
                }
            }
            received = socket.recv() => match received {
                // Pings are answered by the library; texts mean nothing here.
                Some(Ok(message)) if !matches!(message, ws::Message::Close(_)) => {}
                _ => return,
            },
        }
    }
    // The last word is out; whether the peer hears the closing too does not matter.
    let close = ws::CloseFrame { code: ws::close_code::AWAY, reason: "end".into() };
    if let Err(error) = socket.send(ws::Message::Close(Some(close))).await {
        tracing::debug!(%error, "A WebSocket was gone before it was closed.");
    }
}

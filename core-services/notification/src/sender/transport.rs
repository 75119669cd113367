//! The innermost service: one POST, of whose answer only the beginning is read.

use core::task::{Context, Poll};

use caravan_net::client::Failure;
use caravan_net::{Call as _, retry_after};
use futures_util::future::BoxFuture;
use http::header::RETRY_AFTER;
use http_body_util::BodyExt as _;
use tower::Service;

use super::post::Post;
use super::{Reply, SendError};

/// So much of an answer is kept; the rest is not read.
const START_BYTES_MAX: usize = 4 << 10;

/// Sends a [`Post`].
#[derive(Debug, Clone)]
pub(super) struct Transport {
    client: reqwest::Client,
}

impl Transport {
    pub(super) fn new(client: reqwest::Client) -> Self {
        Self { client }
    }

    async fn send(self, post: Post) -> Result<Reply, SendError> {
        let request = self.client.post(post.url.clone()).headers(post.headers.clone());
        post.progress().sent();
        let response = request.body(post.body.clone()).send().await;
        let response = response.map_err(|error| Failure::from(&error))?;
        let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        let asked = parts.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let now_ms = jiff::Timestamp::now().as_millisecond();
        Ok(Reply {
            status: parts.status.as_u16(),
            retry_after: asked.and_then(|value| retry_after::parse(value, now_ms)),
            start: start(body).await,
        })
    }
}

/// The beginning of a body as text. The status has said what matters, so a body that breaks off is as long as it is; PostgreSQL
/// keeps no NUL.
async fn start(mut body: reqwest::Body) -> String {
    let mut read = Vec::new();
    while read.len() < START_BYTES_MAX {
        let Some(Ok(frame)) = body.frame().await else { break };
        let Ok(data) = frame.into_data() else { continue };
        let room = START_BYTES_MAX.saturating_sub(read.len()).min(data.len());
        read.extend_from_slice(data.get(..room).unwrap_or_default());
    }
    String::from_utf8_lossy(&read).replace('\0', "\u{fffd}")
}

impl Service<Post> for Transport {
    type Response = Reply;
    type Error = SendError;
    type Future = BoxFuture<'static, Result<Reply, SendError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, post: Post) -> Self::Future {
        Box::pin(self.clone().send(post))
    }
}

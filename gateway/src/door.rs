//! The door: a connection's requests as the stack takes them, and what stands beside the stack.
//!
//! It is no axum router, which would look each path up, write it down as the original one and box the answer once more, for a choice
//! between two. What a router does for HEAD is done here.

use core::convert::Infallible;
use core::fmt;
use core::future::Future;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Method, Request, header};
use axum::response::Response;
use hyper::body::Incoming;

use crate::health;
use crate::step::Next;

/// What answers all connections; a clone shares everything.
#[derive(Clone)]
pub(crate) struct Door {
    probes: Next,
    stack: Next,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl Door {
    /// Probes and metrics stand beside the stack: they must answer when everything else is shed.
    pub(crate) fn new(probes: Router, stack: Next) -> Self {
        Self { probes: Next::new(probes), stack }
    }

    /// Answers a request of `peer`.
    pub(crate) fn answer(
        &self,
        peer: SocketAddr,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + use<> {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let is_head = *request.method() == Method::HEAD;
        let below = if health::is_probe(request.uri().path()) { &self.probes } else { &self.stack };
        let answer = below.run(request);
        async move {
            let response = answer.await;
            Ok(if is_head { head_of(response) } else { response })
        }
    }
}

/// The answer to a HEAD: that to a GET without its body, whose length it tells (RFC 9110 §9.3.2).
fn head_of(mut response: Response) -> Response {
    let length = response.body().size_hint().exact();
    if let Some(length) =
        length.filter(|_| !response.headers().contains_key(header::CONTENT_LENGTH))
    {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response.map(|_| Body::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_head_tells_the_length_and_has_no_body() {
        let told = |response: &Response| response.headers()[header::CONTENT_LENGTH].clone();
        let head = head_of(Response::new(Body::from("twelve bytes")));
        assert_eq!(
            (told(&head), head.body().size_hint().exact()),
            ("12".parse().unwrap(), Some(0))
        );
        // A service has answered the HEAD as such already.
        let answered = Response::builder().header(header::CONTENT_LENGTH, 7).body(Body::empty());
        assert_eq!(told(&head_of(answered.unwrap())), "7");
    }
}

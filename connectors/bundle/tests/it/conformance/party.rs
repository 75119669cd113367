//! The party: an HTTP server on a real socket that also misbehaves below HTTP.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// What the party does with a request.
#[derive(Clone)]
pub(crate) enum Answer {
    Reply {
        status: u16,
        headers: Vec<(&'static str, &'static str)>,
        body: Bytes,
    },
    /// Promises the whole body, sends half of it and closes.
    CutOff(Bytes),
    /// A byte now and then.
    Drip(Bytes),
    /// Reads and never answers.
    Silence,
    /// Reads and resets the connection.
    Reset,
}

impl Answer {
    pub(crate) fn ok(body: impl Into<Bytes>) -> Self {
        Self::Reply { status: 200, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Reply { status, headers: Vec::new(), body: Bytes::from_static(b"no") }
    }
}

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// Everything in it that a secret could be in.
    pub(crate) fn text(&self) -> String {
        let headers: Vec<&str> = self.headers.values().map(String::as_str).collect();
        format!("{}\n{}\n{}", self.target, headers.join("\n"), String::from_utf8_lossy(&self.body))
    }
}

/// A running party.
pub(crate) struct Party {
    pub(crate) base: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
    server: JoinHandle<()>,
}

impl Drop for Party {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Party {
    /// Answers every request alike; a request for one of the `token_paths` gets a token.
    pub(crate) async fn start(answer: Answer, token_paths: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = base_of(listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let server = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (answer, kept, tokens) =
                    (answer.clone(), Arc::clone(&kept), token_paths.clone());
                // A connection that the other side closed early is what some tests are about.
                tokio::spawn(async move { serve(socket, answer, &tokens, &kept).await.ok() });
            }
        });
        Self { base, seen, server }
    }

    /// An address where nobody listens.
    pub(crate) async fn nobody() -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        base_of(listener.local_addr().unwrap())
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn base_of(address: SocketAddr) -> Url {
    Url::parse(&format!("http://{address}")).unwrap()
}

async fn serve(
    mut socket: TcpStream,
    answer: Answer,
    token_paths: &[String],
    seen: &Mutex<Vec<Seen>>,
) -> std::io::Result<()> {
    let request = read(&mut socket).await?;
    if token_paths.contains(&request.target) {
        let token =
            r#"{"access_token":"token-of-the-party","token_type":"Bearer","expires_in":3600}"#;
        return reply(&mut socket, 200, &[("content-type", "application/json")], token.as_bytes())
            .await;
    }
    seen.lock().unwrap().push(request);
    match answer {
        Answer::Reply { status, headers, body } => {
            reply(&mut socket, status, &headers, &body).await
        }
        Answer::CutOff(body) => {
            head(&mut socket, 200, &[], body.len()).await?;
            socket.write_all(body.get(..body.len() / 2).unwrap_or_default()).await?;
            socket.shutdown().await
        }
        Answer::Drip(body) => {
            head(&mut socket, 200, &[], body.len()).await?;
            let mut tick = tokio::time::interval(Duration::from_millis(20));
            for byte in body {
                tick.tick().await;
                socket.write_all(&[byte]).await?;
            }
            Ok(())
        }
        Answer::Silence => {
            // Until the other side gives up.
            socket.read_to_end(&mut Vec::new()).await.map(drop)
        }
        Answer::Reset => socket.set_zero_linger(),
    }
}

async fn read(socket: &mut TcpStream) -> std::io::Result<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if socket.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = text.split("\r\n");
    let mut start = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (method, target) = (start.next().unwrap_or_default(), start.next().unwrap_or_default());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize =
        headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        if socket.read_buf(&mut body).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Seen { method, target, headers, body })
}

async fn head(
    socket: &mut TcpStream,
    status: u16,
    headers: &[(&str, &str)],
    length: usize,
) -> std::io::Result<()> {
    let mut text =
        format!("HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    socket.write_all(text.as_bytes()).await
}

async fn reply(
    socket: &mut TcpStream,
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<()> {
    head(socket, status, headers, body.len()).await?;
    socket.write_all(body).await?;
    socket.shutdown().await
}

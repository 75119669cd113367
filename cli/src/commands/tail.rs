//! `caravan tail`: canonical events as they are appended.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use crate::args::Tail;
use crate::client::Client;
use crate::failure::Failure;

pub(crate) async fn run(data: &Path, tail: &Tail) -> Result<ExitCode, Failure> {
    let client = Client::open(data)?;
    let from = if tail.from_beginning { "beginning" } else { "now" };
    let mut path = format!("/v1/events?from={from}");
    if let Some(kind) = &tail.kind {
        path.push_str("&kind=");
        path.extend(url::form_urlencoded::byte_serialize(kind.as_bytes()));
    }
    let mut response = client.stream(&path).await?;
    let mut left = tail.limit.unwrap_or(u64::MAX);
    let mut stdout = std::io::stdout().lock();
    let mut pending = Vec::new();
    while left > 0 {
        let chunk =
            response.chunk().await.map_err(|error| Failure::of("the stream broke", &error))?;
        let Some(chunk) = chunk else { break };
        pending.extend_from_slice(&chunk);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            // Whoever reads us may have gone: that is the end, not an error.
            if stdout.write_all(&line).and_then(|()| stdout.flush()).is_err() {
                return Ok(ExitCode::SUCCESS);
            }
            left = left.saturating_sub(1);
            if left == 0 {
                break;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

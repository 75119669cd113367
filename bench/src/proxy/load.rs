//! wrk, and what it says.

use std::process::Command;

use super::upstream::PATH;
use crate::Failure;

/// One thread, so that two proxies' threads have a processor of two most of the time.
const ARGUMENTS: [&str; 4] = ["-t1", "-c64", "-d8s", "--latency"];
/// The same in words.
pub(super) const SHAPE: &str = "64 connections, 8 s";

/// What a run came to.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) requests: u64,
    pub(super) per_s: f64,
    pub(super) p99_ms: f64,
}

impl Load {
    /// Asks `address` for the same answer again and again, under `key`.
    pub(super) fn put(address: &str, key: &str) -> Result<Self, Failure> {
        let output = Command::new("wrk")
            .args(ARGUMENTS)
            .args(["-H", &format!("authorization: Bearer {key}")])
            .arg(format!("http://{address}{PATH}"))
            .output()
            .map_err(|error| format!("wrk: {error}; on Debian: apt-get install wrk"))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() || said.contains("Non-2xx") || said.contains("Socket errors") {
            return Err(format!("wrk ended with {}:\n{said}", output.status).into());
        }
        Self::read(&said).ok_or_else(|| format!("wrk said something else:\n{said}").into())
    }

    fn read(said: &str) -> Option<Self> {
        let lines = || said.lines().map(str::trim);
        let after = |name: &str| lines().find_map(|line| line.strip_prefix(name));
        let requests = lines().find_map(|line| line.split_once(" requests in "))?.0;
        Some(Self {
            requests: requests.parse().ok()?,
            per_s: after("Requests/sec:")?.trim().parse().ok()?,
            p99_ms: millis(after("99%")?.trim())?,
        })
    }
}

/// `5.10ms`, `870.00us` or `1.02s`.
fn millis(text: &str) -> Option<f64> {
    let units = [("ms", 1.0), ("us", 1e-3), ("s", 1e3)];
    let (number, scale) =
        units.iter().find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, scale)))?;
    Some(number.parse::<f64>().ok()? * scale)
}

//! What a process used: processor time, resident memory; and percentiles of what was timed.

use std::time::Duration;

use crate::Failure;

/// Processor time of all threads of this process that still live, by the scheduler's own account.
pub(crate) fn cpu() -> Result<Duration, Failure> {
    cpu_below("/proc/self/task", None)
}

/// The same of those threads that have this name.
pub(crate) fn cpu_of(name: &str) -> Result<Duration, Failure> {
    cpu_below("/proc/self/task", Some(name))
}

/// The same of the threads in a folder of `/proc`, of another process for example.
pub(crate) fn cpu_below(folder: &str, name: Option<&str>) -> Result<Duration, Failure> {
    let mut nanos = 0_u64;
    for thread in std::fs::read_dir(folder)? {
        let thread = thread?.path();
        let Ok(text) = std::fs::read_to_string(thread.join("schedstat")) else { continue };
        let own = std::fs::read_to_string(thread.join("comm")).unwrap_or_default();
        if name.is_some_and(|name| own.trim() != name) {
            continue;
        }
        let ran = text.split_whitespace().next().unwrap_or_default();
        nanos = nanos.saturating_add(ran.parse()?);
    }
    Ok(Duration::from_nanos(nanos))
}

/// A line of `/proc/PROCESS/FILE` in KiB: `VmRSS`, `VmHWM`, `Pss`.
pub(crate) fn kib(process: &str, file: &str, name: &str) -> Result<u64, Failure> {
    let text = std::fs::read_to_string(format!("/proc/{process}/{file}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let line = line.ok_or_else(|| format!("/proc/{process}/{file} has no {name}"))?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The machine's load averages.
pub(crate) fn load() -> Result<String, Failure> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}

/// The value below which `share` (of 1,000) of the sorted `times` lie, in microseconds.
pub(crate) fn percentile_us(times: &[Duration], share: usize) -> f64 {
    let at = times.len().saturating_mul(share) / 1000;
    let last = times.len().saturating_sub(1);
    times.get(at.min(last)).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

/// Bytes as MB (10^6).
pub(crate) fn mb(bytes: u64) -> f64 {
    count(bytes) / 1e6
}

/// A count as a number to divide by; exact to 2^32, which no count here exceeds by more than a rate shows.
pub(crate) fn count(value: u64) -> f64 {
    let high = u32::try_from(value >> 32).unwrap_or(u32::MAX);
    let low = u32::try_from(value & 0xFFFF_FFFF).unwrap_or(u32::MAX);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

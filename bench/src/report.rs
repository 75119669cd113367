//! How numbers are shown: what was measured, the target beside it, and whether it is met.

use crate::{Failure, measure};

/// Which way is better.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// Not more than this.
    AtMost(f64),
    /// Not less than this.
    AtLeast(f64),
    /// There is no target: a number for comparison.
    None,
}

/// Prints the benchmark's name.
pub(crate) fn head(text: &str) {
    println!("\n{text}");
}

/// Prints one number.
pub(crate) fn line(what: &str, value: f64, unit: &str, target: Target) {
    let digits = if value < 100.0 { 2 } else { 0 };
    let (sign, limit, met) = match target {
        Target::AtMost(limit) => ("≤", limit, value <= limit),
        Target::AtLeast(limit) => ("≥", limit, value >= limit),
        Target::None => return println!("  {what:<58} {value:>12.digits$} {unit}"),
    };
    let verdict = if met { "met" } else { "MISSED" };
    println!("  {what:<58} {value:>12.digits$} {unit}   target {sign} {limit} {verdict}");
}

/// Prints what a number cannot say.
pub(crate) fn note(text: &str) {
    println!("  {text}");
}

/// Prints on what and beside what the numbers are taken.
pub(crate) fn machine() -> Result<(), Failure> {
    let info = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    println!(
        "{} × {}, Linux {}, load {}",
        std::thread::available_parallelism()?,
        model.trim_start_matches([' ', '\t', ':']),
        kernel.trim(),
        measure::load()?
    );
    Ok(())
}

//! Steps, printed as they end, and the count at the end.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use crate::wrong::Wrong;

/// How much of a step's log is looked through.
const LOG_BYTES_MAX: u64 = 8 << 20;

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    passed: u32,
    failed: u32,
    /// Processes with their logs.
    logs: Vec<(String, PathBuf)>,
}

impl Report {
    /// A report that says of a failed step whose log to read.
    pub(crate) fn over(logs: Vec<(String, PathBuf)>) -> Self {
        Self { logs, ..Self::default() }
    }

    /// Runs one step; what it gives back is shown behind its time.
    pub(crate) async fn step(
        &mut self,
        name: &str,
        step: impl Future<Output = Result<String, Wrong>>,
    ) {
        let begun = Instant::now();
        let before: Vec<u64> = self.logs.iter().map(|(_, log)| length(log)).collect();
        let result = step.await;
        let took_ms = begun.elapsed().as_millis();
        match result {
            Ok(detail) => {
                self.passed = self.passed.saturating_add(1);
                let detail = if detail.is_empty() { detail } else { format!(": {detail}") };
                println!("ok    {name} ({took_ms} ms){detail}");
            }
            Err(wrong) => {
                self.failed = self.failed.saturating_add(1);
                println!("WRONG {name}: {wrong}");
                for ((role, log), before) in self.logs.iter().zip(before) {
                    if let Some(last) = last_warning(log, before) {
                        println!("      {role} warned meanwhile, see {}: {last}", log.display());
                    }
                }
            }
        }
    }

    /// The last line.
    pub(crate) fn end(&self) -> ExitCode {
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    pub(crate) fn all_passed(&self) -> bool {
        self.failed == 0
    }
}

fn length(log: &Path) -> u64 {
    std::fs::metadata(log).map(|found| found.len()).unwrap_or_default()
}

/// The last warning or error that was logged behind `from`.
fn last_warning(log: &Path, from: u64) -> Option<String> {
    let mut file = File::open(log).ok()?;
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut bytes = Vec::new();
    file.take(LOG_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let last = text
        .lines()
        .rfind(|line| [" WARN ", " ERROR ", "panicked"].iter().any(|word| line.contains(word)));
    last.map(str::to_owned)
}

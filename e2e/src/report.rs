//! Steps, printed as they end, and the count at the end.

use std::process::ExitCode;
use std::time::Instant;

use crate::wrong::Wrong;

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    passed: u32,
    failed: u32,
}

impl Report {
    /// Runs one step; what it gives back is shown behind its time.
    pub(crate) async fn step(
        &mut self,
        name: &str,
        step: impl Future<Output = Result<String, Wrong>>,
    ) {
        let begun = Instant::now();
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

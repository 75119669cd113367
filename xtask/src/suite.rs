//! `cargo xtask test`: everything that CI runs, with one plain count at the end.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::{compile, need, portal, tidy, tree};

/// Runs every suite and prints `N passed, N failed` as the last line.
pub(crate) fn run() -> Result<(), String> {
    need::to_build()?;
    let skipped = missing()?;
    let mut count = Count::default();
    count.check("formatting", || compile::cargo(&["fmt", "--all", "--check"]));
    count.check("tidy", || tidy::run(false));
    // Before the gateway is built, which bakes it in.
    let portal = need::to_walk_portal().is_ok();
    if portal {
        count.check("portal: types, build, size", portal::build);
        count.check("portal: unit tests", portal::unit_tests);
    }
    count.check("build and clippy", compile::everything);
    count.cargo_test(&["test", "--release", "--workspace", "--no-fail-fast"])?;
    if need::to_test().is_ok() {
        count.check("walk", || compile::run("target/release/caravan-e2e", ["walk"]));
        count.check("every route, as every role", || {
            compile::run("target/release/caravan-e2e", ["routes"])
        });
        if need::to_check_contract().is_ok() {
            count.check("every answer, against the OpenAPI document", || {
                compile::run("target/release/caravan-e2e", ["contract"])
            });
        }
        count.check("kill -9, 20 cycles", || {
            compile::run("target/release/caravan-e2e", ["kill", "--cycles", "20"])
        });
        count.check("walk, one process per role, on Kafka", || {
            compile::run("target/release/caravan-e2e", ["walk", "--kafka"])
        });
        count.check("kill -9 of each role, on Kafka", || {
            compile::run("target/release/caravan-e2e", ["kill-roles"])
        });
        if portal {
            count.check("portal: walk in Chromium", portal::walk);
        }
    }
    for line in &skipped {
        println!("skipped: {line}");
    }
    println!("{} passed, {} failed", count.passed, count.failed);
    if count.failed == 0 {
        Ok(())
    } else {
        Err(format!("{} failed: {}", count.failed, count.names.join(", ")))
    }
}

/// What cannot run here, each with the command that would enable it. In CI that is an error.
fn missing() -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    if let Err(message) = need::to_test() {
        found.push(format!("the suites that need real servers: {message}"));
    }
    if let Err(message) = need::to_check_contract() {
        found.push(format!("the suite of the OpenAPI document: {message}"));
    }
    if let Err(message) = need::to_walk_portal() {
        found.push(format!("the portal's suites: {message}"));
    }
    let in_ci = std::env::vars_os().any(|(name, value)| name == "CI" && value == "true");
    match (in_ci, found.first()) {
        (true, Some(first)) => Err(format!("nothing may be skipped in CI: {first}")),
        _ => Ok(found),
    }
}

/// What passed and what did not.
#[derive(Debug, Default)]
struct Count {
    passed: u64,
    failed: u64,
    names: Vec<String>,
}

impl Count {
    fn check(&mut self, name: &str, step: impl FnOnce() -> Result<(), String>) {
        eprintln!("== {name}");
        match step() {
            Ok(()) => self.passed = self.passed.saturating_add(1),
            Err(message) => {
                eprintln!("== {name} failed: {message}");
                self.failed = self.failed.saturating_add(1);
                self.names.push(name.to_owned());
            }
        }
    }

    /// Runs `cargo test`, shows its output as it comes, and adds up its `test result:` lines.
    fn cargo_test(&mut self, arguments: &[&str]) -> Result<(), String> {
        eprintln!("$ cargo {}", arguments.join(" "));
        let mut child = compile::linting(&mut Command::new("cargo"))
            .args(arguments)
            .current_dir(tree::root()?)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cargo test: {error}"))?;
        let failed_before = self.failed;
        for line in child
            .stdout
            .take()
            .into_iter()
            .flat_map(|out| BufReader::new(out).lines())
            .map_while(Result::ok)
        {
            println!("{line}");
            let (passed, failed) = result_line(&line);
            self.passed = self.passed.saturating_add(passed);
            self.failed = self.failed.saturating_add(failed);
        }
        let status = child.wait().map_err(|error| format!("cargo test: {error}"))?;
        if !status.success() {
            if self.failed == failed_before {
                // A test binary that did not compile, or died, reports no count of its own.
                self.failed = self.failed.saturating_add(1);
            }
            self.names.push("cargo test".to_owned());
        }
        Ok(())
    }
}

/// The counts of a line such as `test result: ok. 3 passed; 0 failed; …`.
fn result_line(line: &str) -> (u64, u64) {
    let Some(rest) = line.strip_prefix("test result: ") else { return (0, 0) };
    let number_before = |word: &str| {
        rest.split([';', '.'])
            .find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok())
            .unwrap_or(0)
    };
    (number_before("passed"), number_before("failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_cargos_line() {
        assert_eq!(
            result_line("test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured"),
            (3, 0)
        );
        assert_eq!(result_line("test result: FAILED. 12 passed; 2 failed; 0 ignored"), (12, 2));
        assert_eq!(result_line("running 3 tests"), (0, 0));
    }
}

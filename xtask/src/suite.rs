//! `cargo xtask test`: everything that CI runs, with one plain count at the end.

use std::collections::VecDeque;
use std::process::{Command, Stdio};
use std::thread;

use crate::{compile, need, portal, tidy, tree};

/// Lines of a test binary's standard error that are said again when it died.
const LAST_WORDS: usize = 12;

/// Lines of failures that are said again at the end.
const FAILURES_MAX: usize = 60;

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
        count.check("walk", || walk(&["walk"]));
        count.check("every route, as every role", || walk(&["routes"]));
        if need::to_check_contract().is_ok() {
            count.check("every answer, against the OpenAPI document", || walk(&["contract"]));
        }
        count.check("kill -9, 20 cycles", || walk(&["kill", "--cycles", "20"]));
        count.check("walk, one process per role, on Kafka", || walk(&["walk", "--kafka"]));
        count.check("kill -9 of each role, on Kafka", || walk(&["kill-roles"]));
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
        Err(format!("{} failed:\n  {}", count.failed, count.names.join("\n  ")))
    }
}

/// A walk of ours against real systems.
fn walk(arguments: &[&str]) -> Result<(), String> {
    let root = tree::root()?;
    compile::walk(
        Command::new(root.join("target/release/caravan-e2e")).args(arguments).current_dir(root),
    )
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
                self.names.push(format!("{name}: {message}"));
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
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cargo test: {error}"))?;
        let errors = child.stderr.take();
        let deaths = thread::spawn(move || {
            deaths(compile::lines(errors).inspect(|line| eprintln!("{line}")))
        });
        let failed_before = self.failed;
        let mut failures = Failures::default();
        for line in compile::lines(child.stdout.take()) {
            println!("{line}");
            let (passed, failed) = result_line(&line);
            self.passed = self.passed.saturating_add(passed);
            self.failed = self.failed.saturating_add(failed);
            failures.see(&line);
        }
        self.names.append(&mut failures.said);
        let status = child.wait().map_err(|error| format!("cargo test: {error}"))?;
        // A test binary that died reports no count of its own.
        let deaths =
            deaths.join().map_err(|_| "cargo test: its errors cannot be read".to_owned())?;
        self.failed = self.failed.saturating_add(u64::try_from(deaths.len()).unwrap_or(u64::MAX));
        self.names.extend(deaths);
        if !status.success() && self.failed == failed_before {
            self.failed = self.failed.saturating_add(1);
            self.names.push("cargo test".to_owned());
        }
        Ok(())
    }
}

/// What test binaries say of their failures, to be said again at the end of everything.
#[derive(Debug, Default)]
struct Failures {
    within: bool,
    said: Vec<String>,
}

impl Failures {
    /// A binary tells its failures between `failures:` and its `test result:`.
    fn see(&mut self, line: &str) {
        self.within = (self.within || line == "failures:") && !line.starts_with("test result:");
        if self.within && !line.is_empty() && line != "failures:" && self.said.len() < FAILURES_MAX
        {
            self.said.push(line.to_owned());
        }
    }
}

/// What cargo says of test binaries that ended by a signal, each with the last lines before that, which are often its reason.
fn deaths(errors: impl Iterator<Item = String>) -> Vec<String> {
    let (mut last, mut found) = (VecDeque::new(), Vec::new());
    for line in errors {
        if line.contains("process didn't exit successfully") && line.contains("(signal: ") {
            let before: Vec<String> = last.drain(..).collect();
            found.push(format!("{}, after:\n    {}", line.trim(), before.join("\n    ")));
        } else {
            last.push_back(line);
            if last.len() > LAST_WORDS {
                last.pop_front();
            }
        }
    }
    found
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

    #[test]
    fn what_failed_is_kept_for_the_end() {
        let out = "test a ... FAILED\ntest b ... ok\n\nfailures:\n\n---- a stdout ----\nno such file\n\n\nfailures:\n    a\n\n\
                   test result: FAILED. 1 passed; 1 failed; 0 ignored\n\nrunning 1 test\ntest c ... ok";
        let mut failures = Failures::default();
        out.lines().for_each(|line| failures.see(line));
        assert_eq!(failures.said, ["---- a stdout ----", "no such file", "    a"]);
    }

    #[test]
    fn a_binary_that_died_is_named_with_its_last_words() {
        let errors = "     Running tests/it/main.rs (target/release/deps/it-1)\nit: log.c:7: Assertion `n > 0' failed.\n\
                      error: test failed, to rerun pass `-p log --test it`\n\nCaused by:\n  \
                      process didn't exit successfully: `it-1` (signal: 6, SIGABRT: process abort signal)\n\
                      process didn't exit successfully: `it-2` (exit status: 101)";
        let found = deaths(errors.lines().map(str::to_owned));
        let [death] = found.as_slice() else { panic!("{found:?}") };
        assert!(
            death.contains("`it-1` (signal: 6") && death.contains("log.c:7: Assertion"),
            "{death}"
        );
    }
}

//! Logs, metrics and spans of a process: set up once, in one place.
//!
//! Logs go to standard error: standard output belongs to data. Secrets never get here, because types that hold them have
//! no `Display` and a redacted `Debug`.
#![forbid(unsafe_code)]

pub mod traces;
mod traffic;

use core::time::Duration;
use std::io::IsTerminal as _;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry_otlp::ExporterBuildError;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::TryInitError;

pub use traffic::{Figures, Minute, Seen, Traffic};

/// Upper bounds of duration histograms, in seconds.
const SECONDS: &[f64] = &[
    0.000_025, 0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
    2.5, 5.0, 10.0, 30.0,
];

/// How often what histograms recorded is folded. Until then each sample is kept, so this bounds them by the requests of so long.
const FOLDED_EVERY: Duration = Duration::from_secs(5);

/// How a process logs.
#[derive(Debug, Clone)]
pub struct Config {
    /// One JSON object a line instead of text for people.
    pub json: bool,
    /// `tracing` filter, for example `info,caravan_hub_intake=debug`.
    pub filter: String,
}

/// Why logs, metrics or spans cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The filter is not of `tracing`'s form.
    #[error("the log filter {filter:?} cannot be read")]
    Filter {
        /// As given.
        filter: String,
        /// Why.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// Somebody set up logs before.
    #[error("logs are set up already")]
    Logs(#[from] TryInitError),
    /// Somebody set up metrics before, or a bucket is wrong.
    #[error("metrics cannot be set up")]
    Metrics(#[from] BuildError),
    /// The way to the collector is none.
    #[error("the collector of spans cannot be reached in that way")]
    Collector(#[from] ExporterBuildError),
    /// There is no HTTP client for the collector.
    #[error("there is no HTTP client for the collector of spans")]
    Client(#[from] reqwest::Error),
}

/// Sets up the process's logs.
///
/// # Errors
/// When the filter cannot be read or logs are set up already.
pub fn logs(config: &Config) -> Result<(), Error> {
    use tracing_subscriber::util::SubscriberInitExt as _;
    let filter = EnvFilter::try_new(&config.filter)
        .map_err(|source| Error::Filter { filter: config.filter.clone(), source })?;
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours);
    if config.json {
        builder.json().flatten_event(true).finish().try_init()?;
    } else {
        builder.with_target(false).finish().try_init()?;
    }
    Ok(())
}

/// The process's metrics.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl core::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// Sets up the process's metrics.
    ///
    /// # Errors
    /// When metrics are set up already.
    pub fn install() -> Result<Self, Error> {
        let builder = PrometheusBuilder::new();
        let handle = builder
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
            .install_recorder()?;
        Ok(Self { handle })
    }

    /// Folds what histograms recorded, by the clock until `shutdown`: `/metrics` may be asked by nobody.
    pub async fn run(self, shutdown: CancellationToken) {
        self.fold_every(FOLDED_EVERY, shutdown).await;
    }

    async fn fold_every(self, every: Duration, shutdown: CancellationToken) {
        let mut tick = tokio::time::interval(every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => self.handle.run_upkeep(),
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// Everything in Prometheus' text format; also folds what was recorded since the last call.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is folded, as the recorder's own description has it: its text format would fold first.
    fn folded(metrics: &Metrics) -> String {
        let all = format!("{:?}", metrics.handle);
        let (_, from) = all.split_once("distributions:").unwrap();
        let (folded, _) = from.split_once("distribution_builder:").unwrap();
        folded.to_owned()
    }

    #[tokio::test]
    async fn histograms_are_folded_while_nobody_asks() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let metrics = Metrics { handle: recorder.handle() };
        ::metrics::with_local_recorder(&recorder, || {
            ::metrics::histogram!("caravan_waits_seconds").record(0.25);
        });
        assert!(!folded(&metrics).contains("caravan_waits_seconds"), "{}", folded(&metrics));
        let shutdown = CancellationToken::new();
        let every = Duration::from_millis(1);
        let running = tokio::spawn(metrics.clone().fold_every(every, shutdown.clone()));
        let waited = tokio::time::timeout(Duration::from_secs(30), async {
            while !folded(&metrics).contains("caravan_waits_seconds") {
                tokio::task::yield_now().await;
            }
        });
        waited.await.unwrap();
        shutdown.cancel();
        running.await.unwrap();
        assert!(metrics.render().contains("caravan_waits_seconds_count 1"), "{}", metrics.render());
    }
}

//! Logs, metrics and spans of a process: set up once, in one place.
//!
//! Logs go to standard error: standard output belongs to data. Secrets never get here, because types that hold them have
//! no `Display` and a redacted `Debug`.
#![forbid(unsafe_code)]

pub mod traces;
mod traffic;

use std::io::IsTerminal as _;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry_otlp::ExporterBuildError;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::TryInitError;

pub use traffic::{Figures, Minute, Seen, Traffic};

/// Upper bounds of duration histograms, in seconds.
const SECONDS: &[f64] = &[
    0.000_025, 0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
    2.5, 5.0, 10.0, 30.0,
];

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

    /// Everything in Prometheus' text format; also folds what was recorded since the last call.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

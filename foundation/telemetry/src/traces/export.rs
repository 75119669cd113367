//! The way to the collector: a bounded queue that nobody waits at, batches, and an end within a bound.
//!
//! A batch that the collector does not take is counted and given up: spans are worth less than a third retry loop.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use metrics::counter;
use opentelemetry::KeyValue;
use opentelemetry_otlp::{
    Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Interval, MissedTickBehavior, timeout};
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use super::{Tracer, VERSION};
use crate::Error;

/// Spans that wait for the collector; more are dropped.
const WAITING_MAX: usize = 4_096;
/// Spans of one request to it.
const BATCH_MAX: usize = 512;
/// How long a span waits for others to go with.
const BATCH_EVERY: Duration = Duration::from_secs(1);
/// Time for the collector's answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Where spans go, and which.
#[derive(Debug, Clone)]
pub struct Config {
    /// The collector's base for OTLP over HTTP, for example `http://127.0.0.1:4318`; `/v1/traces` is added to it.
    pub collector: Url,
    /// Of how many traces spans are kept, from 0 to 1.
    pub ratio: f64,
    /// As what this process appears.
    pub service: String,
}

impl Config {
    /// Starts the way to the collector, in this runtime. Whether there is one shows with the first spans.
    ///
    /// # Errors
    /// When the address is none that an HTTP client takes, or no client can be made.
    pub fn start(&self) -> Result<(Tracer, Exporter), Error> {
        let client = reqwest::Client::builder()
            .timeout(ANSWER_WITHIN)
            // A collector does not move; what it is sent, keys in headers among it, goes nowhere else.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let base = self.collector.as_str().trim_end_matches('/');
        let mut collector = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{base}/v1/traces"))
            .with_retry_policy(RetryPolicy::disabled())
            .build()?;
        let this = [
            KeyValue::new("service.version", VERSION),
            KeyValue::new("service.instance.id", Uuid::new_v4().to_string()),
        ];
        let resource = Resource::builder().with_service_name(self.service.clone());
        collector.set_resource(&resource.with_attributes(this).build());
        let (sender, spans) = mpsc::channel(WAITING_MAX);
        let queue = Queue { sender, unsettled: Arc::default() };
        let (end, unsettled) = (CancellationToken::new(), Arc::clone(&queue.unsettled));
        let way = Way { spans, collector, unsettled: Arc::clone(&unsettled), refuses: false };
        let task = tokio::spawn(way.serve(end.clone()));
        Ok((Tracer::new(queue, self.ratio), Exporter { task, end, unsettled }))
    }
}

/// The near end of the way, where spans are put.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    sender: Sender<SpanData>,
    unsettled: Arc<AtomicUsize>,
}

impl Queue {
    /// Takes a span, or drops it where too many wait already: whoever ends a span has other things to do.
    pub(super) fn put(&self, span: SpanData) {
        self.unsettled.fetch_add(1, Ordering::Relaxed);
        if self.sender.try_send(span).is_err() {
            self.unsettled.fetch_sub(1, Ordering::Relaxed);
            count("dropped", 1);
        }
    }
}

/// What runs behind the spans of a process.
#[derive(Debug)]
pub struct Exporter {
    task: JoinHandle<()>,
    end: CancellationToken,
    unsettled: Arc<AtomicUsize>,
}

impl Exporter {
    /// Sends what waits, for at most `within`; says how many spans were given up instead. What ends later is dropped.
    pub async fn end(mut self, within: Duration) -> usize {
        self.end.cancel();
        if timeout(within, &mut self.task).await.is_err() {
            self.task.abort();
        }
        let left = self.unsettled.load(Ordering::Relaxed);
        count("dropped", left);
        left
    }
}

/// The far end of the way.
struct Way {
    spans: Receiver<SpanData>,
    collector: SpanExporter,
    unsettled: Arc<AtomicUsize>,
    /// Whether the collector did not take the batch before.
    refuses: bool,
}

impl Way {
    /// Sends batches until `end`, and then what is left.
    async fn serve(mut self, end: CancellationToken) {
        loop {
            let batch = self.batch(&end).await;
            if batch.is_empty() {
                return;
            }
            self.send(batch).await;
        }
    }

    /// The next batch: a full one at once, a smaller one in a while or at the end. Empty when there is nothing more to come.
    async fn batch(&mut self, end: &CancellationToken) -> Vec<SpanData> {
        let mut batch = Vec::new();
        let mut ticks = ticks(BATCH_EVERY);
        loop {
            let room = BATCH_MAX.saturating_sub(batch.len());
            tokio::select! {
                biased;
                taken = self.spans.recv_many(&mut batch, room) => {
                    if taken == 0 || taken == room {
                        return batch;
                    }
                }
                () = end.cancelled(), if !self.spans.is_closed() => self.spans.close(),
                _ = ticks.tick() => if !batch.is_empty() {
                    return batch;
                },
            }
        }
    }

    async fn send(&mut self, batch: Vec<SpanData>) {
        let spans = batch.len();
        let sent = self.collector.export(batch).await;
        self.unsettled.fetch_sub(spans, Ordering::Relaxed);
        count(if sent.is_ok() { "sent" } else { "failed" }, spans);
        // Once when it begins and once when it is over; how much was lost is for the metric to say.
        match sent {
            Err(error) if !self.refuses => {
                tracing::warn!(%error, "The collector does not take spans; they are given up.");
                self.refuses = true;
            }
            Ok(()) if self.refuses => {
                tracing::info!("The collector takes spans again.");
                self.refuses = false;
            }
            _ => {}
        }
    }
}

/// Ticks whose first one is not at once.
fn ticks(every: Duration) -> Interval {
    let mut ticks = tokio::time::interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// What became of spans that ended.
fn count(outcome: &'static str, spans: usize) {
    counter!("caravan_trace_spans_total", "outcome" => outcome)
        .increment(u64::try_from(spans).unwrap_or(u64::MAX));
}

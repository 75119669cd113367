//! Spans on their way to a real receiver of OTLP: what they say, where they hang, which there are, and what becomes of them when the
//! receiver is slow, refuses, or is gone.

use std::sync::LazyLock;
use std::time::Duration;

use caravan_model::TraceId;
use caravan_telemetry::Metrics;
use caravan_telemetry::traces::{self, Config, Exporter, Place, SpanId, SpanKind, Tracer};
use caravan_world::otlp::SpanKind as Kind;
use caravan_world::{Collector, Mood, Received};

/// Enough for whatever ends well.
const LONG: Duration = Duration::from_secs(60);
const TRACE: TraceId = TraceId([7; 16]);

static METRICS: LazyLock<Metrics> = LazyLock::new(|| Metrics::install().unwrap());

async fn start(ratio: f64) -> (Collector, Tracer, Exporter) {
    LazyLock::force(&METRICS);
    let collector = Collector::start().await.unwrap();
    let config =
        Config { collector: collector.url().parse().unwrap(), ratio, service: "us".to_owned() };
    let (tracer, exporter) = config.start().unwrap();
    (collector, tracer, exporter)
}

fn counted(outcome: &str) -> u64 {
    let line = format!("caravan_trace_spans_total{{outcome=\"{outcome}\"}} ");
    let text = METRICS.render();
    text.lines().find_map(|found| found.strip_prefix(&line)).map_or(0, |n| n.parse().unwrap())
}

/// The one span of that name.
fn named(spans: &[Received], name: &str) -> Received {
    let found: Vec<&Received> = spans.iter().filter(|found| found.span.name == name).collect();
    let [one] = found.as_slice() else { panic!("{} spans are {name}", found.len()) };
    (*one).clone()
}

#[tokio::test]
async fn a_trace_arrives_as_it_was() {
    let (collector, tracer, exporter) = start(1.0).await;
    tracer.clone().install();
    let caller = Place::read("00-07070707070707070707070707070707-00f067aa0ba902b7-00").unwrap();
    let (event, other) = (SpanId::of(0xe1), SpanId::of(0xe2));
    let mut request = tracer.begin(SpanKind::Server, "request", TRACE).under(caller.span);
    request.rename(|| "POST /v1/things".to_owned());
    request.set("http.response.status_code", 503_i64);
    request.fail("5xx");
    request
        .run(async {
            drop(traces::step("translate"));
            drop(tracer.begin(SpanKind::Producer, "publish", TRACE).known_as(event));
            drop(tracer.begin(SpanKind::Internal, "of another trace", TraceId([8; 16])));
            let elsewhere = tracer.clone();
            let apart = async move { drop(elsewhere.begin(SpanKind::Internal, "apart", TRACE)) };
            tokio::spawn(apart).await.unwrap();
        })
        .await;
    drop(request);
    let mut handled = tracer.begin(SpanKind::Consumer, "process", TRACE).under(event);
    handled.link(other);
    drop(handled);
    assert_eq!(exporter.end(LONG).await, 0);

    let spans = collector.received();
    assert_eq!(spans.len(), 6);
    let request = named(&spans, "POST /v1/things");
    assert_eq!(request.service, "us");
    assert_eq!(request.span.trace_id, TRACE.0);
    assert_eq!(request.span.parent_span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
    assert_eq!(request.span.kind, Kind::Server as i32);
    assert_eq!(request.attribute("http.response.status_code").as_deref(), Some("503"));
    let status = request.span.status.as_ref().unwrap();
    assert_eq!((status.code, status.message.as_str()), (2, "5xx"));
    assert!(request.span.start_time_unix_nano <= request.span.end_time_unix_nano);

    let publish = named(&spans, "publish").span;
    assert_eq!(publish.span_id, 0xe1_u64.to_be_bytes());
    for inside in ["translate", "publish"] {
        assert_eq!(named(&spans, inside).span.parent_span_id, request.span.span_id, "{inside}");
    }
    for outside in ["of another trace", "apart"] {
        assert!(named(&spans, outside).span.parent_span_id.is_empty(), "{outside}");
    }
    let process = named(&spans, "process").span;
    assert_eq!((process.parent_span_id, process.kind), (publish.span_id, Kind::Consumer as i32));
    assert_eq!(process.links[0].span_id, 0xe2_u64.to_be_bytes());
}

#[tokio::test]
async fn in_several_spans_each_trace_keeps_to_its_own() {
    let (collector, tracer, exporter) = start(1.0).await;
    let all = [TraceId([9; 16]), TraceId([2; 16]), TraceId([5; 16])];
    let batch = all.map(|trace| tracer.begin(SpanKind::Consumer, "process", trace));
    traces::run_in(&batch, async {
        drop(all.map(|trace| tracer.begin(SpanKind::Producer, "publish", trace)));
    })
    .await;
    drop(batch);
    assert_eq!(exporter.end(LONG).await, 0);
    let spans = collector.received();
    for trace in all {
        let of: Vec<_> =
            spans.iter().filter(|found| found.span.trace_id == trace.0).cloned().collect();
        let parent = named(&of, "process").span.span_id;
        assert_eq!(named(&of, "publish").span.parent_span_id, parent, "{trace}");
    }
}

#[tokio::test]
async fn a_trace_that_is_not_taken_has_no_span_in_any_process() {
    let (collector, tracer, exporter) = start(0.5).await;
    let (taken, left) = (TraceId([0x7f; 16]), TraceId([0x80; 16]));
    for trace in [taken, left, TraceId([0; 16])] {
        let span = tracer.begin(SpanKind::Server, "request", trace);
        assert_eq!(span.place().is_some(), trace == taken, "{trace}");
    }
    let (again, _) = Config {
        collector: collector.url().parse().unwrap(),
        ratio: 0.5,
        service: "other".to_owned(),
    }
    .start()
    .unwrap();
    assert_eq!((again.takes(taken), again.takes(left)), (true, false));
    assert_eq!(exporter.end(LONG).await, 0);
    assert_eq!(collector.received().len(), 1);
}

#[tokio::test]
async fn nobody_waits_for_a_silent_collector_and_what_is_lost_is_counted() {
    let (collector, tracer, exporter) = start(1.0).await;
    let before = counted("dropped");
    collector.set(Mood::Silent);
    let end = |spans: usize| {
        (0..spans).for_each(|_| drop(tracer.begin(SpanKind::Internal, "step", TRACE)));
    };
    // A full batch is on its way and stays there; behind it the queue fills.
    end(512);
    collector.asked(1).await;
    end(4_096 + 100);
    assert_eq!(counted("dropped") - before, 100);
    let left = exporter.end(Duration::from_millis(1)).await;
    assert_eq!(left, 512 + 4_096);
    assert_eq!(counted("dropped") - before, 100 + 512 + 4_096);
    // Whoever ends a span after the end is not held up, either.
    end(1);
    assert_eq!(counted("dropped") - before, 101 + 512 + 4_096);
}

#[tokio::test]
async fn a_refused_batch_is_given_up_and_the_next_one_sent() {
    let (collector, tracer, exporter) = start(1.0).await;
    let before = counted("failed");
    collector.set(Mood::Refuses);
    drop(tracer.begin(SpanKind::Internal, "refused", TRACE));
    collector.asked(1).await;
    collector.set(Mood::Takes);
    drop(tracer.begin(SpanKind::Internal, "taken", TRACE));
    assert_eq!(exporter.end(LONG).await, 0);
    let names: Vec<_> = collector.received().into_iter().map(|found| found.span.name).collect();
    assert_eq!((names, counted("failed") - before), (vec!["taken".to_owned()], 1));
}

/// Each of its numbers has so many digits, or it is another format's.
#[test]
fn a_traceparent_with_a_number_of_another_length_is_not_taken_up() {
    let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    assert!(Place::read(&format!("00-{trace}-{span}-01")).is_some());
    for (version, trace, span) in [
        ("0", trace, span),
        ("000", trace, span),
        ("00", "4bf92f3577b34da6a3ce929d0e0e47", span),
        ("00", "004bf92f3577b34da6a3ce929d0e0e4736", span),
        ("00", trace, "f067aa0ba902b7"),
        ("00", trace, "0000f067aa0ba902b7"),
    ] {
        let bad = format!("{version}-{trace}-{span}-01");
        assert_eq!(Place::read(&bad), None, "{bad}");
    }
}

//! Spans: a document's trace from the door to the timeline, as a collector gets it from every process.

use std::time::Duration;

use caravan_world::{Collector, Received};

use crate::report::Report;
use crate::samples;
use crate::wait::until;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

/// Spans go out once a second, and the last of them is of the timeline.
const SOON: Duration = Duration::from_secs(10);
const POST: &str = "/v1/connections/demo-carrier/documents";
const PRO: &str = "TRACED0001";
/// What calls us is in a trace of its own, which it does not keep.
const TRACE: u128 = 0xc0ff_ee00_c0ff_ee00_c0ff_ee00_c0ff_ee01;
const CALLER: u64 = 0x00f0_67aa_0ba9_02b7;

/// From the timeline back to the door: the span, and the role that has it where roles are apart.
const WAY: [(&str, &str); 6] = [
    ("process tracking", "tracking"),
    ("publish caravan.milestone.recorded", "hub"),
    ("process document", "hub"),
    ("receive document", "hub"),
    (IN_THE_HUB, "hub"),
    ("POST /v1/connections", "gateway"),
];
/// The hub's own span of the request, which there is only where the hub is a process of its own.
const IN_THE_HUB: &str = "POST /v1/connections/{connection}/documents";

pub(super) async fn walk(report: &mut Report, world: &World, collector: &Collector) {
    report
        .step("a posted 214 is one trace from the door to its timeline", crosses(world, collector))
        .await;
    report.step("no span names a shipment or a key", names_nothing(world, collector)).await;
}

async fn crosses(world: &World, collector: &Collector) -> Result<String, Wrong> {
    let document = samples::made_214(4711, &[PRO.to_owned()]);
    let caller = format!("00-{TRACE:032x}-{CALLER:016x}-00");
    world.http.post_in_trace(POST, document, &caller).await?.expect(200)?;
    let apart = world.place.apart.is_some();
    let expected: Vec<(&str, String)> = WAY
        .into_iter()
        .filter(|(name, _)| apart || *name != IN_THE_HUB)
        .map(|(name, role)| {
            (name, if apart { format!("caravan-{role}") } else { "caravan".to_owned() })
        })
        .collect();
    let way = until(SOON, "the trace is whole", async || {
        let way = way_back(&collector.received());
        Ok((way.len() == expected.len()).then_some(way))
    })
    .await?;
    let found: Vec<(&str, String)> =
        way.iter().map(|found| (found.span.name.as_str(), found.service.clone())).collect();
    ensure(found == expected, || format!("the way back is {found:?}"))?;
    let first = way.last().map(|found| found.span.parent_span_id.clone()).unwrap_or_default();
    ensure(first == CALLER.to_be_bytes(), || "its caller is not above it".to_owned())?;
    Ok(format!("{} spans on the way back", way.len()))
}

/// The spans of the trace, from the timeline's up.
fn way_back(received: &[Received]) -> Vec<Received> {
    let ours = |found: &&Received| found.span.trace_id == TRACE.to_be_bytes();
    let spans: Vec<&Received> = received.iter().filter(ours).collect();
    let (last, _) = WAY[0];
    let mut here = spans.iter().find(|found| found.span.name == last);
    let mut way = Vec::new();
    while let Some(found) = here {
        way.push((*found).clone());
        here = spans.iter().find(|above| above.span.span_id == found.span.parent_span_id);
    }
    way
}

async fn names_nothing(world: &World, collector: &Collector) -> Result<String, Wrong> {
    let received = collector.received();
    let told = format!("{received:?}");
    for secret in [PRO, samples::PUBLISHED_PRO, samples::ORDER_NUMBER, &world.caravan.api_key] {
        ensure(!told.contains(secret), || format!("a span has {secret} in it"))?;
    }
    let metrics = world.metrics().await?;
    let sent = metrics.contains("caravan_trace_spans_total{outcome=\"sent\"}");
    ensure(sent, || "nobody counts the spans that were sent".to_owned())?;
    for lost in ["dropped", "failed"] {
        let line = format!("caravan_trace_spans_total{{outcome=\"{lost}\"}}");
        ensure(!metrics.contains(&line), || format!("spans were {lost}"))?;
    }
    Ok(format!("{} spans in all", received.len()))
}

//! One line and one measurement per request; the outermost view of what we answered.

use core::ops::ControlFlow;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use caravan_telemetry::Traffic;
use metrics::{Counter, Histogram, counter, histogram};

use crate::around::Around;
use crate::identity::Trace;
use crate::stack::Route;
use crate::upstream::OWN_ROLE;

/// Logs and counts a request by its set of paths, never by its path: paths hold references and would be countless.
pub(crate) struct AccessLog {
    traffic: Traffic,
    meters: Mutex<HashMap<(&'static str, u16), Meter>>,
}

/// The measurements of a route's answers of one status: looked up among all of the process once, and not for each request.
struct Meter {
    requests: Counter,
    seconds: Histogram,
}

impl AccessLog {
    pub(crate) fn new(traffic: Traffic) -> Self {
        Self { traffic, meters: Mutex::default() }
    }

    fn measure(&self, route: &'static str, status: u16, seconds: f64) {
        // Routes are of a fixed set and statuses are few, so it does not grow for ever.
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let meter = meters.entry((route, status)).or_insert_with(|| Meter {
            requests: counter!("caravan_http_requests_total", "route" => route, "status" => status.to_string()),
            seconds: histogram!("caravan_http_request_seconds", "route" => route),
        });
        meter.requests.increment(1);
        meter.seconds.record(seconds);
    }
}

impl Around for AccessLog {
    type Held = (Instant, Method, Option<Trace>);

    fn before(&self, request: &mut Request) -> ControlFlow<Response, Self::Held> {
        let trace = request.extensions().get::<Trace>().copied();
        ControlFlow::Continue((Instant::now(), request.method().clone(), trace))
    }

    fn after(&self, (clock, method, trace): Self::Held, response: &mut Response) {
        let route = response.extensions().get::<Route>().copied();
        let Route { role, prefix: route } =
            route.unwrap_or(Route { role: OWN_ROLE, prefix: "none" });
        let status = response.status().as_u16();
        let took = clock.elapsed();
        self.traffic.record(role, route, status, took);
        let seconds = took.as_secs_f64();
        self.measure(route, status, seconds);
        let trace_id = trace.map(|trace| tracing::field::display(trace.0));
        tracing::debug!(%method, route, status, seconds, trace_id, "Request answered.");
    }
}

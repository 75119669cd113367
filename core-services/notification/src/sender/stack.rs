//! The stack of calls to receivers: the order is that of `hub/resilience`, less what has no place here.

use core::time::Duration;

use caravan_net::breaker::{self, BreakerLayer};
use caravan_net::bulkhead::{self, BulkheadLayer};
use caravan_net::deadline::DeadlineLayer;
use caravan_net::guard::{Guard, GuardLayer};
use tower::ServiceBuilder;
use tower::util::BoxCloneSyncService;

use super::post::Post;
use super::transport::Transport;
use super::{Reply, SendError};

pub(super) type Stack = BoxCloneSyncService<Post, Reply, SendError>;

/// Longest pause of a failing endpoint: short, as its owner mends it and then waits for what is sent again.
const PENALTY_MAX: Duration = Duration::from_secs(30);

pub(super) fn build(calls_max: usize, guard: Guard, client: reqwest::Client) -> Stack {
    let breaker = breaker::Config { penalty_max: PENALTY_MAX, ..breaker::Config::default() };
    let bulkhead = bulkhead::Config { calls_max, ..bulkhead::Config::default() };
    let stack = ServiceBuilder::new()
        // Outermost: waiting for a place spends from the one deadline, too.
        .layer(DeadlineLayer)
        // No retry here: a delivery is a row with a schedule, and two loops would multiply.
        // Above the places: while an endpoint is down its deliveries are put off at once and cost nobody a timeout.
        .layer(BreakerLayer::new(breaker))
        // A slow endpoint has so many calls out and no more. The claim asks for no more; a person's tests come on top.
        .layer(BulkheadLayer::new(bulkhead))
        // No rate limit: no receiver publishes one; who is asked too much says 429, and the schedule heeds it.
        // Last before the socket: what is dialled is judged, whatever the layers above made of it.
        .layer(GuardLayer::new(guard))
        // Resolves by the guarded resolver, dials what it gave, follows nothing, repeats nothing.
        .service(Transport::new(client));
    BoxCloneSyncService::new(stack)
}

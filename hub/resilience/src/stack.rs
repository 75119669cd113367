//! The one stack of calls out. Read from the top: a request goes down through the layers, its result comes up.

use caravan_net::breaker::BreakerLayer;
use caravan_net::bulkhead::BulkheadLayer;
use caravan_net::deadline::DeadlineLayer;
use caravan_net::guard::{Guard, GuardLayer};
use caravan_net::rate::RateLayer;
use caravan_net::retry;
use tower::ServiceBuilder;
use tower::retry::RetryLayer;
use tower::util::BoxCloneSyncService;

use crate::auth::AuthLayer;
use crate::egress::Config;
use crate::error::EgressError;
use crate::exchange::Exchange;
use crate::response::EgressResponse;
use crate::transport::Transport;

pub(crate) type Stack = BoxCloneSyncService<Exchange, EgressResponse, EgressError>;

pub(crate) fn build(
    config: &Config,
    breaker: BreakerLayer,
    guard: Guard,
    transport: Transport,
) -> Stack {
    let stack = ServiceBuilder::new()
        // Outermost: waits between attempts, in the queue and for a turn all spend from the caller's one deadline.
        .layer(DeadlineLayer)
        // Above the breaker: each attempt asks the breaker anew, so retries stop the moment it opens.
        .layer(RetryLayer::new(retry::Policy::new(config.retry)))
        // Above the queues: while a party is down its calls are refused at once and do not pile up below.
        .layer(breaker)
        // Above the rate limit: one that waits for its turn holds a place, so a connection's queue stays bounded.
        .layer(BulkheadLayer::new(config.bulkhead))
        // Below the places: a turn is taken only by a call that goes out now. Retries take turns like any call.
        .layer(RateLayer::new(config.rate))
        // Below everything that keeps, repeats or logs a request: from here on it holds secrets.
        .layer(AuthLayer::new(config.breaker.keys_max))
        // Last before the socket: whatever the layers above made of the URL, this is what is dialled. Token requests pass too.
        .layer(GuardLayer::new(guard))
        // Resolves by the guarded resolver, dials what it gave, follows nothing, repeats nothing.
        .service(transport);
    BoxCloneSyncService::new(stack)
}

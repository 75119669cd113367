//! Load shedding: what cannot be served now is told so at once, before a byte of its body is read, and no tenant takes all places.

use core::ops::ControlFlow;
use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use caravan_model::TenantId;
use caravan_tenancy::Caller;
use caravan_web::Problem;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::around::Around;

/// Requests that may be under way at once.
#[derive(Debug, Clone)]
pub(crate) struct Places(Arc<Semaphore>);

impl Places {
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }
}

/// A request takes a place until the answer's headers are there; without a free one the answer is 503.
impl Around for Places {
    type Held = OwnedSemaphorePermit;

    fn before(&self, _: &mut Request) -> ControlFlow<Response, Self::Held> {
        match Arc::clone(&self.0).try_acquire_owned() {
            Ok(place) => ControlFlow::Continue(place),
            Err(_) => overloaded("all", "too many requests are under way; try again"),
        }
    }
}

fn overloaded<T>(whose: &'static str, detail: &'static str) -> ControlFlow<Response, T> {
    metrics::counter!("caravan_http_shed_total", "whose" => whose).increment(1);
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", detail);
    ControlFlow::Break(problem.retry_after(Duration::from_secs(1)).into_response())
}

/// The places by tenant. While three quarters of them are not taken, everybody may have as many as they like; what is above that is
/// for those who have less than an equal share, counted with one more tenant than there is: the next to come.
#[derive(Debug, Clone)]
pub(crate) struct Shares(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    /// Requests under way of each tenant that has any, so there are never more entries than places.
    taken: Mutex<HashMap<TenantId, usize>>,
}

/// One place of a tenant, which ends with it.
#[derive(Debug)]
pub(crate) struct Share(Arc<Inner>, TenantId);

impl Shares {
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Inner { most, taken: Mutex::default() }))
    }

    /// None when the tenant has its share already and the rest is wanted for others.
    fn take(&self, tenant: TenantId) -> Option<Share> {
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let own = taken.get(&tenant).copied().unwrap_or(0);
        let tenants = taken.len() + usize::from(own == 0);
        let borrows = all < self.0.most - self.0.most / 4;
        if !borrows && own >= (self.0.most / (tenants + 1)).max(1) {
            return None;
        }
        taken.insert(tenant, own + 1);
        Some(Share(Arc::clone(&self.0), tenant))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.1) {
            Some(number) if *number > 1 => *number -= 1,
            _ => {
                taken.remove(&self.1);
            }
        }
    }
}

/// Holds a known tenant to its share, until the answer's headers are there.
impl Around for Shares {
    type Held = Option<Share>;

    fn before(&self, request: &mut Request) -> ControlFlow<Response, Self::Held> {
        let Some(caller) = request.extensions().get::<Caller>() else {
            return ControlFlow::Continue(None);
        };
        match self.take(caller.tenant) {
            Some(share) => ControlFlow::Continue(Some(share)),
            None => overloaded(
                "tenant",
                "your tenant has its share of the requests under way; wait for answers before you send more",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn tenant(number: u128) -> TenantId {
        TenantId(Uuid::from_u128(number))
    }

    /// As many places as the tenant gets.
    fn all(shares: &Shares, of: u128) -> Vec<Share> {
        core::iter::from_fn(|| shares.take(tenant(of))).take(1_000).collect()
    }

    #[test]
    fn a_noisy_tenant_borrows_and_leaves_a_quarter_to_the_next() {
        let shares = Shares::new(100);
        let mut noisy = all(&shares, 1);
        assert_eq!(noisy.len(), 75);
        let quiet = all(&shares, 2);
        assert_eq!(quiet.len(), 33, "a third: for two, and for one to come");
        noisy.pop();
        assert!(shares.take(tenant(1)).is_none(), "what it gave back is another's");
        assert!(shares.take(tenant(3)).is_some());
        drop(noisy);
        assert!(shares.take(tenant(2)).is_some(), "what is idle can be borrowed");
        drop(quiet);
        assert!(shares.0.taken.lock().unwrap().is_empty());
    }

    #[test]
    fn one_place_is_somebodys() {
        let shares = Shares::new(1);
        assert!(shares.take(tenant(1)).is_some());
    }
}

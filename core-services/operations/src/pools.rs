//! The pools of a process, by the login role that each has.

use std::sync::{Arc, Mutex, PoisonError};

use caravan_tenancy::Database;

/// Every pool that was opened. Cheap to clone; clones share.
#[derive(Debug, Clone, Default)]
pub struct Pools {
    pools: Arc<Mutex<Vec<(&'static str, Database)>>>,
}

impl Pools {
    /// Notes the pool of `login_role`.
    pub fn add(&self, login_role: &'static str, pool: Database) {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).push((login_role, pool));
    }

    /// All of them, in the order in which they were opened.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, Database)> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

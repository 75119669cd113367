//! What this crate measures, by name.

use caravan_tenancy::{PoolUse, ServerUse};
use metrics::gauge;

use crate::hub::Space;

/// How a pool is used.
pub(crate) fn pool(login_role: &'static str, pool: PoolUse) {
    let PoolUse { open, idle, most } = pool;
    let used = open.saturating_sub(idle);
    gauge!("caravan_database_pool_connections", "pool" => login_role, "state" => "used")
        .set(f64::from(used));
    gauge!("caravan_database_pool_connections", "pool" => login_role, "state" => "idle")
        .set(f64::from(idle));
    gauge!("caravan_database_pool_connections_max", "pool" => login_role).set(f64::from(most));
}

/// How the database server is used.
pub(crate) fn server(server: ServerUse) {
    gauge!("caravan_database_bytes").set(float(server.bytes));
    gauge!("caravan_database_connections").set(f64::from(server.connections));
    gauge!("caravan_database_connections_max").set(f64::from(server.connections_max));
}

/// How full the disk is that documents lie on.
pub(crate) fn space(space: Space) {
    gauge!("caravan_documents_disk_bytes").set(float(space.bytes));
    gauge!("caravan_documents_disk_free_bytes").set(float(space.free_bytes));
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; bytes are told within 2^-53")]
fn float(bytes: u64) -> f64 {
    bytes as f64
}

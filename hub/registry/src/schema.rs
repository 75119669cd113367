//! The hub's database schema: connections, documents, polls.

use caravan_tenancy::Schema;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Schema `hub`, used by every crate under `hub/`. Migrate it after `log` and `web`.
pub const SCHEMA: Schema = Schema { name: "hub", migrator: &MIGRATOR, login_role: "caravan_hub" };

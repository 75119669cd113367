//! The roles and the two functions that every policy is written with.
//!
//! Roles belong to the whole server, not to one database, so several databases of one server (as in tests) may prepare them at
//! the same moment: every step looks first, tolerates a rival, and is tried again when the catalogue row was just changed.

use sqlx::{AssertSqlSafe, PgConnection};

use crate::Error;

/// Group of all login roles: what every service may do in another's schema (append to the log) is granted to it.
pub(crate) const SERVICE_ROLE: &str = "caravan_service";

/// `app_tenant()` is the tenant of the transaction, or NULL, which equals nothing; after its first use in a session PostgreSQL
/// reports the unset setting as an empty text, hence NULLIF. `app_system()` is true inside a `SystemTx` only.
const FUNCTIONS: &str = "
CREATE OR REPLACE FUNCTION public.app_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT NULLIF(pg_catalog.current_setting('app.tenant_id', true), '')::uuid $$;
CREATE OR REPLACE FUNCTION public.app_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT COALESCE(pg_catalog.current_setting('app.system', true), '') = 'on' $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
";

/// How often a step is tried when another database's preparation changes the same catalogue row.
const TRIES: usize = 20;

/// Creates what is missing of the group, the login roles, their membership and the functions.
pub(crate) async fn ensure(owner: &mut PgConnection, login_roles: &[&str]) -> Result<(), Error> {
    let group = format!(
        "DO $$ BEGIN
           IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{SERVICE_ROLE}') THEN
             CREATE ROLE {SERVICE_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
           END IF;
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
    );
    step(owner, SERVICE_ROLE, group).await?;
    for role in login_roles {
        let create = format!(
            "DO $$ BEGIN
               IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN
                 CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE INHERIT;
               END IF;
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
        );
        step(owner, role, create).await?;
        let join = format!(
            "DO $$ BEGIN
               IF NOT EXISTS (SELECT 1 FROM pg_auth_members
                               WHERE roleid = '{SERVICE_ROLE}'::regrole AND member = '{role}'::regrole) THEN
                 GRANT {SERVICE_ROLE} TO {role};
               END IF;
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
        );
        step(owner, role, join).await?;
    }
    sqlx::raw_sql(FUNCTIONS)
        .execute(owner)
        .await
        .map(drop)
        .map_err(|source| Error::Schema { schema: "public".to_owned(), source })
}

async fn step(owner: &mut PgConnection, role: &str, statement: String) -> Result<(), Error> {
    let mut tries = 0_usize;
    loop {
        match sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut *owner).await {
            Ok(_) => return Ok(()),
            Err(error) if tries < TRIES && is_rivalry(&error) => tries = tries.saturating_add(1),
            Err(source) => return Err(Error::Role { role: role.to_owned(), source }),
        }
    }
}

/// "tuple concurrently updated" has no SQLSTATE of its own: it is an internal error, XX000.
fn is_rivalry(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|database| {
        matches!(database.code().as_deref(), Some("XX000" | "23505" | "42710"))
    })
}

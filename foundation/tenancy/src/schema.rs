//! A service's schema: created, migrated and granted in one idempotent step at every start.

use core::fmt;
use core::str::FromStr;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

use crate::{Error, roles};

/// One service's schema. The name is that of the service: `hub`, `log`, `tracking`, `gateway`.
#[derive(Clone, Copy)]
pub struct Schema {
    /// Schema name: a lower-case identifier.
    pub name: &'static str,
    /// `sqlx::migrate!()` of the service; unqualified names in it land in this schema.
    pub migrator: &'static Migrator,
    /// The role that the service logs in with: by convention `caravan_<name>`. It owns nothing.
    pub login_role: &'static str,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema")
            .field("name", &self.name)
            .field("login_role", &self.login_role)
            .finish_non_exhaustive()
    }
}

/// Brings the database at `owner_url` up to date with `schemas`, in their order: `log` first, as others build on it.
///
/// The owner is any role that may create roles and schemas (`caravan_owner` in the private cluster); it owns everything, and
/// nothing logs in as it afterwards. A table whose migration grants nothing to the login role gets SELECT, INSERT, UPDATE and
/// DELETE; one whose migration grants something keeps exactly that. TRUNCATE and REFERENCES, which row-level security does
/// not cover, are never granted. Several processes may call this at once.
///
/// # Errors
/// [`Error`] says which role or schema failed; what was done before stays and is taken up by the next call.
pub async fn migrate(owner_url: &str, schemas: &[Schema]) -> Result<(), Error> {
    for schema in schemas {
        for name in [schema.name, schema.login_role] {
            if !is_identifier(name) {
                return Err(Error::Name { name: name.to_owned() });
            }
        }
    }
    let options = PgConnectOptions::from_str(owner_url)
        .map_err(Error::Connect)?
        .application_name("caravan migrate")
        .options([("client_min_messages", "warning")]);
    let mut owner = options.clone().connect().await.map_err(Error::Connect)?;
    // Held by the session: a second process waits here until the first is done.
    sqlx::query("SELECT pg_advisory_lock(hashtextextended('caravan.migrate', 0))")
        .execute(&mut owner)
        .await
        .map_err(Error::Connect)?;
    let login_roles: Vec<&str> = schemas.iter().map(|schema| schema.login_role).collect();
    roles::ensure(&mut owner, &login_roles).await?;
    for schema in schemas {
        create(&mut owner, schema)
            .await
            .map_err(|source| Error::Schema { schema: schema.name.to_owned(), source })?;
        run(&options, schema).await?;
        grant(&mut owner, schema)
            .await
            .map_err(|source| Error::Schema { schema: schema.name.to_owned(), source })?;
    }
    owner.close().await.map_err(Error::Connect)
}

async fn create(owner: &mut PgConnection, schema: &Schema) -> Result<(), sqlx::Error> {
    let Schema { name, login_role, .. } = schema;
    let database: String =
        sqlx::query_scalar("SELECT quote_ident(current_database())").fetch_one(&mut *owner).await?;
    let statement = format!(
        "CREATE SCHEMA IF NOT EXISTS {name};
         GRANT USAGE ON SCHEMA {name} TO {login_role};
         ALTER ROLE {login_role} IN DATABASE {database} SET search_path = {name}, public;"
    );
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(owner).await.map(drop)
}

async fn run(options: &PgConnectOptions, schema: &Schema) -> Result<(), Error> {
    let failed = |source| Error::Migrate { schema: schema.name.to_owned(), source };
    let mut connection = options
        .clone()
        .options([("search_path", format!("{},public", schema.name))])
        .connect()
        .await
        .map_err(Error::Connect)?;
    schema.migrator.run_direct(None, &mut connection, false).await.map_err(failed)?;
    connection.close().await.map_err(Error::Connect)
}

/// The default grants, for tables on which the migrations granted nothing.
async fn grant(owner: &mut PgConnection, schema: &Schema) -> Result<(), sqlx::Error> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v') AND c.relname <> '_sqlx_migrations'
            AND NOT EXISTS (SELECT 1 FROM aclexplode(c.relacl) a WHERE a.grantee = $2::regrole)
            AND NOT EXISTS (SELECT 1 FROM pg_attribute t, aclexplode(t.attacl) a
                             WHERE t.attrelid = c.oid AND a.grantee = $2::regrole)",
    )
    .bind(schema.name)
    .bind(schema.login_role)
    .fetch_all(&mut *owner)
    .await?;
    let Schema { name, login_role, .. } = schema;
    let mut statement = format!("GRANT USAGE ON ALL SEQUENCES IN SCHEMA {name} TO {login_role};");
    for table in tables {
        statement.push_str("GRANT SELECT, INSERT, UPDATE, DELETE ON ");
        statement.push_str(&table);
        statement.push_str(&format!(" TO {login_role};"));
    }
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(owner).await.map(drop)
}

/// Whether `name` needs neither quoting nor escaping.
fn is_identifier(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::is_identifier;

    #[test]
    fn only_plain_names_reach_a_statement() {
        assert!(is_identifier("caravan_hub"));
        for bad in ["", "Hub", "1hub", "hub;drop", "hub\"", "_hub", &"a".repeat(64)] {
            assert!(!is_identifier(bad), "{bad}");
        }
    }
}

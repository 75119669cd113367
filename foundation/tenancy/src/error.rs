//! What can go wrong between us and the database.

/// A failed database operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL cannot be read, or nobody answers there.
    #[error("cannot connect to the database")]
    Connect(#[source] sqlx::Error),
    /// No connection was free in time, or the transaction could not be begun.
    #[error("cannot begin a transaction")]
    Begin(#[source] sqlx::Error),
    /// The transaction's tenant could not be changed.
    #[error("cannot switch the transaction to tenant {tenant}")]
    Scope {
        /// The tenant asked for.
        tenant: caravan_model::TenantId,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The commit failed: nothing of the transaction is to be relied on.
    #[error("cannot commit")]
    Commit(#[source] sqlx::Error),
    /// A role could not be created or granted.
    #[error("cannot prepare the role {role}")]
    Role {
        /// The role.
        role: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A name that is not a plain lower-case identifier was given for a schema or role.
    #[error("{name:?} is not a plain lower-case identifier")]
    Name {
        /// The name as given.
        name: String,
    },
    /// A schema could not be created, migrated or granted.
    #[error("cannot prepare the schema {schema}")]
    Schema {
        /// The schema.
        schema: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A migration failed, or an applied one was changed afterwards.
    #[error("cannot migrate the schema {schema}")]
    Migrate {
        /// The schema.
        schema: String,
        /// Why.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// A statement of the caller's, so that services can use `?` on their queries.
    #[error("a statement failed")]
    Statement(#[from] sqlx::Error),
}

impl Error {
    /// The database's own error underneath, when there is one.
    #[must_use]
    pub fn sqlx(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Connect(source)
            | Self::Begin(source)
            | Self::Commit(source)
            | Self::Statement(source)
            | Self::Scope { source, .. }
            | Self::Role { source, .. }
            | Self::Schema { source, .. } => Some(source),
            Self::Name { .. } | Self::Migrate { .. } => None,
        }
    }

    /// Whether the same transaction may succeed when run again from its top: serialization failure, deadlock, a lost or
    /// refused connection, an exhausted pool. A refused value or a missing table is not.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.sqlx().is_some_and(is_transient)
    }
}

/// Whether `error` says something about the moment rather than about the statement.
///
/// SQLSTATE classes from the PostgreSQL manual, appendix A: 08 connection, 25P03 idle in transaction too long, 40 rollback,
/// 53 out of resources, 55P03 lock not available, 57 operator intervention, 58 system error.
#[must_use]
pub(crate) fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class))
                || matches!(code.as_ref(), "25P03" | "55P03")
        }),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        _ => false,
    }
}

//! Identity as the operator's commands hold it: over the database of a running Caravan, of one that rests, or of one that is given.

use std::path::Path;

use caravan_cluster::Cluster;
use caravan_identity::{Identity, Outside, SCHEMA};
use caravan_tenancy::{Database, Schema};

use crate::failure::Failure;
use crate::folder::Folder;
use crate::roles::gateway;
use crate::storage::{DATABASE, ROLE, Storage};

/// Connections of a command, which does one thing after another.
const CONNECTIONS: u32 = 2;

/// Identity, and what must be closed behind it.
pub(crate) struct Operator {
    pub(crate) identity: Identity,
    database: Database,
    /// The database's address, with `{role}` where the login role stands.
    url: Option<String>,
    /// The data folder's own database, when it had to be started.
    started: Option<Storage>,
}

impl Operator {
    /// Opens the installation whose gateway has its keys in `data`.
    pub(crate) async fn open(data: &Path, given: Option<&str>) -> Result<Self, Failure> {
        // Tokens that are hashed under a fresh key would open nothing.
        let pepper = data.join("keys").join(gateway::PEPPER);
        if !pepper.is_file() {
            return Err(Failure::new(format!(
                "{} is not the data folder of a gateway ({} is not there)",
                data.display(),
                pepper.display()
            ))
            .hint("name it with --data-dir; `caravan up` makes one at its first start"));
        }
        let folder = Folder::open(data)?;
        let url = match given {
            Some(url) if !url.contains(ROLE) => {
                return Err(Failure::new("--database-url has no {role} in it")
                    .hint("for example postgres://{role}@db.internal/caravan"));
            }
            Some(url) => Some(url.to_owned()),
            None => Cluster::url_beside(&folder.postgres(), DATABASE, ROLE),
        };
        let (database, started) = match &url {
            Some(url) => match Database::connect(&of_role(url, &SCHEMA), CONNECTIONS).await {
                Ok(database) => (database, None),
                // A socket that a crash left behind.
                Err(_) if given.is_none() => Self::start(&folder).await?,
                Err(error) => return Err(Failure::of("the database cannot be reached", &error)),
            },
            None => Self::start(&folder).await?,
        };
        let identity = gateway::over(&folder, database.clone(), Outside::default())?;
        Ok(Self { identity, database, url, started })
    }

    /// A pool of another schema's role; whoever asks for it closes it.
    pub(crate) async fn pool(&self, schema: &Schema) -> Result<Database, Failure> {
        match (&self.started, &self.url) {
            (None, Some(url)) => Database::connect(&of_role(url, schema), CONNECTIONS)
                .await
                .map_err(|error| Failure::of("the database cannot be reached", &error)),
            (Some(storage), _) => storage.pool(schema, CONNECTIONS).await,
            (None, None) => Err(Failure::new("there is no database to ask")),
        }
    }

    async fn start(folder: &Folder) -> Result<(Database, Option<Storage>), Failure> {
        let storage = Storage::private(folder).await?;
        let database = storage.pool(&SCHEMA, CONNECTIONS).await?;
        Ok((database, Some(storage)))
    }

    /// The pool of identity's role, which may read every tenant's trail.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Leaves everything as it was found.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        match self.started {
            Some(storage) => storage.stop().await,
            None => {
                self.database.close().await;
                Ok(())
            }
        }
    }
}

fn of_role(url: &str, schema: &Schema) -> String {
    url.replace(ROLE, schema.login_role)
}

//! The demo beside roles that run apart: it reaches the hub's tables and the gateway's address, and simulates the parties here.

use std::time::Instant;

use super::System;
use crate::args::Serve;
use crate::failure::Failure;
use crate::folder::Note;
use crate::ports::Ports;
use crate::up::banner;
use crate::up::demo::{self, Demo, Doors};

/// Connections to the hub's tables: nothing is done side by side.
const CONNECTIONS: u32 = 2;

/// Sets the demo up, leaves the note by which commands find the system, and prints what `caravan up` prints.
pub(crate) async fn start(system: &System<'_>, serve: &Serve) -> Result<Demo, Failure> {
    let clock = Instant::now();
    let Some(url) = serve.gateway.clone() else {
        return Err(Failure::new("the demo does not know where the gateway is")
            .hint("add --gateway http://HOST:PORT, and --sftp HOST:PORT of the hub"));
    };
    let System { folder, storage, .. } = system;
    let database = storage.pool(&caravan_hub_registry::SCHEMA, CONNECTIONS).await?;
    let connections = super::hub::connections(folder, database.clone())?;
    let identity = super::gateway::identity(system).await?;
    let doors = Doors { connections: &connections, database: &database };
    let place = (url.as_str(), serve.sftp.port());
    let demo = demo::set_up(folder, doors, &identity, &Ports::from_base(0), place).await?;
    let note =
        Note { url, api_key: Some(demo.api_key.clone()), sftp_address: serve.sftp.to_string() };
    folder.write_note(&note)?;
    banner::print(folder, &note, Some(&demo), clock.elapsed());
    Ok(demo)
}

//! `caravan doctor`: what this machine has, and what a running Caravan says of itself; each line with what to do.

use std::path::Path;
use std::process::ExitCode;

use crate::client::Client;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::parts;

pub(crate) async fn run(data: &Path) -> Result<ExitCode, Failure> {
    let mut sound = true;
    let mut line = |name: &str, result: Result<String, String>| match result {
        Ok(detail) => println!("ok     {name}: {detail}"),
        Err(detail) => {
            sound = false;
            println!("wrong  {name}: {detail}");
        }
    };
    line(
        "PostgreSQL server",
        caravan_cluster::find_binaries()
            .map(|folder| folder.display().to_string())
            .map_err(|missing| missing.to_string()),
    );
    line(
        "data folder",
        Folder::open(data)
            .map(|_| data.display().to_string())
            .map_err(|failure| failure.to_string()),
    );
    line(
        "components",
        parts::load(data)
            .map(|parts| format!("{} kinds of message", parts.components.messages().len()))
            .map_err(|failure| failure.to_string()),
    );
    match Folder::read_note(data) {
        Err(_) => println!("-      running: no, `caravan up` starts it"),
        Ok(note) => {
            line(
                "running",
                ready(data).await.map(|()| note.url).map_err(|failure| failure.to_string()),
            );
        }
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn ready(data: &Path) -> Result<(), Failure> {
    Client::open(data)?.get("/readyz").await.map(drop)
}

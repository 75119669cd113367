//! `caravan group`: who reads the event log, how far each is, and those that will not come back.

use std::path::Path;
use std::process::ExitCode;

use caravan_event_log::{Forgotten, GroupState, PostgresLog, forget_group, groups};
use caravan_tenancy::Database;
use serde_json::{Value, json};

use crate::args::{GroupCommand, Place};
use crate::failure::Failure;
use crate::operator::Operator;

pub(crate) async fn run(
    data: &Path,
    command: &GroupCommand,
    place: &Place,
) -> Result<ExitCode, Failure> {
    let operator = Operator::open(data, place.database_url.as_deref()).await?;
    let done = match operator.pool(&caravan_event_log::SCHEMA).await {
        Ok(reader) => {
            let done = match command {
                GroupCommand::List => list(&reader, place.json).await,
                GroupCommand::Forget { group } => forget(&reader, group, place.json).await,
            };
            reader.close().await;
            done
        }
        Err(error) => Err(error),
    };
    operator.close().await?;
    done
}

async fn list(reader: &Database, as_json: bool) -> Result<ExitCode, Failure> {
    let found = groups(&PostgresLog::new(reader.clone())).await;
    let all = found.map_err(|error| Failure::of("the groups cannot be read", &error))?;
    if as_json {
        let items: Vec<Value> = all.iter().map(object).collect();
        println!("{}", json!({ "groups": items }));
        return Ok(ExitCode::SUCCESS);
    }
    let width = all.iter().map(|state| state.group.chars().count()).max().unwrap_or_default();
    for state in &all {
        let more = if state.more { "+" } else { "" };
        let waiting = state.waiting.map_or_else(String::new, |waiting| {
            format!(", the oldest for {} s", waiting.as_secs())
        });
        println!(
            "{:width$}  members {}  behind {}{more} events{waiting}",
            state.group, state.members, state.behind
        );
    }
    if all.iter().any(|state| state.members == 0) {
        eprintln!(
            "hint: the log keeps events for a group without members, too; `caravan group forget` is for one that never comes back"
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn object(state: &GroupState) -> Value {
    json!({
        "group": state.group, "members": state.members, "behind": state.behind, "more": state.more,
        "waiting_s": state.waiting.map(|waiting| waiting.as_secs()),
    })
}

async fn forget(reader: &Database, group: &str, as_json: bool) -> Result<ExitCode, Failure> {
    let forgotten = forget_group(&PostgresLog::new(reader.clone()), group).await;
    match forgotten.map_err(|error| Failure::of("the group cannot be forgotten", &error))? {
        Forgotten::Done if as_json => println!("{}", json!({ "forgotten": group })),
        Forgotten::Done => println!("forgotten  {group}"),
        Forgotten::Unknown => {
            return Err(Failure::new(format!("no group {group:?} reads the log"))
                .hint("`caravan group list` shows those that do"));
        }
        Forgotten::Lives => {
            return Err(Failure::new(format!("somebody reads for {group:?}: nothing was done"))
                .hint("a group that lives catches up by itself; stop its processes first if it is to go"));
        }
    }
    eprintln!("hint: if it comes back all the same, it goes on without what is deleted meanwhile");
    Ok(ExitCode::SUCCESS)
}

//! `caravan parked`: events that a service set aside, listed, and tried again.

use std::path::Path;
use std::process::ExitCode;

use caravan_event_log::parked::{self, Parked, Which};
use caravan_model::RecordId;
use caravan_tenancy::Schema;
use serde_json::{Value, json};

use crate::args::{ParkedCommand, ParkedWhich, Place};
use crate::failure::Failure;
use crate::operator::Operator;

/// Most that are listed of one service.
const LISTED_MAX: i64 = 1_000;

/// Everybody who consumes, in the order of a document's walk.
fn consumers() -> [&'static Schema; 5] {
    [
        &caravan_hub_registry::SCHEMA,
        &caravan_order::SCHEMA,
        &caravan_tracking::SCHEMA,
        &caravan_settlement::SCHEMA,
        &caravan_notification::SCHEMA,
    ]
}

pub(crate) async fn run(
    data: &Path,
    command: ParkedCommand,
    place: &Place,
) -> Result<ExitCode, Failure> {
    let operator = Operator::open(data, place.database_url.as_deref()).await?;
    let done = match command {
        ParkedCommand::List { which } => list(&operator, &selected(which), place.json).await,
        ParkedCommand::Retry { which, .. } => retry(&operator, &selected(which), place.json).await,
    };
    operator.close().await?;
    done
}

fn selected(ParkedWhich { group, id }: ParkedWhich) -> Which {
    Which { group, id: id.map(RecordId) }
}

async fn list(operator: &Operator, which: &Which, as_json: bool) -> Result<ExitCode, Failure> {
    let mut all = Vec::new();
    let mut are_more = false;
    for schema in consumers() {
        let database = operator.pool(schema).await?;
        let found = parked::list(&database, which, LISTED_MAX).await;
        database.close().await;
        let found = found.map_err(|error| {
            Failure::of(&format!("what {} set aside cannot be read", schema.name), &error)
        })?;
        are_more |= i64::try_from(found.len()).is_ok_and(|found| found >= LISTED_MAX);
        all.extend(found);
    }
    if as_json {
        let items: Vec<Value> = all.iter().map(object).collect();
        println!("{}", json!({ "parked": items, "more": are_more }));
        return Ok(ExitCode::SUCCESS);
    }
    for event in &all {
        let waits = if event.is_asked { "  (waits to be tried again)" } else { "" };
        println!("{}  {}  {}{waits}", event.parked_at, event.group, event.id);
        println!("    {} of {}, tenant {}", event.topic, event.key, event.tenant);
        println!("    {}", event.error);
    }
    match all.len() {
        0 => eprintln!("nothing is parked"),
        _ => {
            eprintln!("hint: once its cause is mended, `caravan parked retry` has them tried again")
        }
    }
    if are_more {
        eprintln!("hint: of each service the oldest {LISTED_MAX} are shown; there may be more");
    }
    Ok(ExitCode::SUCCESS)
}

fn object(event: &Parked) -> Value {
    json!({
        "group": event.group, "id": event.id.to_string(), "tenant": event.tenant.to_string(), "topic": event.topic,
        "key": event.key, "error": event.error, "parked_at": event.parked_at, "retry_asked": event.is_asked,
    })
}

async fn retry(operator: &Operator, which: &Which, as_json: bool) -> Result<ExitCode, Failure> {
    let mut asked = 0_u64;
    for schema in consumers() {
        let database = operator.pool(schema).await?;
        let marked = parked::retry(&database, which).await;
        database.close().await;
        let marked = marked.map_err(|error| {
            Failure::of(&format!("what {} set aside cannot be marked", schema.name), &error)
                .hint("what was marked before stays so; say the command again")
        })?;
        asked = asked.saturating_add(marked);
    }
    if as_json {
        println!("{}", json!({ "asked": asked }));
    } else {
        println!("asked for  {asked}");
    }
    if asked == 0 {
        return Err(Failure::new("no such event is parked")
            .hint("`caravan parked list` shows those that are, with their groups and ids"));
    }
    eprintln!(
        "hint: the services try them within some seconds; what `caravan parked list` still shows then was refused again"
    );
    Ok(ExitCode::SUCCESS)
}

//! The worker: takes a check or a commit, plans the whole file again, and goes through its orders in batches.
//!
//! # Recovery
//! The plan is a pure function of the file and the choices, so a worker that takes over comes to the same one, and goes on behind
//! the orders that its predecessor had done. Under the row's lock a worker that lost its hold finds another job, no open one, or one
//! that is further than it brought it, and stops.

use core::time::Duration;
use std::collections::BTreeMap;

use caravan_model::Words;
use caravan_tenancy::{Database, SystemTx, TenantTx};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::hold::Hold;
use super::plan::{self, Plan, Planned, Reject, Unusable};
use super::store::{ATTEMPTS_MAX, Batch, Claimed, Failure, Import, Status};
use super::wire::Report;
use super::{Choices, store};
use crate::create::{self, Draft, Outcome};
use crate::domain::By;
use crate::{effects, telemetry};

/// How often open jobs are looked for.
const EVERY: Duration = Duration::from_millis(300);
/// Orders of one transaction.
const BATCH: usize = 500;

/// Why a job stopped; it is taken again a little later.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Database(#[from] caravan_tenancy::Error),
    #[error(transparent)]
    Create(#[from] effects::Error),
    /// The thread that planned it is gone.
    #[error("the file could not be planned")]
    Plan(#[from] tokio::task::JoinError),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Works until `shutdown`; a job under way stops behind its batch and is free for others then.
pub(crate) async fn run(database: Database, shutdown: CancellationToken) {
    let mut hold = Hold::new(database.clone());
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = shutdown.cancelled() => return,
        }
        if let Err(error) = turn(&database, &mut hold, &shutdown).await {
            tracing::warn!(
                error = caravan_fault::error_chain(&error),
                "Jobs of imports could not be taken."
            );
        }
    }
}

/// Does one job, if there is one that nobody has.
async fn turn(
    database: &Database,
    hold: &mut Hold,
    shutdown: &CancellationToken,
) -> Result<(), caravan_tenancy::Error> {
    let Some(claimed) = take(database, hold).await? else { return Ok(()) };
    if let Err(error) = work(database, hold, claimed, shutdown).await {
        telemetry::import("interrupted");
        tracing::error!(
            error = caravan_fault::error_chain(&error), import = %claimed.id, attempts = claimed.attempts,
            "An import's job was interrupted; it goes on behind its last batch."
        );
        let mut tx = TenantTx::begin(database, claimed.tenant).await?;
        store::put_off(tx.conn(), claimed, now_ms()).await?;
        tx.commit().await?;
    }
    hold.give_back(claimed.id).await
}

/// Takes the first job that is to be had, and counts the attempt before it is made.
async fn take(
    database: &Database,
    hold: &mut Hold,
) -> Result<Option<Claimed>, caravan_tenancy::Error> {
    let mut tx = SystemTx::begin(database).await?;
    let waiting = store::waiting(&mut tx, now_ms()).await?;
    tx.commit().await?;
    if waiting.is_empty() {
        hold.rest().await?;
    }
    for (tenant, id) in waiting {
        if !hold.take(id).await? {
            continue;
        }
        let mut tx = SystemTx::begin(database).await?;
        let claimed = store::claim(&mut tx, (tenant, id), now_ms()).await?;
        tx.commit().await?;
        if claimed.is_some() {
            return Ok(claimed);
        }
        hold.give_back(id).await?;
    }
    Ok(None)
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

async fn work(
    database: &Database,
    hold: &mut Hold,
    claimed: Claimed,
    shutdown: &CancellationToken,
) -> Result<(), Error> {
    let mut tx = TenantTx::begin(database, claimed.tenant).await?;
    let Some(import) = open(&mut tx, claimed).await? else { return Ok(()) };
    if claimed.attempts > ATTEMPTS_MAX {
        let why = "it was interrupted five times; the log says by what. Send your choices again to try once more";
        return fail(tx, claimed, Failure { code: "import-interrupted", why }).await;
    }
    let (bytes, pasted) = store::bytes(tx.conn(), claimed.tenant, claimed.id).await?;
    let remembered = store::remembered(tx.conn(), claimed.tenant).await?;
    // Planning takes no connection.
    tx.commit().await?;
    let choices = import.choices.clone().unwrap_or_default();
    let planned =
        tokio::task::spawn_blocking(move || planned(&bytes, pasted, &choices, &remembered)).await?;
    let (plan, report) = match planned {
        Ok(planned) => planned,
        Err(unusable) => {
            let tx = TenantTx::begin(database, claimed.tenant).await?;
            let (code, why) = words(&unusable);
            return fail(tx, claimed, Failure { code, why: &why }).await;
        }
    };
    let orders = i32::try_from(plan.orders.len()).unwrap_or(i32::MAX);
    let mut at = import.done;
    let mut left = plan.orders.into_iter().skip(usize::try_from(at).unwrap_or(0));
    loop {
        let batch: Vec<Planned> = left.by_ref().take(BATCH).collect();
        let held = hold.lives().await;
        let mut tx = TenantTx::begin(database, claimed.tenant).await?;
        let ours = open(&mut tx, claimed).await?.filter(|import| import.done == at);
        let Some(import) = ours.filter(|_| held) else {
            tracing::info!(import = %claimed.id, "Another worker has the import, or somebody ended it.");
            return Ok(());
        };
        if batch.is_empty() {
            let status =
                if import.status == Status::Checking { Status::Ready } else { Status::Done };
            let end = (status, None);
            store::end(tx.conn(), claimed.tenant, claimed.id, end, Some(&report), now_ms()).await?;
            tell(&mut tx, claimed).await?;
            tx.commit().await?;
            telemetry::import(status.as_str());
            return Ok(());
        }
        if shutdown.is_cancelled() {
            store::uncount(tx.conn(), claimed).await?;
            return Ok(tx.commit().await?);
        }
        let done = step(&mut tx, &import, batch).await?;
        store::progress(tx.conn(), claimed.tenant, claimed.id, orders, &done, now_ms()).await?;
        tx.commit().await?;
        at = at.saturating_add(done.done);
    }
}

/// The import, locked, if this job is still the one to be done.
async fn open(tx: &mut TenantTx, claimed: Claimed) -> Result<Option<Import>, Error> {
    let import = store::one(tx.conn(), claimed.tenant, claimed.id, true).await?;
    let is_open = |import: &Import| {
        import.job == claimed.job && matches!(import.status, Status::Checking | Status::Committing)
    };
    Ok(import.filter(is_open))
}

async fn tell(tx: &mut TenantTx, claimed: Claimed) -> Result<(), Error> {
    if let Some(import) = store::one(tx.conn(), claimed.tenant, claimed.id, false).await? {
        super::tell(tx, &import).await?;
    }
    Ok(())
}

async fn fail(mut tx: TenantTx, claimed: Claimed, why: Failure<'_>) -> Result<(), Error> {
    let end = (Status::Failed, Some(why));
    store::end(tx.conn(), claimed.tenant, claimed.id, end, None, now_ms()).await?;
    tell(&mut tx, claimed).await?;
    tx.commit().await?;
    telemetry::import("failed");
    Ok(())
}

fn planned(
    bytes: &[u8],
    pasted: bool,
    choices: &Choices,
    remembered: &caravan_mappings_table::Remembered,
) -> Result<(Plan, Report), Unusable> {
    let prepared = plan::prepare(plan::read(bytes, pasted)?, choices, remembered)?;
    let plan = prepared.judge(choices)?;
    let mut report = Report::of(&prepared, choices)?;
    report.judged(&plan);
    Ok((plan, report))
}

/// Why a file that was taken cannot be read any more: the choices changed, as a sheet that is not there.
fn words(unusable: &Unusable) -> (&'static str, String) {
    match unusable {
        Unusable::Refused(refused) => (refused.code(), format!("{refused}; {}", refused.hint())),
        Unusable::Choices(wrong) => {
            let messages: Vec<_> =
                wrong.iter().map(|violation| violation.message.as_str()).collect();
            ("choices-invalid", messages.join(" "))
        }
        Unusable::Dictionary(error) => {
            ("internal", format!("the dictionary of columns is broken: {error}"))
        }
    }
}

/// Does one batch: the check asks which numbers are taken, the commit makes the orders; what is a reject is one for both.
async fn step(tx: &mut TenantTx, import: &Import, batch: Vec<Planned>) -> Result<Batch, Error> {
    let tenant = tx.tenant();
    let mut done =
        Batch { done: i32::try_from(batch.len()).unwrap_or(i32::MAX), ..Batch::default() };
    let (mut drafts, mut rows): (Vec<Draft>, Vec<Vec<u32>>) = (Vec::new(), Vec::new());
    for planned in batch {
        match planned.outcome {
            Ok(draft) => {
                drafts.push(draft);
                rows.push(planned.rows);
            }
            Err(rejects) => done.rejects.extend(rejects),
        }
    }
    let taken: Vec<Option<(String, Option<Uuid>)>> = if import.status == Status::Checking {
        let numbers: Vec<String> =
            drafts.iter().map(|draft| draft.content.number.clone()).collect();
        let known = crate::store::ids_by_numbers(tx.conn(), tenant, &numbers).await?;
        numbers
            .into_iter()
            .map(|number| known.get(&number).map(|id| (number, Some(id.0))))
            .collect()
    } else {
        crate::store::lock_shared(tx.conn(), tenant).await?;
        let file = [("file", import.file_name.clone())];
        let reason = Some(Words::new("imported", "imported from {file}", file).into());
        let by = By { actor: import.actor.clone(), at_ms: now_ms(), reason, document: None };
        let outcomes = create::create(tx, &by, None, drafts).await?;
        outcomes
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Created(_) => None,
                Outcome::NumberTaken { number, id } => Some((number, id.map(|id| id.0))),
            })
            .collect()
    };
    for (taken, rows) in taken.into_iter().zip(rows) {
        match taken {
            None => done.created = done.created.saturating_add(1),
            Some((number, id)) => done.rejects.extend(rows.into_iter().map(|row| Reject {
                row,
                at: Vec::new(),
                reasons: vec![number_taken(&number, id)],
            })),
        }
    }
    Ok(done)
}

fn number_taken(number: &str, id: Option<Uuid>) -> String {
    let which = id.map(|id| format!(" (/v1/orders/{id})")).unwrap_or_default();
    format!(
        "there is an order {number:?} already{which}: change that one, or give this another number"
    )
}

/// The rejects as the workbook shows them.
pub(crate) fn by_row(
    rejects: Vec<Reject>,
) -> BTreeMap<u32, caravan_mappings_table::write::rejects::Why> {
    let why = |reject: Reject| caravan_mappings_table::write::rejects::Why {
        at: reject.at.into_iter().collect(),
        reasons: reject.reasons,
    };
    rejects.into_iter().map(|reject| (reject.row, why(reject))).collect()
}

//! End to end: files dropped by the OpenSSH client until every milestone is in a stored timeline, fsync on.
//!
//! The clock runs from before the first `sftp` starts. It stops when the tracking service has counted every milestone as
//! new (it counts after its transaction) and the last timelines of every file can be read over HTTP.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::process::{self, Caravan};
use crate::report::{Target, head, line, note};
use crate::{Failure, generate, measure};

const USER: &str = "demo-carrier";
const FILES: u64 = 60;
const SETS: u64 = 1_000;
const SESSIONS: usize = 2;
/// Shipments at the end of each file whose timelines are read.
const LAST: u64 = 4;
const GIVE_UP: Duration = Duration::from_secs(180);
/// After the start, before the idle process is measured.
const SETTLE: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(100);
const TAKEN: &str = "caravan_tracking_milestones_total";

/// Runs it.
pub(crate) fn run() -> Result<(), Failure> {
    head("drop: SFTP drop to stored timeline, fsync on");
    let folder = process::folder()?;
    let (data, files) = (folder.path().join("data"), folder.path().join("files"));
    std::fs::create_dir(&files)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let caravan = Caravan::start(&data)?;
    line("start of an empty folder to ready", caravan.ready_after.as_secs_f64(), "s", Target::None);
    runtime.block_on(async { tokio::time::sleep(SETTLE).await });
    let mib = |kib: u64| measure::count(kib) / 1024.0;
    let id = caravan.id().to_string();
    let idle = mib(measure::kib(&id, "status", "VmRSS")?);
    let postgres = mib(process::postgres_kib(&data.join("postgres"))?);
    line("idle caravan process, resident, demo running", idle, "MiB", Target::AtMost(150.0));
    line("idle PostgreSQL beside it (proportional)", postgres, "MiB", Target::None);

    let paths = (0..FILES)
        .map(|file| {
            let path = files.join(format!("{file:03}.edi"));
            generate::file(&path, file * SETS, SETS).map(|_| path)
        })
        .collect::<Result<Vec<_>, _>>()?;
    // The demo's own parties are polled meanwhile; what they report is not ours.
    let before = caravan.counter(TAKEN, "\"new\"")?;
    let began = Instant::now();
    put(&caravan, &paths)?;
    let dropped = began.elapsed();
    let stored = runtime.block_on(stored(&caravan, before, began))?;
    let total = FILES * SETS;
    note(&format!("{FILES} files of {SETS} sets, {SESSIONS} sftp sessions, {total} milestones"));
    line("last put answered after", dropped.as_secs_f64(), "s", Target::None);
    line("last milestone stored after", stored.as_secs_f64(), "s", Target::None);
    let rate = measure::count(total) / stored.as_secs_f64();
    line("sustained", rate, "milestones/s", Target::AtLeast(3_000.0));
    let peak = mib(measure::kib(&id, "status", "VmHWM")?);
    line("caravan process at its peak, resident", peak, "MiB", Target::None);
    caravan.stop()
}

/// Puts the files in as many sessions at once; back when all clients have ended.
fn put(caravan: &Caravan, paths: &[PathBuf]) -> Result<(), Failure> {
    let mut sessions = Vec::new();
    for share in paths.chunks(paths.len().div_ceil(SESSIONS)) {
        let mut session = caravan.sftp(USER)?.spawn().map_err(|error| format!("sftp: {error}"))?;
        let mut batch = session.stdin.take().ok_or("no standard input")?;
        for path in share {
            writeln!(batch, "put {} inbox/", path.display())?;
        }
        sessions.push(session);
    }
    for mut session in sessions {
        let status = session.wait()?;
        if !status.success() {
            return Err(format!("sftp ended with {status}").into());
        }
    }
    Ok(())
}

async fn stored(caravan: &Caravan, before: u64, began: Instant) -> Result<Duration, Failure> {
    loop {
        let new = caravan.counter(TAKEN, "\"new\"")?.saturating_sub(before);
        if new >= FILES * SETS && last_timelines(caravan)? {
            return Ok(began.elapsed());
        }
        if began.elapsed() > GIVE_UP {
            return Err(format!("{new} milestones of {} after {GIVE_UP:?}", FILES * SETS).into());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether the last shipments of every file have a timeline.
fn last_timelines(caravan: &Caravan) -> Result<bool, Failure> {
    for file in 1..=FILES {
        for back in 1..=LAST {
            let shipment = generate::shipment(file * SETS - back);
            let (status, _) = caravan.get(&format!("/v1/shipments/{shipment}/timeline"))?;
            if status != 200 {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

//! The walk: every door once, with good and with bad input, in one report.

mod access;
mod carrier;
mod carrier_bad;
mod commands;
mod erp;
mod operation;
mod orders;
mod parties;
mod settlement;
mod start;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use crate::caravan::{Caravan, Place};
use crate::report::Report;
use crate::world::World;
use crate::wrong::Wrong;

/// A temporary folder that PostgreSQL's own user may pass through.
pub(crate) fn folder() -> Result<tempfile::TempDir, Wrong> {
    let folder = tempfile::Builder::new().prefix("caravan-e2e-").tempdir_in("/tmp")?;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

/// Binary, data and scratch in `folder`.
pub(crate) fn place(binary: &Path, folder: &Path) -> Place {
    let (data, scratch) = (folder.join("data"), folder.to_path_buf());
    Place { binary: binary.to_path_buf(), data, scratch }
}

/// The walk, on free ports and an empty data folder.
pub(crate) async fn walk(binary: &Path) -> Result<ExitCode, Wrong> {
    let folder = folder()?;
    let place = place(binary, folder.path());
    let mut report = Report::default();
    start::before(&mut report, &place).await;
    let world = World::new(&place, Caravan::start(&place).await?)?;
    report.step("first start", async { Ok(format!("ready after {:?}", world.caravan.took)) }).await;

    carrier::walk(&mut report, &world).await;
    carrier_bad::walk(&mut report, &world).await;
    erp::walk(&mut report, &world).await;
    parties::walk(&mut report, &world).await;
    access::walk(&mut report, &world).await;
    orders::walk(&mut report, &world).await;
    settlement::walk(&mut report, &world).await;
    commands::walk(&mut report, &world).await;
    operation::walk(&mut report, &world).await;
    start::again(&mut report, &place, world).await;

    let code = report.end();
    if !report.all_passed() {
        eprintln!("hint: the log and everything else is kept in {}", folder.keep().display());
    }
    Ok(code)
}

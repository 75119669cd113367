//! The walk: every door once, with good and with bad input, in one report.

mod access;
mod carrier;
mod carrier_bad;
mod commands;
mod erp;
mod exceptions;
mod explorer;
mod imports;
mod live;
mod operation;
pub(crate) mod orders;
mod parties;
mod settlement;
mod start;
mod tenants;
mod together;
mod traces;
mod webhooks;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use caravan_world::Collector;

use crate::apart::Servers;
use crate::caravan::{Caravan, Place};
use crate::http::{Http, list};
use crate::report::Report;
use crate::tls::Certificate;
use crate::wait::until;
use crate::world::World;
use crate::wrong::Wrong;

/// How long the demo takes to make its data.
const DEMO_WITHIN: Duration = Duration::from_secs(20);

/// A temporary folder that PostgreSQL's own user may pass through; it stays until [`conclude`] finds all well.
pub(crate) fn folder() -> Result<tempfile::TempDir, Wrong> {
    let mut folder = tempfile::Builder::new().prefix("caravan-e2e-").tempdir_in("/tmp")?;
    folder.disable_cleanup(true);
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

/// Prints the sums; takes the folder away when all passed, else says where it is.
pub(crate) fn conclude(report: &Report, mut folder: tempfile::TempDir) -> ExitCode {
    let code = report.end();
    if report.all_passed() {
        folder.disable_cleanup(false);
    } else {
        eprintln!("hint: logs and everything else are kept in {}", folder.path().display());
    }
    code
}

/// Binary, data and scratch in `folder`, for one process.
pub(crate) fn place(binary: &Path, folder: &Path) -> Place {
    let (data, scratch) = (folder.join("data"), folder.to_path_buf());
    Place {
        binary: binary.to_path_buf(),
        data,
        scratch,
        apart: None,
        kafka: None,
        collector: None,
        trusted: None,
    }
}

/// The same for one process per role, with the servers that they need.
pub(crate) async fn place_apart(binary: &Path, folder: &Path) -> Result<(Servers, Place), Wrong> {
    let (servers, apart) = Servers::start(folder).await?;
    let data = apart.own_data();
    Ok((servers, Place { data, apart: Some(apart), ..place(binary, folder) }))
}

/// The demo makes its data after the start; its last words are a bill, an exception, and tenders that went out.
pub(crate) async fn demo_is_there(http: &Http) -> Result<String, Wrong> {
    for path in ["/v1/freight-invoices", "/v1/exceptions", "/v1/outgoing"] {
        until(DEMO_WITHIN, &format!("the demo has something at {path}"), async || {
            let page = http.get(path).await?.expect(200)?.json()?;
            Ok((!list(&page, "items").is_empty()).then_some(()))
        })
        .await?;
    }
    Ok(String::new())
}

/// The walk, on free ports and an empty data folder.
pub(crate) async fn walk(binary: &Path, kafka: bool) -> Result<ExitCode, Wrong> {
    let folder = folder()?;
    let (servers, mut place) = if kafka {
        let (servers, place) = place_apart(binary, folder.path()).await?;
        (Some(servers), place)
    } else {
        (None, place(binary, folder.path()))
    };
    let collector = Collector::start().await.map_err(|error| Wrong(error.to_string()))?;
    place.collector = Some(collector.url().to_owned());
    let certificate = Certificate::make(&place.scratch, "party").await?;
    place.trusted = Some(certificate.path.clone());
    let mut report = Report::over(place.logs());
    start::before(&mut report, &place).await;
    let world = World::new(&place, Caravan::start(&place).await?)?;
    report.step("first start", async { Ok(format!("ready after {:?}", world.caravan.took)) }).await;

    carrier::walk(&mut report, &world).await;
    carrier_bad::walk(&mut report, &world).await;
    erp::walk(&mut report, &world).await;
    parties::walk(&mut report, &world).await;
    access::walk(&mut report, &world).await;
    tenants::walk(&mut report, &world).await;
    orders::walk(&mut report, &world).await;
    imports::walk(&mut report, &world).await;
    live::walk(&mut report, &world).await;
    exceptions::walk(&mut report, &world).await;
    settlement::walk(&mut report, &world).await;
    webhooks::walk(&mut report, &world).await;
    commands::walk(&mut report, &world).await;
    explorer::walk(&mut report, &world, &certificate).await;
    operation::walk(&mut report, &world).await;
    traces::walk(&mut report, &world, &collector).await;
    start::again(&mut report, &place, world).await;

    if let Some(servers) = servers {
        servers.stop().await?;
        together::walk(&mut report, binary, folder.path()).await?;
    }
    Ok(conclude(&report, folder))
}

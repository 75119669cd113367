//! Every route of the running system × everybody: who lacks a scope gets 403, who shows nothing 401, and what is another tenant's is
//! not there.
//!
//! The routes, their scopes and their bodies come from the merged OpenAPI document, the roles from `GET /v1/roles`, the ids from the
//! demo's lists: a route that is added is tried without a word here, or the run fails and says which word it wants in [`things`] or
//! [`bodies`].

mod bodies;
mod callers;
mod check;
pub(crate) mod contract;
mod document;
mod issuer;
mod sample;
mod things;

use std::path::Path;
use std::process::ExitCode;

use crate::caravan::Caravan;
use crate::http::Http;
use crate::report::Report;
use crate::steps;
use crate::wrong::Wrong;
use callers::Callers;
use document::Route;
use things::Things;

/// Starts a system with the demo's data, and asks every route as everybody.
pub(crate) async fn run(binary: &Path) -> Result<ExitCode, Wrong> {
    let folder = steps::folder()?;
    let place = steps::place(binary, folder.path());
    let mut report = Report::over(place.logs());
    let caravan = Caravan::start(&place).await?;
    let http = Http::new(&caravan)?;
    let older = "/openapi-3.0.json is what the published schema of OpenAPI 3.0 describes";
    report.step(older, document::older(&http)).await;
    let mut matrix = None;
    let prepared = async {
        let found = Matrix::prepare(&caravan, &http).await?;
        let told = format!("{} routes, {} things", found.routes.len(), found.things.count());
        matrix = Some(found);
        Ok(told)
    };
    report.step("every route has what it is tried with", prepared).await;
    if let Some(matrix) = &matrix {
        check::all(&mut report, matrix).await;
    }
    caravan.stop().await?;
    Ok(steps::conclude(&report, folder))
}

/// What is tried with what.
#[derive(Debug)]
struct Matrix {
    routes: Vec<Route>,
    things: Things,
    callers: Callers,
}

impl Matrix {
    async fn prepare(caravan: &Caravan, http: &Http) -> Result<Self, Wrong> {
        let document = http.get_without_key("/openapi.json").await?.expect(200)?.json()?;
        let routes = document::routes(&document)?;
        let things = Things::find(http, &callers::password(caravan)?, &routes).await?;
        let callers = Callers::gather(caravan, http, &routes).await?;
        Ok(Self { routes, things, callers })
    }
}

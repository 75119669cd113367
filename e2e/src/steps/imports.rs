//! A file of orders: uploaded, repaired, committed, and what was not taken brought back as a workbook.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{list, number, text};
use crate::report::Report;
use crate::wait::until;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

const SOON: Duration = Duration::from_secs(20);
const PATH: &str = "/v1/orders/imports";

/// Hindi headers, a PIN code that Excel cut short, a weight that is none.
const FILE: &str = "ऑर्डर नंबर,प्रेषक,पिकअप शहर,पिन कोड,गंतव्य शहर,Consignee,Weight (kg)\n\
    SHEET-1,Demo Traders,Pune,600001,Chennai,Chennai Stores,820\n\
    SHEET-2,Demo Traders,Pune,60001,Chennai,Chennai Stores,410\n\
    SHEET-3,Demo Traders,Pune,600001,Chennai,Chennai Stores,heavy\n";

pub(super) async fn walk(report: &mut Report, world: &World) {
    report.step("a file of orders is read, and its problems are grouped", checked(world)).await;
    report.step("a repair is wanted, and the good rows become orders", committed(world)).await;
    report.step("the rejected row comes back as a workbook that says why", rejects(world)).await;
    report.step("the same file again makes nothing", again(world)).await;
}

async fn upload(world: &World) -> Result<Value, Wrong> {
    let path = format!("{PATH}?file_name=dispatch.csv");
    let answer = world.http.post(&path, "text/csv", FILE.as_bytes().to_vec()).await?;
    ensure(matches!(answer.status, 200 | 201), || answer.text())?;
    answer.json()
}

/// The path of the one import.
async fn import(world: &World) -> Result<String, Wrong> {
    let page = world.http.get(PATH).await?.expect(200)?.json()?;
    let first = list(&page, "items").first().cloned().unwrap_or_default();
    Ok(format!("{PATH}/{}", text(&first, "id")))
}

async fn when(world: &World, status: &str) -> Result<Value, Wrong> {
    let path = import(world).await?;
    until(SOON, &format!("the import is {status}"), async || {
        let shown = world.http.get(&path).await?.expect(200)?.json()?;
        Ok((text(&shown, "status") == status).then_some(shown))
    })
    .await
}

async fn checked(world: &World) -> Result<String, Wrong> {
    upload(world).await?;
    let ready = when(world, "ready").await?;
    let shown = ready.to_string();
    ensure(shown.contains("weight.not-a-number") && shown.contains("digit-missing"), || {
        shown.clone()
    })?;
    Ok(format!("{} good, {} rejected", number(&ready, "orders"), number(&ready, "rejected_rows")))
}

async fn committed(world: &World) -> Result<String, Wrong> {
    let path = import(world).await?;
    let version = number(&when(world, "ready").await?, "version");
    let choices = json!({ "accepted": ["delivery_postal_code.digit-missing"] });
    world.http.put_if(&path, &version.to_string(), &choices).await?.expect(200)?;
    let version = number(&when(world, "ready").await?, "version");
    let commit = format!("{path}/commit");
    world.http.bare(Method::POST, &commit, &format!("\"{version}\"")).await?.expect(200)?;
    let done = when(world, "done").await?;
    ensure(number(&done, "orders") == 2, || done.to_string())?;
    let found = super::orders::found(world, "SHEET-2").await?.unwrap_or_default().to_string();
    ensure(found.contains("SHEET-2"), || found.clone())?;
    Ok("2 orders".to_owned())
}

async fn rejects(world: &World) -> Result<String, Wrong> {
    let path = format!("{}/rejects", import(world).await?);
    let book = world.http.get(&path).await?.expect(200)?.body;
    ensure(book.starts_with(b"PK"), || "it is no workbook".to_owned())?;
    Ok(format!("{} bytes", book.len()))
}

async fn again(world: &World) -> Result<String, Wrong> {
    let repeated = upload(world).await?;
    ensure(repeated.get("repeated") == Some(&Value::Bool(true)), || repeated.to_string())?;
    Ok(String::new())
}

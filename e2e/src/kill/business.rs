//! What goes on while roles are killed: callers that ask again until they have an answer, as the API tells them to.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::caravan::{Caravan, Place};
use crate::http::{Answer, Http, number, text};
use crate::samples;
use crate::sftp::Sftp;
use crate::steps::orders::{CARRIER, order};
use crate::wait::until;
use crate::wrong::{Wrong, ensure};

/// Rows of each import; each is an order.
pub(super) const ROWS: usize = 3_000;
/// Orders of each settlement, from their placing to the approval of their bill.
pub(super) const LOADS: u32 = 4;
/// Rows that are checked or made orders before the last two batches of an import, which is where a kill still falls into it.
pub(super) const IMPORT_STEPS: u64 = 5_000;
/// Steps of a settlement, without the last of each load: as many may be answered at once.
pub(super) const SETTLE_STEPS: u64 = 40;
/// How long a role may be away, and what it holds up with it.
const BACK_WITHIN: Duration = Duration::from_secs(60);
/// How long the progress of an import may stand still for whoever watches it, with the role's start in it.
const STILL_FOR: Duration = Duration::from_secs(10);
/// Answers that ask for another try.
const AGAIN: [u16; 4] = [429, 502, 503, 504];
const IMPORTS: &str = "/v1/orders/imports";

/// The callers' side.
#[derive(Debug)]
pub(super) struct Business {
    pub(super) http: Http,
    carrier: Sftp,
    /// How far the work has come, by what was answered.
    steps: watch::Sender<u64>,
}

/// What somebody sees who looks at an import again and again: how far it is, and for how long it does not move.
#[derive(Debug)]
struct Watch {
    seen: (String, i64),
    since: Instant,
    longest: Duration,
}

impl Watch {
    fn new() -> Self {
        Self { seen: Default::default(), since: Instant::now(), longest: Duration::ZERO }
    }

    fn see(&mut self, import: &Value) {
        let done = import.get("progress").map(|progress| number(progress, "done"));
        let seen = (text(import, "status").to_owned(), done.unwrap_or_default());
        self.longest = self.longest.max(self.since.elapsed());
        if self.seen != seen {
            (self.seen, self.since) = (seen, Instant::now());
        }
    }

    /// Rows that were checked, and those that were made orders.
    fn rows(&self) -> u64 {
        let (status, done) = &self.seen;
        let checked = if status == "checking" { 0 } else { ROWS };
        let made = if status == "ready" { 0 } else { usize::try_from(*done).unwrap_or_default() };
        u64::try_from(checked.saturating_add(made)).unwrap_or_default()
    }
}

/// Number of an imported order.
pub(super) fn row(role: &str, row: usize) -> String {
    format!("IMP-{role}-{row}")
}

/// Number of an order that goes the whole way.
pub(super) fn load(role: &str, load: u32) -> String {
    format!("LOAD-{role}-{load}")
}

/// Under which the demo carrier moves that order, and bills it.
pub(super) fn pro(number: &str) -> String {
    format!("PRO{}", number.replace('-', ""))
}

impl Business {
    pub(super) fn new(place: &Place, caravan: &Caravan) -> Result<Self, Wrong> {
        let carrier = Sftp::new(place, caravan, "demo-carrier");
        Ok(Self { http: Http::new(caravan)?, carrier, steps: watch::Sender::new(0) })
    }

    /// Waits until the work that is begun next has come so far; tells how far it was seen then.
    pub(super) async fn reached(&self, steps: u64) -> Result<u64, Wrong> {
        let mut counted = self.steps.subscribe();
        let seen = counted.wait_for(|count| *count >= steps).await;
        seen.map(|count| *count).map_err(|error| Wrong(error.to_string()))
    }

    fn step(&self) {
        self.steps.send_modify(|count| *count = count.saturating_add(1));
    }

    /// Forgets the steps of the work before.
    pub(super) fn begin(&self) {
        self.steps.send_replace(0);
    }

    /// Uploads a file of orders, commits it, and waits until it is done.
    pub(super) async fn import(&self, role: &str) -> Result<String, Wrong> {
        let mut file =
            "Order No,Consignor,Pickup City,Pickup PIN,Delivery City,Delivery PIN,Consignee,Weight (kg)\n".to_owned();
        for number in 0..ROWS {
            let number = row(role, number);
            file.push_str(&format!(
                "{number},Demo Traders,Pune,411001,Chennai,600001,Chennai Stores,820\n"
            ));
        }
        let upload = format!("{IMPORTS}?file_name={role}.csv");
        let sent = asked("the upload", async || {
            self.http.post(&upload, "text/csv", file.clone().into_bytes()).await
        });
        let sent = sent.await?;
        ensure(matches!(sent.status, 200 | 201), || sent.text())?;
        let path = format!("{IMPORTS}/{}", text(&sent.json()?, "id"));
        let mut watch = Watch::new();
        let done = until(BACK_WITHIN, &format!("the import of {role} is done"), async || {
            let shown = self.read(&path).await?;
            watch.see(&shown);
            self.steps.send_replace(watch.rows());
            match text(&shown, "status") {
                "done" => return Ok(Some(shown)),
                "failed" | "cancelled" => return Err(Wrong(shown.to_string())),
                "ready" => {
                    let etag = format!("\"{}\"", number(&shown, "version"));
                    let commit = format!("{path}/commit");
                    let committed = asked("the commit", async || {
                        self.http.bare(Method::POST, &commit, &etag).await
                    });
                    let committed = committed.await?;
                    // When the answer was lost with its process, the version has moved on.
                    ensure(matches!(committed.status, 200 | 409 | 412), || committed.text())?;
                }
                _ => {}
            }
            Ok(None)
        })
        .await?;
        let orders = usize::try_from(number(&done, "orders")).unwrap_or_default();
        ensure(orders == ROWS, || done.to_string())?;
        let still = watch.longest;
        ensure(still <= STILL_FOR, || format!("the import of {role} stood still for {still:?}"))?;
        Ok(format!("{orders} orders, at most {still:.1?} without progress"))
    }

    /// Brings orders from their placing to approved bills, side by side.
    pub(super) async fn settle(&self, role: &str) -> Result<String, Wrong> {
        let each = |number| Box::pin(self.whole(role, number));
        tokio::try_join!(each(1), each(2), each(3), each(LOADS))?;
        Ok(format!("{LOADS} loads settled"))
    }

    async fn whole(&self, role: &str, count: u32) -> Result<(), Wrong> {
        let number = load(role, count);
        let pro = pro(&number);
        let placed = self.post("/v1/orders", &order(&number), 201).await?;
        let path = format!("/v1/orders/{}", text(&placed, "id"));
        let command = async |name: &str, body: Value| {
            self.post(&format!("{path}/{name}"), &body, 200).await.map(drop)
        };
        command("approve", json!({})).await?;
        command("assign", json!({ "carrier": CARRIER })).await?;
        command("tender", json!({ "respond_within_min": 30 })).await?;
        self.reads(&path, "status", "accepted").await?;
        let vehicle =
            json!({ "lr_number": format!("LR-{number}"), "vehicle": "MH 12 AB 1234", "pro": pro });
        command("dispatch", vehicle).await?;
        self.deliver(&number, &pro).await?;
        self.reads(&path, "status", "delivered").await?;
        let bill = json!({
            "carrier": CARRIER, "number": format!("INV-{number}"), "currency": "USD", "total": "3895.00",
            "billed_date": "2026-11-29", "references": [ { "kind": "pro", "value": pro } ],
            "lines": [ { "description": "Linehaul", "amount": "3895.00" } ]
        });
        let billed = self.post("/v1/freight-invoices", &bill, 201).await?;
        let path = format!("/v1/freight-invoices/{}", text(&billed, "id"));
        self.reads(&path, "outcome", "matched").await?;
        self.approve(&path).await
    }

    /// The carrier's 214; a session that broke is repeated, as carriers do.
    async fn deliver(&self, number: &str, pro: &str) -> Result<(), Wrong> {
        let control = pro.bytes().fold(7_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(byte)).wrapping_rem(999_983)
        });
        let file = samples::made_214(control, &[pro.to_owned()]);
        let name = format!("{number}.edi");
        until(BACK_WITHIN, &format!("{name} is dropped"), async || {
            Ok(self.carrier.put(&name, &file).await.ok())
        })
        .await?;
        self.step();
        Ok(())
    }

    async fn approve(&self, path: &str) -> Result<(), Wrong> {
        until(BACK_WITHIN, &format!("{path} is approved"), async || {
            let answer = asked(path, async || self.http.get(path).await).await?.expect(200)?;
            if text(&answer.json()?, "status") == "approved" {
                return Ok(Some(()));
            }
            let (etag, approve) = (answer.header("etag").to_owned(), format!("{path}/approve"));
            let approved =
                asked(&approve, async || self.http.bare(Method::POST, &approve, &etag).await);
            let approved = approved.await?;
            // It may have been looked at again meanwhile, or be approved by a try whose answer was lost.
            ensure(matches!(approved.status, 200 | 409 | 412), || approved.text())?;
            Ok(None)
        })
        .await?;
        self.step();
        Ok(())
    }

    /// A POST under a key of its own, repeated until there is an answer.
    async fn post(&self, path: &str, body: &Value, status: u16) -> Result<Value, Wrong> {
        let bytes = serde_json::to_vec(body)?;
        let key = format!("kill{path}/{}", text(body, "number"));
        let answer = asked(path, async || self.http.keyed(path, &key, bytes.clone()).await);
        let answered = answer.await?.expect(status)?.json()?;
        self.step();
        Ok(answered)
    }

    /// A GET, repeated until there is an answer.
    pub(super) async fn read(&self, path: &str) -> Result<Value, Wrong> {
        asked(path, async || self.http.get(path).await).await?.expect(200)?.json()
    }

    /// Waits until the thing says `wanted`.
    async fn reads(&self, path: &str, key: &str, wanted: &str) -> Result<(), Wrong> {
        let mut last = String::new();
        let what = format!("{path} is {wanted}");
        let read = until(BACK_WITHIN, &what, async || {
            let shown = self.read(path).await?;
            last = text(&shown, key).to_owned();
            Ok((last == wanted).then_some(()))
        });
        read.await.map_err(|wrong| Wrong(format!("{wrong}; it is {last}")))?;
        self.step();
        Ok(())
    }
}

/// Asks until there is an answer that is not about a process being away or another try being under way.
async fn asked(
    what: &str,
    mut ask: impl AsyncFnMut() -> Result<Answer, Wrong>,
) -> Result<Answer, Wrong> {
    let begun = Instant::now();
    let mut last = String::new();
    let answer = until(BACK_WITHIN, what, async || {
        match ask().await {
            Ok(answer) if AGAIN.contains(&answer.status) => last = answer.text(),
            Ok(answer) if answer.text().contains("idempotency-key-in-use") => last = answer.text(),
            Ok(answer) => return Ok(Some(answer)),
            Err(wrong) => last = wrong.to_string(),
        }
        Ok(None)
    });
    answer.await.map_err(|wrong| Wrong(format!("{wrong} ({:?}): {last}", begun.elapsed())))
}

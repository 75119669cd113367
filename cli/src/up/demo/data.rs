//! The demo tenant's own business, made once through the gateway like anybody's: a rate contract, orders in every state, one that is
//! late, a freight bill that is wrong, and a document that is rejected.

use core::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

/// Whose orders these are to carry.
const CARRIER: &str = "DEMO";
const HOUR: i64 = 3_600;
/// How often, and how long after each other, a price is asked for that is not known yet.
const PRICED_TRIES: u32 = 100;
const PRICED_EVERY: Duration = Duration::from_millis(100);

/// Why the demo's data could not be made; the rest of the demo goes on.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the gateway cannot be reached")]
    Http(#[from] reqwest::Error),
    #[error("{path} was answered {status}: {detail}")]
    Refused { path: String, status: u16, code: String, detail: String },
}

struct Api<'a> {
    http: reqwest::Client,
    url: &'a str,
    key: &'a str,
}

impl Api<'_> {
    async fn post(&self, path: &str, etag: Option<&str>, body: Value) -> Result<Answer, Error> {
        let mut request = self.http.post(format!("{}{path}", self.url)).bearer_auth(self.key);
        if let Some(etag) = etag {
            request = request.header("if-match", etag);
        }
        Answer::of(path, request.json(&body).send().await?).await
    }

    async fn document(&self, name: &str, text: String) -> Result<(), Error> {
        let path = format!("/v1/connections/{}/documents", super::CARRIER);
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(self.key);
        let request = request.header("content-type", "application/edi-x12");
        let request = request.header("x-file-name", name).body(text);
        // 422 is what the rejected one is for.
        match request.send().await?.status().as_u16() {
            200 | 202 | 422 => Ok(()),
            status => {
                let (code, detail) = (String::new(), String::new());
                Err(Error::Refused { path, status, code, detail })
            }
        }
    }

    /// Makes an order and takes it through `steps`.
    async fn order(
        &self,
        number: &str,
        days: (i64, i64),
        steps: &[(&str, Value)],
    ) -> Result<(), Error> {
        let made = self.post("/v1/orders", None, order(number, days)).await?;
        let id = made.text("id");
        for (step, body) in steps {
            self.step(&format!("/v1/orders/{id}/{step}"), body).await?;
        }
        Ok(())
    }

    /// A step of an order; orders learn of a contract by its event, so a price may need a moment.
    async fn step(&self, path: &str, body: &Value) -> Result<(), Error> {
        for _ in 0..PRICED_TRIES {
            match self.post(path, None, body.clone()).await {
                Err(Error::Refused { code, .. }) if code == "no-rate" => {}
                other => return other.map(drop),
            }
            tokio::time::sleep(PRICED_EVERY).await;
        }
        self.post(path, None, body.clone()).await.map(drop)
    }
}

struct Answer {
    etag: String,
    body: Value,
}

impl Answer {
    async fn of(path: &str, response: reqwest::Response) -> Result<Self, Error> {
        let status = response.status();
        let etag = response.headers().get("etag").and_then(|etag| etag.to_str().ok());
        let etag = etag.unwrap_or_default().to_owned();
        let body: Value = response.json().await?;
        if status.is_success() {
            return Ok(Self { etag, body });
        }
        let said = |name| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (code, detail) = (said("code"), said("detail"));
        Err(Error::Refused { path: path.to_owned(), status: status.as_u16(), code, detail })
    }

    fn text(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, name: &str) -> i64 {
        self.body.get(name).and_then(Value::as_i64).unwrap_or_default()
    }
}

/// Makes the data if it is not there; a failure is logged and leaves the demo without it.
pub(super) async fn make(url: String, key: String) {
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build();
    let Ok(http) = http else { return };
    let api = Api { http, url: &url, key: &key };
    match contract(&api).await {
        Ok(()) => {}
        // It is there: an earlier start made all of it.
        Err(Error::Refused { status: 409, .. }) => return,
        Err(error) => return told(&error),
    }
    if let Err(error) = business(&api).await {
        told(&error);
    }
}

fn told(error: &Error) {
    tracing::warn!(
        error = caravan_fault::error_chain(error),
        "The demo's own data could not be made."
    );
}

/// Delhi to Bengaluru, by weight.
async fn contract(api: &Api<'_>) -> Result<(), Error> {
    let terms = json!({
        "carrier": CARRIER, "name": "Demo road", "currency": "INR", "valid_from": "2020-01-01",
        "lanes": [{
            "line": 1, "origin": { "country": "IN", "region": "DL" }, "destination": { "country": "IN", "region": "KA" },
            "slabs": [ { "up_to": "500", "per": "kg", "amount": "14.00" }, { "per": "kg", "amount": "11.50" } ],
            "minimum": "2500.00"
        }],
        "tolerance": { "absolute": "10.00", "percent": "0.5" }
    });
    let made = api.post("/v1/rate-contracts", None, terms).await?;
    let (id, version) = (made.text("contract_id"), made.number("version"));
    let path = format!("/v1/rate-contracts/{id}/versions/{version}/publish");
    api.post(&path, Some(&made.etag), Value::Null).await.map(drop)
}

async fn business(api: &Api<'_>) -> Result<(), Error> {
    let offered = || {
        vec![
            ("approve", json!({})),
            ("assign", json!({})),
            ("tender", json!({ "respond_within_min": 240 })),
        ]
    };
    let on_the_road = |number: &str| {
        let mut steps = offered();
        let pro = format!("PRO{}", number.replace('-', ""));
        steps.push(("answer", json!({ "answer": "accepted", "carrier_reference": pro })));
        let vehicle =
            json!({ "lr_number": format!("LR-{number}"), "vehicle": "DL 01 AB 1234", "pro": pro });
        steps.push(("dispatch", vehicle));
        steps
    };
    api.order("DEMO-1001", (2, 5), &[]).await?;
    api.order("DEMO-1002", (2, 5), &offered()).await?;
    api.order("DEMO-1003-DECLINE", (3, 6), &offered()).await?;
    api.order("DEMO-1004-SILENT", (3, 6), &offered()).await?;
    api.order("DEMO-1005", (-4, -1), &on_the_road("DEMO-1005")).await?;
    api.order("DEMO-1006", (-6, -1), &on_the_road("DEMO-1006")).await?;
    api.document("demo-late.edi", status("PRODEMO1005", &[("AF", -3)], 9_001)).await?;
    let delivered = [("AF", -5), ("D1", -2)];
    api.document("demo-delivered.edi", status("PRODEMO1006", &delivered, 9_002)).await?;
    api.document("demo-rejected.edi", "this is no interchange\n".to_owned()).await?;
    // 820 kg × 11.50 = 9,430.00 was agreed.
    let bill = json!({
        "carrier": CARRIER, "number": "DEMO-INV-77", "currency": "INR", "total": "11250.00", "billed_date": day(-1, "%Y-%m-%d"),
        "references": [ { "kind": "pro", "value": "PRODEMO1006" } ],
        "lines": [ { "description": "Linehaul", "amount": "11250.00" } ]
    });
    api.post("/v1/freight-invoices", None, bill).await.map(drop)
}

fn order(number: &str, (pickup, delivery): (i64, i64)) -> Value {
    let window = |days: i64| (day(days, "%Y-%m-%dT03:30:00Z"), day(days, "%Y-%m-%dT12:30:00Z"));
    let ((p0, p1), (d0, d1)) = (window(pickup), window(delivery));
    json!({
        "number": number, "kind": "delivery", "equipment": "32FT-MXL",
        "gross_weight": { "value": "820", "unit": "KGM" }, "packages": 14,
        "stops": [
            { "kind": "pickup", "name": "Demo Traders, Okhla",
              "place": { "city": "Delhi", "region": "DL", "postal_code": "110020", "country": "IN" }, "earliest": p0, "latest": p1 },
            { "kind": "delivery", "name": "Bengaluru Stores",
              "place": { "city": "Bengaluru", "region": "KA", "postal_code": "560001", "country": "IN" }, "earliest": d0, "latest": d1 }
        ]
    })
}

/// The day so many days from now, in UTC.
fn day(days: i64, format: &str) -> String {
    let seconds = Timestamp::now().as_second().saturating_add(days.saturating_mul(24 * HOUR));
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).strftime(format).to_string()
}

/// A 214 of the demo carrier about one PRO: status codes with their days from now.
fn status(pro: &str, codes: &[(&str, i64)], control: u32) -> String {
    let mut out = format!(
        "ISA*00*          *00*          *02*DEMO           *ZZ*CARAVAN-DEMO   *{}*1200*U*00401*{control:09}*0*T*>~\n\
         GS*QM*DEMO*CARAVAN-DEMO*{}*1200*{control}*X*004010~\nST*214*0001~\nB10*{pro}*{pro}*DEMO~\nLX*1~\n",
        day(0, "%y%m%d"),
        day(0, "%Y%m%d"),
    );
    for (code, days) in codes {
        let city = if *code == "D1" { "BENGALURU*KA*IN" } else { "DELHI*DL*IN" };
        out.push_str(&format!("AT7*{code}*NS***{}*1030*UT~\nMS1*{city}~\n", day(*days, "%Y%m%d")));
    }
    let segments = codes.len().saturating_mul(2).saturating_add(4);
    out.push_str(&format!("SE*{segments}*0001~\nGE*1*{control}~\nIEA*1*{control:09}~\n"));
    out
}

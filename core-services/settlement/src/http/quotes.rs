//! What a shipment costs: with one carrier or with each, as of a moment, with the reasons.

use axum::Extension;
use axum::extract::State;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Json, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{READ, as_of, date, may, now_ms};
use crate::domain::rate::{Rated, rate};
use crate::store::contracts as store;
use crate::wire::explanation::NodeOut;
use crate::wire::shipment::ShipmentFacts;
use crate::wire::utc;

/// A shipment to be priced.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = RateQuoteIn)]
pub(crate) struct QuoteIn {
    /// One carrier; left out for all that have a contract.
    #[serde(default)]
    carrier: Option<String>,
    /// Day of pickup: it picks the rates and the fuel index.
    ship_date: String,
    /// By what was known at this moment (RFC 3339, or a day for its end in UTC); now unless said.
    #[serde(default)]
    as_of: Option<String>,
    #[serde(flatten)]
    facts: ShipmentFacts,
}

/// A line of a quote.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RateQuoteLine)]
pub(crate) struct LineOut {
    code: String,
    amount: String,
}

/// A price.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RateQuote)]
pub(crate) struct QuoteOut {
    carrier: String,
    #[schema(value_type = String, format = "uuid")]
    contract_id: Uuid,
    version: u32,
    currency: String,
    total: String,
    lines: Vec<LineOut>,
    /// What was asked for and has no price.
    unpriced: Vec<String>,
    explanation: NodeOut,
}

/// Why there is no price.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RateUnquoted)]
pub(crate) struct UnratedOut {
    carrier: String,
    code: &'static str,
    what: String,
    next: &'static str,
}

/// Prices, the cheapest first within a currency.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RateQuotes)]
pub(crate) struct QuotesOut {
    as_of: String,
    quotes: Vec<QuoteOut>,
    unrated: Vec<UnratedOut>,
}

/// Price a shipment.
///
/// Changes nothing; asked again as of the same moment it answers the same.
#[utoipa::path(post, path = "/v1/rates/quote", operation_id = "quoteRates", tag = "rates", request_body = QuoteIn,
    security(("api_key" = ["settlement:read"])),
    responses((status = 200, body = QuotesOut), (status = 422, description = "`date-invalid`, `quote-invalid`")))]
pub(super) async fn quote(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<QuoteIn>,
) -> Result<Json<QuotesOut>, Problem> {
    may(&caller, READ)?;
    let moment = as_of(body.as_of.as_deref(), now_ms())?;
    let day = date("ship_date", &body.ship_date)?;
    let facts =
        body.facts.read(body.carrier.as_deref().unwrap_or_default(), day).map_err(|field| {
            let detail =
                format!("{field} cannot be read; write decimals such as 12.50, not negative.");
            Problem::unprocessable("quote-invalid", detail)
        })?;
    let only = body.carrier.as_ref().map(|_| vec![facts.carrier.clone()]);
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    let tariff = store::tariff(tx.conn(), caller.tenant, only.as_deref()).await?;
    tx.commit().await?;
    let carriers = only.unwrap_or_else(|| tariff.carriers());
    let (mut rated, mut unrated): (Vec<(String, Rated)>, Vec<UnratedOut>) = Default::default();
    for carrier in carriers {
        let facts = crate::domain::facts::Facts { carrier: carrier.clone(), ..facts.clone() };
        match rate(&facts, &tariff, moment) {
            Ok(found) => rated.push((carrier, found)),
            Err(why) => {
                let (code, what, next) = (why.code(), why.to_string(), why.next());
                unrated.push(UnratedOut { carrier, code, what, next });
            }
        }
    }
    rated.sort_by(|(a, one), (b, other)| {
        (one.currency, one.total, a).cmp(&(other.currency, other.total, b))
    });
    let quotes = rated.into_iter().map(|(carrier, rated)| shown(carrier, &rated)).collect();
    Ok(Json(QuotesOut { as_of: utc(moment), quotes, unrated }))
}

fn shown(carrier: String, rated: &Rated) -> QuoteOut {
    let line = |line: &crate::domain::rate::Line| LineOut {
        code: line.code.clone(),
        amount: rated.currency.text(line.amount),
    };
    QuoteOut {
        carrier,
        contract_id: rated.contract,
        version: rated.version,
        currency: rated.currency.as_str().to_owned(),
        total: rated.currency.text(rated.total),
        lines: rated.lines.iter().map(line).collect(),
        unpriced: rated.unpriced.clone(),
        explanation: NodeOut::new(&rated.explanation, rated.currency),
    }
}

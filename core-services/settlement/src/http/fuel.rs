//! Fuel indexes: values from a day on; a correction is a later record of the same day.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Answer, Idempotent, Json, Problem, Query};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::{Change, READ, Stop, WRITE, date, may};
use crate::domain::ratio::Ratio;
use crate::store::contracts as store;
use crate::wire::utc;

/// Most values of a request.
const VALUES_MAX: usize = 1_000;

/// Which index.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct IndexFilter {
    name: Option<String>,
}

/// A value of an index.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FuelIndexValue)]
pub(crate) struct IndexOut {
    name: String,
    /// First day that it holds for.
    from: String,
    value: String,
    recorded_at: String,
}

/// A value to record.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FuelIndexValueIn)]
pub(crate) struct ValueIn {
    from: String,
    #[schema(example = "92.72")]
    value: String,
}

/// Values to record.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FuelIndexIn)]
pub(crate) struct IndexIn {
    name: String,
    values: Vec<ValueIn>,
}

/// List fuel index values.
///
/// By name, the newest day first; of one day the last recorded holds.
#[utoipa::path(get, path = "/v1/fuel-indexes", operation_id = "listFuelIndexes", tag = "rates", params(IndexFilter),
    security(("api_key" = ["settlement:read"])), responses((status = 200, body = Vec<IndexOut>)))]
pub(super) async fn list(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(filter): Query<IndexFilter>,
) -> Result<Json<Vec<IndexOut>>, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let values = store::indexes(tx.conn(), caller.tenant, filter.name.as_deref()).await?;
    tx.commit().await?;
    let out = values.into_iter().map(|value| IndexOut {
        name: value.index,
        from: value.from.to_string(),
        value: value.value.to_string(),
        recorded_at: utc(value.recorded_ms),
    });
    Ok(Json(out.collect()))
}

/// Record fuel index values.
#[utoipa::path(post, path = "/v1/fuel-indexes", operation_id = "recordFuelIndex", tag = "rates",
    params(("idempotency-key" = Option<String>, Header)), request_body = IndexIn,
    security(("api_key" = ["settlement:write"])),
    responses((status = 204), (status = 422, description = "`fuel-index-invalid`, `date-invalid`")))]
pub(super) async fn record(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Idempotent { body, attempt }: Idempotent<IndexIn>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    let name = body.name.trim();
    if name.is_empty()
        || name.len() > 100
        || body.values.is_empty()
        || body.values.len() > VALUES_MAX
    {
        let detail = format!("Name the index and give 1 to {VALUES_MAX} values.");
        return Err(Problem::unprocessable("fuel-index-invalid", detail).into());
    }
    let mut values = Vec::with_capacity(body.values.len());
    for value in &body.values {
        let from = date("values/from", &value.from)?;
        let number = Ratio::decimal(&value.value).filter(|number| !number.is_negative());
        if number.is_none() {
            let detail =
                format!("{:?} is no index value; write a decimal such as 92.72.", value.value);
            return Err(Problem::unprocessable("fuel-index-invalid", detail).into());
        }
        values.push((from.to_string(), value.value.trim().to_owned()));
    }
    let (tenant, by, now) = (change.tenant(), change.by(), change.now_ms());
    store::record_index(change.conn(), tenant, name, &values, &by, now).await?;
    let detail = json!({ "values": body.values });
    change.did("fuel-index.recorded", format!("fuel-index/{name}"), detail);
    let response = change.end(Answer::empty()).await?;
    debug_assert_eq!(response.status(), StatusCode::NO_CONTENT);
    Ok(response)
}

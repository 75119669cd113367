//! Rate contracts as they were published, and the lanes that may fit an order.

use caravan_model::{Place, TenantId};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use super::{Unreadable, decode};
use crate::domain::{Area, Candidate, Load, micro};
use crate::wire::{Contract, area_text, slabs_from_json, slabs_json};

/// Most lanes that are looked at for one order.
const CANDIDATES_MAX: i64 = 5_000;

/// Keeps a version of a contract; one that is there already stays as it is, since a published version never changes.
pub(crate) async fn insert_contract(
    connection: &mut PgConnection,
    tenant: TenantId,
    contract: &Contract,
) -> Result<(), sqlx::Error> {
    let new = sqlx::query(
        "INSERT INTO rate_contracts (tenant_id, contract_id, version, carrier, currency, valid_from, valid_to)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(contract.contract_id)
    .bind(contract.version)
    .bind(&contract.carrier)
    .bind(&contract.currency)
    .bind(&contract.valid_from)
    .bind(&contract.valid_to)
    .execute(&mut *connection)
    .await?;
    if new.rows_affected() == 0 || contract.lanes.is_empty() {
        return Ok(());
    }
    let lanes = || contract.lanes.iter();
    let text = |of: fn(&crate::wire::Lane) -> Option<&str>| {
        lanes().map(|lane| area_text(of(lane))).collect::<Vec<_>>()
    };
    let slabs: Result<Vec<String>, _> = lanes().map(|lane| slabs_json(&lane.slabs)).collect();
    sqlx::query(
        "INSERT INTO rate_lanes (tenant_id, contract_id, version, line, service, o_country, o_region, o_postal, o_city,
                                 d_country, d_region, d_postal, d_city, slabs, minimum)
         SELECT $1, $2, $3, * FROM unnest($4::integer[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                                          $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(contract.contract_id)
    .bind(contract.version)
    .bind(lanes().map(|lane| lane.line).collect::<Vec<_>>())
    .bind(lanes().map(|lane| lane.service.as_deref()).collect::<Vec<_>>())
    .bind(text(|lane| lane.origin.country.as_deref()))
    .bind(text(|lane| lane.origin.region.as_deref()))
    .bind(text(|lane| lane.origin.postal_code.as_deref()))
    .bind(text(|lane| lane.origin.city.as_deref()))
    .bind(text(|lane| lane.destination.country.as_deref()))
    .bind(text(|lane| lane.destination.region.as_deref()))
    .bind(text(|lane| lane.destination.postal_code.as_deref()))
    .bind(text(|lane| lane.destination.city.as_deref()))
    .bind(slabs.map_err(|error| sqlx::Error::Encode(Box::new(error)))?)
    .bind(lanes().map(|lane| lane.minimum.as_deref()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

/// Nothing, and every beginning of `code`: what a lane's postal code may be to hold it.
fn beginnings(code: Option<&str>) -> Vec<String> {
    let code = area_text(code);
    let mut all = vec![String::new()];
    let mut beginning = String::new();
    for letter in code.chars() {
        beginning.push(letter);
        all.push(beginning.clone());
    }
    all
}

/// Nothing, and the text: what a part of a lane's area may be.
fn exact(text: Option<&str>) -> Vec<String> {
    vec![String::new(), area_text(text)]
}

/// Lanes of contracts in force on `day` (`YYYY-MM-DD`) that fit `load`, and how many contracts are in force at all.
pub(crate) async fn candidates(
    connection: &mut PgConnection,
    tenant: TenantId,
    day: &str,
    load: &Load,
) -> Result<(Vec<Candidate>, i64), sqlx::Error> {
    let (origin, destination): (&Place, &Place) = (&load.origin, &load.destination);
    // Of a contract's versions that have begun by then, the last one holds; when that has ended, nothing is agreed.
    let in_force = "SELECT DISTINCT ON (contract_id) contract_id, version, carrier, currency, valid_to FROM rate_contracts
                     WHERE tenant_id = $1 AND valid_from <= $2 ORDER BY contract_id, version DESC";
    let known: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT count(*) FROM ({in_force}) AS c WHERE valid_to IS NULL OR valid_to >= $2"
    )))
    .bind(tenant.0)
    .bind(day)
    .fetch_one(&mut *connection)
    .await?;
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT c.contract_id, c.version, c.carrier, c.currency, l.line, l.service, l.o_country, l.o_region, l.o_postal, l.o_city,
                l.d_country, l.d_region, l.d_postal, l.d_city, l.slabs, l.minimum
           FROM ({in_force}) AS c
           JOIN rate_lanes l ON l.tenant_id = $1 AND l.contract_id = c.contract_id AND l.version = c.version
          WHERE (c.valid_to IS NULL OR c.valid_to >= $2)
            AND l.o_country = ANY ($3) AND l.o_region = ANY ($4) AND l.o_postal = ANY ($5) AND l.o_city = ANY ($6)
            AND l.d_country = ANY ($7) AND l.d_region = ANY ($8) AND l.d_postal = ANY ($9) AND l.d_city = ANY ($10)
          ORDER BY c.contract_id, l.line LIMIT $11"
    )))
    .bind(tenant.0)
    .bind(day)
    .bind(exact(origin.country.as_deref()))
    .bind(exact(origin.region.as_deref()))
    .bind(beginnings(origin.postal_code.as_deref()))
    .bind(exact(origin.name.as_deref()))
    .bind(exact(destination.country.as_deref()))
    .bind(exact(destination.region.as_deref()))
    .bind(beginnings(destination.postal_code.as_deref()))
    .bind(exact(destination.name.as_deref()))
    .bind(CANDIDATES_MAX)
    .fetch_all(connection)
    .await?;
    Ok((rows.iter().map(candidate).collect::<Result<_, _>>()?, known))
}

fn candidate(row: &PgRow) -> Result<Candidate, sqlx::Error> {
    let part = |column: &str| {
        let text: String = row.try_get(column)?;
        Ok::<_, sqlx::Error>(Some(text).filter(|text| !text.is_empty()))
    };
    let slabs: &str = row.try_get("slabs")?;
    let minimum: Option<&str> = row.try_get("minimum")?;
    let unreadable = |what, text: &str| decode(Unreadable { what, text: text.to_owned() });
    Ok(Candidate {
        contract: row.try_get("contract_id")?,
        version: row.try_get("version")?,
        carrier: row.try_get("carrier")?,
        currency: row.try_get("currency")?,
        line: row.try_get("line")?,
        service: row.try_get("service")?,
        origin: Area {
            country: part("o_country")?,
            region: part("o_region")?,
            postal_prefix: part("o_postal")?,
            city: part("o_city")?,
        },
        destination: Area {
            country: part("d_country")?,
            region: part("d_region")?,
            postal_prefix: part("d_postal")?,
            city: part("d_city")?,
        },
        slabs: slabs_from_json(slabs).ok_or_else(|| unreadable("slab", slabs))?,
        minimum: minimum
            .map(|text| micro(text).ok_or_else(|| unreadable("minimum", text)))
            .transpose()?,
    })
}

//! Tenders and the timers of their silence: a due row is leased, its attempt counted before it is made.

use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::{Change, decode};
use crate::domain::{OrderId, Tender};
use crate::wire::OrderTender;

/// Most tenders of one order that are shown.
const TENDERS_MAX: i64 = 200;

/// Writes the tenders that `changes` made or answered.
pub(super) async fn write(
    connection: &mut PgConnection,
    tenant: TenantId,
    changes: &[Change],
) -> Result<(), sqlx::Error> {
    let before = |change: &Change| change.before.as_ref().and_then(|o| o.progress.tender.clone());
    let changed: Vec<(Uuid, &Tender)> = changes
        .iter()
        .filter(|change| change.after.progress.tender != before(change))
        .filter_map(|change| Some((change.after.id.0, change.after.progress.tender.as_ref()?)))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let all = || changed.iter().map(|(_, tender)| *tender);
    sqlx::query(
        "INSERT INTO tenders
           (tenant_id, order_id, number, carrier, tendered_ms, respond_by_ms, answer, answered_ms, reason, carrier_reference)
         SELECT $1, * FROM unnest($2::uuid[], $3::integer[], $4::text[], $5::bigint[], $6::bigint[], $7::text[],
                                  $8::bigint[], $9::text[], $10::text[])
         ON CONFLICT (tenant_id, order_id, number) DO UPDATE
            SET answer = excluded.answer, answered_ms = excluded.answered_ms, reason = excluded.reason,
                carrier_reference = excluded.carrier_reference",
    )
    .bind(tenant.0)
    .bind(changed.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind(all().map(|tender| tender.number).collect::<Vec<_>>())
    .bind(all().map(|tender| tender.carrier.as_str()).collect::<Vec<_>>())
    .bind(all().map(|tender| tender.tendered_ms).collect::<Vec<_>>())
    .bind(all().map(|tender| tender.respond_by_ms).collect::<Vec<_>>())
    .bind(all().map(|tender| tender.answer.as_str()).collect::<Vec<_>>())
    .bind(all().map(|tender| tender.answered_ms).collect::<Vec<_>>())
    .bind(all().map(|tender| tender.reason.as_deref()).collect::<Vec<_>>())
    .bind(all().map(|tender| tender.carrier_reference.as_deref()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

/// An order's tenders, the first one first.
pub(crate) async fn tenders(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: OrderId,
) -> Result<Vec<OrderTender>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT number, carrier, tendered_ms, respond_by_ms, answer, answered_ms, reason, carrier_reference FROM tenders
          WHERE tenant_id = $1 AND order_id = $2 ORDER BY number LIMIT $3",
    )
    .bind(tenant.0)
    .bind(id.0)
    .bind(TENDERS_MAX)
    .fetch_all(connection)
    .await?;
    let tender = |row: &sqlx::postgres::PgRow| {
        let answer: &str = row.try_get("answer")?;
        Ok(OrderTender::from(&Tender {
            number: row.try_get("number")?,
            carrier: row.try_get("carrier")?,
            tendered_ms: row.try_get("tendered_ms")?,
            respond_by_ms: row.try_get("respond_by_ms")?,
            answer: crate::domain::Answer::parse(answer).ok_or_else(|| {
                decode(super::Unreadable { what: "answer", text: answer.to_owned() })
            })?,
            answered_ms: row.try_get("answered_ms")?,
            reason: row.try_get("reason")?,
            carrier_reference: row.try_get("carrier_reference")?,
        }))
    };
    rows.iter().map(tender).collect()
}

/// A tender whose time to answer is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) tenant: TenantId,
    pub(crate) order: OrderId,
    pub(crate) number: i32,
    /// How often it was tried, this time included.
    pub(crate) attempts: i32,
}

/// Leases at most `max` due tenders of all tenants: nobody else works on them for 30 seconds, doubled with each attempt up to
/// about an hour.
pub(crate) async fn claim(
    tx: &mut SystemTx,
    now_ms: i64,
    max: i64,
) -> Result<Vec<Due>, sqlx::Error> {
    let rows: Vec<(Uuid, Uuid, i32, i32)> = sqlx::query_as(
        "WITH due AS (
           SELECT tenant_id, order_id, number FROM tenders
            WHERE answer = 'open' AND respond_by_ms <= $1 AND lease_until_ms <= $1
            ORDER BY respond_by_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
         UPDATE tenders t
            SET lease_until_ms = $1 + 30000 * (1 << LEAST(t.attempts, 7)), attempts = t.attempts + 1
           FROM due d
          WHERE t.tenant_id = d.tenant_id AND t.order_id = d.order_id AND t.number = d.number
      RETURNING t.tenant_id, t.order_id, t.number, t.attempts",
    )
    .bind(now_ms)
    .bind(max)
    .fetch_all(tx.conn())
    .await?;
    let due = |(tenant, order, number, attempts)| Due {
        tenant: TenantId(tenant),
        order: OrderId(order),
        number,
        attempts,
    };
    Ok(rows.into_iter().map(due).collect())
}

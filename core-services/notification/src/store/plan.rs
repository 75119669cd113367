//! What is to be brought where: read the endpoints, write the deliveries.

use std::collections::BTreeSet;

use caravan_events::Envelope;
use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use sqlx::Row as _;
use uuid::Uuid;

/// A disabled endpoint's events are kept for it so long; after that it starts anew.
const HELD_FOR_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// An endpoint, as a batch needs it.
pub(crate) struct Listener {
    pub(crate) tenant: TenantId,
    pub(crate) id: Uuid,
    pub(crate) kinds: Vec<String>,
    pub(crate) is_disabled: bool,
}

/// An event with its text.
pub(crate) struct Message<'a> {
    pub(crate) event: &'a Envelope,
    pub(crate) body: String,
}

/// One message for one endpoint.
pub(crate) struct Planned {
    pub(crate) webhook: Uuid,
    /// Its place in the list of messages.
    pub(crate) message: usize,
    pub(crate) is_held: bool,
}

/// The endpoints of these tenants, except those that were disabled long ago.
pub(crate) async fn listeners(
    tx: &mut SystemTx,
    tenants: &BTreeSet<TenantId>,
    now_ms: i64,
) -> Result<Vec<Listener>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT tenant_id, id, kinds, status <> 'enabled' AS is_disabled FROM webhooks
          WHERE tenant_id = ANY ($1) AND (status = 'enabled' OR status = 'disabled' AND disabled_ms > $2)
          ORDER BY tenant_id, id",
    )
    .bind(tenants.iter().map(|tenant| tenant.0).collect::<Vec<_>>())
    .bind(now_ms.saturating_sub(HELD_FOR_MS))
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Listener {
                tenant: TenantId(row.try_get("tenant_id")?),
                id: row.try_get("id")?,
                kinds: row.try_get("kinds")?,
                is_disabled: row.try_get("is_disabled")?,
            })
        })
        .collect()
}

/// Writes the deliveries; one that is there already stays as it is. Answers how many are new.
pub(crate) async fn write(
    tx: &mut SystemTx,
    messages: &[Message<'_>],
    planned: &[Planned],
    now_ms: i64,
) -> Result<usize, sqlx::Error> {
    let places: Vec<i64> = planned
        .iter()
        // Ordinals of `WITH ORDINALITY` begin with 1.
        .map(|one| i64::try_from(one.message).unwrap_or(i64::MAX).saturating_add(1))
        .collect();
    let done = sqlx::query(
        "INSERT INTO deliveries (tenant_id, id, webhook_id, event_id, kind, subject, body, status, due_ms, made_ms)
         SELECT m.tenant_id, p.id, p.webhook_id, m.event_id, m.kind, m.subject, m.body,
                CASE WHEN p.held THEN 'held' ELSE 'pending' END, $10, $10
           FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::boolean[]) AS p (id, webhook_id, place, held)
           JOIN unnest($5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[])
                WITH ORDINALITY AS m (tenant_id, event_id, kind, subject, body, place) ON m.place = p.place
         ON CONFLICT (tenant_id, webhook_id, event_id) DO NOTHING",
    )
    .bind(planned.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
    .bind(planned.iter().map(|one| one.webhook).collect::<Vec<_>>())
    .bind(places)
    .bind(planned.iter().map(|one| one.is_held).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.event.tenant.0).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.event.id.0).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.event.kind.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.event.key.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.body.as_str()).collect::<Vec<_>>())
    .bind(now_ms)
    .execute(tx.conn())
    .await?;
    Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
}

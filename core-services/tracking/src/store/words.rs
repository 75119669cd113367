//! The words by which shipments are found, and the names of carriers.

use std::collections::BTreeSet;

use caravan_events::wire;
use caravan_model::{Place, TenantId};
use caravan_tenancy::SystemTx;

use crate::domain::{Merge, ShipmentId, words};

/// Adds words, each with its shipment.
pub(crate) async fn write_words(
    tx: &mut SystemTx,
    tenant: TenantId,
    words: &BTreeSet<(String, ShipmentId)>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO shipment_terms (tenant_id, term, shipment_id)
         SELECT $1, * FROM unnest($2::text[], $3::uuid[]) ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(words.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>())
    .bind(words.iter().map(|(_, id)| id.0).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Gives the losers' words to their survivors. Call it before their numbers and facts are handed over, from which the words are made.
pub(crate) async fn carry_words(
    tx: &mut SystemTx,
    tenant: TenantId,
    merges: &[Merge],
) -> Result<(), sqlx::Error> {
    for merge in merges {
        let numbers: Vec<String> = sqlx::query_scalar(
            "SELECT value FROM shipment_references WHERE tenant_id = $1 AND shipment_id = $2
              UNION SELECT p.order_number FROM shipment_references r JOIN promises p
                 ON p.tenant_id = $1 AND p.kind = r.kind AND p.value = r.value
              WHERE r.tenant_id = $1 AND r.shipment_id = $2 AND r.identifies",
        )
        .bind(tenant.0)
        .bind(merge.loser.0)
        .fetch_all(tx.conn())
        .await?;
        let told: Vec<String> =
            sqlx::query_scalar("SELECT data FROM facts WHERE tenant_id = $1 AND shipment_id = $2")
                .bind(tenant.0)
                .bind(merge.loser.0)
                .fetch_all(tx.conn())
                .await?;
        let mut all: BTreeSet<String> =
            numbers.iter().map(|number| words::number(number)).collect();
        for data in &told {
            let milestone: wire::Milestone =
                serde_json::from_str(data).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            let place = milestone.place.map(Place::from);
            all.extend(place.iter().flat_map(words::of_place));
        }
        let terms: Vec<&str> = all.iter().map(String::as_str).collect();
        sqlx::query(
            "DELETE FROM shipment_terms AS t USING unnest($3::text[]) AS w (term)
              WHERE t.tenant_id = $1 AND t.term = w.term AND t.shipment_id = $2",
        )
        .bind(tenant.0)
        .bind(merge.loser.0)
        .bind(terms)
        .execute(tx.conn())
        .await?;
        let kept = all.into_iter().map(|word| (word, merge.survivor)).collect();
        write_words(tx, tenant, &kept).await?;
    }
    Ok(())
}

/// Notes which names are one carrier's: the catalogue's and the SCAC.
pub(crate) async fn write_carriers(
    tx: &mut SystemTx,
    tenant: TenantId,
    names: &BTreeSet<(String, String)>,
) -> Result<(), sqlx::Error> {
    if names.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO carrier_names (tenant_id, party, scac)
         SELECT $1, * FROM unnest($2::text[], $3::text[]) ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(names.iter().map(|(party, _)| party.as_str()).collect::<Vec<_>>())
    .bind(names.iter().map(|(_, scac)| scac.as_str()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}

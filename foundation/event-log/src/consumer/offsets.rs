//! A group's offsets in the consumer's own schema: locked, compared and moved in the transaction of the effects.

use std::collections::BTreeMap;

use caravan_tenancy::SystemTx;

use crate::{Cursor, Partition, Position};

/// A partition as the tables have it.
pub(super) fn number(partition: Partition) -> i16 {
    i16::try_from(partition.0).unwrap_or(i16::MAX)
}

pub(super) fn partition(number: i16) -> Partition {
    Partition(u16::try_from(number).unwrap_or(u16::MAX))
}

/// The offsets of `partitions`, made where there is none: at `first`, or at the beginning.
pub(super) async fn ensure(
    tx: &mut SystemTx,
    group: &str,
    partitions: &[Partition],
    first: &[Cursor],
) -> Result<Vec<(Partition, Position)>, sqlx::Error> {
    let start = |wanted: &Partition| {
        let found = first.iter().find(|cursor| cursor.partition == *wanted);
        found.map(|cursor| cursor.position.as_str()).unwrap_or_default()
    };
    let numbers: Vec<i16> = partitions.iter().copied().map(number).collect();
    let starts: Vec<&str> = partitions.iter().map(start).collect();
    sqlx::query(
        "INSERT INTO consumer_offsets (group_name, partition, position)
         SELECT $1, c.partition, c.position FROM unnest($2::smallint[], $3::text[]) AS c (partition, position)
         ON CONFLICT DO NOTHING",
    )
    .bind(group)
    .bind(&numbers)
    .bind(starts)
    .execute(tx.conn())
    .await?;
    let rows: Vec<(i16, String)> = sqlx::query_as(
        "SELECT partition, position FROM consumer_offsets WHERE group_name = $1 AND partition = ANY ($2)",
    )
    .bind(group)
    .bind(numbers)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(number, text)| (partition(number), Position::new(text))).collect())
}

/// Locks the offsets that are about to move; false when one of them is not where the batch was fetched from.
pub(super) async fn lock(
    tx: &mut SystemTx,
    group: &str,
    from: &BTreeMap<Partition, Position>,
    moving: &[Cursor],
) -> Result<bool, sqlx::Error> {
    let numbers: Vec<i16> = moving.iter().map(|cursor| number(cursor.partition)).collect();
    // In one order, so that two members never wait for each other.
    let rows: Vec<(i16, String)> = sqlx::query_as(
        "SELECT partition, position FROM consumer_offsets
          WHERE group_name = $1 AND partition = ANY ($2) ORDER BY partition FOR UPDATE",
    )
    .bind(group)
    .bind(numbers)
    .fetch_all(tx.conn())
    .await?;
    let unmoved = |(number, text): &(i16, String)| {
        from.get(&partition(*number)).is_some_and(|position| position.as_str() == text)
    };
    Ok(rows.len() == moving.len() && rows.iter().all(unmoved))
}

/// Moves the offsets.
pub(super) async fn advance(
    tx: &mut SystemTx,
    group: &str,
    to: &[Cursor],
) -> Result<(), sqlx::Error> {
    let numbers: Vec<i16> = to.iter().map(|cursor| number(cursor.partition)).collect();
    let positions: Vec<&str> = to.iter().map(|cursor| cursor.position.as_str()).collect();
    sqlx::query(
        "UPDATE consumer_offsets AS o SET position = c.position, updated_at = now()
           FROM unnest($2::smallint[], $3::text[]) AS c (partition, position)
          WHERE o.group_name = $1 AND o.partition = c.partition",
    )
    .bind(group)
    .bind(numbers)
    .bind(positions)
    .execute(tx.conn())
    .await
    .map(drop)
}

//! Exceptions follow from what stands: opened when a rule finds something wrong, resolved when facts say that it is over.
//!
//! The consumer asks after each fact, at the time at which it was heard, so that it makes no difference how facts came in batches; the
//! watch asks when the clock alone can have changed the answer. Both hold the tenant's lock. A person's word (owner, snooze,
//! resolution) is never undone: the same facts do not open again what was resolved, and when a shipment turns out to be another, its
//! exceptions go over with owner and words.

use std::collections::BTreeMap;

use caravan_events::{Envelope, Kind};
use caravan_model::{Said, TenantId, Words};
use caravan_tenancy::SystemTx;
use serde_json::json;

use crate::domain::{Case, Merge, ShipmentId, Sight, Trouble, news, troubles};
use crate::store::exceptions::{self as store, Change, Exception, Opening};
use crate::wire::utc;

/// Who acts when nobody does.
const SYSTEM: &str = "system";

/// A shipment that is looked at.
pub(crate) struct Looked<'a> {
    pub(crate) id: ShipmentId,
    /// The best of its numbers.
    pub(crate) reference: &'a str,
    /// As it was seen, fact by fact.
    pub(crate) steps: &'a [Sight],
}

/// Brings the exceptions of `looked` to what the rules find at `now_ms`, or when each step was heard; answers the events that tell
/// of it.
pub(crate) async fn reconcile(
    tx: &mut SystemTx,
    tenant: TenantId,
    looked: &[Looked<'_>],
    now_ms: Option<i64>,
) -> Result<Vec<Envelope>, sqlx::Error> {
    let ids: Vec<_> = looked.iter().map(|one| one.id.0).collect();
    let mut known: BTreeMap<ShipmentId, Vec<Exception>> = BTreeMap::new();
    for exception in store::all(tx.conn(), tenant, &ids).await? {
        known.entry(exception.shipment).or_default().push(exception);
    }
    let mut events = Vec::new();
    let rounds = looked.iter().map(|one| one.steps.len()).max().unwrap_or_default();
    for round in 0..rounds {
        let mut openings = Vec::new();
        for one in looked {
            let Some(sight) = one.steps.get(round) else { continue };
            let at_ms = now_ms.unwrap_or(sight.heard_ms);
            let found = troubles(sight, at_ms);
            let of_it = known.entry(one.id).or_default();
            for exception in of_it.iter_mut().filter(|exception| exception.is_open) {
                let trouble = Trouble::parse(&exception.cause);
                let passes = trouble.is_some_and(Trouble::passes);
                if passes && !found.iter().any(|found| Some(found.trouble) == trouble) {
                    let status = sight.status.as_str().to_owned();
                    let text = Words::new(
                        "passed",
                        "no rule finds it any more: the shipment is {status}",
                        [("status", status)],
                    );
                    let ended = resolve(tx, tenant, exception, text, at_ms).await?;
                    events.push(event(tenant, Kind::EXCEPTION_RESOLVED, &ended, at_ms));
                    *exception = ended;
                }
            }
            let cases: Vec<Case> = of_it.iter().filter_map(case).collect();
            openings.extend(news(found, &cases).into_iter().map(|found| Opening {
                shipment: one.id,
                reference: one.reference,
                at_ms,
                found,
            }));
        }
        for (exception, at_ms) in store::insert(tx.conn(), tenant, &openings).await? {
            events.push(event(tenant, Kind::EXCEPTION_OPENED, &exception, at_ms));
            let of_it = known.entry(exception.shipment).or_default();
            of_it.retain(|known| known.id != exception.id);
            of_it.push(exception);
        }
    }
    Ok(events)
}

fn case(exception: &Exception) -> Option<Case> {
    let by_person = exception.resolved_by.as_deref().is_some_and(|by| by != SYSTEM);
    Some(Case {
        trouble: Trouble::parse(&exception.cause)?,
        since_ms: exception.since_ms,
        is_open: exception.is_open,
        ended_ms: exception.resolved_ms.filter(|_| by_person),
    })
}

async fn resolve(
    tx: &mut SystemTx,
    tenant: TenantId,
    exception: &Exception,
    text: Words,
    at_ms: i64,
) -> Result<Exception, sqlx::Error> {
    let change = Change {
        action: "resolved",
        actor: SYSTEM,
        text: Some(text.into()),
        at_ms,
        owner: exception.owner.as_deref(),
        snoozed_until_ms: None,
        is_open: false,
    };
    store::change(tx.conn(), tenant, exception.id, &change).await
}

/// Has the exceptions of shipments that turned out to be another go on with that one, which is called as `names` says.
///
/// One that the other has too (of the same cause and time, or both open) becomes part of it: people's words go over, owner and
/// snooze where it has none, and it is resolved with a line that says so.
pub(crate) async fn carry_over(
    tx: &mut SystemTx,
    tenant: TenantId,
    merges: &[Merge],
    names: &BTreeMap<ShipmentId, &str>,
    at_ms: i64,
) -> Result<Vec<Envelope>, sqlx::Error> {
    let mut events = Vec::new();
    for merge in merges {
        let ids = [merge.loser.0, merge.survivor.0];
        let (old, mut kept): (Vec<Exception>, Vec<Exception>) = store::all(tx.conn(), tenant, &ids)
            .await?
            .into_iter()
            .partition(|exception| exception.shipment == merge.loser);
        let name = names.get(&merge.survivor).copied().unwrap_or_default();
        for old in old {
            let is_twin = |kept: &&mut Exception| {
                let is_same = kept.since_ms == old.since_ms || (kept.is_open && old.is_open);
                kept.cause == old.cause && is_same
            };
            let Some(twin) = kept.iter_mut().find(is_twin) else {
                let text = Said::from(Words::new(
                    "moved",
                    "the shipment turned out to be {name}; it was {old}",
                    [("name", name.to_owned()), ("old", old.reference)],
                ));
                let to = (merge.survivor, name);
                let moved = store::hand_over(tx.conn(), tenant, old.id, to, &text, at_ms).await?;
                events.push(event(tenant, Kind::EXCEPTION_CHANGED, &moved, at_ms));
                kept.push(moved);
                continue;
            };
            *twin = join(tx, tenant, &old, twin, at_ms).await?;
            events.push(event(tenant, Kind::EXCEPTION_CHANGED, twin, at_ms));
            if old.is_open {
                let text = Words::new(
                    "joined-another",
                    "the shipment turned out to be {name}: see exception {exception}",
                    [("name", name.to_owned()), ("exception", twin.id.to_string())],
                );
                let ended = resolve(tx, tenant, &old, text, at_ms).await?;
                events.push(event(tenant, Kind::EXCEPTION_RESOLVED, &ended, at_ms));
            }
        }
    }
    Ok(events)
}

/// Gives `twin` what people said about `old`, and whose it was.
async fn join(
    tx: &mut SystemTx,
    tenant: TenantId,
    old: &Exception,
    twin: &Exception,
    at_ms: i64,
) -> Result<Exception, sqlx::Error> {
    store::copy_words(tx.conn(), tenant, old.id, twin.id).await?;
    let text = Words::new(
        "joined",
        "with exception {exception} of {name}, the same shipment",
        [("exception", old.id.to_string()), ("name", old.reference.clone())],
    );
    let snoozed = twin.snoozed_until_ms.or(old.snoozed_until_ms).filter(|_| twin.is_open);
    let change = Change {
        action: "joined",
        actor: SYSTEM,
        text: Some(text.into()),
        at_ms,
        owner: twin.owner.as_deref().or(old.owner.as_deref()),
        snoozed_until_ms: snoozed,
        is_open: twin.is_open,
    };
    store::change(tx.conn(), tenant, twin.id, &change).await
}

/// The event that tells of an exception as it is.
pub(crate) fn event(tenant: TenantId, kind: Kind, exception: &Exception, at_ms: i64) -> Envelope {
    let data = json!({
        "exception_id": exception.id.to_string(), "reference": exception.reference, "cause": exception.cause,
        "status": if exception.is_open { "open" } else { "resolved" }, "rule": exception.rule, "detail": exception.detail,
        "since": utc(exception.since_ms), "owner": exception.owner,
        "snoozed_until": exception.snoozed_until_ms.map(utc), "resolution": exception.resolution.as_ref().map(|said| &said.text),
        "version": exception.version,
    });
    let cause = format!("{}/{}", exception.id, exception.version);
    Envelope::of_service(
        tenant,
        kind,
        exception.reference.clone(),
        &cause,
        at_ms,
        None,
        data.to_string(),
    )
}

//! Expectations follow the timelines: what the carrier announces fact by fact, what the lane's history makes of a pickup, and what a
//! delivery teaches about both.

use std::collections::BTreeMap;

use caravan_model::{RecordId, TenantId};
use caravan_tenancy::SystemTx;

use crate::domain::eta::{self, Eta, Source, Spread};
use crate::domain::{ShipmentId, Sight, Timeline, is_over};
use crate::store::etas::{self as store, Outcome};
use crate::store::promises::Ordered;

/// A shipment about which something was heard.
pub(crate) struct Followed<'a> {
    pub(crate) id: ShipmentId,
    /// As it was told before, and as it is.
    pub(crate) before: &'a Timeline,
    pub(crate) after: &'a Timeline,
    /// As it was seen after each fact, with that fact's id.
    pub(crate) steps: Vec<(&'a Sight, RecordId)>,
    pub(crate) ordered: &'a Ordered,
    /// In lower case.
    pub(crate) carrier: Option<String>,
    pub(crate) merged: bool,
}

impl Followed<'_> {
    /// Whether anybody ever expected, or could expect, something of it.
    fn matters(&self) -> bool {
        let is_announced = self.steps.iter().any(|(sight, _)| sight.eta_ms.is_some());
        let was_announced = !self.before.estimates().is_empty();
        is_announced || was_announced || self.ordered.lane.is_some() || self.merged
    }

    fn delivered_ms(timeline: &Timeline) -> Option<i64> {
        timeline.standing().delivered_at.map(|at| at.instant_ms)
    }

    /// What the history of its lane is asked for, while it is on its way: the lane, the carrier, the pickup.
    fn journey(&self) -> Option<(&str, &str, i64)> {
        let picked_up_ms = eta::picked_up_ms(&self.after.effective())?;
        Some((self.ordered.lane.as_deref()?, self.carrier.as_deref()?, picked_up_ms))
    }
}

/// Tells what is expected now where that has changed, and learns from what was delivered.
pub(crate) async fn follow(
    tx: &mut SystemTx,
    tenant: TenantId,
    followed: &[Followed<'_>],
) -> Result<(), sqlx::Error> {
    let followed: Vec<&Followed<'_>> = followed.iter().filter(|one| one.matters()).collect();
    if followed.is_empty() {
        return Ok(());
    }
    let ids: Vec<ShipmentId> = followed.iter().map(|one| one.id).collect();
    let mut told = store::told(tx, tenant, &ids).await?;
    let mut spreads = Spreads { tenant, known: BTreeMap::new() };
    let mut new = Vec::new();
    for one in &followed {
        let known = told.entry(one.id).or_default();
        let before = known.len();
        announcements(tx, &mut spreads, one, known).await?;
        history(tx, &mut spreads, one, known).await?;
        new.extend(known.iter().skip(before).map(|eta| (one.id, eta.clone())));
    }
    store::tell(tx, tenant, &new).await?;
    let changed = followed.iter().copied().filter(|one| {
        one.merged || Followed::delivered_ms(one.before) != Followed::delivered_ms(one.after)
    });
    learn(tx, tenant, &changed.collect::<Vec<_>>(), &told).await
}

/// Spreads that were looked up in this batch.
struct Spreads {
    tenant: TenantId,
    known: BTreeMap<(&'static str, String, String), Option<Spread>>,
}

impl Spreads {
    async fn of(
        &mut self,
        tx: &mut SystemTx,
        kind: &'static str,
        class: &str,
        carrier: &str,
    ) -> Result<Option<Spread>, sqlx::Error> {
        let key = (kind, class.to_owned(), carrier.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let spread = store::spread(tx.conn(), self.tenant, (kind, class, carrier)).await?;
        self.known.insert(key, spread);
        Ok(spread)
    }
}

fn last(told: &[Eta], source: Source) -> Option<&Eta> {
    told.iter().rfind(|eta| eta.source == source)
}

/// What the carrier says, fact by fact, so that it makes no difference which came together.
async fn announcements(
    tx: &mut SystemTx,
    spreads: &mut Spreads,
    one: &Followed<'_>,
    told: &mut Vec<Eta>,
) -> Result<(), sqlx::Error> {
    for (sight, milestone) in &one.steps {
        let known = last(told, Source::Carrier).and_then(|eta| eta.at_ms);
        if sight.eta_ms == known {
            continue;
        }
        let Some(at_ms) = sight.eta_ms else {
            told.push(eta::ended(Source::Carrier, is_over(sight.status), sight.heard_ms));
            continue;
        };
        let lead = eta::lead(at_ms, sight.heard_ms);
        let spread = match &one.carrier {
            Some(carrier) => spreads.of(tx, "error", lead, carrier).await?,
            None => None,
        };
        told.push(eta::announced(at_ms, (sight.heard_ms, *milestone), spread));
    }
    Ok(())
}

/// What the lane's history says, once for each journey.
async fn history(
    tx: &mut SystemTx,
    spreads: &mut Spreads,
    one: &Followed<'_>,
    told: &mut Vec<Eta>,
) -> Result<(), sqlx::Error> {
    let Some(heard_ms) = one.after.updated_ms() else { return Ok(()) };
    let known = last(told, Source::History).filter(|eta| eta.at_ms.is_some());
    let (is_known, known) = (known.is_some(), known.and_then(|eta| eta.basis.clone()));
    if is_over(one.after.standing().status) {
        if is_known {
            told.push(eta::ended(Source::History, true, heard_ms));
        }
        return Ok(());
    }
    let Some((lane, carrier, picked_up_ms)) = one.journey() else { return Ok(()) };
    let basis = format!("{carrier}, {lane}, {picked_up_ms}");
    if known.as_ref() == Some(&basis) {
        return Ok(());
    }
    match spreads.of(tx, "transit", lane, carrier).await? {
        Some(spread) => told.push(eta::computed(picked_up_ms, heard_ms, basis, spread)),
        None if is_known => told.push(eta::ended(Source::History, false, heard_ms)),
        None => {}
    }
    Ok(())
}

async fn learn(
    tx: &mut SystemTx,
    tenant: TenantId,
    changed: &[&Followed<'_>],
    told: &BTreeMap<ShipmentId, Vec<Eta>>,
) -> Result<(), sqlx::Error> {
    if changed.is_empty() {
        return Ok(());
    }
    let mut outcomes = Vec::new();
    for one in changed {
        let delivered = Followed::delivered_ms(one.after).zip(one.carrier.as_deref());
        let Some((delivered_ms, carrier)) = delivered else { continue };
        let outcome = |kind, class, value_ms| Outcome {
            shipment: one.id,
            kind,
            class,
            carrier,
            value_ms,
            delivered_ms,
        };
        if let Some((lane, _, picked_up_ms)) = one.journey() {
            outcomes.push(outcome("transit", lane, delivered_ms.saturating_sub(picked_up_ms)));
        }
        let told = told.get(&one.id).map(Vec::as_slice).unwrap_or_default();
        let errors = eta::errors(told, delivered_ms);
        outcomes
            .extend(errors.into_iter().map(|(lead, value_ms)| outcome("error", lead, value_ms)));
    }
    let ids: Vec<ShipmentId> = changed.iter().map(|one| one.id).collect();
    store::learn(tx, tenant, &ids, &outcomes).await
}

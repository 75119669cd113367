//! Applies batches of orders, milestones and bills: one transaction, each tenant's affected shipments and bills looked at once.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use caravan_event_log::{Handler, HandlerError, Stored, append_system};
use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use uuid::Uuid;

use crate::arrival::{Arrival, OrderArrival, Report};
use crate::bill::Bill;
use crate::decide::Decider;
use crate::examine::Found;
use crate::store::invoices::Taken;
use crate::wire::event::Stamp;
use crate::{examine, store, take, telemetry};

/// The handler of the group `settlement`.
pub(crate) struct Arrivals;

#[async_trait]
impl Handler for Arrivals {
    async fn handle(&self, tx: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError> {
        let mut by_tenant: BTreeMap<TenantId, Vec<Arrival>> = BTreeMap::new();
        for stored in batch {
            let arrival = Arrival::read(stored).map_err(HandlerError::poison)?;
            by_tenant.entry(stored.envelope.tenant).or_default().push(arrival);
        }
        // In the tenants' order, since each is locked: two members then never wait for each other.
        let (mut events, mut deeds) = (Vec::new(), Vec::new());
        for (tenant, arrivals) in &by_tenant {
            tx.scope(*tenant).await?;
            let found = apply(tx, *tenant, arrivals).await?;
            events.extend(found.events);
            deeds.extend(found.deeds.into_iter().map(|deed| (*tenant, deed)));
        }
        // Last, since both change the transaction's scope; the trail locks its chain until the commit.
        append_system(tx, &events).await?;
        for (tenant, deed) in &deeds {
            caravan_audit::record_system(tx, *tenant, &deed.entry()).await?;
        }
        Ok(())
    }
}

/// Applies one tenant's arrivals; the transaction's scope is the tenant. Returns what is to be told of it.
async fn apply(
    tx: &mut SystemTx,
    tenant: TenantId,
    arrivals: &[Arrival],
) -> Result<Found, HandlerError> {
    let (mut orders, mut reports, mut bills): (Vec<&OrderArrival>, Vec<&Report>, Vec<&Bill>) =
        Default::default();
    for arrival in arrivals {
        match arrival {
            Arrival::Order(order) => orders.push(order),
            Arrival::Report(report) => reports.push(report),
            Arrival::Bill(bill) => bills.push(bill),
            Arrival::Nothing => {}
        }
    }
    if orders.is_empty() && reports.is_empty() && bills.is_empty() {
        return Ok(Found::default());
    }
    let connection = tx.conn();
    store::lock(connection, tenant).await?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let mut touched: BTreeSet<Uuid> = orders.iter().map(|order| order.id).collect();
    if !orders.is_empty() {
        store::shipments::put(connection, tenant, &orders).await?;
    }
    if !reports.is_empty() {
        store::shipments::report(connection, tenant, &reports).await?;
        let named: BTreeSet<(String, String)> = reports
            .iter()
            .flat_map(|report| report.references.iter().map(|r| (r.kind.clone(), r.value.clone())))
            .collect();
        let named: Vec<(String, String)> = named.into_iter().collect();
        let found = store::shipments::by_references(connection, tenant, &named).await?;
        touched.extend(found.into_iter().map(|(_, _, id)| id));
    }
    examine::shipments(connection, tenant, &touched, now_ms).await?;
    let decider = Decider { by: examine::SERVICE.to_owned(), reason: None, now_ms };
    let mut affected = BTreeSet::new();
    for bill in &bills {
        if take::take(connection, tenant, bill, &decider).await? != Taken::Again {
            affected.insert(bill.invoice());
        }
    }
    telemetry::taken(affected.len());
    let shipments: Vec<Uuid> = touched.into_iter().collect();
    if !shipments.is_empty() {
        affected.extend(store::invoices::of_shipments(connection, tenant, &shipments).await?);
    }
    let stamp = Stamp { tenant, trace: None, now_ms };
    Ok(examine::invoices(connection, stamp, &affected).await?)
}

//! All contracts of a tenant, made ready to be asked many times.

use std::collections::BTreeMap;

use jiff::civil::Date;
use uuid::Uuid;

use super::Unrated;
use crate::domain::contract::{Contract, IndexValue, Lane};
use crate::domain::facts::Facts;

/// Contracts by carrier, each with its versions from the newest to the oldest, lanes from the most to the least exact.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tariff {
    carriers: BTreeMap<String, BTreeMap<Uuid, Vec<Contract>>>,
    /// By name, from the newest day to the oldest; of one day the last recorded first.
    indexes: BTreeMap<String, Vec<IndexValue>>,
}

impl Tariff {
    /// Makes ready what is published. Neither list needs an order.
    pub(crate) fn new(contracts: Vec<Contract>, values: Vec<IndexValue>) -> Self {
        let mut carriers: BTreeMap<String, BTreeMap<Uuid, Vec<Contract>>> = BTreeMap::new();
        for mut contract in contracts {
            contract.lanes.sort_by_key(|lane| (core::cmp::Reverse(lane.specificity()), lane.line));
            let of_carrier = carriers.entry(contract.carrier.clone()).or_default();
            of_carrier.entry(contract.id).or_default().push(contract);
        }
        for versions in carriers.values_mut().flat_map(BTreeMap::values_mut) {
            versions.sort_by_key(|contract| core::cmp::Reverse(contract.version));
        }
        let mut indexes: BTreeMap<String, Vec<IndexValue>> = BTreeMap::new();
        for value in values {
            indexes.entry(value.index.clone()).or_default().push(value);
        }
        for of_index in indexes.values_mut() {
            of_index.sort_by_key(|value| core::cmp::Reverse((value.from, value.recorded_ms)));
        }
        Self { carriers, indexes }
    }

    /// The lane that prices the shipment, with its contract: the most exact one; of equals that of the contract which began
    /// last, then that of the lower id.
    pub(super) fn choose(
        &self,
        facts: &Facts,
        as_of_ms: i64,
    ) -> Result<(&Contract, &Lane), Unrated> {
        let (day, carrier) = (facts.ship_date, &facts.carrier);
        let none = || Unrated::NoContract { carrier: carrier.clone(), ship_date: day.to_string() };
        let of_carrier = self.carriers.get(carrier).ok_or_else(none)?;
        let holding: Vec<&Contract> =
            of_carrier.values().filter_map(|versions| in_force(versions, day, as_of_ms)).collect();
        if holding.is_empty() {
            return Err(none());
        }
        let lanes =
            holding.into_iter().filter_map(|contract| Some((contract, lane(contract, facts)?)));
        let rank = |(contract, lane): &(&Contract, &Lane)| {
            (lane.specificity(), contract.valid_from, core::cmp::Reverse(contract.id))
        };
        lanes.max_by_key(rank).ok_or_else(|| Unrated::NoLane {
            carrier: carrier.clone(),
            origin: facts.origin.to_string(),
            destination: facts.destination.to_string(),
        })
    }

    /// The index's value on `day`, as known at `as_of_ms`.
    pub(super) fn index(&self, name: &str, day: Date, as_of_ms: i64) -> Option<&IndexValue> {
        let known = |value: &&IndexValue| value.from <= day && value.recorded_ms <= as_of_ms;
        self.indexes.get(name)?.iter().find(known)
    }

    /// The version of `contract` that holds on `day`, to look up its tolerance and taxes.
    pub(crate) fn version(&self, carrier: &str, id: Uuid, version: u32) -> Option<&Contract> {
        self.carriers.get(carrier)?.get(&id)?.iter().find(|contract| contract.version == version)
    }

    /// The carriers that there are contracts with.
    pub(crate) fn carriers(&self) -> Vec<String> {
        self.carriers.keys().cloned().collect()
    }

    /// The carrier's contract that prices the shipment, if one does.
    pub(crate) fn contract_for(&self, facts: &Facts, as_of_ms: i64) -> Option<&Contract> {
        self.choose(facts, as_of_ms).ok().map(|(contract, _)| contract)
    }
}

/// The newest version that has begun by `day`; after its last day nothing is agreed, whatever older versions say.
fn in_force(versions: &[Contract], day: Date, as_of_ms: i64) -> Option<&Contract> {
    let known = |contract: &&Contract| contract.published_ms <= as_of_ms;
    let begun = |contract: &&Contract| contract.valid_from <= day;
    let contract = versions.iter().filter(known).find(begun)?;
    contract.valid_to.is_none_or(|last| day <= last).then_some(contract)
}

fn lane<'a>(contract: &'a Contract, facts: &Facts) -> Option<&'a Lane> {
    contract.lanes.iter().find(|lane| {
        let served = lane.service.is_none() || lane.service == facts.service;
        served && lane.origin.holds(&facts.origin) && lane.destination.holds(&facts.destination)
    })
}

//! Which shipment a set of references means.

use caravan_model::Reference;
use proptest::prelude::*;

use super::*;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));

fn reference(text: &str) -> Reference {
    let (kind, value) = text.split_once(' ').unwrap();
    Reference::new(kind, value)
}

fn parse(sets: &[&[&str]]) -> Vec<Vec<Reference>> {
    sets.iter().map(|set| set.iter().map(|text| reference(text)).collect()).collect()
}

/// How many shipments the sets mean.
#[track_caller]
fn check(sets: &[&[&str]], shipments: usize) {
    let sets = parse(sets);
    let sets: Vec<Vec<&Reference>> = sets.iter().map(|set| identifying(set)).collect();
    let found = resolve(TENANT, &sets, &BTreeMap::new()).shipments;
    assert!(found.iter().all(Option::is_some));
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), shipments);
}

#[test]
fn sets_that_share_a_waybill_mean_one_shipment() {
    check(&[&["pro 1", "bol 2"], &["bol 2", "awb 3"], &["awb 3"]], 1);
    check(&[&["pro 1"], &["pro 2"]], 2);
    check(&[&["pro 1"], &["bol 1"]], 2);
}

#[test]
fn what_many_shipments_share_joins_none() {
    check(&[&["pro 1", "purchase-order 9"], &["pro 2", "purchase-order 9"]], 2);
    check(&[&["pro 1", "bol NA"], &["pro 2", "bol NA"], &["pro 3", "bol 0000"]], 3);
    check(&[&["container X1"], &["container X1"], &["container X2"]], 2);
}

#[test]
fn stored_shipments_that_meet_are_merged_into_the_least() {
    let ids = [ShipmentId(Uuid::from_u128(7)), ShipmentId(Uuid::from_u128(3))];
    let known = BTreeMap::from([(reference("pro 1"), ids[0]), (reference("bol 2"), ids[1])]);
    let sets = parse(&[&["pro 1", "bol 2"]]);
    let sets: Vec<Vec<&Reference>> = sets.iter().map(|set| identifying(set)).collect();
    let found = resolve(TENANT, &sets, &known);
    assert_eq!(found.shipments, [Some(ids[1])]);
    assert_eq!(found.merges, [Merge { loser: ids[0], survivor: ids[1] }]);
}

proptest! {
    #[test]
    fn the_order_of_the_sets_does_not_show(
        (sets, shuffled) in prop::collection::vec(prop::collection::btree_set(1_u8..12, 1..4), 1..10)
            .prop_flat_map(|sets| (Just(sets.clone()), Just(sets).prop_shuffle()))
    ) {
        let shipments = |sets: &[BTreeSet<u8>]| -> BTreeMap<BTreeSet<u8>, Option<ShipmentId>> {
            let owned: Vec<Vec<Reference>> = sets.iter()
                .map(|set| set.iter().map(|n| Reference::new("pro", n.to_string())).collect()).collect();
            let borrowed: Vec<Vec<&Reference>> = owned.iter().map(|set| identifying(set)).collect();
            let found = resolve(TENANT, &borrowed, &BTreeMap::new()).shipments;
            sets.iter().cloned().zip(found).collect()
        };
        prop_assert_eq!(shipments(&sets), shipments(&shuffled));
    }
}

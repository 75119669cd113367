//! What is in the bundle holds together: components import only our package, parties name what exists.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end at the first surprise; helpers outside #[test] functions are tests too"
)]

mod conformance;
mod large;
mod parity;

use std::collections::BTreeSet;

use caravan_connectors_bundle::{CATALOG, COMPONENTS, component, profile};
use serde::Deserialize;
use wit_component::DecodedWasm;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalog {
    party: Vec<Party>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Party {
    id: String,
    name: String,
    modes: Vec<String>,
    component: String,
    profile: String,
    verification: String,
    messages: Vec<String>,
    scac: Option<String>,
}

#[derive(Deserialize)]
struct Manifest {
    connector: Id,
    operations: std::collections::BTreeMap<String, bool>,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
struct Message {
    kind: String,
}

/// Names of the interfaces that a component imports and exports.
fn interfaces(wasm: &[u8]) -> (BTreeSet<String>, BTreeSet<String>) {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(wasm).unwrap() else {
        panic!("not a component");
    };
    let names = |items: Vec<&wit_parser::WorldKey>| {
        items.into_iter().map(|key| resolve.name_world_key(key)).collect()
    };
    let world = &resolve.worlds[world];
    (names(world.imports.keys().collect()), names(world.exports.keys().collect()))
}

fn manifest(id: &str) -> Manifest {
    toml::from_str(component(id).unwrap().manifest).unwrap()
}

#[test]
fn components_import_nothing_but_our_package() {
    for component in COMPONENTS {
        let (imports, _) = interfaces(component.wasm);
        let foreign: Vec<_> =
            imports.iter().filter(|name| !name.starts_with("caravan:connector/")).collect();
        assert!(foreign.is_empty(), "{}: {foreign:?}", component.id);
    }
}

#[test]
fn components_export_what_their_manifests_declare() {
    for component in COMPONENTS {
        let manifest = manifest(component.id);
        assert_eq!(manifest.connector.id, component.id);
        let declared =
            manifest.operations.into_iter().filter_map(|(name, has)| has.then_some(name));
        let expected: BTreeSet<String> = declared
            .chain(["meta".to_owned()])
            .map(|name| format!("caravan:connector/{name}@1.0.0"))
            .collect();
        let (_, exports) = interfaces(component.wasm);
        assert_eq!(exports, expected, "{}", component.id);
    }
}

#[test]
fn a_component_of_a_carrier_fits_the_install_cap() {
    for component in COMPONENTS {
        assert!(component.wasm.len() < 2 * 1024 * 1024, "{component:?}");
    }
}

#[test]
fn parties_name_a_component_a_profile_and_messages_that_exist() {
    let catalog: Catalog = toml::from_str(CATALOG).unwrap();
    assert!(catalog.party.is_sorted_by_key(|party| party.id.clone()));
    for party in &catalog.party {
        let manifest = manifest(&party.component);
        assert!(profile(&party.profile).is_some(), "{}: no profile {}", party.id, party.profile);
        assert!(!party.name.is_empty() && !party.modes.is_empty(), "{}", party.id);
        assert!(["spec", "sandbox", "production"].contains(&party.verification.as_str()));
        assert!(party.scac.iter().all(|scac| (2..=4).contains(&scac.len())));
        for message in &party.messages {
            let known = manifest.messages.iter().any(|known| known.kind == *message);
            assert!(known, "{}: {} does not have {message}", party.id, party.component);
        }
    }
}

#[test]
fn every_form_of_a_connection_is_said_in_hindi() {
    for component in COMPONENTS {
        let manifest = caravan_manifest::Manifest::parse(component.manifest).unwrap();
        let schema = manifest.connection_schema();
        let mut untold = Vec::new();
        look(&schema, &schema["x-words"]["hi"], &mut untold);
        assert_eq!(untold, [""; 0], "{} lacks these in [words.hi]", component.id);
    }
}

/// The titles and descriptions below `schema` that `words` lacks; a property without a title goes by its name.
fn look(schema: &serde_json::Value, words: &serde_json::Value, untold: &mut Vec<String>) {
    for (name, of) in schema["properties"].as_object().into_iter().flatten() {
        let title = of["title"].as_str().unwrap_or(name);
        let texts = [Some(title), of["description"].as_str()];
        let missing = texts.into_iter().flatten().filter(|text| words.get(text).is_none());
        untold.extend(missing.map(str::to_owned));
        look(of, words, untold);
    }
}

//! One suite for every connector: it discovers them, and runs the same behaviours against each through the real sandbox, the
//! real broker and the real way out, with a real HTTP server as the party.
//!
//! A new connector folder is picked up as it is; so is a new party of `catalog.toml`. What a connector cannot do is in
//! `connectors/waivers.toml`, each with reason and owner; a waiver that nothing needs any more fails here.

mod acknowledgements;
mod behaviour;
mod files;
mod forge;
mod identity;
mod party;
mod subject;
mod tenders;
mod tracking;
mod waivers;
mod webhooks;
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;

use behaviour::{ALL, Behaviour};
use caravan_connectors_bundle::COMPONENTS;
use futures_util::StreamExt as _;
use subject::Subject;
use world::World;

/// How many run side by side: a guest's processor time is told by the clock, so two cores get no more than two.
const AT_ONCE: usize = 2;

/// How one behaviour of one connector went.
struct Outcome {
    connector: &'static str,
    behaviour: &'static str,
    wrong: Option<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connector_behaves() {
    let world = World::new();
    let mut runs: Vec<(Arc<Subject>, &'static Behaviour)> = Vec::new();
    for component in COMPONENTS {
        let subject = Arc::new(Subject::discover(&world, component).await);
        let expected = ALL.iter().filter(|behaviour| behaviour.operation.is_of(&subject.manifest));
        runs.extend(expected.map(|behaviour| (Arc::clone(&subject), behaviour)));
    }
    assert!(ALL.len() >= 20, "{} behaviours", ALL.len());
    let outcomes: Vec<Outcome> = futures_util::stream::iter(runs)
        .map(|(subject, behaviour)| async move {
            let connector = subject.component.id;
            let wrong = (behaviour.run)(subject).await.err();
            Outcome { connector, behaviour: behaviour.name, wrong }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let parties: BTreeSet<&str> = outcomes.iter().map(|outcome| outcome.connector).collect();
    assert_eq!(parties.len(), COMPONENTS.len(), "a connector was not looked at");
    let complaints = waivers::load().weigh(&outcomes);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn behaviours_have_names_of_their_own() {
    let names: BTreeSet<&str> = ALL.iter().map(|behaviour| behaviour.name).collect();
    assert_eq!(names.len(), ALL.len());
}

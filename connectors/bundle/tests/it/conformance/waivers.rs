//! `connectors/waivers.toml`: what a connector may leave undone for now. It may only shrink.

use caravan_connectors_bundle::component;
use serde::Deserialize;

use super::Outcome;
use super::behaviour::ALL;

const TEXT: &str = include_str!("../../../../waivers.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Waivers {
    /// How many there are. Written beside the list so that one more is a change that a reader sees.
    count: usize,
    #[serde(default)]
    waiver: Vec<Waiver>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Waiver {
    connector: String,
    behaviour: String,
    reason: String,
    owner: String,
}

pub(crate) fn load() -> Waivers {
    toml::from_str(TEXT).unwrap()
}

impl Waivers {
    /// What is to be complained of: failures without a waiver, waivers without a failure, waivers without sense.
    pub(crate) fn weigh(&self, outcomes: &[Outcome]) -> Vec<String> {
        let mut complaints = Vec::new();
        if self.count != self.waiver.len() {
            complaints.push(format!(
                "waivers.toml: count says {}, and there are {}",
                self.count,
                self.waiver.len()
            ));
        }
        for outcome in outcomes {
            let waived = self.waiver.iter().any(|waiver| waiver.is_for(outcome));
            match (&outcome.wrong, waived) {
                (Some(wrong), false) => complaints
                    .push(format!("{} does not {}: {wrong}", outcome.connector, outcome.behaviour)),
                (None, true) => complaints.push(format!(
                    "waivers.toml: {} / {} is not needed any more; remove it",
                    outcome.connector, outcome.behaviour
                )),
                _ => {}
            }
        }
        for waiver in &self.waiver {
            let Waiver { connector, behaviour, reason, owner } = waiver;
            let known = component(connector).is_some()
                && ALL.iter().any(|known| known.name == behaviour)
                && outcomes.iter().any(|outcome| waiver.is_for(outcome));
            if !known {
                complaints.push(format!(
                    "waivers.toml: {connector} / {behaviour} names nothing that was run"
                ));
            }
            if reason.len() < 20 || owner.is_empty() {
                complaints.push(format!(
                    "waivers.toml: {connector} / {behaviour} needs a reason and an owner"
                ));
            }
        }
        complaints
    }
}

impl Waiver {
    fn is_for(&self, outcome: &Outcome) -> bool {
        self.connector == outcome.connector && self.behaviour == outcome.behaviour
    }
}

#[test]
fn a_waiver_that_nothing_needs_and_a_failure_without_one_are_both_told() {
    let waivers: Waivers = toml::from_str(
        "count = 1\n[[waiver]]\nconnector = \"dhl\"\nbehaviour = \"tracking::http_401\"\nreason = \"a reason that is long enough\"\nowner = \"hub\"",
    )
    .unwrap();
    let outcome = |behaviour, wrong: Option<&str>| Outcome {
        connector: "dhl",
        behaviour,
        wrong: wrong.map(str::to_owned),
    };
    assert!(waivers.weigh(&[outcome("tracking::http_401", Some("it shrugs"))]).is_empty());
    assert_eq!(waivers.weigh(&[outcome("tracking::http_401", None)]).len(), 1);
    let other =
        [outcome("tracking::http_401", Some("x")), outcome("tracking::http_500", Some("y"))];
    assert_eq!(waivers.weigh(&other).len(), 1);
    assert_eq!(waivers.weigh(&[]).len(), 1, "it names nothing that was run");
}

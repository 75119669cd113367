//! Writes `data/pin-codes.txt` from the data of the Python package indian-pincode.
//!
//! `cargo run --release -p caravan-order --example pin_codes -- core-data.json > core-services/order/data/pin-codes.txt`
#![expect(clippy::print_stdout, reason = "the list is what it is for")]

use std::collections::BTreeMap;

use serde::Deserialize;

#[path = "../src/domain/check/states.rs"]
mod states;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A state that has fewer than one in so many PIN codes of the same three digits is not believed.
const FEW: usize = 10;

/// The package's `core-data.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    version: String,
    states: Vec<String>,
    /// Each as its distance from the one before.
    pincodes: Vec<u32>,
    /// The place in `states` of the state of most of its offices; -1 where none is said.
    state_idx: Vec<i64>,
    /// All states, where there are several, by the place in `pincodes`.
    states_all_sparse: BTreeMap<usize, Vec<usize>>,
}

fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).ok_or("say where core-data.json is")?;
    let source: Source = serde_json::from_slice(&std::fs::read(path)?)?;
    let mut list: Vec<(u32, Option<&str>)> = Vec::with_capacity(source.pincodes.len());
    let mut last = 0_u32;
    for (place, (step, state)) in source.pincodes.iter().zip(&source.state_idx).enumerate() {
        last = last.checked_add(*step).ok_or("a PIN code is too large")?;
        let several = source.states_all_sparse.contains_key(&place);
        let named = usize::try_from(*state).ok().filter(|_| !several);
        let code = match named.and_then(|index| source.states.get(index)) {
            Some(name) => Some(states::state(name).ok_or_else(|| format!("no state: {name}"))?),
            None => None,
        };
        list.push((last, code));
    }
    let mut together: BTreeMap<(u32, &str), usize> = BTreeMap::new();
    let mut all: BTreeMap<u32, usize> = BTreeMap::new();
    for (pin, state) in &list {
        if let Some(state) = state {
            *together.entry((pin / 1_000, state)).or_default() += 1;
            *all.entry(pin / 1_000).or_default() += 1;
        }
    }
    println!(
        "# The PIN codes of India Post, each with its state (ISO 3166-2:IN). -- where it has offices in several states, where the source"
    );
    println!(
        "# says none, and where fewer than one in {FEW} PIN codes of the same three digits is in that state: some of those are slips."
    );
    println!(
        "# Edition {}. Source: the directory of post offices that the Department of Posts, Government of India, publishes on data.gov.in",
        source.version
    );
    println!(
        "# under the Government Open Data License - India, as the Python package indian-pincode 2.1.0 carries it (code: MIT)."
    );
    println!("# Written by examples/pin_codes.rs, which says how.");
    for (pin, state) in list {
        let district = pin / 1_000;
        let sure = state.filter(|state| {
            let of = together.get(&(district, *state)).copied().unwrap_or_default();
            of.saturating_mul(FEW) >= all.get(&district).copied().unwrap_or_default()
        });
        println!("{pin:06}{}", sure.unwrap_or("--"));
    }
    Ok(())
}

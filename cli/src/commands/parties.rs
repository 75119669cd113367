//! `caravan parties`: the catalogue that this binary carries.

use std::process::ExitCode;

use serde_json::json;

use crate::failure::Failure;
use crate::parts;

pub(crate) fn run(as_json: bool) -> Result<ExitCode, Failure> {
    let catalog = parts::catalog()?;
    if as_json {
        let parties: Vec<_> = catalog
            .parties()
            .iter()
            .map(|party| {
                json!({
                    "id": party.id, "name": party.name, "modes": party.modes, "component": party.component,
                    "profile": party.profile, "verification": party.verification.as_str(),
                    "messages": party.messages, "scac": party.scac,
                })
            })
            .collect();
        println!("{}", json!({ "parties": parties }));
        return Ok(ExitCode::SUCCESS);
    }
    println!("{:<14} {:<28} {:<10} {:<12} MESSAGES", "PARTY", "NAME", "COMPONENT", "VERIFIED BY");
    for party in catalog.parties() {
        println!(
            "{:<14} {:<28} {:<10} {:<12} {}",
            party.id,
            party.name,
            party.component,
            party.verification.as_str(),
            party.messages.join(", ")
        );
    }
    Ok(ExitCode::SUCCESS)
}

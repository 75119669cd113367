//! `caravan vault`: what is stored under the vault's other key is sealed anew under its own.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use caravan_vault::{Resealed, Vault};
use serde_json::json;

use crate::args::{Place, VaultCommand};
use crate::commands::tenant;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::operator::Operator;
use crate::roles::hub;

pub(crate) async fn run(
    data: &Path,
    command: &VaultCommand,
    place: &Place,
) -> Result<ExitCode, Failure> {
    let VaultCommand::Reseal = command;
    let operator = Operator::open(data, place.database_url.as_deref()).await?;
    let done = reseal(data, &operator).await;
    operator.close().await?;
    let resealed = done?;
    if place.json {
        let Resealed { anew, already, unreadable } = resealed;
        println!("{}", json!({ "anew": anew, "already": already, "unreadable": unreadable }));
    } else {
        println!("sealed anew   {}", resealed.anew);
        println!("already so    {}", resealed.already);
        println!("unreadable    {}", resealed.unreadable);
    }
    if resealed.unreadable > 0 {
        eprintln!(
            "hint: what is unreadable was sealed under neither keys/vault nor keys/vault.other; keep both"
        );
        return Ok(ExitCode::FAILURE);
    }
    eprintln!("hint: keys/vault.other can go once every process runs with this keys/vault");
    Ok(ExitCode::SUCCESS)
}

/// All tenants, each service's secrets in a transaction of their own: where it ends early, it is begun again and goes on.
async fn reseal(data: &Path, operator: &Operator) -> Result<Resealed, Failure> {
    let folder = Folder::open(data)?;
    let vault = Vault::open(&folder.keys().join("vault"))
        .map_err(|error| Failure::of("the vault of secrets cannot be opened", &error))?;
    let webhooks = operator.pool(&caravan_notification::SCHEMA).await?;
    let connections = operator.pool(&caravan_hub_registry::SCHEMA).await?;
    let store = hub::connections(&folder, connections.clone())?;
    let (vault, mut all) = (Arc::new(vault), Resealed::default());
    for tenant in tenant::all(&operator.identity).await? {
        let id = tenant.id;
        let of = |whose: &str| format!("the secrets of {whose} are not sealed anew, tenant {id}");
        let providers = operator.identity.reseal(id).await;
        all += providers.map_err(|error| Failure::of(&of("identity providers"), &error))?;
        let parties = store.reseal(id).await;
        all += parties.map_err(|error| Failure::of(&of("connections"), &error))?;
        let receivers = caravan_notification::reseal(&webhooks, Arc::clone(&vault), id).await;
        all += receivers.map_err(|error| Failure::of(&of("webhooks"), &error))?;
    }
    webhooks.close().await;
    connections.close().await;
    Ok(all)
}

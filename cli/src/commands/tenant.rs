//! `caravan tenant`: tenants are made, given an owner, listed.

use std::path::Path;
use std::process::ExitCode;

use caravan_identity::{Error, Handed, Identity};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::args::{Place, Tenant};
use crate::failure::Failure;
use crate::operator::Operator;

/// Tenants read at a time.
const PAGE: u16 = 500;

pub(crate) async fn run(data: &Path, command: &Tenant, place: &Place) -> Result<ExitCode, Failure> {
    let operator = Operator::open(data, place.database_url.as_deref()).await?;
    let done = match command {
        Tenant::Create { name, owner, short_name } => {
            create(&operator.identity, (name, short_name.as_deref(), owner), place.json).await
        }
        Tenant::Invite { tenant, email } => {
            invite(&operator.identity, tenant, email, place.json).await
        }
        Tenant::AllowPasswords { tenant } => {
            let done = operator.identity.allow_passwords(tenant).await;
            done.map_err(|error| failed("nothing is changed", &error))
        }
        Tenant::List => list(&operator.identity, place.json).await,
    };
    operator.close().await?;
    done.map(|()| ExitCode::SUCCESS)
}

async fn create(
    identity: &Identity,
    (name, short_name, owner): (&str, Option<&str>, &str),
    as_json: bool,
) -> Result<(), Failure> {
    let made = identity.create_tenant(name, short_name, owner).await;
    let made = made.map_err(|error| failed("the tenant is not made", &error))?;
    let (id, short_name) = (made.id.to_string(), made.short_name);
    if as_json {
        println!(
            "{}",
            json!({ "tenant": id, "short_name": short_name, "owner": made.owner.email,
                "token": made.owner.token.expose_secret(), "expires_at": made.owner.expires_at })
        );
        return Ok(());
    }
    println!("tenant      {id}");
    println!("short name  {short_name}");
    invited(&made.owner);
    Ok(())
}

async fn invite(
    identity: &Identity,
    tenant: &str,
    email: &str,
    as_json: bool,
) -> Result<(), Failure> {
    let handed = identity.invite_as_owner(tenant, email).await;
    let handed = handed.map_err(|error| failed("nobody is invited", &error))?;
    if as_json {
        println!(
            "{}",
            json!({ "owner": handed.email, "token": handed.token.expose_secret(), "expires_at": handed.expires_at })
        );
    } else {
        invited(&handed);
    }
    Ok(())
}

fn invited(handed: &Handed) {
    println!("owner       {}", handed.email);
    println!("token       {}", handed.token.expose_secret());
    println!("good until  {}", handed.expires_at);
    eprintln!(
        "hint: hand the token over by a way that you trust; it is shown this once, and whoever has it is the owner"
    );
    eprintln!(
        "hint: it is used with POST /v1/invitations/accept, as {{\"token\", \"password\"}}: a new user chooses the password, one who has a password shows it"
    );
}

/// All tenants, page by page.
pub(crate) async fn all(identity: &Identity) -> Result<Vec<caravan_identity::Tenant>, Failure> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = identity.tenants(after, PAGE).await;
        let page = page.map_err(|error| failed("the tenants cannot be listed", &error))?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.id);
        all.extend(page);
    }
}

async fn list(identity: &Identity, as_json: bool) -> Result<(), Failure> {
    let all = all(identity).await?;
    if as_json {
        let tenants = all.iter().map(|tenant| {
            json!({ "id": tenant.id.to_string(), "name": tenant.name, "short_name": tenant.short_name,
                "status": tenant.status, "members": tenant.members, "owners": tenant.owners,
                "created_at": tenant.created_at })
        });
        println!("{}", json!({ "tenants": tenants.collect::<Vec<_>>() }));
        return Ok(());
    }
    println!(
        "{:<36}  {:<20} {:<8} {:>7}  {:<24} OWNERS",
        "TENANT", "SHORT NAME", "STATUS", "MEMBERS", "NAME"
    );
    for tenant in &all {
        println!(
            "{:<36}  {:<20} {:<8} {:>7}  {:<24} {}",
            tenant.id.to_string(),
            tenant.short_name,
            tenant.status,
            tenant.members,
            tenant.name,
            tenant.owners.join(", ")
        );
    }
    Ok(())
}

fn failed(doing: &str, error: &Error) -> Failure {
    let failure = Failure::of(doing, error);
    match error {
        Error::TenantExists => failure.hint("`caravan tenant list` shows who has it"),
        Error::TenantNotFound => {
            failure.hint("`caravan tenant list` shows all short names and ids")
        }
        Error::UserExists => {
            failure.hint("`caravan user reset` gives a member who forgot its password a new one")
        }
        _ => failure,
    }
}

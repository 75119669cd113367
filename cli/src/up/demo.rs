//! The demo: one tenant, its key, its connections and its own business, and simulators of the parties behind them.

mod data;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use caravan_hub_registry::{ConnectionStore, Environment, NewConnection};
use caravan_identity::Identity;
use caravan_identity::scopes::Role;
use caravan_model::{ConnectionId, TenantId};
use caravan_simulators::{Clock, Running, aramex, delhivery, dhl, motor, spawn};
use caravan_tenancy::{Database, TenantTx};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use crate::failure::Failure;
use crate::folder::Folder;
use crate::ports::{self, Ports};

/// How often the demo's parties are polled and push, in seconds.
const EVERY_S: u8 = 5;
/// SFTP user of the demo carrier.
pub(crate) const CARRIER: &str = "demo-carrier";
/// SFTP user and connection of the demo ERP.
pub(crate) const ERP: &str = "demo-erp";

/// The running demo; the simulators stop with it.
pub(crate) struct Demo {
    pub(crate) api_key: String,
    /// Who may log in, and with what.
    pub(crate) logins: Logins,
    /// The private key that opens the demo's SFTP accounts.
    pub(crate) sftp_key: PathBuf,
    pub(crate) dhl: Running,
    pub(crate) delhivery: Running,
    pub(crate) aramex: Running,
    /// What speaks to our doors of itself.
    talking: Option<Talking>,
}

impl Demo {
    /// Nobody of the demo comes to our doors from now on; its parties still answer.
    pub(crate) fn fall_silent(&mut self) {
        drop(self.talking.take());
    }
}

/// The carriers that send and push, and whoever makes the demo's data.
struct Talking {
    _pushing: delhivery::Pushing,
    trading: tokio::task::JoinHandle<()>,
    making: tokio::task::JoinHandle<()>,
}

impl Drop for Talking {
    fn drop(&mut self) {
        self.trading.abort();
        self.making.abort();
    }
}

/// Where the hub keeps what the demo gives it; the hub itself may run elsewhere.
#[derive(Clone, Copy)]
pub(crate) struct Doors<'a> {
    pub(crate) connections: &'a ConnectionStore,
    pub(crate) database: &'a Database,
}

/// Starts the simulators and brings tenant, key and connections to their demo state; run again, it changes nothing.
pub(crate) async fn set_up(
    folder: &Folder,
    hub: Doors<'_>,
    identity: &Identity,
    ports: &Ports,
    (gateway_url, sftp_port): (&str, u16),
) -> Result<Demo, Failure> {
    let tenant = TenantId(named("tenant/demo"));
    let clock = Clock::live(start_of_world(folder)?);
    let failed = |error: caravan_simulators::SpawnError| {
        ports::in_use(&Failure::of("a simulator cannot start", &error))
    };
    let dhl = spawn(ports.dhl, dhl::World::demo(clock.clone()).router()).await.map_err(failed)?;
    let packages = delhivery::World::demo(clock.clone());
    let delhivery = spawn(ports.delhivery, packages.router()).await.map_err(failed)?;
    let aramex = spawn(ports.aramex, aramex::World::demo(clock).router()).await.map_err(failed)?;

    let (sftp_key, public_key) = sftp_key(folder)?;
    let hook = hex(&folder.secret("demo_hook_token")?);
    let connections = [
        NewConnection {
            settings: json!({ "sender_id": "CARAVAN-DEMO", "usage": "T" }),
            ..by_file(CARRIER, &public_key)
        },
        by_file(ERP, &public_key),
        by_api("dhl", &dhl.url(), &[("key", &[("value", dhl::DEMO_KEY)])], json!({}), None),
        by_api(
            "delhivery",
            &delhivery.url(),
            &[
                ("token", &[("value", delhivery::DEMO_TOKEN)]),
                ("webhook", &[("value", delhivery::DEMO_WEBHOOK_HEADER.1)]),
            ],
            json!({ "webhook_header": delhivery::DEMO_WEBHOOK_HEADER.0 }),
            Some(SecretString::from(hook.clone())),
        ),
        aramex_connection(&aramex.url()),
    ];
    for connection in &connections {
        hub.connections
            .put(tenant, connection)
            .await
            .map_err(|error| Failure::of("a demo connection cannot be set up", &error))?;
    }
    watch(hub.database, tenant, "dhl", &dhl::DEMO_NUMBERS).await?;
    watch(hub.database, tenant, "delhivery", &delhivery::DEMO_WAYBILLS).await?;
    watch(hub.database, tenant, "aramex", &aramex::DEMO_WAYBILLS).await?;
    let logins = logins(folder, identity, tenant).await?;
    let api_key = api_key(folder, identity, tenant).await?;
    let webhook = delhivery::Webhook {
        url: format!("{gateway_url}/hooks/{hook}"),
        header: delhivery::DEMO_WEBHOOK_HEADER.0.to_owned(),
        value: delhivery::DEMO_WEBHOOK_HEADER.1.to_owned(),
    };
    let pushing = packages.push_every(Duration::from_secs(EVERY_S.into()), webhook);
    let carrier = motor::Carrier {
        scac: "DEMO".to_owned(),
        port: sftp_port,
        user: CARRIER.to_owned(),
        key: sftp_key.clone(),
    };
    let trading = tokio::spawn(carrier.run());
    let making = tokio::spawn(data::make(gateway_url.to_owned(), api_key.clone()));
    Ok(Demo {
        api_key,
        logins,
        sftp_key,
        dhl,
        delhivery,
        aramex,
        talking: Some(Talking { _pushing: pushing, trading, making }),
    })
}

/// The same name is the same id at every start.
fn named(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("https://caravan.invalid/{name}").as_bytes())
}

fn by_file(name: &str, public_key: &str) -> NewConnection {
    NewConnection {
        id: ConnectionId(named(&format!("connection/{name}"))),
        party: name.to_owned(),
        name: name.to_owned(),
        environment: Environment::Sandbox,
        endpoints: BTreeMap::new(),
        settings: json!({}),
        secrets: BTreeMap::new(),
        sftp: Some((name.to_owned(), vec![public_key.to_owned()])),
        hook_token: None,
    }
}

fn by_api(
    party: &str,
    url: &str,
    secrets: &[(&str, &[(&str, &str)])],
    settings: serde_json::Value,
    hook_token: Option<SecretString>,
) -> NewConnection {
    let fields = |fields: &[(&str, &str)]| {
        fields
            .iter()
            .map(|(field, value)| ((*field).to_owned(), SecretString::from(*value)))
            .collect()
    };
    NewConnection {
        id: ConnectionId(named(&format!("connection/{party}"))),
        party: party.to_owned(),
        name: party.to_owned(),
        environment: Environment::Sandbox,
        endpoints: BTreeMap::from([("api".to_owned(), url.to_owned())]),
        settings,
        secrets: secrets.iter().map(|(slot, each)| ((*slot).to_owned(), fields(each))).collect(),
        sftp: None,
        hook_token,
    }
}

fn aramex_connection(url: &str) -> NewConnection {
    let client = aramex::Client::demo();
    let fields: &[(&str, &str)] = &[
        ("user_name", &client.user_name),
        ("password", &client.password),
        ("account_number", &client.account_number),
        ("account_pin", &client.account_pin),
        ("account_entity", &client.account_entity),
        ("account_country_code", &client.account_country_code),
    ];
    by_api("aramex", url, &[("client", fields)], json!({}), None)
}

/// Has the scheduler ask about the demo world's shipments.
async fn watch(
    hub: &Database,
    tenant: TenantId,
    party: &str,
    numbers: &[&str],
) -> Result<(), Failure> {
    let failed =
        |error: &dyn std::error::Error| Failure::of("the demo shipments cannot be watched", error);
    let mut tx = TenantTx::begin(hub, tenant).await.map_err(|error| failed(&error))?;
    caravan_hub_intake::watch(
        &mut tx,
        ConnectionId(named(&format!("connection/{party}"))),
        "tracking",
        numbers.iter().map(|number| (*number).to_owned()).collect(),
        i32::from(EVERY_S),
    )
    .await
    .map_err(|error| failed(&error))?;
    tx.commit().await.map_err(|error| failed(&error))
}

/// The demo's users; all have the same password, which is made once for each data folder.
pub(crate) struct Logins {
    pub(crate) emails: Vec<String>,
    pub(crate) password: String,
}

/// The two demo tenants: the demo's own, and a neighbour from whom it must be kept.
const TENANTS: [(&str, &str); 2] = [("demo", "Demo Traders"), ("neighbour", "Neighbour Mills")];
/// A user for each role.
const USERS: [(&str, &str, Role); 4] = [
    ("owner", "Asha Rao", Role::Owner),
    ("operations", "Vikram Singh", Role::Operations),
    ("finance", "Meera Iyer", Role::Finance),
    ("viewer", "Arjun Das", Role::Viewer),
];

/// Brings tenants and users to their demo state.
async fn logins(folder: &Folder, identity: &Identity, demo: TenantId) -> Result<Logins, Failure> {
    let failed =
        |error: caravan_identity::Error| Failure::of("the demo's users cannot be made", &error);
    let password = hex(&folder.secret("demo_password")?).chars().take(20).collect::<String>();
    let mut emails = Vec::new();
    for (name, title) in TENANTS {
        let tenant = if name == "demo" { demo } else { TenantId(named(&format!("tenant/{name}"))) };
        identity.ensure_tenant(tenant, title).await.map_err(failed)?;
        for (login, person, role) in USERS {
            let email = format!("{login}@{name}.example");
            let given = SecretString::from(password.clone());
            identity.ensure_user(tenant, &email, person, role, given).await.map_err(failed)?;
            emails.push(email);
        }
    }
    Ok(Logins { emails, password })
}

/// The demo key is made once and stays valid over restarts.
async fn api_key(
    folder: &Folder,
    identity: &Identity,
    tenant: TenantId,
) -> Result<String, Failure> {
    let path = folder.keys().join("demo_api_key");
    let failed =
        |error: &dyn std::error::Error| Failure::of("the demo API key cannot be made", error);
    if let Ok(key) = std::fs::read_to_string(&path) {
        let secret = SecretString::from(key.trim().to_owned());
        identity
            .import_key(tenant, "demo", &["*"], None, &secret)
            .await
            .map_err(|error| failed(&error))?;
        return Ok(key.trim().to_owned());
    }
    let key =
        identity.create_key(tenant, "demo", &["*"], None).await.map_err(|error| failed(&error))?;
    std::fs::write(&path, key.expose_secret()).map_err(|error| failed(&error))?;
    Ok(key.expose_secret().to_owned())
}

/// When the demo world began: its shipments go on from there after a restart.
fn start_of_world(folder: &Folder) -> Result<i64, Failure> {
    let path = folder.keys().join("demo_world_start");
    if let Some(start) =
        std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok())
    {
        return Ok(start);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_ms = i64::try_from(now.as_millis()).unwrap_or_default();
    std::fs::write(&path, now_ms.to_string())
        .map_err(|error| Failure::of("the demo world's start cannot be kept", &error))?;
    Ok(now_ms)
}

/// The demo's SFTP key and its line for the account.
fn sftp_key(folder: &Folder) -> Result<(PathBuf, String), Failure> {
    let path = folder.keys().join("demo_sftp_ed25519");
    let line = caravan_hub_sftp::client_key(&path)
        .map_err(|error| Failure::of("there is no SFTP key for the demo", &error))?;
    Ok((path, line))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

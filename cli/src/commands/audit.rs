//! `caravan audit`: the hash chains of who changed what, computed again, and held against signed checkpoints that are kept elsewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use caravan_audit::{Checkpoint, Head};
use caravan_model::TenantId;
use caravan_tenancy::TenantTx;
use caravan_vault::note::{NoteSigner, NoteVerifier};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::args::Audit;
use crate::client::Client;
use crate::commands::tenant;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::operator::Operator;

/// File of the key that signs checkpoints.
const KEY: &str = "audit_note_key";
/// Its name in the notes.
const NAME: &str = "caravan-audit";
/// How a checkpoint's file ends.
const EXTENSION: &str = "note";

pub(crate) async fn run(data: &Path, command: Audit) -> Result<ExitCode, Failure> {
    match command {
        Audit::Verify { witness, checkpoints: None, .. } => verify(data, witness).await,
        Audit::Verify { checkpoints: Some(folder), key, database_url, .. } => {
            let operator = Operator::open(data, database_url.as_deref()).await?;
            let done = verify_all(data, &operator, &folder, key.as_deref()).await;
            operator.close().await?;
            done
        }
        Audit::Checkpoint { folder, database_url } => {
            let operator = Operator::open(data, database_url.as_deref()).await?;
            let done = checkpoint(data, &operator, &folder).await;
            operator.close().await?;
            done
        }
    }
}

/// The chain of the tenant that the key at hand is of.
async fn verify(data: &Path, witness: Option<String>) -> Result<ExitCode, Failure> {
    let asked = json!({ "witness": witness });
    let found = Client::open(data)?.post_json("/v1/audit/verify", &asked).await?;
    println!("{found}");
    if found.get("ok") == Some(&Value::Bool(true)) {
        eprintln!(
            "the chain holds; keep its head, and give it to the next verification with --witness"
        );
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("the chain is broken where `first_broken` says");
    Ok(ExitCode::FAILURE)
}

/// Writes where every chain ends into a signed note of its own.
async fn checkpoint(data: &Path, operator: &Operator, folder: &Path) -> Result<ExitCode, Failure> {
    let mut heads = Vec::new();
    for tenant in tenant::all(&operator.identity).await? {
        let failed = |error| Failure::of("a chain's head cannot be read", &error);
        let mut tx = TenantTx::begin(operator.database(), tenant.id).await.map_err(failed)?;
        let head = caravan_audit::head(&mut tx).await.map_err(failed)?;
        heads.extend(head.map(|head| (tenant.id, head)));
    }
    let now = Timestamp::from_second(Timestamp::now().as_second())
        .map_err(|error| Failure::of("the time cannot be told", &error))?;
    let checkpoint = Checkpoint { at: now.to_string(), heads };
    let signer = signer(data)?;
    let note = signer
        .sign(&checkpoint.to_string())
        .map_err(|error| Failure::of("the checkpoint cannot be signed", &error))?;
    let path = folder.join(format!("{}.{EXTENSION}", now.to_string().replace(':', "")));
    let written = std::fs::create_dir_all(folder).and_then(|()| keep(&path, &note));
    written
        .map_err(|error| Failure::of(&format!("{} cannot be written", path.display()), &error))?;
    println!("checkpoint  {}", path.display());
    println!("chains      {}", checkpoint.heads.len());
    println!("key         {}", signer.verifier());
    eprintln!(
        "hint: keep the file and the key where the database's owner does not reach them; `caravan audit verify --checkpoints` holds the chains against all of them"
    );
    Ok(ExitCode::SUCCESS)
}

/// A checkpoint replaces none: each is kept, or it is worth nothing.
fn keep(path: &Path, note: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(note.as_bytes()).and_then(|()| file.sync_all())
}

/// Every tenant's chain against every checkpoint of a folder; one line of JSON for each chain.
async fn verify_all(
    data: &Path,
    operator: &Operator,
    folder: &Path,
    key: Option<&str>,
) -> Result<ExitCode, Failure> {
    let verifier = match key {
        Some(key) => key.parse().map_err(|error| Failure::of("--key cannot be read", &error))?,
        None => signer(data)?.verifier().clone(),
    };
    let checkpoints = read(folder, &verifier)?;
    let living = tenant::all(&operator.identity).await?.into_iter().map(|tenant| tenant.id);
    let noted = checkpoints.iter().flat_map(|each| each.heads.iter().map(|(tenant, _)| *tenant));
    let tenants: BTreeSet<TenantId> = living.chain(noted).collect();
    let mut broken = 0_usize;
    for tenant in &tenants {
        let witnesses: Vec<Head> =
            checkpoints.iter().filter_map(|each| each.head(*tenant)).collect();
        let failed = |error| Failure::of("a chain cannot be read", &error);
        let mut tx = TenantTx::begin(operator.database(), *tenant).await.map_err(failed)?;
        let found = caravan_audit::verify(&mut tx, &witnesses).await.map_err(failed)?;
        broken = broken.saturating_add(usize::from(!found.ok()));
        println!(
            "{}",
            json!({ "tenant": tenant.to_string(), "ok": found.ok(), "count": found.count,
                "head": found.head.to_string(), "witnesses": witnesses.len(),
                "first_broken": found.broken.as_ref().map(|broken| broken.seq),
                "why": found.broken.as_ref().map(|broken| broken.why) })
        );
    }
    eprintln!(
        "{} chains against {} checkpoints, {broken} broken",
        tenants.len(),
        checkpoints.len()
    );
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every checkpoint of a folder. One that does not open ends it: a witness that is passed over might be the one that counts.
fn read(folder: &Path, verifier: &NoteVerifier) -> Result<Vec<Checkpoint>, Failure> {
    let failed = |error| Failure::of(&format!("{} cannot be read", folder.display()), &error);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
    paths.sort();
    if paths.is_empty() {
        return Err(Failure::new(format!("there is no checkpoint in {}", folder.display()))
            .hint("`caravan audit checkpoint DIR` writes one"));
    }
    paths.iter().map(|path| open(path, verifier)).collect()
}

fn open(path: &PathBuf, verifier: &NoteVerifier) -> Result<Checkpoint, Failure> {
    let what = format!("the checkpoint {} does not count", path.display());
    let note = std::fs::read_to_string(path).map_err(|error| Failure::of(&what, &error))?;
    let text = verifier.open(&note).map_err(|error| {
        Failure::of(&what, &error).hint("with a key that was kept elsewhere: --key NAME+ID+KEY")
    })?;
    text.parse().map_err(|error| Failure::of(&what, &error))
}

fn signer(data: &Path) -> Result<NoteSigner, Failure> {
    let seed = Folder::open(data)?.secret(KEY)?;
    NoteSigner::of_seed(NAME, &seed)
        .map_err(|error| Failure::of("the key of checkpoints cannot be used", &error))
}

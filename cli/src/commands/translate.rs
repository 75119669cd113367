//! `caravan translate`: the same component in the same sandbox, on any file, without a server.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use caravan_events::wire;
use caravan_hub_registry::Component;
use caravan_hub_sandbox::testing::NoServices;
use caravan_hub_sandbox::{Blob, Call, Class, Context};
use caravan_model::{Batch, Record, Reject, Severity};
use serde_json::{Value, json};

use crate::args::Translate;
use crate::failure::Failure;
use crate::parts;

/// Something was rejected.
const REJECTED: u8 = 3;
/// A file is not that message at all.
const UNREADABLE: u8 = 2;

#[derive(Debug, Default)]
struct Counts {
    records: usize,
    rejects: usize,
    warnings: usize,
    unreadable: usize,
}

pub(crate) async fn run(data: &Path, translate: &Translate) -> Result<ExitCode, Failure> {
    let parts = parts::load(data)?;
    let (_, component) = parts.components.for_message(&translate.message).ok_or_else(|| {
        Failure::new(format!("no connector reads {:?}", translate.message))
            .hint(format!("kinds of message are: {}", parts.components.messages().join(", ")))
            .code(UNREADABLE)
    })?;
    let dialect = translate.message.split('/').next().unwrap_or_default();
    let party = match &translate.party {
        None => format!("{dialect}-standard"),
        Some(id) => {
            let party = parts.catalog.party(id).ok_or_else(|| {
                Failure::new(format!("the catalogue has no party {id:?}"))
                    .hint("`caravan parties` lists them")
                    .code(UNREADABLE)
            })?;
            party.profile.clone()
        }
    };
    let profile = parts
        .profiles
        .json(&party)
        .ok_or_else(|| Failure::new(format!("there is no profile {party:?}")).code(UNREADABLE))?;

    let mut counts = Counts::default();
    for path in &translate.files {
        let before = counts.records;
        if let Err(reason) = file(component, &profile, &translate.message, path, &mut counts).await
        {
            counts.unreadable = counts.unreadable.saturating_add(1);
            eprintln!("{}: {reason}", path.display());
        } else {
            eprintln!("{}: {} records", path.display(), counts.records.saturating_sub(before));
        }
    }
    let Counts { records, rejects, warnings, unreadable } = counts;
    eprintln!(
        "{records} records, {rejects} rejects, {warnings} warnings, {unreadable} of {} files unreadable",
        translate.files.len()
    );
    drop(parts.sandbox);
    Ok(ExitCode::from(match (unreadable, rejects) {
        (0, 0) => 0,
        (0, _) => REJECTED,
        _ => UNREADABLE,
    }))
}

/// Translates one file; the error is a sentence.
async fn file(
    component: &Component,
    profile: &Arc<[u8]>,
    message: &str,
    path: &Path,
    counts: &mut Counts,
) -> Result<(), String> {
    let document = FileBlob::open(path).map_err(|error| error.to_string())?;
    let context = Context {
        connection: "translate".to_owned(),
        message: Some(message.to_owned()),
        deadline_ms: u32::MAX,
        now_ms: 0,
        trace_id: "0".repeat(32),
        dry_run: true,
    };
    let call = Call {
        context,
        class: Class::L,
        services: Arc::new(NoServices),
        profile: Arc::clone(profile),
        settings: Arc::new(BTreeMap::new()),
    };
    let mut reader = component
        .connector
        .open(call, Arc::new(document))
        .await
        .map_err(|error| error.to_string())?;
    loop {
        let batch = reader.next().await.map_err(|error| error.to_string())?;
        let done = batch.done;
        print(&batch, path, counts)?;
        if done {
            return Ok(());
        }
    }
}

fn print(batch: &Batch, path: &Path, counts: &mut Counts) -> Result<(), String> {
    for record in &batch.records {
        let text = wire::to_json(record).map_err(|error| error.to_string())?;
        let mut value: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        if let Some(object) = value.as_object_mut() {
            object.insert("record".to_owned(), kind(record).into());
        }
        println!("{value}");
    }
    counts.records = counts.records.saturating_add(batch.records.len());
    for reject in &batch.rejects {
        println!("{}", reject_line(reject, path));
        let count = if reject.severity == Severity::Error {
            &mut counts.rejects
        } else {
            &mut counts.warnings
        };
        *count = count.saturating_add(1);
    }
    Ok(())
}

fn kind(record: &Record) -> &'static str {
    match record {
        Record::Milestone(_) => "milestone",
        Record::Order(_) => "order",
        Record::FreightInvoice(_) => "freight-invoice",
        Record::TenderResponse(_) => "tender-response",
    }
}

fn reject_line(reject: &Reject, path: &Path) -> Value {
    json!({
        "reject": reject.code, "severity": reject.severity.as_str(), "path": reject.path, "message": reject.message,
        "hint": reject.hint, "start": reject.source.start, "end": reject.source.end, "file": path.display().to_string(),
    })
}

/// A file that the guest reads window by window.
struct FileBlob {
    file: Arc<File>,
    size: u64,
}

impl FileBlob {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), size })
    }
}

#[async_trait]
impl Blob for FileBlob {
    fn size(&self) -> u64 {
        self.size
    }

    async fn read(&self, offset: u64, len: u32) -> io::Result<Bytes> {
        let left = self.size.saturating_sub(offset).min(u64::from(len));
        let mut bytes = vec![0_u8; usize::try_from(left).unwrap_or_default()];
        // A window of at most 1 MiB from the page cache: handing it to another thread would cost more than reading it.
        self.file.read_exact_at(&mut bytes, offset)?;
        Ok(bytes.into())
    }
}

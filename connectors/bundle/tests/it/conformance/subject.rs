//! A connector under test: what the bundle, its manifest, the catalogue and the golden folders say of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use caravan_connectors_bundle::{CATALOG, Component, profile};
use caravan_fault::Class;
use caravan_hub_sandbox::testing::{self, BytesBlob, NoServices};
use caravan_hub_sandbox::{
    Call, CallError, Class as Limits, Connector, Failure, Services, WebhookRequest,
};
use caravan_manifest::{AuthKind, LimitsClass, Manifest};
use caravan_model::{Batch, Record, Reference, Severity, VerdictOutcome};
use serde::Deserialize;
use serde_json::Value;

use super::forge::{Forge, Push};
use super::party::{Answer, Party, Seen};
use super::world::{Granted, World};

const NOW_MS: i64 = 1_764_100_000_000;
/// Long enough for whatever is not about time.
pub(crate) const WALL: Duration = Duration::from_secs(10);

/// A golden case.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Its folder's name.
    pub(crate) name: String,
    pub(crate) message: String,
    pub(crate) bytes: Bytes,
    /// Whose profile reads it.
    party: String,
    expected: Value,
}

/// By which operation a message is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Tracking,
    Files,
    Webhooks,
}

/// A connector and everything that is known of it.
pub(crate) struct Subject {
    pub(crate) component: &'static Component,
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) connector: Arc<Connector>,
    pub(crate) cases: Vec<Case>,
    /// A case of each message that is understood without a complaint.
    pub(crate) samples: Vec<(Way, Case)>,
    pub(crate) world: World,
    forge: Forge,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) batch: Batch,
    /// Class and words, when it failed; records that came before are in `batch`.
    pub(crate) failure: Option<(Class, String)>,
    pub(crate) retry_after: Option<Duration>,
}

/// A tracking call and what the party saw of it.
pub(crate) struct Tracked {
    pub(crate) got: Got,
    pub(crate) results: usize,
    pub(crate) seen: Vec<Seen>,
    pub(crate) replies: Vec<Bytes>,
    pub(crate) took: Duration,
}

#[derive(Deserialize)]
struct Catalog {
    party: Vec<CatalogParty>,
}

#[derive(Deserialize)]
struct CatalogParty {
    component: String,
    profile: String,
}

impl Subject {
    pub(crate) async fn discover(world: &World, component: &'static Component) -> Self {
        let manifest = Arc::new(Manifest::parse(component.manifest).unwrap());
        let connector = world.sandbox.load(component.wasm).unwrap();
        let catalog: Catalog = toml::from_str(CATALOG).unwrap();
        let own = catalog.party.into_iter().find(|party| party.component == component.id);
        let own = own.map_or_else(|| format!("{}-standard", component.id), |party| party.profile);
        let reads = |message: &caravan_manifest::Message| manifest.reads(&message.kind);
        let messages = manifest.messages.iter().filter(|message| reads(message));
        let cases = messages.flat_map(|message| cases(&message.kind, &own)).collect();
        let forge = Forge::of(component.id);
        let (world, samples) = (world.clone(), Vec::new());
        let mut subject = Self { component, manifest, connector, cases, samples, world, forge };
        subject.samples = subject.find_samples().await;
        subject
    }

    /// The smallest good case of each message.
    async fn find_samples(&self) -> Vec<(Way, Case)> {
        let mut sorted: Vec<&Case> = self.cases.iter().collect();
        sorted.sort_by_key(|case| case.bytes.len());
        let mut samples: Vec<(Way, Case)> = Vec::new();
        for case in sorted {
            if samples.iter().any(|(_, known)| known.message == case.message) {
                continue;
            }
            for way in [Way::Tracking, Way::Files, Way::Webhooks] {
                let Some(got) = self.read(way, case).await else { continue };
                if got.is_clean() {
                    samples.push((way, case.clone()));
                    break;
                }
            }
        }
        samples
    }

    /// Reads a case by one operation; none when the connector does not have it.
    async fn read(&self, way: Way, case: &Case) -> Option<Got> {
        let operations = self.manifest.operations;
        match way {
            Way::Tracking if operations.tracking => {
                Some(self.track(case, Answer::ok(case.bytes.clone())).await.got)
            }
            Way::Files if operations.files => Some(self.open(case, case.bytes.clone()).await),
            Way::Webhooks if operations.webhooks => {
                Some(self.receive(case, self.genuine(&case.bytes)).await)
            }
            _ => None,
        }
    }

    /// The samples that an operation reads.
    pub(crate) fn samples_of(&self, way: Way) -> impl Iterator<Item = &Case> {
        self.samples.iter().filter(move |(by, _)| *by == way).map(|(_, case)| case)
    }

    /// One of the samples that an operation reads.
    pub(crate) fn sample(&self, way: Way) -> Result<&Case, String> {
        self.samples_of(way).next().ok_or_else(|| format!("there is no good case for {way:?}"))
    }

    /// The golden cases whose name holds one of `names`.
    pub(crate) fn named(&self, names: &[&str]) -> Result<Vec<&Case>, String> {
        let found: Vec<&Case> = self
            .cases
            .iter()
            .filter(|case| names.iter().any(|name| case.name.contains(name)))
            .collect();
        if found.is_empty() {
            return Err(format!("no golden case is named like one of {names:?}"));
        }
        Ok(found)
    }

    pub(crate) fn call(&self, case: &Case, services: Arc<dyn Services>, wall: Duration) -> Call {
        let mut call = testing::call(match self.manifest.connector.class {
            LimitsClass::S => Limits::S,
            LimitsClass::M => Limits::M,
            LimitsClass::L => Limits::L,
        });
        call.context.now_ms = NOW_MS;
        call.context.message = Some(case.message.clone());
        call.context.deadline_ms = u32::try_from(wall.as_millis()).unwrap();
        call.profile = Arc::from(profile(&case.party).unwrap().json.as_bytes());
        call.services = services;
        call
    }

    fn token_paths(&self) -> Vec<String> {
        let slots = self.manifest.auth.values();
        let paths = slots.filter_map(|auth| match &auth.kind {
            AuthKind::OAuth2ClientCredentials { token_path, .. } => Some(token_path.clone()),
            _ => None,
        });
        paths.collect()
    }

    /// Asks about the case's shipment; the party answers so.
    pub(crate) async fn track(&self, case: &Case, answer: Answer) -> Tracked {
        let queries = vec![self.query(case)];
        self.track_within(case, answer, queries, WALL, false).await
    }

    pub(crate) async fn track_within(
        &self,
        case: &Case,
        answer: Answer,
        queries: Vec<Reference>,
        wall: Duration,
        dry_run: bool,
    ) -> Tracked {
        let party = Party::start(answer, self.token_paths()).await;
        let granted = Granted { base: Some(party.base.clone()), secrets: true };
        let mut tracked = self.track_at(case, &granted, queries, wall, dry_run).await;
        tracked.seen = party.seen();
        tracked
    }

    pub(crate) async fn track_at(
        &self,
        case: &Case,
        granted: &Granted,
        queries: Vec<Reference>,
        wall: Duration,
        dry_run: bool,
    ) -> Tracked {
        let (services, replies) = self.world.services(&self.manifest, granted, wall);
        let mut call = self.call(case, services, wall);
        call.context.dry_run = dry_run;
        let began = Instant::now();
        let answer = self.connector.track(call, queries).await;
        let took = began.elapsed();
        let results = answer.as_ref().map_or(0, Vec::len);
        let got = match answer {
            Err(error) => Got::stopped(Batch::default(), &error),
            Ok(results) => match results.into_iter().next() {
                None => Got::failed(
                    Batch::default(),
                    &Failure::Other("none".into(), "no result".into()),
                ),
                Some(Ok(batch)) => Got::done(batch),
                Some(Err(failure)) => Got::failed(Batch::default(), &failure),
            },
        };
        Tracked { got, results, seen: Vec::new(), replies: replies.kept(), took }
    }

    /// What to ask for: the first number that the case's expectation names, else any sample's.
    pub(crate) fn query(&self, case: &Case) -> Reference {
        let others = self.cases.iter().filter(|other| other.message == case.message);
        let mut all = [case].into_iter().chain(others);
        let found = all.find_map(|case| first_reference(&case.expected));
        found.unwrap_or_else(|| Reference::new("tracking", "1"))
    }

    /// Reads a file to its end with no capability at all: a mapping needs none.
    pub(crate) async fn open(&self, case: &Case, bytes: Bytes) -> Got {
        self.open_as(case, bytes, false).await
    }

    pub(crate) async fn open_as(&self, case: &Case, bytes: Bytes, dry_run: bool) -> Got {
        let mut call = self.call(case, Arc::new(NoServices), Duration::from_secs(60));
        call.context.dry_run = dry_run;
        let mut whole = Batch::default();
        let mut reader = match self.connector.open(call, Arc::new(BytesBlob(bytes))).await {
            Ok(reader) => reader,
            Err(error) => return Got::stopped(whole, &error),
        };
        while !whole.done {
            match reader.next().await {
                Ok(batch) => {
                    whole.records.extend(batch.records);
                    whole.rejects.extend(batch.rejects);
                    whole.verdicts.extend(batch.verdicts);
                    whole.done = batch.done;
                }
                Err(error) => return Got::stopped(whole, &error),
            }
        }
        Got::done(whole)
    }

    /// The party's own request with this body.
    pub(crate) fn genuine(&self, body: &[u8]) -> WebhookRequest {
        self.forge.request(body, Push::Genuine)
    }

    /// The request of somebody who does not know the secret.
    pub(crate) fn forged(&self, body: &[u8], how: Push) -> WebhookRequest {
        self.forge.request(body, how)
    }

    pub(crate) async fn receive(&self, case: &Case, request: WebhookRequest) -> Got {
        let granted = Granted { base: None, secrets: true };
        let (services, _) = self.world.services(&self.manifest, &granted, WALL);
        match self.connector.receive(self.call(case, services, WALL), request).await {
            Ok(delivery) => Got::done(delivery.batch),
            Err(error) => Got::stopped(Batch::default(), &error),
        }
    }
}

impl Got {
    fn done(batch: Batch) -> Self {
        Self { batch, failure: None, retry_after: None }
    }

    fn failed(batch: Batch, failure: &Failure) -> Self {
        let retry_after = failure.retry_after();
        Self { batch, failure: Some((failure.class(), failure.to_string())), retry_after }
    }

    fn stopped(batch: Batch, error: &CallError) -> Self {
        match error {
            CallError::Failed(failure) => Self::failed(batch, failure),
            other => {
                Self { batch, failure: Some((other.class(), other.to_string())), retry_after: None }
            }
        }
    }

    /// Records, and nothing to complain of.
    pub(crate) fn is_clean(&self) -> bool {
        let Batch { records, rejects, verdicts, .. } = &self.batch;
        self.failure.is_none()
            && !records.is_empty()
            && rejects.iter().all(|reject| reject.severity == Severity::Warning)
            && !rejects.iter().any(|reject| reject.code == "unmapped-code")
            && verdicts.iter().all(|verdict| verdict.outcome != VerdictOutcome::Rejected)
    }

    /// It failed with one of these classes and gave nothing.
    pub(crate) fn is_failure(&self, classes: &[Class]) -> Result<(), String> {
        match &self.failure {
            Some((class, _)) if classes.contains(class) => Ok(()),
            Some((class, text)) => Err(format!("it ends as {class} ({text}), not as {classes:?}")),
            None => Err(format!(
                "it succeeds with {} records, not as {classes:?}",
                self.batch.records.len()
            )),
        }
    }

    /// It did not trap and was not stopped.
    pub(crate) fn is_survived(&self) -> Result<(), String> {
        match &self.failure {
            Some((class @ (Class::Poison | Class::HostFault), text)) => {
                Err(format!("it ends as {class}: {text}"))
            }
            _ => Ok(()),
        }
    }

    /// Whether anything says that not all was understood.
    pub(crate) fn complains(&self) -> bool {
        self.failure.is_some()
            || !self.batch.rejects.is_empty()
            || self.batch.verdicts.iter().any(|verdict| verdict.outcome != VerdictOutcome::Accepted)
    }
}

/// The first reference of a record, wherever the expectation holds it.
fn first_reference(value: &Value) -> Option<Reference> {
    match value {
        Value::Object(fields) => {
            let list = fields.get("references").and_then(Value::as_array);
            let first = list.and_then(|list| list.first()).and_then(|one| {
                let text = |name: &str| one.get(name).and_then(Value::as_str);
                Some(Reference::new(text("kind")?, text("value")?))
            });
            first.or_else(|| fields.values().find_map(first_reference))
        }
        Value::Array(items) => items.iter().find_map(first_reference),
        _ => None,
    }
}

/// Milestones of a batch whose code has no meaning in the profile.
pub(crate) fn unmapped(batch: &Batch) -> usize {
    let is_unmapped = |record: &&Record| match record {
        Record::Milestone(milestone) => {
            milestone.status == caravan_model::Status::Unmapped && !milestone.raw.code.is_empty()
        }
        _ => false,
    };
    batch.records.iter().filter(is_unmapped).count()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folders in `parent`, sorted; none when it does not exist.
fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// The connector's own folder.
pub(crate) fn folder_of(id: &str) -> PathBuf {
    let kinds = folders(&root().join("connectors"));
    kinds.into_iter().map(|kind| kind.join(id)).find(|folder| folder.is_dir()).unwrap()
}

/// The golden cases of a message `a/b`: `fixtures/parties/a/b/*` (a party's own) and `fixtures/parties/*/a-b/*` (a dialect's).
fn cases(kind: &str, own_profile: &str) -> Vec<Case> {
    let parties = root().join("fixtures/parties");
    let dialect = kind.replace('/', "-");
    let own = folders(&parties.join(kind)).into_iter().map(|case| (own_profile.to_owned(), case));
    let others = folders(&parties).into_iter().flat_map(|party| {
        let reads =
            if profile(&name(&party)).is_some() { name(&party) } else { own_profile.to_owned() };
        folders(&party.join(&dialect)).into_iter().map(move |case| (reads.clone(), case))
    });
    own.chain(others).filter_map(|(party, folder)| case(kind, party, &folder)).collect()
}

fn case(kind: &str, party: String, folder: &Path) -> Option<Case> {
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let input = files.find(|path| path.file_stem().is_some_and(|stem| stem == "input"))?;
    let expected = fs::read(folder.join("expected.json")).unwrap_or_default();
    Some(Case {
        name: name(folder),
        message: kind.to_owned(),
        bytes: fs::read(input).unwrap().into(),
        party,
        expected: serde_json::from_slice(&expected).unwrap_or_default(),
    })
}

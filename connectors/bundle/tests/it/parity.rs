//! A component in the sandbox says exactly what its crate says natively: nothing is lost or changed on the way through
//! the contract.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use caravan_connector_sdk::testing::{BytesDocument, FakeHost};
use caravan_connector_sdk::{self as sdk, Documents, Files, Reader, Tracking};
use caravan_connectors_bundle::{COMPONENTS, component, profile};
use caravan_hub_sandbox::testing::{self, BytesBlob};
use caravan_hub_sandbox::{
    Algorithm, Call, CallError, Class, Config, Connector, CryptoError, HttpError, HttpRequest,
    HttpResponse, Sandbox, Services, StateError, StateItem,
};
use caravan_model::{Batch, Outgoing, Reference, Verdict};

const NOW_MS: i64 = 1_600_000_000_000;

fn sandbox() -> Sandbox {
    Sandbox::new(Config { instances_max: 8, ..Config::default() }).unwrap()
}

fn load(sandbox: &Sandbox, id: &str) -> Arc<Connector> {
    sandbox.load(component(id).unwrap().wasm).unwrap()
}

fn call(class: Class, party: &str, message: Option<&str>) -> Call {
    let mut call = testing::call(class);
    call.context.now_ms = NOW_MS;
    call.context.message = message.map(str::to_owned);
    call.profile = Arc::from(profile(party).unwrap().json.as_bytes());
    call
}

fn native_context(message: Option<&str>) -> sdk::Context {
    sdk::Context { now_ms: NOW_MS, message: message.map(str::to_owned), ..Default::default() }
}

/// Files named `input.*` below `fixtures/parties/*/<message>`.
fn inputs(message: &str) -> Vec<PathBuf> {
    let parties = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/parties");
    let list =
        |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().map(|it| it.unwrap().path());
    let cases = list(parties).flat_map(|party| list(party.join(message)));
    let mut inputs: Vec<_> = cases
        .flat_map(list)
        .filter(|path| path.file_stem().is_some_and(|stem| stem == "input"))
        .collect();
    inputs.sort();
    inputs
}

fn native<F: Files>(bytes: &[u8], party: &str, message: &str) -> Result<Vec<Batch>, String> {
    let host = FakeHost::at(NOW_MS).profile(profile(party).unwrap().json);
    let context = native_context(Some(message));
    let read = || {
        let mut reader = F::open(&host, &context, Box::new(BytesDocument::new(bytes)))?;
        let mut batches = vec![reader.next(&host)?];
        while !batches.last().is_some_and(|batch| batch.done) {
            batches.push(reader.next(&host)?);
        }
        Ok(batches)
    };
    read().map_err(|failure: sdk::Failure| format!("{failure:?}"))
}

async fn sandboxed(
    connector: &Connector,
    bytes: &[u8],
    party: &str,
    message: &str,
) -> Result<Vec<Batch>, String> {
    let read = async {
        let document = Arc::new(BytesBlob(bytes.to_vec().into()));
        let mut reader = connector.open(call(Class::L, party, Some(message)), document).await?;
        let mut batches = vec![reader.next().await?];
        while !batches.last().is_some_and(|batch| batch.done) {
            batches.push(reader.next().await?);
        }
        Ok(batches)
    };
    read.await.map_err(|error| match error {
        CallError::Failed(failure) => format!("{failure:?}"),
        other => panic!("{other:?}"),
    })
}

/// All records and verdicts of all cases of one message are the same both ways; answers the verdicts by document.
async fn same<F: Files>(
    id: &str,
    party: &str,
    message: &str,
    cases_min: usize,
) -> Vec<Vec<Verdict>> {
    let sandbox = sandbox();
    let connector = load(&sandbox, id);
    let inputs = inputs(&message.replace('/', "-"));
    assert!(inputs.len() >= cases_min, "{} cases of {message}", inputs.len());
    let (mut documents, mut records) = (Vec::new(), 0);
    for path in inputs {
        let bytes = fs::read(&path).unwrap();
        let expected = native::<F>(&bytes, party, message);
        let actual = sandboxed(&connector, &bytes, party, message).await;
        assert!(actual == expected, "{}: the sandbox says something else", path.display());
        let batches = expected.unwrap_or_default();
        records += batches.iter().map(|batch| batch.records.len()).sum::<usize>();
        documents.push(batches.into_iter().flat_map(|batch| batch.verdicts).collect());
    }
    assert!(records > 0, "no case of {message} has a record");
    documents
}

/// The acknowledgements made of these verdicts are the same both ways.
async fn same_acknowledgement<D: Documents>(id: &str, party: &str, documents: &[Vec<Verdict>]) {
    let sandbox = sandbox();
    let connector = load(&sandbox, id);
    let host = FakeHost::at(NOW_MS).profile(profile(party).unwrap().json);
    let mut sent: Vec<Outgoing> = Vec::new();
    for verdicts in documents {
        let expected = D::acknowledge(&host, &native_context(None), 7, verdicts).unwrap();
        let actual =
            connector.acknowledge(call(Class::M, party, None), 7, verdicts.clone()).await.unwrap();
        assert_eq!(actual, expected);
        sent.extend(actual);
    }
    assert!(!sent.is_empty());
}

#[tokio::test]
async fn every_component_loads_and_is_who_its_folder_says() {
    let sandbox = sandbox();
    for component in COMPONENTS {
        assert_eq!(load(&sandbox, component.id).descriptor().id, component.id);
    }
}

#[tokio::test]
async fn milestones_of_x12_214_and_their_997() {
    let documents =
        same::<caravan_connector_x12::X12Files>("x12", "x12-standard", "x12/214", 5).await;
    same_acknowledgement::<caravan_connector_x12::X12Documents>("x12", "x12-standard", &documents)
        .await;
}

#[tokio::test]
async fn freight_invoices_of_x12_210() {
    same::<caravan_connector_x12::X12Files>("x12", "x12-standard", "x12/210", 2).await;
}

#[tokio::test]
async fn orders_of_idoc_and_their_status() {
    let documents =
        same::<caravan_connector_idoc::Idoc>("idoc", "idoc-standard", "idoc/ORDERS05", 5).await;
    same_acknowledgement::<caravan_connector_idoc::Idoc>("idoc", "idoc-standard", &documents).await;
    same::<caravan_connector_idoc::Idoc>("idoc", "idoc-standard", "idoc/DELVRY07", 5).await;
}

/// Answers every request with the same body.
struct Canned(Vec<u8>);

const DENIED: &str = "not in this test";

#[async_trait]
impl Services for Canned {
    async fn http(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        assert_eq!((request.endpoint.as_str(), request.auth.as_deref()), ("api", Some("key")));
        let body = self.0.clone();
        Ok(HttpResponse { status: 200, headers: Vec::new(), body, document: 1, attempts: 1 })
    }
    async fn state_get(&self, _: String) -> Result<Option<StateItem>, StateError> {
        Err(StateError::Denied(DENIED.into()))
    }
    async fn state_put(&self, _: String, _: Vec<u8>, _: Option<u64>) -> Result<u64, StateError> {
        Err(StateError::Denied(DENIED.into()))
    }
    async fn state_delete(&self, _: String) -> Result<(), StateError> {
        Err(StateError::Denied(DENIED.into()))
    }
    async fn hmac_verify(
        &self,
        _: String,
        _: Algorithm,
        _: Vec<u8>,
        _: Vec<u8>,
    ) -> Result<bool, CryptoError> {
        Err(CryptoError::Denied(DENIED.into()))
    }
    async fn hmac_sign(&self, _: String, _: Algorithm, _: Vec<u8>) -> Result<Vec<u8>, CryptoError> {
        Err(CryptoError::Denied(DENIED.into()))
    }
    async fn secret_equals(&self, _: String, _: Vec<u8>) -> Result<bool, CryptoError> {
        Err(CryptoError::Denied(DENIED.into()))
    }
}

#[tokio::test]
async fn tracking_replies_of_dhl() {
    let sandbox = sandbox();
    let connector = load(&sandbox, "dhl");
    let inputs =
        inputs("tracking").into_iter().filter(|path| path.to_string_lossy().contains("/dhl/"));
    let mut cases = 0;
    for path in inputs {
        let body = fs::read(&path).unwrap();
        let queries =
            vec![Reference::new("tracking", "7777777770"), Reference::new("tracking", "2")];
        let answer = || sdk::HttpResponse::new(200, body.clone());
        let mut host = FakeHost::at(NOW_MS).profile(profile("dhl").unwrap().json).answer(answer());
        host = host.answer(sdk::HttpResponse { document: 1, ..answer() });
        let expected = caravan_connector_dhl::Dhl::track(&host, &native_context(None), &queries);
        let mut call = call(Class::S, "dhl", None);
        call.services = Arc::new(Canned(body));
        let actual = connector.track(call, queries).await.unwrap();
        // The fake host numbers its replies, this one does not: the first query has the same number both ways.
        let (expected, actual) = (expected.first().unwrap(), actual.first().unwrap());
        match (expected, actual) {
            (Ok(expected), Ok(actual)) => assert_eq!(actual, expected, "{}", path.display()),
            (Err(expected), Err(actual)) => {
                assert_eq!(format!("{actual:?}"), format!("{expected:?}"))
            }
            other => panic!("{}: {other:?}", path.display()),
        }
        cases += 1;
    }
    assert!(cases >= 5, "{cases} cases");
}

//! Ordinary calls: fresh instances, readers, cancellation, and the way back to the caller's runtime.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use caravan_fault::Class as FaultClass;
use caravan_hub_sandbox::testing::{self, BytesBlob};
use caravan_hub_sandbox::{Budget, CallError, Class, Failure, Operations};

use crate::guests;
use crate::support::{Answer, Counting, call_with, having_seen, load, query, sandbox};

#[tokio::test]
async fn every_call_sees_a_fresh_instance() {
    let sandbox = sandbox();
    let connector = load(&sandbox, &guests::counter());
    for _ in 0..20 {
        let results = connector.track(testing::call(Class::S), query()).await.unwrap();
        assert_eq!(results, [Err(Failure::RateLimited(Some(Duration::from_millis(1))))]);
    }
}

#[tokio::test]
async fn only_the_operations_that_are_there_are_offered() {
    let sandbox = sandbox();
    let connector = load(&sandbox, &guests::counter());
    assert_eq!(connector.operations(), Operations { tracking: true, ..Operations::default() });
    assert_eq!(connector.descriptor().id, "guest");
    let error = connector.acknowledge(testing::call(Class::S), 1, Vec::new()).await.unwrap_err();
    assert!(matches!(error, CallError::NoSuchOperation("documents")), "{error}");
}

#[tokio::test]
async fn a_reader_keeps_its_instance_until_the_document_ends() {
    let sandbox = sandbox();
    let connector = load(&sandbox, &guests::reader(""));
    let document = Arc::new(BytesBlob(Bytes::from_static(b"ten bytes!")));
    let mut reader = connector.open(testing::call(Class::L), document).await.unwrap();
    let mut ends = Vec::new();
    for _ in 0..3 {
        ends.push(reader.next().await.unwrap().done);
    }
    assert_eq!(ends, [false, false, true]);
    assert!(matches!(reader.next().await, Err(CallError::Ended)));
    assert_eq!(sandbox.pool().instances, 0);
}

#[tokio::test]
async fn a_portion_that_never_ends_is_stopped_and_ends_the_reader() {
    let sandbox = sandbox();
    let connector = load(&sandbox, &guests::reader("(loop $again (br $again))"));
    let document = Arc::new(BytesBlob(Bytes::from_static(b"more than ten bytes")));
    let mut reader = connector.open(testing::call(Class::S), document).await.unwrap();
    reader.next().await.unwrap();
    reader.next().await.unwrap();
    assert!(matches!(reader.next().await, Err(CallError::Budget(Budget::Cpu))));
    assert!(matches!(reader.next().await, Err(CallError::Ended)));
}

#[tokio::test]
async fn dropping_a_call_frees_its_instance() {
    let sandbox = sandbox();
    let connector = load(&sandbox, &guests::flooder());
    let services = Arc::new(Counting { answer: Answer::Never, ..Counting::default() });
    let call = connector.track(call_with(Arc::clone(&services)), query());
    // Polled until the guest waits for its host, then dropped.
    let waiting = async {
        while services.requests.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        result = call => panic!("{result:?}"),
        () = waiting => {}
    }
    let freed = async {
        while sandbox.pool().instances > 0 {
            tokio::task::yield_now().await;
        }
    };
    // Far less than the call's own 10 s, by which it would be freed anyway.
    tokio::time::timeout(Duration::from_secs(3), freed).await.unwrap();
}

#[tokio::test]
async fn more_calls_than_instances_wait_for_their_turn() {
    let sandbox = sandbox();
    let connector = load(&sandbox, &guests::counter());
    let calls = (0..100).map(|_| connector.track(testing::call(Class::S), query()));
    for result in futures_util::future::join_all(calls).await {
        assert_eq!(result.unwrap().len(), 1);
    }
}

#[test]
fn a_call_may_come_from_a_guest_thread() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let sandbox = sandbox();
    let connector = load(&sandbox, &guests::counter());
    let results = runtime.block_on(
        sandbox.run(async move { connector.track(testing::call(Class::S), query()).await }),
    );
    assert_eq!(results.unwrap().unwrap().len(), 1);
}

#[tokio::test]
async fn a_guest_that_excuses_a_refused_credential_is_not_believed() {
    let sandbox = sandbox();
    let connector = load(&sandbox, &guests::excuser());
    for class in
        [FaultClass::Auth, FaultClass::Config, FaultClass::Permanent, FaultClass::HostFault]
    {
        let results = connector.track(call_with(having_seen(class)), query()).await.unwrap();
        let failure = results[0].as_ref().unwrap_err();
        assert_eq!(failure.class(), class);
        assert!(failure.to_string().contains("the party asks us to wait"), "{failure}");
    }
    // Stricter than what was seen: it stands, with the longer wait.
    let results =
        connector.track(call_with(having_seen(FaultClass::Transient)), query()).await.unwrap();
    assert_eq!(results, [Err(Failure::RateLimited(Some(Duration::from_secs(60))))]);
}

#[tokio::test]
async fn a_guest_that_got_no_answer_cannot_say_that_there_is_nothing() {
    let sandbox = sandbox();
    let connector = load(&sandbox, &guests::shrugger());
    for class in [FaultClass::Transient, FaultClass::Auth, FaultClass::Unknown] {
        let results = connector.track(call_with(having_seen(class)), query()).await.unwrap();
        assert_eq!(results[0].as_ref().map_err(Failure::class), Err(class));
    }
    // That the party knows no such number is an answer.
    let results =
        connector.track(call_with(having_seen(FaultClass::Permanent)), query()).await.unwrap();
    assert!(results[0].is_ok(), "{results:?}");
}

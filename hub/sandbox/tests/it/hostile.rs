//! Each kind of harm is stopped with the right error, while a neighbour keeps its pace.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use caravan_fault::Class as Fault;
use caravan_hub_sandbox::{Budget, Call, CallError, Class, Failure, Limits, testing};

use crate::guests;
use crate::support::{Answer, Counting, REFUSAL, call_with, load, query, sandbox};

/// Calls that a neighbour must finish while a hostile guest of class L is still running its 2 s.
const NEIGHBOUR_CALLS: u32 = 50;

async fn stopped(wasm: &[u8], call: Call) -> CallError {
    let sandbox = sandbox();
    let error = load(&sandbox, wasm).track(call, query()).await.unwrap_err();
    assert_eq!(error.class(), Fault::Poison, "{error}");
    // The instance and its slot are given back, whatever happened in it.
    assert_eq!(sandbox.pool().instances, 0);
    error
}

fn budget(error: &CallError) -> Budget {
    match error {
        CallError::Budget(budget) => *budget,
        other => panic!("not a budget: {other}"),
    }
}

#[tokio::test]
async fn an_endless_loop_is_stopped_by_its_processor_budget() {
    assert_eq!(budget(&stopped(&guests::endless(), testing::call(Class::S)).await), Budget::Cpu);
}

#[tokio::test]
async fn memory_growth_is_stopped_at_the_limit() {
    assert_eq!(budget(&stopped(&guests::glutton(), testing::call(Class::S)).await), Budget::Memory);
}

#[tokio::test]
async fn deep_recursion_is_a_trap() {
    let error = stopped(&guests::recursive(), testing::call(Class::S)).await;
    assert!(matches!(&error, CallError::Trap { kind: "stack-overflow", .. }), "{error}");
}

#[tokio::test]
async fn a_bug_is_a_trap_that_names_its_function() {
    let error = stopped(&guests::buggy(), testing::call(Class::S)).await;
    let CallError::Trap { kind: "unreachable", backtrace, .. } = &error else { panic!("{error}") };
    assert!(backtrace.contains("named_function"), "{backtrace}");
}

#[tokio::test]
async fn a_flood_of_lines_is_cut_and_then_stopped() {
    let services = Arc::new(Counting::default());
    let error = stopped(&guests::chatty(), call_with(Arc::clone(&services))).await;
    assert_eq!(budget(&error), Budget::Cpu);
    assert_eq!(services.lines.load(Ordering::SeqCst), Limits::of(Class::S).log_lines_max);
}

#[tokio::test]
async fn a_flood_of_requests_reaches_the_services_only_as_often_as_allowed() {
    let services = Arc::new(Counting::default());
    let error = stopped(&guests::flooder(), call_with(Arc::clone(&services))).await;
    assert_eq!(budget(&error), Budget::Cpu);
    assert_eq!(services.requests.load(Ordering::SeqCst), Limits::of(Class::S).requests_max);
}

#[tokio::test]
async fn a_result_too_large_for_the_host_is_refused() {
    assert_eq!(budget(&stopped(&guests::verbose(), testing::call(Class::S)).await), Budget::Bytes);
}

#[tokio::test]
async fn a_result_outside_the_memory_is_a_bad_value() {
    let error = stopped(&guests::liar(), testing::call(Class::S)).await;
    assert!(matches!(&error, CallError::Trap { kind: "bad-value", .. }), "{error}");
}

#[tokio::test]
async fn waiting_for_an_answer_that_never_comes_ends_at_the_deadline() {
    let services = Arc::new(Counting { answer: Answer::Never, ..Counting::default() });
    let mut call = call_with(Arc::clone(&services));
    call.context.deadline_ms = 30;
    assert_eq!(budget(&stopped(&guests::flooder(), call).await), Budget::Wall);
    assert_eq!(services.requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_text_of_a_refusal_reaches_the_caller_as_a_setting_to_change() {
    let sandbox = sandbox();
    let results = load(&sandbox, &guests::trespasser())
        .track(call_with(Arc::new(Counting::default())), query())
        .await
        .unwrap();
    let [Err(failure)] = results.as_slice() else { panic!("{results:?}") };
    assert_eq!(*failure, Failure::Denied(REFUSAL.into()));
    assert_eq!(failure.class(), Fault::Config);
}

#[tokio::test]
async fn a_neighbour_keeps_its_pace_beside_each_kind_of_harm() {
    for wasm in [guests::endless(), guests::chatty(), guests::flooder()] {
        let sandbox = sandbox();
        let hostile = load(&sandbox, &wasm);
        let neighbour = load(&sandbox, &guests::counter());
        let harm =
            tokio::spawn(async move { hostile.track(testing::call(Class::L), query()).await });
        for _ in 0..NEIGHBOUR_CALLS {
            neighbour.track(testing::call(Class::S), query()).await.unwrap();
        }
        assert!(!harm.is_finished(), "the neighbour had to wait until the harm was stopped");
        assert_eq!(budget(&harm.await.unwrap().unwrap_err()), Budget::Cpu);
    }
}

//! Properties of the state machine: whatever is tried in whatever order, the order stays sound and its history tells the truth.

use proptest::prelude::*;

use super::*;
use crate::domain::testing::{by, content, moment, order};
use crate::invariants;

fn delivery(minute: i64, recorded_ms: Option<i64>) -> Delivery {
    Delivery { at: moment(minute), pod: Some("POD-1".into()), recorded_ms }
}

fn dispatch() -> Dispatch {
    Dispatch {
        lr_number: "LR-1".into(),
        vehicle: "MH12AB1234".into(),
        driver_name: None,
        driver_phone: None,
        pro: None,
        awb: None,
        at: moment(5),
    }
}

/// One attempt: a command of a person, or milestones.
#[derive(Debug, Clone)]
enum Try {
    Do(Command),
    Hear(Movement),
}

fn movement() -> impl Strategy<Value = Movement> {
    let delivered = (0..50_i64, 0..5_i64).prop_map(|(at, recorded)| delivery(at, Some(recorded)));
    let revoked = (0..5_i64, 0..50_i64)
        .prop_map(|(recorded_ms, at)| Revocation { recorded_ms, until_ms: moment(at).instant_ms });
    (
        proptest::option::of(0..50_i64),
        proptest::option::of(delivered),
        proptest::option::weighted(0.3, revoked),
    )
        .prop_map(|(departed, delivered, revoked)| {
            let departed = departed.or(revoked.map(|_| 7)).map(moment);
            Movement { departed, delivered, revoked }
        })
}

fn attempt() -> impl Strategy<Value = Try> {
    let mut heavier = content("1");
    heavier.packages = Some(7);
    let assignment = Assignment { carrier: "DEMO".into(), quote: None, by_rate: false };
    let reference = Some("PRO-9".to_owned());
    let mut commands = vec![
        Command::Edit(Box::new(content("1"))),
        Command::Edit(Box::new(heavier)),
        Command::Deliver(delivery(9, None)),
        Command::Cancel,
        Command::Hold,
        Command::Release,
        Command::Decline,
        Command::Expire,
        Command::Withdraw,
        Command::Close,
        Command::Conflict,
        Command::Resolve,
    ];
    // Twice as likely, so that orders get somewhere.
    for _ in 0..4 {
        commands.extend([
            Command::Approve,
            Command::Assign(assignment.clone()),
            Command::Tender { respond_by_ms: 9 },
            Command::Accept { carrier_reference: reference.clone() },
            Command::Dispatch(dispatch()),
        ]);
    }
    prop_oneof![
        4 => proptest::sample::select(commands).prop_map(Try::Do),
        1 => movement().prop_map(Try::Hear),
    ]
}

proptest! {
    #[test]
    fn any_sequence_keeps_the_invariants(tries in proptest::collection::vec(attempt(), 0..60)) {
        let (mut order, first) = order("1");
        let mut history = vec![first];
        for (at_ms, attempt) in (2_i64..).zip(tries) {
            let before = order.clone();
            match attempt {
                Try::Do(command) => match apply(&mut order, command.clone(), by(at_ms)) {
                    Ok(entries) => {
                        prop_assert!(!entries.is_empty());
                        history.extend(entries);
                    }
                    Err(refusal) => {
                        prop_assert_eq!(&order, &before, "a refused command changed something");
                        prop_assert_eq!(refusal.state, before.state);
                        prop_assert!(!refusal.allowed.contains(&command.action()));
                    }
                },
                Try::Hear(movement) => {
                    history.extend(take_in(&mut order, &movement, &by(at_ms)));
                    let heard = order.clone();
                    prop_assert_eq!(take_in(&mut order, &movement, &by(at_ms)), vec![]);
                    prop_assert_eq!(&order, &heard, "hearing it twice changed something");
                }
            }
            prop_assert_eq!(invariants::broken(&order), None);
            prop_assert_eq!(invariants::replay(&history), Ok((order.state, order.version)));
            prop_assert_eq!(usize::try_from(order.version), Ok(history.len()));
        }
    }

    #[test]
    fn milestones_may_come_in_any_order(movements in proptest::collection::vec(movement(), 0..8)) {
        let mut there = dispatched();
        for movement in &movements {
            take_in(&mut there, movement, &by(100));
        }
        let mut back = dispatched();
        for movement in movements.iter().rev() {
            take_in(&mut back, movement, &by(100));
        }
        prop_assert_eq!(there.state, back.state);
        prop_assert_eq!(there.progress, back.progress);
    }
}

fn dispatched() -> Order {
    let (mut order, _) = order("1");
    let assignment = Assignment { carrier: "DEMO".into(), quote: None, by_rate: false };
    for command in [
        Command::Approve,
        Command::Assign(assignment),
        Command::Tender { respond_by_ms: 9 },
        Command::Accept { carrier_reference: None },
        Command::Dispatch(dispatch()),
    ] {
        apply(&mut order, command, by(2)).unwrap();
    }
    order
}

#[test]
fn a_change_of_what_was_offered_takes_the_tender_back() {
    let (mut order, _) = order("1");
    let assignment = Assignment { carrier: "DEMO".into(), quote: None, by_rate: false };
    for command in
        [Command::Approve, Command::Assign(assignment), Command::Tender { respond_by_ms: 9 }]
    {
        apply(&mut order, command, by(2)).unwrap();
    }
    let mut noted = content("1");
    noted.notes = Some("ring twice".into());
    let entries = apply(&mut order, Command::Edit(Box::new(noted)), by(3)).unwrap();
    assert_eq!((entries.len(), order.state), (1, State::Tendered), "a note is no other offer");
    let mut heavier = content("1");
    heavier.packages = Some(7);
    let entries = apply(&mut order, Command::Edit(Box::new(heavier)), by(4)).unwrap();
    let actions: Vec<Action> = entries.iter().map(|entry| entry.action).collect();
    assert_eq!(actions, [Action::Edit, Action::Withdraw]);
    assert_eq!(order.state, State::Assigned);
    assert_eq!(order.progress.tender.unwrap().answer, Answer::Withdrawn);
}

#[test]
fn a_refusal_says_what_can_be_done() {
    let (mut order, _) = order("1");
    let refusal = apply(&mut order, Command::Close, by(2)).unwrap_err();
    assert_eq!((refusal.state, refusal.action), (State::Indent, Action::Close));
    assert_eq!(refusal.allowed, [Action::Edit, Action::Approve, Action::Cancel, Action::Hold]);
}

#[test]
fn what_is_under_way_cannot_be_changed_or_cancelled() {
    let mut order = dispatched();
    for command in [Command::Edit(Box::new(content("1"))), Command::Cancel, Command::Hold] {
        assert!(apply(&mut order, command, by(3)).is_err());
    }
}

#[test]
fn a_persons_word_about_a_delivery_stands_and_gets_its_pod_number() {
    let mut order = dispatched();
    let said = Delivery { pod: None, ..delivery(9, None) };
    apply(&mut order, Command::Deliver(said), by(3)).unwrap();
    let heard = Movement { delivered: Some(delivery(7, Some(50))), ..Movement::default() };
    let entries = take_in(&mut order, &heard, &by(4));
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].action, Action::Note);
    let delivery = order.progress.delivery.unwrap();
    assert_eq!((delivery.at, delivery.pod.as_deref()), (moment(9), Some("POD-1")));
}

#[test]
fn a_delivery_that_the_timeline_takes_back_is_none_until_it_is_reported_anew() {
    let heard = |delivered, revoked| Movement { departed: Some(moment(5)), delivered, revoked };
    let revoked = Some(Revocation { recorded_ms: 60, until_ms: moment(9).instant_ms });
    let mut order = dispatched();
    take_in(&mut order, &heard(Some(delivery(7, Some(50))), None), &by(3));
    let entries = take_in(&mut order, &heard(None, revoked), &by(4));
    assert_eq!(entries.last().map(|entry| entry.action), Some(Action::Revoke));
    assert_eq!((order.state, &order.progress.delivery), (State::InTransit, &None));
    for (at, recorded_ms, state) in
        [(7, 50, State::InTransit), (9, 60, State::InTransit), (10, 60, State::Delivered)]
    {
        take_in(&mut order, &heard(Some(delivery(at, Some(recorded_ms))), None), &by(5));
        assert_eq!(order.state, state, "reported of {at} at {recorded_ms}");
    }
    let mut said = dispatched();
    apply(&mut said, Command::Deliver(delivery(9, None)), by(3)).unwrap();
    take_in(&mut said, &heard(None, revoked), &by(4));
    assert_eq!(said.state, State::Delivered, "a person's word stands");
    let mut closed = dispatched();
    take_in(&mut closed, &heard(Some(delivery(7, Some(50))), None), &by(3));
    apply(&mut closed, Command::Close, by(4)).unwrap();
    take_in(&mut closed, &heard(None, revoked), &by(5));
    assert_eq!(closed.state, State::Closed);
    assert!(doubted(&closed, revoked) && doubted(&said, revoked) && !doubted(&order, revoked));
}

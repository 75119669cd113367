//! What is true of every order and every history; the properties and the debug builds ask.

use crate::domain::{Action, Answer, Entry, Order, State};

/// The first rule that `order` breaks.
pub(crate) fn broken(order: &Order) -> Option<&'static str> {
    let progress = &order.progress;
    let answer = progress.tender.as_ref().map(|tender| tender.answer);
    let chosen = matches!(order.state, State::Assigned | State::Tendered | State::Accepted);
    let arrived = matches!(order.state, State::Delivered | State::Closed);
    let rules = [
        (order.version >= 1, "an order begins with its first line"),
        (
            (order.state == State::OnHold) == order.held_from.is_some(),
            "what is on hold, and only that, knows where it goes back to",
        ),
        (
            (order.state == State::Tendered) == (answer == Some(Answer::Open)),
            "an order is tendered exactly while its tender is open",
        ),
        (
            !chosen && !order.state.is_under_way() || progress.assignment.is_some(),
            "an assigned order has a carrier, and so has one under way",
        ),
        (
            order.state != State::Accepted || answer == Some(Answer::Accepted),
            "an accepted order was accepted",
        ),
        (
            order.state != State::Dispatched || progress.dispatch.is_some(),
            "a dispatched order has a vehicle",
        ),
        (
            order.state != State::InTransit || progress.picked_up.is_some(),
            "an order in transit was seen to move",
        ),
        (
            arrived == progress.delivery.is_some(),
            "what is delivered, and only that, has a delivery",
        ),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule)
}

/// Where a history leads: its state and version. The error names the first line that does not follow from those before it.
pub(crate) fn replay(history: &[Entry]) -> Result<(State, i32), String> {
    let mut now: Option<(State, Option<State>)> = None;
    let mut version = 0_i32;
    for entry in history {
        version = version.saturating_add(1);
        let wrong = |why: &str| format!("line {}: {why}", entry.version);
        if entry.version != version {
            return Err(wrong("versions do not go up by one"));
        }
        let to = match now {
            None if entry.action == Action::Create && entry.from.is_none() => State::Indent,
            None => return Err(wrong("the first line does not create the order")),
            Some((from, _)) if entry.from != Some(from) => {
                return Err(wrong("it does not begin where the line before ended"));
            }
            Some((from, held)) => crate::domain::target(entry.action, from, held)
                .ok_or_else(|| wrong("the table has no such transition"))?,
        };
        if entry.to != to {
            return Err(wrong("it leads elsewhere than the table says"));
        }
        let held = match now {
            Some((from, _)) if entry.action == Action::Hold => Some(from),
            Some((_, held)) if to == State::OnHold => held,
            _ => None,
        };
        now = Some((to, held));
    }
    now.map(|(state, _)| (state, version)).ok_or_else(|| "there is no line".to_owned())
}

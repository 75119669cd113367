//! The state machine of an order, as one table: what may be done in which state, and where it leads.
//!
//! ```text
//! indent → approved → assigned → tendered → accepted → dispatched → in-transit → delivered → closed
//!                        ↑__________|  declined, silent, withdrawn
//! ```
//! A delivery that the carrier's corrected timeline takes back leads to in-transit again, until the order is closed.
//! Until the goods leave, an order can be cancelled. What has not been offered to a carrier yet can be held, and goes back to
//! where it was when it is released.

use super::text::text_enum;

text_enum! {
    /// Where an order stands.
    State {
        /// Asked for, not yet approved.
        Indent = "indent",
        Approved = "approved",
        /// A carrier is chosen, and not yet asked.
        Assigned = "assigned",
        /// The carrier is asked and has not answered.
        Tendered = "tendered",
        /// The carrier will do it.
        Accepted = "accepted",
        /// The vehicle has left, or is loaded, with its LR.
        Dispatched = "dispatched",
        /// The carrier reported that the goods move.
        InTransit = "in-transit",
        Delivered = "delivered",
        Closed = "closed",
        Cancelled = "cancelled",
        OnHold = "on-hold",
    }
}

text_enum! {
    /// What is done to an order; each makes one line of its history and one version.
    Action {
        Create = "create",
        /// What is to be moved was changed.
        Edit = "edit",
        Approve = "approve",
        Assign = "assign",
        Tender = "tender",
        Accept = "accept",
        Decline = "decline",
        /// The carrier did not answer in time.
        Expire = "expire",
        /// The tender, or its acceptance, is taken back.
        Withdraw = "withdraw",
        Dispatch = "dispatch",
        /// A milestone says that the goods move.
        Depart = "depart",
        Deliver = "deliver",
        /// The carrier's timeline, corrected, no longer says that it arrived.
        Revoke = "revoke",
        Close = "close",
        Cancel = "cancel",
        Hold = "hold",
        Release = "release",
        /// A late fact was noted; the state stays.
        Note = "note",
        /// Something could not be done and waits for somebody to look.
        Conflict = "conflict",
        /// Somebody looked.
        Resolve = "resolve",
    }
}

/// Where an action leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    State(State),
    /// It stays as it is.
    Same,
    /// Back to where it was held.
    Held,
}

use State as S;

/// Every transition that exists. What is not here is refused.
const TABLE: &[(Action, &[State], To)] = &[
    (
        Action::Edit,
        &[S::Indent, S::Approved, S::Assigned, S::Tendered, S::Accepted, S::OnHold],
        To::Same,
    ),
    (Action::Approve, &[S::Indent], To::State(S::Approved)),
    // Again while assigned: another carrier, for example after a refusal.
    (Action::Assign, &[S::Approved, S::Assigned], To::State(S::Assigned)),
    (Action::Tender, &[S::Assigned], To::State(S::Tendered)),
    (Action::Accept, &[S::Tendered], To::State(S::Accepted)),
    (Action::Decline, &[S::Tendered], To::State(S::Assigned)),
    (Action::Expire, &[S::Tendered], To::State(S::Assigned)),
    (Action::Withdraw, &[S::Tendered, S::Accepted], To::State(S::Assigned)),
    (Action::Dispatch, &[S::Accepted], To::State(S::Dispatched)),
    // A carrier that reports the pick-up has accepted, whether or not anybody typed the dispatch.
    (Action::Depart, &[S::Accepted, S::Dispatched], To::State(S::InTransit)),
    (Action::Deliver, &[S::Accepted, S::Dispatched, S::InTransit], To::State(S::Delivered)),
    (Action::Revoke, &[S::Delivered], To::State(S::InTransit)),
    (Action::Close, &[S::Delivered], To::State(S::Closed)),
    (
        Action::Cancel,
        &[S::Indent, S::Approved, S::Assigned, S::Tendered, S::Accepted, S::OnHold],
        To::State(S::Cancelled),
    ),
    (Action::Hold, &[S::Indent, S::Approved, S::Assigned], To::State(S::OnHold)),
    (Action::Release, &[S::OnHold], To::Held),
    (Action::Note, &[S::Accepted, S::Dispatched, S::InTransit, S::Delivered, S::Closed], To::Same),
    (Action::Conflict, State::ALL, To::Same),
    (Action::Resolve, State::ALL, To::Same),
];

/// Where `action` leads from `from`, held in `held_from`; none when it may not be done.
pub(crate) fn target(action: Action, from: State, held_from: Option<State>) -> Option<State> {
    let (_, _, to) =
        TABLE.iter().find(|(of, states, _)| *of == action && states.contains(&from))?;
    match to {
        To::State(state) => Some(*state),
        To::Same => Some(from),
        To::Held => held_from,
    }
}

/// What a person may do in `state`, for an answer that refuses something else.
pub(crate) fn allowed(state: State) -> Vec<Action> {
    let by_itself = [
        Action::Expire,
        Action::Depart,
        Action::Revoke,
        Action::Note,
        Action::Conflict,
        Action::Resolve,
    ];
    TABLE
        .iter()
        .filter(|(action, states, _)| states.contains(&state) && !by_itself.contains(action))
        .map(|(action, ..)| *action)
        .collect()
}

impl State {
    /// Whether the goods have left: what is to be moved can then no longer be changed.
    pub(crate) const fn is_under_way(self) -> bool {
        matches!(self, Self::Dispatched | Self::InTransit | Self::Delivered | Self::Closed)
    }
}

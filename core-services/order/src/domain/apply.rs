//! Commands: the one function that moves an order.

use caravan_model::{Moment, Said, Words};

use super::content::Content;
use super::order::{By, Entry, Order};
use super::progress::{Answer, Assignment, Delivery, Dispatch, Revocation, Tender};
use super::state::{Action, State, allowed, target};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    Edit(Box<Content>),
    Approve,
    Assign(Assignment),
    Tender {
        respond_by_ms: i64,
    },
    Accept {
        carrier_reference: Option<String>,
    },
    Decline,
    Expire,
    Withdraw,
    Dispatch(Dispatch),
    Depart(Moment),
    Deliver(Delivery),
    Revoke(Revocation),
    Close,
    Cancel,
    Hold,
    Release,
    /// The reason says what could not be done.
    Conflict,
    /// The reason says how it was resolved.
    Resolve,
}

impl Command {
    /// What it is in the table.
    pub(crate) const fn action(&self) -> Action {
        match self {
            Self::Edit(_) => Action::Edit,
            Self::Approve => Action::Approve,
            Self::Assign(_) => Action::Assign,
            Self::Tender { .. } => Action::Tender,
            Self::Accept { .. } => Action::Accept,
            Self::Decline => Action::Decline,
            Self::Expire => Action::Expire,
            Self::Withdraw => Action::Withdraw,
            Self::Dispatch(_) => Action::Dispatch,
            Self::Depart(_) => Action::Depart,
            Self::Deliver(_) => Action::Deliver,
            Self::Revoke(_) => Action::Revoke,
            Self::Close => Action::Close,
            Self::Cancel => Action::Cancel,
            Self::Hold => Action::Hold,
            Self::Release => Action::Release,
            Self::Conflict => Action::Conflict,
            Self::Resolve => Action::Resolve,
        }
    }
}

/// The table has no such transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) state: State,
    pub(crate) action: Action,
    /// What may be done instead.
    pub(crate) allowed: Vec<Action>,
}

/// Why a tender is taken back when what it offers was changed.
fn changed() -> Said {
    Words::new("changed", "what is to be moved was changed after it was offered", []).into()
}

/// Does `command` to `order` and returns the new lines of its history, each one version.
///
/// # Errors
/// [`Refusal`]; the order is then as it was.
pub(crate) fn apply(order: &mut Order, command: Command, by: By) -> Result<Vec<Entry>, Refusal> {
    let action = command.action();
    let Some(to) = target(action, order.state, order.held_from) else {
        return Err(Refusal { state: order.state, action, allowed: allowed(order.state) });
    };
    let mut withdraw = false;
    match command {
        Command::Edit(content) => {
            withdraw = is_offered(order) && order.content.is_another_offer(&content);
            order.content = *content;
        }
        Command::Assign(assignment) => order.progress.assignment = Some(assignment),
        Command::Tender { respond_by_ms } => offer(order, respond_by_ms, by.at_ms),
        Command::Accept { carrier_reference } => {
            answer(order, Answer::Accepted, &by);
            if let Some(tender) = &mut order.progress.tender {
                tender.carrier_reference = carrier_reference;
            }
        }
        Command::Decline => answer(order, Answer::Declined, &by),
        Command::Expire => answer(order, Answer::Silent, &by),
        Command::Withdraw => answer(order, Answer::Withdrawn, &by),
        Command::Dispatch(dispatch) => order.progress.dispatch = Some(dispatch),
        Command::Depart(at) => order.progress.picked_up = earliest(order.progress.picked_up, at),
        Command::Deliver(delivery) => order.progress.delivery = Some(delivery),
        Command::Revoke(revocation) => {
            order.progress.delivery = None;
            order.progress.revoked = order.progress.revoked.max(Some(revocation));
        }
        Command::Hold => order.held_from = Some(order.state),
        // A carrier that was asked is told by the cancellation itself.
        Command::Cancel if is_offered(order) => answer(order, Answer::Withdrawn, &by),
        Command::Approve
        | Command::Close
        | Command::Cancel
        | Command::Release
        | Command::Conflict
        | Command::Resolve => {}
    }
    let mut entries = vec![step(order, action, to, by.clone())];
    if withdraw {
        answer(order, Answer::Withdrawn, &by);
        let by = By { reason: Some(changed()), ..by };
        entries.push(step(order, Action::Withdraw, State::Assigned, by));
    }
    Ok(entries)
}

/// Moves the order and writes the line.
fn step(order: &mut Order, action: Action, to: State, by: By) -> Entry {
    let from = order.state;
    order.state = to;
    order.version = order.version.saturating_add(1);
    order.updated_ms = order.updated_ms.max(by.at_ms);
    if to != State::OnHold {
        order.held_from = None;
    }
    Entry { version: order.version, action, from: Some(from), to, by }
}

const fn is_offered(order: &Order) -> bool {
    matches!(order.state, State::Tendered | State::Accepted)
}

fn offer(order: &mut Order, respond_by_ms: i64, at_ms: i64) {
    let last = order.progress.tender.as_ref().map_or(0, |tender| tender.number);
    order.progress.tender = Some(Tender {
        number: last.saturating_add(1),
        // The state asks for an assignment, so there is a carrier.
        carrier: order.carrier().unwrap_or_default().to_owned(),
        tendered_ms: at_ms,
        respond_by_ms,
        answer: Answer::Open,
        answered_ms: None,
        reason: None,
        carrier_reference: None,
    });
}

fn answer(order: &mut Order, answer: Answer, by: &By) {
    if let Some(tender) = &mut order.progress.tender {
        tender.answer = answer;
        tender.answered_ms = Some(by.at_ms);
        tender.reason = by.why().map(str::to_owned);
    }
}

/// The earlier of the two.
fn earliest(known: Option<Moment>, new: Moment) -> Option<Moment> {
    Some(known.map_or(new, |known| if new.instant_ms < known.instant_ms { new } else { known }))
}

/// What milestones say of an order's goods.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Movement {
    /// The earliest actual time at which they were picked up or on the way.
    pub(crate) departed: Option<Moment>,
    /// The delivery that was recorded last.
    pub(crate) delivered: Option<Delivery>,
    /// The last word that takes deliveries back. Who has it knows that the goods were on their way: `departed` is there too.
    pub(crate) revoked: Option<Revocation>,
}

impl Movement {
    /// Adds what another milestone says.
    pub(crate) fn add(&mut self, other: &Self) {
        if let Some(at) = other.departed {
            self.departed = earliest(self.departed, at);
        }
        match (&mut self.delivered, &other.delivered) {
            (Some(old), Some(new)) => refine(old, new),
            (none, new) => {
                if new.is_some() {
                    none.clone_from(new);
                }
            }
        }
        self.revoked = self.revoked.max(other.revoked);
    }

    /// Whether nothing is said.
    pub(crate) fn is_empty(&self) -> bool {
        self.departed.is_none() && self.delivered.is_none() && self.revoked.is_none()
    }
}

/// Takes in what milestones say, in whatever order and however often they say it: nothing new makes no line.
///
/// Before anybody was asked to carry it, milestones move nothing: the caller keeps them until then.
pub(crate) fn take_in(order: &mut Order, movement: &Movement, by: &By) -> Vec<Entry> {
    let mut entries = Vec::new();
    let told = by.clone();
    let mut moved = |order: &mut Order, command: Command| {
        // What the table does not know is a late fact, which is looked at below.
        apply(order, command, told.clone()).map(|lines| entries.extend(lines)).is_ok()
    };
    let revoked = order.progress.revoked.max(movement.revoked);
    let stands = |delivery: &&Delivery| revoked.is_none_or(|revoked| !revoked.covers(delivery));
    let delivered = movement.delivered.as_ref().filter(stands);
    if let Some(at) = movement.departed {
        moved(order, Command::Depart(at));
    }
    let is_taken_back = order.progress.delivery.as_ref().is_some_and(|known| !stands(&known));
    if let Some(revoked) = revoked.filter(|_| is_taken_back)
        && moved(order, Command::Revoke(revoked))
        && let Some(at) = movement.departed
    {
        order.progress.picked_up = earliest(order.progress.picked_up, at);
    }
    if let Some(delivery) = delivered {
        moved(order, Command::Deliver(delivery.clone()));
    }
    if target(Action::Note, order.state, None).is_none() {
        return entries;
    }
    let known = order.progress.clone();
    order.progress.revoked = revoked;
    if let Some(at) = movement.departed {
        order.progress.picked_up = earliest(order.progress.picked_up, at);
    }
    if let (Some(new), Some(old)) = (delivered, &mut order.progress.delivery) {
        refine(old, new);
    }
    if known != order.progress {
        let same = order.state;
        entries.push(step(order, Action::Note, same, by.clone()));
    }
    entries
}

/// Whether `revoked` speaks against a delivery that stays: a person's word, or that of an order which is closed.
pub(crate) fn doubted(order: &Order, revoked: Option<Revocation>) -> bool {
    let (Some(revoked), Some(delivery)) = (revoked, &order.progress.delivery) else { return false };
    let by_person = delivery.recorded_ms.is_none();
    let told_before = delivery.at.instant_ms <= revoked.until_ms;
    by_person && told_before || order.state == State::Closed && revoked.covers(delivery)
}

/// A milestone recorded later corrects an earlier one; what a person said stays, and gets only the number that it lacks.
fn refine(old: &mut Delivery, new: &Delivery) {
    let rank = |delivery: &Delivery| (delivery.recorded_ms, delivery.at);
    let is_newer = old.recorded_ms.is_some() && rank(new) > rank(old);
    if is_newer {
        let pod = new.pod.clone().or_else(|| old.pod.take());
        *old = Delivery { pod, ..new.clone() };
    } else if old.pod.is_none() {
        old.pod.clone_from(&new.pod);
    }
}

#[cfg(test)]
mod tests;

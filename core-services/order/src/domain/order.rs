//! An order as it stands, and the lines of its history.

use caravan_model::{ConnectionId, DocumentHash, Moment, Reference, Said};
use uuid::Uuid;

use super::content::Content;
use super::progress::{Assignment, Delivery, Dispatch, Revocation, Tender};
use super::state::{Action, State};

/// Ours; made from the time of its creation, so that ids are in the order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OrderId(pub(crate) Uuid);

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    /// How many lines its history has.
    pub(crate) version: i32,
    pub(crate) state: State,
    /// Where it goes when it is released.
    pub(crate) held_from: Option<State>,
    /// The ERP's connection that speaks for it.
    pub(crate) connection: Option<ConnectionId>,
    /// SHA-256 of what the ERP last said.
    pub(crate) source_digest: Option<[u8; 32]>,
    pub(crate) content: Content,
    pub(crate) progress: Progress,
    pub(crate) created_ms: i64,
    pub(crate) updated_ms: i64,
}

/// How far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    pub(crate) assignment: Option<Assignment>,
    /// The last one.
    pub(crate) tender: Option<Tender>,
    pub(crate) dispatch: Option<Dispatch>,
    /// The earliest time at which anybody saw the goods move.
    pub(crate) picked_up: Option<Moment>,
    /// What milestones said of the delivery and took back.
    pub(crate) revoked: Option<Revocation>,
    pub(crate) delivery: Option<Delivery>,
}

/// Who does it, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct By {
    /// A principal, or `system` and what made it.
    pub(crate) actor: String,
    pub(crate) at_ms: i64,
    pub(crate) reason: Option<Said>,
    /// The party's document that brought it.
    pub(crate) document: Option<DocumentHash>,
}

impl By {
    /// Why, as it reads.
    pub(crate) fn why(&self) -> Option<&str> {
        self.reason.as_ref().map(|reason| reason.text.as_str())
    }
}

/// A line of the history: what was done, by whom, when, why, and where it led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The order's version after it.
    pub(crate) version: i32,
    pub(crate) action: Action,
    /// None for the first line.
    pub(crate) from: Option<State>,
    pub(crate) to: State,
    pub(crate) by: By,
}

impl Order {
    /// A new indent and its first line.
    pub(crate) fn new(
        id: OrderId,
        content: Content,
        connection: Option<ConnectionId>,
        by: By,
    ) -> (Self, Entry) {
        let at_ms = by.at_ms;
        let state = State::Indent;
        let entry = Entry { version: 1, action: Action::Create, from: None, to: state, by };
        let order = Self {
            id,
            version: 1,
            state,
            held_from: None,
            connection,
            source_digest: None,
            content,
            progress: Progress::default(),
            created_ms: at_ms,
            updated_ms: at_ms,
        };
        (order, entry)
    }

    /// Who carries it, as far as anybody is chosen.
    pub(crate) fn carrier(&self) -> Option<&str> {
        self.progress.assignment.as_ref().map(|assignment| assignment.carrier.as_str())
    }

    /// Every number by which somebody may speak of this order: its own, those it came with, and those that it got on the way.
    pub(crate) fn references(&self) -> Vec<Reference> {
        let content = &self.content;
        let mut all = vec![
            Reference::new("shipment", &content.number),
            Reference::new(content.kind.as_str(), &content.number),
        ];
        all.extend(content.references.iter().cloned());
        let tender = self.progress.tender.as_ref();
        let accepted = tender.and_then(|tender| tender.carrier_reference.as_deref());
        all.extend(accepted.map(|number| Reference::new("pro", number)));
        if let Some(dispatch) = &self.progress.dispatch {
            all.push(Reference::new("lr", &dispatch.lr_number));
            all.extend(dispatch.pro.as_deref().map(|number| Reference::new("pro", number)));
            all.extend(dispatch.awb.as_deref().map(|number| Reference::new("awb", number)));
        }
        all.retain(|reference| !reference.value.is_empty());
        all.sort();
        all.dedup();
        all
    }

    /// Those of its numbers that a milestone may mean it by.
    pub(crate) fn identifying(&self) -> Vec<Reference> {
        let content = &self.content;
        let own = |reference: &Reference| {
            reference.kind == content.kind.as_str() && reference.value == content.number
        };
        let mut all = self.references();
        all.retain(|reference| identifies(reference) || own(reference) && may_identify(reference));
        all
    }
}

/// Kinds of number that a carrier's milestone may identify an order by, as the tracking service has them.
const IDENTIFYING: [&str; 6] = ["shipment", "pro", "bol", "awb", "lr", "tracking"];

/// Whether `reference` says which shipment is meant. A text without a digit from 1 to 9 (`NA`, `0000`) says nothing.
pub(crate) fn identifies(reference: &Reference) -> bool {
    IDENTIFYING.contains(&reference.kind.as_str()) && has_digit(reference)
}

/// Whether it may be an order's own number too: what another document refers to by it is not its shipment.
pub(crate) fn may_identify(reference: &Reference) -> bool {
    let own = ["order", "delivery"].contains(&reference.kind.as_str());
    identifies(reference) || own && has_digit(reference)
}

fn has_digit(reference: &Reference) -> bool {
    reference.value.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

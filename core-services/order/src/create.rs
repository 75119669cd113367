//! Making orders: the one way for HTTP, imports and copies. ERPs' orders take the second half of it.
//!
//! [`validate`] is pure and says everything that is wrong; [`create`] writes a batch. A dry run is both of them in a transaction
//! that is dropped, so that it can say nothing else than the commit.

use caravan_event_log::append;
use caravan_model::{ConnectionId, TraceId};
use caravan_tenancy::TenantTx;
use uuid::Uuid;

use crate::domain::{By, Content, Order, OrderId, Violation, check};
use crate::effects;
use crate::store::{self, Change};
use crate::wire::OrderIn;

/// An order that has nothing wrong, ready to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) id: OrderId,
    pub(crate) content: Content,
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is made (or will be, when the transaction commits).
    Created(Box<Order>),
    /// There is an order of this number already; nothing was done.
    NumberTaken {
        number: String,
        /// The order that has it; none when it is an earlier draft of the same batch.
        id: Option<OrderId>,
    },
}

/// Reads and checks `input`. Without a number it gets one.
///
/// # Errors
/// Everything that is wrong, each with the JSON pointer of its place in `input`.
pub(crate) fn validate(input: OrderIn) -> Result<Draft, Vec<Violation>> {
    let (mut content, mut wrong) = input.read();
    content.number = content.number.trim().to_owned();
    let id = OrderId(Uuid::now_v7());
    if content.number.is_empty() {
        content.number = made_number(id);
    }
    wrong.extend(check(&content));
    wrong.sort();
    wrong.dedup();
    if wrong.is_empty() { Ok(Draft { id, content }) } else { Err(wrong) }
}

/// A number that is short enough to be told by phone: `C-`, then ten letters and digits of the id's random part.
fn made_number(id: OrderId) -> String {
    // Crockford's alphabet: no I, L, O or U.
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bits = id.0.as_u128();
    let letters = (0..10).map(|_| {
        let index = usize::try_from(bits & 31).unwrap_or_default();
        bits >>= 5;
        char::from(LETTERS.get(index).copied().unwrap_or(b'0'))
    });
    format!("C-{}", letters.collect::<String>())
}

/// Makes `drafts` in `tx`, with their history, events and audit, and says for each, in order, what became of it.
///
/// A batch of 500 takes a handful of statements. Numbers that are taken are found first and left alone; a rival who takes one
/// between that and the commit makes the whole transaction fail with a unique violation, which is safe to repeat.
///
/// # Errors
/// When the database fails; the transaction is then of no more use.
pub(crate) async fn create(
    tx: &mut TenantTx,
    by: &By,
    trace: Option<TraceId>,
    drafts: Vec<Draft>,
) -> Result<Vec<Outcome>, effects::Error> {
    let tenant = tx.tenant();
    let numbers: Vec<String> = drafts.iter().map(|draft| draft.content.number.clone()).collect();
    let taken = store::ids_by_numbers(tx.conn(), tenant, &numbers).await?;
    let mut fresh = std::collections::BTreeSet::new();
    let (mut outcomes, mut changes) = (Vec::with_capacity(drafts.len()), Vec::new());
    for Draft { id, content } in drafts {
        let number = content.number.clone();
        let known = taken.get(&number).copied();
        if known.is_some() || !fresh.insert(number.clone()) {
            outcomes.push(Outcome::NumberTaken { number, id: known });
            continue;
        }
        let change = new(id, content, None, by.clone());
        outcomes.push(Outcome::Created(Box::new(change.after.clone())));
        changes.push(change);
    }
    store::save(tx.conn(), tenant, &changes).await?;
    let events = effects::events(tenant, &changes, trace)?;
    append(tx, &events).await?;
    effects::audit_created(tx, by, &changes).await?;
    Ok(outcomes)
}

/// A new order, not yet saved.
pub(crate) fn new(
    id: OrderId,
    content: Content,
    connection: Option<ConnectionId>,
    by: By,
) -> Change {
    let (after, entry) = Order::new(id, content, connection, by);
    Change { before: None, after, entries: vec![entry] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing;

    #[test]
    fn what_is_written_is_read_back() {
        let content = testing::content("4500017001");
        let draft = validate(OrderIn::from(&content)).unwrap();
        assert_eq!(draft.content, content);
    }

    #[test]
    fn an_order_without_a_number_gets_one() {
        let input = || OrderIn { number: None, ..OrderIn::from(&testing::content("1")) };
        let (one, two) = (validate(input()).unwrap(), validate(input()).unwrap());
        assert_ne!(one.content.number, two.content.number);
        assert_eq!(one.content.number.len(), 12, "{}", one.content.number);
    }

    #[test]
    fn everything_wrong_is_told_with_its_place() {
        let mut input = OrderIn::from(&testing::content("1"));
        input.priority = Some("asap".into());
        input.stops[0].earliest = Some("tomorrow".into());
        input.stops[1].place.postal_code = Some("60002".into());
        let wrong = validate(input).unwrap_err();
        let found: Vec<(&str, &str)> =
            wrong.iter().map(|violation| (violation.pointer.as_str(), violation.code)).collect();
        assert_eq!(
            found,
            [
                ("/priority", "word-unknown"),
                ("/stops/0/earliest", "time-invalid"),
                ("/stops/1/place/postal_code", "pin-invalid"),
            ]
        );
    }
}

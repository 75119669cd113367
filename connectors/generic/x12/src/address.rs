//! Who writes to whom: the interchange's and the group's addresses, from the connection's settings.

use caravan_connector_sdk::{Failure, Host};

/// Longest interchange address (ISA06, ISA08) and group address (GS02, GS03).
const ID_CHARS_MAX: usize = 15;

/// An interchange address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// ISA05 or ISA07: `ZZ`, `02`, `01`, …
    pub qualifier: String,
    /// ISA06 or ISA08.
    pub id: String,
    /// GS02 or GS03.
    pub group: String,
}

/// The addresses of what we write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Us.
    pub sender: Address,
    /// The carrier.
    pub receiver: Address,
    /// ISA15: `P` or `T`.
    pub usage: String,
}

impl Addresses {
    /// The connection's addresses. A carrier that has no address of its own is addressed by its SCAC.
    ///
    /// # Errors
    /// `Denied` when our own address is not set or one is too long: only the operator can mend that.
    pub fn of(host: &dyn Host, carrier: &str) -> Result<Self, Failure> {
        let setting = |name: &str| host.setting(name).filter(|value| !value.trim().is_empty());
        let id = setting("sender_id").ok_or_else(|| {
            Failure::Denied(
                "the connection does not say who we are: set sender_id (our ISA06) in its settings"
                    .into(),
            )
        })?;
        let sender = Address {
            qualifier: setting("sender_qualifier").unwrap_or_else(|| "ZZ".into()),
            group: setting("group_sender").unwrap_or_else(|| id.clone()),
            id,
        };
        let own = setting("receiver_id");
        let qualifier = if own.is_some() { "ZZ" } else { "02" };
        let id = own.unwrap_or_else(|| carrier.to_owned());
        let receiver = Address {
            qualifier: setting("receiver_qualifier").unwrap_or_else(|| qualifier.into()),
            group: setting("group_receiver").unwrap_or_else(|| id.clone()),
            id,
        };
        let usage = setting("usage").unwrap_or_else(|| "P".into());
        for text in [&sender.id, &sender.group, &receiver.id, &receiver.group] {
            let fits = (2..=ID_CHARS_MAX).contains(&text.chars().count()) && text.is_ascii();
            if !fits {
                return Err(Failure::Denied(format!(
                    "{text:?} cannot be an X12 address: 2 to {ID_CHARS_MAX} ASCII characters, in the connection's settings"
                )));
            }
        }
        Ok(Self { sender, receiver, usage })
    }
}

//! A tender becomes messages: the same ones whenever it is asked for again.

use std::collections::BTreeMap;
use std::sync::Arc;

use caravan_fault::Class;
use caravan_hub_sandbox::CallError;
use caravan_hub_sandbox::testing::NoServices;
use caravan_manifest::Direction;
use caravan_model::{Outgoing, Party, PartyRole, Place, Purpose, StopKind, Tender, TenderStop};

use super::behaviour::Verdict;
use super::subject::{Subject, WALL, Way};

/// Who we are to the party, in whatever setting its connector looks it up.
const SENDER: &str = "CARAVAN";

fn stop(sequence: u32, kind: StopKind, role: PartyRole, name: &str) -> TenderStop {
    TenderStop {
        sequence,
        kind,
        party: Party {
            role,
            raw_role: String::new(),
            id: None,
            name: Some(name.to_owned()),
            street: Vec::new(),
            place: Place { name: Some(name.to_owned()), ..Place::default() },
        },
        phone: None,
        earliest: None,
        latest: None,
        gross_weight: None,
        volume: None,
        packages: None,
        instructions: None,
        references: Vec::new(),
    }
}

fn tender(number: &str, control_number: u32, purpose: Purpose) -> Tender {
    Tender {
        number: number.to_owned(),
        control_number,
        purpose,
        carrier: "DEMO".to_owned(),
        payment: None,
        service: None,
        equipment: None,
        respond_by: None,
        price: None,
        references: Vec::new(),
        parties: Vec::new(),
        stops: vec![
            stop(1, StopKind::Pickup, PartyRole::ShipFrom, "Pune"),
            stop(2, StopKind::Delivery, PartyRole::ShipTo, "Chennai"),
        ],
        lines: Vec::new(),
        gross_weight: None,
        volume: None,
        packages: None,
        notes: None,
        attributes: Vec::new(),
    }
}

async fn offer(subject: &Subject, tender: Tender) -> Result<Vec<Outgoing>, CallError> {
    let case = subject.sample(Way::Files).unwrap();
    let mut call = subject.call(case, Arc::new(NoServices), WALL);
    let settings = [("sender_id".to_owned(), SENDER.to_owned())];
    call.settings = Arc::new(BTreeMap::from(settings));
    subject.connector.offer(call, tender).await
}

/// Offered or taken back: twice the same call gives twice the same messages, of a declared kind, and a control number of their own.
pub(crate) async fn the_same_tender_the_same_messages(subject: Arc<Subject>) -> Verdict {
    for purpose in [Purpose::Original, Purpose::Cancel] {
        let written = async |control| {
            let offered = offer(&subject, tender("80001234", control, purpose)).await;
            offered.map_err(|error| format!("{purpose}: {error}"))
        };
        let first = written(7).await?;
        if first.is_empty()
            || first.iter().any(|one| one.body.is_empty() || one.file_name.is_empty())
        {
            return Err(format!("{purpose}: no message, or one without body or name"));
        }
        if first != written(7).await? {
            return Err(format!("{purpose}: the second time it writes something else"));
        }
        let other = written(8).await?;
        if first
            .iter()
            .zip(&other)
            .any(|(one, two)| one.body == two.body || one.file_name == two.file_name)
        {
            return Err(format!("{purpose}: two tenders carry one control number"));
        }
        let mut kinds = first.iter().map(|one| &one.kind);
        let declared = |kind: &String| {
            let mut messages = subject.manifest.messages.iter();
            messages.any(|one| one.kind == *kind && one.direction == Direction::Out)
        };
        if let Some(kind) = kinds.find(|kind| !declared(kind)) {
            return Err(format!("{kind} is not declared with direction = \"out\""));
        }
    }
    Ok(())
}

/// A number that no dialect has room for, and a journey without stops, are refused and not bent.
pub(crate) async fn what_cannot_be_carried_is_refused(subject: Arc<Subject>) -> Verdict {
    let long = tender(&"9".repeat(5_000), 7, Purpose::Original);
    let nowhere = Tender { stops: Vec::new(), ..tender("80001234", 7, Purpose::Original) };
    for (what, tender) in [("a number of 5,000 digits", long), ("no stops", nowhere)] {
        match offer(&subject, tender).await {
            Err(error) if error.class() == Class::Permanent => {}
            other => return Err(format!("{what}: {other:?}")),
        }
    }
    Ok(())
}

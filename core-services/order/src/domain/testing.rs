//! Orders for the tests of the domain.

use caravan_model::{DocumentKind, Measure, Moment, OrderLine, Place, Said, ZoneSource};
use uuid::Uuid;

use super::content::{Content, Priority, Stop, StopKind};
use super::order::{By, Entry, Order, OrderId};

pub(crate) fn moment(minute: i64) -> Moment {
    Moment { instant_ms: minute * 60_000, offset_min: 330, zone: ZoneSource::Sent }
}

pub(crate) fn by(at_ms: i64) -> By {
    By {
        actor: "user/asha".into(),
        at_ms,
        reason: Some(Said::own("said so".into())),
        document: None,
    }
}

pub(crate) fn place(city: &str, region: &str, postal_code: &str) -> Place {
    Place {
        name: Some(city.into()),
        region: Some(region.into()),
        postal_code: Some(postal_code.into()),
        country: Some("IN".into()),
        ..Place::default()
    }
}

fn stop(kind: StopKind, place: Place, from: i64, to: i64) -> Stop {
    Stop {
        kind,
        site: Some("PN01".into()),
        name: Some("Plant Gate".into()),
        phone: Some("+91 98765 43210".into()),
        street: vec!["Plot 3".into()],
        place,
        earliest: Some(moment(from)),
        latest: Some(moment(to)),
        instructions: None,
        references: Vec::new(),
    }
}

/// Six packages of 820 kg from Pune to Chennai; nothing is wrong with it.
pub(crate) fn content(number: &str) -> Content {
    let weight = Measure { value: "820.000".into(), unit: "KGM".into() };
    Content {
        number: number.into(),
        kind: DocumentKind::Delivery,
        priority: Priority::Normal,
        mode: None,
        service: None,
        equipment: Some("32FT-MXL".into()),
        payment: None,
        incoterms: None,
        references: Vec::new(),
        parties: Vec::new(),
        stops: vec![
            stop(StopKind::Pickup, place("Pune", "MH", "411001"), 600, 720),
            stop(StopKind::Delivery, place("Chennai", "TN", "600002"), 2_000, 2_400),
        ],
        lines: vec![OrderLine {
            number: "10".into(),
            material: Some("GEARBOX-5".into()),
            description: None,
            quantity: Some(Measure { value: "12".into(), unit: "PCE".into() }),
            gross_weight: Some(weight.clone()),
            volume: None,
            net_value: None,
            references: Vec::new(),
        }],
        gross_weight: Some(weight),
        volume: None,
        packages: Some(6),
        distance_km: Some("1180".into()),
        notes: None,
    }
}

pub(crate) fn order(number: &str) -> (Order, Entry) {
    Order::new(OrderId(Uuid::from_u128(1)), content(number), None, by(1))
}

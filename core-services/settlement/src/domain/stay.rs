//! How long a vehicle stood at each end, from what was reported.

use caravan_model::Status;

use super::contract::End;
use super::facts::Stay;

/// A reported happening that money may depend on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Happening {
    /// When we were told; of two reports of the same status the later one counts, so a correction replaces what it corrects.
    pub(crate) recorded_ms: i64,
    pub(crate) id: uuid::Uuid,
    pub(crate) status: Status,
    /// When it happened, milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) at_ms: i64,
}

/// The statuses that matter here.
pub(crate) fn matters(status: Status) -> bool {
    matches!(
        status,
        Status::ArrivedPickup
            | Status::PickedUp
            | Status::Departed
            | Status::ArrivedDelivery
            | Status::Delivered
            | Status::PartiallyDelivered
    )
}

/// The time of the last report of `status`.
pub(crate) fn time_of(happenings: &[Happening], status: Status) -> Option<i64> {
    happenings.iter().filter(|found| found.status == status).max().map(|found| found.at_ms)
}

/// From arrival to pickup (or departure where no pickup was reported), and from arrival to delivery.
pub(crate) fn stays(happenings: &[Happening]) -> Vec<Stay> {
    let at = |status| time_of(happenings, status);
    let gone = |arrived: i64, left: Option<i64>| left.filter(|left| *left >= arrived);
    let stay = |end, arrived: Option<i64>, left: &dyn Fn(i64) -> Option<i64>| {
        let arrived = arrived?;
        let minutes = left(arrived)?.saturating_sub(arrived).div_euclid(60_000);
        Some(Stay { at: end, minutes })
    };
    let from_pickup = |arrived| {
        gone(arrived, at(Status::PickedUp)).or_else(|| gone(arrived, at(Status::Departed)))
    };
    let from_delivery = |arrived| gone(arrived, at(Status::Delivered));
    let pickup = stay(End::Pickup, at(Status::ArrivedPickup), &from_pickup);
    let delivery = stay(End::Delivery, at(Status::ArrivedDelivery), &from_delivery);
    pickup.into_iter().chain(delivery).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn happening(status: Status, minute: i64, recorded_ms: i64) -> Happening {
        let at_ms = minute * 60_000;
        Happening {
            recorded_ms,
            id: Uuid::from_u128(recorded_ms.unsigned_abs().into()),
            status,
            at_ms,
        }
    }

    #[test]
    fn stays_are_from_arrival_to_leaving_and_a_correction_counts() {
        let mut told = vec![
            happening(Status::ArrivedPickup, 0, 1),
            happening(Status::PickedUp, 90, 2),
            happening(Status::Departed, 95, 3),
            happening(Status::ArrivedDelivery, 1_000, 4),
            happening(Status::Delivered, 1_200, 5),
            happening(Status::ArrivedDelivery, 1_060, 6),
        ];
        let expected =
            [Stay { at: End::Pickup, minutes: 90 }, Stay { at: End::Delivery, minutes: 140 }];
        assert_eq!(stays(&told), expected);
        told.reverse();
        assert_eq!(stays(&told), expected);
        assert_eq!(stays(&told[..1]), []);
    }

    #[test]
    fn who_left_before_arriving_did_not_stand() {
        let told = [happening(Status::ArrivedPickup, 10, 1), happening(Status::PickedUp, 5, 2)];
        assert_eq!(stays(&told), []);
    }
}

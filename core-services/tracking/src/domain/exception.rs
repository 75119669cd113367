//! What is wrong with a shipment, by rules over where it stands, what was promised and the clock. Pure: the time is given.
//!
//! # Rules
//! - `failed-attempt`: a pickup or a delivery was tried and failed, and nothing happened since.
//! - `return`: the goods go back, since the direction turned. Stays until a person resolves it.
//! - `damage`, `problem`: the carrier reports an exception; it is damage when the reason says so. Damage stays until resolved, and is
//!   found although the goods went on since.
//! - `delay`: the carrier says so, or expects the delivery after the promise and its tolerance, or these have passed.
//! - `halt`: the last word is an arrival or a hold, and the first of that place was heard so long ago, however often the goods were
//!   scanned there since.
//! - `silence`: the goods are on their way, and nothing was heard for so long. It counts from when we heard, not from when it
//!   happened: a carrier that reports late is not silent.
//!
//! How long is the tenant's to say, by mode (`thresholds`).

use caravan_model::Status;

use super::thresholds::Limits;
use super::{Incident, Timeline};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    Delay,
    Halt,
    Silence,
    FailedAttempt,
    Return,
    Damage,
    Problem,
}

impl Trouble {
    pub(crate) const ALL: [Self; 7] = [
        Self::Delay,
        Self::Halt,
        Self::Silence,
        Self::FailedAttempt,
        Self::Return,
        Self::Damage,
        Self::Problem,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Delay => "delay",
            Self::Halt => "halt",
            Self::Silence => "silence",
            Self::FailedAttempt => "failed-attempt",
            Self::Return => "return",
            Self::Damage => "damage",
            Self::Problem => "problem",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trouble| trouble.as_str() == text)
    }

    /// Whether later facts can end it; else a person must.
    pub(crate) fn passes(self) -> bool {
        !matches!(self, Self::Return | Self::Damage)
    }
}

/// A shipment as the rules see it. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) status: Status,
    /// Since when it stands like that.
    pub(crate) since_ms: Option<i64>,
    /// When something was last heard.
    pub(crate) heard_ms: i64,
    pub(crate) promised_ms: Option<i64>,
    /// When the carrier expects the delivery, while it is expected.
    pub(crate) eta_ms: Option<i64>,
    /// Since when it stands at one place, by when that was first heard.
    pub(crate) stays_ms: Option<i64>,
    /// What went wrong on the way.
    pub(crate) incidents: Vec<Incident>,
    pub(crate) limits: Limits,
}

impl Sight {
    /// How the rules see a timeline; none while it has no facts.
    pub(crate) fn of(
        timeline: &Timeline,
        promised_ms: Option<i64>,
        limits: Limits,
    ) -> Option<Self> {
        let (standing, course) = (timeline.standing(), timeline.course());
        let expected = timeline.estimates();
        // Carriers' estimates of a delivery come as a scheduled one: a plan is never told as a delivery.
        let delivery = expected
            .iter()
            .filter(|fact| matches!(fact.status, Status::DeliveryScheduled | Status::Delivered));
        Some(Self {
            status: standing.status,
            since_ms: standing.since.map(|at| at.instant_ms),
            heard_ms: timeline.updated_ms()?,
            promised_ms,
            eta_ms: delivery.map(|fact| fact.at.instant_ms).max(),
            stays_ms: course.stays_ms,
            incidents: course.incidents,
            limits,
        })
    }
}

/// One thing that is wrong, and the rule by which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) trouble: Trouble,
    /// Since when: with the trouble, what makes it the same one.
    pub(crate) since_ms: i64,
    /// Until when what was reported belongs to it, and when its beginning was heard, if it is something that went wrong on the way.
    pub(crate) course: Option<(i64, i64)>,
    pub(crate) rule: &'static str,
    pub(crate) detail: String,
}

impl Found {
    fn new(trouble: Trouble, since_ms: i64, rule: &'static str, detail: &str) -> Self {
        Self { trouble, since_ms, course: None, rule, detail: detail.to_owned() }
    }
}

/// An exception that there is or was, as far as the rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) trouble: Trouble,
    pub(crate) since_ms: i64,
    pub(crate) is_open: bool,
    /// When a person resolved it.
    pub(crate) ended_ms: Option<i64>,
}

impl Case {
    /// Whether `found` is no news after this: it is open, or a person has resolved that very thing or has resolved one like it when
    /// this had already been heard of.
    fn answers(&self, found: &Found) -> bool {
        if self.trouble != found.trouble {
            return false;
        }
        let same = || {
            let (until_ms, heard_ms) = found.course.unwrap_or((found.since_ms, i64::MAX));
            let is_it = (found.since_ms..=until_ms).contains(&self.since_ms);
            self.ended_ms.is_some_and(|ended_ms| is_it || heard_ms <= ended_ms)
        };
        self.is_open || same()
    }
}

/// Of what was found, that which is to be opened; at most one of a trouble.
pub(crate) fn news(found: Vec<Found>, cases: &[Case]) -> Vec<Found> {
    let mut news: Vec<Found> = Vec::new();
    for found in found {
        let is_told = news.iter().any(|told| told.trouble == found.trouble);
        if !is_told && !cases.iter().any(|case| case.answers(&found)) {
            news.push(found);
        }
    }
    news
}

/// Where the goods are, as far as the clock matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Before,
    Standing,
    Moving,
    Over,
}

/// Whether nothing is expected any more.
pub(crate) fn is_over(status: Status) -> bool {
    phase(status) == Phase::Over
}

/// The statuses after which nothing is expected any more.
pub(crate) fn over() -> Vec<&'static str> {
    Status::ALL.iter().filter(|status| is_over(**status)).map(|status| status.as_str()).collect()
}

pub(crate) fn phase(status: Status) -> Phase {
    match status {
        Status::Unmapped
        | Status::Tendered
        | Status::Booked
        | Status::LabelCreated
        | Status::PickupScheduled
        | Status::PickupFailed => Phase::Before,
        Status::ArrivedPickup
        | Status::Arrived
        | Status::Transferred
        | Status::CustomsInProgress
        | Status::CustomsHeld
        | Status::AtDeliveryFacility
        | Status::ArrivedDelivery
        | Status::AvailableForPickup => Phase::Standing,
        Status::PickedUp
        | Status::Departed
        | Status::InTransit
        | Status::CustomsCleared
        | Status::DeliveryScheduled
        | Status::OutForDelivery
        | Status::DeliveryAttempted
        | Status::PartiallyDelivered
        | Status::Delayed
        | Status::Exception => Phase::Moving,
        Status::Delivered | Status::Returned | Status::Cancelled | Status::BookingRejected => {
            Phase::Over
        }
    }
}

/// Everything that is wrong at `now_ms`: of what stays until a person resolves it every single one, of all else one each.
pub(crate) fn troubles(sight: &Sight, now_ms: i64) -> Vec<Found> {
    let since_ms = sight.since_ms.unwrap_or(sight.heard_ms);
    let attempt = |rule, detail: &str| Found::new(Trouble::FailedAttempt, since_ms, rule, detail);
    let mut all = Vec::new();
    let phase = phase(sight.status);
    match sight.status {
        Status::PickupFailed => {
            all.push(attempt("pickup-failed", "the carrier came to pick up and could not"));
        }
        Status::DeliveryAttempted => {
            all.push(attempt("delivery-attempted", "the carrier tried to deliver and could not"));
        }
        _ => {}
    }
    all.extend(sight.incidents.iter().filter_map(went_wrong));
    if phase != Phase::Over {
        all.extend(delay(sight, since_ms, now_ms));
    }
    all.extend(quiet(sight, phase, now_ms));
    all
}

/// What went wrong on the way, unless it is over.
fn went_wrong(incident: &Incident) -> Option<Found> {
    if incident.trouble.passes() && !incident.lasts {
        return None;
    }
    let reason = incident.reason.as_deref().unwrap_or("no reason given");
    let reported = || format!("the carrier reports an exception: {reason}");
    let (rule, detail) = match incident.trouble {
        Trouble::Return => ("direction-return", "the goods go back".to_owned()),
        Trouble::Damage => ("exception-damage", reported()),
        _ => ("exception-reported", reported()),
    };
    // While it lasts, whatever will be reported belongs to it too.
    let until_ms = if incident.lasts { i64::MAX } else { incident.until_ms };
    let course = Some((until_ms, incident.heard_ms));
    Some(Found { course, ..Found::new(incident.trouble, incident.since_ms, rule, &detail) })
}

fn delay(sight: &Sight, since_ms: i64, now_ms: i64) -> Option<Found> {
    let found = |since_ms, rule, detail: &str| Found::new(Trouble::Delay, since_ms, rule, detail);
    if let Some(promised_ms) = sight.promised_ms {
        let latest_ms = promised_ms.saturating_add(sight.limits.tolerance_ms());
        if latest_ms < now_ms {
            let detail = "the promised time of delivery has passed";
            return Some(found(promised_ms, "promise-passed", detail));
        }
        if sight.eta_ms.is_some_and(|eta_ms| eta_ms > latest_ms) {
            let detail = "the carrier expects the delivery after it was promised";
            return Some(found(promised_ms, "eta-after-promise", detail));
        }
    }
    (sight.status == Status::Delayed)
        .then(|| found(since_ms, "delay-reported", "the carrier reports a delay"))
}

fn quiet(sight: &Sight, phase: Phase, now_ms: i64) -> Option<Found> {
    let (trouble, rule, what) = match phase {
        Phase::Standing => (Trouble::Halt, "no-departure", "the goods stand at one place for"),
        Phase::Moving => (Trouble::Silence, "nothing-heard", "nothing was heard for"),
        Phase::Before | Phase::Over => return None,
    };
    let (since_ms, limit_ms) = patience(sight, phase)?;
    let detail = || format!("{what} {}", span(limit_ms));
    (since_ms.saturating_add(limit_ms) <= now_ms)
        .then(|| Found::new(trouble, since_ms, rule, &detail()))
}

/// A time in words, in hours where it is whole ones.
fn span(ms: i64) -> String {
    let minutes = ms / 60_000;
    match (minutes / 60, minutes % 60) {
        (1, 0) => "an hour".to_owned(),
        (hours, 0) => format!("{hours} hours"),
        _ => format!("{minutes} minutes"),
    }
}

/// Since when the clock runs against it, and how long it may.
fn patience(sight: &Sight, phase: Phase) -> Option<(i64, i64)> {
    match phase {
        Phase::Standing => Some((sight.stays_ms.unwrap_or(sight.heard_ms), sight.limits.halt_ms())),
        Phase::Moving => Some((sight.heard_ms, sight.limits.silence_ms())),
        Phase::Before | Phase::Over => None,
    }
}

/// When the clock alone can next make something wrong, after `now_ms`.
pub(crate) fn next_look(sight: &Sight, now_ms: i64) -> Option<i64> {
    let phase = phase(sight.status);
    if phase == Phase::Over {
        return None;
    }
    let quiet =
        patience(sight, phase).map(|(since_ms, limit_ms)| since_ms.saturating_add(limit_ms));
    let tolerance_ms = sight.limits.tolerance_ms();
    let promise = sight.promised_ms.map(|at| at.saturating_add(tolerance_ms).saturating_add(1));
    [quiet, promise].into_iter().flatten().filter(|at| *at > now_ms).min()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sight(status: Status) -> Sight {
        Sight {
            status,
            since_ms: Some(1_000),
            heard_ms: 2_000,
            promised_ms: None,
            eta_ms: None,
            stays_ms: None,
            incidents: Vec::new(),
            limits: Limits::USUAL,
        }
    }

    fn incident(trouble: Trouble, lasts: bool) -> Incident {
        Incident { trouble, since_ms: 500, until_ms: 700, heard_ms: 800, reason: None, lasts }
    }

    fn found(sight: &Sight, now_ms: i64) -> Vec<(Trouble, i64)> {
        troubles(sight, now_ms).into_iter().map(|found| (found.trouble, found.since_ms)).collect()
    }

    #[test]
    fn each_trouble_has_its_rule() {
        use Trouble::{Damage, Delay, FailedAttempt, Halt, Problem, Return, Silence};
        assert_eq!(found(&sight(Status::InTransit), 3_000), []);
        assert_eq!(found(&sight(Status::DeliveryAttempted), 3_000), [(FailedAttempt, 1_000)]);
        let wrong = |trouble, lasts| Sight {
            incidents: vec![incident(trouble, lasts)],
            ..sight(Status::InTransit)
        };
        for trouble in [Return, Damage] {
            assert_eq!(found(&wrong(trouble, true), 3_000), [(trouble, 500)]);
            assert_eq!(found(&wrong(trouble, false), 3_000), [(trouble, 500)]);
        }
        assert_eq!(found(&wrong(Problem, true), 3_000), [(Problem, 500)]);
        assert_eq!(found(&wrong(Problem, false), 3_000), []);
        assert_eq!(found(&sight(Status::Delayed), 3_000), [(Delay, 1_000)]);
        let late = Sight { promised_ms: Some(2_500), ..sight(Status::InTransit) };
        assert_eq!(found(&late, 2_500), []);
        assert_eq!(found(&late, 2_501), [(Delay, 2_500)]);
        let expected = Sight { promised_ms: Some(9_000), eta_ms: Some(9_001), ..late };
        assert_eq!(found(&expected, 3_000), [(Delay, 9_000)]);
        let tolerant = Limits { delay_tolerance_min: 1, ..Limits::USUAL };
        let later = Sight { limits: tolerant, ..expected };
        assert_eq!(found(&later, 69_000), []);
        assert_eq!(found(&later, 69_001), [(Delay, 9_000)], "late by more than is tolerated");
        let much_later = Sight { eta_ms: Some(69_001), ..later };
        assert_eq!(found(&much_later, 3_000), [(Delay, 9_000)]);
        let day = 2_000 + Limits::USUAL.silence_ms();
        assert_eq!(found(&sight(Status::InTransit), day), [(Silence, 2_000)]);
        assert_eq!(found(&sight(Status::Arrived), day), [(Halt, 2_000)]);
        let scanned = Sight { stays_ms: Some(1_500), ..sight(Status::Arrived) };
        assert_eq!(found(&scanned, 1_500 + Limits::USUAL.halt_ms()), [(Halt, 1_500)]);
        let limits = Limits { halted_after_min: 90, silent_after_min: 60, ..Limits::USUAL };
        for (status, minutes, detail) in [
            (Status::Arrived, 90, "the goods stand at one place for 90 minutes"),
            (Status::InTransit, 60, "nothing was heard for an hour"),
        ] {
            let sight = Sight { limits, ..sight(status) };
            let due = sight.heard_ms + minutes * 60_000;
            assert_eq!(found(&sight, due - 1), []);
            assert_eq!(next_look(&sight, 2_000), Some(due));
            assert_eq!(troubles(&sight, due)[0].detail, detail);
        }
        assert_eq!(found(&sight(Status::Booked), day), [], "nobody has the goods yet");
        let done = Sight { promised_ms: Some(1), ..sight(Status::Delivered) };
        assert_eq!(found(&done, i64::MAX), [], "what is delivered is neither late nor silent");
    }

    #[test]
    fn what_a_person_resolved_is_no_news_while_it_is_the_same_thing() {
        let lasting = |lasts| {
            let incidents = vec![incident(Trouble::Return, lasts)];
            troubles(&Sight { incidents, ..sight(Status::InTransit) }, 3_000)
        };
        let case = |since_ms, ended_ms| Case {
            trouble: Trouble::Return,
            since_ms,
            is_open: false,
            ended_ms,
        };
        let news = |lasts, case: Case| news(lasting(lasts), &[case]).len();
        assert_eq!(news(true, case(500, None)), 1, "facts ended it, and facts open it again");
        assert_eq!(news(true, case(600, Some(700))), 0, "its beginning is told later");
        assert_eq!(news(false, case(710, Some(720))), 1, "that was another one");
        assert_eq!(news(false, case(710, Some(800))), 0, "this was known when that was resolved");
        assert_eq!(news(true, Case { is_open: true, ..case(1, None) }), 0);
        let other = Case { trouble: Trouble::Damage, ..case(500, Some(700)) };
        assert_eq!(news(true, other), 1);
    }

    proptest! {
        /// Between two looks the clock changes nothing: so looking only then misses nothing.
        #[test]
        fn nothing_becomes_wrong_before_the_next_look(
            status in proptest::sample::select(Status::ALL.to_vec()),
            promised in proptest::option::of(0_i64..400_000_000),
            heard in 0_i64..100_000_000,
            now in 0_i64..400_000_000,
            ahead in 0_i64..400_000_000,
            minutes in proptest::array::uniform3(1_i64..5_000),
        ) {
            let [halted_after_min, silent_after_min, delay_tolerance_min] = minutes;
            let limits = Limits { halted_after_min, silent_after_min, delay_tolerance_min, ..Limits::USUAL };
            let sight = Sight { heard_ms: heard, promised_ms: promised, limits, ..sight(status) };
            let kinds = |at| troubles(&sight, at).into_iter().map(|found| found.trouble).collect::<Vec<_>>();
            let next = next_look(&sight, now);
            let later = now + ahead;
            if next.is_none_or(|next| later < next) {
                prop_assert_eq!(kinds(now), kinds(later));
            }
        }
    }
}

//! Scans as milestones: bytes and profile in, values out. A scan polled and the same scan pushed are one fact with one key.

use caravan_connector_sdk::date::{self, Zone};
use caravan_connector_sdk::model::{
    Batch, Classifier, Direction, Leg, Milestone, Moment, Place, RawCode, Record, Reference,
    Reject, Scope, Severity, Span, Status,
};
use caravan_connector_sdk::{Failure, json};
use serde_json::value::RawValue;

use crate::profile::Profile;
use crate::reply::{Push, Reply, Scan, ScanEntry, Shipment};

/// What one package of a reply gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// Waybill.
    pub awb: String,
    /// The client's order number.
    pub order: String,
    /// Its milestones and rejects.
    pub batch: Batch,
}

/// Maps the reply `body`, document `document` of the call: one result a package, in the reply's order.
///
/// # Errors
/// `Unreadable` when the body is not Delhivery's JSON; the error that hides in an HTTP 200: `NotFound` when no waybill is
/// known, else `Upstream`.
pub fn map(body: &[u8], document: u32, profile: &Profile<'_>) -> Result<Vec<Tracked>, Failure> {
    let reply: Reply<'_> = json::read(body, document)?;
    let packages = reply.shipment_data.as_deref().unwrap_or_default();
    if packages.is_empty() {
        return Err(refusal(&reply));
    }
    let zone = profile.zone();
    let tracked = packages.iter().enumerate().map(|(index, entry)| {
        let path = format!("$.ShipmentData[{index}].Shipment");
        let mut mapper = Mapper::new(body, document, profile, &zone, &entry.shipment);
        mapper.package(&path, &entry.shipment);
        Tracked {
            awb: entry.shipment.awb.as_str().to_owned(),
            order: entry.shipment.reference_no.as_str().to_owned(),
            batch: mapper.batch,
        }
    });
    Ok(tracked.collect())
}

/// Maps a pushed scan, document 0 of the call.
///
/// # Errors
/// `Unreadable` when the body is not a push, or its scan has no waybill or time: there is nothing else in it.
pub fn map_push(body: &[u8], profile: &Profile<'_>) -> Result<Batch, Failure> {
    let Push { shipment: pushed } = json::read(body, 0)?;
    let shipment =
        Shipment { awb: pushed.awb, reference_no: pushed.reference_no, ..Shipment::default() };
    let zone = profile.zone();
    let mut mapper = Mapper::new(body, 0, profile, &zone, &shipment);
    let source = mapper.span(pushed.status.get());
    let unreadable = |message: &str| Failure::unreadable("delhivery-push", message, source);
    if shipment.awb.is_empty() {
        return Err(unreadable("the push names no waybill"));
    }
    let mut scan: Scan<'_> = serde_json::from_str(pushed.status.get())
        .map_err(|error| unreadable(&format!("$.Shipment.Status: {error}")))?;
    scan.nsl = pushed.nsl;
    let at = when(&scan, &zone).ok_or_else(|| unreadable("the push's time cannot be read"))?;
    mapper.scan("$.Shipment.Status", &scan, at, source);
    Ok(mapper.batch)
}

fn refusal(reply: &Reply<'_>) -> Failure {
    let said = if reply.error.is_empty() { &reply.remark } else { &reply.error };
    let text = said.as_str().to_ascii_lowercase();
    let unknown = ["no such waybill", "does not exist", "data does not exists"];
    if unknown.iter().any(|known| text.contains(known)) {
        return Failure::NotFound(said.as_str().to_owned());
    }
    if said.is_empty() && reply.success.as_str() != "false" {
        return Failure::NotFound("Delhivery answered without a package".to_owned());
    }
    Failure::Upstream(caravan_connector_sdk::UpstreamError {
        status: Some(200),
        code: None,
        message: said.as_str().to_owned(),
        retryable: false,
    })
}

struct Mapper<'a> {
    body: &'a [u8],
    document: u32,
    profile: &'a Profile<'a>,
    zone: &'a Zone,
    references: Vec<Reference>,
    batch: Batch,
}

impl<'a> Mapper<'a> {
    fn new(
        body: &'a [u8],
        document: u32,
        profile: &'a Profile<'a>,
        zone: &'a Zone,
        shipment: &Shipment<'_>,
    ) -> Self {
        let mut references = vec![Reference::new("awb", shipment.awb.as_str())];
        if !shipment.reference_no.is_empty() {
            references.push(Reference::new("order", shipment.reference_no.as_str()));
        }
        let batch = Batch { done: true, ..Batch::default() };
        Self { body, document, profile, zone, references, batch }
    }

    fn package(&mut self, path: &str, shipment: &Shipment<'_>) {
        let scans = shipment.scans.as_deref().unwrap_or_default();
        for (index, raw) in scans.iter().enumerate() {
            let at_path = || format!("{path}.Scans[{index}].ScanDetail");
            let read = serde_json::from_str::<ScanEntry<'_>>(raw.get());
            self.scan_or_reject(at_path, raw, read.map(|entry| entry.scan_detail));
        }
        // A package without scans still has the status that it is in.
        if let (true, Some(raw)) = (scans.is_empty(), shipment.status) {
            self.scan_or_reject(|| format!("{path}.Status"), raw, serde_json::from_str(raw.get()));
        }
        if let Some(raw) = shipment.expected_delivery_date {
            self.expected(path, raw, shipment.order_type.as_str());
        }
    }

    fn scan_or_reject(
        &mut self,
        path: impl Fn() -> String,
        raw: &RawValue,
        read: Result<Scan<'_>, serde_json::Error>,
    ) {
        let source = self.span(raw.get());
        let scan = match read {
            Ok(scan) => scan,
            Err(error) => {
                let message = format!("the scan cannot be read: {error}");
                return self.reject("delhivery-scan", path(), message, source);
            }
        };
        match when(&scan, self.zone) {
            Some(at) => self.scan(&path(), &scan, at, source),
            None => {
                let message = format!("{:?} is not a date and time", scan.scanned_at.as_str());
                self.reject("delhivery-timestamp", path(), message, source);
            }
        }
    }

    fn scan(&mut self, path: &str, scan: &Scan<'_>, at: Moment, source: Span) {
        let (kind, status, nsl) = (scan.kind.as_str(), scan.status.as_str(), scan.nsl.as_str());
        let code = format!("{kind}/{status}");
        let tables = &self.profile.tables;
        let found = tables.nsl.get(&format!("{code}/{nsl}")).or_else(|| tables.status.get(&code));
        if found.is_none() {
            self.batch.rejects.push(Reject {
                severity: Severity::Warning,
                code: "unmapped-code".to_owned(),
                path: path.to_owned(),
                message: format!("delhivery/status {code:?} has no meaning in the profile"),
                hint: Some(
                    "add it to mappings/profiles/delhivery/profile.json when Delhivery documents it"
                        .to_owned(),
                ),
                source,
            });
        }
        let direction = found.and_then(|meaning| meaning.direction);
        // RT is documented as the way back whatever the status text; a leg of an unknown text stays unknown.
        let fallback = if kind == "RT" { Direction::Return } else { Direction::Forward };
        let waybill = self.references.first().map_or("", |reference| reference.value.as_str());
        let milestone = Milestone {
            key: Some(format!("{waybill}/{}/{code}/{nsl}", at.instant_ms)),
            status: found.map_or(Status::Unmapped, |meaning| meaning.status),
            reason: found.and_then(|meaning| meaning.reason.to_option()),
            classifier: Classifier::Actual,
            leg: found.and_then(|meaning| meaning.leg),
            direction: direction.unwrap_or(fallback),
            scope: Scope::SHIPMENT,
            at,
            place: place(scan.location.as_str()),
            references: self.references.clone(),
            raw: RawCode {
                list: "delhivery/status".to_owned(),
                code,
                text: scan.instructions.to_option(),
            },
            raw_reason: (!nsl.is_empty()).then(|| RawCode {
                list: "delhivery/nsl".to_owned(),
                code: nsl.to_owned(),
                text: None,
            }),
            source,
            attributes: Vec::new(),
        };
        self.batch.records.push(Record::Milestone(Box::new(milestone)));
    }

    /// An expected date is a plan, never a delivery.
    fn expected(&mut self, path: &str, raw: &RawValue, order_type: &str) {
        let source = self.span(raw.get());
        let text = serde_json::from_str::<&str>(raw.get()).unwrap_or_default();
        if text.is_empty() {
            return;
        }
        let Some(at) = date::iso(text, self.zone) else {
            let message = format!("{text:?} is not a date and time");
            let path = format!("{path}.ExpectedDeliveryDate");
            return self.reject("delhivery-timestamp", path, message, source);
        };
        let back = order_type == "Pickup";
        let milestone = Milestone {
            key: None,
            status: Status::DeliveryScheduled,
            reason: None,
            classifier: Classifier::Estimated,
            leg: Some(if back { Leg::Return } else { Leg::LastMile }),
            direction: if back { Direction::Return } else { Direction::Forward },
            scope: Scope::SHIPMENT,
            at,
            place: None,
            references: self.references.clone(),
            raw: RawCode {
                list: "delhivery/field".to_owned(),
                code: "ExpectedDeliveryDate".to_owned(),
                text: None,
            },
            raw_reason: None,
            source,
            attributes: Vec::new(),
        };
        self.batch.records.push(Record::Milestone(Box::new(milestone)));
    }

    fn reject(&mut self, code: &str, path: String, message: String, source: Span) {
        self.batch.rejects.push(Reject {
            severity: Severity::Error,
            code: code.to_owned(),
            path,
            message,
            hint: Some(
                "the raw reply is kept: report it to Delhivery's integration team".to_owned(),
            ),
            source,
        });
    }

    /// Where `part`, a slice of the body, is in it.
    fn span(&self, part: &str) -> Span {
        let start = part.as_ptr().addr().saturating_sub(self.body.as_ptr().addr());
        let end = start.saturating_add(part.len());
        Span {
            document: self.document,
            start: u64::try_from(start).unwrap_or(u64::MAX),
            end: u64::try_from(end).unwrap_or(u64::MAX),
        }
    }
}

fn when(scan: &Scan<'_>, zone: &Zone) -> Option<Moment> {
    let text = if scan.scanned_at.is_empty() { &scan.status_at } else { &scan.scanned_at };
    date::iso(text.as_str(), zone)
}

/// `Delhi_Airport_GW (Delhi)`: facility, and its state in brackets.
fn place(text: &str) -> Option<Place> {
    if text.is_empty() {
        return None;
    }
    let split = text.strip_suffix(')').and_then(|text| text.rsplit_once(" ("));
    let (facility, region) =
        split.map_or((text, None), |(facility, region)| (facility, Some(region)));
    Some(Place {
        facility: Some(facility.to_owned()),
        region: region.map(str::to_owned),
        ..Place::default()
    })
}

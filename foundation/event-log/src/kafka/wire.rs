//! An event as a Kafka message: CloudEvents 1.0 in binary mode.
//!
//! The data is the value, the event's key is the message's key, and each attribute is a header `ce_<name>`; names and values are
//! those of the structured form (`caravan_events::cloud_event`). Beside them travel `traceparent` (W3C Trace Context, so that any
//! instrumented consumer continues the trace) and two headers of the log's own: the event's place in the outbox, by which
//! duplicates are told, and when it was appended.
//! Binding: CloudEvents "Kafka Protocol Binding" 1.0.2, §3.2.

use core::str::{self, FromStr};

use caravan_events::{Envelope, Kind};
use caravan_model::{ConnectionId, DocumentHash, Moment, RecordId, TenantId, TraceId, ZoneSource};
use caravan_telemetry::traces::Place as SpanPlace;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};

use crate::postgres::Place;
use crate::{Stored, telemetry};

const PLACE: &str = "caravan_outbox_position";
const APPENDED: &str = "caravan_appended_ms";
const TRACE: &str = "traceparent";
const CONNECTIONS: &str = "/connections/";
const SERVICES: &str = "/services";

/// The headers of `event`.
pub(super) fn headers(event: &Stored) -> OwnedHeaders {
    let Stored { envelope, .. } = event;
    let ours = envelope.connection == ConnectionId::OURS;
    let source =
        if ours { SERVICES.to_owned() } else { format!("{CONNECTIONS}{}", envelope.connection) };
    let time = Moment { instant_ms: envelope.time_ms, offset_min: 0, zone: ZoneSource::Sent };
    let mut headers = OwnedHeaders::new_with_capacity(13);
    let mut put = |key: &str, value: &str| {
        let whole = core::mem::replace(&mut headers, OwnedHeaders::new_with_capacity(0));
        headers = whole.insert(Header { key, value: Some(value) });
    };
    put("ce_specversion", "1.0");
    put("ce_id", &envelope.id.to_string());
    put("ce_source", &source);
    put("ce_type", envelope.kind.as_str());
    put("ce_subject", &envelope.key);
    put("ce_time", &time.to_rfc3339());
    put("ce_tenantid", &envelope.tenant.to_string());
    put("ce_partitionkey", &envelope.key);
    put("content-type", "application/json");
    if !ours {
        put("ce_documentid", &envelope.document.to_string());
    }
    if let Some(trace) = envelope.trace {
        put(TRACE, &SpanPlace { trace, span: telemetry::span_of(envelope.id) }.header(true));
    }
    put(PLACE, event.position.as_str());
    put(APPENDED, &event.appended_ms.to_string());
    headers
}

/// A message's headers, as far as they are ours.
#[derive(Default)]
pub(super) struct Attributes<'a> {
    pub(super) place: Option<Place>,
    pub(super) kind: &'a str,
    appended: &'a str,
    id: &'a str,
    source: &'a str,
    time: &'a str,
    tenant: &'a str,
    document: &'a str,
    trace: &'a str,
}

impl<'a> Attributes<'a> {
    pub(super) fn of(message: &'a impl Message) -> Self {
        let mut found = Self::default();
        let Some(headers) = message.headers() else { return found };
        for header in headers.iter() {
            let Some(Ok(value)) = header.value.map(str::from_utf8) else { continue };
            match header.key {
                PLACE => found.place = Place::parse(value),
                APPENDED => found.appended = value,
                TRACE => found.trace = value,
                "ce_id" => found.id = value,
                "ce_source" => found.source = value,
                "ce_type" => found.kind = value,
                "ce_time" => found.time = value,
                "ce_tenantid" => found.tenant = value,
                "ce_documentid" => found.document = value,
                _ => {}
            }
        }
        found
    }

    /// The event and when it was appended; `None` when an attribute or the data is not what [`headers`] wrote.
    pub(super) fn event(&self, message: &impl Message) -> Option<(Envelope, i64)> {
        let text = |bytes: Option<&[u8]>| {
            str::from_utf8(bytes.unwrap_or_default()).ok().map(str::to_owned)
        };
        let connection = match self.source.strip_prefix(CONNECTIONS) {
            Some(id) => ConnectionId::from_str(id).ok()?,
            None if self.source == SERVICES => ConnectionId::OURS,
            None => return None,
        };
        let document = match self.document {
            "" if connection == ConnectionId::OURS => DocumentHash::NONE,
            hash => DocumentHash::from_str(hash).ok()?,
        };
        let trace = match self.trace.split('-').nth(1) {
            Some(trace) => Some(TraceId::from_str(trace).ok()?),
            None => None,
        };
        let envelope = Envelope {
            id: RecordId::from_str(self.id).ok()?,
            tenant: TenantId::from_str(self.tenant).ok()?,
            connection,
            document,
            kind: Kind::new(self.kind.to_owned()),
            key: text(message.key())?,
            time_ms: Moment::from_rfc3339(self.time, ZoneSource::Sent)?.instant_ms,
            trace,
            data: text(message.payload())?,
        };
        Some((envelope, self.appended.parse().ok()?))
    }
}

/// The place of a message that is an event of ours.
pub(super) fn place(message: &BorrowedMessage<'_>) -> Option<Place> {
    Attributes::of(message).place
}

/// Whether an error is of the moment, and the client gets over it by itself.
pub(super) fn passes(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::AllBrokersDown
                | Code::BrokerTransportFailure
                | Code::BrokerDestroy
                | Code::OperationTimedOut
                | Code::RequestTimedOut
                | Code::Resolve
                | Code::PartitionEOF
                | Code::LeaderNotAvailable
                | Code::NotLeaderForPartition
                | Code::CoordinatorNotAvailable
                | Code::CoordinatorLoadInProgress
                | Code::NotCoordinator
        )
    )
}

#[cfg(test)]
mod tests {
    use caravan_events::cloud_event;
    use rdkafka::message::{OwnedMessage, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::{Partition, Position};

    fn stored(connection: ConnectionId, trace: Option<TraceId>) -> Stored {
        let document = if connection == ConnectionId::OURS {
            DocumentHash::NONE
        } else {
            DocumentHash([9; 32])
        };
        let envelope = Envelope {
            id: RecordId(Uuid::from_u128(0xabc << 64)),
            tenant: TenantId(Uuid::from_u128(7)),
            connection,
            document,
            kind: Kind::MILESTONE_RECORDED,
            key: "PRO 1/2 ü".to_owned(),
            time_ms: 1_599_752_100_123,
            trace,
            data: "{\"müller\":[1,2]}".to_owned(),
        };
        let position = Position::new("71:3");
        Stored { partition: Partition(3), position, appended_ms: 1_599_752_100_999, envelope }
    }

    fn message(event: &Stored) -> OwnedMessage {
        let Envelope { key, data, .. } = &event.envelope;
        OwnedMessage::new(
            Some(data.clone().into_bytes()),
            Some(key.clone().into_bytes()),
            "topic".to_owned(),
            Timestamp::NotAvailable,
            3,
            0,
            Some(headers(event)),
        )
    }

    #[test]
    fn what_is_written_is_read_back() {
        let party = ConnectionId(Uuid::from_u128(8));
        let traces = [None, Some(TraceId([10; 16]))];
        for (connection, trace) in [party, ConnectionId::OURS].into_iter().zip(traces) {
            let event = stored(connection, trace);
            let message = message(&event);
            let attributes = Attributes::of(&message);
            assert_eq!(attributes.place, Some(Place { xid: 71, pos: 3 }));
            assert_eq!(attributes.event(&message), Some((event.envelope, event.appended_ms)));
        }
    }

    #[test]
    fn attributes_are_those_of_the_structured_form() {
        let event = stored(ConnectionId(Uuid::from_u128(8)), Some(TraceId([10; 16])));
        let structured: serde_json::Value =
            serde_json::from_str(&cloud_event::to_json(&event.envelope).unwrap()).unwrap();
        let headers = headers(&event);
        let mut seen = 0;
        for header in headers.iter() {
            let value = str::from_utf8(header.value.unwrap()).unwrap();
            let Some(name) = header.key.strip_prefix("ce_") else { continue };
            assert_eq!(structured[name], value, "{name}");
            seen += 1;
        }
        // The trace has a header that every tracer reads; media type and data have their own places.
        let elsewhere = ["traceid", "datacontenttype", "data"];
        assert_eq!(seen + elsewhere.len(), structured.as_object().unwrap().len());
    }

    #[test]
    fn the_trace_goes_on_in_any_tracer() {
        let event = stored(ConnectionId::OURS, Some(TraceId([0xab; 16])));
        let headers = headers(&event);
        let trace = headers.iter().find(|header| header.key == "traceparent").unwrap();
        let text = str::from_utf8(trace.value.unwrap()).unwrap();
        assert_eq!(text, format!("00-{}-0000000000000abc-01", "ab".repeat(16)));
    }

    #[test]
    fn a_damaged_event_is_not_guessed_at() {
        let event = stored(ConnectionId(Uuid::from_u128(8)), None);
        let good = message(&event);
        let cut = good.clone().set_payload(Some(vec![0xff]));
        assert!(Attributes::of(&cut).event(&cut).is_none());
        let bare = good.replace_headers(None);
        assert!(Attributes::of(&bare).place.is_none());
    }
}

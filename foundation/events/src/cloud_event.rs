//! An envelope as a CloudEvents 1.0 JSON document (structured mode), and back.
//!
//! `id` + `source` identify the event, `subject` is the shipment's reference. Extension attributes, as CloudEvents wants them in
//! lower-case letters: `tenantid`, `documentid`, `traceid`, and `partitionkey` of the published partitioning extension.

use core::str::FromStr as _;

use caravan_model::{ConnectionId, DocumentHash, Moment, RecordId, TenantId, TraceId, ZoneSource};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Envelope, Kind};

/// What precedes the connection's id in `source`.
const SOURCE: &str = "/connections/";
/// The `source` of an event that a service of ours made, and no party's document.
const OURS: &str = "/services";

#[derive(Serialize, Deserialize)]
struct Document<'a> {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    time: String,
    datacontenttype: String,
    tenantid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    documentid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceid: Option<String>,
    partitionkey: String,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// A text that is not one of our events.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not JSON, or an attribute is missing; on writing, the data is not JSON.
    #[error("not a CloudEvents document of ours")]
    Json(#[from] serde_json::Error),
    /// Another version of CloudEvents.
    #[error("CloudEvents version {version:?} is not 1.0")]
    Version {
        /// The version as written.
        version: String,
    },
    /// An attribute's text is not of its type.
    #[error("attribute {attribute} has the value {value:?}, which it cannot have")]
    Attribute {
        /// Its name.
        attribute: &'static str,
        /// Its text.
        value: String,
    },
}

/// Writes `envelope` as CloudEvents JSON.
///
/// # Errors
/// [`Error::Json`] when its data is not JSON.
pub fn to_json(envelope: &Envelope) -> Result<String, Error> {
    let time =
        Moment { instant_ms: envelope.time_ms, offset_min: 0, zone: ZoneSource::Sent }.to_rfc3339();
    let ours = envelope.connection == ConnectionId::OURS;
    let document = Document {
        specversion: "1.0".to_owned(),
        id: envelope.id.to_string(),
        source: if ours { OURS.to_owned() } else { format!("{SOURCE}{}", envelope.connection) },
        kind: envelope.kind.to_string(),
        subject: envelope.key.clone(),
        time,
        datacontenttype: "application/json".to_owned(),
        tenantid: envelope.tenant.to_string(),
        documentid: (!ours).then(|| envelope.document.to_string()),
        traceid: envelope.trace.map(|trace| trace.to_string()),
        partitionkey: envelope.key.clone(),
        data: serde_json::from_str(&envelope.data)?,
    };
    Ok(serde_json::to_string(&document)?)
}

/// Reads what [`to_json`] wrote.
///
/// # Errors
/// [`Error`] says which attribute is missing or wrong.
pub fn from_json(text: &str) -> Result<Envelope, Error> {
    let document: Document<'_> = serde_json::from_str(text)?;
    if document.specversion != "1.0" {
        return Err(Error::Version { version: document.specversion });
    }
    let wrong = |attribute, value: &str| Error::Attribute { attribute, value: value.to_owned() };
    let connection = if document.source == OURS {
        ConnectionId::OURS
    } else {
        let id = document.source.strip_prefix(SOURCE);
        id.and_then(|id| ConnectionId::from_str(id).ok())
            .ok_or_else(|| wrong("source", &document.source))?
    };
    let time = Moment::from_rfc3339(&document.time, ZoneSource::Sent)
        .ok_or_else(|| wrong("time", &document.time))?;
    let trace = document
        .traceid
        .as_deref()
        .map(|text| TraceId::from_str(text).map_err(|_| wrong("traceid", text)))
        .transpose()?;
    Ok(Envelope {
        id: RecordId::from_str(&document.id).map_err(|_| wrong("id", &document.id))?,
        tenant: TenantId::from_str(&document.tenantid)
            .map_err(|_| wrong("tenantid", &document.tenantid))?,
        connection,
        document: match document.documentid.as_deref() {
            Some(id) => DocumentHash::from_str(id).map_err(|_| wrong("documentid", id))?,
            None if connection == ConnectionId::OURS => DocumentHash::NONE,
            None => return Err(wrong("documentid", "")),
        },
        kind: Kind::new(document.kind),
        key: document.partitionkey,
        time_ms: time.instant_ms,
        trace,
        data: document.data.get().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use caravan_model::{ConnectionId, DocumentHash, Record, TenantId, TraceId};
    use uuid::Uuid;

    use super::{Error, from_json, to_json};
    use crate::wire::examples;
    use crate::{Envelope, Kind};

    fn envelope() -> Envelope {
        Envelope::of_record(
            TenantId(Uuid::from_u128(7)),
            ConnectionId(Uuid::from_u128(8)),
            DocumentHash([9; 32]),
            Some(TraceId([10; 16])),
            1_599_752_100_123,
            &Record::Milestone(Box::new(examples::milestone())),
        )
        .unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let written = to_json(&envelope()).unwrap();
        assert_eq!(from_json(&written).unwrap(), envelope());
        assert!(written.contains(r#""specversion":"1.0""#), "{written}");
        assert!(written.contains(r#""time":"2020-09-10T15:35:00.123+00:00""#), "{written}");
    }

    #[test]
    fn a_services_own_event_has_neither_connection_nor_document() {
        let (tenant, kind) = (TenantId(Uuid::from_u128(7)), Kind::new("caravan.order.placed"));
        let event = |cause| {
            let (key, data) = ("4500017001".to_owned(), "{}".to_owned());
            Envelope::of_service(tenant, kind.clone(), key, cause, 1, None, data)
        };
        let written = to_json(&event("a/1")).unwrap();
        assert!(written.contains(r#""source":"/services""#), "{written}");
        assert!(!written.contains("documentid"), "{written}");
        assert_eq!(from_json(&written).unwrap(), event("a/1"));
        assert_ne!(event("a/1").id, event("a/2").id, "the id is made of the cause");
    }

    #[test]
    fn a_wrong_attribute_is_named() {
        let written = to_json(&envelope()).unwrap();
        let other = written.replace("\"1.0\"", "\"2.0\"");
        assert!(matches!(from_json(&other), Err(Error::Version { .. })));
        let other = written.replace("/connections/", "/else/");
        assert!(matches!(from_json(&other), Err(Error::Attribute { attribute: "source", .. })));
    }
}

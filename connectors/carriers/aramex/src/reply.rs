//! `ShipmentTrackingResponse` as Aramex's WSDL has it, as far as we read it.

use yaserde::YaDeserialize;

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "Envelope", prefix = "s", namespaces = { "s" = "http://schemas.xmlsoap.org/soap/envelope/" })]
pub(crate) struct Envelope {
    #[yaserde(prefix = "s", rename = "Body")]
    pub(crate) body: Body,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(
    prefix = "s",
    namespaces = {
        "s" = "http://schemas.xmlsoap.org/soap/envelope/",
        "v1" = "http://ws.aramex.net/ShippingAPI/v1/"
    }
)]
pub(crate) struct Body {
    #[yaserde(prefix = "v1", rename = "ShipmentTrackingResponse")]
    pub(crate) response: Response,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(prefix = "v1", namespaces = { "v1" = "http://ws.aramex.net/ShippingAPI/v1/" })]
pub(crate) struct Response {
    #[yaserde(prefix = "v1", rename = "Notifications")]
    pub(crate) notifications: Notifications,
    #[yaserde(prefix = "v1", rename = "HasErrors")]
    pub(crate) has_errors: String,
    #[yaserde(prefix = "v1", rename = "TrackingResults")]
    pub(crate) results: Results,
    #[yaserde(prefix = "v1", rename = "NonExistingWaybills")]
    pub(crate) missing: Missing,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(prefix = "v1", namespaces = { "v1" = "http://ws.aramex.net/ShippingAPI/v1/" })]
pub(crate) struct Notifications {
    #[yaserde(prefix = "v1", rename = "Notification")]
    pub(crate) list: Vec<Notification>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(prefix = "v1", namespaces = { "v1" = "http://ws.aramex.net/ShippingAPI/v1/" })]
pub(crate) struct Notification {
    #[yaserde(prefix = "v1", rename = "Code")]
    pub(crate) code: String,
    #[yaserde(prefix = "v1", rename = "Message")]
    pub(crate) message: String,
}

/// WCF writes a dictionary as a list of keys and values.
#[derive(Debug, Default, YaDeserialize)]
#[yaserde(prefix = "a", namespaces = { "a" = "http://schemas.microsoft.com/2003/10/Serialization/Arrays" })]
pub(crate) struct Results {
    #[yaserde(prefix = "a", rename = "KeyValueOfstringArrayOfTrackingResultmFAkxlpY")]
    pub(crate) entries: Vec<Entry>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(prefix = "a", namespaces = { "a" = "http://schemas.microsoft.com/2003/10/Serialization/Arrays" })]
pub(crate) struct Entry {
    #[yaserde(prefix = "a", rename = "Key")]
    pub(crate) waybill: String,
    #[yaserde(prefix = "a", rename = "Value")]
    pub(crate) value: Updates,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(prefix = "v1", namespaces = { "v1" = "http://ws.aramex.net/ShippingAPI/v1/" })]
pub(crate) struct Updates {
    #[yaserde(prefix = "v1", rename = "TrackingResult")]
    pub(crate) list: Vec<Update>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(prefix = "v1", namespaces = { "v1" = "http://ws.aramex.net/ShippingAPI/v1/" })]
pub(crate) struct Update {
    #[yaserde(prefix = "v1", rename = "UpdateCode")]
    pub(crate) code: String,
    #[yaserde(prefix = "v1", rename = "UpdateDescription")]
    pub(crate) description: String,
    #[yaserde(prefix = "v1", rename = "UpdateDateTime")]
    pub(crate) at: String,
    #[yaserde(prefix = "v1", rename = "UpdateLocation")]
    pub(crate) location: String,
    #[yaserde(prefix = "v1", rename = "Comments")]
    pub(crate) comments: String,
    #[yaserde(prefix = "v1", rename = "ProblemCode")]
    pub(crate) problem: String,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(prefix = "a", namespaces = { "a" = "http://schemas.microsoft.com/2003/10/Serialization/Arrays" })]
pub(crate) struct Missing {
    #[yaserde(prefix = "a", rename = "string")]
    pub(crate) waybills: Vec<String>,
}

//! The reply of `GET /track/shipments`, as far as we read it; field names of OpenAPI `track_v1.5.8.yaml`.

use serde::Deserialize;
use serde_json::value::RawValue;

use caravan_connector_sdk::text::Text;

/// The whole reply.
#[derive(Debug, Deserialize)]
pub(crate) struct Reply<'a> {
    #[serde(borrow)]
    pub(crate) shipments: Vec<Shipment<'a>>,
}

/// One shipment; DHL may find several of one number in different divisions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shipment<'a> {
    #[serde(borrow, default)]
    pub(crate) id: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) service: Text<'a>,
    /// The newest event once more; raw, because it is read only when it is not among the events.
    #[serde(borrow, default)]
    pub(crate) status: Option<&'a RawValue>,
    #[serde(default)]
    pub(crate) return_flag: Option<bool>,
    #[serde(borrow, default)]
    pub(crate) estimated_time_of_delivery: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) estimated_delivery_time_frame: Option<Frame<'a>>,
    #[serde(borrow, default)]
    pub(crate) details: Option<Details<'a>>,
    /// Raw, because the place of each in the reply is its provenance.
    #[serde(borrow, default)]
    pub(crate) events: Option<Vec<&'a RawValue>>,
}

/// `estimatedDeliveryTimeFrame`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Frame<'a> {
    #[serde(borrow)]
    pub(crate) estimated_from: Text<'a>,
    #[serde(borrow)]
    pub(crate) estimated_through: Text<'a>,
}

/// `details`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Details<'a> {
    #[serde(borrow)]
    pub(crate) total_number_of_pieces: Text<'a>,
    #[serde(borrow)]
    pub(crate) references: Option<Vec<Reference<'a>>>,
}

/// Another number of the shipment.
#[derive(Debug, Deserialize)]
pub(crate) struct Reference<'a> {
    #[serde(borrow, default)]
    pub(crate) number: Text<'a>,
    #[serde(borrow, default, rename = "type")]
    pub(crate) kind: Text<'a>,
}

/// An event, or the current status.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Event<'a> {
    #[serde(borrow)]
    pub(crate) timestamp: Text<'a>,
    #[serde(borrow)]
    pub(crate) status_code: Text<'a>,
    #[serde(borrow)]
    pub(crate) status: Text<'a>,
    #[serde(borrow)]
    pub(crate) description: Text<'a>,
    #[serde(borrow)]
    pub(crate) remark: Text<'a>,
    #[serde(borrow)]
    pub(crate) location: Option<Location<'a>>,
    #[serde(borrow)]
    pub(crate) piece_ids: Option<Vec<Text<'a>>>,
}

/// `location`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Location<'a> {
    #[serde(borrow)]
    pub(crate) address: Option<Address<'a>>,
    #[serde(borrow)]
    pub(crate) service_point: Option<ServicePoint<'a>>,
}

/// `location.address`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Address<'a> {
    #[serde(borrow)]
    pub(crate) address_locality: Text<'a>,
    #[serde(borrow)]
    pub(crate) address_region: Text<'a>,
    #[serde(borrow)]
    pub(crate) postal_code: Text<'a>,
    #[serde(borrow)]
    pub(crate) country_code: Text<'a>,
}

/// `location.servicePoint`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ServicePoint<'a> {
    #[serde(borrow)]
    pub(crate) label: Text<'a>,
}

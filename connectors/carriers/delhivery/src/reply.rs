//! What Delhivery sends, as far as we read it: the reply of the track API, and a pushed scan.

use caravan_connector_sdk::text::Text;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The reply of `GET /api/v1/packages/json/`: packages, or an error under HTTP 200.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Reply<'a> {
    #[serde(borrow)]
    pub(crate) shipment_data: Option<Vec<Entry<'a>>>,
    #[serde(borrow)]
    pub(crate) error: Text<'a>,
    #[serde(borrow)]
    pub(crate) success: Text<'a>,
    #[serde(borrow, rename = "rmk")]
    pub(crate) remark: Text<'a>,
}

/// `ShipmentData[]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry<'a> {
    #[serde(borrow)]
    pub(crate) shipment: Shipment<'a>,
}

/// `Shipment`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Shipment<'a> {
    #[serde(borrow, rename = "AWB")]
    pub(crate) awb: Text<'a>,
    #[serde(borrow)]
    pub(crate) reference_no: Text<'a>,
    #[serde(borrow)]
    pub(crate) order_type: Text<'a>,
    /// Raw, because the place of each in the reply is its provenance.
    #[serde(borrow)]
    pub(crate) expected_delivery_date: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) status: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) scans: Option<Vec<&'a RawValue>>,
}

/// `Scans[]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ScanEntry<'a> {
    #[serde(borrow)]
    pub(crate) scan_detail: Scan<'a>,
}

/// `ScanDetail`, and with Delhivery's other names for the same things also `Status`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Scan<'a> {
    #[serde(borrow, rename = "ScanType", alias = "StatusType")]
    pub(crate) kind: Text<'a>,
    #[serde(borrow, rename = "Scan", alias = "Status")]
    pub(crate) status: Text<'a>,
    #[serde(borrow, rename = "ScanDateTime")]
    pub(crate) scanned_at: Text<'a>,
    #[serde(borrow, rename = "StatusDateTime")]
    pub(crate) status_at: Text<'a>,
    #[serde(borrow, rename = "ScannedLocation", alias = "StatusLocation")]
    pub(crate) location: Text<'a>,
    #[serde(borrow, rename = "StatusCode")]
    pub(crate) nsl: Text<'a>,
    #[serde(borrow, rename = "Instructions")]
    pub(crate) instructions: Text<'a>,
}

/// The body of a push.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Push<'a> {
    #[serde(borrow)]
    pub(crate) shipment: Pushed<'a>,
}

/// `Shipment` of a push.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Pushed<'a> {
    #[serde(borrow)]
    pub(crate) status: &'a RawValue,
    #[serde(borrow, default, rename = "NSLCode")]
    pub(crate) nsl: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) reference_no: Text<'a>,
    #[serde(borrow, rename = "AWB")]
    pub(crate) awb: Text<'a>,
}

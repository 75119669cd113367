//! A carrier's answer to a tender as JSON: the data of `caravan.tender.answered`.

use core::str::FromStr as _;

use caravan_model as model;
use serde::{Deserialize, Serialize};

use super::Error;
use super::parts::{Moment, Named, RawCode, Reference, Span, all};

/// An answer to a tender; meanings as in [`model::TenderResponse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenderResponse {
    /// The source's own key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The tendered load's number.
    pub number: String,
    /// Who answers, as the tender named its carrier; as sent where no tender is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// `accepted`, `declined`, …
    pub answer: String,
    /// Why, as our reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why, as the carrier's code: that of `raw_reason`, for readers that need no list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<String>,
    /// The carrier's own number for the load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_reference: Option<String>,
    /// When it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Moment>,
    /// Other numbers.
    pub references: Vec<Reference>,
    /// The answer's code as sent.
    pub raw: RawCode,
    /// The reason's code as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_reason: Option<RawCode>,
    /// The bytes it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Span>,
    /// Everything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Named>,
}

impl From<&model::TenderResponse> for TenderResponse {
    fn from(response: &model::TenderResponse) -> Self {
        let response = response.clone();
        Self {
            key: response.key,
            number: response.number,
            carrier: response.carrier,
            answer: response.answer.as_str().to_owned(),
            reason: response.reason,
            reason_code: response.raw_reason.as_ref().map(|raw| raw.code.clone()),
            carrier_reference: response.carrier_reference,
            answered_at: response.answered_at.map(Moment::from),
            references: all(response.references),
            raw: response.raw.into(),
            raw_reason: response.raw_reason.map(RawCode::from),
            source: Some(response.source.into()),
            attributes: all(response.attributes),
        }
    }
}

impl TryFrom<TenderResponse> for model::TenderResponse {
    type Error = Error;
    fn try_from(wire: TenderResponse) -> Result<Self, Error> {
        Ok(Self {
            key: wire.key,
            number: wire.number,
            carrier: wire.carrier,
            answer: model::TenderAnswer::from_str(&wire.answer)?,
            reason: wire.reason,
            carrier_reference: wire.carrier_reference,
            answered_at: wire.answered_at.map(model::Moment::try_from).transpose()?,
            references: all(wire.references),
            raw: wire.raw.into(),
            raw_reason: wire.raw_reason.map(model::RawCode::from),
            source: wire.source.map(model::Span::from).unwrap_or_default(),
            attributes: all(wire.attributes),
        })
    }
}

//! What a verdict carries from reading to answering: JSON in `Verdict::detail`, opaque to the hub.

use caravan_mappings_idoc::status::Partner;
use caravan_mappings_idoc::{Control, Form, Problem};
use serde::{Deserialize, Serialize};

/// Enough of an IDoc to answer it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Detail {
    /// `xml` or `flat`: the answer comes in the same form.
    pub(crate) form: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) client: String,
    #[serde(default)]
    pub(crate) sender: Side,
    #[serde(default)]
    pub(crate) receiver: Side,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) segment: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
}

/// A partner as the control record names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Side {
    pub(crate) port: String,
    pub(crate) kind: String,
    pub(crate) function: String,
    pub(crate) number: String,
}

impl From<Side> for Partner {
    fn from(side: Side) -> Self {
        Self { port: side.port, kind: side.kind, function: side.function, number: side.number }
    }
}

impl Detail {
    /// The detail of an IDoc with the first problem, when it was not taken.
    pub(crate) fn new(form: Form, control: Option<&Control>, problem: Option<&Problem>) -> Self {
        let get = |name: &str| {
            control.and_then(|control| control.get(name)).unwrap_or_default().to_owned()
        };
        let side = |port, kind, function, number| Side {
            port: get(port),
            kind: get(kind),
            function: get(function),
            number: get(number),
        };
        Self {
            form: if form == Form::Flat { "flat" } else { "xml" }.to_owned(),
            client: get("MANDT"),
            sender: side("SNDPOR", "SNDPRT", "SNDPFC", "SNDPRN"),
            receiver: side("RCVPOR", "RCVPRT", "RCVPFC", "RCVPRN"),
            segment: problem.and_then(|problem| problem.segment),
            field: problem.and_then(|problem| problem.field.clone()),
            code: problem.map(|problem| problem.code.to_owned()),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

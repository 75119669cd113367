//! What is sent: events and a few words about the stream itself, in the form of each transport.

use axum::body::Bytes;
use axum::extract::ws::Utf8Bytes;
use caravan_event_log::Stored;
use caravan_events::{Kind, cloud_event};
use serde_json::{Value, json};

use crate::cursors::Cursors;
use caravan_visibility::scope_of;

/// One event, written down for both transports.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    /// What opens it.
    pub(crate) scope: &'static str,
    pub(crate) sse: Bytes,
    pub(crate) socket: Utf8Bytes,
}

impl Frame {
    /// The frame of an event, of which `cursors` is the last one passed.
    pub(crate) fn of(stored: &Stored, cursors: &Cursors) -> Result<Self, cloud_event::Error> {
        let kind = stored.envelope.kind.clone();
        let data = cloud_event::to_json(&stored.envelope)?;
        let id = cursors.to_text();
        Ok(Self {
            sse: sse(Some(&id), kind.as_str(), &data),
            socket: socket(Some(&id), kind.as_str(), &data),
            scope: scope_of(&kind),
            kind,
        })
    }
}

/// A word about the stream itself.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    event: &'static str,
    id: Option<String>,
    data: Value,
}

impl Notice {
    /// The stream stands here: with this id the caller can resume even if no event comes.
    pub(crate) fn ready(at: &Cursors) -> Self {
        Self { event: "ready", id: Some(at.to_text()), data: json!({}) }
    }

    /// Events were left out: read lists anew, then go on from here.
    pub(crate) fn reset(at: &Cursors) -> Self {
        let detail =
            "Too much has happened since this id; read your lists again and go on from here.";
        let data = json!({ "code": "gap-too-long", "detail": detail });
        Self { event: "reset", id: Some(at.to_text()), data }
    }

    /// The last frame: why the stream ends. The last id seen stays good.
    pub(crate) fn end(code: &str, detail: &str) -> Self {
        Self { event: "end", id: None, data: json!({ "code": code, "detail": detail }) }
    }

    pub(crate) fn sse(&self) -> Bytes {
        sse(self.id.as_deref(), self.event, &self.data.to_string())
    }

    pub(crate) fn socket(&self) -> Utf8Bytes {
        socket(self.id.as_deref(), self.event, &self.data.to_string())
    }
}

/// The form of Server-Sent Events (WHATWG HTML, §9.2). A line break inside JSON can only be white space, and each line of data is
/// a line of its own.
fn sse(id: Option<&str>, event: &str, data: &str) -> Bytes {
    let mut text = String::with_capacity(data.len().saturating_add(512));
    if let Some(id) = id {
        text.push_str("id: ");
        text.push_str(id);
        text.push('\n');
    }
    text.push_str("event: ");
    text.push_str(event);
    text.push('\n');
    for line in data.split(['\n', '\r']) {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text.into()
}

/// The same as one JSON object. `data` is JSON already.
fn socket(id: Option<&str>, event: &str, data: &str) -> Utf8Bytes {
    let (id, event) = (id.map_or(Value::Null, Into::into), Value::from(event));
    format!(r#"{{"id":{id},"event":{event},"data":{data}}}"#).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        assert_eq!(
            sse(Some("a"), "caravan.order.placed", "{\"x\":\n1}"),
            "id: a\nevent: caravan.order.placed\ndata: {\"x\":\ndata: 1}\n\n"
        );
        let socket: Value = serde_json::from_str(&socket(None, "end", "{\"x\":\n1}")).unwrap();
        assert_eq!(socket, json!({"id": null, "event": "end", "data": {"x": 1}}));
    }
}

//! What a call is about, and who the connector is.

/// What a call is about. `now_ms` is the only time that a mapping may see.
///
/// ```
/// let context = caravan_connector_sdk::Context { message: Some("x12/214".into()), ..Default::default() };
/// assert!(!context.dry_run);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The connection's id (UUID text); opaque to the connector.
    pub connection: String,
    /// Kind of the message that is expected (`x12/214`); none: whatever this connector understands.
    pub message: Option<String>,
    /// Milliseconds that the call may take, counted from its start.
    pub deadline_ms: u32,
    /// Milliseconds since 1970 UTC at the call's start; the same in a replay.
    pub now_ms: i64,
    /// W3C trace id, 32 hex digits, for the party's support desk and the log.
    pub trace_id: String,
    /// Whether nothing may change at the party.
    pub dry_run: bool,
}

/// Who the connector is; made by [`register!`](crate::register).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// The folder's name, lower-case kebab: `dhl`.
    pub id: String,
    /// The crate's version.
    pub version: String,
    /// Title for people.
    pub title: String,
    /// Message kinds that it reads or writes: `x12/214`.
    pub messages: Vec<String>,
}

//! Reading the party's JSON: borrowed structs where the shape is known, paths where it is not, and errors that say where.

use caravan_model::Span;
use serde::Deserialize;
use serde_json::Value;

use crate::Failure;

/// Reads `bytes` (document `document` of the call) as `T`, which may borrow from them.
///
/// # Errors
/// `Unreadable` with code `json`; its message begins with the path, and its source is where reading stopped.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Reply<'a> { #[serde(borrow)] events: Vec<Event<'a>> }
/// #[derive(serde::Deserialize)]
/// struct Event<'a> { code: &'a str }
///
/// let reply: Reply = caravan_connector_sdk::json::read(br#"{"events":[{"code":"PU"}]}"#, 1)?;
/// assert_eq!(reply.events.first().map(|event| event.code), Some("PU"));
///
/// let error = caravan_connector_sdk::json::read::<Reply>(br#"{"events":[{"code":"PU"},{"code":7}]}"#, 1);
/// assert!(error.err().unwrap().to_string().contains("$.events[1].code: invalid type: integer `7`"));
/// # Ok::<(), caravan_connector_sdk::Failure>(())
/// ```
pub fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8], document: u32) -> Result<T, Failure> {
    // One check of the whole text is cheaper than one a string.
    let read = match core::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(bytes),
    };
    read.map_err(|error| {
        let stopped = offset(bytes, error.line(), error.column());
        let path = path_at(bytes.get(..stopped).unwrap_or(bytes));
        let text = error.to_string();
        // serde_json appends the line and column, which mean little in a one-line reply.
        let what = text.split(" at line ").next().unwrap_or(&text);
        let start = u64::try_from(stopped).unwrap_or(u64::MAX);
        let source = Span { document, start, end: start };
        Failure::unreadable("json", format!("{path}: {what}"), source)
    })
}

/// Byte offset of serde_json's line (from 1) and column (bytes of the line that were read).
fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(line.saturating_sub(1)).map(<[u8]>::len).sum();
    before.saturating_add(column).min(bytes.len())
}

enum Step {
    Key(String),
    Index(usize),
}

/// A path goes no deeper: nobody reads further, and hostile nesting must not cost memory.
const STEPS_MAX: usize = 32;

/// The path (`$.events[1].code`) of the value at the end of `read`, the well-formed beginning of a JSON text.
fn path_at(read: &[u8]) -> String {
    let mut steps: Vec<Step> = Vec::new();
    // Levels below the last step that is kept.
    let mut below = 0_usize;
    let mut bytes = read.iter().copied();
    let mut expects_key = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' if steps.len() >= STEPS_MAX => below = below.saturating_add(1),
            b'}' | b']' if below > 0 => below = below.saturating_sub(1),
            b',' | b':' if below > 0 => {}
            b'{' => {
                steps.push(Step::Key(String::new()));
                expects_key = true;
            }
            b'[' => steps.push(Step::Index(0)),
            b'}' | b']' => {
                steps.pop();
            }
            b',' => match steps.last_mut() {
                Some(Step::Index(index)) => *index = index.saturating_add(1),
                _ => expects_key = true,
            },
            b':' => expects_key = false,
            b'"' => {
                let text = skip_string(&mut bytes);
                if below > 0 {
                    continue;
                }
                if let (true, Some(Step::Key(key))) = (expects_key, steps.last_mut()) {
                    *key = text;
                }
            }
            _ => {}
        }
    }
    // One text that grows: an allocator that frees nothing would keep every longer copy.
    let mut path = "$".to_owned();
    for step in &steps {
        match step {
            Step::Key(key) if key.is_empty() => {}
            Step::Key(key) => {
                path.push('.');
                path.push_str(key);
            }
            Step::Index(index) => {
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
            }
        }
    }
    if below > 0 {
        path.push('…');
    }
    path
}

/// The raw text up to the closing quote.
fn skip_string(bytes: &mut impl Iterator<Item = u8>) -> String {
    let mut text = Vec::new();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => text.extend([Some(byte), bytes.next()].into_iter().flatten()),
            _ => text.push(byte),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Something that is not where the mapping needs it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: expected {expected}, found {found}")]
pub struct ShapeError {
    /// Where, for example `$.shipments[0].events`.
    pub path: String,
    /// What the mapping needs: `a text`, `an array`, …
    pub expected: &'static str,
    /// What is there: `nothing`, `null`, `a number`, …
    pub found: &'static str,
}

impl From<ShapeError> for Failure {
    fn from(error: ShapeError) -> Self {
        Self::unreadable("json-shape", error.to_string(), Span::default())
    }
}

/// A value that knows where it is; costs nothing until something is wrong.
///
/// ```
/// use caravan_connector_sdk::json::Node;
/// let value = serde_json::from_str(r#"{"ShipmentData":[{"Shipment":{"AWB":"124","Scans":null}}]}"#).unwrap();
/// let shipment = Node::new(&value).array("ShipmentData")?.next().unwrap().get("Shipment")?;
/// assert_eq!(shipment.text("AWB")?, "124");
/// assert_eq!(shipment.find("Scans"), None);
/// let error = shipment.array("Scans").err().unwrap();
/// assert_eq!(error.to_string(), "$.ShipmentData[0].Shipment.Scans: expected an array, found null");
/// # Ok::<(), caravan_connector_sdk::json::ShapeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node<'a> {
    root: &'a Value,
    value: &'a Value,
}

impl<'a> Node<'a> {
    /// The root of a document.
    #[must_use]
    pub fn new(root: &'a Value) -> Self {
        Self { root, value: root }
    }

    /// The value itself.
    #[must_use]
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// A member that is there and not null.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Self { value, ..*self })
    }

    /// A member's text, when it is there and is a text that is not blank.
    #[must_use]
    pub fn find_text(&self, name: &str) -> Option<&'a str> {
        self.find(name)?.value.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// A member.
    ///
    /// # Errors
    /// When it is missing or null.
    pub fn get(&self, name: &str) -> Result<Self, ShapeError> {
        self.find(name).ok_or_else(|| self.wrong(name, "a value"))
    }

    /// A member's text, untrimmed.
    ///
    /// # Errors
    /// When it is missing or not a text.
    pub fn text(&self, name: &str) -> Result<&'a str, ShapeError> {
        let text = self.value.get(name).and_then(Value::as_str);
        text.ok_or_else(|| self.wrong(name, "a text"))
    }

    /// The elements of a member.
    ///
    /// # Errors
    /// When it is missing or not an array.
    pub fn array(&self, name: &str) -> Result<impl Iterator<Item = Self> + use<'a>, ShapeError> {
        let items = self.value.get(name).and_then(Value::as_array);
        let items = items.ok_or_else(|| self.wrong(name, "an array"))?;
        let root = self.root;
        Ok(items.iter().map(move |value| Node { root, value }))
    }

    /// Where this value is, for example `$.shipments[0]`.
    #[must_use]
    pub fn path(&self) -> String {
        let mut steps = Vec::new();
        locate(self.root, self.value, &mut steps);
        steps.iter().rev().fold("$".to_owned(), |path, step| path + step)
    }

    fn wrong(&self, name: &str, expected: &'static str) -> ShapeError {
        let found = match self.value.get(name) {
            None => "nothing",
            Some(Value::Null) => "null",
            Some(Value::Bool(_)) => "a boolean",
            Some(Value::Number(_)) => "a number",
            Some(Value::String(_)) => "a text",
            Some(Value::Array(_)) => "an array",
            Some(Value::Object(_)) => "an object",
        };
        ShapeError { path: format!("{}.{name}", self.path()), expected, found }
    }
}

/// Collects the steps from `target` up to `from`, innermost first; false when it is not below.
fn locate(from: &Value, target: &Value, steps: &mut Vec<String>) -> bool {
    if core::ptr::eq(from, target) {
        return true;
    }
    let found = match from {
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items
                .find_map(|(index, item)| locate(item, target, steps).then(|| format!("[{index}]")))
        }
        Value::Object(members) => {
            let mut members = members.iter();
            members.find_map(|(name, member)| {
                locate(member, target, steps).then(|| format!(".{name}"))
            })
        }
        _ => None,
    };
    let Some(step) = found else { return false };
    steps.push(step);
    true
}

#[cfg(test)]
mod tests {
    use super::path_at;

    #[test]
    fn a_path_ends_where_nobody_reads_further() {
        assert_eq!(path_at(br#"{"a":[1,{"b":2},{"c":"#), "$.a[2].c");
        let path = path_at("{\"a\":".repeat(100_000).as_bytes());
        assert!(path.len() < 100 && path.ends_with('…'), "{path}");
        // What is deep and closed again is as if it had not been.
        let closed = format!("{{\"a\":{}{},\"b\":", "[".repeat(50), "]".repeat(50));
        assert_eq!(path_at(closed.as_bytes()), "$.b");
    }
}

//! One cell of an OpenDocument table: what its attributes declare, and the text that people see in it.

use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};

use super::super::{damaged, too_much};
use super::{Source, attribute};
use crate::limits::Limits;
use crate::refused::Refused;
use crate::serial;
use crate::table::Kind;

/// The text and kind of a cell.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) kind: Kind,
    pub(super) text: String,
}

impl Value {
    /// What the attributes say; `None` when the cell is text, which stands in its paragraphs.
    pub(super) fn declared(element: &BytesStart<'_>) -> Result<Option<Self>, Refused> {
        let Some(kind) = attribute(element, "office:value-type")? else { return Ok(None) };
        let stored = |name: &str| attribute(element, name);
        Ok(match kind.as_str() {
            "float" | "currency" | "percentage" => stored("office:value")?.map(|value| {
                let mut text = String::new();
                match value.parse::<f64>() {
                    Ok(number) if number.is_finite() => serial::push_number(number, &mut text),
                    _ => text = value,
                }
                Self { kind: Kind::Number, text }
            }),
            "date" => stored("office:date-value")?.map(|value| Self {
                kind: Kind::Date,
                // Midnight is how a date without a time is written by some programs.
                text: value.strip_suffix("T00:00:00").map(str::to_owned).unwrap_or(value),
            }),
            "time" => stored("office:time-value")?
                .map(|value| Self { kind: Kind::Time, text: clock(&value).unwrap_or(value) }),
            "boolean" => stored("office:boolean-value")?
                .map(|value| Self { kind: Kind::Bool, text: value.to_ascii_uppercase() }),
            _ => stored("office:string-value")?.map(|text| Self { kind: Kind::Text, text }),
        })
    }
}

/// `PT10H30M00S` as `10:30:00`.
fn clock(value: &str) -> Option<String> {
    let rest = value.strip_prefix("PT")?;
    let (hours, rest) = rest.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?.split('.').next()?;
    let number = |text: &str| text.parse::<u32>().ok();
    Some(format!("{:02}:{:02}:{:02}", number(hours)?, number(minutes)?, number(seconds)?))
}

/// Reads to the end of the cell; paragraphs become lines.
pub(super) fn finish(
    source: &mut Source<'_>,
    end: &str,
    declared: Option<Value>,
    limits: &Limits,
) -> Result<Value, Refused> {
    let mut text = String::new();
    let mut paragraphs = 0_u32;
    // Comments and drawings have paragraphs of their own, which are not the cell's.
    let mut aside = 0_u32;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match source.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(element) => match element.name().as_ref() {
                "office:annotation" | "draw:frame" | "table:table" => {
                    aside = aside.saturating_add(1)
                }
                "text:p" if aside == 0 => {
                    if paragraphs > 0 {
                        text.push('\n');
                    }
                    paragraphs = paragraphs.saturating_add(1);
                }
                "text:s" if aside == 0 => {
                    let spaces =
                        attribute(&element, "text:c")?.and_then(|count| count.parse().ok());
                    let spaces = Ord::min(spaces.unwrap_or(1), limits.cell_chars_max);
                    text.extend(core::iter::repeat_n(' ', spaces));
                }
                "text:tab" if aside == 0 => text.push('\t'),
                "text:line-break" if aside == 0 => text.push('\n'),
                _ => {}
            },
            Event::Text(part) if aside == 0 && paragraphs > 0 => {
                text.push_str(&part.xml10_content());
            }
            Event::GeneralRef(name) if aside == 0 && paragraphs > 0 => {
                push_reference(&name, &mut text)?;
            }
            Event::End(element) => match element.name().as_ref() {
                "office:annotation" | "draw:frame" | "table:table" => {
                    aside = aside.saturating_sub(1)
                }
                name if name == end && aside == 0 => break,
                _ => {}
            },
            Event::Eof => return Err(damaged("content.xml ends inside a cell")),
            _ => {}
        }
        // Spaces are written by number: the text may be longer than its XML.
        if text.len() > limits.cell_chars_max.saturating_mul(4) {
            return Err(too_much("characters", "in a cell", limits.cell_chars_max));
        }
    }
    Ok(match declared {
        // An error is stored as a text without a value of its own.
        None if text.starts_with('#') && text.ends_with(['!', '?', 'A']) => {
            Value { kind: Kind::Error, text }
        }
        None => Value { kind: Kind::Text, text },
        Some(declared) => declared,
    })
}

fn push_reference(
    name: &quick_xml::events::BytesRef<'_>,
    text: &mut String,
) -> Result<(), Refused> {
    if let Some(character) = name.resolve_char_ref().map_err(damaged)? {
        text.push(character);
        return Ok(());
    }
    let name = name.xml10_content();
    match quick_xml::escape::resolve_predefined_entity(&name) {
        Some(resolved) => text.push_str(resolved),
        None => return Err(damaged(format!("an unknown entity &{name};"))),
    }
    Ok(())
}

/// The value of an attribute with its entities resolved.
pub(super) fn unescaped(attribute: &Attribute<'_>) -> Result<String, Refused> {
    Ok(quick_xml::escape::unescape(&attribute.value).map_err(damaged)?.into_owned())
}

//! `caravan documents`, `document`, `replay`: what was received, what became of it, once more.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::args::Documents;
use crate::client::Client;
use crate::failure::Failure;

/// Most documents of a page.
const PAGE_MAX: usize = 200;

pub(crate) async fn list(data: &Path, asked: &Documents) -> Result<ExitCode, Failure> {
    let client = Client::open(data)?;
    let mut filter = String::new();
    if let Some(status) = &asked.status {
        filter.push_str("&status=");
        filter.extend(url::form_urlencoded::byte_serialize(status.as_bytes()));
    }
    let rows = newest(&client, &filter, asked.limit).await?;
    if asked.json {
        println!("{}", json!({ "items": rows }));
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{:<12} {:<12} {:<9} {:<13} {:>8} {:>8} {:>8}  NAME",
        "DOCUMENT", "STATUS", "DOOR", "PARTY", "BYTES", "RECORDS", "REJECTS"
    );
    for row in &rows {
        println!(
            "{:<12} {:<12} {:<9} {:<13} {:>8} {:>8} {:>8}  {}",
            text(row, "id").get(..12).unwrap_or_default(),
            text(row, "status"),
            text(row, "door"),
            text(row, "party"),
            number(row, "size_bytes"),
            number(row, "records"),
            number(row, "rejects"),
            text(row, "name"),
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// At most `limit` documents, page by page.
async fn newest(client: &Client, filter: &str, limit: u32) -> Result<Vec<Value>, Failure> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let left = limit.saturating_sub(rows.len());
        let path = format!("/v1/documents?limit={}{filter}{cursor}", left.clamp(1, PAGE_MAX));
        let page = client.get(&path).await?;
        rows.extend(array(&page, "items").iter().take(left).cloned());
        let next = text(&page, "next");
        if next.is_empty() || rows.len() >= limit {
            return Ok(rows);
        }
        cursor = format!("&cursor={next}");
    }
}

pub(crate) async fn show(
    data: &Path,
    id: &str,
    raw: bool,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let client = Client::open(data)?;
    if raw {
        let mut response = client.stream(&format!("/v1/documents/{id}/raw")).await?;
        let mut stdout = std::io::stdout().lock();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| Failure::of("the stream broke", &error))?
        {
            stdout.write_all(&chunk).map_err(|error| Failure::of("standard output", &error))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let document = client.get(&format!("/v1/documents/{id}")).await?;
    if as_json {
        println!("{document}");
        return Ok(ExitCode::SUCCESS);
    }
    print_head(&document);
    print_parts(&document);
    Ok(ExitCode::SUCCESS)
}

/// What it is, how it stands, and the steps with their times.
fn print_head(document: &Value) {
    for (label, key) in [
        ("document", "id"),
        ("name", "name"),
        ("door", "door"),
        ("party", "party"),
        ("status", "status"),
        ("trace", "trace_id"),
        ("class", "failure_class"),
        ("code", "failure_code"),
        ("problem", "failure_text"),
    ] {
        let value = text(document, key);
        if !value.is_empty() {
            println!("{label:<9} {value}");
        }
    }
    println!("{:<9} {}", "bytes", number(document, "size_bytes"));
    println!("\nsteps");
    for step in array(document, "steps") {
        println!(
            "  {:<12} {:>9} µs  {}",
            text(step, "step"),
            number(step, "duration_us"),
            text(step, "detail")
        );
    }
}

/// Records, rejects and answers.
fn print_parts(document: &Value) {
    println!(
        "\nrecords ({}, {} of them known before)",
        number(document, "records"),
        number(document, "duplicates")
    );
    for record in array(document, "shown_records") {
        println!(
            "  bytes {}..{}  {}",
            number(record, "start"),
            number(record, "end"),
            summary(record)
        );
    }
    println!(
        "\nrejects ({} errors, {} warnings)",
        number(document, "rejects"),
        number(document, "warnings")
    );
    for reject in array(document, "shown_rejects") {
        println!(
            "  bytes {}..{}  {} {}  {}: {}",
            number(reject, "start"),
            number(reject, "end"),
            text(reject, "severity"),
            text(reject, "code"),
            text(reject, "path"),
            text(reject, "message"),
        );
        let hint = text(reject, "hint");
        if !hint.is_empty() {
            println!("      hint: {hint}");
        }
    }
    println!("\nanswers");
    for answer in array(document, "answers") {
        println!(
            "  {}  {}  {} bytes",
            text(answer, "kind"),
            text(answer, "name"),
            number(answer, "size_bytes")
        );
    }
}

/// A record in one line.
fn summary(record: &Value) -> String {
    let data = record.get("data").unwrap_or(&Value::Null);
    let first = |key: &str| text(data, key).to_owned();
    match text(record, "kind") {
        "caravan.milestone.recorded" => {
            let reference = array(data, "references")
                .first()
                .map(|each| text(each, "value"))
                .unwrap_or_default();
            format!(
                "milestone  {} {} {}",
                first("status"),
                reference,
                data.pointer("/at/time").and_then(Value::as_str).unwrap_or_default()
            )
        }
        "caravan.order.received" => format!("order  {} {}", first("kind"), first("number")),
        "caravan.freight-invoice.received" => format!("freight invoice  {}", first("number")),
        other => other.to_owned(),
    }
}

pub(crate) async fn replay(data: &Path, id: &str, dry_run: bool) -> Result<ExitCode, Failure> {
    let answer =
        Client::open(data)?.post(&format!("/v1/documents/{id}/replay?dry_run={dry_run}")).await?;
    if dry_run {
        for record in array(&answer, "records") {
            println!("{record}");
        }
        for reject in array(&answer, "rejects") {
            println!("{reject}");
        }
        eprintln!(
            "would give {} records and {} rejects; nothing was published",
            array(&answer, "records").len(),
            array(&answer, "rejects").len()
        );
        if let Some(stopped) = answer.get("stopped").filter(|stopped| !stopped.is_null()) {
            eprintln!("stopped: {} ({})", text(stopped, "message"), text(stopped, "code"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "document {} is processed again; `caravan document {id}` shows how it ends",
        text(&answer, "id").get(..12).unwrap_or_default()
    );
    Ok(ExitCode::SUCCESS)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, key: &str) -> i64 {
    value.get(key).and_then(Value::as_i64).unwrap_or_default()
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

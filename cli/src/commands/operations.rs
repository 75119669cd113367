//! `caravan operations`: how the installation stands, in lines for people or as the API answers it.

use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;

use crate::client::Client;
use crate::failure::Failure;

pub(crate) async fn run(data: &Path, as_json: bool) -> Result<ExitCode, Failure> {
    let stand = Client::open(data)?.get("/v1/operations").await?;
    if as_json {
        println!("{stand}");
    } else {
        print(&stand);
    }
    let well = text(&stand, "/status") == "ok";
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(stand: &Value) {
    roles(stand);
    println!();
    groups(stand);
    println!();
    stores(stand);
    yours(stand);
}

fn roles(stand: &Value) {
    println!("ROLE         STATUS       PROCESSES REQUESTS/MIN   FAILED    P95 MS");
    for role in list(stand, "/roles") {
        let failed = role.pointer("/failed").and_then(Value::as_f64).unwrap_or_default();
        println!(
            "{:<12} {:<12} {:>9} {:>12} {:>7.2}% {:>9}",
            text(role, "/role"),
            text(role, "/status"),
            figure(role, "/processes"),
            figure(role, "/requests_per_min"),
            failed * 100.0,
            figure(role, "/p95_ms")
        );
    }
    for process in list(stand, "/processes") {
        let names: Vec<&str> = list(process, "/roles").iter().filter_map(Value::as_str).collect();
        for check in list(process, "/checks").iter().filter(|check| is(check, "/ok", false)) {
            let (name, detail) = (text(check, "/name"), text(check, "/detail"));
            println!("wrong  {}: {name}: {detail}", names.join(","));
        }
    }
}

fn groups(stand: &Value) {
    println!("GROUP                        STATUS       MEMBERS   BEHIND  OLDEST S");
    for group in list(stand, "/log/groups") {
        let more = if is(group, "/more", true) { "+" } else { "" };
        println!(
            "{:<28} {:<12} {:>7} {:>8} {:>9}",
            text(group, "/group"),
            text(group, "/status"),
            figure(group, "/members"),
            format!("{}{more}", figure(group, "/behind")),
            figure(group, "/oldest_s")
        );
    }
}

fn stores(stand: &Value) {
    println!(
        "database     {}, {} MiB, {} of {} connections",
        text(stand, "/database/status"),
        mebibytes(stand, "/database/bytes"),
        figure(stand, "/database/connections"),
        figure(stand, "/database/connections_max")
    );
    for disk in list(stand, "/disks") {
        let (free, all) = (mebibytes(disk, "/free_bytes"), mebibytes(disk, "/bytes"));
        println!("documents    {free} MiB free of {all}");
    }
    if stand.get("kafka").is_some() {
        let (status, brokers) = (text(stand, "/kafka/status"), figure(stand, "/kafka/brokers"));
        println!("kafka        {status}, {brokers} brokers");
    }
}

fn yours(stand: &Value) {
    println!("quarantined  {} documents of yours", figure(stand, "/yours/quarantined"));
    for parked in list(stand, "/yours/parked") {
        println!(
            "parked       {} events of yours in {}",
            figure(parked, "/events"),
            text(parked, "/group")
        );
    }
    for breaker in list(stand, "/yours/breakers") {
        println!(
            "breaker      {} {}: {}",
            text(breaker, "/connection"),
            text(breaker, "/endpoint"),
            text(breaker, "/state")
        );
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("-")
}

fn figure(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).map_or_else(|| "-".to_owned(), Value::to_string)
}

fn is(value: &Value, pointer: &str, wanted: bool) -> bool {
    value.pointer(pointer) == Some(&Value::Bool(wanted))
}

fn mebibytes(value: &Value, pointer: &str) -> String {
    let bytes = value.pointer(pointer).and_then(Value::as_u64);
    bytes.map_or_else(|| "-".to_owned(), |bytes| (bytes >> 20).to_string())
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

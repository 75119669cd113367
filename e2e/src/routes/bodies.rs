//! Bodies of routes for which the smallest value of their schema will not do: it says nothing, or is no JSON.

use serde_json::{Value, json};

use crate::steps::orders::{CARRIER, order};

/// Media type and bytes for the operation of this id; none where its schema has all that is needed.
pub(super) fn of(operation: &str) -> Option<(&'static str, Vec<u8>)> {
    if let Some((kind, text)) = file(operation) {
        return Some((kind, text.as_bytes().to_vec()));
    }
    value(operation).map(|value| ("application/json", value.to_string().into_bytes()))
}

fn file(operation: &str) -> Option<(&'static str, &'static str)> {
    Some(match operation {
        "postDocument" => ("application/edi-x12", "this is no interchange\n"),
        "importFreightInvoices" => ("text/csv", "carrier,number\nDEMO,ROUTES-9\n"),
        "importRateContracts" => ("text/csv", "carrier,name\nDEMO,Routes\n"),
        "uploadImport" => ("text/csv", "order number,origin,destination\nROUTES-9,Pune,Chennai\n"),
        _ => return None,
    })
}

fn value(operation: &str) -> Option<Value> {
    Some(match operation {
        "placeOrder" | "changeOrder" => order("ROUTES-ROLE"),
        "resolveOrderConflict" => json!({ "reason": "seen" }),
        "createRateContract" | "addRateContractVersion" | "editRateContractVersion" => {
            terms("Routes role")
        }
        // An issuer that nobody is asked about.
        "makeIdentityProvider" | "changeIdentityProvider" => json!({
            "name": "Login", "issuer": "https://", "client_id": "c", "client_secret": "s", "domains": ["demo.example"],
        }),
        _ => return None,
    })
}

/// What a carrier and a shipper agree on.
pub(super) fn terms(name: &str) -> Value {
    json!({
        "carrier": CARRIER, "name": name, "currency": "INR", "valid_from": "2020-01-01",
        "lanes": [{
            "line": 1, "origin": { "country": "IN", "region": "GJ" }, "destination": { "country": "IN", "region": "WB" },
            "slabs": [{ "per": "kg", "amount": "9.00" }],
        }],
    })
}

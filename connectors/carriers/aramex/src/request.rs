//! `ShipmentTrackingRequest` as Aramex's WSDL has it. Credentials are placeholders that the host fills in at egress.

use yaserde::YaSerialize;

#[derive(Debug, YaSerialize)]
#[yaserde(
    rename = "ShipmentTrackingRequest",
    prefix = "v1",
    namespaces = {
        "v1" = "http://ws.aramex.net/ShippingAPI/v1/",
        "arr" = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
    }
)]
struct ShipmentTrackingRequest {
    #[yaserde(prefix = "v1", rename = "ClientInfo")]
    client_info: ClientInfo,
    #[yaserde(prefix = "v1", rename = "Shipments")]
    shipments: Shipments,
    #[yaserde(prefix = "v1", rename = "GetLastTrackingUpdateOnly")]
    last_only: bool,
}

#[derive(Debug, YaSerialize)]
#[yaserde(prefix = "v1", namespaces = { "v1" = "http://ws.aramex.net/ShippingAPI/v1/" })]
struct ClientInfo {
    #[yaserde(prefix = "v1", rename = "UserName")]
    user_name: String,
    #[yaserde(prefix = "v1", rename = "Password")]
    password: String,
    #[yaserde(prefix = "v1", rename = "Version")]
    version: String,
    #[yaserde(prefix = "v1", rename = "AccountNumber")]
    account_number: String,
    #[yaserde(prefix = "v1", rename = "AccountPin")]
    account_pin: String,
    #[yaserde(prefix = "v1", rename = "AccountEntity")]
    account_entity: String,
    #[yaserde(prefix = "v1", rename = "AccountCountryCode")]
    account_country_code: String,
}

#[derive(Debug, YaSerialize)]
#[yaserde(prefix = "arr", namespaces = { "arr" = "http://schemas.microsoft.com/2003/10/Serialization/Arrays" })]
struct Shipments {
    #[yaserde(prefix = "arr", rename = "string")]
    numbers: Vec<String>,
}

/// The request for these waybills, for the body of a SOAP envelope.
///
/// # Errors
/// What the serializer says; texts of numbers always serialize.
pub(crate) fn write(waybills: &[&str]) -> Result<String, yaserde::Error> {
    let field = |name: &str| format!("{{{{client.{name}}}}}");
    let request = ShipmentTrackingRequest {
        client_info: ClientInfo {
            user_name: field("user_name"),
            password: field("password"),
            version: "v1.0".to_owned(),
            account_number: field("account_number"),
            account_pin: field("account_pin"),
            account_entity: field("account_entity"),
            account_country_code: field("account_country_code"),
        },
        shipments: Shipments { numbers: waybills.iter().map(|&one| one.to_owned()).collect() },
        last_only: false,
    };
    let config = yaserde::ser::Config {
        write_document_declaration: false,
        ..yaserde::ser::Config::default()
    };
    yaserde::ser::to_string_with_config(&request, &config)
}

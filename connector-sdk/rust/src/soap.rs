//! SOAP 1.1 and 1.2: an envelope around a body, and the body or the fault of an answer.

use crate::failure::UpstreamError;
use crate::xml::{self, Element};
use crate::{Failure, HttpRequest, HttpResponse};

/// A SOAP 1.1 call of `action` with `body`, XML that declares its own namespaces.
///
/// ```
/// let request = caravan_connector_sdk::soap::call("api", "/track", "urn:Track", "<Track/>");
/// assert!(String::from_utf8(request.body).unwrap().contains("<soap:Body><Track/></soap:Body>"));
/// ```
#[must_use]
pub fn call(endpoint: &str, path: &str, action: &str, body: &str) -> HttpRequest {
    let envelope = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\
         <soap:Body>{body}</soap:Body></soap:Envelope>"
    );
    HttpRequest::post(endpoint, path, "text/xml; charset=utf-8", envelope)
        .header("soapaction", format!("\"{action}\""))
}

/// The first element in the answer's body. A fault is a failure whatever the HTTP status, and its words are kept.
///
/// # Errors
/// `Upstream` with the fault's code for a fault, retryable when the server's side is at fault (`Server`, `Receiver`);
/// the status's own failure when there is no envelope and the status is not 2xx; else `Unreadable`.
///
/// ```
/// use caravan_connector_sdk::{Failure, HttpResponse, soap};
/// let fault = r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>
///     <faultcode>s:Client</faultcode><faultstring>no such account</faultstring></s:Fault></s:Body></s:Envelope>"#;
/// let Err(Failure::Upstream(error)) = soap::body(HttpResponse::new(200, fault), 0) else { panic!() };
/// assert_eq!((error.code.as_deref(), error.message.as_str(), error.retryable), (Some("Client"), "no such account", false));
/// ```
pub fn body(response: HttpResponse, now_ms: i64) -> Result<Element, Failure> {
    let document = response.document;
    let parsed = xml::parse(&response.body);
    let envelope = match parsed {
        Ok(envelope) if envelope.name == "Envelope" => envelope,
        other => {
            let response = response.check(now_ms)?;
            let root = other.map_err(|error| error.into_failure(response.document))?;
            let message = format!("expected a SOAP envelope, found <{}>", root.name);
            return Err(Failure::unreadable("soap-envelope", message, root.span(document)));
        }
    };
    let first = envelope.child("Body").and_then(|body| body.children.first());
    match first {
        Some(fault) if fault.name == "Fault" => {
            Err(Failure::Upstream(read_fault(fault, response.status)))
        }
        Some(first) => {
            let first = first.clone();
            response.check(now_ms)?;
            Ok(first)
        }
        None => {
            let message = "the SOAP envelope has an empty body";
            Err(Failure::unreadable("soap-body", message, envelope.span(document)))
        }
    }
}

/// SOAP 1.1 has `faultcode` and `faultstring`, SOAP 1.2 `Code/Value` and `Reason/Text`.
fn read_fault(fault: &Element, status: u16) -> UpstreamError {
    let first = |old: &str, new: &[&str]| {
        let text =
            fault.text_of(old).or_else(|| fault.at(new).map(|element| element.text.as_str()));
        text.unwrap_or_default().to_owned()
    };
    let code = first("faultcode", &["Code", "Value"]);
    let code = code.rsplit(':').next().unwrap_or_default().to_owned();
    UpstreamError {
        status: Some(status),
        message: first("faultstring", &["Reason", "Text"]),
        retryable: matches!(code.as_str(), "Server" | "Receiver"),
        code: Some(code),
    }
}

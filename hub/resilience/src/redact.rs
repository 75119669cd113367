//! Secrets that a party sends back are masked before anybody reads the reply.
//!
//! Each secret is looked for as it is and as XML, JSON and forms would write it. A mask has the length of what it covers, so
//! offsets and declared lengths stay true. Values under [`BYTES_MIN`] bytes are left: they occur by chance.

use bytes::Bytes;
use memchr::memmem;
use secrecy::SecretString;

use crate::placeholder::{escape_json, escape_xml};
use crate::response::EgressResponse;

/// Shorter secrets are not looked for.
pub(crate) const BYTES_MIN: usize = 6;

/// Masks `secrets` in `response`; answers how often one was found.
pub(crate) fn redact(response: &mut EgressResponse, secrets: &[SecretString]) -> usize {
    let mut found = 0;
    for needle in needles(secrets) {
        let hits: Vec<usize> = memmem::find_iter(&response.body, needle.as_bytes()).collect();
        if !hits.is_empty() {
            found += hits.len();
            response.body = masked(&response.body, &hits, needle.len());
        }
        for (_, value) in &mut response.headers {
            if value.contains(&needle) {
                found += 1;
                *value = value.replace(&needle, &"*".repeat(needle.len()));
            }
        }
    }
    found
}

fn masked(body: &Bytes, hits: &[usize], length: usize) -> Bytes {
    let mut body = body.to_vec();
    for &start in hits {
        if let Some(range) = body.get_mut(start..start.saturating_add(length)) {
            range.fill(b'*');
        }
    }
    Bytes::from(body)
}

/// The longest first, so that a value inside another does not hide it.
fn needles(secrets: &[SecretString]) -> Vec<String> {
    let mut needles: Vec<String> = secrets
        .iter()
        .map(secrecy::ExposeSecret::expose_secret)
        .filter(|secret| secret.len() >= BYTES_MIN)
        .flat_map(|secret| {
            let form = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            [secret.to_owned(), escape_json(secret), escape_xml(secret), form]
        })
        .collect();
    needles.sort_by_key(|needle| core::cmp::Reverse(needle.len()));
    needles.dedup();
    needles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_it_is_masked_at_the_same_length() {
        let secret = "p&ss \"word\"";
        let body = format!(
            "{secret}|{}|{}|p%26ss+%22word%22|pass",
            escape_json(secret),
            escape_xml(secret)
        );
        let mut response = EgressResponse {
            status: 200,
            headers: vec![("x-echo".into(), format!("got {secret}"))],
            body: Bytes::from(body.clone()),
            attempts: 1,
            class: None,
            retry_after: None,
        };
        assert_eq!(redact(&mut response, &[secret.into(), "abc".into()]), 5);
        let text = std::str::from_utf8(&response.body).unwrap();
        assert_eq!(text.len(), body.len());
        assert!(!text.contains("ss") || text.ends_with("|pass"), "{text}");
        assert_eq!(text.matches('|').count(), 4);
        assert_eq!(response.headers[0].1, format!("got {}", "*".repeat(secret.len())));
    }
}

//! Secrets that a party sends back are masked before anybody reads the reply.
//!
//! Each secret is looked for as it is and as XML, JSON and forms would write it. A mask has the length of what it covers, so
//! offsets and declared lengths stay true.
//!
//! # Short secrets
//! A value under [`BYTES_MIN`] bytes (a PIN, a country code that is asked for as a credential) occurs in honest data by chance,
//! and masking that would falsify it. One that went into a header is masked where it stands as a word of its own; one that
//! was filled into a body is masked where it stands between what it stood between in the request.

use bytes::Bytes;
use memchr::memmem;
use secrecy::{ExposeSecret as _, SecretString};

use crate::placeholder::{escape_json, escape_xml};
use crate::response::EgressResponse;

/// Shorter secrets are not looked for everywhere.
pub(crate) const BYTES_MIN: usize = 6;

/// What went into a request.
#[derive(Default)]
pub(crate) struct Used {
    /// Values of headers, tokens, and what was filled into the body.
    pub(crate) secrets: Vec<SecretString>,
    /// Short values that were filled into the body, each with its place there.
    pub(crate) in_place: Vec<InPlace>,
}

/// A short value between its neighbours.
pub(crate) struct InPlace {
    pub(crate) before: Vec<u8>,
    pub(crate) value: SecretString,
    pub(crate) after: Vec<u8>,
}

/// Masks what was `used` in `response`; answers how often something was found.
pub(crate) fn redact(response: &mut EgressResponse, used: &Used) -> usize {
    let mut found = words(response, &used.secrets);
    for InPlace { before, value, after } in &used.in_place {
        let needle = [before.as_slice(), value.expose_secret().as_bytes(), after].concat();
        let hits: Vec<usize> = memmem::find_iter(&response.body, &needle)
            .map(|start| start.saturating_add(before.len()))
            .collect();
        if !hits.is_empty() {
            found += hits.len();
            response.body = masked(&response.body, &hits, value.expose_secret().len());
        }
    }
    for needle in needles(&used.secrets) {
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

/// Masks short secrets that stand alone; answers how often one was found.
fn words(response: &mut EgressResponse, secrets: &[SecretString]) -> usize {
    let mut found = 0;
    let short = secrets.iter().map(secrecy::ExposeSecret::expose_secret);
    for word in short.filter(|secret| !secret.is_empty() && secret.len() < BYTES_MIN) {
        let hits = alone(&response.body, word.as_bytes());
        if !hits.is_empty() {
            found += hits.len();
            response.body = masked(&response.body, &hits, word.len());
        }
        for (_, value) in &mut response.headers {
            let hits = alone(value.as_bytes(), word.as_bytes());
            for at in hits {
                found += 1;
                let end = at.saturating_add(word.len());
                // Every hit keeps its length, so the places of the later ones stay true.
                if value.is_char_boundary(at) && value.is_char_boundary(end) {
                    value.replace_range(at..end, &"*".repeat(word.len()));
                }
            }
        }
    }
    found
}

/// Where `word` has no letter or digit beside it.
fn alone(text: &[u8], word: &[u8]) -> Vec<usize> {
    let is_edge = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    memmem::find_iter(text, word)
        .filter(|start| {
            let before = start.checked_sub(1).and_then(|at| text.get(at));
            is_edge(before) && is_edge(text.get(start.saturating_add(word.len())))
        })
        .collect()
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
        let used = Used { secrets: vec![secret.into(), "abc".into()], ..Used::default() };
        assert_eq!(redact(&mut response, &used), 5);
        let text = std::str::from_utf8(&response.body).unwrap();
        assert_eq!(text.len(), body.len());
        assert!(!text.contains("ss") || text.ends_with("|pass"), "{text}");
        assert_eq!(text.matches('|').count(), 4);
        assert_eq!(response.headers[0].1, format!("got {}", "*".repeat(secret.len())));
    }

    fn masking(body: &'static str, used: &Used) -> (String, String) {
        let mut response = EgressResponse {
            status: 200,
            headers: vec![("x-echo".into(), "key a1b2 of a1b2c".into())],
            body: Bytes::from_static(body.as_bytes()),
            attempts: 1,
            class: None,
            retry_after: None,
        };
        redact(&mut response, used);
        let body = String::from_utf8(response.body.to_vec()).unwrap();
        (body, response.headers.remove(0).1)
    }

    #[test]
    fn a_short_header_value_is_masked_as_a_word_and_left_within_one() {
        let used = Used { secrets: vec!["a1b2".into()], ..Used::default() };
        let (body, header) = masking("key=a1b2; a1b23 xa1b2 \"a1b2\"", &used);
        assert_eq!(body, "key=****; a1b23 xa1b2 \"****\"");
        assert_eq!(header, "key **** of a1b2c");
    }

    #[test]
    fn a_short_filled_value_is_masked_where_it_stood_and_nowhere_else() {
        let in_place = vec![InPlace {
            before: b"<Country>".to_vec(),
            value: "JO".into(),
            after: b"<".to_vec(),
        }];
        let used = Used { in_place, ..Used::default() };
        let (body, _) =
            masking("<v:Country>JO</v:Country><Country>JO</Country><City>Amman, JO</City>", &used);
        assert_eq!(body, "<v:Country>JO</v:Country><Country>**</Country><City>Amman, JO</City>");
    }
}

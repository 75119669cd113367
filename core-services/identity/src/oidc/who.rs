//! Who a token is about: subject, a proven address, a name, and the words that a tenant turns into a role.

use std::collections::BTreeMap;

use serde_json::Value;

use super::id_token::Claims;
use super::refusal::Refusal;
use crate::domain::email::Email;
use crate::scopes::Role;

/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 200;
/// Most words that are looked at.
const WORDS_MAX: usize = 1_000;

/// What remains of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) subject: String,
    pub(crate) email: Email,
    pub(crate) name: String,
    /// The mightiest role that the provider's words give, if the tenant has it give any.
    pub(crate) role: Option<Role>,
}

/// What a tenant lets a provider say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Says<'a> {
    pub(crate) domains: &'a [String],
    pub(crate) role_claim: Option<&'a str>,
    pub(crate) roles: &'a BTreeMap<String, String>,
}

impl Who {
    /// What `claims` say, as far as the tenant lets them.
    pub(crate) fn of(claims: &Claims, says: Says<'_>) -> Result<Self, Refusal> {
        let text = |name: &str| claims.rest.get(name).and_then(Value::as_str);
        let verified = match claims.rest.get("email_verified") {
            Some(Value::Bool(verified)) => *verified,
            // So Amazon Cognito has it.
            Some(Value::String(verified)) => verified == "true",
            _ => false,
        };
        let email = text("email").and_then(Email::parse).filter(|_| verified);
        let email = email.ok_or(Refusal::AddressUnproven)?;
        if !says.domains.iter().any(|domain| domain == email.domain()) {
            return Err(Refusal::AddressForeign);
        }
        let name: String =
            text("name").unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
        let name = name.trim();
        let fits = !name.is_empty() && name.len() <= NAME_BYTES_MAX;
        // An address has at most 254 bytes, and a name fewer.
        let spare: String = email.as_str().chars().take(NAME_BYTES_MAX / 4).collect();
        Ok(Self {
            subject: claims.sub.clone(),
            name: if fits { name.to_owned() } else { spare },
            role: says.role_claim.and_then(|path| role(claims, path, says.roles)),
            email,
        })
    }
}

/// The mightiest role among the words at `path`.
fn role(claims: &Claims, path: &str, roles: &BTreeMap<String, String>) -> Option<Role> {
    // The whole text first: a claim's own name may be a URL, with dots in it.
    let whole = claims.rest.get(path);
    let found = whole.or_else(|| {
        let mut names = path.split('.');
        let first = claims.rest.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    })?;
    let words: Vec<&str> = match found {
        Value::String(word) => vec![word.as_str()],
        Value::Array(words) => words.iter().filter_map(Value::as_str).take(WORDS_MAX).collect(),
        _ => Vec::new(),
    };
    let meant = |role: &Role| {
        words.iter().any(|word| roles.get(*word).is_some_and(|name| name == role.as_str()))
    };
    Role::ALL.into_iter().find(meant)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn who(change: impl FnOnce(&mut Value), role_claim: Option<&str>) -> Result<Who, Refusal> {
        let mut claims = json!({
            "iss": "i", "sub": "s", "aud": "a", "exp": 1, "iat": 1,
            "email": "Asha@Demo.example", "email_verified": true, "name": " Asha Rao ",
            "realm_access": { "roles": ["freight-desk", "controllers", "unknown"] },
            "https://demo.example/roles": "controllers",
        });
        change(&mut claims);
        let claims: Claims = serde_json::from_value(claims).unwrap();
        let roles = [("freight-desk", "operations"), ("controllers", "finance"), ("gone", "pilot")];
        let roles = roles.map(|(word, role)| (word.to_owned(), role.to_owned())).into();
        Who::of(&claims, Says { domains: &["demo.example".to_owned()], role_claim, roles: &roles })
    }

    #[test]
    fn a_proven_address_of_a_known_domain_is_needed() {
        let asha = who(|_| {}, None).unwrap();
        assert_eq!((asha.email.as_str(), asha.name.as_str()), ("asha@demo.example", "Asha Rao"));
        assert_eq!(asha.role, None);
        assert!(who(|claims| claims["email_verified"] = json!("true"), None).is_ok());
        for unproven in [json!(false), json!("false"), json!(1), Value::Null] {
            let refused = who(|claims| claims["email_verified"] = unproven.clone(), None);
            assert_eq!(refused.unwrap_err(), Refusal::AddressUnproven, "{unproven}");
        }
        for (email, refusal) in [
            (json!("asha@evil.example"), Refusal::AddressForeign),
            (json!("asha@sub.demo.example"), Refusal::AddressForeign),
            (json!("asha@evildemo.example"), Refusal::AddressForeign),
            (json!("asha@demo.example@evil.example"), Refusal::AddressUnproven),
            (Value::Null, Refusal::AddressUnproven),
        ] {
            assert_eq!(who(|claims| claims["email"] = email.clone(), None).unwrap_err(), refusal);
        }
    }

    #[test]
    fn a_name_that_cannot_be_shown_gives_way_to_the_address() {
        for name in [json!(""), json!("\n"), json!("x".repeat(201)), json!(7)] {
            let asha = who(|claims| claims["name"] = name.clone(), None).unwrap();
            assert_eq!(asha.name, "asha@demo.example", "{name}");
        }
    }

    #[test]
    fn the_mightiest_word_counts_wherever_it_stands() {
        let role = |path: &str| who(|_| {}, Some(path)).unwrap().role;
        assert_eq!(role("realm_access.roles"), Some(Role::Operations));
        assert_eq!(role("https://demo.example/roles"), Some(Role::Finance));
        for none in ["realm_access", "groups", "realm_access.roles.0", "name", ""] {
            assert_eq!(role(none), None, "{none}");
        }
    }
}

//! What a person may say about an endpoint.

use caravan_tenancy::Caller;
use caravan_web::{Problem, Violation};
use url::Url;

use crate::domain::{self, Words};
use crate::sender::Sender;

/// Most kinds that one endpoint lists.
const KINDS_MAX: usize = 200;

fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Problem {
    let (pointer, detail) = (pointer.into(), detail.into());
    let violation = Violation { pointer, code: "value-invalid", message: detail.clone() };
    Problem::unprocessable("webhook-invalid", detail).errors(&[violation])
}

/// Name and description.
pub(super) fn words(name: &str, description: Option<&str>) -> Result<(), Problem> {
    let wrong = Words { name, description }.wrong();
    wrong.map_or(Ok(()), |(pointer, detail)| Err(invalid(pointer, detail)))
}

/// The address, as it is kept.
pub(super) fn url(sender: &Sender, text: &str) -> Result<Url, Problem> {
    let url = domain::target(text).ok_or_else(|| {
        invalid("/url", "This is no address; write one such as https://erp.example.com/hooks.")
    })?;
    sender.check(&url).map_err(|denied| {
        let detail = format!(
            "Nothing is sent there: {denied}. Name a public host over https, without user and password."
        );
        Problem::unprocessable("webhook-url-denied", detail)
    })?;
    Ok(url)
}

/// The kinds, sorted, each once; all that the caller may read when none are named.
pub(super) fn kinds(caller: &Caller, asked: Option<Vec<String>>) -> Result<Vec<String>, Problem> {
    let Some(mut kinds) = asked else {
        let all = domain::all_readable(caller);
        return if all.is_empty() { Err(Problem::scope_missing("events:read")) } else { Ok(all) };
    };
    if kinds.is_empty() || kinds.len() > KINDS_MAX {
        return Err(invalid("/kinds", format!("Name 1 to {KINDS_MAX} kinds, or leave them out.")));
    }
    if let Some(place) = kinds.iter().position(|kind| !domain::known(kind)) {
        let detail = "There is no such kind of event; /asyncapi.json lists them.";
        return Err(invalid(format!("/kinds/{place}"), detail));
    }
    readable(caller, &kinds)?;
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

/// Refuses a caller who could not read all of these events himself.
pub(super) fn readable(caller: &Caller, kinds: &[String]) -> Result<(), Problem> {
    domain::lacking(caller, kinds).map_or(Ok(()), |scope| Err(Problem::scope_missing(scope)))
}

/// A status that is none.
pub(super) fn status() -> Problem {
    invalid("/status", "A webhook is `enabled` or `disabled`.")
}

/// A moment that is none.
pub(super) fn since() -> Problem {
    invalid("/since", "This is no moment; write one such as 2026-11-20T00:00:00Z.")
}

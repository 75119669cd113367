//! Links to shipments as their tenant asks for them and sees them.

use caravan_web::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{instant_ms, utc};
use crate::store::links::Link;

const DAY_MS: i64 = 86_400_000;
/// How long a link opens unless its maker says otherwise, and at most.
const VALID_DAYS: i64 = 30;
const VALID_DAYS_MAX: i64 = 180;
/// Longest note, in characters.
const NOTE_CHARS_MAX: usize = 200;

/// A link as it is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ShipmentLinkWanted)]
pub(crate) struct LinkIn {
    /// For whom or what it is; shown to your own people only.
    #[schema(max_length = 200, example = "Store in Pune")]
    note: Option<String>,
    /// Until when it opens: at most 180 days; 30 unless said.
    #[schema(format = DateTime, example = "2026-12-26T00:00:00Z")]
    expires_at: Option<String>,
}

impl LinkIn {
    /// The note, if there is one, and when the link ends.
    pub(crate) fn checked(self, now_ms: i64) -> Result<(Option<String>, i64), Problem> {
        let note = self.note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
        if note.as_deref().is_some_and(|note| note.chars().count() > NOTE_CHARS_MAX) {
            return Err(invalid(format!("`note` has at most {NOTE_CHARS_MAX} characters.")));
        }
        let in_days = |days: i64| now_ms.saturating_add(days.saturating_mul(DAY_MS));
        let Some(expires_at) = self.expires_at else { return Ok((note, in_days(VALID_DAYS))) };
        let expires_ms = instant_ms(&expires_at);
        let expires_ms = expires_ms.filter(|at| *at > now_ms && *at <= in_days(VALID_DAYS_MAX));
        let expires_ms = expires_ms.ok_or_else(|| {
            invalid(format!(
                "`expires_at` is a time to come, {VALID_DAYS_MAX} days from now at most, as 2026-12-26T09:00:00+05:30."
            ))
        })?;
        Ok((note, expires_ms))
    }
}

fn invalid(detail: String) -> Problem {
    Problem::unprocessable("link-invalid", detail)
}

/// A link that opens.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShipmentLink)]
pub(crate) struct LinkOut {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Who made it: `user/<id>` or `key/<id>`.
    created_by: String,
    created_at: String,
    expires_at: String,
}

impl From<Link> for LinkOut {
    fn from(link: Link) -> Self {
        Self {
            id: link.id.to_string(),
            note: link.note,
            created_by: link.created_by,
            created_at: utc(link.created_ms),
            expires_at: utc(link.expires_ms),
        }
    }
}

/// A fresh link: the only time that its token can be seen.
#[derive(Serialize, ToSchema)]
#[schema(as = ShipmentLinkMade)]
pub(crate) struct LinkMadeOut {
    #[serde(flatten)]
    pub(crate) link: LinkOut,
    /// What opens it. Whoever has it sees the shipment.
    pub(crate) token: String,
    /// The page for people, below the address of this installation.
    #[schema(example = "/track/7sQ0bT4mYk2WnJ8vRzXc1LpHf6GdEa3u")]
    pub(crate) path: String,
}

/// A shipment's links.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShipmentLinks)]
pub(crate) struct LinksOut {
    /// Those that open, the newest first.
    pub(crate) items: Vec<LinkOut>,
}

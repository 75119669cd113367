//! The JSON forms.

mod key;
mod provider;
mod session;
mod tenant;

pub(crate) use key::{KeyIn, KeyMadeOut, KeyOut};
pub(crate) use provider::{ProviderIn, ProviderOut};
pub(crate) use session::{CompleteIn, ResetOut, SessionOut};
pub(crate) use tenant::{ColleagueOut, SettingsOut, SettingsPatch, WaysInOut};

use caravan_audit::{Recorded, Verification};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::entry::Me;
use crate::identity::scopes_of;
use crate::invitations::Invited;
use crate::scopes::{Role, SCOPES};
use crate::store::members::Member;
use crate::store::users::Seat;
use crate::users::Changed;

/// Signing in. No `Debug`: it holds a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginIn {
    #[schema(example = "owner@demo.example")]
    pub(crate) email: String,
    pub(crate) password: String,
    /// Which of the user's tenants; the first by name unless said.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) tenant: Option<Uuid>,
}

/// Accepting an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptIn {
    /// The invitation as it was handed over.
    pub(crate) token: String,
    /// A new one of at least 12 characters; who has one already shows that.
    pub(crate) password: String,
}

/// Going over into another tenant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SwitchIn {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) tenant: Uuid,
}

/// A change of password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordIn {
    pub(crate) current: String,
    pub(crate) new: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeOut {
    /// None for an API key.
    pub(crate) user: Option<MeUser>,
    /// `user/<id>` or `key/<id>`: the name in the audit trail.
    pub(crate) principal: String,
    pub(crate) tenant: TenantOut,
    /// None for an API key.
    pub(crate) role: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// Every tenant that the user may go over into.
    pub(crate) tenants: Vec<TenantOut>,
}

/// The person.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeUser {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) name: String,
}

/// A tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct TenantOut {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    /// Left out where only the id is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

impl From<&Seat> for TenantOut {
    fn from(seat: &Seat) -> Self {
        Self { id: seat.tenant.0, name: Some(seat.tenant_name.clone()) }
    }
}

impl From<Me> for MeOut {
    fn from(me: Me) -> Self {
        let Me { user, email, seat, seats } = me;
        Self {
            principal: crate::identity::principal(user),
            tenant: TenantOut::from(&seat),
            scopes: scopes_of(&seat.role),
            tenants: seats.iter().map(TenantOut::from).collect(),
            user: Some(MeUser { id: user, email, name: seat.name }),
            role: Some(seat.role),
        }
    }
}

/// An invitation to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteIn {
    #[schema(example = "asha@demo.example")]
    pub(crate) email: String,
    #[schema(example = "Asha Rao")]
    pub(crate) name: String,
    #[schema(example = "operations")]
    pub(crate) role: String,
}

/// A change of a user; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserPatch {
    pub(crate) name: Option<String>,
    pub(crate) role: Option<String>,
    /// `active` or `disabled`.
    pub(crate) status: Option<String>,
    /// Whether the API keys that the user made end, too; they go on unless said. Needs `keys:write`.
    #[serde(default)]
    pub(crate) revoke_keys: bool,
}

/// A user of the tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserOut {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: String,
    /// `invited`, `active` or `disabled`.
    pub(crate) status: String,
    /// RFC 3339.
    pub(crate) created_at: String,
    /// Last use of a session, to the minute.
    pub(crate) last_seen_at: Option<String>,
}

impl From<Member> for UserOut {
    fn from(member: Member) -> Self {
        Self {
            id: member.user,
            email: member.email,
            name: member.name,
            role: member.role,
            status: member.status,
            created_at: time(member.created_ms),
            last_seen_at: member.seen_ms.map(time),
        }
    }
}

/// A changed user.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedOut {
    #[serde(flatten)]
    pub(crate) user: UserOut,
    /// Valid API keys that the user had made: they go on; revoke those that should not.
    pub(crate) keys: Vec<String>,
    /// Those that were revoked, as was asked for.
    pub(crate) revoked_keys: Vec<String>,
}

impl From<Changed> for ChangedOut {
    fn from(changed: Changed) -> Self {
        Self { user: changed.member.into(), keys: changed.keys, revoked_keys: changed.revoked }
    }
}

/// An invitation, as it is shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitedOut {
    pub(crate) user: UserOut,
    /// Hand it to the invited by a way that you trust: whoever has it can accept.
    pub(crate) token: String,
    pub(crate) expires_at: String,
}

impl From<Invited> for InvitedOut {
    fn from(invited: Invited) -> Self {
        use secrecy::ExposeSecret as _;
        Self {
            user: invited.member.into(),
            token: invited.token.expose_secret().to_owned(),
            expires_at: time(invited.expires_ms),
        }
    }
}

/// What can be granted.
#[derive(Serialize, ToSchema)]
pub(crate) struct RolesOut {
    pub(crate) roles: Vec<RoleOut>,
    pub(crate) scopes: Vec<ScopeOut>,
}

/// A role.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoleOut {
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
}

/// A scope.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScopeOut {
    pub(crate) name: String,
    pub(crate) meaning: String,
}

impl RolesOut {
    pub(crate) fn all() -> Self {
        let role = |role: Role| RoleOut {
            name: role.as_str().to_owned(),
            scopes: scopes_of(role.as_str()),
        };
        let scope = |(name, meaning): &(&str, &str)| ScopeOut {
            name: (*name).to_owned(),
            meaning: (*meaning).to_owned(),
        };
        Self {
            roles: Role::ALL.into_iter().map(role).collect(),
            scopes: SCOPES.iter().map(scope).collect(),
        }
    }
}

/// An entry of the audit trail.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditOut {
    /// Its number in the tenant's chain.
    pub(crate) seq: i64,
    pub(crate) at: String,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) subject: String,
    #[schema(value_type = Object)]
    pub(crate) detail: serde_json::Value,
    /// SHA-256, in hex.
    pub(crate) hash: String,
}

impl From<Recorded> for AuditOut {
    fn from(entry: Recorded) -> Self {
        Self {
            seq: entry.seq,
            at: time(entry.at_ms),
            actor: entry.actor,
            action: entry.action,
            subject: entry.subject,
            detail: entry.detail,
            hash: entry.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// What the chain is to be held against.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyIn {
    /// A `head` of an earlier verification, kept elsewhere.
    pub(crate) witness: Option<String>,
}

/// What the audit trail looks like.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerificationOut {
    pub(crate) ok: bool,
    /// Good entries from the first on.
    pub(crate) count: i64,
    /// The last good one, as number and hash: keep it outside of the database, and give it as `witness` one day.
    pub(crate) head: String,
    /// Number of the first entry that is not good.
    pub(crate) first_broken: Option<i64>,
    pub(crate) why: Option<String>,
}

impl From<Verification> for VerificationOut {
    fn from(found: Verification) -> Self {
        Self {
            ok: found.ok(),
            count: found.count,
            head: found.head.to_string(),
            first_broken: found.broken.as_ref().map(|broken| broken.seq),
            why: found.broken.map(|broken| broken.why.to_owned()),
        }
    }
}

/// RFC 3339 in UTC, to the second. A time that the calendar does not reach is shown as the number that it is.
pub(crate) fn time(ms: i64) -> String {
    Timestamp::from_second(ms.div_euclid(1_000))
        .map_or_else(|_| ms.to_string(), |at| at.to_string())
}

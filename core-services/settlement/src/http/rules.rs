//! The tenant's rule of approval: which bills need no person.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Answer, Idempotent, IfMatch, Problem, Tagged};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{APPROVE, Change, READ, Stop, may};
use crate::domain::currency::Currency;
use crate::store::rules::{self as store, ApprovalRule};
use crate::wire::amount;

/// Which bills are approved by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApprovalRule)]
pub(crate) struct RuleIn {
    /// `off`, `matched`, or `within-tolerance`, which takes matched ones as well.
    approve: String,
    /// Bills above it wait for a person; needs `currency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    up_to: Option<String>,
    /// Currency of `up_to`; bills in another wait for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
}

impl From<&ApprovalRule> for RuleIn {
    fn from(rule: &ApprovalRule) -> Self {
        let currency = rule.currency.clone();
        let up_to = rule.up_to.zip(currency.as_deref()).map(|(most, code)| amount(code, most));
        Self { approve: rule.approve.clone(), up_to, currency }
    }
}

impl RuleIn {
    fn read(&self, revision: i64) -> Result<ApprovalRule, Problem> {
        let invalid = |detail: &str| Problem::unprocessable("approval-rule-invalid", detail);
        if !["off", "matched", "within-tolerance"].contains(&self.approve.as_str()) {
            return Err(invalid("`approve` is off, matched or within-tolerance."));
        }
        let limit = match (&self.up_to, &self.currency) {
            (None, None) => None,
            (Some(text), Some(code)) => {
                let currency = Currency::new(code.trim());
                let minor = currency.and_then(|currency| currency.minor(text.trim()));
                let limit = minor.filter(|minor| *minor > 0).zip(currency);
                Some(limit.ok_or_else(|| {
                    invalid("Write `up_to` as an amount above zero, such as 50000.00, and `currency` as INR.")
                })?)
            }
            _ => return Err(invalid("`up_to` and `currency` come together.")),
        };
        Ok(ApprovalRule {
            revision,
            approve: self.approve.clone(),
            up_to: limit.map(|(minor, _)| minor),
            currency: limit.map(|(_, currency)| currency.as_str().to_owned()),
        })
    }
}

/// Show the rule of approval.
#[utoipa::path(get, path = "/v1/freight-invoices/approval-rule", operation_id = "showApprovalRule",
    tag = "freight-invoices", security(("api_key" = ["settlement:read"])), responses((status = 200, body = RuleIn)))]
pub(super) async fn show(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
) -> Result<Tagged<RuleIn>, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let rule = store::get(tx.conn(), caller.tenant).await?;
    tx.commit().await?;
    Ok(Tagged { version: rule.revision, body: RuleIn::from(&rule) })
}

/// Change the rule of approval.
///
/// It holds for bills that are compared from then on; off unless it was ever changed. What a person reopened or disputed stays a
/// person's. Needs `if-match`.
#[utoipa::path(put, path = "/v1/freight-invoices/approval-rule", operation_id = "changeApprovalRule",
    tag = "freight-invoices",
    params(("idempotency-key" = Option<String>, Header)), request_body = RuleIn, security(("api_key" = ["settlement:approve"])),
    responses((status = 200, body = RuleIn), (status = 412, description = "`version-conflict`"),
        (status = 422, description = "`approval-rule-invalid`"), (status = 428, description = "`precondition-required`")))]
pub(super) async fn change(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    if_match: IfMatch,
    Idempotent { body, attempt }: Idempotent<RuleIn>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, APPROVE, attempt).await?;
    let expected = if_match.required()?;
    let (tenant, by, now) = (change.tenant(), change.by(), change.now_ms());
    let before = store::get(change.conn(), tenant).await?;
    expected.check(before.revision, &RuleIn::from(&before))?;
    let rule = body.read(before.revision.saturating_add(1))?;
    store::put(change.conn(), tenant, &rule, &by, now).await?;
    let said = json!({ "was": RuleIn::from(&before), "is": RuleIn::from(&rule) });
    change.did("approval-rule.changed", "approval-rule".to_owned(), said);
    change.end(Answer::new(StatusCode::OK, &RuleIn::from(&rule))?.version(rule.revision)).await
}

//! The ledger as JSON.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{amount, utc};
use crate::domain::ledger::Posting;
use crate::store::ledger::Stored;

/// One amount on one account: debits positive, credits negative.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LedgerPosting)]
pub(crate) struct PostingOut {
    pub(crate) account: &'static str,
    pub(crate) currency: String,
    pub(crate) amount: String,
}

/// An entry; its postings sum to zero in every currency.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub(crate) struct EntryOut {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    /// `accrual`, `approval`, `dispute`, `note` or `reversal`.
    pub(crate) kind: String,
    /// The carrier.
    pub(crate) party: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) shipment_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) invoice_id: Option<Uuid>,
    pub(crate) memo: String,
    /// The entry that this one undoes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) reverses: Option<Uuid>,
    pub(crate) by: String,
    pub(crate) at: String,
    pub(crate) postings: Vec<PostingOut>,
}

impl EntryOut {
    pub(crate) fn new(row: Stored, postings: &[(Uuid, Posting)]) -> Self {
        let posting = |(_, posting): &(Uuid, Posting)| PostingOut {
            account: posting.account.as_str(),
            currency: posting.currency.as_str().to_owned(),
            amount: posting.currency.text(posting.amount),
        };
        Self {
            id: row.id,
            postings: postings.iter().filter(|one| one.0 == row.id).map(posting).collect(),
            kind: row.kind,
            party: row.party,
            shipment_id: row.shipment_id,
            invoice_id: row.invoice_id,
            memo: row.memo,
            reverses: row.reverses,
            by: row.by,
            at: utc(row.at_ms),
        }
    }
}

/// What an account comes to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LedgerBalance)]
pub(crate) struct BalanceOut {
    pub(crate) account: String,
    /// The carrier.
    pub(crate) party: String,
    pub(crate) currency: String,
    pub(crate) amount: String,
}

impl From<(String, String, String, i64)> for BalanceOut {
    fn from((account, party, currency, minor): (String, String, String, i64)) -> Self {
        let amount = amount(&currency, minor);
        Self { account, party, currency, amount }
    }
}

//! Double entry: an entry's postings sum to zero in every currency, and nothing posted is ever changed; it is reversed.
//!
//! Amounts are in smallest units; debits are positive, credits negative.
//! Notes are named as the Indian GST Act names them (section 34): a credit note of the carrier lessens what it gets, a debit
//! note raises it.

use std::collections::BTreeMap;

use super::currency::Currency;

/// The chart of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Account {
    /// What freight has cost.
    FreightExpense,
    /// Owed for delivered freight that no approved bill covers yet.
    FreightAccrued,
    /// Owed to carriers.
    CarrierPayable,
    /// Claimed by carriers and disputed: a pair of memorandum accounts.
    DisputedClaim,
    DisputedCounter,
    /// Input tax that may be credited.
    GstInput,
    /// Tax that we owe under reverse charge.
    GstReverse,
    /// Tax deducted from carriers and owed to the government.
    TdsPayable,
}

impl Account {
    pub(crate) const ALL: [Self; 8] = [
        Self::FreightExpense,
        Self::FreightAccrued,
        Self::CarrierPayable,
        Self::DisputedClaim,
        Self::DisputedCounter,
        Self::GstInput,
        Self::GstReverse,
        Self::TdsPayable,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::FreightExpense => "freight-expense",
            Self::FreightAccrued => "freight-accrued",
            Self::CarrierPayable => "carrier-payable",
            Self::DisputedClaim => "disputed-claim",
            Self::DisputedCounter => "disputed-counter",
            Self::GstInput => "gst-input",
            Self::GstReverse => "gst-reverse",
            Self::TdsPayable => "tds-payable",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.as_str() == text)
    }
}

/// One amount on one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posting {
    pub(crate) account: Account,
    pub(crate) currency: Currency,
    pub(crate) amount: i64,
}

/// Postings that sum to zero in every currency, none of them zero. Only [`Entry::new`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    postings: Vec<Posting>,
}

/// Why postings are no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("the postings in {currency} sum to {sum} smallest units, not to zero")]
    Unbalanced { currency: Currency, sum: i64 },
    #[error("an amount is larger than can be posted")]
    Overflow,
}

impl Entry {
    pub(crate) fn new(postings: impl IntoIterator<Item = Posting>) -> Result<Self, Error> {
        let postings: Vec<Posting> =
            postings.into_iter().filter(|posting| posting.amount != 0).collect();
        let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
        for posting in &postings {
            let sum = sums.entry(posting.currency).or_default();
            *sum = sum.checked_add(posting.amount).ok_or(Error::Overflow)?;
        }
        match sums.into_iter().find(|(_, sum)| *sum != 0) {
            Some((currency, sum)) => Err(Error::Unbalanced { currency, sum }),
            None => Ok(Self { postings }),
        }
    }

    pub(crate) fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// The entry that undoes this one.
    pub(crate) fn reversed(&self) -> Result<Self, Error> {
        let negated = |posting: &Posting| {
            let amount = posting.amount.checked_neg().ok_or(Error::Overflow)?;
            Ok(Posting { amount, ..posting.clone() })
        };
        Self::new(self.postings.iter().map(negated).collect::<Result<Vec<_>, Error>>()?)
    }
}

fn pair(
    currency: Currency,
    amount: i64,
    debit: Account,
    credit: Account,
) -> Result<[Posting; 2], Error> {
    let negative = amount.checked_neg().ok_or(Error::Overflow)?;
    Ok([
        Posting { account: debit, currency, amount },
        Posting { account: credit, currency, amount: negative },
    ])
}

/// Delivered freight is a cost from then on, whenever the bill comes: from what is accrued, by currency, to what is expected.
pub(crate) fn accrual(
    accrued: &BTreeMap<Currency, i64>,
    (currency, expected): (Currency, i64),
) -> Result<Entry, Error> {
    let mut postings = Vec::new();
    // What was expected in another currency is expected no more.
    for (of, amount) in accrued.iter().filter(|(of, _)| **of != currency) {
        postings.extend(pair(*of, *amount, Account::FreightAccrued, Account::FreightExpense)?);
    }
    let so_far = accrued.get(&currency).copied().unwrap_or_default();
    let difference = expected.checked_sub(so_far).ok_or(Error::Overflow)?;
    postings.extend(pair(currency, difference, Account::FreightExpense, Account::FreightAccrued)?);
    Entry::new(postings)
}

/// What an approval decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Approval {
    pub(crate) currency: Currency,
    /// Freight approved, without tax.
    pub(crate) freight: i64,
    /// What was accrued for it at delivery; what is in another currency than the bill's is taken back.
    pub(crate) accrued: BTreeMap<Currency, i64>,
    /// Tax on the carrier's bill.
    pub(crate) tax_forward: i64,
    /// Tax that we owe ourselves.
    pub(crate) tax_reverse: i64,
    /// Whether that tax may be credited; else it is a cost.
    pub(crate) input_credit: bool,
    /// Tax deducted from the carrier.
    pub(crate) deducted: i64,
}

/// The accrual becomes a debt to the carrier; what the bill differs by is a cost, or less of one.
pub(crate) fn approval(approval: &Approval) -> Result<Entry, Error> {
    let Approval { currency, .. } = *approval;
    let accrued = approval.accrued.get(&currency).copied().unwrap_or_default();
    let difference = approval.freight.checked_sub(accrued).ok_or(Error::Overflow)?;
    let tax = if approval.input_credit { Account::GstInput } else { Account::FreightExpense };
    let parts = [
        pair(currency, accrued, Account::FreightAccrued, Account::CarrierPayable)?,
        pair(currency, difference, Account::FreightExpense, Account::CarrierPayable)?,
        pair(currency, approval.tax_forward, tax, Account::CarrierPayable)?,
        pair(currency, approval.tax_reverse, tax, Account::GstReverse)?,
        pair(currency, approval.deducted, Account::CarrierPayable, Account::TdsPayable)?,
    ];
    let mut postings: Vec<Posting> = parts.into_iter().flatten().collect();
    for (of, amount) in approval.accrued.iter().filter(|(of, _)| **of != currency) {
        postings.extend(pair(*of, *amount, Account::FreightAccrued, Account::FreightExpense)?);
    }
    Entry::new(gathered(postings.into_iter())?)
}

/// A disputed amount is noted, and is neither a cost nor a debt.
pub(crate) fn dispute(currency: Currency, amount: i64) -> Result<Entry, Error> {
    Entry::new(pair(currency, amount, Account::DisputedClaim, Account::DisputedCounter)?)
}

/// A note of the carrier: `amount` is positive when it raises what the carrier gets (debit note), negative when it lessens it.
pub(crate) fn note(currency: Currency, amount: i64) -> Result<Entry, Error> {
    Entry::new(pair(currency, amount, Account::FreightExpense, Account::CarrierPayable)?)
}

/// One posting for each account and currency.
fn gathered(postings: impl Iterator<Item = Posting>) -> Result<Vec<Posting>, Error> {
    let mut sums: BTreeMap<(Account, Currency), i64> = BTreeMap::new();
    for posting in postings {
        let sum = sums.entry((posting.account, posting.currency)).or_default();
        *sum = sum.checked_add(posting.amount).ok_or(Error::Overflow)?;
    }
    let posting = |((account, currency), amount)| Posting { account, currency, amount };
    Ok(sums.into_iter().map(posting).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inr() -> Currency {
        Currency::new("INR").unwrap()
    }

    fn balance(entry: &Entry, account: Account) -> i64 {
        entry.postings().iter().filter(|p| p.account == account).map(|p| p.amount).sum()
    }

    #[test]
    fn what_does_not_sum_to_zero_in_each_currency_is_no_entry() {
        let usd = Currency::new("USD").unwrap();
        let posting =
            |currency, amount| Posting { account: Account::FreightExpense, currency, amount };
        assert!(Entry::new([posting(inr(), 5), posting(inr(), -5)]).is_ok());
        let across = Entry::new([posting(inr(), 5), posting(usd, -5)]);
        assert!(matches!(across, Err(Error::Unbalanced { .. })), "{across:?}");
        assert!(Entry::new([posting(inr(), i64::MAX), posting(inr(), 1)]).is_err());
    }

    #[test]
    fn an_approval_turns_the_accrual_into_a_debt_less_what_is_deducted() {
        let entry = approval(&Approval {
            currency: inr(),
            freight: 1_050,
            accrued: [(inr(), 1_000)].into(),
            tax_forward: 0,
            tax_reverse: 53,
            input_credit: true,
            deducted: 21,
        })
        .unwrap();
        let found = Account::ALL.map(|account| balance(&entry, account));
        assert_eq!(found, [50, 1_000, -1_029, 0, 0, 53, -53, -21]);
    }

    #[test]
    fn what_was_accrued_in_another_currency_is_taken_back() {
        let usd = Currency::new("USD").unwrap();
        let accrued: BTreeMap<Currency, i64> = [(inr(), 1_000)].into();
        let of = |entry: &Entry, account: Account, currency: Currency| -> i64 {
            let of_both = |p: &&Posting| p.account == account && p.currency == currency;
            entry.postings().iter().filter(of_both).map(|p| p.amount).sum()
        };
        let moved = accrual(&accrued, (usd, 12)).unwrap();
        let (expense, owed) = (Account::FreightExpense, Account::FreightAccrued);
        assert_eq!((of(&moved, expense, inr()), of(&moved, owed, inr())), (-1_000, 1_000));
        assert_eq!((of(&moved, expense, usd), of(&moved, owed, usd)), (12, -12));
        let decided = Approval {
            currency: usd,
            freight: 12,
            accrued,
            tax_forward: 0,
            tax_reverse: 0,
            input_credit: false,
            deducted: 0,
        };
        let decided = approval(&decided).unwrap();
        assert_eq!((of(&decided, expense, inr()), of(&decided, owed, inr())), (-1_000, 1_000));
        assert_eq!(of(&decided, Account::CarrierPayable, usd), -12);
    }

    fn amount() -> impl Strategy<Value = i64> {
        -1_000_000_000_i64..1_000_000_000
    }

    proptest! {
        #[test]
        fn every_entry_balances_and_its_reversal_undoes_it(
            freight in amount(), accrued in amount(), tax_forward in amount(), tax_reverse in amount(),
            input_credit: bool, deducted in amount(),
        ) {
            let currency = inr();
            let both: BTreeMap<Currency, i64> = [(currency, accrued), (Currency::new("USD").unwrap(), freight)].into();
            let entries = [
                approval(&Approval {
                    currency, freight, accrued: both.clone(), tax_forward, tax_reverse, input_credit, deducted,
                }).unwrap(),
                accrual(&both, (currency, freight)).unwrap(),
                dispute(currency, accrued).unwrap(),
                note(currency, deducted).unwrap(),
            ];
            for entry in entries {
                prop_assert_eq!(crate::invariants::unbalanced(&entry), None);
                let undone: Vec<Posting> = entry.postings().iter().chain(entry.reversed().unwrap().postings()).cloned().collect();
                for account in Account::ALL {
                    prop_assert_eq!(undone.iter().filter(|p| p.account == account).map(|p| p.amount).sum::<i64>(), 0);
                }
            }
        }
    }
}

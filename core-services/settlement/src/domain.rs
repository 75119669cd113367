//! The rules of money: rating, matching, tax and double entry. Pure: values in, values out, no clock, no database, no floats.

pub(crate) mod charge;
pub(crate) mod contract;
pub(crate) mod currency;
pub(crate) mod explanation;
pub(crate) mod facts;
pub(crate) mod ledger;
pub(crate) mod matching;
pub(crate) mod place;
pub(crate) mod rate;
pub(crate) mod ratio;
pub(crate) mod stay;
pub(crate) mod tax;

#[cfg(test)]
pub(crate) mod testing;

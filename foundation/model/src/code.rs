//! A party's own words, kept beside ours: raw codes and reference numbers.

/// A code as the party sent it, with the list that gives it meaning.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RawCode {
    /// The code list, for example `x12/1650` (AT7-01) or `delhivery/StatusType`.
    pub list: String,
    /// The code itself, unchanged.
    pub code: String,
    /// The party's wording for it, when it sent one.
    pub text: Option<String>,
}

/// A number by which somebody knows the shipment, the order or the bill.
///
/// Kinds in use: `shipment` (shipper's own number), `pro`, `bol`, `awb`, `lr`, `tracking`, `order`, `purchase-order`,
/// `delivery`, `invoice`, `container`, `equipment`; a dialect's other qualifiers are `x12/<qualifier>` and so on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// What kind of number it is.
    pub kind: String,
    /// The number, trimmed, case kept.
    pub value: String,
}

impl Reference {
    /// A reference of `kind` with surrounding white space removed from `value`.
    pub fn new(kind: impl Into<String>, value: impl AsRef<str>) -> Self {
        Self { kind: kind.into(), value: value.as_ref().trim().to_owned() }
    }
}

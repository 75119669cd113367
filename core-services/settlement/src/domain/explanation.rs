//! Why an amount is what it is: a tree of rules, each with its source and its arithmetic.

use caravan_model::Words;
use uuid::Uuid;

/// Where a rule stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A contract's version, and the line in it.
    Contract { id: Uuid, version: u32, line: Option<u32> },
    /// A value of a fuel index: its name and first day.
    Index { name: String, from: String },
    /// A rule of law in our data: its id and where it was read.
    Law { rule: String, source: String },
}

/// A step of a calculation. Where it has an amount, its children's amounts add up to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// The code of the charge that it says what is due for; none for a step on the way or a whole.
    pub(crate) code: Option<String>,
    /// What is reckoned.
    pub(crate) rule: Words,
    pub(crate) source: Option<Source>,
    /// How: `1250.5 kg × 4.75 = 5939.88`; figures, signs and units, and no words.
    pub(crate) arithmetic: Option<String>,
    /// In smallest units; none where the step only says something.
    pub(crate) amount: Option<i64>,
    pub(crate) children: Vec<Self>,
}

impl Node {
    /// A step that only says something.
    pub(crate) const fn note(rule: Words, source: Option<Source>) -> Self {
        Self { code: None, rule, source, arithmetic: None, amount: None, children: Vec::new() }
    }
}

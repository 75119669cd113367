//! The explanation tree as JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::currency::Currency;
use crate::domain::explanation::{Node, Source};

/// A step of a calculation. Where it has an amount and parts with amounts, these add up to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RateExplanation)]
pub(crate) struct NodeOut {
    /// The code of the comparison's line that it says what is due for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// What is reckoned, in English.
    pub(crate) rule: String,
    /// Stable kebab-case word for what `rule` says; none in what was reckoned before there were such words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "lane")]
    pub(crate) kind: Option<String>,
    /// What `rule` names, for whoever says it in another language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) values: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<String>,
    /// How, in figures, signs and units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) arithmetic: Option<String>,
    /// Where the rule stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<SourceOut>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub(crate) parts: Vec<Self>,
}

/// Where a rule stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[schema(as = RateSource)]
pub(crate) enum SourceOut {
    /// A line of a contract's version.
    Contract {
        #[schema(value_type = String, format = "uuid")]
        contract_id: uuid::Uuid,
        version: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
    },
    /// A value of a fuel index.
    FuelIndex { name: String, from: String },
    /// A rule of law, and where it was read.
    Law { rule: String, source: String },
}

impl NodeOut {
    pub(crate) fn new(node: &Node, currency: Currency) -> Self {
        Self {
            code: node.code.clone(),
            rule: node.rule.text(),
            kind: Some(node.rule.kind().to_owned()),
            values: node.rule.values(),
            amount: node.amount.map(|minor| currency.text(minor)),
            arithmetic: node.arithmetic.clone(),
            source: node.source.clone().map(SourceOut::from),
            parts: node.children.iter().map(|child| Self::new(child, currency)).collect(),
        }
    }
}

impl From<Source> for SourceOut {
    fn from(source: Source) -> Self {
        match source {
            Source::Contract { id, version, line } => {
                Self::Contract { contract_id: id, version, line }
            }
            Source::Index { name, from } => Self::FuelIndex { name, from },
            Source::Law { rule, source } => Self::Law { rule, source },
        }
    }
}

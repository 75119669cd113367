//! What is always true of money here; the properties and the debug builds ask.

use crate::domain::explanation::Node;
use crate::domain::ledger::Entry;
use crate::domain::matching::{Match, Outcome};
use crate::domain::rate::{Rated, sum};

/// The first rule that a rating breaks.
pub(crate) fn rated(rated: &Rated) -> Option<&'static str> {
    let rules = [
        (
            sum(rated.lines.iter().map(|line| line.amount)) == Some(rated.total),
            "the lines make the total",
        ),
        (rated.explanation.amount == Some(rated.total), "the explanation explains the total"),
        (tree(&rated.explanation), "what a step has come to, its parts have"),
        (!rated.lines.is_empty(), "carriage is always a line"),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule)
}

/// Whether in every step with parts that have amounts these add up.
fn tree(node: &Node) -> bool {
    let mut parts = node.children.iter().filter_map(|child| child.amount).peekable();
    let adds_up = parts.peek().is_none() || sum(parts) == node.amount;
    adds_up && node.children.iter().all(tree)
}

/// The first rule that a match breaks.
pub(crate) fn matched(found: &Match) -> Option<&'static str> {
    let exact = found.lines.iter().all(|line| line.variance == 0) && found.variance == Some(0);
    let rules = [
        (found.outcome != Outcome::Matched || exact, "matched means no variance at all"),
        (!found.outcome.is_clean() || found.exceptions.is_empty(), "clean means no exception"),
        (
            !found.outcome.is_clean() || found.lines.iter().all(|line| line.passes),
            "clean means that every line passes",
        ),
        (
            found.outcome != Outcome::Exception || !found.exceptions.is_empty(),
            "an exception is said",
        ),
        (
            found.lines.iter().all(|line| line.passes != line.reason.is_some()),
            "what is off has a reason",
        ),
        (found.ways <= 3, "there are three ways"),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule)
}

/// What an entry is off by in its first unbalanced currency.
pub(crate) fn unbalanced(entry: &Entry) -> Option<i64> {
    let mut sums = std::collections::BTreeMap::new();
    for posting in entry.postings() {
        let sum: &mut i128 = sums.entry(posting.currency).or_default();
        *sum += i128::from(posting.amount);
    }
    sums.into_values().find(|sum| *sum != 0).map(|sum| i64::try_from(sum).unwrap_or(i64::MAX))
}

//! Acknowledgements are made of verdicts and nothing else.

use std::sync::Arc;

use caravan_hub_sandbox::testing::NoServices;
use caravan_manifest::Direction;
use caravan_model::{Outgoing, Verdict as Said};

use super::behaviour::Verdict;
use super::subject::{Case, Subject, WALL};

async fn acknowledged(
    subject: &Subject,
    case: &Case,
    control: u32,
    verdicts: &[Said],
) -> Result<Vec<Outgoing>, String> {
    let call = subject.call(case, Arc::new(NoServices), WALL);
    let answer = subject.connector.acknowledge(call, control, verdicts.to_vec()).await;
    answer.map_err(|error| format!("{}: {error}", case.name))
}

fn declares(subject: &Subject, kind: &str) -> bool {
    let mut messages = subject.manifest.messages.iter();
    messages.any(|message| message.kind == kind && message.direction == Direction::Out)
}

/// For every golden case, good or bad: twice the same call gives twice the same messages.
pub(crate) async fn the_same_verdicts_the_same_answer(subject: Arc<Subject>) -> Verdict {
    let mut answered = 0;
    for case in &subject.cases {
        let verdicts = subject.open(case, case.bytes.clone()).await.batch.verdicts;
        let first = acknowledged(&subject, case, 7, &verdicts).await?;
        if first != acknowledged(&subject, case, 7, &verdicts).await? {
            return Err(format!("{}: the second answer is another", case.name));
        }
        if verdicts.iter().any(|verdict| verdict.detail.is_empty()) && !first.is_empty() {
            return Err(format!(
                "{}: a verdict without detail cannot be answered again",
                case.name
            ));
        }
        let empty =
            first.iter().any(|outgoing| outgoing.body.is_empty() || outgoing.file_name.is_empty());
        if empty {
            return Err(format!("{}: an answer has no body or no name", case.name));
        }
        let undeclared = first.iter().find(|outgoing| !declares(&subject, &outgoing.kind));
        if let Some(outgoing) = undeclared {
            return Err(format!("{} is not declared with direction = \"out\"", outgoing.kind));
        }
        let other = acknowledged(&subject, case, 8, &verdicts).await?;
        if !first.is_empty() && first == other {
            return Err(format!("{}: two answers carry one control number", case.name));
        }
        answered += usize::from(!first.is_empty());
    }
    if answered == 0 { Err("no case has an answer".to_owned()) } else { Ok(()) }
}

/// A document of which nothing was understood has no verdicts; that is no trap.
pub(crate) async fn no_verdicts(subject: Arc<Subject>) -> Verdict {
    let case = subject.cases.first().ok_or("there is no golden case")?;
    let answer = acknowledged(&subject, case, 1, &[]).await?;
    if answer.is_empty() { Ok(()) } else { Err("it answers what nobody said".to_owned()) }
}

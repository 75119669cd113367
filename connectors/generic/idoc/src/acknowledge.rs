//! Verdicts in, one STATUS IDoc (SYSTAT01) out: 16 for each document that was taken, 17 with the first problem for the others.

use caravan_mappings_idoc::print::{self, PrintError};
use caravan_mappings_idoc::status::{Header, Outcome, systat01};
use caravan_model::{Outgoing, Verdict, VerdictOutcome};

use crate::detail::Detail;
use crate::profile::Profile;

/// Why there is no STATUS IDoc.
#[derive(Debug, thiserror::Error)]
pub enum NoStatus {
    /// The verdicts are not ours.
    #[error("a verdict's detail is not an IDoc's: {0}")]
    Detail(#[from] serde_json::Error),
    /// The flat form could not be written.
    #[error("the STATUS IDoc could not be written: {0}")]
    Print(#[from] PrintError),
    /// The clock stands outside the years that a date can name.
    #[error("{0} ms is no time")]
    Clock(i64),
}

/// The STATUS IDoc for one document's verdicts, in the form the document came in. Empty when no verdict names an IDoc.
///
/// # Errors
/// When the verdicts are not this connector's, or the clock is wrong.
pub fn acknowledge(
    profile: &Profile,
    now_ms: i64,
    control_number: u32,
    verdicts: &[Verdict],
) -> Result<Vec<Outgoing>, NoStatus> {
    let mut details = Vec::new();
    for verdict in verdicts.iter().filter(|verdict| !verdict.control.is_empty()) {
        details.push((verdict, serde_json::from_str::<Detail>(&verdict.detail)?));
    }
    let Some((_, first)) = details.first() else { return Ok(Vec::new()) };
    let now = jiff::Timestamp::from_millisecond(now_ms).map_err(|_| NoStatus::Clock(now_ms))?;
    let now = now.to_zoned(jiff::tz::TimeZone::UTC);
    let header = Header {
        client: first.client.clone(),
        number: control_number,
        sender: first.receiver.clone().into(),
        receiver: first.sender.clone().into(),
        date: now.strftime("%Y%m%d").to_string(),
        time: now.strftime("%H%M%S").to_string(),
    };
    let flat = first.form == "flat";
    let outcomes: Vec<Outcome> =
        details.iter().map(|(verdict, detail)| outcome(verdict, detail)).collect();
    let idoc = systat01(&header, &outcomes);
    let (body, extension, media_type) = if flat {
        (print::flat(&idoc, &profile.layouts())?, "txt", "text/plain; charset=utf-8")
    } else {
        (print::xml("SYSTAT01", core::slice::from_ref(&idoc)), "xml", "application/xml")
    };
    Ok(vec![Outgoing {
        kind: "idoc/SYSTAT01".to_owned(),
        file_name: format!("SYSTAT01_{control_number:016}.{extension}"),
        media_type: media_type.to_owned(),
        body: body.into_bytes(),
    }])
}

fn outcome(verdict: &Verdict, detail: &Detail) -> Outcome {
    let taken = verdict.outcome != VerdictOutcome::Rejected;
    let text = if taken {
        "Document taken."
    } else {
        verdict.note.as_deref().unwrap_or("Document not taken.")
    };
    Outcome {
        client: detail.client.clone(),
        docnum: verdict.control.clone(),
        taken,
        text: text.to_owned(),
        segment: detail.segment,
        field: detail.field.clone(),
        code: detail.code.clone(),
    }
}

//! What a connector that reads files makes of whatever a party drops.

use std::sync::Arc;

use bytes::Bytes;
use caravan_fault::Class;

use super::behaviour::Verdict;
use super::subject::{Case, Got, Subject, Way, unmapped};

const JUNK_BYTES: usize = 8 << 20;

pub(crate) async fn reads_its_samples(subject: Arc<Subject>) -> Verdict {
    subject.sample(Way::Files)?;
    for case in subject.samples_of(Way::Files) {
        let got = subject.open(case, case.bytes.clone()).await;
        let size = u64::try_from(case.bytes.len()).unwrap();
        let spans = got.batch.records.iter().map(|record| record.source());
        let spans = spans.chain(got.batch.rejects.iter().map(|reject| reject.source));
        let mut spans = spans.chain(got.batch.verdicts.iter().map(|verdict| verdict.source));
        if let Some(span) = spans.find(|span| span.start > span.end || span.end > size) {
            return Err(format!("{}: {span:?} is not in the file of {size} bytes", case.name));
        }
    }
    Ok(())
}

pub(crate) async fn the_same_file_gives_the_same_records(subject: Arc<Subject>) -> Verdict {
    for case in &subject.cases {
        let first = subject.open(case, case.bytes.clone()).await;
        if first != subject.open(case, case.bytes.clone()).await {
            return Err(format!("{}: the second reading is another", case.name));
        }
    }
    Ok(())
}

pub(crate) async fn a_dry_run_gives_the_same(subject: Arc<Subject>) -> Verdict {
    for case in subject.samples_of(Way::Files) {
        let dry = subject.open_as(case, case.bytes.clone(), true).await;
        if dry != subject.open(case, case.bytes.clone()).await {
            return Err(format!("{}: a dry run gives something else", case.name));
        }
    }
    Ok(())
}

/// The file is none of the named messages: refused as a whole, with a reason.
async fn refused(subject: &Subject, case: &Case, bytes: impl Into<Bytes>) -> Verdict {
    let got = subject.open(case, bytes.into()).await;
    got.is_failure(&[Class::Permanent]).map_err(|wrong| format!("as {}: {wrong}", case.message))?;
    no_records(&got)
}

fn no_records(got: &Got) -> Verdict {
    match got.batch.records.len() {
        0 => Ok(()),
        records => Err(format!("{records} records came out of it")),
    }
}

pub(crate) async fn zero_length(subject: Arc<Subject>) -> Verdict {
    for case in subject.samples_of(Way::Files) {
        refused(&subject, case, Bytes::new()).await?;
    }
    Ok(())
}

pub(crate) async fn zero_bytes(subject: Arc<Subject>) -> Verdict {
    for case in subject.samples_of(Way::Files) {
        refused(&subject, case, vec![0_u8; 64 << 10]).await?;
    }
    Ok(())
}

/// Wherever the file ends too early, something says so, and what was whole before is there.
pub(crate) async fn cut_anywhere(subject: Arc<Subject>) -> Verdict {
    for case in subject.samples_of(Way::Files) {
        let whole = subject.open(case, case.bytes.clone()).await.batch.records;
        let length = case.bytes.trim_ascii_end().len();
        let step = (length / 24).max(1);
        for end in (1..length).step_by(step).chain([length - 1]) {
            let got = subject.open(case, case.bytes.slice(..end)).await;
            let place = format!("{} cut at {end} of {length}", case.name);
            got.is_survived().map_err(|wrong| format!("{place}: {wrong}"))?;
            let same = got
                .batch
                .records
                .iter()
                .zip(&whole)
                .all(|(cut, whole)| cut.source().start == whole.source().start);
            if !same || got.batch.records.len() > whole.len() {
                return Err(format!("{place}: it reads records that the whole file does not have"));
            }
            if !got.complains() && got.batch.records.len() < whole.len() {
                return Err(format!(
                    "{place}: nothing says that {} records are missing",
                    whole.len()
                ));
            }
        }
    }
    Ok(())
}

/// Another message than the named one, of its own dialect or of another's.
pub(crate) async fn another_message(subject: Arc<Subject>) -> Verdict {
    let samples: Vec<&Case> = subject.samples_of(Way::Files).collect();
    for case in &samples {
        for other in samples.iter().filter(|other| other.message != case.message) {
            let got = subject.open(case, other.bytes.clone()).await;
            got.is_survived()?;
            no_records(&got)
                .map_err(|wrong| format!("{} as {}: {wrong}", other.message, case.message))?;
            if !got.complains() {
                return Err(format!("{} passes as {}", other.message, case.message));
            }
        }
        for foreign in ["UNA:+.? 'UNB+UNOA:2+A+B+260101:1200+1'", "<html/>", "{}", "a;b;c\n1;2;3\n"]
        {
            refused(&subject, case, foreign).await?;
        }
    }
    Ok(())
}

/// Golden cases named so are read without a trap, and complain; answers the number of records of each.
async fn complained(subject: &Subject, names: &[&str]) -> Result<Vec<(String, usize)>, String> {
    let mut records = Vec::new();
    for case in subject.named(names)? {
        let got = subject.open(case, case.bytes.clone()).await;
        got.is_survived().map_err(|wrong| format!("{}: {wrong}", case.name))?;
        if !got.complains() {
            return Err(format!("{}: nothing says what is wrong with it", case.name));
        }
        records.push((case.name.clone(), got.batch.records.len()));
    }
    Ok(records)
}

/// A set, segment or interchange that is counted wrong.
pub(crate) async fn wrong_counts(subject: Arc<Subject>) -> Verdict {
    complained(&subject, &["wrong-segment-count", "wrong-controls", "segment-gap"]).await.map(drop)
}

/// The good records of the same file still arrive.
pub(crate) async fn latin_1_in_a_utf_8_place(subject: Arc<Subject>) -> Verdict {
    let records = complained(&subject, &["latin-1", "latin1-in-utf8"]).await?;
    if records.iter().any(|(_, records)| *records > 0) {
        return Ok(());
    }
    Err("it costs every record of every such file".to_owned())
}

pub(crate) async fn delimiters_that_clash(subject: Arc<Subject>) -> Verdict {
    complained(&subject, &["delimiter-clash"]).await.map(drop)
}

/// A file behind a file is read too, or something says that it was not.
pub(crate) async fn two_in_one_file(subject: Arc<Subject>) -> Verdict {
    for case in subject.samples_of(Way::Files) {
        let one = subject.open(case, case.bytes.clone()).await.batch.records.len();
        let twice = [&case.bytes[..], &case.bytes[..]].concat();
        let got = subject.open(case, twice.into()).await;
        got.is_survived()?;
        let records = got.batch.records.len();
        if records < one || (records < 2 * one && !got.complains()) {
            return Err(format!("{}: {records} records of twice {one}", case.name));
        }
    }
    Ok(())
}

pub(crate) async fn junk_of_eight_megabytes(subject: Arc<Subject>) -> Verdict {
    for case in subject.samples_of(Way::Files) {
        refused(&subject, case, junk(JUNK_BYTES)).await?;
    }
    Ok(())
}

/// It begins well: the reader must find its way to an end, within its time and its memory.
pub(crate) async fn junk_behind_a_header(subject: Arc<Subject>) -> Verdict {
    for case in subject.samples_of(Way::Files) {
        for head in [120, case.bytes.len() / 2] {
            let mut bytes = case.bytes[..head.min(case.bytes.len())].to_vec();
            bytes.extend(junk(JUNK_BYTES));
            let got = subject.open(case, bytes.into()).await;
            got.is_survived()
                .map_err(|wrong| format!("{} behind {head} bytes: {wrong}", case.name))?;
            if !got.complains() {
                return Err(format!("{} behind {head} bytes: nothing says so", case.name));
            }
        }
    }
    Ok(())
}

pub(crate) async fn deep_nesting(subject: Arc<Subject>) -> Verdict {
    for case in subject.samples_of(Way::Files) {
        for bytes in deep() {
            refused(&subject, case, bytes).await?;
        }
    }
    Ok(())
}

/// Where a message has status codes, one without a meaning is `unmapped`, never a guess.
pub(crate) async fn an_unknown_code(subject: Arc<Subject>) -> Verdict {
    for case in subject.named(&["unknown-code"])? {
        let batch = subject.open(case, case.bytes.clone()).await.batch;
        if unmapped(&batch) == 0 {
            return Err(format!("{}: no milestone is unmapped with its code kept", case.name));
        }
    }
    Ok(())
}

/// 100,000 levels of JSON and of XML.
pub(crate) fn deep() -> [Vec<u8>; 3] {
    ["[", "{\"a\":", "<a>"].map(|opening| opening.repeat(100_000).into_bytes())
}

/// Bytes without sense, the same every time (xorshift).
fn junk(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

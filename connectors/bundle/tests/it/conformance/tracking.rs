//! What a connector that asks makes of whatever the party answers, or does not.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use caravan_fault::Class;
use caravan_manifest::StatusMeaning;
use caravan_model::Reference;

use super::behaviour::Verdict;
use super::party::{Answer, Party};
use super::subject::{Case, Subject, Tracked, WALL, Way, unmapped};
use super::world::{Granted, secret};

/// The time that a call has when the test is about time.
const SHORT: Duration = Duration::from_millis(1_500);
/// The outcome of a question that got no whole answer: it may be asked again.
const NO_ANSWER: &[Class] = &[Class::Transient, Class::Unknown];
/// The outcome of an answer that will be the same the next time.
const NO_SENSE: &[Class] = &[Class::Permanent];

async fn answered(subject: &Subject, answer: Answer) -> Result<Tracked, String> {
    Ok(subject.track(subject.sample(Way::Tracking)?, answer).await)
}

pub(crate) async fn reads_its_samples(subject: Arc<Subject>) -> Verdict {
    subject.sample(Way::Tracking)?;
    for case in subject.samples_of(Way::Tracking) {
        let tracked = subject.track(case, Answer::ok(case.bytes.clone())).await;
        if !tracked.got.is_clean() {
            return Err(format!("{}: {:?}", case.name, tracked.got.failure));
        }
        traced(&tracked)?;
        let [request] = tracked.seen.as_slice() else {
            return Err(format!("{} requests for one reply", tracked.seen.len()));
        };
        authenticated(&subject, &request.text())?;
    }
    Ok(())
}

/// Every record says which bytes of which reply it came from.
fn traced(tracked: &Tracked) -> Verdict {
    for record in &tracked.got.batch.records {
        let span = record.source();
        let index = usize::try_from(span.document).ok().and_then(|number| number.checked_sub(1));
        let reply = index.and_then(|index| tracked.replies.get(index));
        let within = reply.is_some_and(|reply| {
            span.start < span.end && span.end <= u64::try_from(reply.len()).unwrap()
        });
        if !within {
            return Err(format!("a record's span {span:?} is in no reply"));
        }
    }
    Ok(())
}

/// A declared secret, or the token that one was exchanged for, reached the party.
fn authenticated(subject: &Subject, request: &str) -> Verdict {
    let declared: Vec<String> = subject
        .manifest
        .auth
        .iter()
        .flat_map(|(slot, auth)| auth.fields.iter().map(|field| secret(slot, field)))
        .collect();
    let plain = declared.iter().any(|secret| request.contains(secret.as_str()));
    let by_scheme = ["Basic ", "Bearer "].iter().any(|scheme| request.contains(scheme));
    if declared.is_empty() || plain || by_scheme {
        return Ok(());
    }
    Err("the request carries none of the declared secrets".to_owned())
}

pub(crate) async fn the_same_reply_gives_the_same_records(subject: Arc<Subject>) -> Verdict {
    for case in subject.cases.iter().filter(|case| reads(&subject, case)) {
        let first = subject.track(case, Answer::ok(case.bytes.clone())).await.got;
        let second = subject.track(case, Answer::ok(case.bytes.clone())).await.got;
        if first != second {
            return Err(format!("{}: the second reading is another", case.name));
        }
    }
    Ok(())
}

fn reads(subject: &Subject, case: &Case) -> bool {
    subject.samples_of(Way::Tracking).any(|sample| sample.message == case.message)
}

pub(crate) async fn a_dry_run_asks_and_gives_the_same(subject: Arc<Subject>) -> Verdict {
    let case = subject.sample(Way::Tracking)?;
    let real = subject.track(case, Answer::ok(case.bytes.clone())).await;
    let queries = vec![subject.query(case)];
    let dry = subject.track_within(case, Answer::ok(case.bytes.clone()), queries, WALL, true).await;
    if real.got != dry.got {
        return Err("a dry run gives something else".to_owned());
    }
    let methods = |tracked: &Tracked| -> Vec<String> {
        tracked.seen.iter().map(|request| request.method.clone()).collect()
    };
    if methods(&real) != methods(&dry) {
        return Err("a dry run asks in another way".to_owned());
    }
    Ok(())
}

pub(crate) async fn one_result_for_each_query(subject: Arc<Subject>) -> Verdict {
    let case = subject.sample(Way::Tracking)?;
    let unknown = |number: &str| Reference::new(subject.query(case).kind, number);
    let queries = vec![subject.query(case), unknown("nobody-1"), unknown("nobody-2")];
    let answer = Answer::ok(case.bytes.clone());
    let tracked = subject.track_within(case, answer, queries, WALL, false).await;
    if tracked.results != 3 {
        return Err(format!("{} results for 3 queries", tracked.results));
    }
    if tracked.got.is_clean() { Ok(()) } else { Err("the first query lost its answer".to_owned()) }
}

/// The party's failure to answer costs no more than the call's own time, and is not the connector's fault.
async fn out_of_time(subject: &Subject, answer: Answer) -> Verdict {
    let case = subject.sample(Way::Tracking)?;
    let queries = vec![subject.query(case)];
    let tracked = subject.track_within(case, answer, queries, SHORT, false).await;
    tracked.got.is_failure(NO_ANSWER)?;
    if tracked.took > SHORT * 2 {
        return Err(format!("it took {:?} of {SHORT:?}", tracked.took));
    }
    Ok(())
}

pub(crate) async fn a_silent_party(subject: Arc<Subject>) -> Verdict {
    out_of_time(&subject, Answer::Silence).await
}

pub(crate) async fn a_dripping_body(subject: Arc<Subject>) -> Verdict {
    let body = subject.sample(Way::Tracking)?.bytes.clone();
    out_of_time(&subject, Answer::Drip(body)).await
}

pub(crate) async fn a_reset_connection(subject: Arc<Subject>) -> Verdict {
    answered(&subject, Answer::Reset).await?.got.is_failure(NO_ANSWER)
}

pub(crate) async fn a_refused_connection(subject: Arc<Subject>) -> Verdict {
    let case = subject.sample(Way::Tracking)?;
    let granted = Granted { base: Some(Party::nobody().await), secrets: true };
    let queries = vec![subject.query(case)];
    let tracked = subject.track_at(case, &granted, queries, WALL, false).await;
    tracked.got.is_failure(&[Class::Transient])
}

pub(crate) async fn a_body_cut_off(subject: Arc<Subject>) -> Verdict {
    let body = subject.sample(Way::Tracking)?.bytes.clone();
    answered(&subject, Answer::CutOff(body)).await?.got.is_failure(NO_ANSWER)
}

pub(crate) async fn http_429(subject: Arc<Subject>) -> Verdict {
    answered(&subject, Answer::status(429)).await?.got.is_failure(&[Class::RateLimited])
}

pub(crate) async fn http_429_with_retry_after(subject: Arc<Subject>) -> Verdict {
    let headers = vec![("retry-after", "120")];
    let answer = Answer::Reply { status: 429, headers, body: Bytes::from_static(b"{}") };
    let tracked = answered(&subject, answer).await?;
    tracked.got.is_failure(&[Class::RateLimited])?;
    if tracked.got.retry_after.is_none_or(|wait| wait < Duration::from_secs(115)) {
        return Err(format!("the party said 120 s, it says {:?}", tracked.got.retry_after));
    }
    if tracked.seen.len() != 1 {
        return Err(format!("it asked {} times", tracked.seen.len()));
    }
    Ok(())
}

pub(crate) async fn http_401(subject: Arc<Subject>) -> Verdict {
    answered(&subject, Answer::status(401)).await?.got.is_failure(&[Class::Auth])
}

/// `auth`, unless the manifest declares that this party means something else by it.
pub(crate) async fn http_403(subject: Arc<Subject>) -> Verdict {
    let declared = subject.manifest.endpoints.values().find_map(|one| one.meaning_of(403));
    let expected = match declared {
        None | Some(StatusMeaning::Auth) => Class::Auth,
        Some(StatusMeaning::RateLimited) => Class::RateLimited,
        Some(StatusMeaning::Transient) => Class::Transient,
        Some(StatusMeaning::Permanent) => Class::Permanent,
    };
    answered(&subject, Answer::status(403)).await?.got.is_failure(&[expected])
}

pub(crate) async fn http_404(subject: Arc<Subject>) -> Verdict {
    answered(&subject, Answer::status(404)).await?.got.is_failure(NO_SENSE)
}

pub(crate) async fn http_500(subject: Arc<Subject>) -> Verdict {
    answered(&subject, Answer::status(500)).await?.got.is_failure(&[Class::Transient])
}

pub(crate) async fn a_page_in_a_200(subject: Arc<Subject>) -> Verdict {
    for page in [
        "<!DOCTYPE html><html><body><h1>Scheduled maintenance</h1></body></html>",
        "<html><body><p>Please <br> log in</body></html>",
        "Service unavailable",
    ] {
        answered(&subject, Answer::ok(page)).await?.got.is_failure(NO_SENSE)?;
    }
    Ok(())
}

pub(crate) async fn an_error_in_a_200(subject: Arc<Subject>) -> Verdict {
    for case in subject.named(&["error-in-200"])? {
        let got = subject.track(case, Answer::ok(case.bytes.clone())).await.got;
        if got.failure.is_none() {
            return Err(format!("{}: it succeeds", case.name));
        }
        got.is_survived()?;
    }
    Ok(())
}

/// The HTTP is whole and the document in it is not.
pub(crate) async fn a_truncated_document(subject: Arc<Subject>) -> Verdict {
    let case = subject.sample(Way::Tracking)?;
    let length = case.bytes.trim_ascii_end().len();
    for end in [1, length / 4, length / 2, length * 3 / 4, length - 1] {
        let answer = Answer::ok(case.bytes.slice(..end));
        let got = subject.track(case, answer).await.got;
        got.is_failure(NO_SENSE).map_err(|wrong| format!("cut at {end} of {length}: {wrong}"))?;
    }
    Ok(())
}

pub(crate) async fn an_empty_body(subject: Arc<Subject>) -> Verdict {
    answered(&subject, Answer::ok("")).await?.got.is_failure(NO_SENSE)
}

/// What an endpoint gives at most.
fn cap(subject: &Subject) -> usize {
    let of_class = subject.manifest.connector.class.reply_bytes_max();
    let caps = subject.manifest.endpoints.values().map(|one| one.reply_bytes_max);
    let cap = caps.map(|cap| cap.unwrap_or(of_class)).min().unwrap_or(of_class);
    usize::try_from(cap).unwrap()
}

pub(crate) async fn a_reply_over_the_cap(subject: Arc<Subject>) -> Verdict {
    let body = vec![b' '; cap(&subject) + 1];
    answered(&subject, Answer::ok(body)).await?.got.is_failure(NO_SENSE)
}

/// A reply as large as the manifest allows fits into the memory and the time that the class gives.
pub(crate) async fn the_largest_reply(subject: Arc<Subject>) -> Verdict {
    let case = subject.sample(Way::Tracking)?;
    let mut body = case.bytes.to_vec();
    body.resize(cap(&subject), b' ');
    let got = subject.track(case, Answer::ok(body)).await.got;
    if got.is_clean() {
        Ok(())
    } else {
        Err(format!("with white space behind it: {:?}", got.failure))
    }
}

/// Well-formed, and not what the party documents.
pub(crate) async fn another_shape(subject: Arc<Subject>) -> Verdict {
    let shapes: [&str; 8] = [
        "{}",
        "[]",
        "null",
        "\"text\"",
        "{\"data\":[{\"a\":1}],\"error\":null}",
        "<other/>",
        "<a><b>1</b></a>",
        "<?xml version=\"1.0\"?><a xmlns=\"urn:x\"/>",
    ];
    for shape in shapes {
        let got = answered(&subject, Answer::ok(shape)).await?.got;
        got.is_failure(NO_SENSE).map_err(|wrong| format!("{shape}: {wrong}"))?;
    }
    Ok(())
}

pub(crate) async fn deep_nesting(subject: Arc<Subject>) -> Verdict {
    for body in super::files::deep() {
        answered(&subject, Answer::ok(body)).await?.got.is_failure(NO_SENSE)?;
    }
    Ok(())
}

pub(crate) async fn an_unknown_code(subject: Arc<Subject>) -> Verdict {
    for case in subject.named(&["unknown-code"])? {
        let batch = subject.track(case, Answer::ok(case.bytes.clone())).await.got.batch;
        if unmapped(&batch) == 0 {
            return Err(format!("{}: no milestone is unmapped with its code kept", case.name));
        }
        if !batch.rejects.iter().any(|reject| reject.code == "unmapped-code") {
            return Err(format!("{}: nothing says so", case.name));
        }
    }
    Ok(())
}

/// Latin-1 where UTF-8 belongs: refused as a whole, or read with every record that it has.
pub(crate) async fn a_wrong_charset(subject: Arc<Subject>) -> Verdict {
    let case = subject.sample(Way::Tracking)?;
    let whole = subject.track(case, Answer::ok(case.bytes.clone())).await.got.batch.records.len();
    let letters = case.bytes.iter().enumerate().filter(|(_, byte)| byte.is_ascii_lowercase());
    for (at, _) in letters.step_by(case.bytes.len().div_ceil(12).max(1)) {
        let mut body = case.bytes.to_vec();
        body[at] = 0xe9;
        let got = subject.track(case, Answer::ok(body)).await.got;
        got.is_survived().map_err(|wrong| format!("byte {at}: {wrong}"))?;
        if !got.complains() && got.batch.records.len() < whole {
            return Err(format!("byte {at} cost a record, and nothing says so"));
        }
    }
    Ok(())
}

pub(crate) async fn a_missing_secret(subject: Arc<Subject>) -> Verdict {
    if subject.manifest.auth.is_empty() {
        return Ok(());
    }
    let case = subject.sample(Way::Tracking)?;
    let party = Party::start(Answer::ok(case.bytes.clone()), Vec::new()).await;
    let granted = Granted { base: Some(party.base.clone()), secrets: false };
    let queries = vec![subject.query(case)];
    let tracked = subject.track_at(case, &granted, queries, WALL, false).await;
    tracked.got.is_failure(&[Class::Config])?;
    if party.seen().is_empty() { Ok(()) } else { Err("it asked without its secret".to_owned()) }
}

//! What a connector that listens makes of requests, genuine or not. How a genuine one looks is in its `conformance.toml`.

use std::sync::Arc;

use caravan_fault::Class;

use super::behaviour::Verdict;
use super::forge::Push;
use super::subject::{Subject, Way};

pub(crate) async fn takes_a_genuine_request(subject: Arc<Subject>) -> Verdict {
    let case = subject.sample(Way::Webhooks)?;
    let got = subject.receive(case, subject.genuine(&case.bytes)).await;
    let size = u64::try_from(case.bytes.len()).unwrap();
    let inside = |end: u64, document: u32| document == 0 && end <= size;
    if !got.batch.records.iter().all(|record| inside(record.source().end, record.source().document))
    {
        return Err("a record's span is not in the request".to_owned());
    }
    if got.is_clean() { Ok(()) } else { Err(format!("{:?}", got.failure)) }
}

async fn refused(subject: &Subject, how: Push) -> Verdict {
    let case = subject.sample(Way::Webhooks)?;
    // Also with a body that nobody could read: the sender is looked at first.
    for body in [&case.bytes[..], b"", b"{\"a\":"] {
        subject.receive(case, subject.forged(body, how)).await.is_failure(&[Class::Auth])?;
    }
    Ok(())
}

pub(crate) async fn a_wrong_secret(subject: Arc<Subject>) -> Verdict {
    refused(&subject, Push::WrongSecret).await
}

pub(crate) async fn no_secret_at_all(subject: Arc<Subject>) -> Verdict {
    refused(&subject, Push::NoSecret).await
}

/// A replayed request gives the same records, whose ids the hub already knows.
pub(crate) async fn the_same_request_twice(subject: Arc<Subject>) -> Verdict {
    let case = subject.sample(Way::Webhooks)?;
    let first = subject.receive(case, subject.genuine(&case.bytes)).await;
    let second = subject.receive(case, subject.genuine(&case.bytes)).await;
    if first == second { Ok(()) } else { Err("the second reading is another".to_owned()) }
}

/// Genuinely sent, and nothing to be made of it.
async fn unreadable(subject: &Subject, body: &[u8]) -> Verdict {
    let case = subject.sample(Way::Webhooks)?;
    subject.receive(case, subject.genuine(body)).await.is_failure(&[Class::Permanent])
}

pub(crate) async fn a_truncated_body(subject: Arc<Subject>) -> Verdict {
    let body = subject.sample(Way::Webhooks)?.bytes.clone();
    let length = body.trim_ascii_end().len();
    for end in [1, length / 4, length / 2, length * 3 / 4, length - 1] {
        unreadable(&subject, &body[..end]).await?;
    }
    Ok(())
}

pub(crate) async fn an_empty_body(subject: Arc<Subject>) -> Verdict {
    unreadable(&subject, b"").await
}

pub(crate) async fn another_shape(subject: Arc<Subject>) -> Verdict {
    for shape in ["{}", "[]", "null", "\"text\"", "{\"a\":{\"b\":[]}}", "<a/>", "<html><br></html>"]
    {
        unreadable(&subject, shape.as_bytes()).await?;
    }
    Ok(())
}

pub(crate) async fn deep_nesting(subject: Arc<Subject>) -> Verdict {
    for body in super::files::deep() {
        unreadable(&subject, &body).await?;
    }
    Ok(())
}

/// The door takes a MiB; so much of nothing is refused in the time and the memory of the class.
pub(crate) async fn a_large_body(subject: Arc<Subject>) -> Verdict {
    unreadable(&subject, &vec![b'x'; 1 << 20]).await?;
    let case = subject.sample(Way::Webhooks)?;
    let mut body = case.bytes.to_vec();
    body.resize(1 << 20, b' ');
    let got = subject.receive(case, subject.genuine(&body)).await;
    if got.is_clean() {
        Ok(())
    } else {
        Err(format!("with white space behind it: {:?}", got.failure))
    }
}

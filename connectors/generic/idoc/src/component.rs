//! The connector as the hub sees it: the plain functions behind the SDK's traits.

use std::io::{self, Read};

use caravan_connector_sdk::model::{Batch, Outgoing, SettledBill, Span, Verdict};
use caravan_connector_sdk::{
    Context, Document, Documents, Failure, Files, Host, Reader, Settlements, Violation,
    WINDOW_BYTES_MAX,
};
use caravan_mappings_idoc::NotIdoc;

use crate::profile::Profile;
use crate::{Translation, acknowledge, hand_over};

/// The generic IDoc connector.
#[derive(Debug)]
pub struct Idoc;

/// The hub's document as a stream.
pub struct Stream {
    document: Box<dyn Document>,
    at: u64,
}

impl core::fmt::Debug for Stream {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Stream").field("at", &self.at).finish_non_exhaustive()
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = u32::try_from(buf.len()).unwrap_or(WINDOW_BYTES_MAX).min(WINDOW_BYTES_MAX);
        let window = self.document.read(self.at, len);
        let len = window.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..len), window.get(..len)) {
            to.copy_from_slice(from);
        }
        self.at = self.at.saturating_add(u64::try_from(len).unwrap_or(0));
        Ok(len)
    }
}

impl Files for Idoc {
    type Reader = Translation<Stream>;

    fn open(
        host: &dyn Host,
        context: &Context,
        document: Box<dyn Document>,
    ) -> Result<Self::Reader, Failure> {
        let stream = Stream { document, at: 0 };
        Translation::open(stream, profile(host)?, context.message.as_deref()).map_err(unreadable)
    }
}

impl Reader for Translation<Stream> {
    fn next(&mut self, _: &dyn Host) -> Result<Batch, Failure> {
        self.next_batch().map_err(unreadable)
    }
}

impl Documents for Idoc {
    fn acknowledge(
        host: &dyn Host,
        context: &Context,
        control_number: u32,
        verdicts: &[Verdict],
    ) -> Result<Vec<Outgoing>, Failure> {
        let profile = profile(host)?;
        acknowledge(&profile, context.now_ms, control_number, verdicts).map_err(|error| {
            let (path, code) = ("verdicts".to_owned(), "idoc-verdicts".to_owned());
            Failure::InvalidRequest(vec![Violation { path, code, message: error.to_string() }])
        })
    }
}

impl Settlements for Idoc {
    fn hand_over(
        host: &dyn Host,
        context: &Context,
        bill: &SettledBill,
    ) -> Result<Vec<Outgoing>, Failure> {
        let books = hand_over::Books::of(host, profile(host)?)?;
        let written = hand_over::write(&books, context.now_ms, bill)?;
        Ok(vec![written])
    }
}

fn profile(host: &dyn Host) -> Result<Profile, Failure> {
    // The operator's to mend, not the sender's: the document waits for it with its bytes.
    Profile::load(&host.profile(), host.setting("zone"), host.setting("encoding"))
        .map_err(|error| Failure::Denied(error.to_string()))
}

fn unreadable(not: NotIdoc) -> Failure {
    let source = Span { document: 0, start: not.span.start, end: not.span.end };
    Failure::unreadable(not.code, not.to_string(), source)
}

//! The component's operations: thin, over the mapper, the acknowledgement and the tender.

use caravan_connector_sdk::{Context, Document, Documents, Failure, Files, Host, Reader, Tenders};
use caravan_mappings_x12::{Limits, ReadError, Source};
use caravan_model::verdict::Outgoing;
use caravan_model::{Batch, Tender, Verdict};

use crate::acknowledge::acknowledge;
use crate::address::Addresses;
use crate::mapper::{Mapper, NotReadable};
use crate::profile::Profile;
use crate::tender;

/// `files`: reads 214, 210 and 990.
#[derive(Debug)]
pub struct X12Files;

/// `documents`: writes 997 and TA1.
#[derive(Debug)]
pub struct X12Documents;

/// `tenders`: writes 204.
#[derive(Debug)]
pub struct X12Tenders;

/// A document being read.
#[derive(Debug)]
pub struct X12Reader(Mapper<HostDocument>);

/// The host's document as a source of windows.
struct HostDocument(Box<dyn Document>);

impl core::fmt::Debug for HostDocument {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "HostDocument({} bytes)", self.0.size())
    }
}

impl Source for HostDocument {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read(&mut self, offset: u64, len: u32, out: &mut Vec<u8>) -> Result<usize, ReadError> {
        let window = self.0.read(offset, len);
        let read = window.len();
        if out.is_empty() {
            *out = window;
        } else {
            out.extend_from_slice(&window);
        }
        Ok(read)
    }
}

impl Files for X12Files {
    type Reader = X12Reader;

    fn open(
        host: &dyn Host,
        context: &Context,
        document: Box<dyn Document>,
    ) -> Result<X12Reader, Failure> {
        let profile = profile(host)?;
        let source = HostDocument(document);
        let mapper = Mapper::open(source, profile, context.message.as_deref(), Limits::default())
            .map_err(failure)?;
        Ok(X12Reader(mapper))
    }
}

impl Reader for X12Reader {
    fn next(&mut self, _: &dyn Host) -> Result<Batch, Failure> {
        self.0.next_batch().map_err(failure)
    }
}

impl Documents for X12Documents {
    fn acknowledge(
        _: &dyn Host,
        context: &Context,
        control_number: u32,
        verdicts: &[Verdict],
    ) -> Result<Vec<Outgoing>, Failure> {
        Ok(acknowledge(verdicts, control_number, context.now_ms))
    }
}

impl Tenders for X12Tenders {
    fn offer(
        host: &dyn Host,
        context: &Context,
        tender: &Tender,
    ) -> Result<Vec<Outgoing>, Failure> {
        let profile = profile(host)?;
        let addresses = Addresses::of(host, &tender.carrier)?;
        let body = tender::write(tender, &profile, &addresses, context.now_ms)?;
        Ok(vec![Outgoing {
            kind: "x12/204".to_owned(),
            file_name: tender::file_name(tender),
            media_type: "application/edi-x12".to_owned(),
            body,
        }])
    }
}

fn profile(host: &dyn Host) -> Result<Profile, Failure> {
    // The operator's to mend, not the sender's: what needs it waits.
    Profile::parse(&host.profile())
        .map_err(|why| Failure::Denied(format!("the party's profile cannot be used: {why}")))
}

fn failure(error: NotReadable) -> Failure {
    Failure::unreadable(error.code, error.message, error.source)
}

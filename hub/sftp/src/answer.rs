//! What a request gets back: a packet, or a refusal with a code for the program and a sentence for the person.
use bytes::Bytes;
use russh_sftp::protocol::{Packet, Status, StatusCode};

use crate::mailbox::{MailboxError, Refusal};
use crate::path::BadPath;
use crate::staging::WriteError;
use crate::telemetry;

/// A request that was not carried out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refused {
    pub(crate) code: StatusCode,
    pub(crate) message: String,
}

/// The outcome of one request.
pub(crate) type Answer = Result<Packet, Refused>;

impl Refused {
    pub(crate) fn missing() -> Self {
        Self { code: StatusCode::NoSuchFile, message: "no such file".to_owned() }
    }

    pub(crate) fn denied(message: &str) -> Self {
        Self { code: StatusCode::PermissionDenied, message: message.to_owned() }
    }

    pub(crate) fn failure(message: impl Into<String>) -> Self {
        Self { code: StatusCode::Failure, message: message.into() }
    }

    pub(crate) fn unsupported(message: &str) -> Self {
        Self { code: StatusCode::OpUnsupported, message: message.to_owned() }
    }

    pub(crate) fn bad_message(message: &str) -> Self {
        Self { code: StatusCode::BadMessage, message: message.to_owned() }
    }

    pub(crate) fn end() -> Self {
        Self { code: StatusCode::Eof, message: "end of file".to_owned() }
    }

    pub(crate) fn into_packet(self, id: u32) -> Packet {
        status(id, self.code, self.message)
    }
}

impl From<BadPath> for Refused {
    fn from(error: BadPath) -> Self {
        Self::denied(&error.to_string())
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::failure(refusal.message)
    }
}

impl From<MailboxError> for Refused {
    fn from(error: MailboxError) -> Self {
        match &error {
            MailboxError::NotFound => Self::missing(),
            MailboxError::Refused(message) => Self::denied(message),
            MailboxError::Unavailable(source) => {
                telemetry::store_failed(source.as_ref());
                Self::failure("the server cannot reach its store at the moment; try again later")
            }
        }
    }
}

impl From<WriteError> for Refused {
    fn from(error: WriteError) -> Self {
        if let WriteError::Store(source) = &error {
            telemetry::store_failed(source);
        }
        Self::failure(error.to_string())
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        telemetry::store_failed(&error);
        Self::failure("the server could not store or read the bytes; try again later")
    }
}

/// An OK.
pub(crate) fn ok(id: u32) -> Packet {
    status(id, StatusCode::Ok, "ok".to_owned())
}

fn status(id: u32, status_code: StatusCode, error_message: String) -> Packet {
    Packet::Status(Status { id, status_code, error_message, language_tag: "en".to_owned() })
}

/// The packet with its length word. Our own replies always encode; the fallback is an encoded plain failure.
pub(crate) fn encode(packet: Packet) -> Option<Bytes> {
    Bytes::try_from(packet).ok()
}

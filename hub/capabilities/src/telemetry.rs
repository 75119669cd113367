//! What capabilities tell: every decision.

use core::fmt::Debug;

use crate::grant::Denied;

/// A decision.
pub(crate) struct Decided<'a, O> {
    pub(crate) connector: &'a str,
    pub(crate) connection: &'a str,
    pub(crate) kind: &'static str,
    pub(crate) operation: &'a O,
    pub(crate) refusal: Option<&'a Denied>,
}

impl<O: Debug> Decided<'_, O> {
    pub(crate) fn emit(&self) {
        let Self { connector, connection, kind, operation, refusal } = self;
        match refusal {
            None => tracing::debug!(connector, connection, kind, ?operation, "capability granted"),
            Some(refusal) => {
                tracing::warn!(connector, connection, kind, ?operation, %refusal, "capability refused");
            }
        }
    }
}

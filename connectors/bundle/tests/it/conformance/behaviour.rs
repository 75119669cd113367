//! The behaviours, each for the connectors that have its operation.

use std::pin::Pin;
use std::sync::Arc;

use caravan_manifest::Manifest;

use super::subject::Subject;
use super::{acknowledgements, files, identity, tenders, tracking, webhooks};

/// What is wrong, in a sentence; nothing when all is right.
pub(crate) type Verdict = Result<(), String>;

type Running = Pin<Box<dyn Future<Output = Verdict> + Send>>;

/// Who must show a behaviour.
#[derive(Clone, Copy)]
pub(crate) enum Operation {
    Any,
    Tracking,
    Files,
    Webhooks,
    Documents,
    Tenders,
}

impl Operation {
    pub(crate) fn is_of(self, manifest: &Manifest) -> bool {
        match self {
            Self::Any => true,
            Self::Tracking => manifest.operations.tracking,
            Self::Files => manifest.operations.files,
            Self::Webhooks => manifest.operations.webhooks,
            Self::Documents => manifest.operations.documents,
            Self::Tenders => manifest.operations.tenders,
        }
    }
}

/// One thing that a connector does, whoever it speaks for.
pub(crate) struct Behaviour {
    pub(crate) operation: Operation,
    pub(crate) name: &'static str,
    pub(crate) run: fn(Arc<Subject>) -> Running,
}

/// Lists `operation: module::function, …;` under the function's name, words joined by `-`.
macro_rules! behaviours {
    ($($operation:ident: $($module:ident :: $name:ident),+;)+) => {
        &[$($(Behaviour {
            operation: Operation::$operation,
            name: concat!(stringify!($module), "::", stringify!($name)),
            run: |subject| Box::pin($module::$name(subject)),
        }),+),+]
    };
}

pub(crate) const ALL: &[Behaviour] = behaviours! {
    Any: identity::meta_matches_the_manifest, identity::every_message_has_a_sample, identity::no_capabilities_no_call;
    Tracking: tracking::reads_its_samples, tracking::the_same_reply_gives_the_same_records,
        tracking::a_dry_run_asks_and_gives_the_same, tracking::one_result_for_each_query,
        tracking::a_silent_party, tracking::a_dripping_body, tracking::a_reset_connection,
        tracking::a_refused_connection, tracking::a_body_cut_off, tracking::http_429,
        tracking::http_429_with_retry_after, tracking::http_401, tracking::http_403, tracking::http_404,
        tracking::http_500, tracking::a_page_in_a_200, tracking::an_error_in_a_200,
        tracking::a_truncated_document, tracking::an_empty_body, tracking::a_reply_over_the_cap,
        tracking::the_largest_reply, tracking::another_shape, tracking::deep_nesting,
        tracking::an_unknown_code, tracking::a_wrong_charset, tracking::a_missing_secret;
    Files: files::reads_its_samples, files::the_same_file_gives_the_same_records,
        files::a_dry_run_gives_the_same, files::zero_length, files::zero_bytes, files::cut_anywhere,
        files::another_message, files::wrong_counts, files::latin_1_in_a_utf_8_place,
        files::delimiters_that_clash, files::two_in_one_file, files::junk_of_eight_megabytes,
        files::junk_behind_a_header, files::deep_nesting, files::an_unknown_code;
    Webhooks: webhooks::takes_a_genuine_request, webhooks::a_wrong_secret, webhooks::no_secret_at_all,
        webhooks::the_same_request_twice, webhooks::a_truncated_body, webhooks::an_empty_body,
        webhooks::another_shape, webhooks::deep_nesting, webhooks::a_large_body;
    Documents: acknowledgements::the_same_verdicts_the_same_answer, acknowledgements::no_verdicts;
    Tenders: tenders::the_same_tender_the_same_messages, tenders::what_cannot_be_carried_is_refused;
};

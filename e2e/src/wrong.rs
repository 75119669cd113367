//! What a step says when something is not as it should be: one sentence.

/// What is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Wrong(pub(crate) String);

impl Wrong {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// The sentence is made only when it is needed.
pub(crate) fn ensure(right: bool, text: impl FnOnce() -> String) -> Result<(), Wrong> {
    if right { Ok(()) } else { Err(Wrong(text())) }
}

macro_rules! wrong_from {
    ($($error:ty => $doing:literal),+ $(,)?) => {$(
        impl From<$error> for Wrong {
            fn from(error: $error) -> Self {
                Self(format!(concat!($doing, ": {:?}"), error))
            }
        }
    )+};
}
wrong_from!(
    std::io::Error => "the system refused",
    reqwest::Error => "HTTP failed",
    serde_json::Error => "not JSON",
    std::string::FromUtf8Error => "not UTF-8",
    tokio::task::JoinError => "a task broke",
);

//! One try: signed, sent, judged, written down.

use core::time::Duration;

use caravan_tenancy::{Error, SystemTx};
use tokio::time::Instant;
use url::Url;

use super::{Worker, millis, trouble};
use crate::domain::{Verdict, wait};
use crate::secrets;
use crate::sender::{Post, Reply, SendError};
use crate::store::claim::Claimed;
use crate::store::outcome::{self, Next, Try};
use crate::telemetry;

/// Lane of what the worker sends.
const LANE: &str = "deliveries";
/// When a message that we could not sign is tried again: the fault is ours, so it costs the endpoint no try.
const UNSIGNED: Duration = Duration::from_secs(60);

/// Why a message could not be made.
#[derive(Debug, thiserror::Error)]
enum Unmade {
    #[error("the message cannot be signed")]
    Secret(#[from] secrets::Error),
    #[error("the stored address is none")]
    Url(#[from] url::ParseError),
    #[error("a header cannot be written")]
    Header(#[from] http::header::InvalidHeaderValue),
}

impl Worker {
    pub(super) async fn attempt(self, claimed: Claimed) {
        let post = match self.post(&claimed) {
            Ok(post) => post,
            Err(error) => {
                let error = caravan_fault::error_chain(&error);
                tracing::error!(error, webhook = %claimed.webhook, "A webhook's message could not be made.");
                self.put_off(&claimed, UNSIGNED).await;
                return;
            }
        };
        let began = Instant::now();
        let result = self.parts.sender.send(post).await;
        let took = began.elapsed();
        match Verdict::of(&result) {
            Verdict::NotTried(later) => self.put_off(&claimed, later).await,
            verdict => self.end(&claimed, verdict, &result, took).await,
        }
    }

    fn post(&self, claimed: &Claimed) -> Result<Post, Unmade> {
        let (tenant, webhook) = (claimed.tenant, claimed.webhook);
        let signer = self.parts.secrets.signer(tenant, webhook, &claimed.secrets)?;
        let timestamp_s = self.parts.clock.now_ms().div_euclid(1_000);
        let (url, message) = (Url::parse(&claimed.url)?, (claimed.event, timestamp_s));
        let body = claimed.body.clone();
        Ok(Post::new((webhook, LANE), url, &signer, message, body, self.parts.deadline)?)
    }

    /// Nothing was sent: later, and until then nothing else of this endpoint either.
    async fn put_off(&self, claimed: &Claimed, later: Duration) {
        let until_ms = self.parts.clock.now_ms().saturating_add(millis(later));
        self.pause(claimed.webhook, until_ms);
        let put = async {
            let mut tx = SystemTx::begin(&self.parts.database).await?;
            outcome::not_tried(&mut tx, claimed, until_ms).await?;
            tx.commit().await
        };
        if let Err(error) = put.await {
            trouble(&error, "A webhook's delivery could not be put off.");
        }
    }

    /// Writes down what became of it; should that fail, the lease ends and it is sent again.
    async fn end(
        &self,
        claimed: &Claimed,
        verdict: Verdict,
        result: &Result<Reply, SendError>,
        took: Duration,
    ) {
        let told = Verdict::told(result);
        let made = Try {
            outcome: Verdict::word(result),
            status: result.as_ref().ok().map(|reply| reply.status),
            told: &told,
            duration_ms: millis(took),
            now_ms: self.parts.clock.now_ms(),
        };
        telemetry::tried(made.outcome, took);
        if let Err(error) = self.write(claimed, verdict, &made).await {
            trouble(&error, "What became of a webhook's delivery could not be written.");
        }
    }

    async fn write(
        &self,
        claimed: &Claimed,
        verdict: Verdict,
        made: &Try<'_>,
    ) -> Result<(), Error> {
        let next = match verdict {
            Verdict::Delivered | Verdict::NotTried(_) => None,
            Verdict::Gone => Some(Next::Gone),
            Verdict::Failed(asked) => {
                let wait = wait(claimed.step, asked, self.limits.jitter);
                let at = |wait| Next::At(made.now_ms.saturating_add(millis(wait)));
                Some(wait.map_or(Next::Never, at))
            }
        };
        let mut tx = SystemTx::begin(&self.parts.database).await?;
        let disabled = match next {
            None => {
                outcome::delivered(&mut tx, claimed, made).await?;
                None
            }
            Some(next) => outcome::failed(&mut tx, claimed, made, next).await?,
        };
        tx.after_commit(move || {
            if next == Some(Next::Never) {
                telemetry::exhausted();
            }
            if let Some(reason) = disabled {
                telemetry::disabled(reason);
            }
        });
        tx.commit().await
    }
}

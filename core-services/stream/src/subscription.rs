//! One caller's stream: what it missed, then what comes.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::ws::Utf8Bytes;
use caravan_event_log::Stored;
use caravan_fault::error_chain;
use caravan_model::TenantId;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::cursors::Cursors;
use crate::feed::Feed;
use crate::frame::{Frame, Notice};
use crate::telemetry::{self, Open};
use caravan_visibility::{Visible, scope_of};

/// Events per look into the log.
const BATCH: usize = 500;

/// What a stream says next.
#[derive(Debug, Clone)]
pub(crate) enum Message {
    /// An event.
    Event(Arc<Frame>),
    /// A word about the stream.
    Notice(Notice),
    /// It is alive.
    Beat,
}

impl Message {
    pub(crate) fn sse(&self) -> Bytes {
        match self {
            Self::Event(frame) => frame.sse.clone(),
            Self::Notice(notice) => notice.sse(),
            Self::Beat => Bytes::from_static(b": alive\n\n"),
        }
    }

    /// None: the transport has a beat of its own.
    pub(crate) fn socket(&self) -> Option<Utf8Bytes> {
        match self {
            Self::Event(frame) => Some(frame.socket.clone()),
            Self::Notice(notice) => Some(notice.socket()),
            Self::Beat => None,
        }
    }
}

/// A stream's beginning.
pub(crate) struct Begin {
    pub(crate) tenant: TenantId,
    pub(crate) visible: Visible,
    /// The last id seen; none to begin with what comes.
    pub(crate) from: Option<Cursors>,
    /// Its place among the streams of this process.
    pub(crate) place: OwnedSemaphorePermit,
}

/// Everything from `begin` on. It ends after a last word that says why, or when it is dropped.
pub(crate) async fn subscribe(feed: Feed, begin: Begin) -> impl Stream<Item = Message> + Send {
    let Begin { tenant, visible, from, place } = begin;
    // First the receiver, then the past: nothing falls between.
    let (receiver, at) = feed.subscribe(tenant).await;
    let period = feed.inner.config.beat;
    let mut beat = interval_at(Instant::now() + period, period);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ready = VecDeque::new();
    let phase = match from {
        Some(from) if from != at => Phase::Missed { here: from, until: at, read: 0 },
        _ => {
            ready.push_back(Message::Notice(Notice::ready(&at)));
            Phase::Live
        }
    };
    let _open = Open::new();
    let state = State { feed, tenant, visible, receiver, beat, ready, phase, _place: place, _open };
    unfold(state, |mut state| async move {
        let message = state.next().await?;
        Some((message, state))
    })
}

struct State {
    feed: Feed,
    tenant: TenantId,
    visible: Visible,
    receiver: Receiver<Arc<Frame>>,
    beat: Interval,
    ready: VecDeque<Message>,
    phase: Phase,
    _place: OwnedSemaphorePermit,
    _open: Open,
}

enum Phase {
    /// Reads from `here` on what the receiver did not get: what lies up to `until`.
    Missed { here: Cursors, until: Cursors, read: usize },
    /// Takes what the receiver gets.
    Live,
    /// The last word is said.
    Ended,
}

impl State {
    async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Some(message);
            }
            match core::mem::replace(&mut self.phase, Phase::Ended) {
                Phase::Missed { here, until, read } => self.missed(here, until, read).await,
                Phase::Live => {
                    self.phase = Phase::Live;
                    if let Some(message) = self.live().await {
                        return Some(message);
                    }
                }
                Phase::Ended => return None,
            }
        }
    }

    /// Reads one batch of what was missed.
    async fn missed(&mut self, mut here: Cursors, until: Cursors, read: usize) {
        let inner = Arc::clone(&self.feed.inner);
        let open: Vec<_> = here
            .list()
            .into_iter()
            .filter(|cursor| until.of(cursor.partition) != Some(&cursor.position))
            .collect();
        if open.is_empty() {
            return self.go_live(&until);
        }
        if read >= inner.config.resume_events_max {
            self.ready.push_back(Message::Notice(Notice::reset(&until)));
            self.phase = Phase::Live;
            return;
        }
        // Closed only when the process is torn down, and then the stream ends anyway.
        let Ok(_turn) = inner.resuming.acquire().await else {
            return self.end("shutting-down", "Caravan is stopping; connect again in a moment.");
        };
        let fetched = match inner.log.fetch(&open, &[], BATCH).await {
            Ok(fetched) => fetched,
            Err(error) => {
                tracing::error!(
                    error = error_chain(&error),
                    "A stream cannot read what it missed."
                );
                return self.end("log-unavailable", "The log cannot be read now; connect again.");
            }
        };
        // Also where this process's reader is behind the id, which another process gave out.
        if fetched.events.is_empty() && fetched.cursors.is_empty() {
            return self.go_live(&until);
        }
        let read = read.saturating_add(fetched.events.len());
        for stored in &fetched.events {
            if here.of(stored.partition) == until.of(stored.partition) {
                // From here on the receiver has it.
                continue;
            }
            here.pass(stored.partition, stored.position.clone());
            self.show(stored, &here);
        }
        for cursor in fetched.cursors {
            if here.of(cursor.partition) != until.of(cursor.partition) {
                here.pass(cursor.partition, cursor.position);
            }
        }
        self.phase = Phase::Missed { here, until, read };
    }

    fn show(&mut self, stored: &Stored, here: &Cursors) {
        let kind = &stored.envelope.kind;
        if stored.envelope.tenant != self.tenant || !self.visible.shows(kind, scope_of(kind)) {
            return;
        }
        match Frame::of(stored, here) {
            Ok(frame) => self.ready.push_back(Message::Event(Arc::new(frame))),
            Err(error) => {
                let id = stored.envelope.id.to_string();
                tracing::error!(error = error_chain(&error), id, "An event cannot be shown.");
            }
        }
    }

    fn go_live(&mut self, at: &Cursors) {
        self.ready.push_back(Message::Notice(Notice::ready(at)));
        self.phase = Phase::Live;
    }

    /// Waits for the next thing to say; none when it was the last word, which is in `ready` then.
    async fn live(&mut self) -> Option<Message> {
        let stopped = self.feed.inner.stopped.clone();
        loop {
            tokio::select! {
                biased;
                () = stopped.cancelled() => {
                    self.end("shutting-down", "Caravan is stopping; connect again in a moment.");
                    return None;
                }
                received = self.receiver.recv() => match received {
                    Ok(frame) if self.visible.shows(&frame.kind, frame.scope) => {
                        return Some(Message::Event(frame));
                    }
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => {
                        self.end("too-slow", "You read more slowly than events come; connect again with the last id.");
                        return None;
                    }
                    Err(RecvError::Closed) => {
                        self.end("shutting-down", "Caravan is stopping; connect again in a moment.");
                        return None;
                    }
                },
                _ = self.beat.tick() => return Some(Message::Beat),
            }
        }
    }

    fn end(&mut self, code: &'static str, detail: &str) {
        telemetry::ended(code);
        self.ready.push_back(Message::Notice(Notice::end(code, detail)));
        self.phase = Phase::Ended;
    }
}

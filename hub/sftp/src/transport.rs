//! SFTP packets over an SSH channel: framing, and queues bounded by bytes in both directions.
//!
//! # Why not the library's own loop
//! `russh_sftp::server::run` answers each request before it reads the next. A client may send thousands of READ
//! requests ahead (paramiko's prefetch does): russh then waits for us to take the next request while we wait for
//! russh to take an answer, and the session hangs. So one task only reads, one only writes, and requests wait between
//! them in queues counted in bytes. The codec (`russh_sftp::protocol`) is the library's.
//!
//! # Bounds
//! A full queue stops its producer. A client that fills both at once (megabytes of requests sent, no answer taken) is
//! cut after the write timeout.
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use russh::server::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Largest packet either side sends, without its length word: what OpenSSH allows.
pub(crate) const PACKET_BYTES_MAX: usize = 256 << 10;
/// Largest READ answer: one packet less room for its head, the value that OpenSSH itself announces.
pub(crate) const READ_BYTES_MAX: u32 = (256 << 10) - 1024;

const QUEUE_BYTES_MAX: u32 = 4 << 20;
/// What a queued packet costs beyond its payload, so that many tiny ones are bounded too.
const PACKET_OVERHEAD: usize = 64;

type Queued = (Bytes, OwnedSemaphorePermit);

/// One SFTP stream. Dropping it stops both tasks.
#[derive(Debug)]
pub(crate) struct Transport {
    requests: mpsc::UnboundedReceiver<Queued>,
    replies: Option<mpsc::UnboundedSender<Queued>>,
    room: Arc<Semaphore>,
    reader: JoinHandle<()>,
    writer: JoinHandle<()>,
    write_timeout: Duration,
}

/// The other side takes nothing any more.
#[derive(Debug)]
pub(crate) struct Gone;

impl Transport {
    /// Takes over a channel whose SFTP subsystem has been granted.
    pub(crate) fn start(channel: Channel<Msg>, write_timeout: Duration) -> Self {
        let (read_half, write_half) = channel.split();
        // Unbounded in number, bounded in bytes by the semaphores.
        let (requests_in, requests) = mpsc::unbounded_channel();
        let (replies, replies_out) = mpsc::unbounded_channel();
        let reader = tokio::spawn(read(read_half, requests_in, write_timeout));
        let writer = tokio::spawn(write(write_half, replies_out, write_timeout));
        let room = Arc::new(Semaphore::new(usize_of(QUEUE_BYTES_MAX)));
        Self { requests, replies: Some(replies), room, reader, writer, write_timeout }
    }

    /// The next request without its length word; `None` when the client is gone or broke the framing.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        self.requests.recv().await.map(|(request, _permit)| request)
    }

    /// Queues an encoded reply.
    pub(crate) async fn send(&self, reply: Bytes) -> Result<(), Gone> {
        let permit = acquire(&self.room, reply.len(), self.write_timeout).await.ok_or(Gone)?;
        self.replies.as_ref().ok_or(Gone)?.send((reply, permit)).map_err(|_| Gone)
    }

    /// Sends what is queued, then closes the channel.
    pub(crate) async fn finish(mut self) {
        self.replies = None;
        // A writer that does not end in time is aborted by the drop below.
        drop(timeout(self.write_timeout, &mut self.writer).await);
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        self.reader.abort();
        self.writer.abort();
    }
}

async fn read(
    mut channel: ChannelReadHalf,
    requests: mpsc::UnboundedSender<Queued>,
    stall: Duration,
) {
    let room = Arc::new(Semaphore::new(usize_of(QUEUE_BYTES_MAX)));
    let mut buffer = BytesMut::new();
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => buffer.extend_from_slice(&data),
            ChannelMsg::Eof | ChannelMsg::Close => return,
            _ => continue,
        }
        loop {
            let frame = match split_frame(&mut buffer) {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(BadLength) => return,
            };
            let Some(permit) = acquire(&room, frame.len(), stall).await else { return };
            if requests.send((frame, permit)).is_err() {
                return;
            }
        }
    }
}

async fn write(
    channel: ChannelWriteHalf<Msg>,
    mut replies: mpsc::UnboundedReceiver<Queued>,
    stall: Duration,
) {
    while let Some((reply, _permit)) = replies.recv().await {
        match timeout(stall, channel.data_bytes(reply)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
    let goodbye = async {
        channel.exit_status(0).await?;
        channel.eof().await?;
        channel.close().await
    };
    // The peer may be gone already; then there is nobody to say it to.
    drop(timeout(stall, goodbye).await);
}

async fn acquire(
    room: &Arc<Semaphore>,
    payload: usize,
    stall: Duration,
) -> Option<OwnedSemaphorePermit> {
    let cost = u32::try_from(payload.saturating_add(PACKET_OVERHEAD)).ok()?;
    timeout(stall, room.clone().acquire_many_owned(cost)).await.ok()?.ok()
}

#[derive(Debug, PartialEq, Eq)]
struct BadLength;

/// Takes one whole packet off the front of `buffer`.
fn split_frame(buffer: &mut BytesMut) -> Result<Option<Bytes>, BadLength> {
    let Some(head) = buffer.first_chunk::<4>() else { return Ok(None) };
    let length = usize_of(u32::from_be_bytes(*head));
    if length == 0 || length > PACKET_BYTES_MAX {
        return Err(BadLength);
    }
    if buffer.len() < length.saturating_add(4) {
        return Ok(None);
    }
    buffer.advance(4);
    Ok(Some(buffer.split_to(length).freeze()))
}

fn usize_of(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_whole_or_not_at_all() {
        let mut buffer = BytesMut::from(&[0, 0, 0, 2, 7, 8, 0, 0, 0, 1][..]);
        assert_eq!(split_frame(&mut buffer), Ok(Some(Bytes::from_static(&[7, 8]))));
        assert_eq!(split_frame(&mut buffer), Ok(None));
        buffer.extend_from_slice(&[9]);
        assert_eq!(split_frame(&mut buffer), Ok(Some(Bytes::from_static(&[9]))));
        assert_eq!(split_frame(&mut buffer), Ok(None));
    }

    #[test]
    fn absurd_lengths_end_the_stream() {
        for head in [[0, 0, 0, 0], [0xff; 4], [0, 4, 0, 1]] {
            assert_eq!(split_frame(&mut BytesMut::from(&head[..])), Err(BadLength));
        }
        assert_eq!(split_frame(&mut BytesMut::from(&[0, 4, 0, 0][..])), Ok(None));
    }
}

//! A TCP stream that can be cut from outside.
//!
//! # Why
//! russh runs a connection in a task of its own and offers only a polite disconnect, which is not looked at while a
//! key exchange is under way. A login deadline has to hold against a peer that stalls exactly there.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The stream; reads and writes fail once its token is cancelled.
pub(crate) struct Cuttable {
    inner: TcpStream,
    cut: CancellationToken,
    wait: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Cuttable {
    pub(crate) fn new(inner: TcpStream, cut: CancellationToken) -> Self {
        let wait = Box::pin(cut.clone().cancelled_owned());
        Self { inner, cut, wait }
    }

    fn check(&self) -> io::Result<()> {
        if self.cut.is_cancelled() {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the server cut it"));
        }
        Ok(())
    }
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        let result = Pin::new(&mut self.inner).poll_read(context, buffer);
        // The connection's task always has a read pending, so waking this one is enough to end it.
        if result.is_pending() && self.wait.as_mut().poll(context).is_ready() {
            return Poll::Ready(self.check());
        }
        result
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

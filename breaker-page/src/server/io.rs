//! A connection whose reader must take something from time to time.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Ends with an error once a write has waited for too long.
#[derive(Debug)]
pub(super) struct Limited<S> {
    stream: S,
    limit: Duration,
    /// The moment at which a waiting write has waited too long.
    deadline: Pin<Box<Sleep>>,
    waits: bool,
}

impl<S> Limited<S> {
    pub(super) fn new(stream: S, limit: Duration) -> Self {
        Limited { stream, limit, deadline: Box::pin(sleep(limit)), waits: false }
    }

    /// Passes on the result of a write, unless the write has waited too long.
    fn limited<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waits = false;
            return written;
        }
        if !self.waits {
            self.waits = true;
            self.deadline.as_mut().reset(Instant::now() + self.limit);
        }
        ready!(self.deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.limited(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.limited(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.limited(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.limited(cx, shut)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::advance;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    /// Time is stopped, and runs on when all tasks are idle.
    #[tokio::test(start_paused = true)]
    async fn write_that_nobody_reads_ends_after_the_limit() {
        let (near, _far) = duplex(16);
        let mut near = Limited::new(near, LIMIT);
        let began = Instant::now();
        let error = near.write_all(&[0; 17]).await.unwrap_err();
        assert_eq!((error.kind(), began.elapsed().as_secs()), (io::ErrorKind::TimedOut, 30));
    }

    #[tokio::test(start_paused = true)]
    async fn reader_that_takes_a_little_now_and_then_is_waited_for() {
        let (near, mut far) = duplex(16);
        let mut near = Limited::new(near, LIMIT);
        let reads = tokio::spawn(async move {
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_secs(29)).await;
                far.read_exact(&mut [0; 16]).await.unwrap();
            }
        });
        near.write_all(&[0; 160]).await.unwrap();
        reads.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn connection_that_has_nothing_to_write_is_not_limited() {
        let (near, mut far) = duplex(16);
        let mut near = Limited::new(near, LIMIT);
        advance(LIMIT * 10).await;
        near.write_all(b"at last").await.unwrap();
        far.read_exact(&mut [0; 7]).await.unwrap();
    }
}

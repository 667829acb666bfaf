//! The embedder's end of a stream.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use vivarium_runner::{Fault, Fd, Task};

use crate::error::io_error;

/// A descriptor of pid 1 that is closed with its last user.
#[derive(Debug)]
pub(crate) struct OwnedFd {
    task: Task,
    fd: Fd,
}

impl OwnedFd {
    pub(crate) fn new(task: Task, fd: Fd) -> Self {
        Self { task, fd }
    }

    pub(crate) fn fd(&self) -> Fd {
        self.fd
    }
}

impl Drop for OwnedFd {
    fn drop(&mut self) {
        // Of a machine that is over there is nothing to close.
        let _ = self.task.close(self.fd);
    }
}

/// Reads what programs write.
#[derive(Debug)]
pub struct PipeReader {
    task: Task,
    fd: Arc<OwnedFd>,
}

/// Writes what programs read. Dropping it is the end of the file for them.
#[derive(Debug)]
pub struct PipeWriter {
    task: Task,
    fd: Arc<OwnedFd>,
}

impl PipeReader {
    pub(crate) fn new(task: Task, fd: Arc<OwnedFd>) -> Self {
        Self { task, fd }
    }

    pub(crate) fn fd(&self) -> Fd {
        self.fd.fd
    }

    /// Reads everything up to the end.
    pub(crate) async fn read_all(self) -> Vec<u8> {
        let mut data = Vec::new();
        loop {
            let filled = data.len();
            data.resize(filled + (4 << 10).max(filled.min(1 << 20)), 0);
            // A machine that is over has nothing more to say.
            let count = self.task.wait(|task| task.read(self.fd.fd, &mut data[filled..])).await.unwrap_or(0);
            data.truncate(filled + count);
            if count == 0 {
                return data;
            }
        }
    }
}

impl PipeWriter {
    pub(crate) fn new(task: Task, fd: Arc<OwnedFd>) -> Self {
        Self { task, fd }
    }

    pub(crate) fn fd(&self) -> Fd {
        self.fd.fd
    }
}

/// Makes a call that may have to be repeated, as a poll.
fn poll_call<T>(
    task: &Task,
    cx: &mut Context<'_>,
    mut call: impl FnMut() -> Result<T, Fault>,
) -> Poll<Result<T, Fault>> {
    loop {
        task.parker().take();
        match call() {
            Err(Fault::Blocked) => match task.parker().poll(cx) {
                Poll::Ready(()) => {}
                Poll::Pending => return Poll::Pending,
            },
            result => return Poll::Ready(result),
        }
    }
}

impl AsyncRead for PipeReader {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let (task, fd) = (&self.task, self.fd.fd);
        match poll_call(task, cx, || task.read(fd, buf.initialize_unfilled())) {
            Poll::Ready(Ok(count)) => {
                buf.advance(count);
                Poll::Ready(Ok(()))
            }
            // A terminal whose programs are gone.
            Poll::Ready(Err(Fault::Errno(vivarium_runner::Errno::Io))) => Poll::Ready(Ok(())),
            Poll::Ready(Err(fault)) => Poll::Ready(Err(io_error(fault))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncWrite for PipeWriter {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let (task, fd) = (&self.task, self.fd.fd);
        poll_call(task, cx, || task.write(fd, data)).map_err(io_error)
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The end of the file comes when it is dropped.
        Poll::Ready(Ok(()))
    }
}

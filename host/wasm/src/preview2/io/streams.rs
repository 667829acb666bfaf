//! `wasi:io/streams`.

use vivarium_runner::{Errno, Fault, Stop, Task, poll};
use wasmtime::component::Resource;

use super::super::bindings::wasi::io::streams::{HostInputStream, HostOutputStream};
use super::super::handle::Handle;
use super::super::unwind;
use super::{Failure, Pollable};
use crate::guest::Guest;

/// The most bytes read at once.
const MAX_READ: u64 = 256 << 10;
/// What a stream takes at once when it is ready: a pipe that can be written to has room for that much (PIPE_BUF).
const PIPE_BUF: u64 = 4096;
/// What a file takes at once.
const FILE_PERMIT: u64 = 1 << 20;

type Result<T> = std::result::Result<T, Failure>;

/// Where bytes come from.
pub enum InputStream {
    /// A descriptor, at its own position: a pipe, a terminal, a socket.
    Descriptor(Handle),
    /// A file, at the stream's position.
    File { handle: Handle, offset: u64 },
}

impl InputStream {
    fn handle(&self) -> &Handle {
        match self {
            Self::Descriptor(handle) | Self::File { handle, .. } => handle,
        }
    }

    fn advance(&mut self, count: usize) {
        if let Self::File { offset, .. } = self {
            *offset += count as u64;
        }
    }

    /// Reads into a buffer; `None` where nothing is there yet and `block` is not set.
    async fn read(&mut self, task: &Task, buffer: &mut [u8], block: bool) -> Result<Option<usize>> {
        if buffer.is_empty() {
            return Ok(Some(0));
        }
        let once = |task: &Task, buffer: &mut [u8]| match &*self {
            Self::Descriptor(handle) => task.read(handle.fd(), buffer),
            Self::File { handle, offset } => task.pread(handle.fd(), buffer, *offset),
        };
        let read = if block {
            let fd = self.handle().fd();
            task.wait(|task| wait_ready(task, fd, poll::Events::READABLE, |task| once(task, buffer))).await
        } else {
            task.parker().take();
            match once(task, buffer) {
                Err(Fault::Blocked | Fault::Errno(Errno::Again)) => return Ok(None),
                other => other.map_err(Stop::from),
            }
        };
        match read? {
            0 => Err(Failure::Closed),
            count => {
                self.advance(count);
                Ok(Some(count))
            }
        }
    }
}

/// Where bytes go.
pub enum OutputStream {
    /// A descriptor, at its own position or its end.
    Descriptor(Handle),
    /// A file, at the stream's position.
    File { handle: Handle, offset: u64 },
}

impl OutputStream {
    fn handle(&self) -> &Handle {
        match self {
            Self::Descriptor(handle) | Self::File { handle, .. } => handle,
        }
    }

    /// Bytes that a write takes without waiting, where it takes any.
    fn permit(&self) -> u64 {
        match self {
            Self::Descriptor(_) => PIPE_BUF,
            Self::File { .. } => FILE_PERMIT,
        }
    }

    async fn is_ready(&self, task: &Task) -> Result<bool> {
        let asked = [poll::PollFd { fd: self.handle().fd(), events: poll::Events::WRITABLE }];
        Ok(!task.wait(|task| task.poll(&asked, Some(0))).await?.is_empty())
    }

    /// Writes everything.
    async fn write(&mut self, task: &Task, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let fd = self.handle().fd();
            let count = task
                .wait(|task| {
                    wait_ready(task, fd, poll::Events::WRITABLE, |task| match self {
                        Self::Descriptor(handle) => task.write(handle.fd(), bytes),
                        Self::File { handle, offset } => task.pwrite(handle.fd(), bytes, *offset),
                    })
                })
                .await?;
            if let Self::File { offset, .. } = self {
                *offset += count as u64;
            }
            bytes = &bytes[count..];
        }
        Ok(())
    }
}

/// Makes a call that is to block whatever O_NONBLOCK says: the guest did not ask for that, but whoever shares its terminal.
fn wait_ready<T>(
    task: &Task,
    fd: u32,
    events: poll::Events,
    mut call: impl FnMut(&Task) -> std::result::Result<T, Fault>,
) -> std::result::Result<T, Fault> {
    loop {
        match call(task) {
            Err(Fault::Errno(Errno::Again)) => drop(task.poll(&[poll::PollFd { fd, events }], None)?),
            other => return other,
        }
    }
}

impl Guest {
    async fn read(&mut self, stream: &Resource<InputStream>, len: u64, block: bool) -> Result<Vec<u8>> {
        let stream = self.resources.get_mut(stream)?;
        let mut buffer = vec![0; len.min(MAX_READ) as usize];
        let count = stream.read(&self.task, &mut buffer, block).await?;
        buffer.truncate(count.unwrap_or(0));
        Ok(buffer)
    }

    async fn write(&mut self, stream: &Resource<OutputStream>, bytes: &[u8]) -> Result<()> {
        self.resources.get_mut(stream)?.write(&self.task, bytes).await
    }

    async fn zeroes(&mut self, stream: &Resource<OutputStream>, len: u64) -> Result<()> {
        let permit = self.resources.get(stream)?.permit();
        if len > permit {
            return Err(wasmtime::Error::msg(format!("{len} zeroes written where {permit} are allowed")).into());
        }
        self.write(stream, &vec![0; len as usize]).await
    }

    async fn move_bytes(
        &mut self,
        to: &Resource<OutputStream>,
        from: &Resource<InputStream>,
        len: u64,
        block: bool,
    ) -> Result<u64> {
        let stream = self.resources.get(to)?;
        if !block && !stream.is_ready(&self.task).await? {
            return Ok(0);
        }
        let bytes = self.read(from, len.min(stream.permit()), block).await?;
        self.write(to, &bytes).await?;
        Ok(bytes.len() as u64)
    }
}

impl HostInputStream for Guest {
    async fn read(&mut self, stream: Resource<InputStream>, len: u64) -> Result<Vec<u8>> {
        Guest::read(self, &stream, len, false).await
    }

    async fn blocking_read(&mut self, stream: Resource<InputStream>, len: u64) -> Result<Vec<u8>> {
        Guest::read(self, &stream, len, true).await
    }

    async fn skip(&mut self, stream: Resource<InputStream>, len: u64) -> Result<u64> {
        Guest::read(self, &stream, len, false).await.map(|bytes| bytes.len() as u64)
    }

    async fn blocking_skip(&mut self, stream: Resource<InputStream>, len: u64) -> Result<u64> {
        Guest::read(self, &stream, len, true).await.map(|bytes| bytes.len() as u64)
    }

    fn subscribe(&mut self, stream: Resource<InputStream>) -> wasmtime::Result<Resource<Pollable>> {
        let pollable = Pollable::readable(self.resources.get(&stream)?.handle());
        Ok(self.resources.push(pollable)?)
    }

    async fn drop(&mut self, stream: Resource<InputStream>) -> wasmtime::Result<()> {
        let (InputStream::Descriptor(handle) | InputStream::File { handle, .. }) = self.resources.delete(stream)?;
        handle.release(&self.task).await.map_err(unwind)
    }
}

impl HostOutputStream for Guest {
    async fn check_write(&mut self, stream: Resource<OutputStream>) -> Result<u64> {
        let stream = self.resources.get(&stream)?;
        Ok(if stream.is_ready(&self.task).await? { stream.permit() } else { 0 })
    }

    async fn write(&mut self, stream: Resource<OutputStream>, bytes: Vec<u8>) -> Result<()> {
        Guest::write(self, &stream, &bytes).await
    }

    async fn blocking_write_and_flush(&mut self, stream: Resource<OutputStream>, bytes: Vec<u8>) -> Result<()> {
        Guest::write(self, &stream, &bytes).await
    }

    async fn flush(&mut self, stream: Resource<OutputStream>) -> Result<()> {
        // What was written is with the kernel already.
        self.resources.get(&stream)?;
        Ok(())
    }

    async fn blocking_flush(&mut self, stream: Resource<OutputStream>) -> Result<()> {
        self.flush(stream).await
    }

    fn subscribe(&mut self, stream: Resource<OutputStream>) -> wasmtime::Result<Resource<Pollable>> {
        let pollable = Pollable::writable(self.resources.get(&stream)?.handle());
        Ok(self.resources.push(pollable)?)
    }

    async fn write_zeroes(&mut self, stream: Resource<OutputStream>, len: u64) -> Result<()> {
        self.zeroes(&stream, len).await
    }

    async fn blocking_write_zeroes_and_flush(&mut self, stream: Resource<OutputStream>, len: u64) -> Result<()> {
        self.zeroes(&stream, len).await
    }

    async fn splice(&mut self, to: Resource<OutputStream>, from: Resource<InputStream>, len: u64) -> Result<u64> {
        self.move_bytes(&to, &from, len, false).await
    }

    async fn blocking_splice(
        &mut self,
        to: Resource<OutputStream>,
        from: Resource<InputStream>,
        len: u64,
    ) -> Result<u64> {
        self.move_bytes(&to, &from, len, true).await
    }

    async fn drop(&mut self, stream: Resource<OutputStream>) -> wasmtime::Result<()> {
        let (OutputStream::Descriptor(handle) | OutputStream::File { handle, .. }) = self.resources.delete(stream)?;
        handle.release(&self.task).await.map_err(unwind)
    }
}

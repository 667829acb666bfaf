//! `wasi:io/poll`.

use vivarium_runner::{monotonic, poll as kernel};
use wasmtime::component::Resource;

use super::super::bindings::wasi::io::poll;
use super::super::handle::Handle;
use super::super::unwind;
use crate::guest::Guest;

/// Something to wait for.
pub enum Pollable {
    /// Nothing: it is ready.
    Ready,
    /// An instant of the monotonic clock.
    At(u64),
    /// Readiness of a descriptor.
    Descriptor(Handle, kernel::Events),
}

impl Pollable {
    pub(in super::super) fn readable(handle: &Handle) -> Self {
        Self::Descriptor(handle.clone(), kernel::Events::READABLE)
    }

    pub(in super::super) fn writable(handle: &Handle) -> Self {
        Self::Descriptor(handle.clone(), kernel::Events::WRITABLE)
    }
}

impl Guest {
    /// The ones that are ready, in order; with `wait`, at least one of them.
    async fn poll_ready(&mut self, pollables: &[Resource<Pollable>], wait: bool) -> wasmtime::Result<Vec<u32>> {
        let mut fds = Vec::new();
        let mut deadline = (!wait).then_some(0);
        for pollable in pollables {
            let at = match self.resources.get(pollable)? {
                Pollable::Ready => 0,
                Pollable::At(at) => *at,
                Pollable::Descriptor(handle, events) => {
                    fds.push(kernel::PollFd { fd: handle.fd(), events: *events });
                    continue;
                }
            };
            deadline = Some(deadline.map_or(at, |earlier: u64| earlier.min(at)));
        }
        let ready = self.task.wait_until(deadline, |task| task.poll(&fds, deadline)).await.map_err(unwind)?;
        let now = monotonic();
        // The kernel gives the ready ones in the order asked; whatever has failed is ready too, to tell how.
        let always = kernel::Events::ERROR | kernel::Events::HANGUP | kernel::Events::INVALID;
        let mut ready = ready.into_iter().peekable();
        let mut indices = Vec::new();
        for (index, pollable) in pollables.iter().enumerate() {
            let is_ready = match self.resources.get(pollable)? {
                Pollable::Ready => true,
                Pollable::At(at) => *at <= now,
                Pollable::Descriptor(handle, events) => ready
                    .next_if(|found| found.fd == handle.fd() && found.events.intersects(*events | always))
                    .is_some(),
            };
            if is_ready {
                indices.push(index as u32);
            }
        }
        Ok(indices)
    }
}

impl poll::Host for Guest {
    async fn poll(&mut self, pollables: Vec<Resource<Pollable>>) -> wasmtime::Result<Vec<u32>> {
        if pollables.is_empty() {
            return Err(wasmtime::Error::msg("poll of nothing"));
        }
        self.poll_ready(&pollables, true).await
    }
}

impl poll::HostPollable for Guest {
    async fn ready(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<bool> {
        Ok(!self.poll_ready(&[pollable], false).await?.is_empty())
    }

    async fn block(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<()> {
        self.poll_ready(&[pollable], true).await.map(drop)
    }

    async fn drop(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<()> {
        match self.resources.delete(pollable)? {
            Pollable::Descriptor(handle, _) => handle.release(&self.task).await.map_err(unwind),
            Pollable::Ready | Pollable::At(_) => Ok(()),
        }
    }
}

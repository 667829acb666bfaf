//! `wasi:io/error`, and how a stream's failure reaches the guest.

use vivarium_runner::{Errno, Stop};
use wasmtime::component::Resource;

use super::super::bindings::wasi::io::{error, streams};
use crate::guest::Guest;
use crate::syscall::Unwind;

/// Why the last operation of a stream failed.
pub struct StreamError(pub(in super::super) Errno);

impl error::Host for Guest {}

impl error::HostError for Guest {
    fn to_debug_string(&mut self, error: Resource<StreamError>) -> wasmtime::Result<String> {
        Ok(format!("{:?}", self.resources.get(&error)?.0))
    }

    fn drop(&mut self, error: Resource<StreamError>) -> wasmtime::Result<()> {
        self.resources.delete(error)?;
        Ok(())
    }
}

/// How an operation of a stream ends that has no result.
pub enum Failure {
    /// The end of what is read; nobody reads what is written.
    Closed,
    /// The guest is told.
    Error(Errno),
    /// The guest is unwound.
    Trap(wasmtime::Error),
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            // The kernel has raised SIGPIPE; the guest is here only if it ignores that.
            Stop::Errno(Errno::Pipe) => Self::Closed,
            Stop::Errno(errno) => Self::Error(errno),
            Stop::Gone => Self::Trap(Unwind::Gone.into()),
        }
    }
}

impl From<wasmtime::component::ResourceTableError> for Failure {
    fn from(error: wasmtime::component::ResourceTableError) -> Self {
        Self::Trap(error.into())
    }
}

impl From<wasmtime::Error> for Failure {
    fn from(error: wasmtime::Error) -> Self {
        Self::Trap(error)
    }
}

impl streams::Host for Guest {
    fn convert_stream_error(&mut self, failure: Failure) -> wasmtime::Result<streams::StreamError> {
        match failure {
            Failure::Closed => Ok(streams::StreamError::Closed),
            Failure::Error(errno) => {
                Ok(streams::StreamError::LastOperationFailed(self.resources.push(StreamError(errno))?))
            }
            Failure::Trap(trap) => Err(trap),
        }
    }
}

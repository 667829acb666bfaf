//! `wasi:io`.

mod error;
mod poll;
mod streams;

pub use error::{Failure, StreamError};
pub use poll::Pollable;
pub use streams::{InputStream, OutputStream};

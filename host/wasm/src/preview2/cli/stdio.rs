//! `wasi:cli/stdin`, `stdout` and `stderr`: descriptors 0, 1 and 2.

use wasmtime::component::Resource;

use super::super::bindings::wasi::cli::{stderr, stdin, stdout};
use super::super::handle::Handle;
use super::super::io::{InputStream, OutputStream};
use crate::guest::Guest;

impl stdin::Host for Guest {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<InputStream>> {
        Ok(self.resources.push(InputStream::Descriptor(Handle::inherited(0)))?)
    }
}

impl stdout::Host for Guest {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<OutputStream>> {
        Ok(self.resources.push(OutputStream::Descriptor(Handle::inherited(1)))?)
    }
}

impl stderr::Host for Guest {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<OutputStream>> {
        Ok(self.resources.push(OutputStream::Descriptor(Handle::inherited(2)))?)
    }
}

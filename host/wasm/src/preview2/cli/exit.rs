//! `wasi:cli/exit`.

use super::super::bindings::wasi::cli::exit;
use crate::guest::Guest;
use crate::syscall::Unwind;

impl exit::Host for Guest {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        self.exit_with_code(status.is_err().into())
    }

    fn exit_with_code(&mut self, status: u8) -> wasmtime::Result<()> {
        Err(Unwind::Exit(status).into())
    }
}

//! `wasi:cli/terminal-*`: whether descriptors 0, 1 and 2 are terminals.

use vivarium_runner::Stop;
use wasmtime::component::Resource;

use super::super::bindings::wasi::cli::{
    terminal_input, terminal_output, terminal_stderr, terminal_stdin, terminal_stdout,
};
use super::super::unwind;
use crate::guest::Guest;

/// A terminal: that it is there is all a guest can learn of it.
pub struct Terminal;

impl Guest {
    async fn terminal(&mut self, fd: u32) -> wasmtime::Result<Option<Resource<Terminal>>> {
        match self.task.wait(|task| task.is_terminal(fd)).await {
            Ok(true) => Ok(Some(self.resources.push(Terminal)?)),
            Ok(false) | Err(Stop::Errno(_)) => Ok(None),
            Err(stop) => Err(unwind(stop)),
        }
    }
}

impl terminal_input::Host for Guest {}

impl terminal_input::HostTerminalInput for Guest {
    fn drop(&mut self, terminal: Resource<Terminal>) -> wasmtime::Result<()> {
        self.resources.delete(terminal)?;
        Ok(())
    }
}

impl terminal_output::Host for Guest {}

impl terminal_output::HostTerminalOutput for Guest {
    fn drop(&mut self, terminal: Resource<Terminal>) -> wasmtime::Result<()> {
        self.resources.delete(terminal)?;
        Ok(())
    }
}

impl terminal_stdin::Host for Guest {
    async fn get_terminal_stdin(&mut self) -> wasmtime::Result<Option<Resource<Terminal>>> {
        self.terminal(0).await
    }
}

impl terminal_stdout::Host for Guest {
    async fn get_terminal_stdout(&mut self) -> wasmtime::Result<Option<Resource<Terminal>>> {
        self.terminal(1).await
    }
}

impl terminal_stderr::Host for Guest {
    async fn get_terminal_stderr(&mut self) -> wasmtime::Result<Option<Resource<Terminal>>> {
        self.terminal(2).await
    }
}

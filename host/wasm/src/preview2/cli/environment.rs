//! `wasi:cli/environment`.

use super::super::bindings::wasi::cli::environment;
use super::super::unwind;
use crate::guest::Guest;

impl environment::Host for Guest {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        // Components know text only; what is not, they cannot be told.
        let variables = self.environment.iter().filter_map(|variable| std::str::from_utf8(variable).ok());
        let pairs = variables.filter_map(|variable| variable.split_once('='));
        Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        Ok(self.arguments.iter().map(|argument| String::from_utf8_lossy(argument).into_owned()).collect())
    }

    async fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        let cwd = match self.task.wait(|task| task.getcwd()).await {
            Ok(cwd) => cwd,
            Err(vivarium_runner::Stop::Errno(_)) => return Ok(None),
            Err(stop) => return Err(unwind(stop)),
        };
        Ok(String::from_utf8(cwd).ok())
    }
}

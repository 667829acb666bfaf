//! `viv`: run programs in Vivarium's virtual machines.

mod args;
mod info;
mod machine;
mod run;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use vivarium::Errno;

use crate::args::{Command, Viv};

/// The status for what went wrong outside of the program, as `env` and `timeout` have it.
const FAILED: u8 = 125;
/// The program is there but cannot be run.
const CANNOT_EXECUTE: u8 = 126;
/// There is no such program.
const NOT_FOUND: u8 = 127;

fn main() -> ExitCode {
    let viv = Viv::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let result = runtime.block_on(async {
        match viv.command {
            Command::Run(run) => run::run(run).await,
            Command::Shell(shell) => run::shell(shell).await,
            Command::Image(image) => info::image(&image),
            Command::Kernel(kernel) => info::kernel(&kernel).await,
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Viv::command(), "viv", &mut std::io::stdout());
                Ok(0)
            }
        }
    });
    // A thread may still wait for input that never comes.
    runtime.shutdown_background();
    match result {
        Ok(status) => ExitCode::from(status),
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("viv: {error:#}");
    ExitCode::from(match error.downcast_ref() {
        Some(vivarium::Error::NotFound(_)) => NOT_FOUND,
        Some(vivarium::Error::Errno { operation: "spawn", errno, .. }) => match errno {
            Errno::Noent => NOT_FOUND,
            _ => CANNOT_EXECUTE,
        },
        _ => FAILED,
    })
}

//! Builds what the JavaScript executor starts programs from: `vivarium-node-snapshot DUMP DIRECTORY`.
//!
//! DUMP is the directory `scripts/setup/node-lib.cjs` has written, DIRECTORY the one that [`vivarium_js::Runtime::open`] reads.

use std::path::Path;
use std::process::{Command, ExitCode};

use vivarium_js::BundleError;
use vivarium_js::snapshot::{self, Files};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["--step", step, directory] => run_step(step, &Files::new(directory)),
        [dump, directory] => {
            snapshot::build_all(&Files::new(directory), Path::new(dump), |step| spawn(step, directory))
        }
        _ => {
            eprintln!("usage: vivarium-node-snapshot DUMP DIRECTORY");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vivarium-node-snapshot: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run_step(step: &str, files: &Files) -> Result<(), BundleError> {
    match step {
        "warm" => snapshot::warm(files),
        "snapshot" => snapshot::build(files),
        "code" => snapshot::cache_code(files),
        other => Err(BundleError::Snapshot(format!("no step is called {other}"))),
    }
}

/// V8 makes one snapshot a process.
fn spawn(step: &str, directory: &str) -> Result<(), BundleError> {
    let failed = |reason: String| BundleError::Snapshot(format!("{step}: {reason}"));
    let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    let status = Command::new(program).args(["--step", step, directory]).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(status.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}

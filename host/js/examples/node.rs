//! `node` over the system calls of this machine, to try the executor without a kernel: it sees and may change real files.
//! The distribution directory is the first argument; the rest is Node's own command line.

#[path = "../tests/support/posix.rs"]
mod posix;

use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::ExitCode;

use vivarium_js::{Ending, Interrupt, Runtime, STACK_SIZE, Start};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(directory) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: node DIRECTORY [ARGUMENT]...");
        return ExitCode::from(2);
    };
    let runtime = match Runtime::open(&directory) {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let arguments = std::iter::once(b"node".to_vec()).chain(arguments.map(OsStringExt::into_vec)).collect();
    let environment =
        std::env::vars_os().map(|(name, value)| [name.into_vec(), value.into_vec()].join(&b'=')).collect();
    let start = Start { path: b"/usr/bin/node".to_vec(), arguments, environment, heap_limit: None };
    let run = move || runtime.run(start, Box::new(posix::Posix::new()), &Interrupt::default());
    let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(run);
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ending::Exit(code))) => ExitCode::from(code as u8),
        Ok(Ok(Ending::Signal(signal, _))) => ExitCode::from(128 + signal),
        _ => ExitCode::FAILURE,
    }
}

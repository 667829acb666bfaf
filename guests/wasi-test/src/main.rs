//! `wasi-test NAME [ARGUMENT…]`: one case of what WASI programs may do. A case that checks itself says `ok`; the others'
//! output is for the test that started them.
//!
//! The cases are written against the standard library, and are the same for preview 1 and 0.2; `preview1` and `preview2`
//! hold what goes below it.

mod clocks;
mod files;
mod memory;
#[cfg(all(target_os = "wasi", target_env = "p1"))]
mod preview1;
#[cfg(all(target_os = "wasi", target_env = "p2"))]
mod preview2;
mod process;
mod sockets;
mod streams;

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wasi-test {}: {error}", words.join(" "));
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> io::Result<()> {
    match *words {
        ["true"] => Ok(()),
        ["exit", status] => std::process::exit(status.parse().unwrap_or(99)),
        ["abort"] => std::process::abort(),
        ["arguments", ..] => process::arguments(&words[1..]),
        ["environment"] => process::environment(),
        ["random"] => process::random(),
        ["files", folder] => files::files(folder),
        ["directories", folder] => files::directories(folder),
        ["links", folder] => files::links(folder),
        ["errors", folder] => files::errors(folder),
        ["times", folder] => files::times(folder),
        ["copy"] => streams::copy(),
        ["lines"] => streams::lines(),
        ["produce", bytes] => streams::produce(bytes.parse().unwrap_or(0)),
        ["clocks"] => clocks::clocks(),
        ["sleep", milliseconds] => clocks::sleep(milliseconds.parse().unwrap_or(0)),
        ["spin"] => process::spin(),
        ["allocate"] => memory::allocate(),
        ["overflow"] => memory::overflow(),
        ["tcp-serve"] => sockets::tcp_serve(),
        ["tcp-call", port, text] => sockets::tcp_call(port.parse().unwrap_or(0), text),
        ["udp-serve"] => sockets::udp_serve(),
        ["udp-call", port, text] => sockets::udp_call(port.parse().unwrap_or(0), text),
        #[cfg(all(target_os = "wasi", target_env = "p1"))]
        ["raw", name, ..] => preview1::run(name, &words[2..]),
        #[cfg(all(target_os = "wasi", target_env = "p2"))]
        ["raw", name, ..] => preview2::run(name, &words[2..]),
        _ => Err(io::Error::other("no such case")),
    }
}

/// Says that a case that checks itself has held.
fn ok() -> io::Result<()> {
    println!("ok");
    Ok(())
}

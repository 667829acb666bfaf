//! The shell: bash's language over Vivarium's processes. One program for `sh`, `bash` and `dash`.
//!
//! `syntax` reads scripts, `expand` expands words, `eval` runs commands, `builtins` are the commands of its own, `state` is what
//! a shell knows and hands to its subshells.

mod builtins;
mod editor;
mod error;
mod eval;
mod expand;
mod history;
mod interactive;
mod invocation;
mod regex;
mod restricted;
mod shell;
mod state;
mod symbol;
mod syntax;
mod text;
mod time;

fn main() {
    vivarium_sys::init();
    // Rust's start-up has it ignored on Unix; a shell and its children have it as by default.
    #[cfg(unix)]
    let _ =
        vivarium_sys::signal::action(vivarium_sys::signal::Signal::PIPE, vivarium_sys::signal::Disposition::Default);
    let arguments = std::env::args_os().map(|argument| argument.as_encoded_bytes().to_vec()).collect();
    std::process::exit(invocation::main(arguments));
}

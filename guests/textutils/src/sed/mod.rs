//! `sed` (POSIX sed, with GNU's commands, options and messages).

mod brackets;
mod debug;
mod escape;
mod execute;
mod in_place;
mod input;
mod list;
mod options;
mod output;
mod parse;
mod pattern;
mod reader;
mod replace;
mod script;
mod substitution;
mod text;
mod translation;

use std::io;

use vivarium_userland::Bytes;
use vivarium_userland::output::reason;

/// Exit status of wrong usage, a wrong script among it.
const BAD_USAGE: i32 = 1;
/// Exit status where a file could not be read.
const BAD_INPUT: i32 = 2;
/// Exit status of what went wrong while running.
const PANIC: i32 = 4;

/// What ends the program early.
#[derive(Debug)]
struct Trouble {
    status: i32,
    message: String,
}

impl Trouble {
    fn usage(message: String) -> Trouble {
        Trouble { status: BAD_USAGE, message }
    }

    fn panic(message: String) -> Trouble {
        Trouble { status: PANIC, message }
    }

    /// That `what` of the file called `name` failed.
    fn of_file(what: &str, name: &[u8], error: &io::Error) -> Trouble {
        Trouble::panic(format!("{what} {}: {}", vivarium_userland::bytes::text(name), reason(error)))
    }
}

/// Runs `sed`.
pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    match run(arguments) {
        Ok(status) => status,
        Err(trouble) => {
            eprintln!("sed: {}", trouble.message);
            trouble.status
        }
    }
}

fn run(arguments: Vec<Bytes>) -> Result<i32, Trouble> {
    let (mut settings, sources, files) = options::parse(arguments)?;
    let script = parse::parse(&sources, &settings)?;
    settings.quiet |= script.quiet;
    execute::run(&script, &settings, files)
}

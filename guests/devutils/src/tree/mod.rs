//! `tree`.

mod color;
mod options;
mod scan;
mod show;

use std::io::{BufWriter, Write};

use vivarium_userland::bytes::{path, text, variable};
use vivarium_userland::passwd::Names;
use vivarium_userland::posix_regex::locale_is_utf8;
use vivarium_userland::{Bytes, clock, output};

use color::Colors;
use options::{Lines, Options, Stop};
use scan::Scanner;
use show::{Count, Shower};

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let options = match options::read(&arguments[1..]) {
        Ok(options) => options,
        Err(Stop::Help) => {
            print!("{}", options::HELP);
            return 0;
        }
        Err(Stop::Version) => {
            println!("tree (Vivarium) {}", env!("CARGO_PKG_VERSION"));
            return 0;
        }
        Err(Stop::Message(message)) => {
            eprintln!("tree: {message}");
            return 1;
        }
        Err(Stop::Usage(message)) => {
            eprint!("tree: {message}\n{}", options::USAGE);
            return 1;
        }
    };
    let done = match &options.output {
        None => list(&options, &mut output::output()),
        Some(name) => match std::fs::File::create(path(name)) {
            Ok(file) => list(&options, &mut BufWriter::new(file)),
            Err(_) => {
                eprintln!("tree: invalid filename '{}'", text(name));
                return 1;
            }
        },
    };
    match done {
        Ok(failed) => 2 * i32::from(failed),
        Err(error) => output::write_failed("tree", &error),
    }
}

/// Lists the directories of the command line. Whether some could not be opened.
fn list(options: &Options, out: &mut impl Write) -> std::io::Result<bool> {
    let charset = variable("TREE_CHARSET").map(|charset| charset.eq_ignore_ascii_case(b"utf-8"));
    let utf8 = charset.unwrap_or_else(locale_is_utf8);
    let mut shower = Shower {
        options,
        out,
        colors: Colors::new(options.color),
        lines: options.lines.unwrap_or(if utf8 { Lines::Unicode } else { Lines::Ascii }),
        utf8,
        names: Names::default(),
        now: clock::now().0,
        count: Count::default(),
    };
    shower.begin()?;
    let mut failed = false;
    for (at, name) in options.roots.iter().enumerate() {
        let mut scanner = Scanner::new(options);
        let node = scanner.root(name);
        let is_file = node.as_ref().is_some_and(|node| !node.stat.is_directory());
        failed |= (scanner.failed || node.is_none()) && !is_file;
        shower.root(name, node.as_ref(), at == 0)?;
    }
    shower.end()?;
    shower.out.flush()?;
    Ok(failed)
}

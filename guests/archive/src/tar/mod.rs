//! `tar` (GNU's, over POSIX ustar, pax and GNU archives).

mod change;
mod compare;
mod create;
mod extract;
mod list;
mod lists;
mod member;
mod options;
mod transform;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};

use vivarium_userland::bytes::{path, text};
use vivarium_userland::output::{Standard, reason};
use vivarium_userland::passwd::Names;
use vivarium_userland::{Bytes, glob};

use crate::codec::{Format, decoder};
use options::{Excluded, Operation, Settings};

/// Bytes of a record: archives are padded to a multiple.
const RECORD: usize = 10240;

/// What a run carries along.
struct Run {
    settings: Settings,
    names: Names,
    status: i32,
    /// Which operands have been found in the archive.
    found: Vec<bool>,
    /// How often each name was, where only one of them is wanted.
    seen: HashMap<Bytes, usize>,
    /// Whether it has been said that leading slashes are taken away.
    said_slash: bool,
}

impl Run {
    /// Says that something is wrong, and goes on; the exit status will be 2.
    fn fail(&mut self, message: &str) {
        eprintln!("tar: {message}");
        self.status = 2;
    }

    /// Where `-v` prints.
    fn say(&self, line: &[u8]) {
        let line = [line, b"\n"].concat();
        let to_error =
            self.settings.operation == Operation::Create && self.settings.archive.is_none() || self.settings.to_stdout;
        let _ = if to_error { io::stderr().write_all(&line) } else { Standard::output().write_all(&line) };
    }

    /// Whether `--exclude` leaves a name out.
    fn excludes(&self, name: &[u8]) -> bool {
        let fits = |excluded: &Excluded| {
            let flags = glob::Flags { ignore_case: excluded.ignore_case, pathname: !excluded.slash };
            let trimmed = name.strip_suffix(b"/").unwrap_or(name);
            let matches = |text: &[u8]| match (excluded.wildcards, excluded.ignore_case) {
                (true, _) => glob::matches(&excluded.pattern, text, flags),
                (false, true) => excluded.pattern.eq_ignore_ascii_case(text),
                (false, false) => excluded.pattern == text,
            };
            if excluded.anchored {
                return matches(trimmed);
            }
            // Unanchored: at the start or behind any slash, and then all below it.
            let starts =
                std::iter::once(0).chain(trimmed.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at + 1));
            starts.into_iter().any(|start| matches(&trimmed[start..]))
        };
        self.settings.excluded.iter().any(fits)
    }

    /// Whether a member is wanted: named by an operand, or there are none.
    fn wants(&mut self, name: &[u8]) -> bool {
        if self.settings.operands.is_empty() {
            return true;
        }
        let name = name.strip_suffix(b"/").unwrap_or(name);
        if let Some(wanted) = self.settings.occurrence {
            let count = self.seen.entry(name.to_vec()).or_default();
            *count += 1;
            if *count != wanted {
                return false;
            }
        }
        let mut wanted = false;
        for (source, found) in self.settings.sources.iter().zip(&mut self.found) {
            let operand = source.name.strip_suffix(b"/").unwrap_or(&source.name);
            let below = source.recursive && name.strip_prefix(operand).is_some_and(|rest| rest.starts_with(b"/"));
            let fits = self.settings.wildcards && glob::matches(operand, name, glob::Flags::default());
            if name == operand || below || fits {
                (*found, wanted) = (true, true);
            }
        }
        wanted
    }
}

/// Runs `tar`.
pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let settings = options::parse(arguments);
    let found = vec![false; settings.operands.len()];
    let mut run = Run { settings, names: Names::default(), status: 0, found, seen: HashMap::new(), said_slash: false };
    for complaint in std::mem::take(&mut run.settings.complaints) {
        run.fail(&complaint);
    }
    let result = match run.settings.operation {
        Operation::Create => create::create(&mut run),
        Operation::Append | Operation::Update => create::append(&mut run),
        Operation::Extract => extract::extract(&mut run),
        Operation::List => list::list(&mut run),
        Operation::Compare => compare::compare(&mut run),
        Operation::Delete => change::delete(&mut run),
        Operation::Catenate => change::catenate(&mut run),
        Operation::TestLabel => change::test_label(&mut run),
    };
    if let Err(error) = result {
        eprintln!("tar: {}\ntar: Error is not recoverable: exiting now", describe(&error));
        return 2;
    }
    if matches!(run.settings.operation, Operation::Extract | Operation::List | Operation::Compare | Operation::Delete) {
        for index in 0..run.found.len() {
            if !run.found[index] {
                let name = text(&run.settings.operands[index]).into_owned();
                run.fail(&format!("{name}: Not found in archive"));
            }
        }
    }
    if !run.settings.idle.is_empty() {
        run.fail(
            "The following options were used after any non-optional arguments in archive create or update mode.  These \
             options are positional and affect only arguments that follow them.  Please, rearrange them properly.",
        );
        for option in &run.settings.idle {
            eprintln!("tar: {option} has no effect");
        }
    }
    if run.status == 2 {
        eprintln!("tar: Exiting with failure status due to previous errors");
    }
    run.status
}

/// Whether an entry is a file, and not what is said of others or of the archive.
fn is_member<R: Read>(entry: &::tar::Entry<'_, R>) -> bool {
    !matches!(entry.header().entry_type().as_byte(), b'V' | b'g' | b'M')
}

fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "Unexpected EOF in archive".into(),
        _ => reason(error),
    }
}

/// Opens the archive for reading, unpacked.
fn open(settings: &Settings) -> io::Result<Box<dyn Read>> {
    let mut input: Box<dyn Read> = match &settings.archive {
        None => Box::new(Standard::input()),
        Some(name) => Box::new(
            File::open(path(name))
                .map_err(|error| io::Error::other(format!("{}: Cannot open: {}", text(name), reason(&error))))?,
        ),
    };
    let mut start = vec![0; 6];
    let mut length = 0;
    while length < start.len() {
        match input.read(&mut start[length..])? {
            0 => break,
            count => length += count,
        }
    }
    start.truncate(length);
    let format = Format::detect(&start).or(settings.compression);
    let whole = io::Cursor::new(start).chain(input);
    match format {
        Some(format) if length > 0 => Ok(decoder(format, whole)?),
        _ => Ok(Box::new(whole)),
    }
}

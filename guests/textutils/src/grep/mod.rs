//! `grep` (POSIX grep, with GNU's options).

mod colors;
mod options;
mod print;
mod search;
mod tree;

use vivarium_userland::Bytes;
use vivarium_userland::output;

use options::Settings;
use print::Printer;

/// Runs `grep`, `egrep` or `fgrep`.
pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let settings = match options::parse(arguments) {
        Ok(settings) => settings,
        Err(message) => {
            eprintln!("grep: {message}");
            return 2;
        }
    };
    let mut run = Run { printer: Printer::new(&settings), settings: &settings, matched: false, failed: false };
    tree::search_all(&mut run);
    let Run { mut printer, matched, failed, .. } = run;
    let status = if failed && !(settings.quiet && matched) { 2 } else { i32::from(!matched) };
    match printer.flush() {
        Ok(()) => status,
        Err(error) => {
            eprintln!("grep: write error: {}", output::reason(&error));
            2
        }
    }
}

/// What a run carries along.
struct Run<'a> {
    settings: &'a Settings,
    printer: Printer<'a>,
    /// Whether any line was selected.
    matched: bool,
    failed: bool,
}

impl Run<'_> {
    fn complain(&mut self, message: &str) {
        self.failed = true;
        if !self.settings.no_messages {
            let _ = self.printer.flush();
            eprintln!("grep: {message}");
        }
    }
}

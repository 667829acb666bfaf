//! `grep` (POSIX grep, with GNU's options).

mod colors;
mod options;
mod print;
mod search;
mod tree;

use vivarium_sys::fs;
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
    // Then files are not even opened, unless their names are to be listed for that.
    if settings.selects_nothing && settings.list != Some(false) {
        return 1;
    }
    let output = fs::fstat(1)
        .ok()
        .filter(|stat| stat.is_file() && !settings.quiet && settings.list.is_none() && settings.max_count > 1);
    let output = output.map(|stat| (stat.device, stat.inode));
    let mut run = Run { output, printer: Printer::new(&settings), settings: &settings, matched: false, failed: false };
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
    /// Device and inode of the file that lines are written to, which must not be searched: that would never end.
    output: Option<(u64, u64)>,
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

//! `ls`, `dir`, `vdir` (POSIX ls, with GNU's options).

mod colors;
mod entry;
mod format;
mod options;
mod order;
mod out;

use std::io::Write;

use vivarium_sys::fs;
use vivarium_userland::output;
use vivarium_userland::passwd::Names;
use vivarium_userland::{Bytes, bytes, quote};

use entry::Entry;
use options::{Follow, Layout, Quoting, Settings, Shown};
use out::Out;

/// What a run carries along.
struct Run {
    settings: Settings,
    out: Out,
    names: Names,
    status: i32,
    /// Whether something has been printed that a blank line must follow.
    printed: bool,
    /// Directories being listed, by device and number: one that is below itself is not listed again.
    above: Vec<(u64, u64)>,
}

impl Run {
    /// Says that something is wrong. `serious`: with a file of the command line.
    fn complain(&mut self, message: &str, serious: bool) {
        let _ = self.out.flush();
        eprintln!("{}: {message}", self.settings.program);
        self.status = self.status.max(if serious { 2 } else { 1 });
    }
}

/// Runs `ls`, `dir` or `vdir`.
pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (settings, mut paths) = options::parse(arguments);
    if paths.is_empty() {
        paths.push(b".".to_vec());
    }
    let out = Out::new(settings.dired && settings.layout == Layout::Long);
    let names = Names::default();
    let mut run = Run { settings, out, names, status: 0, printed: false, above: Vec::new() };
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    for path in &paths {
        let follow = match run.settings.follow {
            Follow::Always | Follow::Arguments => true,
            Follow::ArgumentDirectories => fs::stat(path).is_ok_and(|stat| stat.is_directory()),
            Follow::Never => false,
        };
        match Entry::of_argument(path, follow) {
            Err(errno) => run.complain(&format!("cannot access {}: {errno}", quote::message(path)), true),
            Ok(entry) if entry.is_directory() && !run.settings.directory => directories.push(entry),
            Ok(entry) => files.push(entry),
        }
    }
    order::sort(&mut files, &run.settings);
    order::sort(&mut directories, &run.settings);
    let heads = paths.len() > 1 || run.settings.recursive;
    let mut write = || -> std::io::Result<()> {
        if !files.is_empty() {
            format::list(&mut run, &files, false)?;
            run.printed = true;
        }
        for entry in &directories {
            directory(&mut run, &entry.name, heads, true)?;
        }
        run.out.finish(run.settings.quoting.name())
    };
    match write() {
        Ok(()) => output::finish(run.settings.program, &mut run.out, run.status),
        Err(error) => output::write_failed(run.settings.program, &error).max(2),
    }
}

/// Lists what is in a directory, and below it where asked to.
fn directory(run: &mut Run, path: &[u8], head: bool, serious: bool) -> std::io::Result<()> {
    let id = if run.settings.recursive { fs::stat(path).ok().map(|stat| (stat.device, stat.inode)) } else { None };
    if let Some(id) = id {
        if run.above.contains(&id) {
            let message = format!("{}: not listing already-listed directory", quote::maybe(path));
            run.complain(&message, true);
            return Ok(());
        }
        run.above.push(id);
    }
    let result = list(run, path, head, serious);
    if id.is_some() {
        run.above.pop();
    }
    result
}

/// The same of a directory that is not being listed.
fn list(run: &mut Run, path: &[u8], head: bool, serious: bool) -> std::io::Result<()> {
    let found = match fs::read_directory(path) {
        Ok(found) => found,
        Err(errno) => {
            run.complain(&format!("cannot open directory {}: {errno}", quote::message(path)), serious);
            return Ok(());
        }
    };
    if head {
        if run.printed {
            run.out.write_all(b"\n")?;
        }
        // A colon ends the name here, so one in it is quoted.
        let shown = match run.settings.quoting {
            Quoting::ShellEscape if path.contains(&b':') => quote::shell_escape_always(path),
            quoting => quoting.apply(path),
        };
        let (begin, end) = format::hyperlink(path, &run.settings);
        run.out.indent()?;
        run.out.write_all(&begin)?;
        run.out.name(&shown, true)?;
        run.out.write_all(end)?;
        run.out.write_all(b":\n")?;
    }
    run.printed = true;
    let follow = run.settings.follow == Follow::Always;
    let mut entries = Vec::with_capacity(found.len() + 2);
    if run.settings.shown == Shown::All {
        for name in [&b"."[..], b".."] {
            entries.push(Entry::of_directory(path, name.to_vec(), fs::FileKind::Directory, follow));
        }
    }
    for child in found {
        if run.settings.shows(&child.name) {
            entries.push(Entry::of_directory(path, child.name, child.kind, follow));
        }
    }
    if run.settings.needs_status() {
        let mut failed = Vec::new();
        for entry in &entries {
            if let Err(errno) = entry.stat() {
                failed.push(format!("cannot access {}: {errno}", quote::message(&entry.path)));
            }
        }
        failed.iter().for_each(|message| run.complain(message, false));
    }
    order::sort(&mut entries, &run.settings);
    format::list(run, &entries, true)?;
    if run.settings.recursive {
        for entry in &entries {
            if entry.is_directory() && !matches!(&*entry.name, b"." | b"..") {
                directory(run, &bytes::join(path, &entry.name), true, false)?;
            }
        }
    }
    Ok(())
}

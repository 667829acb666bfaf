//! `ls`, `dir`, `vdir` (POSIX ls, with GNU's options).

mod colors;
mod entry;
mod format;
mod options;
mod order;

use std::io::Write;

use vivarium_sys::fs;
use vivarium_userland::output::{self, Output};
use vivarium_userland::passwd::Names;
use vivarium_userland::{Bytes, bytes, quote};

use entry::Entry;
use options::{Follow, Settings, Shown};

/// What a run carries along.
struct Run {
    settings: Settings,
    out: Output,
    names: Names,
    status: i32,
    /// Whether something has been printed that a blank line must follow.
    printed: bool,
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
    let mut run = Run { settings, out: output::output(), names: Names::default(), status: 0, printed: false };
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
        Ok(())
    };
    match write() {
        Ok(()) => output::finish(run.settings.program, &mut run.out, run.status),
        Err(error) => output::write_failed(run.settings.program, &error).max(2),
    }
}

/// Lists what is in a directory, and below it where asked to.
fn directory(run: &mut Run, path: &[u8], head: bool, serious: bool) -> std::io::Result<()> {
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
        let shown = run.settings.quoting.apply(path);
        run.out.write_all(&shown)?;
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

//! Which files are searched.

use std::io::{Seek, SeekFrom};
use std::os::fd::{AsRawFd, RawFd};

use vivarium_sys::fs::{self, FileKind};
use vivarium_userland::bytes::{base_name, join, path, text};
use vivarium_userland::output::{Standard, reason};
use vivarium_userland::{Bytes, glob};

use super::Run;
use super::options::{Filters, Special};
use super::search::search;

/// Searches all that the command line names.
pub(super) fn search_all(run: &mut Run<'_>) {
    let settings = run.settings;
    if settings.files.is_empty() {
        if settings.directories == Special::Recurse {
            // What is found is named without the `./`.
            let above = fs::stat(b".").map(|stat| (stat.device, stat.inode));
            directory(run, b"", &mut above.into_iter().collect());
        } else {
            standard_input(run);
        }
        return;
    }
    for name in &settings.files {
        if run.matched && settings.quiet {
            return;
        }
        if name == b"-" {
            standard_input(run);
            continue;
        }
        match fs::stat(name) {
            Err(errno) => run.complain(&format!("{}: {errno}", text(name))),
            Ok(stat) if stat.is_directory() => match settings.directories {
                Special::Skip => {}
                Special::Read => run.complain(&format!("{}: Is a directory", text(name))),
                Special::Recurse if settings.filters.takes_directory(name) => {
                    directory(run, name, &mut vec![(stat.device, stat.inode)]);
                }
                Special::Recurse => {}
            },
            Ok(stat) if !stat.is_file() && settings.devices == Some(Special::Skip) => {}
            Ok(_) if !settings.filters.takes_file(name, true) => {}
            Ok(_) => file(run, name),
        }
    }
}

fn standard_input(run: &mut Run<'_>) {
    let label = run.settings.label.clone();
    let mut input = Standard::input();
    if is_output(run, 0, &label) {
        return;
    }
    let result = search(run, &mut input, &label).map(|unread| {
        // Whoever reads on finds what is behind the last selected line.
        if unread > 0 {
            let _ = input.file().seek(SeekFrom::Current(-unread));
        }
    });
    report(run, &label, result);
}

fn file(run: &mut Run<'_>, name: &[u8]) {
    let result = std::fs::File::open(path(name))
        .and_then(|mut file| if is_output(run, file.as_raw_fd(), name) { Ok(0) } else { search(run, &mut file, name) });
    report(run, name, result.map(|_| ()));
}

/// Whether a file is the one that is written to; says so.
fn is_output(run: &mut Run<'_>, fd: RawFd, name: &[u8]) -> bool {
    let Some(output) = run.output else { return false };
    let is_output = fs::fstat(fd).is_ok_and(|stat| (stat.device, stat.inode) == output);
    if is_output {
        run.complain(&format!("{}: input file is also the output", text(name)));
    }
    is_output
}

fn report(run: &mut Run<'_>, name: &[u8], result: std::io::Result<()>) {
    if let Err(error) = result {
        run.complain(&format!("{}: {}", text(name), reason(&error)));
    }
}

/// Searches what is in a directory; `above` are those on the way to it.
fn directory(run: &mut Run<'_>, name: &[u8], above: &mut Vec<(u64, u64)>) {
    let shown: &[u8] = if name.is_empty() { b"." } else { name };
    let entries = match fs::read_directory(shown) {
        Ok(entries) => entries,
        Err(errno) => {
            run.complain(&format!("{}: {errno}", text(shown)));
            return;
        }
    };
    for entry in entries {
        if run.matched && run.settings.quiet {
            return;
        }
        let child: Bytes = if name.is_empty() { entry.name.clone() } else { join(name, &entry.name) };
        let mut kind = entry.kind;
        let mut identity = None;
        if kind == FileKind::Symlink && !run.settings.follow_links {
            continue;
        }
        if matches!(kind, FileKind::Symlink | FileKind::Unknown)
            || (kind == FileKind::Directory && run.settings.follow_links)
        {
            match fs::stat(&child) {
                Ok(stat) => {
                    kind = stat.file_kind();
                    identity = Some((stat.device, stat.inode));
                }
                Err(errno) => {
                    run.complain(&format!("{}: {errno}", text(&child)));
                    continue;
                }
            }
        }
        match kind {
            FileKind::Directory if !run.settings.filters.takes_directory(&child) => {}
            FileKind::Directory => match identity {
                Some(identity) if above.contains(&identity) => {
                    run.complain(&format!("{}: warning: recursive directory loop", text(&child)));
                }
                _ => {
                    above.extend(identity);
                    directory(run, &child, above);
                    above.truncate(above.len() - usize::from(identity.is_some()));
                }
            },
            FileKind::Regular if run.settings.filters.takes_file(&child, false) => file(run, &child),
            FileKind::Regular => {}
            // Devices in a tree are only read where that is asked for.
            _ if run.settings.devices == Some(Special::Read) => file(run, &child),
            _ => {}
        }
    }
}

impl Filters {
    /// Whether a file is searched. The last pattern that fits decides; without one, a file is left out if the first
    /// pattern is one of `--include`.
    fn takes_file(&self, name: &[u8], named: bool) -> bool {
        if self.files.is_empty() {
            return true;
        }
        let fits = |pattern: &[u8]| {
            glob::matches(pattern, name, glob::Flags::default())
                || name.iter().enumerate().any(|(at, b)| {
                    *b == b'/' && !named && glob::matches(pattern, &name[at + 1..], glob::Flags::default())
                })
                || glob::matches(pattern, base_name(name), glob::Flags::default())
        };
        let decided = self.files.iter().rev().find(|(_, pattern)| fits(pattern)).map(|(include, _)| *include);
        decided.unwrap_or(!self.files[0].0)
    }

    fn takes_directory(&self, name: &[u8]) -> bool {
        let fits = |pattern: &Bytes| {
            glob::matches(pattern, base_name(name), glob::Flags::default())
                || glob::matches(pattern, name, glob::Flags::default())
        };
        !self.directories.iter().any(fits)
    }
}

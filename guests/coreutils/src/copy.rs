//! Copying files and trees, for `cp`, `mv` and `install`.

use std::collections::HashMap;
use std::fs::File;
use std::io;

use vivarium_sys::fs::{self, AT_FDCWD, FileKind, OpenFlags, Stat};
use vivarium_sys::{Errno, Result};
use vivarium_userland::bytes::path;
use vivarium_userland::{Bytes, bytes, quote};

/// What of a file's status its copy keeps.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Preserve {
    pub(crate) mode: bool,
    pub(crate) owner: bool,
    pub(crate) times: bool,
    /// Hard links within what is copied.
    pub(crate) links: bool,
}

impl Preserve {
    pub(crate) const ALL: Preserve = Preserve { mode: true, owner: true, times: true, links: true };
}

/// Gives `target` times, owner and mode of `stat`. `follow`: of what a symbolic link points to.
pub(crate) fn preserve(target: &[u8], stat: &Stat, what: Preserve, follow: bool) -> Result<()> {
    if what.times && (follow || !stat.is_symlink()) {
        set_times(target, stat)?;
    }
    if what.owner && fs::chown(AT_FDCWD, target, follow, Some(stat.uid), Some(stat.gid)).is_err() {
        // Only root gives files away; the group alone may be allowed.
        let _ = fs::chown(AT_FDCWD, target, follow, None, Some(stat.gid));
    }
    if what.mode && !stat.is_symlink() {
        fs::chmod(AT_FDCWD, target, follow, stat.mode)?;
    }
    Ok(())
}

fn set_times(target: &[u8], stat: &Stat) -> Result<()> {
    let time = |t: vivarium_sys::raw::Timespec| {
        std::time::UNIX_EPOCH + std::time::Duration::new(t.seconds.max(0) as u64, t.nanoseconds)
    };
    let times = std::fs::FileTimes::new().set_accessed(time(stat.accessed)).set_modified(time(stat.modified));
    let file = File::open(path(target)).or_else(|_| File::options().write(true).open(path(target)));
    file.and_then(|file| file.set_times(times)).map_err(|error| errno(&error))
}

pub(crate) fn errno(error: &io::Error) -> Errno {
    Errno::from_io(error).unwrap_or(Errno::IO)
}

/// Copies the bytes of a regular file; a new target gets `mode` less the umask.
///
/// # Errors
/// What failed, as a message.
pub(crate) fn contents(source: &[u8], target: &[u8], mode: u32, exclusive: bool) -> std::result::Result<(), String> {
    let mut from = File::open(path(source))
        .map_err(|e| format!("cannot open {} for reading: {}", quote::message(source), errno(&e)))?;
    let mut flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE;
    if exclusive {
        flags = flags | OpenFlags::EXCLUSIVE;
    }
    let to = fs::open(AT_FDCWD, target, flags, mode & 0o7777)
        .map_err(|e| format!("cannot create regular file {}: {e}", quote::message(target)))?;
    let mut to = File::from(to);
    let mut buffer = vec![0; 256 << 10];
    loop {
        let count = match io::Read::read(&mut from, &mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(format!("error reading {}: {}", quote::message(source), errno(&e))),
        };
        io::Write::write_all(&mut to, &buffer[..count])
            .map_err(|e| format!("error writing {}: {}", quote::message(target), errno(&e)))?;
    }
}

/// Makes `target` a file of the kind of `source` that is neither regular nor a directory.
pub(crate) fn special(source: &[u8], target: &[u8], stat: &Stat) -> std::result::Result<(), String> {
    match stat.file_kind() {
        FileKind::Symlink => {
            let text = fs::readlink(AT_FDCWD, source)
                .map_err(|e| format!("cannot read symbolic link {}: {e}", quote::message(source)))?;
            symlink(&text, target).map_err(|e| format!("cannot create symbolic link {}: {e}", quote::message(target)))
        }
        kind => fs::mknod(AT_FDCWD, target, kind, stat.mode)
            .map_err(|e| format!("cannot create special file {}: {e}", quote::message(target))),
    }
}

/// symlink().
pub(crate) fn symlink(text: &[u8], target: &[u8]) -> Result<()> {
    rustix::fs::symlink(path(text), path(target)).map_err(|error| errno(&error.into()))
}

/// link(), not following a symbolic link.
pub(crate) fn hard_link(source: &[u8], target: &[u8]) -> Result<()> {
    std::fs::hard_link(path(source), path(target)).map_err(|error| errno(&error))
}

/// Files with several links that have been copied, by device and number.
#[derive(Debug, Default)]
pub(crate) struct Links(HashMap<(u64, u64), Bytes>);

impl Links {
    /// The copy made before of the same file; remembers `target` as it otherwise.
    pub(crate) fn seen(&mut self, stat: &Stat, target: &[u8]) -> Option<Bytes> {
        if stat.links < 2 || stat.is_directory() {
            return None;
        }
        match self.0.entry((stat.device, stat.inode)) {
            std::collections::hash_map::Entry::Occupied(known) => Some(known.get().clone()),
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(target.to_vec());
                None
            }
        }
    }
}

/// How an existing file is kept under another name.
#[derive(Clone, Debug)]
pub(crate) struct Backup {
    pub(crate) style: Style,
    pub(crate) suffix: Bytes,
}

/// `--backup`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Style {
    Simple,
    Numbered,
    /// Numbered where there are numbered ones.
    Existing,
}

impl Backup {
    /// Of the argument of `--backup` or the environment; `None` where it says none. An error is the message.
    pub(crate) fn of(control: Option<&[u8]>, suffix: Option<Bytes>) -> std::result::Result<Option<Backup>, String> {
        let variable = bytes::variable("VERSION_CONTROL");
        let control = control.filter(|c| !c.is_empty()).or(variable.as_deref()).unwrap_or(b"existing");
        let style = match control {
            b"none" | b"off" => return Ok(None),
            b"simple" | b"never" => Style::Simple,
            b"numbered" | b"t" => Style::Numbered,
            b"existing" | b"nil" => Style::Existing,
            other => return Err(format!("invalid argument ‘{}’ for ‘backup type’", bytes::text(other))),
        };
        let suffix = suffix.or_else(|| bytes::variable("SIMPLE_BACKUP_SUFFIX")).unwrap_or_else(|| b"~".to_vec());
        Ok(Some(Backup { style, suffix }))
    }

    /// The name that `target` is kept under.
    pub(crate) fn name(&self, target: &[u8]) -> Bytes {
        let base = bytes::base_name(target);
        let highest = || {
            let entries = fs::read_directory(bytes::dir_name(target)).unwrap_or_default();
            let number = |name: &[u8]| {
                let rest = name.strip_prefix(base)?.strip_prefix(b".~")?.strip_suffix(b"~")?;
                std::str::from_utf8(rest).ok()?.parse::<u64>().ok()
            };
            entries.iter().filter_map(|entry| number(&entry.name)).max()
        };
        let number = match self.style {
            Style::Simple => None,
            Style::Numbered => Some(highest().unwrap_or(0) + 1),
            Style::Existing => highest().map(|n| n + 1),
        };
        match number {
            Some(number) => [target, format!(".~{number}~").as_bytes()].concat(),
            None => [target, &self.suffix].concat(),
        }
    }

    /// Renames `target` out of the way; gives its new name.
    pub(crate) fn make(&self, target: &[u8]) -> Result<Bytes> {
        let name = self.name(target);
        fs::rename(AT_FDCWD, target, AT_FDCWD, &name, fs::Rename::Replace)?;
        Ok(name)
    }
}

/// Asks on standard error; whether the answer was yes.
pub(crate) fn confirm(question: &str) -> bool {
    eprint!("{question} ");
    let mut answer = String::new();
    let _ = io::stdin().read_line(&mut answer);
    answer.trim_start().starts_with(['y', 'Y'])
}

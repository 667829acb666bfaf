//! Directories: making, reading, removing.

use super::metadata::on_path;
use super::request::{Outcome, encoding, finish};
use crate::Errno;
use crate::bindings::encodings::Encoding;
use crate::errors::Failure;
use crate::realm::realm;
use crate::sys::{AT_CWD, Entry, FileKind, Result, Sys, open};
use crate::table::Table;
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table
        .function("mkdir", mkdir)
        .function("rmdir", |scope: &mut Scope, args: Args, rv: Ret| {
            on_path(scope, &args, rv, 1, "rmdir", |sys, path| sys.rmdir(path));
        })
        .function("readdir", readdir)
        .function("mkdtemp", mkdtemp)
}

/// `mkdir(path, mode, recursive, request)`: recursively it gives the first directory it had to make.
fn mkdir(scope: &mut Scope, args: Args, rv: Ret) {
    let path = arg_bytes(scope, &args, 0);
    let mode = arg_u32(scope, &args, 1);
    let realm = realm(scope);
    let done = if args.get(2).is_true() {
        make_all(realm.sys(), &path, mode).map(|first| match first {
            Some(first) => Outcome::Name(first, Encoding::Utf8),
            None => Outcome::Nothing,
        })
    } else {
        realm.sys().mkdir(&path, mode).map(|()| Outcome::Nothing)
    };
    finish(scope, args.get(3), rv, done.map_err(|errno| Failure::new(errno, "mkdir").path(&path)));
}

/// Makes a directory and those above it; gives the topmost that was missing.
fn make_all(sys: &dyn Sys, path: &[u8], mode: u32) -> Result<Option<Vec<u8>>> {
    let mut missing: Vec<&[u8]> = Vec::new();
    let mut current = path;
    loop {
        match sys.mkdir(current, mode) {
            Ok(()) => break,
            Err(Errno::NOENT) => {
                let parent = parent(current).ok_or(Errno::NOENT)?;
                missing.push(current);
                current = parent;
            }
            Err(errno @ (Errno::EXIST | Errno::ISDIR | Errno::PERM | Errno::ROFS)) => {
                let stat = sys.stat(AT_CWD, current, true).map_err(|_| errno)?;
                return match stat.kind {
                    FileKind::Directory if missing.is_empty() => Ok(None),
                    FileKind::Directory => make_missing(sys, &missing, mode),
                    _ if missing.is_empty() => Err(Errno::EXIST),
                    _ => Err(Errno::NOTDIR),
                };
            }
            Err(errno) => return Err(errno),
        }
    }
    let first = current.to_vec();
    for directory in missing.iter().rev() {
        ignore_existing(sys.mkdir(directory, mode))?;
    }
    Ok(Some(first))
}

fn make_missing(sys: &dyn Sys, missing: &[&[u8]], mode: u32) -> Result<Option<Vec<u8>>> {
    let mut first = None;
    for directory in missing.iter().rev() {
        ignore_existing(sys.mkdir(directory, mode))?;
        first.get_or_insert_with(|| directory.to_vec());
    }
    Ok(first)
}

fn ignore_existing(result: Result<()>) -> Result<()> {
    match result {
        Err(Errno::EXIST) => Ok(()),
        other => other,
    }
}

/// The directory above; none for a root or a single name.
fn parent(path: &[u8]) -> Option<&[u8]> {
    let trimmed = path.iter().rposition(|byte| *byte != b'/').map(|last| &path[..=last])?;
    let slash = trimmed.iter().rposition(|byte| *byte == b'/')?;
    let above = &trimmed[..slash];
    match above.iter().rposition(|byte| *byte != b'/') {
        Some(last) => Some(&above[..=last]),
        None => Some(b"/"),
    }
}

/// All entries of a directory.
pub(super) fn list(sys: &dyn Sys, path: &[u8]) -> Result<Vec<Entry>> {
    let fd = sys.open(AT_CWD, path, open::DIRECTORY | open::CLOEXEC, 0)?;
    let mut entries: Vec<Entry> = Vec::new();
    let result = loop {
        let cookie = entries.last().map_or(0, |entry| entry.next);
        match sys.readdir(fd, cookie, 256) {
            Ok(more) if more.is_empty() => break Ok(()),
            Ok(more) => entries.extend(more),
            Err(errno) => break Err(errno),
        }
    };
    let _ = sys.close(fd);
    result.map(|()| entries)
}

/// `readdir(path, encoding, withFileTypes, request)`
fn readdir(scope: &mut Scope, args: Args, rv: Ret) {
    let path = arg_bytes(scope, &args, 0);
    let encoding = encoding(scope, &args, 1);
    let with_kinds = args.get(2).is_true();
    let done = list(realm(scope).sys(), &path).map(|mut entries| {
        // libuv sorts what it has read.
        entries.sort_by(|left, right| left.name.cmp(&right.name));
        let entries = entries.into_iter().map(|entry| (entry.name, entry.kind)).collect();
        Outcome::Names(entries, encoding, with_kinds)
    });
    finish(scope, args.get(3), rv, done.map_err(|errno| Failure::new(errno, "scandir").path(&path)));
}

/// `mkdtemp(prefix, encoding, request)`
fn mkdtemp(scope: &mut Scope, args: Args, rv: Ret) {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let prefix = arg_bytes(scope, &args, 0);
    let encoding = encoding(scope, &args, 1);
    let realm = realm(scope);
    let sys = realm.sys();
    let done = (|| {
        for _ in 0..100 {
            let mut random = [0; 6];
            sys.random(&mut random)?;
            let mut path = prefix.clone();
            path.extend(random.iter().map(|byte| LETTERS[usize::from(*byte) % LETTERS.len()]));
            match sys.mkdir(&path, 0o700) {
                Ok(()) => return Ok(Outcome::Name(path, encoding)),
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno),
            }
        }
        Err(Errno::EXIST)
    })();
    let template = [prefix.as_slice(), b"XXXXXX"].concat();
    finish(scope, args.get(2), rv, done.map_err(|errno| Failure::new(errno, "mkdtemp").path(&template)));
}

#[cfg(test)]
mod tests {
    use super::parent;

    #[test]
    fn parents() {
        assert_eq!(parent(b"/a/b/"), Some(&b"/a"[..]));
        assert_eq!(parent(b"/a"), Some(&b"/"[..]));
        assert_eq!(parent(b"a"), None);
        assert_eq!(parent(b"/"), None);
    }
}

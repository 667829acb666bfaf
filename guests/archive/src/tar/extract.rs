//! Unpacking members.

use std::fs::File;
use std::io::{self, Read};

use ::tar::{Archive, Entry, EntryType};
use vivarium_sys::fs::{self, AT_FDCWD, FileKind, OpenFlags};
use vivarium_sys::{Errno, limits};
use vivarium_userland::bytes::{dir_name, join, path, text};
use vivarium_userland::output::{Standard, reason};
use vivarium_userland::{Bytes, passwd};

use super::list::{line, not_an_archive, shown};
use super::options::Existing;
use super::transform::{self, Scope};
use super::{Run, open};
use crate::compress::pump;

/// What a directory becomes once all that is in it has been unpacked.
struct Later {
    name: Bytes,
    mode: u32,
    time: i64,
}

/// `-x`.
pub(super) fn extract(run: &mut Run) -> io::Result<()> {
    if run.settings.label.is_some() {
        super::change::check_label(run, open(&run.settings)?)?;
    }
    let mut archive = Archive::new(open(&run.settings)?);
    archive.set_ignore_zeros(run.settings.ignore_zeros);
    let umask = limits::umask(0);
    limits::umask(umask);
    let (mut later, mut width) = (Vec::new(), 19);
    for entry in archive.entries()? {
        let mut entry = entry.map_err(|error| not_an_archive(&error))?;
        let full = entry.path_bytes().into_owned();
        if !super::is_member(&entry) || !run.wants(&full) || run.excludes(&full) {
            continue;
        }
        let Some(name) = target(run, &full) else { continue };
        match run.settings.verbose {
            0 => {}
            1 if run.settings.show_transformed => run.say(&shown(&name)),
            1 => run.say(&shown(&full)),
            _ => {
                let text = line(run, &entry, &mut width)?;
                run.say(&text);
            }
        }
        if run.settings.to_stdout {
            if entry.header().entry_type().is_file() {
                pump(&mut entry, &mut Standard::output(), &mut vec![0; 128 << 10])?;
            }
            continue;
        }
        match unpack(run, &mut entry, &name, umask, &mut later) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(error),
            Err(error) => run.fail(&format!("{}: {}", text(&name), reason(&error))),
        }
    }
    for Later { name, mode, time } in later.into_iter().rev() {
        if fs::chmod(AT_FDCWD, &name, true, mode).is_ok() && !run.settings.touch {
            set_time(&name, time);
        }
    }
    Ok(())
}

/// Where a member goes: stripped, and never out of the directory it is unpacked in.
fn target(run: &mut Run, full: &[u8]) -> Option<Bytes> {
    let full = &transform::apply(&run.settings.transforms, full, Scope::Name)[..];
    let mut name = full;
    for _ in 0..run.settings.strip {
        let at = name.iter().position(|&b| b == b'/')?;
        name = &name[at + 1..];
    }
    let mut name = name.to_vec();
    if !run.settings.absolute {
        if name.starts_with(b"/") {
            if !std::mem::replace(&mut run.said_slash, true) {
                eprintln!("tar: Removing leading `/' from member names");
            }
            let start = name.iter().position(|&b| b != b'/').unwrap_or(name.len());
            name.drain(..start);
        }
        if name.split(|&b| b == b'/').any(|part| part == b"..") {
            run.fail(&format!("{}: Member name contains '..'", text(&name)));
            return None;
        }
    }
    if name.is_empty() {
        return None;
    }
    if let Some(top) = &run.settings.top_level
        && !(name.starts_with(top) && matches!(name.get(top.len()), None | Some(b'/')))
    {
        name = join(top, &name);
    }
    while name.len() > 1 && name.ends_with(b"/") {
        name.pop();
    }
    Some(name)
}

fn unpack<R: Read>(
    run: &Run,
    entry: &mut Entry<'_, R>,
    name: &[u8],
    umask: u32,
    later: &mut Vec<Later>,
) -> io::Result<()> {
    let header = entry.header();
    let kind = header.entry_type();
    let mode = header.mode()? & if run.settings.permissions { 0o7777 } else { 0o777 & !umask };
    let time = i64::try_from(header.mtime()?).unwrap_or(0);
    let owner = owner(run, entry)?;
    make_parents(name)?;
    if kind == EntryType::Directory {
        match fs::mkdir(AT_FDCWD, name, 0o700) {
            Ok(()) => {}
            Err(Errno::EXIST) if fs::stat(name).is_ok_and(|stat| stat.is_directory()) => {}
            Err(Errno::EXIST) => {
                std::fs::remove_file(path(name))?;
                fs::mkdir(AT_FDCWD, name, 0o700)?;
            }
            Err(errno) => return Err(errno.into()),
        }
        // Its own mode and time come last: what is put into it changes them, and may not be allowed then.
        fs::chmod(AT_FDCWD, name, true, mode | 0o700)?;
        give(name, owner, false);
        later.push(Later { name: name.to_vec(), mode, time });
        return Ok(());
    }
    if let Ok(existing) = fs::lstat(name) {
        match run.settings.existing {
            Existing::Skip => return Ok(()),
            Existing::Keep => return Err(io::Error::other("Cannot open: File exists")),
            Existing::Overwrite if existing.is_file() && kind.is_file() => {}
            _ if existing.is_directory() => std::fs::remove_dir(path(name))?,
            _ => std::fs::remove_file(path(name))?,
        }
    }
    match kind {
        EntryType::Symlink => {
            let text = entry.link_name_bytes().unwrap_or_default();
            let text = transform::apply(&run.settings.transforms, &text, Scope::Symlink);
            rustix::fs::symlink(path(&text), path(name))?;
            give(name, owner, false);
            return Ok(());
        }
        EntryType::Link => {
            let first = entry.link_name_bytes().unwrap_or_default().into_owned();
            let first = transform::apply(&run.settings.transforms, &first, Scope::Link);
            std::fs::hard_link(path(&first), path(name)).map_err(|error| {
                io::Error::other(format!("Cannot hard link to '{}': {}", text(&first), reason(&error)))
            })?;
            return Ok(());
        }
        EntryType::Fifo => fs::mknod(AT_FDCWD, name, FileKind::Fifo, mode)?,
        EntryType::Char | EntryType::Block => {
            // There are no device nodes but the system's own.
            return Err(io::Error::other(format!("Cannot mknod: {}", Errno::PERM)));
        }
        _ => {
            let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE;
            let mut file = File::from(fs::open(AT_FDCWD, name, flags, mode & 0o777 | 0o200)?);
            pump(entry, &mut file, &mut vec![0; 128 << 10])?;
        }
    }
    give(name, owner, true);
    fs::chmod(AT_FDCWD, name, true, mode)?;
    if !run.settings.touch {
        set_time(name, time);
    }
    Ok(())
}

/// Makes the directories above that are missing.
fn make_parents(name: &[u8]) -> io::Result<()> {
    let dir = dir_name(name);
    if dir == b"." || fs::stat(dir).is_ok() {
        return Ok(());
    }
    make_parents(dir)?;
    Ok(fs::mkdir(AT_FDCWD, dir, 0o777)?)
}

fn owner<R: Read>(run: &Run, entry: &Entry<'_, R>) -> io::Result<Option<(u32, u32)>> {
    if !run.settings.same_owner {
        return Ok(None);
    }
    let header = entry.header();
    let (uid, gid) = (header.uid()? as u32, header.gid()? as u32);
    let name =
        |bytes: Option<&[u8]>| bytes.filter(|b| !b.is_empty() && !run.settings.numeric).map(|b| text(b).into_owned());
    let user = name(header.username_bytes()).and_then(|name| passwd::uid(&name)).unwrap_or(uid);
    let group = name(header.groupname_bytes()).and_then(|name| passwd::gid(&name)).unwrap_or(gid);
    Ok(Some((user, group)))
}

/// Gives a file away where that is allowed.
fn give(name: &[u8], owner: Option<(u32, u32)>, follow: bool) {
    if let Some((uid, gid)) = owner {
        let _ = fs::chown(AT_FDCWD, name, follow, Some(uid), Some(gid));
    }
}

fn set_time(name: &[u8], seconds: i64) {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds.max(0) as u64);
    if let Ok(file) = File::open(path(name)).or_else(|_| File::options().write(true).open(path(name))) {
        let _ = file.set_times(std::fs::FileTimes::new().set_accessed(time).set_modified(time));
    }
}

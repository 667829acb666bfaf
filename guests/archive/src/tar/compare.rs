//! `-d`: members against the files there are.

use std::fs::File;
use std::io::{self, Read, Write};

use ::tar::{Archive, Entry, EntryType};
use vivarium_sys::fs::{self, FileKind, Stat};
use vivarium_userland::bytes::{path, text};
use vivarium_userland::output::{Standard, reason};

use super::list::{not_an_archive, shown};
use super::{Run, open};

/// `-d`.
pub(super) fn compare(run: &mut Run) -> io::Result<()> {
    let mut archive = Archive::new(open(&run.settings)?);
    archive.set_ignore_zeros(run.settings.ignore_zeros);
    for entry in archive.entries()? {
        let mut entry = entry.map_err(|error| not_an_archive(&error))?;
        let full = entry.path_bytes().into_owned();
        if !super::is_member(&entry) || !run.wants(&full) || run.excludes(&full) {
            continue;
        }
        if run.settings.verbose > 0 {
            run.say(&shown(&full));
        }
        let name = full.strip_suffix(b"/").unwrap_or(&full);
        let stat = match fs::lstat(name) {
            Ok(stat) => stat,
            Err(errno) => {
                eprintln!("tar: {}: Warning: Cannot stat: {errno}", text(name));
                run.status = run.status.max(1);
                continue;
            }
        };
        for difference in differences(&mut entry, name, &stat)? {
            run.status = run.status.max(1);
            Standard::output().write_all(&[name, b": ", difference.as_bytes(), b"\n"].concat())?;
        }
    }
    Ok(())
}

fn differences<R: Read>(entry: &mut Entry<'_, R>, name: &[u8], stat: &Stat) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let kind = entry.header().entry_type();
    let expected = match kind {
        EntryType::Link => {
            let first = entry.link_name_bytes().unwrap_or_default().into_owned();
            let same = fs::lstat(&first).is_ok_and(|first| (first.device, first.inode) == (stat.device, stat.inode));
            return Ok(if same { found } else { vec![format!("Not linked to {}", text(&first))] });
        }
        EntryType::Symlink => {
            let target = entry.link_name_bytes().unwrap_or_default();
            let there = fs::readlink(fs::AT_FDCWD, name);
            if !there.is_ok_and(|there| *there == *target) {
                found.push("Symlink differs".into());
            }
            return Ok(found);
        }
        EntryType::Directory => FileKind::Directory,
        EntryType::Fifo => FileKind::Fifo,
        EntryType::Char => FileKind::CharacterDevice,
        EntryType::Block => FileKind::BlockDevice,
        _ => FileKind::Regular,
    };
    if stat.file_kind() != expected {
        return Ok(vec!["File type differs".into()]);
    }
    let header = entry.header();
    if header.mode()? & 0o7777 != stat.mode & 0o7777 {
        found.push("Mode differs".into());
    }
    if expected == FileKind::Directory {
        return Ok(found);
    }
    if header.uid()? != u64::from(stat.uid) {
        found.push("Uid differs".into());
    }
    if header.gid()? != u64::from(stat.gid) {
        found.push("Gid differs".into());
    }
    if i64::try_from(header.mtime()?).unwrap_or(0) != stat.modified.seconds {
        found.push("Mod time differs".into());
    }
    if expected != FileKind::Regular {
        return Ok(found);
    }
    if entry.size() != stat.size {
        found.push("Size differs".into());
        return Ok(found);
    }
    match same_contents(entry, name) {
        Ok(true) => {}
        Ok(false) => found.push("Contents differ".into()),
        Err(error) => found.push(format!("Cannot open: {}", reason(&error))),
    }
    Ok(found)
}

fn same_contents(entry: &mut impl Read, name: &[u8]) -> io::Result<bool> {
    let mut file = io::BufReader::new(File::open(path(name))?);
    let (mut ours, mut theirs) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        let count = entry.read(&mut ours)?;
        if count == 0 {
            return Ok(file.read(&mut theirs)? == 0);
        }
        if file.read_exact(&mut theirs[..count]).is_err() || ours[..count] != theirs[..count] {
            return Ok(false);
        }
    }
}

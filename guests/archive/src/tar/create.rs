//! Making archives and adding to them.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use ::tar::{Builder, EntryType, Header as TarHeader, HeaderMode};
use vivarium_sys::fs::{self, AT_FDCWD, FileKind, Stat};
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{join, path, text};
use vivarium_userland::mode::Change;
use vivarium_userland::output::{Standard, reason};

use super::options::{Operation, Settings, below};
use super::{RECORD, Run};
use crate::codec::{Encoder, Header};

/// Counts what goes through, so that the last record can be filled.
struct Counted<W> {
    inner: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

type Archive = Builder<Counted<Encoder<BufWriter<Box<dyn Write>>>>>;

struct Creator {
    archive: Archive,
    /// Members with several links, by device and number.
    links: HashMap<(u64, u64), Bytes>,
    /// Of the archive itself, which must not be put into itself.
    own: Option<(u64, u64)>,
    /// Newest time of each member already there, for `-u`.
    times: HashMap<Bytes, i64>,
}

/// `-c`.
pub(super) fn create(run: &mut Run) -> io::Result<()> {
    if run.settings.sources.is_empty() {
        return Err(io::Error::other(
            "Cowardly refusing to create an empty archive\nTry 'tar --help' for more information.",
        ));
    }
    let output: Box<dyn Write> = match &run.settings.archive {
        None if vivarium_sys::tty::isatty(1) => {
            return Err(io::Error::other("Refusing to write archive contents to terminal (missing -f option?)"));
        }
        None => Box::new(Standard::output()),
        Some(name) => Box::new(File::create(path(name)).map_err(|e| cannot_open(name, &e))?),
    };
    write(run, output, HashMap::new())
}

/// `-r` and `-u`.
pub(super) fn append(run: &mut Run) -> io::Result<()> {
    let Some(name) = run.settings.archive.clone() else {
        return Err(io::Error::other("Options '-Aru' are incompatible with '-f -'"));
    };
    if run.settings.compression.is_some() {
        return Err(io::Error::other("Cannot update compressed archives"));
    }
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path(&name))
        .map_err(|e| cannot_open(&name, &e))?;
    let (mut end, mut times) = (0, HashMap::new());
    let mut existing = ::tar::Archive::new(&file);
    for entry in existing.entries()? {
        let entry = entry?;
        end = entry.raw_file_position() + entry.size().div_ceil(512) * 512;
        if run.settings.operation == Operation::Update {
            let time = i64::try_from(entry.header().mtime()?).unwrap_or(0);
            times.insert(entry.path_bytes().into_owned(), time);
        }
    }
    file.seek(SeekFrom::Start(end))?;
    file.set_len(end)?;
    write(run, Box::new(file), times)
}

fn cannot_open(name: &[u8], error: &io::Error) -> io::Error {
    io::Error::other(format!("{}: Cannot open: {}", text(name), reason(error)))
}

fn write(run: &mut Run, output: Box<dyn Write>, times: HashMap<Bytes, i64>) -> io::Result<()> {
    let own = run.settings.archive.as_ref().and_then(|name| fs::stat(name).ok()).map(|stat| (stat.device, stat.inode));
    let encoder =
        Encoder::new(run.settings.compression, BufWriter::with_capacity(128 << 10, output), 6, Header::default())?;
    let mut archive = Builder::new(Counted { inner: encoder, count: 0 });
    archive.mode(HeaderMode::Complete);
    let mut creator = Creator { archive, links: HashMap::new(), own, times };
    for (directory, name) in run.settings.sources.clone() {
        let name = if name.len() > 1 { name.strip_suffix(b"/").unwrap_or(&name).to_vec() } else { name };
        let at = directory.map_or(name.clone(), |directory| below(&directory, &name));
        creator.add(run, &at, &name, None)?;
    }
    let mut out = creator.archive.into_inner()?;
    let fill = (RECORD - (out.count % RECORD as u64) as usize) % RECORD;
    out.write_all(&vec![0; fill])?;
    out.inner.finish()?.flush()
}

impl Creator {
    /// Adds the file at `at` under the name `name`, and what is below it.
    fn add(&mut self, run: &mut Run, at: &[u8], name: &[u8], device: Option<u64>) -> io::Result<()> {
        if run.excludes(name) {
            return Ok(());
        }
        let stat = match if run.settings.follow { fs::stat(at) } else { fs::lstat(at) } {
            Ok(stat) => stat,
            Err(errno) => {
                run.fail(&format!("{}: Cannot stat: {errno}", text(name)));
                return Ok(());
            }
        };
        if run.settings.one_file_system && device.is_some_and(|device| device != stat.device) {
            return Ok(());
        }
        if self.own == Some((stat.device, stat.inode)) {
            eprintln!("tar: {}: file is the archive; not dumped", text(name));
            return Ok(());
        }
        let member = self.member_name(run, name, &stat);
        let fresh = self.times.get(&member).is_some_and(|time| *time >= stat.modified.seconds);
        if !fresh && !member.is_empty() {
            self.member(run, at, &member, &stat)?;
        }
        if stat.is_directory() && run.settings.recursive {
            match fs::read_directory(at) {
                Ok(mut entries) => {
                    if run.settings.sorted {
                        entries.sort_by(|a, b| a.name.cmp(&b.name));
                    }
                    for entry in entries {
                        self.add(run, &join(at, &entry.name), &join(name, &entry.name), Some(stat.device))?;
                    }
                }
                Err(errno) => run.fail(&format!("{}: Cannot open: {errno}", text(name))),
            }
        }
        if run.settings.remove_files {
            let _ = if stat.is_directory() { std::fs::remove_dir(path(at)) } else { std::fs::remove_file(path(at)) };
        }
        Ok(())
    }

    /// The name in the archive: without leading slashes, with one behind a directory.
    fn member_name(&self, run: &mut Run, name: &[u8], stat: &Stat) -> Bytes {
        let mut member = name.to_vec();
        if !run.settings.absolute && member.starts_with(b"/") {
            if !std::mem::replace(&mut run.said_slash, true) {
                eprintln!("tar: Removing leading `/' from member names");
            }
            let start = member.iter().position(|&b| b != b'/').unwrap_or(member.len());
            member.drain(..start);
            if member.is_empty() {
                member.extend_from_slice(b"./");
            }
        }
        if stat.is_directory() && !member.ends_with(b"/") {
            member.push(b'/');
        }
        member
    }

    fn member(&mut self, run: &mut Run, at: &[u8], name: &[u8], stat: &Stat) -> io::Result<()> {
        let mut header = if run.settings.ustar { TarHeader::new_ustar() } else { TarHeader::new_gnu() };
        fill(&mut header, run, stat);
        if run.settings.verbose > 0 {
            run.say(name);
        }
        if stat.links > 1 && !stat.is_directory() {
            let identity = (stat.device, stat.inode);
            if let Some(first) = self.links.get(&identity) {
                header.set_entry_type(EntryType::Link);
                header.set_size(0);
                return self.archive.append_link(&mut header, path(name), path(&first.clone()));
            }
            self.links.insert(identity, name.to_vec());
        }
        match stat.file_kind() {
            FileKind::Regular => {
                let file = match File::open(path(at)) {
                    Ok(file) => file,
                    Err(error) => {
                        run.fail(&format!("{}: Cannot open: {}", text(name), reason(&error)));
                        return Ok(());
                    }
                };
                header.set_entry_type(EntryType::Regular);
                header.set_size(stat.size);
                // A file that shrinks meanwhile is filled up: its size is already written.
                let contents = file.chain(io::repeat(0)).take(stat.size);
                self.archive.append_data(&mut header, path(name), contents)
            }
            FileKind::Symlink => {
                let target = fs::readlink(AT_FDCWD, at)?;
                header.set_entry_type(EntryType::Symlink);
                header.set_size(0);
                self.archive.append_link(&mut header, path(name), path(&target))
            }
            FileKind::Socket | FileKind::Unknown => {
                eprintln!("tar: {}: socket ignored", text(name));
                Ok(())
            }
            kind => {
                header.set_entry_type(match kind {
                    FileKind::Directory => EntryType::Directory,
                    FileKind::Fifo => EntryType::Fifo,
                    FileKind::BlockDevice => EntryType::Block,
                    _ => EntryType::Char,
                });
                header.set_size(0);
                if matches!(kind, FileKind::BlockDevice | FileKind::CharacterDevice) {
                    header.set_device_major((stat.device_id >> 8) as u32)?;
                    header.set_device_minor((stat.device_id & 0xff) as u32)?;
                }
                self.archive.append_data(&mut header, path(name), io::empty())
            }
        }
    }
}

fn fill(header: &mut TarHeader, run: &Run, stat: &Stat) {
    let settings: &Settings = &run.settings;
    let mode = match settings.mode.as_deref().and_then(Change::parse) {
        Some(change) => change.apply(stat.mode, stat.is_directory(), 0),
        None => stat.mode,
    };
    header.set_mode(mode & 0o7777);
    let seconds = settings.time.unwrap_or(stat.modified.seconds);
    header.set_mtime(u64::try_from(seconds).unwrap_or(0));
    let (uid, user) = match &settings.owner {
        Some((uid, name)) => (*uid, Some(&**name)),
        None => (stat.uid, run.names.user(stat.uid)),
    };
    let (gid, group) = match &settings.group {
        Some((gid, name)) => (*gid, Some(&**name)),
        None => (stat.gid, run.names.group(stat.gid)),
    };
    header.set_uid(uid.into());
    header.set_gid(gid.into());
    if !settings.numeric {
        // A name that does not fit is left out: the number stays.
        let _ = header.set_username(user.unwrap_or_default());
        let _ = header.set_groupname(group.unwrap_or_default());
    }
}

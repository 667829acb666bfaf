//! Making archives and adding to them.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use ::tar::{EntryType, Header as TarHeader};
use vivarium_sys::fs::{self, AT_FDCWD, FileKind, Stat};
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{join, path, text};
use vivarium_userland::mode::Change;
use vivarium_userland::output::{Standard, reason};

use super::member::{self, Dialect, Member};
use super::options::{Checkpoint, Operation, Settings, Source, Tagged, below};
use super::transform::{self, Scope};
use super::{RECORD, Run};
use crate::codec::{Encoder, Header};

/// Counts what goes through, so that the last record can be filled, and for checkpoints.
struct Counted<W> {
    inner: W,
    count: u64,
    /// Records that have been counted for checkpoints.
    records: u64,
    checkpoint: Option<(u64, Vec<Checkpoint>)>,
}

impl<W> Counted<W> {
    fn checkpoints(&mut self) {
        let Some((interval, actions)) = &self.checkpoint else { return };
        while self.records < self.count / RECORD as u64 {
            self.records += 1;
            if !self.records.is_multiple_of(*interval) {
                continue;
            }
            for action in actions {
                match action {
                    Checkpoint::Echo => eprintln!("tar: Write checkpoint {}", self.records),
                    Checkpoint::Dot => {
                        let _ = Standard::output().write_all(b".");
                    }
                }
            }
        }
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.count += count as u64;
        self.checkpoints();
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

type Archive = Counted<Encoder<BufWriter<Box<dyn Write>>>>;

/// The first member of a file with several links.
struct Linked {
    name: Bytes,
    /// As it is shown where links are missed.
    source: Bytes,
    links: u64,
    found: u64,
}

struct Creator {
    archive: Archive,
    /// Members with several links, by device and number.
    links: HashMap<(u64, u64), Linked>,
    /// Files with so many links at most are met once only.
    few: u64,
    /// Of the archive itself, which must not be put into itself.
    own: Option<(u64, u64)>,
    /// Newest time of each member already there, for `-u`.
    times: HashMap<Bytes, i64>,
}

/// `-c`.
pub(super) fn create(run: &mut Run) -> io::Result<()> {
    if run.settings.sources.is_empty() && !run.settings.listed {
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
    write(run, output, 0, HashMap::new())
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
    super::change::check_label(run, &file)?;
    file.seek(SeekFrom::Start(0))?;
    run.settings.label = None;
    let (mut end, mut times) = (0, HashMap::new());
    let mut existing = ::tar::Archive::new(&file);
    for entry in existing.entries()? {
        let entry = entry?;
        end = entry.raw_file_position() + entry.header().entry_size()?.div_ceil(512) * 512;
        if run.settings.operation == Operation::Update {
            let time = i64::try_from(entry.header().mtime()?).unwrap_or(0);
            times.insert(entry.path_bytes().into_owned(), time);
        }
    }
    file.seek(SeekFrom::Start(end))?;
    file.set_len(end)?;
    write(run, Box::new(file), end, times)
}

fn cannot_open(name: &[u8], error: &io::Error) -> io::Error {
    io::Error::other(format!("{}: Cannot open: {}", text(name), reason(error)))
}

/// Writes an archive from `start` on.
fn write(run: &mut Run, output: Box<dyn Write>, start: u64, times: HashMap<Bytes, i64>) -> io::Result<()> {
    let own = run.settings.archive.as_ref().and_then(|name| fs::stat(name).ok()).map(|stat| (stat.device, stat.inode));
    let encoder =
        Encoder::new(run.settings.compression, BufWriter::with_capacity(128 << 10, output), 6, Header::default())?;
    let checkpoint = run.settings.checkpoint.clone();
    let archive = Counted { inner: encoder, count: start, records: start / RECORD as u64, checkpoint };
    let few = u64::from(run.settings.sources.len() <= 1 && !run.settings.follow);
    let mut creator = Creator { archive, links: HashMap::new(), few, own, times };
    if let Some(label) = &run.settings.label {
        let seconds = run.settings.time.unwrap_or_else(|| vivarium_userland::clock::now().0);
        member::label(&mut creator.archive, run.settings.dialect, label, seconds)?;
    }
    for Source { directory, name, recursive } in run.settings.sources.clone() {
        run.settings.recursive = recursive;
        let name = if name.len() > 1 { name.strip_suffix(b"/").unwrap_or(&name).to_vec() } else { name };
        let at = directory.map_or(name.clone(), |directory| below(&directory, &name));
        creator.add(run, &at, &name, None)?;
    }
    if run.settings.check_links {
        for missing in creator.links.values().filter(|linked| linked.found < linked.links) {
            eprintln!("tar: Missing links to '{}'.", text(&missing.source));
        }
    }
    let mut out = creator.archive;
    out.write_all(&[0; 1024])?;
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
        // A directory that is there already is not put in again.
        let known = self.times.get(&member);
        let fresh = known.is_some_and(|time| *time >= stat.modified.seconds || stat.is_directory());
        let tag = if stat.is_directory() { tag(run, at, name) } else { None };
        if tag == Some(Tagged::All) {
            return Ok(());
        }
        if !fresh && !member.is_empty() {
            self.member(run, at, &member, &stat)?;
        }
        if tag == Some(Tagged::Contents) {
            for (name_of_tag, _) in run.settings.tags.clone() {
                if fs::lstat(join(at, &name_of_tag)).is_ok() {
                    self.add(run, &join(at, &name_of_tag), &join(name, &name_of_tag), Some(stat.device))?;
                }
            }
        } else if stat.is_directory() && run.settings.recursive && tag.is_none() {
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
        let dialect = run.settings.dialect;
        let mut header = member::header(dialect);
        fill(&mut header, run, stat);
        header.set_size(0);
        let stored = transform::apply(&run.settings.transforms, name, Scope::Name);
        if run.settings.verbose > 0 {
            run.say(if run.settings.show_transformed { &stored } else { name });
        }
        let kind = stat.file_kind();
        let nanoseconds = if run.settings.time.is_some() { 0 } else { stat.modified.nanoseconds };
        if stat.links > self.few && kind != FileKind::Directory && !matches!(kind, FileKind::Socket | FileKind::Unknown)
        {
            let identity = (stat.device, stat.inode);
            if let Some(linked) = self.links.get_mut(&identity) {
                linked.found += 1;
                header.set_entry_type(EntryType::Link);
                let link = transform::apply(&run.settings.transforms, &linked.name, Scope::Link);
                return self.head(run, &mut header, &Member { name: &stored, link: &link, nanoseconds }).map(|_| ());
            }
            let linked = Linked { name: name.to_vec(), source: at.to_vec(), links: stat.links, found: 1 };
            self.links.insert(identity, linked);
        }
        let plain = Member { name: &stored, link: b"", nanoseconds };
        match kind {
            FileKind::Regular => {
                let file = match File::open(path(at)) {
                    Ok(file) => file,
                    Err(error) => {
                        run.fail(&format!("{}: Cannot open: {}", text(name), reason(&error)));
                        return Ok(());
                    }
                };
                header.set_entry_type(if dialect == Dialect::V7 { EntryType::new(0) } else { EntryType::Regular });
                header.set_size(stat.size);
                if self.head(run, &mut header, &plain)? {
                    // A file that shrinks meanwhile is filled up: its size is already written.
                    let mut contents = file.chain(io::repeat(0)).take(stat.size);
                    crate::compress::pump(&mut contents, &mut self.archive, &mut vec![0; 128 << 10])?;
                    member::pad(&mut self.archive, stat.size)?;
                }
                Ok(())
            }
            FileKind::Symlink => {
                let target = fs::readlink(AT_FDCWD, at)?;
                let target = transform::apply(&run.settings.transforms, &target, Scope::Symlink);
                header.set_entry_type(EntryType::Symlink);
                self.head(run, &mut header, &Member { link: &target, ..plain }).map(|_| ())
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
                if matches!(kind, FileKind::BlockDevice | FileKind::CharacterDevice) {
                    header.set_device_major((stat.device_id >> 8) as u32)?;
                    header.set_device_minor((stat.device_id & 0xff) as u32)?;
                }
                self.head(run, &mut header, &plain).map(|_| ())
            }
        }
    }

    /// Writes a header, unless the format has no room for what it says. Whether it did.
    fn head(&mut self, run: &mut Run, header: &mut TarHeader, member: &Member<'_>) -> io::Result<bool> {
        match member::write(&mut self.archive, run.settings.dialect, header, member) {
            Ok(()) => Ok(true),
            Err(Err(error)) => Err(error),
            Err(Ok(why)) => {
                let name = if why.starts_with("link") { member.link } else { member.name };
                run.fail(&format!("{}: {why}", text(name)));
                Ok(false)
            }
        }
    }
}

/// What a tag in a directory says of it.
fn tag(run: &Run, at: &[u8], name: &[u8]) -> Option<Tagged> {
    const SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";
    for (tag, what) in &run.settings.tags {
        let file = join(at, tag);
        let there = if tag == b"CACHEDIR.TAG" {
            std::fs::read(path(&file)).is_ok_and(|contents| contents.starts_with(SIGNATURE))
        } else {
            fs::lstat(&file).is_ok()
        };
        if there {
            let left = if *what == Tagged::All { "directory" } else { "contents" };
            let (name, tag) = (text(name.strip_suffix(b"/").unwrap_or(name)), text(tag));
            eprintln!("tar: {name}/: contains a cache directory tag {tag}; {left} not dumped");
            return Some(*what);
        }
    }
    None
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

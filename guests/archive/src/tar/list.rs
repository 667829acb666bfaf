//! Listing members.

use std::io::{self, Read, Write};

use ::tar::{Archive, Entry, EntryType};
use vivarium_sys::fs::FileKind;
use vivarium_userland::output::output;
use vivarium_userland::{Bytes, bytes, clock, mode, quote};

use super::change::{check_label, find_label};
use super::transform::{self, Scope};
use super::{Run, open};

/// `-t`.
pub(super) fn list(run: &mut Run) -> io::Result<()> {
    if run.settings.label.is_some() {
        check_label(run, open(&run.settings)?)?;
    }
    let mut archive = Archive::new(open(&run.settings)?);
    archive.set_ignore_zeros(run.settings.ignore_zeros);
    let mut out = output();
    let mut width = 19;
    for entry in archive.entries()? {
        let mut entry = entry.map_err(|error| not_an_archive(&error))?;
        let name = entry.path_bytes().into_owned();
        match entry.header().entry_type().as_byte() {
            // The label of pax is no member.
            b'g' => {
                let mut records = Vec::new();
                entry.read_to_end(&mut records)?;
                if let Some(label) = find_label(&records).filter(|_| run.settings.operands.is_empty()) {
                    out.write_all(&shown(&label))?;
                    out.write_all(b"\n")?;
                }
                continue;
            }
            b'V' if run.settings.operands.is_empty() => {}
            _ if !run.wants(&name) || run.excludes(&name) => continue,
            _ => {}
        }
        if run.settings.verbose > 0 {
            out.write_all(&line(run, &entry, &mut width)?)?;
        } else {
            let transformed = run.settings.show_transformed;
            let transformed = transformed.then(|| transform::apply(&run.settings.transforms, &name, Scope::Name));
            out.write_all(&shown(transformed.as_deref().unwrap_or(&name)))?;
        }
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// In GNU's words, what is no archive.
pub(super) fn not_an_archive(error: &io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return io::Error::new(io::ErrorKind::UnexpectedEof, error.to_string());
    }
    if error.to_string().contains("cksum") || error.to_string().contains("numeric field") {
        return io::Error::other("This does not look like a tar archive");
    }
    io::Error::new(error.kind(), error.to_string())
}

/// A name with escapes for what can't be shown.
pub(super) fn shown(name: &[u8]) -> Bytes {
    let plain = name.iter().all(|b| *b >= 0x20 && *b != 0x7f && *b != b'\\');
    if plain { name.to_vec() } else { quote::escape(name, None).into_iter().collect() }
}

/// A line of `-tv`; `width` is that of owner and size so far.
pub(super) fn line<R: Read>(run: &Run, entry: &Entry<'_, R>, width: &mut usize) -> io::Result<Bytes> {
    let header = entry.header();
    let kind = header.entry_type();
    let letter = match kind {
        EntryType::Directory => FileKind::Directory,
        EntryType::Symlink => FileKind::Symlink,
        EntryType::Char => FileKind::CharacterDevice,
        EntryType::Block => FileKind::BlockDevice,
        EntryType::Fifo => FileKind::Fifo,
        _ => FileKind::Regular,
    };
    let mut permissions = mode::symbolic(letter, header.mode()?);
    if kind.as_byte() == b'V' {
        permissions.replace_range(..1, "V");
    }
    if kind == EntryType::Link {
        permissions.replace_range(..1, "h");
    }
    let name = |bytes: Option<&[u8]>, id: u64| match bytes.filter(|b| !b.is_empty() && !run.settings.numeric) {
        Some(name) => bytes::text(name).into_owned(),
        None => id.to_string(),
    };
    let owner = name(header.username_bytes(), header.uid()?);
    let group = name(header.groupname_bytes(), header.gid()?);
    let size = match letter {
        FileKind::CharacterDevice | FileKind::BlockDevice => {
            format!("{},{}", header.device_major()?.unwrap_or(0), header.device_minor()?.unwrap_or(0))
        }
        _ => entry.size().to_string(),
    };
    let owners = format!("{owner}/{group}");
    *width = (*width).max(owners.len() + 1 + size.len());
    let pad = *width - owners.len();
    let local = clock::local(i64::try_from(header.mtime()?).unwrap_or(0), 0);
    let time = clock::format(&local, if run.settings.full_time { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" });
    let mut text = format!("{permissions} {owners}{size:>pad$} {time} ").into_bytes();
    text.extend_from_slice(&shown(&entry.path_bytes()));
    if kind.as_byte() == b'V' {
        text.extend_from_slice(b"--Volume Header--");
    }
    if let Some(target) = entry.link_name_bytes() {
        let arrow: &[u8] = if kind == EntryType::Link { b" link to " } else { b" -> " };
        if matches!(kind, EntryType::Link | EntryType::Symlink) {
            text.extend_from_slice(arrow);
            text.extend_from_slice(&shown(&target));
        }
    }
    Ok(text)
}

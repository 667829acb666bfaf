//! Writing the headers of members, in each format (POSIX ustar and pax; GNU's; the one before either).

use std::io::{self, Write};

use ::tar::{EntryType, Header};
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{base_name, dir_name};

/// A format of archives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dialect {
    V7,
    Ustar,
    Posix,
    Gnu,
}

/// What a header says beside what [`Header`] holds already.
pub(super) struct Member<'a> {
    pub(super) name: &'a [u8],
    /// The target of a link, else empty.
    pub(super) link: &'a [u8],
    /// Nanoseconds of the time.
    pub(super) nanoseconds: u32,
}

/// Bytes of a block, of which archives are made.
const BLOCK: usize = 512;
/// Where the fields are.
const NAME: std::ops::Range<usize> = 0..100;
const LINK: std::ops::Range<usize> = 157..257;
const PREFIX: std::ops::Range<usize> = 345..500;

/// An empty header of a format.
pub(super) fn header(dialect: Dialect) -> Header {
    match dialect {
        Dialect::V7 => Header::new_old(),
        Dialect::Ustar | Dialect::Posix => Header::new_ustar(),
        Dialect::Gnu => Header::new_gnu(),
    }
}

/// Writes a member's header, and before it what does not fit in. `Err(Ok(why))`: the format has no room for it.
pub(super) fn write(
    out: &mut impl Write,
    dialect: Dialect,
    header: &mut Header,
    member: &Member<'_>,
) -> Result<(), Result<String, io::Error>> {
    let (name, link) = (member.name, member.link);
    let refuse = |why: &str| Err(Ok(why.to_owned()));
    match dialect {
        Dialect::V7 if name.len() > 99 => return refuse("file name is too long (max 99); not dumped"),
        Dialect::V7 if link.len() > 99 => return refuse("link name is too long; not dumped"),
        Dialect::Ustar if name.len() > 256 => return refuse("file name is too long (max 256); not dumped"),
        Dialect::Ustar if name.len() > 100 && split(name).is_none() => {
            return refuse("file name is too long (cannot be split); not dumped");
        }
        Dialect::Ustar if link.len() > 100 => return refuse("link name is too long; not dumped"),
        Dialect::Gnu => {
            for (text, kind) in [(link, b'K'), (name, b'L')] {
                if text.len() > 100 {
                    long(out, text, kind).map_err(Err)?;
                }
            }
        }
        Dialect::Posix => {
            let mut records = Vec::new();
            if name.len() > 100 && split(name).is_none() {
                record(&mut records, "path", name);
            }
            if link.len() > 100 {
                record(&mut records, "linkpath", link);
            }
            if member.nanoseconds > 0 {
                let time = format!("{}.{:09}", header.mtime().unwrap_or(0), member.nanoseconds);
                record(&mut records, "mtime", time.trim_end_matches('0').as_bytes());
            }
            if !records.is_empty() {
                extended(out, name, EntryType::XHeader, &records).map_err(Err)?;
            }
        }
        _ => {}
    }
    let has_prefix = matches!(dialect, Dialect::Ustar | Dialect::Posix) && name.len() > 100;
    let (prefix, rest) = if has_prefix { split(name).unwrap_or((b"", name)) } else { (&b""[..], name) };
    set(header, NAME, rest);
    set(header, LINK, link);
    if has_prefix {
        set(header, PREFIX, prefix);
    }
    header.set_cksum();
    out.write_all(header.as_bytes()).map_err(Err)
}

/// A volume's label.
pub(super) fn label(out: &mut impl Write, dialect: Dialect, label: &[u8], seconds: i64) -> io::Result<()> {
    if dialect == Dialect::Posix {
        let mut records = Vec::new();
        record(&mut records, "GNU.volume.label", label);
        return extended(out, b"GlobalHead", EntryType::XGlobalHeader, &records);
    }
    let mut header = header(dialect);
    header.set_entry_type(EntryType::new(b'V'));
    header.set_mtime(u64::try_from(seconds).unwrap_or(0));
    header.set_mode(0);
    header.set_size(0);
    set(&mut header, NAME, label);
    header.set_cksum();
    out.write_all(header.as_bytes())
}

/// Contents, filled up to whole blocks.
pub(super) fn pad(out: &mut impl Write, size: u64) -> io::Result<()> {
    let fill = (BLOCK - (size % BLOCK as u64) as usize) % BLOCK;
    out.write_all(&[0; BLOCK][..fill])
}

fn set(header: &mut Header, field: std::ops::Range<usize>, text: &[u8]) {
    let field = &mut header.as_mut_bytes()[field];
    field.fill(0);
    let length = text.len().min(field.len());
    field[..length].copy_from_slice(&text[..length]);
}

/// A name as ustar parts it: at a slash, so that both parts fit.
fn split(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let slashes = name.iter().enumerate().filter(|(at, byte)| **byte == b'/' && *at > 0 && at + 1 < name.len());
    let at = slashes.map(|(at, _)| at).find(|at| *at <= 155 && name.len() - at - 1 <= 100)?;
    Some((&name[..at], &name[at + 1..]))
}

/// GNU's way with long names: a member of their own before the one they are of.
fn long(out: &mut impl Write, text: &[u8], kind: u8) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::new(kind));
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(text.len() as u64 + 1);
    set(&mut header, NAME, b"././@LongLink");
    header.set_cksum();
    out.write_all(header.as_bytes())?;
    out.write_all(text)?;
    out.write_all(b"\0")?;
    pad(out, text.len() as u64 + 1)
}

/// A pax record: its own length first, which counts itself.
fn record(records: &mut Bytes, key: &str, value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(format!("{length} {key}=").as_bytes());
    records.extend_from_slice(value);
    records.push(b'\n');
}

fn extended(out: &mut impl Write, name: &[u8], kind: EntryType, records: &[u8]) -> io::Result<()> {
    let trimmed = name.strip_suffix(b"/").unwrap_or(name);
    let own = [dir_name(trimmed), b"/PaxHeaders/", base_name(trimmed)].concat();
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(records.len() as u64);
    set(&mut header, NAME, &own[..own.len().min(99)]);
    header.set_cksum();
    out.write_all(header.as_bytes())?;
    out.write_all(records)?;
    pad(out, records.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_count_themselves() {
        let mut records = Bytes::new();
        record(&mut records, "path", b"abc");
        record(&mut records, "path", &[b'x'; 91]);
        assert!(records.starts_with(b"12 path=abc\n101 path=xx"));
    }

    #[test]
    fn names_part_at_slashes() {
        let name = [&[b'a'; 120][..], b"/", &[b'b'; 90]].concat();
        assert_eq!(split(&name).map(|(a, b)| (a.len(), b.len())), Some((120, 90)));
        assert_eq!(split(&[b'a'; 130]), None);
    }
}

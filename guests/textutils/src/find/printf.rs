//! `-printf` and `-ls`.

use std::io::{self, Write};

use vivarium_sys::fs::{self, FileKind, Stat};
use vivarium_userland::{Bytes, bytes, clock, mode, quote};

use super::Run;
use super::entry::Entry;
use super::test::{Time, file_system_of};

/// A piece of a format.
enum Piece {
    Text(Bytes),
    /// `%` flags, width, precision, directive, and what follows `A`, `B`, `C`, `T`.
    Directive {
        flags: String,
        width: usize,
        precision: Option<usize>,
        letter: u8,
        time: u8,
    },
    /// `\c`: stops here, and flushes.
    Stop,
}

/// What `-printf` prints.
pub(crate) struct Format(Vec<Piece>);

impl Format {
    /// Reads a format. An error is the message; what is only odd is warned of.
    pub(crate) fn parse(text: &[u8]) -> Result<Format, String> {
        let mut pieces = Vec::new();
        let mut literal = Bytes::new();
        let mut at = 0;
        while at < text.len() {
            match text[at] {
                b'\\' if at + 1 < text.len() => {
                    at += 1;
                    let code = match text[at] {
                        b'a' => 7,
                        b'b' => 8,
                        b'f' => 12,
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'v' => 11,
                        b'\\' => b'\\',
                        b'c' => {
                            pieces.push(Piece::Text(std::mem::take(&mut literal)));
                            pieces.push(Piece::Stop);
                            return Ok(Format(pieces));
                        }
                        b'0'..=b'7' => {
                            let digits = text[at..].iter().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                            let code =
                                text[at..at + digits].iter().fold(0u32, |code, d| code * 8 + u32::from(d - b'0'));
                            at += digits - 1;
                            code as u8
                        }
                        other => {
                            eprintln!("find: warning: unrecognized escape `\\{}'", char::from(other));
                            literal.push(b'\\');
                            other
                        }
                    };
                    literal.push(code);
                    at += 1;
                }
                b'%' if text.get(at + 1) == Some(&b'%') => {
                    literal.push(b'%');
                    at += 2;
                }
                b'%' if at + 1 == text.len() => return Err("error: % at end of format string".into()),
                b'%' => {
                    pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    at += 1;
                    let (piece, end) = directive(text, at)?;
                    pieces.push(piece);
                    at = end;
                }
                other => {
                    literal.push(other);
                    at += 1;
                }
            }
        }
        pieces.push(Piece::Text(literal));
        Ok(Format(pieces))
    }

    pub(crate) fn write(&self, entry: &Entry, run: &Run, out: &mut dyn Write) -> io::Result<()> {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.write_all(text)?,
                Piece::Stop => return out.flush(),
                Piece::Directive { flags, width, precision, letter, time } => {
                    let mut value = value(entry, run, *letter, *time, flags);
                    if let Some(precision) = precision
                        && !b"dskbniGUDmA".contains(letter)
                    {
                        value.truncate(*precision);
                    }
                    if flags.contains('+') && value.first().is_some_and(u8::is_ascii_digit) && b"dskbn".contains(letter)
                    {
                        value.insert(0, b'+');
                    }
                    let pad = width.saturating_sub(value.len());
                    if flags.contains('-') {
                        value.extend(std::iter::repeat_n(b' ', pad));
                    } else {
                        let fill = if flags.contains('0') { b'0' } else { b' ' };
                        value.splice(0..0, std::iter::repeat_n(fill, pad));
                    }
                    out.write_all(&value)?;
                }
            }
        }
        Ok(())
    }
}

fn directive(text: &[u8], mut at: usize) -> Result<(Piece, usize), String> {
    let begin = at;
    let number = |at: &mut usize| {
        let digits = text[*at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let value = std::str::from_utf8(&text[*at..*at + digits]).ok().and_then(|t| t.parse().ok());
        *at += digits;
        value
    };
    let flags = text[at..].iter().take_while(|b| b"-+ 0#".contains(b)).count();
    let flags = String::from_utf8_lossy(&text[at..at + flags]).into_owned();
    at += flags.len();
    let width = number(&mut at).unwrap_or(0);
    let precision = if text.get(at) == Some(&b'.') {
        at += 1;
        Some(number(&mut at).unwrap_or(0))
    } else {
        None
    };
    let Some(&letter) = text.get(at) else {
        return Err("error: % at end of format string".into());
    };
    if b"{[(".contains(&letter) {
        let letter = char::from(letter);
        return Err(format!("error: the format directive `%{letter}' is reserved for future use"));
    }
    at += 1;
    let mut time = 0;
    if b"ABCT".contains(&letter)
        && let Some(&next) = text.get(at)
    {
        time = next;
        at += 1;
    } else if !b"abBcCdDfFgGhHiklmMnpPsStTuUyYZ".contains(&letter) {
        eprintln!("find: warning: unrecognized format directive `%{}'", char::from(letter));
        return Ok((Piece::Text([b"%", &text[begin..at]].concat()), at));
    }
    Ok((Piece::Directive { flags, width, precision, letter, time }, at))
}

fn value(entry: &Entry, run: &Run, letter: u8, time: u8, flags: &str) -> Bytes {
    let path = &entry.path;
    match letter {
        b'p' => return path.clone(),
        b'f' => return entry.name().to_vec(),
        b'h' => {
            let trimmed = bytes::without_trailing_slashes(path);
            let dir = trimmed
                .iter()
                .rposition(|&b| b == b'/')
                .map(|at| if at == 0 && trimmed.len() == 1 { b"" } else { &trimmed[..at] });
            return dir.unwrap_or(b".").to_vec();
        }
        b'H' => return path[..entry.start].to_vec(),
        b'P' => {
            let rest = &path[entry.start.min(path.len())..];
            return rest.strip_prefix(b"/").unwrap_or(rest).to_vec();
        }
        b'd' => return entry.depth.to_string().into_bytes(),
        b'l' if entry.kind() == FileKind::Symlink => return fs::readlink(fs::AT_FDCWD, path).unwrap_or_default(),
        b'l' | b'Z' => return Bytes::new(),
        b'y' => return vec![type_letter(entry.kind())],
        b'Y' if entry.kind() == FileKind::Symlink => {
            return match fs::stat(path) {
                Ok(stat) => vec![type_letter(stat.file_kind())],
                Err(vivarium_sys::Errno::NOENT | vivarium_sys::Errno::NOTDIR) => b"N".to_vec(),
                Err(vivarium_sys::Errno::LOOP) => b"L".to_vec(),
                Err(_) => b"?".to_vec(),
            };
        }
        b'Y' => return vec![type_letter(entry.kind())],
        _ => {}
    }
    let Ok(stat) = entry.stat() else { return Bytes::new() };
    let full = mode::kind_bits(stat.file_kind()) | stat.mode;
    match letter {
        b's' => stat.size.to_string(),
        b'k' => stat.blocks.div_ceil(2).to_string(),
        b'b' => stat.blocks.to_string(),
        b'n' => stat.links.to_string(),
        b'i' => stat.inode.to_string(),
        b'D' => stat.device.to_string(),
        b'm' if flags.contains('#') => format!("0{:o}", stat.mode & 0o7777),
        b'm' => format!("{:o}", full & 0o7777),
        b'M' => mode::symbolic(stat.file_kind(), stat.mode),
        b'u' => run.names.user(stat.uid).map_or_else(|| stat.uid.to_string(), Into::into),
        b'g' => run.names.group(stat.gid).map_or_else(|| stat.gid.to_string(), Into::into),
        b'U' => stat.uid.to_string(),
        b'G' => stat.gid.to_string(),
        b'S' if stat.size == 0 => "1".into(),
        b'S' => {
            let ratio = (stat.blocks * 512) as f64 / stat.size as f64;
            let text = format!("{ratio:.6}");
            text.trim_end_matches('0').trim_end_matches('.').into()
        }
        b'F' => return file_system_of(stat.device),
        b'a' => time_text(Time::Access, stat, b'c'),
        b't' => time_text(Time::Modification, stat, b'c'),
        b'c' => time_text(Time::Change, stat, b'c'),
        b'A' => time_text(Time::Access, stat, time),
        b'T' => time_text(Time::Modification, stat, time),
        b'C' => time_text(Time::Change, stat, time),
        b'B' => time_text(Time::Birth, stat, time),
        _ => String::new(),
    }
    .into_bytes()
}

fn type_letter(kind: FileKind) -> u8 {
    match kind {
        FileKind::Regular => b'f',
        FileKind::Unknown => b'U',
        other => mode::kind_letter(other) as u8,
    }
}

/// One of a file's times: a directive of strftime() with fractions of seconds, as find has them.
fn time_text(time: Time, stat: &Stat, letter: u8) -> String {
    let nanoseconds = time.of(stat);
    let seconds = nanoseconds.div_euclid(1_000_000_000) as i64;
    let fraction = nanoseconds.rem_euclid(1_000_000_000) as u32;
    let local = clock::local(seconds, fraction);
    match letter {
        b'@' => format!("{seconds}.{fraction:09}0"),
        b'c' => format!("{}.{fraction:09}0 {}", clock::format(&local, "%a %b %e %H:%M:%S"), local.year()),
        b'S' => format!("{}.{fraction:09}0", clock::format(&local, "%S")),
        b'T' | b'X' => format!("{}.{fraction:09}0", clock::format(&local, "%H:%M:%S")),
        b'+' => format!("{}.{fraction:09}0", clock::format(&local, "%Y-%m-%d+%H:%M:%S")),
        b'r' => format!("{}.{fraction:09}0 {}", clock::format(&local, "%I:%M:%S"), clock::format(&local, "%p")),
        b'x' => clock::format(&local, "%m/%d/%y"),
        other => clock::format(&local, &format!("%{}", char::from(other))),
    }
}

/// A line as of `ls -dils`.
pub(crate) fn write_ls(entry: &Entry, run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let Ok(stat) = entry.stat() else { return Ok(()) };
    let local = clock::local(stat.modified.seconds, 0);
    let (now, _) = clock::now();
    let recent = (now - 15_778_476..=now).contains(&stat.modified.seconds);
    let user = run.names.user(stat.uid).map_or_else(|| stat.uid.to_string(), Into::into);
    let group = run.names.group(stat.gid).map_or_else(|| stat.gid.to_string(), Into::into);
    let size = match stat.file_kind() {
        FileKind::CharacterDevice | FileKind::BlockDevice => {
            format!("{:3}, {:3}", stat.device_id >> 8, stat.device_id & 0xff)
        }
        _ => stat.size.to_string(),
    };
    write!(
        out,
        "{:9} {:6} {} {:3} {user:8} {group:8} {size:>8} {} ",
        stat.inode,
        stat.blocks.div_ceil(2),
        mode::symbolic(stat.file_kind(), stat.mode),
        stat.links,
        clock::format(&local, if recent { "%b %e %H:%M" } else { "%b %e  %Y" }),
    )?;
    out.write_all(&quote::escape(&entry.path, None))?;
    if stat.file_kind() == FileKind::Symlink {
        out.write_all(b" -> ")?;
        out.write_all(&quote::escape(&fs::readlink(fs::AT_FDCWD, &entry.path).unwrap_or_default(), None))?;
    }
    out.write_all(b"\n")
}

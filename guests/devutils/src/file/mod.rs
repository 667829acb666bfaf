//! `file` (POSIX file, with the options and the wording of Debian's).
//!
//! Signatures are a table of its own (`signature`), with what more is to be said of some formats in modules of theirs; text is told by
//! its characters and by words of languages.

mod archive;
mod elf;
mod json;
mod language;
mod media;
mod signature;
mod text;

use std::fs::File;
use std::io::{Read, Write};

use vivarium_sys::fs::{self, AT_FDCWD, FileKind, lstat, stat};
use vivarium_userland::bytes::path;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::{self, Standard, reason};
use vivarium_userland::{Bytes, bytes};

static PROGRAM: Program = Program {
    name: "file",
    help: "\
Usage: file [OPTION...] [FILE...]
Determine type of FILEs.

      --help                 display this help and exit
  -v, --version              output version information and exit
  -b, --brief                do not prepend filenames to output lines
  -E                         on filesystem errors, issue an error and exit
  -f, --files-from FILE      read the filenames to be examined from FILE
  -F, --separator STRING     use string as separator instead of `:'
  -i, --mime                 output MIME type strings (--mime-type and
                             --mime-encoding)
      --mime-type            output the MIME type
      --mime-encoding        output the MIME encoding
  -L, --dereference          follow symlinks (default if POSIXLY_CORRECT is set)
  -h, --no-dereference       don't follow symlinks (default)
  -n, --no-buffer            do not buffer output
  -N, --no-pad               do not pad output
  -0, --print0               terminate filenames with ASCII NUL
  -s, --special-files        treat special (block/char devices) files as
                             ordinary ones
",
    usage_status: 1,
    options: &[
        Opt::flag("v", "version"),
        Opt::flag("b", "brief"),
        Opt::letter("E"),
        Opt::flag("f", "files-from").value(),
        Opt::flag("F", "separator").value(),
        Opt::flag("i", "mime"),
        Opt::long("mime-type"),
        Opt::long("mime-encoding"),
        Opt::flag("L", "dereference"),
        Opt::flag("h", "no-dereference"),
        Opt::flag("n", "no-buffer"),
        Opt::flag("N", "no-pad"),
        Opt::flag("0", "print0"),
        Opt::flag("s", "special-files"),
        Opt::flag("p", "preserve-date"),
        Opt::flag("r", "raw"),
        Opt::flag("S", "no-sandbox"),
    ],
    operands_end_options: false,
};

/// How much of a file is looked at.
const LOOKED_AT: u64 = 1 << 20;

/// What a file is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kind {
    description: String,
    mime: String,
    /// Its encoding; `binary` where it is no text.
    encoding: &'static str,
}

impl Kind {
    fn binary(description: impl Into<String>, mime: &str) -> Kind {
        Kind { description: description.into(), mime: mime.into(), encoding: "binary" }
    }
}

/// Which of a kind's fields are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    Description,
    Mime,
    MimeType,
    Encoding,
}

struct Options {
    brief: bool,
    errors: bool,
    separator: Bytes,
    show: Show,
    follow: bool,
    pad: bool,
    zero: usize,
    special: bool,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut options = Options {
        brief: false,
        errors: false,
        separator: b":".to_vec(),
        show: Show::Description,
        follow: std::env::var_os("POSIXLY_CORRECT").is_some(),
        pad: true,
        zero: 0,
        special: false,
    };
    let mut names = Vec::new();
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        let (key, value) = match item {
            Item::Operand(name) => {
                names.push(name);
                continue;
            }
            Item::Option(key, value) => (key, Item::unwrap_value(value)),
        };
        match key {
            "version" => {
                println!("file (Vivarium) {}", env!("CARGO_PKG_VERSION"));
                return 0;
            }
            "brief" => options.brief = true,
            "E" => options.errors = true,
            "files-from" => match read_names(&value) {
                Ok(read) => names.extend(read),
                Err(error) => {
                    eprintln!("file: Cannot open `{}' ({})", bytes::text(&value), reason(&error));
                    return 1;
                }
            },
            "separator" => options.separator = value,
            "mime" => options.show = Show::Mime,
            "mime-type" => options.show = Show::MimeType,
            "mime-encoding" => options.show = Show::Encoding,
            "dereference" => options.follow = true,
            "no-dereference" => options.follow = false,
            "no-pad" => options.pad = false,
            "print0" => options.zero += 1,
            "special-files" => options.special = true,
            _ => {}
        }
    }
    if names.is_empty() {
        parser.usage("missing file operand");
    }
    let widest = names.iter().map(|name| name.len()).max().unwrap_or_default();
    let mut out = output::output();
    let mut status = 0;
    for name in &names {
        let mut kind = examine(name, &options);
        if kind.encoding.is_empty() && options.errors {
            kind.description = format!("ERROR: {}", kind.description.replacen("cannot open", "cannot stat", 1));
            status = 1;
        }
        let line = line(name, &kind, &options, widest);
        if let Err(error) = out.write_all(&line) {
            return output::write_failed("file", &error);
        }
    }
    output::finish("file", &mut out, status)
}

fn read_names(list: &[u8]) -> std::io::Result<Vec<Bytes>> {
    let mut data = Bytes::new();
    if list == b"-" {
        Standard::input().read_to_end(&mut data)?;
    } else {
        data = std::fs::read(path(list))?;
    }
    Ok(data.split(|&b| b == b'\n').filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
}

fn line(name: &[u8], kind: &Kind, options: &Options, widest: usize) -> Bytes {
    let mut line = Bytes::new();
    if !options.brief {
        line.extend_from_slice(if name == b"-" { b"/dev/stdin" } else { name });
        if options.zero > 0 {
            line.push(0);
        }
        if options.zero < 2 {
            line.extend_from_slice(&options.separator);
            let padding = if options.pad { widest.saturating_sub(name.len()) } else { 0 };
            line.resize(line.len() + padding + 1, b' ');
        }
    }
    let shown = match options.show {
        _ if kind.encoding.is_empty() => kind.description.clone(),
        Show::Description => kind.description.clone(),
        Show::Mime => format!("{}; charset={}", kind.mime, kind.encoding),
        Show::MimeType => kind.mime.clone(),
        Show::Encoding => kind.encoding.into(),
    };
    line.extend_from_slice(shown.as_bytes());
    line.push(if options.zero > 1 { 0 } else { b'\n' });
    line
}

/// What a file is. Of one that can't be opened that is said, without an encoding.
fn examine(name: &[u8], options: &Options) -> Kind {
    let failed = |why: String| Kind { description: why, mime: String::new(), encoding: "" };
    if name == b"-" {
        let mut data = Bytes::new();
        return match Standard::input().take(LOOKED_AT).read_to_end(&mut data) {
            Ok(_) => content(&data, data.len() as u64),
            Err(error) => failed(format!("cannot read `/dev/stdin' ({})", reason(&error))),
        };
    }
    let found = if options.follow { stat(name).or_else(|_| lstat(name)) } else { lstat(name) };
    let found = match found {
        Ok(found) => found,
        Err(errno) => return failed(format!("cannot open `{}' ({errno})", bytes::text(name))),
    };
    let device = |kind: &str| format!("{kind} special ({}/{})", found.device_id >> 8, found.device_id & 0xff);
    let special = match found.file_kind() {
        FileKind::Directory => Kind::binary("directory", "inode/directory"),
        FileKind::Symlink => {
            let target = fs::readlink(AT_FDCWD, name).unwrap_or_default();
            let broken = if stat(name).is_err() { "broken " } else { "" };
            Kind::binary(format!("{broken}symbolic link to {}", bytes::text(&target)), "inode/symlink")
        }
        FileKind::Fifo => Kind::binary("fifo (named pipe)", "inode/fifo"),
        FileKind::Socket => Kind::binary("socket", "inode/socket"),
        FileKind::CharacterDevice if !options.special => Kind::binary(device("character"), "inode/chardevice"),
        FileKind::BlockDevice if !options.special => Kind::binary(device("block"), "inode/blockdevice"),
        _ if found.size == 0 && found.is_file() => Kind::binary("empty", "inode/x-empty"),
        _ => {
            let mut data = Bytes::new();
            let read = File::open(path(name)).and_then(|file| file.take(LOOKED_AT).read_to_end(&mut data));
            match read {
                Ok(_) => content(&data, found.size),
                Err(error) => {
                    let mode = found.mode;
                    let what = if mode & 0o222 != 0 { "writable, " } else { "" };
                    let what = if mode & 0o111 != 0 { format!("{what}executable, ") } else { what.into() };
                    return failed(format!("{what}regular file, no read permission ({})", reason(&error)));
                }
            }
        }
    };
    let bits = [(0o4000, "setuid"), (0o2000, "setgid"), (0o1000, "sticky")];
    let marks: Vec<&str> = bits.iter().filter(|(bit, _)| found.mode & bit != 0).map(|(_, word)| *word).collect();
    if marks.is_empty() || found.is_symlink() {
        return special;
    }
    let comma = if found.is_directory() { "," } else { "" };
    let words = marks.join(if found.is_directory() { ", " } else { " " });
    Kind { description: format!("{words}{comma} {}", special.description), ..special }
}

/// What bytes are the beginning of; `size`: of the whole file.
fn content(data: &[u8], size: u64) -> Kind {
    if data.is_empty() {
        return Kind::binary("empty", "application/x-empty");
    }
    elf::examine(data)
        .or_else(|| archive::examine(data))
        .or_else(|| media::examine(data))
        .or_else(|| signature::examine(data))
        .or_else(|| text::examine(data, size))
        .unwrap_or_else(|| Kind::binary("data", "application/octet-stream"))
}

/// Numbers in a file; 0 behind its end.
fn little(data: &[u8], at: usize, length: usize) -> u64 {
    let bytes = data.get(at..at + length).unwrap_or_default();
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn big(data: &[u8], at: usize, length: usize) -> u64 {
    let bytes = data.get(at..at + length).unwrap_or_default();
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// A string up to a NUL.
fn string(data: &[u8], at: usize) -> String {
    let rest = data.get(at..).unwrap_or_default();
    let end = rest.iter().position(|&b| b == 0).unwrap_or(rest.len());
    bytes::text(&rest[..end]).into_owned()
}

//! `stat`.

use vivarium_sys::fs::{self, AT_FDCWD, FileKind, FileSystemStat, Stat};
use vivarium_sys::raw::Timespec;
use vivarium_userland::bytes::text;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::mode::{kind_bits, symbolic};
use vivarium_userland::output::Standard;
use vivarium_userland::passwd::Names;
use vivarium_userland::{Bytes, clock, quote};

static PROGRAM: Program = Program {
    name: "stat",
    help: "\
Usage: stat [OPTION]... FILE...
Display file or file system status.

  -L, --dereference     follow links
  -f, --file-system     display file system status instead of file status
  -c  --format=FORMAT   use the specified FORMAT instead of the default;
                          output a newline after each use of FORMAT
      --printf=FORMAT   like --format, but interpret backslash escapes,
                          and do not output a mandatory trailing newline
  -t, --terse           print the information in terse form
      --help            display this help and exit
      --version         output version information and exit

Valid format sequences for files (without --file-system):
  %a %A mode in octal, human readable     %b %B blocks, size of each
  %d %D device in decimal, hex            %f   raw mode in hex
  %F   file type                          %g %G group ID, name
  %h   number of hard links               %i   inode number
  %m   mount point                        %n %N file name, quoted with target
  %o   optimal I/O transfer size          %s   total size, in bytes
  %t %T device type in hex                %u %U user ID, name
  %w %W time of birth, in seconds         %x %X time of last access
  %y %Y time of last modification         %z %Z time of last status change

Valid format sequences for file systems:
  %a %b blocks available, total           %c %d file nodes total, free
  %f   free blocks                        %i   file system ID in hex
  %l   maximum length of filenames        %n   file name
  %s %S block size                        %t %T type in hex, human readable
",
    usage_status: 1,
    options: &[
        Opt::flag("L", "dereference"),
        Opt::flag("f", "file-system"),
        Opt::flag("c", "format").value(),
        Opt::long("printf").value(),
        Opt::flag("t", "terse"),
        Opt::long("cached").value(),
    ],
    operands_end_options: false,
};

const DEFAULT: &str = "  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Hd,%Ld\tInode: %-11i Links: %h\nAccess: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w\n";
const DEFAULT_DEVICE: &str = "  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Hd,%Ld\tInode: %-11i Links: %-5h Device type: %Hr,%Lr\nAccess: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w\n";
const TERSE: &str = "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o\n";
const FILE_SYSTEM: &str = "  File: \"%n\"\n    ID: %-8i Namelen: %-7l Type: %T\nBlock size: %-10s Fundamental block size: %S\nBlocks: Total: %-10b Free: %-10f Available: %a\nInodes: Total: %-10c Free: %d\n";
const FILE_SYSTEM_TERSE: &str = "%n %i %l %t %s %S %b %f %a %c %d\n";

/// What a format is filled in with.
enum Subject {
    File(Stat),
    FileSystem(FileSystemStat),
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut follow, mut file_system, mut terse, mut format, mut operands) = (false, false, false, None, Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(operand) => operands.push(operand),
            Item::Option("dereference", _) => follow = true,
            Item::Option("file-system", _) => file_system = true,
            Item::Option("terse", _) => terse = true,
            Item::Option("format", value) => {
                format = Some((text(&value.unwrap_or_default()).into_owned() + "\n", false))
            }
            Item::Option("printf", value) => format = Some((text(&value.unwrap_or_default()).into_owned(), true)),
            Item::Option(..) => {}
        }
    }
    if operands.is_empty() {
        parser.usage("missing operand");
    }
    let (names, mut status) = (Names::default(), 0);
    for name in &operands {
        let subject = if file_system {
            fs::statvfs(AT_FDCWD, name).map(Subject::FileSystem)
        } else if name == b"-" {
            fs::fstat(0).map(Subject::File)
        } else if follow {
            fs::stat(name).map(Subject::File)
        } else {
            fs::lstat(name).map(Subject::File)
        };
        let subject = match subject {
            Ok(subject) => subject,
            Err(errno) => {
                let what = if file_system { "cannot read file system information for" } else { "cannot statx" };
                eprintln!("stat: {what} {}: {errno}", quote::message(name));
                status = 1;
                continue;
            }
        };
        let built_in = match (&subject, terse) {
            (Subject::File(_), true) => TERSE,
            (Subject::File(stat), false) if stat.device_id != 0 => DEFAULT_DEVICE,
            (Subject::File(_), false) => DEFAULT,
            (Subject::FileSystem(_), true) => FILE_SYSTEM_TERSE,
            (Subject::FileSystem(_), false) => FILE_SYSTEM,
        };
        let (format, escapes) = format.as_ref().map_or((built_in, false), |(format, escapes)| (&**format, *escapes));
        let filled = fill(format, escapes, name, &subject, &names);
        if let Err(error) = std::io::Write::write_all(&mut Standard::output(), &filled) {
            return vivarium_userland::output::write_failed("stat", &error);
        }
    }
    status
}

fn fill(format: &str, escapes: bool, name: &[u8], subject: &Subject, names: &Names) -> Bytes {
    let bytes = format.as_bytes();
    let mut out = Bytes::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes && at + 1 < bytes.len() => {
                let (byte, length) = escape(&bytes[at + 1..]);
                out.extend_from_slice(&byte);
                at += 1 + length;
            }
            b'%' if bytes.get(at + 1) == Some(&b'%') => {
                out.push(b'%');
                at += 2;
            }
            b'%' => {
                let rest = &bytes[at + 1..];
                let count = |from: usize, set: &[u8]| rest[from..].iter().take_while(|b| set.contains(b)).count();
                let flags = count(0, b"#-+0 '");
                let width = count(flags, b"0123456789");
                let mut end = flags + width;
                let mut precision = None;
                if rest.get(end) == Some(&b'.') {
                    let digits = count(end + 1, b"0123456789");
                    precision = Some(format[at + 2 + end..at + 2 + end + digits].parse().unwrap_or(0));
                    end += 1 + digits;
                }
                let part = rest
                    .get(end)
                    .copied()
                    .filter(|b| b"HL".contains(b) && rest.get(end + 1).is_some_and(|b| b"dr".contains(b)));
                end += usize::from(part.is_some());
                let Some(&letter) = rest.get(end) else {
                    out.extend_from_slice(&bytes[at..]);
                    break;
                };
                let flags = &format[at + 1..at + 1 + flags];
                let width: usize = format[at + 1 + flags.len()..at + 1 + flags.len() + width].parse().unwrap_or(0);
                let mut value = match subject {
                    Subject::File(stat) => of_file(letter, part, name, stat, names, precision, flags.contains('#')),
                    Subject::FileSystem(stat) => of_file_system(letter, name, stat),
                };
                if let Some(precision) = precision
                    && b"AnNFUG".contains(&letter)
                {
                    value.truncate(precision);
                }
                let pad = width.saturating_sub(value.len());
                if flags.contains('-') {
                    value.extend(std::iter::repeat_n(b' ', pad));
                } else {
                    let zero = flags.contains('0') && value.iter().all(u8::is_ascii_hexdigit);
                    value.splice(0..0, std::iter::repeat_n(if zero { b'0' } else { b' ' }, pad));
                }
                out.extend_from_slice(&value);
                at += end + 2;
            }
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// What an escape stands for, and its length behind the backslash.
fn escape(text: &[u8]) -> (Bytes, usize) {
    let byte = match text[0] {
        b'a' => 7,
        b'b' => 8,
        b'e' => 27,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'"' => b'"',
        b'\\' => b'\\',
        b'0'..=b'7' => {
            let digits = text.iter().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
            let code = text[..digits].iter().fold(0u32, |code, digit| code * 8 + u32::from(digit - b'0'));
            return (vec![code as u8], digits);
        }
        b'x' => {
            let digits = text[1..].iter().take(2).take_while(|b| b.is_ascii_hexdigit()).count();
            let code = std::str::from_utf8(&text[1..=digits]).ok().and_then(|t| u8::from_str_radix(t, 16).ok());
            return (code.map_or(b"x".to_vec(), |code| vec![code]), 1 + digits);
        }
        other => return (vec![b'\\', other], 1),
    };
    (vec![byte], 1)
}

fn of_file(
    letter: u8,
    part: Option<u8>,
    name: &[u8],
    stat: &Stat,
    names: &Names,
    precision: Option<usize>,
    alternate: bool,
) -> Bytes {
    let kind = stat.file_kind();
    let seconds = |t: Timespec| match precision {
        None | Some(0) => t.seconds.to_string(),
        Some(digits) => {
            let fraction = format!("{:09}", t.nanoseconds);
            format!("{}.{:0<digits$}", t.seconds, &fraction[..digits.min(9)])
        }
    };
    let time = |t: Timespec| {
        let local = clock::local(t.seconds, t.nanoseconds);
        clock::format(&local, "%Y-%m-%d %H:%M:%S.%9f %z")
    };
    let number = |device: u64| match part {
        Some(b'H') => (device >> 8).to_string(),
        Some(_) => (device & 0xff).to_string(),
        None => device.to_string(),
    };
    match letter {
        b'a' if alternate => format!("0{:o}", stat.mode & 0o7777),
        b'a' => format!("{:o}", stat.mode & 0o7777),
        b'A' => symbolic(kind, stat.mode),
        b'b' => stat.blocks.to_string(),
        b'B' => "512".into(),
        b'C' => "?".into(),
        b'd' => number(stat.device),
        b'D' => format!("{:x}", stat.device),
        b'f' => format!("{:x}", kind_bits(kind) | stat.mode & 0o7777),
        b'F' => kind_name(kind, stat.size).into(),
        b'g' => stat.gid.to_string(),
        b'G' => names.group(stat.gid).unwrap_or("UNKNOWN").into(),
        b'h' => stat.links.to_string(),
        b'i' => stat.inode.to_string(),
        b'm' => return mount_point(name),
        b'n' => return name.to_vec(),
        b'N' => return quoted(name, kind),
        b'o' => stat.block_size.to_string(),
        b'r' => number(stat.device_id),
        b'R' => format!("{:x}", stat.device_id),
        b's' => stat.size.to_string(),
        b't' => format!("{:x}", stat.device_id >> 8),
        b'T' => format!("{:x}", stat.device_id & 0xff),
        b'u' => stat.uid.to_string(),
        b'U' => names.user(stat.uid).unwrap_or("UNKNOWN").into(),
        b'w' if stat.created.seconds == 0 => "-".into(),
        b'w' => time(stat.created),
        b'W' => seconds(stat.created),
        b'x' => time(stat.accessed),
        b'X' => seconds(stat.accessed),
        b'y' => time(stat.modified),
        b'Y' => seconds(stat.modified),
        b'z' => time(stat.changed),
        b'Z' => seconds(stat.changed),
        _ => "?".into(),
    }
    .into_bytes()
}

fn quoted(name: &[u8], kind: FileKind) -> Bytes {
    let quoting = std::env::var("QUOTING_STYLE").unwrap_or_default();
    let quote = |name: &[u8]| match &*quoting {
        "locale" => [b"'", name, b"'"].concat(),
        "shell-escape-always" => quote::shell_escape_always(name),
        _ => quote::shell_escape(name),
    };
    let mut shown = quote(name);
    if kind == FileKind::Symlink {
        shown.extend_from_slice(b" -> ");
        shown.extend_from_slice(&quote(&fs::readlink(AT_FDCWD, name).unwrap_or_default()));
    }
    shown
}

fn kind_name(kind: FileKind, size: u64) -> &'static str {
    match kind {
        FileKind::Regular if size == 0 => "regular empty file",
        FileKind::Regular => "regular file",
        FileKind::Directory => "directory",
        FileKind::Symlink => "symbolic link",
        FileKind::CharacterDevice => "character special file",
        FileKind::BlockDevice => "block special file",
        FileKind::Fifo => "fifo",
        FileKind::Socket => "socket",
        FileKind::Unknown => "weird file",
    }
}

/// The mount point above a file: the highest directory on the way up of the same file system.
pub(crate) fn mount_point(name: &[u8]) -> Bytes {
    let Ok(mut path) = fs::realpath(AT_FDCWD, name) else { return b"?".to_vec() };
    let Ok(device) = fs::stat(&path).map(|stat| stat.device) else { return b"?".to_vec() };
    while path != b"/" {
        let parent = vivarium_userland::bytes::dir_name(&path).to_vec();
        if !fs::stat(&parent).is_ok_and(|stat| stat.device == device) {
            break;
        }
        path = parent;
    }
    path
}

fn of_file_system(letter: u8, name: &[u8], stat: &FileSystemStat) -> Bytes {
    match letter {
        b'a' | b'f' => stat.blocks_free.to_string(),
        b'b' => stat.blocks.to_string(),
        b'c' => stat.files.to_string(),
        b'd' => stat.files_free.to_string(),
        b'i' => format!("{:x}", fs::stat(name).map_or(0, |stat| stat.device)),
        b'l' => stat.name_max.to_string(),
        b'n' => return name.to_vec(),
        b's' | b'S' => stat.block_size.to_string(),
        b't' => "0".into(),
        b'T' => "UNKNOWN".into(),
        _ => "?".into(),
    }
    .into_bytes()
}

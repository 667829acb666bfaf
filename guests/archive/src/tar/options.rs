//! Reading the command line.

use vivarium_sys::fs;
use vivarium_userland::bytes::{path, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::{Standard, reason};
use vivarium_userland::{Bytes, clock, passwd};

use crate::codec::Format;

static PROGRAM: Program = Program {
    name: "tar",
    help: include_str!("help.txt"),
    usage_status: 2,
    options: &[
        Opt::flag("c", "create"),
        Opt::flag("x", "extract"),
        Opt::long("get"),
        Opt::flag("t", "list"),
        Opt::flag("r", "append"),
        Opt::flag("u", "update"),
        Opt::flag("f", "file").value(),
        Opt::flag("C", "directory").value(),
        Opt::flag("z", "gzip"),
        Opt::flag("j", "bzip2"),
        Opt::flag("J", "xz"),
        Opt::long("lzma"),
        Opt::long("zstd"),
        Opt::flag("a", "auto-compress"),
        Opt::flag("v", "verbose"),
        Opt::flag("p", "preserve-permissions"),
        Opt::long("same-permissions"),
        Opt::long("no-same-permissions"),
        Opt::long("same-owner"),
        Opt::long("no-same-owner"),
        Opt::letter("o"),
        Opt::long("numeric-owner"),
        Opt::long("owner").value(),
        Opt::long("group").value(),
        Opt::long("mode").value(),
        Opt::long("mtime").value(),
        Opt::flag("m", "touch"),
        Opt::flag("k", "keep-old-files"),
        Opt::long("skip-old-files"),
        Opt::long("overwrite"),
        Opt::long("unlink-first"),
        Opt::flag("O", "to-stdout"),
        Opt::flag("T", "files-from").value(),
        Opt::long("null"),
        Opt::flag("X", "exclude-from").value(),
        Opt::long("exclude").value(),
        Opt::long("exclude-vcs"),
        Opt::long("strip-components").value(),
        Opt::long("wildcards"),
        Opt::flag("h", "dereference"),
        Opt::flag("P", "absolute-names"),
        Opt::long("no-recursion"),
        Opt::long("recursion"),
        Opt::long("sort").value(),
        Opt::flag("H", "format").value(),
        Opt::long("posix"),
        Opt::flag("S", "sparse"),
        Opt::flag("b", "blocking-factor").value(),
        Opt::flag("i", "ignore-zeros"),
        Opt::long("remove-files"),
        Opt::long("one-file-system"),
        Opt::long("one-top-level").optional(),
        Opt::long("full-time"),
        Opt::long("no-auto-compress"),
        Opt::long("warning").value(),
        Opt::long("force-local"),
    ],
    operands_end_options: false,
};

/// What is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operation {
    Create,
    Append,
    Update,
    Extract,
    List,
}

/// What is done with files that exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Existing {
    Replace,
    Overwrite,
    /// An error.
    Keep,
    Skip,
}

/// What the command line says.
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Settings {
    pub(super) operation: Operation,
    /// `None`: standard input or output.
    pub(super) archive: Option<Bytes>,
    pub(super) compression: Option<Format>,
    pub(super) verbose: u32,
    /// Members, as named after the last `-C`.
    pub(super) operands: Vec<Bytes>,
    /// For `-c`: operands and the directory each is in.
    pub(super) sources: Vec<(Option<Bytes>, Bytes)>,
    pub(super) excluded: Vec<Bytes>,
    pub(super) strip: usize,
    pub(super) wildcards: bool,
    pub(super) follow: bool,
    pub(super) absolute: bool,
    pub(super) recursive: bool,
    pub(super) sorted: bool,
    pub(super) permissions: bool,
    pub(super) same_owner: bool,
    pub(super) numeric: bool,
    pub(super) owner: Option<(u32, String)>,
    pub(super) group: Option<(u32, String)>,
    pub(super) mode: Option<String>,
    pub(super) time: Option<i64>,
    pub(super) touch: bool,
    pub(super) existing: Existing,
    pub(super) to_stdout: bool,
    pub(super) ustar: bool,
    pub(super) remove_files: bool,
    pub(super) one_file_system: bool,
    pub(super) top_level: Option<Bytes>,
    pub(super) full_time: bool,
    pub(super) ignore_zeros: bool,
}

fn fail(message: &str) -> ! {
    eprintln!("tar: {message}\ntar: Error is not recoverable: exiting now");
    std::process::exit(2);
}

/// `tar xzf FILE`: letters without a dash, whose arguments follow in their order.
fn with_dashes(arguments: Vec<Bytes>) -> Vec<Bytes> {
    let mut arguments = std::collections::VecDeque::from(arguments);
    let mut result: Vec<Bytes> = arguments.pop_front().into_iter().collect();
    if arguments.front().is_some_and(|first| !first.starts_with(b"-")) {
        for letter in arguments.pop_front().unwrap_or_default() {
            let mut option = vec![b'-', letter];
            if b"fCTXHb".contains(&letter) {
                option.extend(arguments.pop_front().unwrap_or_else(|| {
                    fail(&format!("Old option '{}' requires an argument.", char::from(letter)));
                }));
            }
            result.push(option);
        }
    }
    result.extend(arguments);
    result
}

/// Reads the arguments, the name first.
pub(super) fn parse(arguments: Vec<Bytes>) -> Settings {
    let root = vivarium_sys::ids::ids().euid == 0;
    let mut settings = Settings {
        operation: Operation::List,
        archive: None,
        compression: None,
        verbose: 0,
        operands: Vec::new(),
        sources: Vec::new(),
        excluded: Vec::new(),
        strip: 0,
        wildcards: false,
        follow: false,
        absolute: false,
        recursive: true,
        sorted: false,
        permissions: root,
        same_owner: root,
        numeric: false,
        owner: None,
        group: None,
        mode: None,
        time: None,
        touch: false,
        existing: Existing::Replace,
        to_stdout: false,
        ustar: false,
        remove_files: false,
        one_file_system: false,
        top_level: None,
        full_time: false,
        ignore_zeros: false,
    };
    let (mut operation, mut archive, mut directory, mut auto, mut null) = (None, None, None, false, false);
    let mut lists = Vec::new();
    let mut parser = Parser::new(&PROGRAM, with_dashes(arguments));
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(operand) => {
                settings.sources.push((directory.clone(), operand.clone()));
                settings.operands.push(operand);
                continue;
            }
            Item::Option(option, value) => (option, value.unwrap_or_default()),
        };
        let mut set = |wanted: Operation| {
            if operation.is_some_and(|known| known != wanted) {
                parser.usage("You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option");
            }
            operation = Some(wanted);
        };
        match option {
            "create" => set(Operation::Create),
            "extract" | "get" => set(Operation::Extract),
            "list" => set(Operation::List),
            "append" => set(Operation::Append),
            "update" => set(Operation::Update),
            "file" => archive = Some(value),
            // Each is relative to the one before.
            "directory" => directory = Some(directory.map_or(value.clone(), |d: Bytes| below(&d, &value))),
            "gzip" => settings.compression = Some(Format::Gzip),
            "bzip2" => settings.compression = Some(Format::Bzip2),
            "xz" => settings.compression = Some(Format::Xz),
            "lzma" => settings.compression = Some(Format::Lzma),
            "zstd" => settings.compression = Some(Format::Zstd),
            "auto-compress" => auto = true,
            "verbose" => settings.verbose += 1,
            "preserve-permissions" | "same-permissions" => settings.permissions = true,
            "no-same-permissions" => settings.permissions = false,
            "same-owner" => settings.same_owner = true,
            "no-same-owner" | "o" => settings.same_owner = false,
            "numeric-owner" => settings.numeric = true,
            "owner" => settings.owner = Some(account(&text(&value), passwd::uid)),
            "group" => settings.group = Some(account(&text(&value), passwd::gid)),
            "mode" => settings.mode = Some(text(&value).into_owned()),
            "mtime" => settings.time = Some(time(&value)),
            "touch" => settings.touch = true,
            "keep-old-files" => settings.existing = Existing::Keep,
            "skip-old-files" => settings.existing = Existing::Skip,
            "overwrite" => settings.existing = Existing::Overwrite,
            "to-stdout" => settings.to_stdout = true,
            "files-from" => lists.push((directory.clone(), value, null)),
            "null" => {
                null = true;
                lists.iter_mut().for_each(|(_, _, null)| *null = true);
            }
            "exclude-from" => {
                let list =
                    std::fs::read(path(&value)).unwrap_or_else(|e| fail(&format!("{}: {}", text(&value), reason(&e))));
                settings.excluded.extend(list.split(|&b| b == b'\n').filter(|l| !l.is_empty()).map(<[u8]>::to_vec));
            }
            "exclude" => settings.excluded.push(value.strip_suffix(b"/").unwrap_or(&value).to_vec()),
            "exclude-vcs" => {
                let names: [&[u8]; 9] = [
                    b".git",
                    b".gitignore",
                    b".gitmodules",
                    b".gitattributes",
                    b".svn",
                    b"CVS",
                    b".hg",
                    b".bzr",
                    b"_darcs",
                ];
                settings.excluded.extend(names.map(<[u8]>::to_vec));
            }
            "strip-components" => match text(&value).parse() {
                Ok(count) => settings.strip = count,
                Err(_) => parser.usage("Invalid number of elements"),
            },
            "wildcards" => settings.wildcards = true,
            "dereference" => settings.follow = true,
            "absolute-names" => settings.absolute = true,
            "no-recursion" => settings.recursive = false,
            "recursion" => settings.recursive = true,
            "sort" => settings.sorted = value == b"name",
            "format" => match &*value {
                b"gnu" | b"oldgnu" | b"posix" | b"pax" => {}
                b"ustar" | b"v7" => settings.ustar = true,
                other => parser.usage(&format!("Invalid archive format '{}'", text(other))),
            },
            "ignore-zeros" => settings.ignore_zeros = true,
            "remove-files" => settings.remove_files = true,
            "one-file-system" => settings.one_file_system = true,
            "one-top-level" => settings.top_level = Some(value),
            "full-time" => settings.full_time = true,
            _ => {}
        }
    }
    let Some(operation) = operation else {
        parser.usage("You must specify one of the '-Acdtrux', '--delete' or '--test-label' options");
    };
    settings.operation = operation;
    for (directory, list, null) in lists {
        read_list(&mut settings, directory, &list, null);
    }
    settings.archive = archive.filter(|name| name != b"-");
    if auto && let Some(name) = &settings.archive {
        settings.compression = Format::by_name(name).map(|(format, _)| format).or(settings.compression);
    }
    if let Some(top) = &mut settings.top_level
        && top.is_empty()
    {
        let name = settings.archive.as_deref().map_or(&b""[..], vivarium_userland::bytes::base_name);
        let base = Format::by_name(name).map_or(name.to_vec(), |(_, base)| base);
        *top = base.strip_suffix(b".tar").unwrap_or(&base).to_vec();
    }
    // What is read or listed is named from the directory of the last `-C`; the archive itself is not.
    if let (Operation::Extract | Operation::List, Some(directory)) = (operation, directory) {
        if let Some(archive) = &mut settings.archive
            && let Ok(cwd) = fs::getcwd()
        {
            *archive = below(&cwd, archive);
        }
        if let Err(errno) = fs::chdir(&directory) {
            fail(&format!("{}: Cannot open: {errno}", text(&directory)));
        }
    }
    settings
}

/// A path that is relative to `directory`.
pub(super) fn below(directory: &[u8], name: &[u8]) -> Bytes {
    if name.starts_with(b"/") { name.to_vec() } else { vivarium_userland::bytes::join(directory, name) }
}

fn read_list(settings: &mut Settings, directory: Option<Bytes>, name: &[u8], null: bool) {
    let mut list = Vec::new();
    let read = if name == b"-" {
        std::io::Read::read_to_end(&mut Standard::input(), &mut list).map(|_| ())
    } else {
        std::fs::read(path(name)).map(|data| list = data)
    };
    if let Err(error) = read {
        fail(&format!("{}: Cannot open: {}", text(name), reason(&error)));
    }
    for line in list.split(|&b| b == if null { 0 } else { b'\n' }).filter(|line| !line.is_empty()) {
        settings.sources.push((directory.clone(), line.to_vec()));
        settings.operands.push(line.to_vec());
    }
}

/// `NAME`, `NAME:NUMBER` or a number.
fn account(value: &str, find: fn(&str) -> Option<u32>) -> (u32, String) {
    if let Some((name, number)) = value.split_once(':') {
        return (number.parse().unwrap_or_else(|_| fail(&format!("{number}: Invalid number"))), name.into());
    }
    match (find(value), value.parse::<u32>()) {
        (_, Ok(number)) => (number, String::new()),
        (Some(number), _) => (number, value.into()),
        _ => fail(&format!("{value}: Invalid owner")),
    }
}

fn time(value: &[u8]) -> i64 {
    if value.starts_with(b"/") || value.starts_with(b".") {
        return fs::stat(value).map_or_else(|e| fail(&format!("{}: {e}", text(value))), |stat| stat.modified.seconds);
    }
    let value = text(value);
    let seconds = value.strip_prefix('@').and_then(|seconds| seconds.parse().ok());
    seconds.or_else(|| clock::parse(&value)).unwrap_or_else(|| fail(&format!("Unknown date format '{value}'")))
}

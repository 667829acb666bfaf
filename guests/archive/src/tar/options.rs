//! Reading the command line.

use vivarium_sys::fs;
use vivarium_userland::bytes::{path, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::reason;
use vivarium_userland::{Bytes, clock, passwd};

use super::lists::Lists;
use super::member::Dialect;
use super::transform::{self, Transform};
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
        Opt::flag("d", "diff"),
        Opt::long("compare"),
        Opt::long("delete"),
        Opt::flag("A", "catenate"),
        Opt::long("concatenate"),
        Opt::flag("V", "label").value(),
        Opt::long("test-label"),
        Opt::long("transform").value(),
        Opt::long("xform").value(),
        Opt::long("show-transformed-names"),
        Opt::long("show-stored-names"),
        Opt::flag("l", "check-links"),
        Opt::flag("s", "same-order"),
        Opt::long("preserve-order"),
        Opt::long("occurrence").optional(),
        Opt::long("checkpoint").optional(),
        Opt::long("checkpoint-action").value(),
        Opt::long("exclude-caches"),
        Opt::long("exclude-caches-under"),
        Opt::long("exclude-caches-all"),
        Opt::long("exclude-tag").value(),
        Opt::long("exclude-tag-under").value(),
        Opt::long("exclude-tag-all").value(),
        Opt::long("exclude-backups"),
        Opt::long("anchored"),
        Opt::long("no-anchored"),
        Opt::long("ignore-case"),
        Opt::long("no-ignore-case"),
        Opt::long("wildcards-match-slash"),
        Opt::long("no-wildcards-match-slash"),
        Opt::long("add-file").value(),
        Opt::long("no-null"),
        Opt::long("verbatim-files-from"),
        Opt::long("no-verbatim-files-from"),
        Opt::long("no-overwrite-dir"),
        Opt::long("no-wildcards"),
        Opt::long("old-archive"),
        Opt::long("portability"),
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
    Compare,
    Delete,
    Catenate,
    TestLabel,
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

/// A pattern of names to leave out, and how it is matched.
#[derive(Clone)]
pub(super) struct Excluded {
    pub(super) pattern: Bytes,
    /// Only whole names are matched, not ends of them behind a slash.
    pub(super) anchored: bool,
    pub(super) ignore_case: bool,
    /// Whether wildcards match slashes.
    pub(super) slash: bool,
    pub(super) wildcards: bool,
}

/// A file to put into an archive, with all below it.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) directory: Option<Bytes>,
    pub(super) name: Bytes,
    pub(super) recursive: bool,
}

/// What a tag in a directory leaves out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tagged {
    /// All but the tag.
    Contents,
    /// All in it.
    Under,
    /// The directory too.
    All,
}

/// What is done at a checkpoint.
#[derive(Clone, Debug)]
pub(super) enum Checkpoint {
    Echo,
    Dot,
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
    /// For `-c`: what to put in.
    pub(super) sources: Vec<Source>,
    /// Names that leave the contents of their directory out, and how much of it.
    /// How the next patterns are matched.
    matching: Excluded,
    pub(super) tags: Vec<(Bytes, Tagged)>,
    pub(super) label: Option<Bytes>,
    pub(super) transforms: Vec<Transform>,
    /// Whether transformed names are shown.
    pub(super) show_transformed: bool,
    pub(super) check_links: bool,
    /// Which of several members of one name is meant.
    pub(super) occurrence: Option<usize>,
    /// Records between checkpoints, and what is done at each.
    pub(super) checkpoint: Option<(u64, Vec<Checkpoint>)>,
    pub(super) dialect: Dialect,
    /// Options behind all operands that they would be for.
    pub(super) idle: Vec<String>,
    /// What is wrong with lists, said once all else is done.
    pub(super) complaints: Vec<String>,
    /// Whether a list of files was named: an archive of nothing is no mistake then.
    pub(super) listed: bool,
    pub(super) excluded: Vec<Excluded>,
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
    pub(super) remove_files: bool,
    pub(super) one_file_system: bool,
    pub(super) top_level: Option<Bytes>,
    pub(super) full_time: bool,
    pub(super) ignore_zeros: bool,
}

impl Settings {
    /// Adds a pattern of names to leave out.
    pub(super) fn exclude(&mut self, pattern: &[u8]) {
        let pattern = pattern.strip_suffix(b"/").unwrap_or(pattern).to_vec();
        self.excluded.push(Excluded { pattern, ..self.matching.clone() });
    }

    /// Adds an operand.
    pub(super) fn add(&mut self, directory: Option<Bytes>, name: Bytes) {
        self.sources.push(Source { directory, name: name.clone(), recursive: self.recursive });
        self.operands.push(name);
    }
}

pub(super) fn fail(message: &str) -> ! {
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
            if b"fCTXHbVLgFKN".contains(&letter) {
                option.extend(arguments.pop_front().unwrap_or_else(|| {
                    fail(&format!("Old option '{}' requires an argument.", char::from(letter)));
                }));
            }
            result.push(option);
        }
    }
    result.extend(arguments);
    // What TAR_OPTIONS holds comes before all else.
    let options = vivarium_userland::bytes::variable("TAR_OPTIONS").unwrap_or_default();
    result.splice(1..1, words(&options));
    result
}

/// The words of a text, parted by blanks; quotes and backslashes keep them.
fn words(text: &[u8]) -> Vec<Bytes> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<Bytes>, None);
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (None, b'\'' | b'"') => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (None, b' ' | b'\t' | b'\n') => words.extend(word.take()),
            (_, b'\\') => word.get_or_insert_default().extend(bytes.next()),
            (_, byte) => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    words
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
        tags: Vec::new(),
        label: None,
        transforms: Vec::new(),
        show_transformed: false,
        check_links: false,
        occurrence: None,
        checkpoint: None,
        dialect: Dialect::Gnu,
        complaints: Vec::new(),
        idle: Vec::new(),
        listed: false,
        excluded: Vec::new(),
        matching: Excluded { pattern: Bytes::new(), anchored: false, ignore_case: false, slash: true, wildcards: true },
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
        remove_files: false,
        one_file_system: false,
        top_level: None,
        full_time: false,
        ignore_zeros: false,
    };
    let (mut operation, mut archive, mut directory, mut auto, mut null) = (None, None, None, false, false);
    let mut verbatim = false;
    let mut actions = Vec::new();
    // Options that are for the operands behind them, as long as there are none.
    let mut idle: Vec<String> = Vec::new();
    let mut reader = Lists::default();
    let mut parser = Parser::new(&PROGRAM, with_dashes(arguments));
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(operand) => {
                idle.clear();
                settings.add(directory.clone(), operand);
                continue;
            }
            Item::Option(option, value) => (option, value.unwrap_or_default()),
        };
        match option {
            "directory" => idle.push(format!("-C '{}'", text(&value))),
            "exclude" => idle.push(format!("--exclude '{}'", text(&value))),
            "files-from" | "add-file" => idle.clear(),
            _ => {}
        }
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
            "diff" | "compare" => set(Operation::Compare),
            "delete" => set(Operation::Delete),
            "catenate" | "concatenate" => set(Operation::Catenate),
            "test-label" => set(Operation::TestLabel),
            "label" => settings.label = Some(value),
            "transform" | "xform" => match transform::parse(&value) {
                Ok(transforms) => settings.transforms.extend(transforms),
                Err(message) => fail(&message),
            },
            "show-transformed-names" | "show-stored-names" => settings.show_transformed = true,
            "check-links" => settings.check_links = true,
            "occurrence" => settings.occurrence = Some(text(&value).parse().unwrap_or(1)),
            "checkpoint" => {
                let value = text(&value);
                let (dot, number) = value.strip_prefix('.').map_or((false, &*value), |number| (true, number));
                if dot {
                    actions.push(Checkpoint::Dot);
                }
                let number = if number.is_empty() { 10 } else { number.parse().unwrap_or(0) };
                if number == 0 {
                    fail(&format!("{value}: invalid --checkpoint value"));
                }
                settings.checkpoint = Some((number, Vec::new()));
            }
            "checkpoint-action" => match &*value {
                b"dot" | b"." => actions.push(Checkpoint::Dot),
                b"echo" => actions.push(Checkpoint::Echo),
                other => fail(&format!("{}: unknown checkpoint action", text(other))),
            },
            "exclude-caches" => settings.tags.push((b"CACHEDIR.TAG".to_vec(), Tagged::Contents)),
            "exclude-caches-under" => settings.tags.push((b"CACHEDIR.TAG".to_vec(), Tagged::Under)),
            "exclude-caches-all" => settings.tags.push((b"CACHEDIR.TAG".to_vec(), Tagged::All)),
            "exclude-tag" => settings.tags.push((value, Tagged::Contents)),
            "exclude-tag-under" => settings.tags.push((value, Tagged::Under)),
            "exclude-tag-all" => settings.tags.push((value, Tagged::All)),
            "exclude-backups" => {
                for pattern in [&b".#*"[..], b"*~", b"#*#"] {
                    settings.exclude(pattern);
                }
            }
            "verbatim-files-from" => verbatim = true,
            "no-verbatim-files-from" => verbatim = false,
            "no-null" => (null, verbatim) = (false, false),
            "old-archive" | "portability" => settings.dialect = Dialect::V7,
            "posix" => settings.dialect = Dialect::Posix,
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
            "files-from" => {
                settings.listed = true;
                directory = reader.read(&mut settings, directory, &value, null, verbatim || null, "command line");
            }
            "null" => null = true,
            "exclude-from" => {
                let list =
                    std::fs::read(path(&value)).unwrap_or_else(|e| fail(&format!("{}: {}", text(&value), reason(&e))));
                list.split(|&b| b == b'\n').filter(|line| !line.is_empty()).for_each(|line| settings.exclude(line));
            }
            "exclude" => settings.exclude(&value),
            "anchored" => settings.matching.anchored = true,
            "no-anchored" => settings.matching.anchored = false,
            "ignore-case" => settings.matching.ignore_case = true,
            "no-ignore-case" => settings.matching.ignore_case = false,
            "wildcards-match-slash" => settings.matching.slash = true,
            "no-wildcards-match-slash" => settings.matching.slash = false,
            "no-wildcards" => (settings.wildcards, settings.matching.wildcards) = (false, false),
            "add-file" => settings.add(directory.clone(), value),
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
                names.iter().for_each(|name| settings.exclude(name));
            }
            "strip-components" => match text(&value).parse() {
                Ok(count) => settings.strip = count,
                Err(_) => parser.usage("Invalid number of elements"),
            },
            "wildcards" => (settings.wildcards, settings.matching.wildcards) = (true, true),
            "dereference" => settings.follow = true,
            "absolute-names" => settings.absolute = true,
            "no-recursion" => settings.recursive = false,
            "recursion" => settings.recursive = true,
            "sort" => settings.sorted = value == b"name",
            "format" => match &*value {
                b"gnu" | b"oldgnu" => settings.dialect = Dialect::Gnu,
                b"posix" | b"pax" => settings.dialect = Dialect::Posix,
                b"ustar" => settings.dialect = Dialect::Ustar,
                b"v7" => settings.dialect = Dialect::V7,
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
    let writes = matches!(operation, Operation::Create | Operation::Append | Operation::Update);
    if writes && !idle.is_empty() && !settings.sources.is_empty() {
        settings.idle = idle;
    }
    match (settings.occurrence, operation) {
        (Some(_), Operation::Create) => parser.usage("'--occurrence' cannot be used with '-c'"),
        (Some(_), _) if settings.operands.is_empty() => parser.usage("--occurrence is meaningless without a file list"),
        _ => {}
    }
    if settings.checkpoint.is_none() && !actions.is_empty() {
        settings.checkpoint = Some((10, Vec::new()));
    }
    if let Some((_, known)) = &mut settings.checkpoint {
        *known = if actions.is_empty() { vec![Checkpoint::Echo] } else { actions };
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
    if let (Operation::Extract | Operation::List | Operation::Compare, Some(directory)) = (operation, directory) {
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

//! The command line of `patch`.

use vivarium_userland::Bytes;
use vivarium_userland::bytes::text;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};

use super::hunk::Format;

static PROGRAM: Program = Program {
    name: "patch",
    help: include_str!("help.txt"),
    usage_status: 2,
    options: &[
        Opt::flag("p", "strip").value(),
        Opt::flag("F", "fuzz").value(),
        Opt::flag("l", "ignore-whitespace"),
        Opt::flag("c", "context"),
        Opt::flag("e", "ed"),
        Opt::flag("n", "normal"),
        Opt::flag("u", "unified"),
        Opt::flag("N", "forward"),
        Opt::flag("R", "reverse"),
        Opt::flag("i", "input").value(),
        Opt::flag("o", "output").value(),
        Opt::flag("r", "reject-file").value(),
        Opt::flag("E", "remove-empty-files"),
        Opt::flag("Z", "set-utc"),
        Opt::flag("T", "set-time"),
        Opt::flag("b", "backup"),
        Opt::long("backup-if-mismatch"),
        Opt::long("no-backup-if-mismatch"),
        Opt::flag("V", "version-control").value(),
        Opt::flag("B", "prefix").value(),
        Opt::flag("Y", "basename-prefix").value(),
        Opt::flag("z", "suffix").value(),
        Opt::flag("t", "batch"),
        Opt::flag("f", "force"),
        Opt::flag("s", "quiet"),
        Opt::long("silent"),
        Opt::long("verbose"),
        Opt::long("dry-run"),
        Opt::long("posix"),
        Opt::flag("d", "directory").value(),
        Opt::long("reject-format").value(),
        Opt::long("binary"),
        Opt::long("read-only").value(),
        Opt::flag("v", "version"),
    ],
    operands_end_options: false,
};

/// What is done about files that may not be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadOnly {
    Ignore,
    Warn,
    Fail,
}

/// How copies of files are named that are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Backups {
    pub(super) always: bool,
    pub(super) if_mismatch: bool,
    pub(super) prefix: Option<Bytes>,
    pub(super) base_prefix: Option<Bytes>,
    pub(super) suffix: Option<Bytes>,
    /// Whether names are numbered: always, or where there are such already.
    pub(super) numbered: bool,
    pub(super) existing: bool,
}

#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Options {
    pub(super) strip: Option<usize>,
    pub(super) fuzz: usize,
    pub(super) ignore_blanks: bool,
    pub(super) format: Option<Format>,
    pub(super) forward: bool,
    pub(super) reverse: bool,
    pub(super) input: Bytes,
    pub(super) output: Option<Bytes>,
    pub(super) reject_file: Option<Bytes>,
    pub(super) reject_format: Option<Format>,
    pub(super) remove_empty: bool,
    pub(super) set_times: bool,
    pub(super) backups: Backups,
    pub(super) batch: bool,
    pub(super) force: bool,
    pub(super) quiet: bool,
    pub(super) verbose: bool,
    pub(super) dry_run: bool,
    pub(super) posix: bool,
    pub(super) directory: Option<Bytes>,
    pub(super) binary: bool,
    pub(super) read_only: ReadOnly,
    pub(super) file: Option<Bytes>,
}

pub(super) fn read(arguments: Vec<Bytes>) -> Options {
    let mut options = Options {
        strip: None,
        fuzz: 2,
        ignore_blanks: false,
        format: None,
        forward: false,
        reverse: false,
        input: b"-".to_vec(),
        output: None,
        reject_file: None,
        reject_format: None,
        remove_empty: false,
        set_times: false,
        backups: Backups { if_mismatch: true, ..Backups::default() },
        batch: false,
        force: false,
        quiet: false,
        verbose: false,
        dry_run: false,
        posix: std::env::var_os("POSIXLY_CORRECT").is_some(),
        directory: None,
        binary: false,
        read_only: ReadOnly::Warn,
        file: None,
    };
    options.backups.if_mismatch = !options.posix;
    let mut parser = Parser::new(&PROGRAM, arguments);
    let mut operands = 0;
    while let Some(item) = parser.next() {
        let (key, value) = match item {
            Item::Operand(operand) => {
                operands += 1;
                match operands {
                    1 => options.file = Some(operand),
                    2 => options.input = operand,
                    _ => parser.usage(&format!("{}: extra operand", text(&operand))),
                }
                continue;
            }
            Item::Option(key, value) => (key, Item::unwrap_value(value)),
        };
        let number = |what: &str| -> usize {
            let fail = || {
                eprintln!("patch: **** {what} {} is not a number", text(&value));
                std::process::exit(2);
            };
            text(&value).parse().unwrap_or_else(|_| fail())
        };
        match key {
            "strip" => options.strip = Some(number("strip count")),
            "fuzz" => options.fuzz = number("fuzz factor"),
            "ignore-whitespace" => options.ignore_blanks = true,
            "context" => options.format = Some(Format::Context),
            "ed" => options.format = Some(Format::Ed),
            "normal" => options.format = Some(Format::Normal),
            "unified" => options.format = Some(Format::Unified),
            "forward" => options.forward = true,
            "reverse" => options.reverse = true,
            "input" => options.input = value,
            "output" => options.output = Some(value),
            "reject-file" => options.reject_file = Some(value),
            "remove-empty-files" => options.remove_empty = true,
            "set-utc" | "set-time" => options.set_times = true,
            "backup" => options.backups.always = true,
            "backup-if-mismatch" => options.backups.if_mismatch = true,
            "no-backup-if-mismatch" => options.backups.if_mismatch = false,
            "version-control" => match &*value {
                b"simple" | b"never" => {}
                b"numbered" | b"t" => options.backups.numbered = true,
                b"existing" | b"nil" => options.backups.existing = true,
                _ => parser.usage(&format!("invalid argument '{}' for 'version control type'", text(&value))),
            },
            "prefix" => options.backups.prefix = Some(value),
            "basename-prefix" => options.backups.base_prefix = Some(value),
            "suffix" => options.backups.suffix = Some(value),
            "batch" => options.batch = true,
            "force" => options.force = true,
            "quiet" | "silent" => options.quiet = true,
            "verbose" => options.verbose = true,
            "dry-run" => options.dry_run = true,
            "posix" => (options.posix, options.backups.if_mismatch) = (true, false),
            "directory" => options.directory = Some(value),
            "reject-format" => {
                options.reject_format = match &*value {
                    b"context" => Some(Format::Context),
                    b"unified" => Some(Format::Unified),
                    _ => parser.usage(&format!("invalid argument '{}' for 'reject format'", text(&value))),
                }
            }
            "binary" => options.binary = true,
            "read-only" => {
                options.read_only = match &*value {
                    b"ignore" => ReadOnly::Ignore,
                    b"warn" => ReadOnly::Warn,
                    b"fail" => ReadOnly::Fail,
                    _ => parser.usage(&format!("invalid argument '{}' for 'read-only behavior'", text(&value))),
                }
            }
            _ => {
                println!("patch (Vivarium) {}", env!("CARGO_PKG_VERSION"));
                std::process::exit(0);
            }
        }
    }
    options
}

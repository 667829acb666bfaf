//! Reading the command line.

use vivarium_userland::bytes::{base_name, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, glob, quote, size};

use super::colors::Colors;

const OPTIONS: &[Opt] = &[
    Opt::flag("a", "all"),
    Opt::flag("A", "almost-all"),
    Opt::long("author"),
    Opt::flag("b", "escape"),
    Opt::long("block-size").value(),
    Opt::flag("B", "ignore-backups"),
    Opt::letter("c"),
    Opt::letter("C"),
    Opt::long("color").optional(),
    Opt::flag("d", "directory"),
    Opt::flag("D", "dired"),
    Opt::letter("f"),
    Opt::flag("F", "classify").optional_long(),
    Opt::long("file-type"),
    Opt::long("format").value(),
    Opt::long("full-time"),
    Opt::letter("g"),
    Opt::long("group-directories-first"),
    Opt::flag("G", "no-group"),
    Opt::flag("h", "human-readable"),
    Opt::long("si"),
    Opt::flag("H", "dereference-command-line"),
    Opt::long("dereference-command-line-symlink-to-dir"),
    Opt::long("hide").value(),
    Opt::long("hyperlink").optional(),
    Opt::long("indicator-style").value(),
    Opt::flag("i", "inode"),
    Opt::flag("I", "ignore").value(),
    Opt::flag("k", "kibibytes"),
    Opt::letter("l"),
    Opt::flag("L", "dereference"),
    Opt::letter("m"),
    Opt::flag("n", "numeric-uid-gid"),
    Opt::flag("N", "literal"),
    Opt::letter("o"),
    Opt::letter("p"),
    Opt::flag("q", "hide-control-chars"),
    Opt::long("show-control-chars"),
    Opt::flag("Q", "quote-name"),
    Opt::long("quoting-style").value(),
    Opt::flag("r", "reverse"),
    Opt::flag("R", "recursive"),
    Opt::flag("s", "size"),
    Opt::letter("S"),
    Opt::long("sort").value(),
    Opt::long("time").value(),
    Opt::long("time-style").value(),
    Opt::letter("t"),
    Opt::flag("T", "tabsize").value(),
    Opt::letter("u"),
    Opt::letter("U"),
    Opt::letter("v"),
    Opt::flag("w", "width").value(),
    Opt::letter("x"),
    Opt::letter("X"),
    Opt::flag("Z", "context"),
    Opt::long("zero"),
    Opt::letter("1"),
];

static LS: Program = Program {
    name: "ls",
    help: include_str!("help.txt"),
    usage_status: 2,
    options: OPTIONS,
    operands_end_options: false,
};
static DIR: Program = Program { name: "dir", ..LS };
static VDIR: Program = Program { name: "vdir", ..LS };

/// Which names are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Ordinary,
    /// Those that begin with a dot too, but `.` and `..`.
    AlmostAll,
    All,
}

/// Which symbolic links are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    Never,
    ArgumentDirectories,
    Arguments,
    Always,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Long,
    Down,
    Across,
    Commas,
    OneEach,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    None,
    Name,
    Size,
    Time,
    Extension,
    Version,
    Width,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    Modification,
    Access,
    Change,
    Birth,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Indicators {
    None,
    Slash,
    /// As `All` without `*`.
    Types,
    All,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    Literal,
    HideControl,
    ShellEscape,
    ShellEscapeAlways,
    C,
    Escape,
}

impl Quoting {
    /// Its name as an option.
    pub(super) fn name(self) -> &'static str {
        match self {
            Quoting::Literal | Quoting::HideControl => "literal",
            Quoting::ShellEscape => "shell-escape",
            Quoting::ShellEscapeAlways => "shell-escape-always",
            Quoting::C => "c",
            Quoting::Escape => "escape",
        }
    }

    pub(super) fn apply(self, name: &[u8]) -> Bytes {
        match self {
            Quoting::Literal => name.to_vec(),
            Quoting::HideControl => quote::hide_control(name),
            Quoting::ShellEscape => quote::shell_escape(name),
            Quoting::ShellEscapeAlways => quote::shell_escape_always(name),
            Quoting::C => quote::escape(name, Some(b'"')),
            Quoting::Escape => quote::escape(name, None),
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum TimeStyle {
    Locale,
    FullIso,
    LongIso,
    Iso,
    /// Formats of old and of recent files.
    Own(String, String),
}

/// What the command line says.
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Settings {
    pub(super) program: &'static str,
    pub(super) shown: Shown,
    pub(super) hidden: Vec<Bytes>,
    pub(super) ignored: Vec<Bytes>,
    pub(super) ignore_backups: bool,
    pub(super) directory: bool,
    pub(super) follow: Follow,
    pub(super) layout: Layout,
    pub(super) key: Key,
    pub(super) time: Time,
    pub(super) reverse: bool,
    pub(super) recursive: bool,
    pub(super) directories_first: bool,
    pub(super) indicators: Indicators,
    pub(super) quoting: Quoting,
    pub(super) inode: bool,
    pub(super) blocks: bool,
    pub(super) owner: bool,
    pub(super) group: bool,
    pub(super) author: bool,
    pub(super) numeric: bool,
    /// Base of `-h` and `--si`.
    pub(super) human: Option<u64>,
    /// Unit of sizes; bytes unless set.
    pub(super) size_unit: Option<u64>,
    /// Unit of blocks.
    pub(super) block_unit: u64,
    /// Columns between tab stops; 0 where none are used.
    pub(super) tab: usize,
    /// Whether Emacs is told where names are.
    pub(super) dired: bool,
    pub(super) context: bool,
    pub(super) time_style: TimeStyle,
    pub(super) colors: Option<Colors>,
    pub(super) hyperlinks: bool,
    pub(super) width: usize,
    pub(super) end: u8,
}

impl Settings {
    /// Whether a name in a directory is listed.
    pub(super) fn shows(&self, name: &[u8]) -> bool {
        if self.shown == Shown::Ordinary && name.starts_with(b".") || self.ignore_backups && name.ends_with(b"~") {
            return false;
        }
        let fits = |pattern: &Bytes| {
            // A leading dot is only matched by itself.
            (pattern.starts_with(b".") || !name.starts_with(b"."))
                && glob::matches(pattern, name, glob::Flags::default())
        };
        !(self.ignored.iter().any(fits) || self.shown == Shown::Ordinary && self.hidden.iter().any(fits))
    }

    /// Whether the status of each file is wanted, not only what it is.
    pub(super) fn needs_status(&self) -> bool {
        self.layout == Layout::Long
            || self.blocks
            || self.inode
            || self.context
            || matches!(self.key, Key::Size | Key::Time)
    }
}

/// Reads the arguments; gives the operands too.
pub(super) fn parse(arguments: Vec<Bytes>) -> (Settings, Vec<Bytes>) {
    let program = match base_name(arguments.first().map_or(&b""[..], |a| a)) {
        b"dir" => &DIR,
        b"vdir" => &VDIR,
        _ => &LS,
    };
    let terminal = program.name == "ls" && vivarium_sys::tty::isatty(1);
    let mut settings = Settings {
        program: program.name,
        shown: Shown::Ordinary,
        hidden: Vec::new(),
        ignored: Vec::new(),
        ignore_backups: false,
        directory: false,
        follow: Follow::Never,
        layout: match program.name {
            "dir" => Layout::Down,
            "vdir" => Layout::Long,
            _ if terminal => Layout::Down,
            _ => Layout::OneEach,
        },
        key: Key::Name,
        time: Time::Modification,
        reverse: false,
        recursive: false,
        directories_first: false,
        indicators: Indicators::None,
        quoting: match program.name {
            "ls" if terminal => Quoting::ShellEscape,
            "ls" => Quoting::Literal,
            _ => Quoting::Escape,
        },
        inode: false,
        blocks: false,
        owner: true,
        group: true,
        author: false,
        numeric: false,
        human: None,
        size_unit: None,
        block_unit: if std::env::var_os("POSIXLY_CORRECT").is_some() { 512 } else { 1024 },
        tab: 8,
        dired: false,
        context: false,
        time_style: TimeStyle::Locale,
        colors: None,
        hyperlinks: false,
        width: width(terminal),
        end: b'\n',
    };
    let (mut key, mut time, mut follow, mut operands) = (None, None, None, Vec::new());
    let mut kibibytes = !block_size_of_environment(&mut settings);
    if let Some(style) = std::env::var("QUOTING_STYLE").ok().and_then(|s| quoting(&s)) {
        settings.quoting = style;
    }
    if let Some(style) = std::env::var("TIME_STYLE").ok().and_then(|s| time_style(&s)) {
        settings.time_style = style;
    }
    let mut parser = Parser::new(program, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(operand) => {
                operands.push(operand);
                continue;
            }
            Item::Option(option, value) => (option, value),
        };
        let given = value.as_deref().map(|v| text(v).into_owned());
        let word = given.as_deref().unwrap_or_default();
        let invalid = |parser: &Parser| -> ! {
            eprintln!("{}: invalid argument ‘{word}’ for ‘--{option}’", parser.name());
            eprintln!("Try '{} --help' for more information.", parser.name());
            std::process::exit(1);
        };
        match option {
            "all" => settings.shown = Shown::All,
            "almost-all" => settings.shown = Shown::AlmostAll,
            "author" => settings.author = true,
            "escape" => settings.quoting = Quoting::Escape,
            "block-size" => {
                kibibytes = false;
                if !block_size(&mut settings, word, true) {
                    parser.usage(&format!("invalid --block-size argument '{word}'"));
                }
            }
            "context" => settings.context = true,
            "dired" => (settings.dired, settings.layout) = (true, Layout::Long),
            "tabsize" => match number(word) {
                Some(columns) => settings.tab = columns,
                None => parser.usage(&format!("invalid tab size: '{word}'")),
            },
            "ignore-backups" => settings.ignore_backups = true,
            "c" => time = Some(Time::Change),
            "u" => time = Some(Time::Access),
            "C" => settings.layout = Layout::Down,
            "x" => settings.layout = Layout::Across,
            "m" => settings.layout = Layout::Commas,
            "1" if settings.layout != Layout::Long => settings.layout = Layout::OneEach,
            "l" => settings.layout = Layout::Long,
            "g" => (settings.layout, settings.owner) = (Layout::Long, false),
            "o" => (settings.layout, settings.group) = (Layout::Long, false),
            "no-group" => settings.group = false,
            "numeric-uid-gid" => (settings.layout, settings.numeric) = (Layout::Long, true),
            "format" => {
                settings.layout = match word {
                    "verbose" | "long" => Layout::Long,
                    "commas" => Layout::Commas,
                    "horizontal" | "across" => Layout::Across,
                    "vertical" => Layout::Down,
                    "single-column" => Layout::OneEach,
                    _ => invalid(&parser),
                }
            }
            "color" => {
                settings.colors = match word {
                    "" | "always" | "yes" | "force" => Colors::from_environment(),
                    "never" | "no" | "none" => None,
                    "auto" | "tty" | "if-tty" if !vivarium_sys::tty::isatty(1) => None,
                    "auto" | "tty" | "if-tty" => Colors::from_environment(),
                    _ => invalid(&parser),
                }
            }
            "hyperlink" => {
                settings.hyperlinks = match word {
                    "" | "always" | "yes" | "force" => true,
                    "auto" | "tty" | "if-tty" => terminal,
                    "never" | "no" | "none" => false,
                    _ => invalid(&parser),
                }
            }
            "directory" => settings.directory = true,
            "f" => {
                (settings.shown, key) = (Shown::All, Some(Key::None));
                settings.colors = None;
                if settings.layout == Layout::Long {
                    settings.layout = Layout::OneEach;
                }
            }
            "classify" => {
                let wanted = match word {
                    "" | "always" | "yes" | "force" => true,
                    "auto" | "tty" | "if-tty" => terminal,
                    "never" | "no" | "none" => false,
                    _ => invalid(&parser),
                };
                settings.indicators = if wanted { Indicators::All } else { Indicators::None };
            }
            "file-type" => settings.indicators = Indicators::Types,
            "p" => settings.indicators = Indicators::Slash,
            "indicator-style" => {
                settings.indicators = match word {
                    "none" => Indicators::None,
                    "slash" => Indicators::Slash,
                    "file-type" => Indicators::Types,
                    "classify" => Indicators::All,
                    _ => invalid(&parser),
                }
            }
            "full-time" => (settings.layout, settings.time_style) = (Layout::Long, TimeStyle::FullIso),
            "group-directories-first" => settings.directories_first = true,
            "human-readable" => settings.human = Some(1024),
            "si" => settings.human = Some(1000),
            "kibibytes" if kibibytes => settings.block_unit = 1024,
            "dereference-command-line" => follow = Some(Follow::Arguments),
            "dereference-command-line-symlink-to-dir" => follow = Some(Follow::ArgumentDirectories),
            "dereference" => follow = Some(Follow::Always),
            "hide" => settings.hidden.extend(value),
            "ignore" => settings.ignored.extend(value),
            "inode" => settings.inode = true,
            "literal" => settings.quoting = Quoting::Literal,
            "hide-control-chars" => settings.quoting = Quoting::HideControl,
            "show-control-chars" => settings.quoting = Quoting::Literal,
            "quote-name" => settings.quoting = Quoting::C,
            "quoting-style" => settings.quoting = quoting(word).unwrap_or_else(|| invalid(&parser)),
            "reverse" => settings.reverse = true,
            "recursive" => settings.recursive = true,
            "size" => settings.blocks = true,
            "S" => key = Some(Key::Size),
            "t" => key = Some(Key::Time),
            "U" => key = Some(Key::None),
            "v" => key = Some(Key::Version),
            "X" => key = Some(Key::Extension),
            "sort" => {
                key = Some(match word {
                    "none" => Key::None,
                    "name" => Key::Name,
                    "size" => Key::Size,
                    "time" => Key::Time,
                    "version" => Key::Version,
                    "extension" => Key::Extension,
                    "width" => Key::Width,
                    _ => invalid(&parser),
                });
            }
            "time" => {
                time = Some(match word {
                    "atime" | "access" | "use" => Time::Access,
                    "ctime" | "status" => Time::Change,
                    "birth" | "creation" => Time::Birth,
                    "mtime" | "modification" => Time::Modification,
                    _ => invalid(&parser),
                });
            }
            "time-style" => settings.time_style = time_style(word).unwrap_or_else(|| no_time_style(&parser, word)),
            "width" => match line_width(word) {
                Some(width) => settings.width = width,
                None => {
                    eprintln!("{}: invalid line width: '{word}'", program.name);
                    std::process::exit(2);
                }
            },
            "zero" => {
                (settings.end, settings.quoting, settings.colors) = (0, Quoting::Literal, None);
                if settings.layout != Layout::Long {
                    settings.layout = Layout::OneEach;
                }
            }
            _ => {}
        }
    }
    if settings.dired && settings.end == 0 {
        parser.usage("--dired and --zero are incompatible");
    }
    // Some terminals can't handle tabs and colours in one line.
    if settings.colors.is_some() {
        settings.tab = 0;
    }
    settings.time = time.unwrap_or(Time::Modification);
    // `-c` and `-u` alone sort by that time where times are not shown.
    let implied = if time.is_some() && settings.layout != Layout::Long { Key::Time } else { Key::Name };
    settings.key = key.unwrap_or(implied);
    settings.follow = follow.unwrap_or(
        if settings.directory || settings.layout == Layout::Long || settings.indicators == Indicators::All {
            Follow::Never
        } else {
            Follow::ArgumentDirectories
        },
    );
    (settings, operands)
}

/// Sets units as `--block-size` does. `sizes`: those of `-l` too. Whether it is one.
fn block_size(settings: &mut Settings, word: &str, sizes: bool) -> bool {
    match word.trim_start_matches('\'') {
        "human-readable" => settings.human = Some(1024),
        "si" => settings.human = Some(1000),
        word => {
            let Some(unit) = size::parse(word).filter(|&unit| unit > 0) else { return false };
            settings.human = None;
            settings.block_unit = unit;
            if sizes {
                settings.size_unit = Some(unit);
            }
        }
    }
    true
}

/// Takes units from the first variable that is set; BLOCKSIZE is of blocks alone. Whether one is.
fn block_size_of_environment(settings: &mut Settings) -> bool {
    for (name, sizes) in [("LS_BLOCK_SIZE", true), ("BLOCK_SIZE", true), ("BLOCKSIZE", false)] {
        if let Ok(word) = std::env::var(name) {
            return block_size(settings, &word, sizes);
        }
    }
    false
}

/// The argument of `-w`; 0 and what is too great mean no limit.
fn line_width(word: &str) -> Option<usize> {
    number(word).map(|width| if width == 0 { usize::MAX } else { width })
}

/// A number as strtol() reads it: octal after `0`, hexadecimal after `0x`. What is too great is the greatest.
fn number(word: &str) -> Option<usize> {
    let (digits, radix) = match word.strip_prefix("0x").or(word.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if word.len() > 1 && word.starts_with('0') => (&word[1..], 8),
        None => (word, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    Some(usize::from_str_radix(digits, radix).unwrap_or(usize::MAX))
}

fn no_time_style(parser: &Parser, word: &str) -> ! {
    eprintln!("{}: invalid argument {} for 'time style'", parser.name(), quote::message(word.as_bytes()));
    eprintln!("Valid arguments are:");
    for style in ["[posix-]full-iso", "[posix-]long-iso", "[posix-]iso", "[posix-]locale"] {
        eprintln!("  - {style}");
    }
    eprintln!("  - +FORMAT (e.g., +%H:%M) for a 'date'-style format");
    eprintln!("Try '{} --help' for more information.", parser.name());
    std::process::exit(2);
}

fn quoting(name: &str) -> Option<Quoting> {
    Some(match name {
        "literal" => Quoting::Literal,
        "shell" | "shell-escape" => Quoting::ShellEscape,
        "shell-always" | "shell-escape-always" => Quoting::ShellEscapeAlways,
        "c" | "c-maybe" | "locale" | "clocale" => Quoting::C,
        "escape" => Quoting::Escape,
        _ => return None,
    })
}

fn time_style(name: &str) -> Option<TimeStyle> {
    Some(match name.trim_start_matches("posix-") {
        "full-iso" => TimeStyle::FullIso,
        "long-iso" => TimeStyle::LongIso,
        "iso" => TimeStyle::Iso,
        "locale" => TimeStyle::Locale,
        own => {
            let own = own.strip_prefix('+')?;
            let (old, recent) = own.split_once('\n').unwrap_or((own, own));
            TimeStyle::Own(old.into(), recent.into())
        }
    })
}

fn width(terminal: bool) -> usize {
    if let Some(columns) = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()) {
        return if columns == 0 { usize::MAX } else { columns };
    }
    let size = if terminal { vivarium_sys::tty::window_size(1).ok() } else { None };
    size.map(|size| usize::from(size.columns)).filter(|&columns| columns > 0).unwrap_or(80)
}

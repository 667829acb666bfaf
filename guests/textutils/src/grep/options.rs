//! Reading the command line.

use vivarium_userland::bytes::{base_name, path, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::{Standard, reason};
use vivarium_userland::posix_regex::{Dialect, Regex, Syntax, locale_is_utf8};
use vivarium_userland::{Bytes, bytes};

use super::colors::Colors;

static PROGRAM: Program = Program {
    name: "grep",
    help: include_str!("help.txt"),
    usage_status: 2,
    options: &[
        Opt::flag("E", "extended-regexp"),
        Opt::flag("F", "fixed-strings"),
        Opt::flag("G", "basic-regexp"),
        Opt::flag("P", "perl-regexp"),
        Opt::flag("e", "regexp").value(),
        Opt::flag("f", "file").value(),
        Opt::flag("i", "ignore-case"),
        Opt::letter("y"),
        Opt::long("no-ignore-case"),
        Opt::flag("w", "word-regexp"),
        Opt::flag("x", "line-regexp"),
        Opt::flag("z", "null-data"),
        Opt::flag("s", "no-messages"),
        Opt::flag("v", "invert-match"),
        Opt::flag("V", "version"),
        Opt::flag("m", "max-count").value(),
        Opt::flag("b", "byte-offset"),
        Opt::flag("n", "line-number"),
        Opt::long("line-buffered"),
        Opt::flag("H", "with-filename"),
        Opt::flag("h", "no-filename"),
        Opt::long("label").value(),
        Opt::flag("o", "only-matching"),
        Opt::flag("q", "quiet"),
        Opt::long("silent"),
        Opt::long("binary-files").value(),
        Opt::flag("a", "text"),
        Opt::letter("I"),
        Opt::flag("d", "directories").value(),
        Opt::flag("D", "devices").value(),
        Opt::flag("r", "recursive"),
        Opt::flag("R", "dereference-recursive"),
        Opt::long("include").value(),
        Opt::long("exclude").value(),
        Opt::long("exclude-from").value(),
        Opt::long("exclude-dir").value(),
        Opt::flag("L", "files-without-match"),
        Opt::flag("l", "files-with-matches"),
        Opt::flag("c", "count"),
        Opt::flag("T", "initial-tab"),
        Opt::flag("Z", "null"),
        Opt::flag("B", "before-context").value(),
        Opt::flag("A", "after-context").value(),
        Opt::flag("C", "context").value(),
        Opt::long("group-separator").value(),
        Opt::long("no-group-separator"),
        Opt::long("color").optional(),
        Opt::long("colour").optional(),
        Opt::flag("U", "binary"),
        Opt::letter("u"),
        Opt::letter("0"),
        Opt::letter("1"),
        Opt::letter("2"),
        Opt::letter("3"),
        Opt::letter("4"),
        Opt::letter("5"),
        Opt::letter("6"),
        Opt::letter("7"),
        Opt::letter("8"),
        Opt::letter("9"),
    ],
    operands_end_options: false,
};

/// What is done with files that are no text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Binary {
    /// Only said to match.
    Message,
    Text,
    WithoutMatch,
}

/// What is done with directories, or devices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Special {
    Read,
    Skip,
    Recurse,
}

/// Which names are left out or in.
#[derive(Debug, Default)]
pub(super) struct Filters {
    /// Patterns of `--include` (true) and `--exclude`, in order.
    pub(super) files: Vec<(bool, Bytes)>,
    pub(super) directories: Vec<Bytes>,
}

/// What the command line says.
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Settings {
    pub(super) regex: Option<Regex>,
    pub(super) files: Vec<Bytes>,
    pub(super) filters: Filters,
    pub(super) invert: bool,
    pub(super) end: u8,
    pub(super) max_count: u64,
    /// Whether no line can be selected, whatever the files hold.
    pub(super) selects_nothing: bool,
    /// Whether context was asked for, were it none: then groups are parted.
    pub(super) context: bool,
    pub(super) before: usize,
    pub(super) after: usize,
    pub(super) separator: Option<Bytes>,
    pub(super) count: bool,
    /// `Some(true)`: names of files with matches, `Some(false)`: without.
    pub(super) list: Option<bool>,
    pub(super) quiet: bool,
    pub(super) only_matching: bool,
    pub(super) no_messages: bool,
    pub(super) with_name: bool,
    pub(super) line_number: bool,
    pub(super) byte_offset: bool,
    pub(super) initial_tab: bool,
    pub(super) null_after_name: bool,
    pub(super) line_buffered: bool,
    pub(super) label: Bytes,
    pub(super) binary: Binary,
    pub(super) directories: Special,
    pub(super) devices: Option<Special>,
    pub(super) follow_links: bool,
    pub(super) utf8: bool,
    pub(super) colors: Option<Colors>,
}

/// Reads the arguments, the name first. An error is the message.
pub(super) fn parse(arguments: Vec<Bytes>) -> Result<Settings, String> {
    let called = base_name(arguments.first().map_or(&b""[..], |a| a)).to_vec();
    let mut syntax = Syntax { lines: true, ..Syntax::new(Dialect::Basic) };
    match &*called {
        b"egrep" => syntax.dialect = Dialect::Extended,
        b"fgrep" => syntax.dialect = Dialect::Fixed,
        _ => {}
    }
    let mut settings = Settings {
        regex: None,
        files: Vec::new(),
        filters: Filters::default(),
        invert: false,
        end: b'\n',
        max_count: u64::MAX,
        selects_nothing: false,
        context: false,
        before: 0,
        after: 0,
        separator: Some(b"--".to_vec()),
        count: false,
        list: None,
        quiet: false,
        only_matching: false,
        no_messages: false,
        with_name: false,
        line_number: false,
        byte_offset: false,
        initial_tab: false,
        null_after_name: false,
        line_buffered: false,
        label: b"(standard input)".to_vec(),
        binary: Binary::Message,
        directories: Special::Read,
        devices: None,
        follow_links: false,
        utf8: locale_is_utf8(),
        colors: None,
    };
    let (mut before, mut after, mut context, mut digits) = (None, None, None, String::new());
    let (mut name, mut patterns, mut operands): (Option<bool>, Option<Vec<Bytes>>, _) = (None, None, Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Option(option, value) => (option, value),
            Item::Operand(operand) => {
                digits.clear();
                operands.push(operand);
                continue;
            }
        };
        if option.len() == 1 && option.as_bytes()[0].is_ascii_digit() {
            digits.push_str(option);
            context = digits.parse().ok();
            continue;
        }
        digits.clear();
        let value = value.unwrap_or_default();
        match option {
            "extended-regexp" => syntax.dialect = Dialect::Extended,
            "fixed-strings" => syntax.dialect = Dialect::Fixed,
            "basic-regexp" => syntax.dialect = Dialect::Basic,
            "perl-regexp" => syntax.dialect = Dialect::Perl,
            "regexp" => add_patterns(patterns.get_or_insert_default(), &value),
            "file" => add_pattern_file(patterns.get_or_insert_default(), &value)?,
            "ignore-case" | "y" => syntax.ignore_case = true,
            "no-ignore-case" => syntax.ignore_case = false,
            "word-regexp" => syntax.word = true,
            "line-regexp" => syntax.whole = true,
            "null-data" => settings.end = 0,
            "no-messages" => settings.no_messages = true,
            "invert-match" => settings.invert = true,
            "version" => {
                println!("grep (Vivarium) {}", env!("CARGO_PKG_VERSION"));
                std::process::exit(0);
            }
            "max-count" => {
                let count: i64 = text(&value).parse().map_err(|_| "invalid max count".to_owned())?;
                settings.max_count = u64::try_from(count).unwrap_or(u64::MAX);
            }
            "byte-offset" => settings.byte_offset = true,
            "line-number" => settings.line_number = true,
            "line-buffered" => settings.line_buffered = true,
            "with-filename" => name = Some(true),
            "no-filename" => name = Some(false),
            "label" => settings.label = value,
            "only-matching" => settings.only_matching = true,
            "quiet" | "silent" => settings.quiet = true,
            "binary-files" => {
                settings.binary = match &*value {
                    b"binary" => Binary::Message,
                    b"text" => Binary::Text,
                    b"without-match" => Binary::WithoutMatch,
                    _ => {
                        return Err("invalid argument for option --binary-files"
                            .replace("invalid", "unknown binary-files type: invalid"));
                    }
                }
            }
            "text" => settings.binary = Binary::Text,
            "I" => settings.binary = Binary::WithoutMatch,
            "directories" => settings.directories = special(&value, "--directories")?,
            "devices" => settings.devices = Some(special(&value, "--devices")?),
            "recursive" => (settings.directories, settings.follow_links) = (Special::Recurse, false),
            "dereference-recursive" => (settings.directories, settings.follow_links) = (Special::Recurse, true),
            "include" => settings.filters.files.push((true, value)),
            "exclude" => settings.filters.files.push((false, value)),
            "exclude-from" => {
                let list = std::fs::read(path(&value)).map_err(|e| format!("{}: {}", text(&value), reason(&e)))?;
                let lines = list.split(|&b| b == b'\n').filter(|l| !l.is_empty());
                settings.filters.files.extend(lines.map(|line| (false, line.to_vec())));
            }
            "exclude-dir" => settings.filters.directories.push(bytes::without_trailing_slashes(&value).to_vec()),
            "files-without-match" => settings.list = Some(false),
            "files-with-matches" => settings.list = Some(true),
            "count" => settings.count = true,
            "initial-tab" => settings.initial_tab = true,
            "null" => settings.null_after_name = true,
            "before-context" => before = Some(context_length(&value)?),
            "after-context" => after = Some(context_length(&value)?),
            "context" => context = Some(context_length(&value)?),
            "group-separator" => settings.separator = Some(value),
            "no-group-separator" => settings.separator = None,
            "color" | "colour" => {
                settings.colors = match &*value {
                    b"" | b"auto" | b"tty" | b"if-tty" => {
                        let shown = vivarium_sys::tty::isatty(1) && std::env::var("TERM").is_ok_and(|t| t != "dumb");
                        shown.then(Colors::from_environment)
                    }
                    b"always" | b"yes" | b"force" => Some(Colors::from_environment()),
                    b"never" | b"no" | b"none" => None,
                    _ => parser.usage("invalid argument for --color"),
                }
            }
            _ => {}
        }
    }
    settings.context = before.or(after).or(context).is_some();
    settings.before = before.or(context).unwrap_or(0);
    settings.after = after.or(context).unwrap_or(0);
    let mut operands = operands.into_iter();
    let patterns = match patterns {
        Some(patterns) => patterns,
        None => {
            let Some(pattern) = operands.next() else {
                eprintln!("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.");
                std::process::exit(2);
            };
            let mut patterns = Vec::new();
            add_patterns(&mut patterns, &pattern);
            patterns
        }
    };
    settings.files = operands.collect();
    settings.with_name = name.unwrap_or(settings.files.len() > 1 || settings.directories == Special::Recurse);
    if settings.end == 0 {
        syntax.lines = false;
    }
    if syntax.whole {
        syntax.word = false;
    }
    let selects_all = patterns.iter().any(Vec::is_empty) && !syntax.word && !syntax.whole;
    settings.selects_nothing =
        settings.max_count == 0 || if settings.invert { selects_all } else { patterns.is_empty() };
    if patterns.iter().any(|pattern| is_class_without_brackets(pattern)) && syntax.dialect != Dialect::Fixed {
        return Err("character class syntax is [[:space:]], not [:space:]".into());
    }
    if !patterns.is_empty() {
        settings.regex = Some(compile(&patterns, &syntax)?);
    }
    Ok(settings)
}

/// Whether a bracket expression is written as the class within one would be.
fn is_class_without_brackets(pattern: &[u8]) -> bool {
    let name = pattern.strip_prefix(b"[:").and_then(|rest| rest.strip_suffix(b":]"));
    name.is_some_and(|name| !name.is_empty() && name.iter().all(u8::is_ascii_lowercase))
}

fn compile(patterns: &[Bytes], syntax: &Syntax) -> Result<Regex, String> {
    if syntax.dialect == Dialect::Perl && patterns.len() > 1 {
        return Err("the -P option only supports a single pattern".into());
    }
    Regex::any(patterns, syntax)
}

fn add_patterns(patterns: &mut Vec<Bytes>, given: &[u8]) {
    patterns.extend(given.split(|&b| b == b'\n').map(<[u8]>::to_vec));
}

fn add_pattern_file(patterns: &mut Vec<Bytes>, name: &[u8]) -> Result<(), String> {
    let mut list = Vec::new();
    let read = if name == b"-" {
        std::io::Read::read_to_end(&mut Standard::input(), &mut list).map(|_| ())
    } else {
        std::fs::read(path(name)).map(|data| list = data)
    };
    read.map_err(|error| format!("{}: {}", text(name), reason(&error)))?;
    if list.last() == Some(&b'\n') {
        list.pop();
    } else if list.is_empty() {
        return Ok(());
    }
    add_patterns(patterns, &list);
    Ok(())
}

fn context_length(value: &[u8]) -> Result<usize, String> {
    text(value).parse().map_err(|_| format!("{}: invalid context length argument", text(value)))
}

fn special(value: &[u8], option: &str) -> Result<Special, String> {
    Ok(match value {
        b"read" => Special::Read,
        b"skip" => Special::Skip,
        b"recurse" if option == "--directories" => Special::Recurse,
        _ => return Err(format!("invalid argument ‘{}’ for ‘{option}’", text(value))),
    })
}

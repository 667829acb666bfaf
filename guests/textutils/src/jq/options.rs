//! Reading the command line.

use std::path::PathBuf;

use jaq_all::fmts::{
    Format, read,
    write::json::{Pp, Styles},
};
use jaq_all::json::Val;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::text;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::reason;

/// What the command line says.
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Settings {
    pub(super) filter: String,
    /// Where the filter stands.
    pub(super) source: PathBuf,
    pub(super) files: Vec<String>,
    pub(super) variables: Vec<(String, Val)>,
    pub(super) library: Vec<PathBuf>,
    pub(super) null_input: bool,
    pub(super) raw_input: bool,
    pub(super) slurp: bool,
    pub(super) exit_status: bool,
    pub(super) raw: bool,
    pub(super) ascii: bool,
    pub(super) seq: bool,
    pub(super) unbuffered: bool,
    pub(super) in_place: bool,
    /// What follows each output.
    pub(super) end: Option<u8>,
    pub(super) from: Option<Format>,
    /// Whether a file's format is told by its name.
    pub(super) by_name: bool,
    pub(super) to: Format,
    pub(super) pretty: Pp,
}

const JQ_OPTIONS: &[Opt] = &[
    Opt::flag("n", "null-input"),
    Opt::flag("R", "raw-input"),
    Opt::flag("s", "slurp"),
    Opt::flag("c", "compact-output"),
    Opt::flag("r", "raw-output"),
    Opt::long("raw-output0"),
    Opt::flag("j", "join-output"),
    Opt::flag("a", "ascii-output"),
    Opt::flag("S", "sort-keys"),
    Opt::flag("C", "color-output"),
    Opt::flag("M", "monochrome-output"),
    Opt::long("tab"),
    Opt::long("indent").value(),
    Opt::long("unbuffered"),
    Opt::long("stream"),
    Opt::long("seq"),
    Opt::flag("e", "exit-status"),
    Opt::flag("f", "from-file"),
    Opt::flag("L", "library-path").value(),
    Opt::long("arg").value(),
    Opt::long("argjson").value(),
    Opt::long("slurpfile").value(),
    Opt::long("rawfile").value(),
    Opt::long("args"),
    Opt::long("jsonargs"),
    Opt::flag("h", "help"),
    Opt::flag("V", "version"),
];

static JQ: Program = Program {
    name: "jq",
    help: include_str!("help.txt"),
    usage_status: 2,
    options: JQ_OPTIONS,
    operands_end_options: false,
};

static YQ: Program = Program {
    name: "yq",
    help: include_str!("yq_help.txt"),
    usage_status: 2,
    options: &[
        Opt::flag("n", "null-input"),
        Opt::flag("r", "unwrapScalar").optional(),
        Opt::long("raw-output"),
        Opt::flag("i", "inplace"),
        Opt::long("in-place"),
        Opt::flag("p", "input-format").value(),
        Opt::flag("o", "output-format").value(),
        Opt::flag("j", "tojson"),
        Opt::flag("y", "yaml-output"),
        Opt::flag("P", "prettyPrint"),
        Opt::flag("s", "slurp"),
        Opt::flag("c", "compact-output"),
        Opt::flag("I", "indent").value(),
        Opt::flag("S", "sort-keys"),
        Opt::flag("C", "colors"),
        Opt::flag("M", "no-colors"),
        Opt::flag("e", "exit-status"),
        Opt::long("arg").value(),
        Opt::long("argjson").value(),
        Opt::flag("h", "help"),
        Opt::flag("V", "version"),
    ],
    operands_end_options: false,
};

fn defaults() -> Settings {
    Settings {
        filter: String::new(),
        source: "<command-line>".into(),
        files: Vec::new(),
        variables: Vec::new(),
        library: ["~/.jq", "$ORIGIN/../lib/jq", "$ORIGIN/../lib"].map(PathBuf::from).to_vec(),
        null_input: false,
        raw_input: false,
        slurp: false,
        exit_status: false,
        raw: false,
        ascii: false,
        seq: false,
        unbuffered: false,
        in_place: false,
        end: Some(b'\n'),
        from: None,
        by_name: false,
        to: Format::Json,
        pretty: Pp { indent: Some("  ".into()), sep_space: true, ..Pp::default() },
    }
}

/// What `$__prog_args`, `$ARGS` and operands come from.
#[derive(Default)]
struct Collected {
    operands: Vec<String>,
    named: Vec<(String, Val)>,
    positional: Vec<Val>,
    from_file: bool,
}

/// Of `jq`.
pub(super) fn jq(arguments: Vec<Bytes>) -> Result<Settings, String> {
    let mut settings = defaults();
    let mut collected = Collected::default();
    let mut parser = Parser::new(&JQ, arguments);
    let (mut color, mut rest) = (None, None);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(operand) => {
                let operand = text(&operand).into_owned();
                match rest {
                    // The filter comes first in any case.
                    Some(kind) if !collected.operands.is_empty() || collected.from_file => {
                        collected.positional.push(positional(kind, operand)?);
                    }
                    _ => collected.operands.push(operand),
                }
                continue;
            }
            Item::Option(option, value) => (option, text(&value.unwrap_or_default()).into_owned()),
        };
        match option {
            "null-input" => settings.null_input = true,
            "raw-input" => settings.raw_input = true,
            "slurp" => settings.slurp = true,
            "compact-output" => compact(&mut settings),
            "raw-output" => settings.raw = true,
            "raw-output0" => (settings.raw, settings.end) = (true, Some(0)),
            "join-output" => (settings.raw, settings.end) = (true, None),
            "ascii-output" => settings.ascii = true,
            "sort-keys" => settings.pretty.sort_keys = true,
            "color-output" => color = Some(true),
            "monochrome-output" => color = Some(false),
            "tab" => settings.pretty.indent = Some("\t".into()),
            "indent" => indent(&mut settings, &value)?,
            "unbuffered" => settings.unbuffered = true,
            "stream" => return Err("--stream is not offered; use the filter tostream".into()),
            "seq" => settings.seq = true,
            "exit-status" => settings.exit_status = true,
            "from-file" => collected.from_file = true,
            "library-path" => settings.library = vec![value.into()],
            "arg" | "argjson" | "slurpfile" | "rawfile" => named(&mut parser, option, value, &mut collected)?,
            other => rest = Some(other),
        }
    }
    finish(&mut settings, collected)?;
    colors(&mut settings, color);
    Ok(settings)
}

/// Of `yq`.
pub(super) fn yq(arguments: Vec<Bytes>) -> Result<Settings, String> {
    let mut settings = defaults();
    settings.from = Some(Format::Yaml);
    settings.to = Format::Yaml;
    settings.raw = true;
    let (mut collected, mut color, mut from_given, mut to_given) = (Collected::default(), None, false, false);
    let mut parser = Parser::new(&YQ, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(operand) => {
                let operand = text(&operand).into_owned();
                if !(collected.operands.is_empty() && matches!(&*operand, "e" | "eval" | "ea" | "eval-all")) {
                    collected.operands.push(operand);
                }
                continue;
            }
            Item::Option(option, value) => (option, text(&value.unwrap_or_default()).into_owned()),
        };
        match option {
            "null-input" => settings.null_input = true,
            "unwrapScalar" => settings.raw = value != "=false" && value != "false",
            "raw-output" => settings.raw = true,
            "inplace" | "in-place" => settings.in_place = true,
            "input-format" => {
                from_given = true;
                settings.from = Some(format(&value)?);
            }
            "output-format" => {
                to_given = true;
                settings.to = format(&value)?;
                settings.raw = !matches!(settings.to, Format::Json);
            }
            "tojson" => (settings.to, settings.raw, to_given) = (Format::Json, false, true),
            "yaml-output" => (settings.to, to_given) = (Format::Yaml, true),
            "slurp" => settings.slurp = true,
            "compact-output" => compact(&mut settings),
            "indent" => indent(&mut settings, &value)?,
            "sort-keys" => settings.pretty.sort_keys = true,
            "colors" => color = Some(true),
            "no-colors" => color = Some(false),
            "exit-status" => settings.exit_status = true,
            "arg" | "argjson" => named(&mut parser, option, value, &mut collected)?,
            _ => {}
        }
    }
    // A single operand that is a file is shown as it is.
    if let [only] = &collected.operands[..]
        && std::path::Path::new(only).is_file()
    {
        collected.operands.insert(0, ".".into());
    }
    finish(&mut settings, collected)?;
    if let (false, Some(name)) = (from_given, settings.files.first()) {
        let by_name = Format::determine(name.as_ref()).unwrap_or(Format::Yaml);
        settings.from = Some(by_name);
        if !to_given {
            settings.to = by_name;
            settings.raw = true;
        }
    }
    colors(&mut settings, color);
    Ok(settings)
}

fn finish(settings: &mut Settings, collected: Collected) -> Result<(), String> {
    let Collected { operands, named, positional, from_file } = collected;
    let mut operands = operands.into_iter();
    let first = operands.next();
    if from_file {
        let name = first.ok_or("no filter file given")?;
        settings.filter =
            std::fs::read_to_string(&name).map_err(|e| format!("Could not open {name}: {}", reason(&e)))?;
        settings.source = name.into();
    } else {
        settings.filter = first.unwrap_or_else(|| ".".into());
    }
    settings.files = operands.collect();
    let key = |name: &str| Val::from(name.to_owned());
    let object = |pairs: Vec<(Val, Val)>| Val::obj(pairs.into_iter().collect());
    let all = object(vec![
        (key("positional"), positional.into_iter().collect()),
        (key("named"), object(named.iter().map(|(name, value)| (key(name), value.clone())).collect())),
    ]);
    let environment = std::env::vars_os().map(|(name, value)| {
        (Val::from(name.to_string_lossy().into_owned()), Val::from(value.to_string_lossy().into_owned()))
    });
    settings.variables = named;
    settings.variables.push(("ARGS".into(), all));
    settings.variables.push(("ENV".into(), object(environment.collect())));
    let location = vec![(key("file"), key("<top-level>")), (key("line"), super::number(1))];
    settings.variables.push(("__loc__".into(), object(location)));
    Ok(())
}

fn named(parser: &mut Parser, option: &str, name: String, collected: &mut Collected) -> Result<(), String> {
    let Some(value) = parser.take() else {
        return Err(format!("--{option} takes two parameters (e.g. --{option} varname value)"));
    };
    let shown = text(&value).into_owned();
    let from_file =
        |e: std::io::Error| format!("Bad JSON in --{option} {name} {shown}: Could not open {shown}: {}", reason(&e));
    let value = match option {
        "arg" => Val::from(shown.clone()),
        "argjson" => json(&value).map_err(|_| "Invalid JSON text passed to --argjson".to_owned())?,
        "rawfile" => Val::utf8_str(std::fs::read(&shown).map_err(from_file)?),
        _ => {
            let data = std::fs::read(&shown).map_err(from_file)?;
            let values: Result<Vec<Val>, _> = read::json::parse_many(&data).collect();
            values.map_err(|error| format!("Bad JSON in --{option} {name} {shown}: {error}"))?.into_iter().collect()
        }
    };
    if !collected.named.iter().any(|(known, _)| *known == name) {
        collected.named.push((name, value));
    }
    Ok(())
}

fn positional(kind: &str, operand: String) -> Result<Val, String> {
    match kind {
        "jsonargs" => json(operand.as_bytes()).map_err(|_| "Invalid JSON text passed to --jsonargs".into()),
        _ => Ok(Val::from(operand)),
    }
}

fn json(data: &[u8]) -> Result<Val, String> {
    read::json::parse_single(data).map_err(|error| error.to_string())
}

fn compact(settings: &mut Settings) {
    settings.pretty.indent = None;
    settings.pretty.sep_space = false;
}

fn indent(settings: &mut Settings, value: &str) -> Result<(), String> {
    let width: i64 = value.parse().map_err(|_| "--indent takes a number".to_owned())?;
    match width {
        0 => compact(settings),
        1..=7 => settings.pretty.indent = Some(" ".repeat(width as usize)),
        8.. => return Err("Cannot indent more than 7 characters".into()),
        _ => return Err("Cannot indent less than zero".into()),
    }
    Ok(())
}

fn format(name: &str) -> Result<Format, String> {
    let name = match name.trim_start_matches('=') {
        "y" | "yml" | "a" | "auto" => "yaml",
        "j" => "json",
        "x" => "xml",
        "c" => "csv",
        "t" => "tsv",
        other => other,
    };
    Format::parse(name).ok_or_else(|| format!("unknown format '{name}' please use [{}]", Format::ALL))
}

fn colors(settings: &mut Settings, color: Option<bool>) {
    let terminal = || vivarium_sys::tty::isatty(1) && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    if !color.unwrap_or_else(terminal) {
        return;
    }
    let styles = Styles::ansi().parse("1;30:0;39:0;39:0;39:0;32:1;39:1;39:34;1");
    settings.pretty.styles = match std::env::var("JQ_COLORS") {
        Ok(set) => styles.parse(&set),
        Err(_) => styles,
    };
}

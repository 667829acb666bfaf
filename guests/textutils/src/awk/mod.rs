//! `awk` (POSIX awk, with what scripts use of gawk's).

mod builtin;
mod call;
mod cell;
mod evaluate;
mod execute;
mod fields;
mod format;
mod getline;
mod information;
mod input;
mod interpreter;
mod lexer;
mod order;
mod output;
mod parser;
mod random;
mod record;
mod source;
mod syntax;
mod value;
mod variables;

use source::Piece;
use vivarium_userland::Bytes;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};

/// Variables the language itself uses, the first of all in this order.
const SPECIAL: [&str; 30] = [
    "NF",
    "NR",
    "FNR",
    "FS",
    "OFS",
    "RS",
    "ORS",
    "SUBSEP",
    "CONVFMT",
    "OFMT",
    "FILENAME",
    "RSTART",
    "RLENGTH",
    "ARGC",
    "ENVIRON",
    "RT",
    "IGNORECASE",
    "FPAT",
    "FIELDWIDTHS",
    "ERRNO",
    "ARGIND",
    "PROCINFO",
    "LINT",
    "SYMTAB",
    "FUNCTAB",
    "BINMODE",
    "TEXTDOMAIN",
    "PREC",
    "ROUNDMODE",
    "ARGV",
];

/// What the options say.
#[derive(Clone, Default)]
struct Settings {
    /// What messages and ARGV[0] call the program.
    name: String,
    /// Characters are bytes.
    bytes: bool,
    posix: bool,
    traditional: bool,
    /// Warn of what is doubtful.
    lint: bool,
    /// Nothing but the operands is opened, and no command run.
    sandbox: bool,
    /// Input may be octal or hexadecimal.
    non_decimal: bool,
    /// Where the variables' values are written at the end.
    dump: Option<Bytes>,
}

impl Settings {
    /// Whether the language is awk's alone.
    fn is_plain(&self) -> bool {
        self.traditional || self.posix
    }
}

static PROGRAM: Program = Program {
    name: "awk",
    help: "\
Usage: awk [-F fs] [-v var=value] 'program' [file ...]
       awk [-F fs] [-v var=value] -f progfile [file ...]

  -F, --field-separator=FS    separate fields by FS
  -v, --assign=VAR=VALUE      assign to a variable before the program begins
  -f, --file=FILE             read the program from FILE
  -E, --exec=FILE             the same, and take all that follows as operands
  -e, --source=TEXT           take TEXT as (a part of) the program
  -i, --include=FILE          read FILE too, once
  -b, --characters-as-bytes   take bytes for characters
  -c, --traditional           without what gawk adds to awk
  -d, --dump-variables[=FILE] write the variables' values to FILE at the end (awkvars.out)
  -n, --non-decimal-data      take octal and hexadecimal numbers in input for numbers
  -P, --posix                 without what gawk adds, and as POSIX has it
  -S, --sandbox               open no files but the operands, and run no commands
  -t, --lint                  warn of what is doubtful
      --help                  display this help and exit
      --version               output version information and exit
",
    usage_status: 2,
    options: &[
        Opt::flag("F", "field-separator").value(),
        Opt::flag("v", "assign").value(),
        Opt::flag("f", "file").value(),
        Opt::flag("E", "exec").value(),
        Opt::flag("e", "source").value(),
        Opt::flag("i", "include").value(),
        Opt::flag("b", "characters-as-bytes"),
        Opt::flag("c", "traditional"),
        Opt::flag("d", "dump-variables").optional(),
        Opt::flag("L", "lint").optional(),
        Opt::flag("t", "lint-old"),
        Opt::flag("n", "non-decimal-data"),
        Opt::flag("N", "use-lc-numeric"),
        Opt::flag("O", "optimize"),
        Opt::flag("s", "no-optimize"),
        Opt::flag("S", "sandbox"),
        Opt::flag("P", "posix"),
        Opt::flag("r", "re-interval"),
    ],
    operands_end_options: true,
};

/// Runs `awk`.
pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut separator, mut assignments, mut operands) = (None, Vec::new(), Vec::new());
    let mut settings = Settings { name: vivarium_userland::called_name(&arguments), ..Settings::default() };
    let mut pieces = Vec::new();
    let mut parser = Parser::new(&PROGRAM, arguments);
    loop {
        // Behind -f, an option that is none of awk's is an operand, and so is all that follows.
        let known = b"-FvfEeibcdLtnNOsSPr";
        let unknown = parser.peek().is_some_and(|next| next.len() > 1 && next[0] == b'-' && !known.contains(&next[1]));
        if unknown && !pieces.is_empty() {
            operands.extend(std::iter::from_fn(|| parser.take()));
            break;
        }
        let Some(item) = parser.next() else { break };
        let mut value = Bytes::new();
        let mut piece = None;
        let name = match item {
            Item::Operand(operand) => {
                operands.push(operand);
                continue;
            }
            Item::Option(name, given) => {
                value = given.unwrap_or(value);
                name
            }
        };
        match name {
            "field-separator" => separator = Some(value),
            "assign" => assignments.push(value),
            "file" => piece = Some(Piece::file(&value)),
            "exec" => {
                operands.extend(std::iter::from_fn(|| parser.take()));
                piece = Some(Piece::file(&value));
            }
            "include" => piece = Some(Piece::library(&value)),
            "source" => piece = Some(Ok(Piece::text(value))),
            "characters-as-bytes" => settings.bytes = true,
            "traditional" => settings.traditional = true,
            "posix" => settings.posix = true,
            "sandbox" => settings.sandbox = true,
            "non-decimal-data" => settings.non_decimal = true,
            "lint" => settings.lint = value != b"invalid" && value != b"no-ext",
            "dump-variables" => {
                settings.dump = Some(if value.is_empty() { b"awkvars.out".to_vec() } else { value });
            }
            _ => {}
        }
        match piece {
            Some(Ok(piece)) => pieces.push(piece),
            Some(Err(message)) => {
                eprintln!("{}: {message}", settings.name);
                return 2;
            }
            None => {}
        }
    }
    if pieces.iter().all(|piece| piece.is_library) && !operands.is_empty() {
        pieces.push(Piece::text(operands.remove(0)));
    }
    if pieces.is_empty() {
        eprint!("{}", PROGRAM.help);
        return 2;
    }
    match parser::parse(&settings, pieces) {
        Ok(program) => interpreter::run(&program, settings, separator, &assignments, operands),
        Err(status) => status,
    }
}

//! `awk` (POSIX awk, with what scripts use of gawk's).

mod builtin;
mod fields;
mod format;
mod input;
mod interpreter;
mod lexer;
mod order;
mod output;
mod parser;
mod source;
mod syntax;
mod value;

use vivarium_userland::Bytes;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};

/// Variables the language itself uses, the first of all in this order.
const SPECIAL: [&str; 22] = [
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
];

static PROGRAM: Program = Program {
    name: "awk",
    help: "\
Usage: awk [-F fs] [-v var=value] 'program' [file ...]
       awk [-F fs] [-v var=value] -f progfile [file ...]

  -F, --field-separator=FS   separate fields by FS
  -v, --assign=VAR=VALUE     assign to a variable before the program begins
  -f, --file=FILE            read the program from FILE
  -e, --source=TEXT          take TEXT as (a part of) the program
  -i, --include=FILE         read FILE too, once
      --help                 display this help and exit
      --version              output version information and exit
",
    usage_status: 2,
    options: &[
        Opt::flag("F", "field-separator").value(),
        Opt::flag("v", "assign").value(),
        Opt::flag("f", "file").value(),
        Opt::flag("e", "source").value(),
        Opt::flag("i", "include").value(),
        Opt::flag("b", "characters-as-bytes"),
        Opt::flag("P", "posix"),
        Opt::flag("r", "re-interval"),
    ],
    operands_end_options: true,
};

/// Runs `awk`.
pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut separator, mut assignments, mut operands) = (None, Vec::new(), Vec::new());
    let mut source = source::Source::default();
    let name = vivarium_userland::called_name(&arguments);
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        let added = match item {
            Item::Operand(operand) => {
                operands.push(operand);
                Ok(())
            }
            Item::Option("field-separator", value) => {
                separator = value;
                Ok(())
            }
            Item::Option("assign", value) => {
                assignments.extend(value);
                Ok(())
            }
            Item::Option("file", value) => source.add_file(&value.unwrap_or_default()),
            Item::Option("include", value) => source.include(&value.unwrap_or_default()),
            Item::Option("source", value) => source.add_text(&value.unwrap_or_default()),
            Item::Option(..) => Ok(()),
        };
        if let Err(message) = added {
            eprintln!("{name}: fatal: {message}");
            return 2;
        }
    }
    let mut text = source.finish();
    if text.is_none() && !operands.is_empty() {
        let mut source = source::Source::default();
        if let Err(message) = source.add_text(&operands.remove(0)) {
            eprintln!("{name}: fatal: {message}");
            return 2;
        }
        text = source.finish();
    }
    let Some(text) = text else {
        eprint!("{}", PROGRAM.help);
        return 2;
    };
    let program = match parser::parse(&text) {
        Ok(program) => program,
        Err(message) => {
            eprintln!("{name}: {message}");
            return 2;
        }
    };
    interpreter::run(&program, &name, separator, &assignments, operands)
}

//! `awk` (POSIX awk, with what scripts use of gawk's).

mod builtin;
mod format;
mod input;
mod interpreter;
mod lexer;
mod output;
mod parser;
mod syntax;
mod value;

use vivarium_userland::Bytes;
use vivarium_userland::bytes::{path, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::reason;

/// Variables the language itself uses, the first of all in this order.
const SPECIAL: [&str; 15] = [
    "NF", "NR", "FNR", "FS", "OFS", "RS", "ORS", "SUBSEP", "CONVFMT", "OFMT", "FILENAME", "RSTART", "RLENGTH", "ARGC",
    "ENVIRON",
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
      --help                 display this help and exit
      --version              output version information and exit
",
    usage_status: 2,
    options: &[
        Opt::flag("F", "field-separator").value(),
        Opt::flag("v", "assign").value(),
        Opt::flag("f", "file").value(),
        Opt::flag("e", "source").value(),
        Opt::flag("b", "characters-as-bytes"),
        Opt::flag("P", "posix"),
        Opt::flag("r", "re-interval"),
    ],
    operands_end_options: true,
};

/// Runs `awk`.
pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut separator, mut assignments, mut source, mut operands) = (None, Vec::new(), None::<Bytes>, Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(operand) => operands.push(operand),
            Item::Option("field-separator", value) => separator = value,
            Item::Option("assign", value) => assignments.extend(value),
            Item::Option("file", value) => {
                let name = value.unwrap_or_default();
                let mut read = Vec::new();
                let result = if name == b"-" {
                    std::io::Read::read_to_end(&mut vivarium_userland::output::Standard::input(), &mut read).map(|_| ())
                } else {
                    std::fs::read(path(&name)).map(|data| read = data)
                };
                if let Err(error) = result {
                    eprintln!("awk: can't open file {}: {}", text(&name), reason(&error));
                    return 2;
                }
                let source = source.get_or_insert_default();
                source.extend_from_slice(&read);
                source.push(b'\n');
            }
            Item::Option("source", value) => {
                let source = source.get_or_insert_default();
                source.extend(value.unwrap_or_default());
                source.push(b'\n');
            }
            Item::Option(..) => {}
        }
    }
    let source = match source {
        Some(source) => source,
        None if operands.is_empty() => {
            eprint!("{}", PROGRAM.help);
            return 2;
        }
        None => operands.remove(0),
    };
    let program = match parser::parse(&source) {
        Ok(program) => program,
        Err(message) => {
            eprintln!("awk: {message}");
            return 2;
        }
    };
    interpreter::run(&program, separator, &assignments, operands)
}

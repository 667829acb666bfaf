//! `tty` (POSIX tty).

use vivarium_userland::Bytes;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};

static PROGRAM: Program = Program {
    name: "tty",
    help: "\
Usage: tty [OPTION]...
Print the file name of the terminal connected to standard input.

  -s, --silent, --quiet   print nothing, only return an exit status
      --help              display this help and exit
      --version           output version information and exit
",
    usage_status: 2,
    options: &[Opt::flag("s", "silent"), Opt::long("quiet")],
    operands_end_options: false,
};

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut silent = false;
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Option(..) => silent = true,
            Item::Operand(word) => {
                parser.usage(&format!("extra operand {}", vivarium_userland::quote::message(&word)));
            }
        }
    }
    let name = vivarium_sys::tty::ttyname(0);
    match &name {
        _ if silent => {}
        Ok(name) => println!("{}", String::from_utf8_lossy(name)),
        Err(_) => println!("not a tty"),
    }
    i32::from(name.is_err())
}

//! `which`: where the shell would find a command.

use vivarium_sys::fs::{access, stat};
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{join, variable};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::{self, output};

use std::io::Write;

static PROGRAM: Program = Program {
    name: "which",
    help: "\
Usage: which [-as] NAME...
Print the files that would be executed for the commands named so.

  -a          print all of each, not only the first
  -s          print nothing, only return an exit status
      --help  display this help and exit
",
    usage_status: 2,
    options: &[Opt::letter("a"), Opt::letter("s")],
    operands_end_options: true,
};

const EXECUTE: u32 = 1;

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut all, mut silent, mut names) = (false, false, Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Option("a", _) => all = true,
            Item::Option(_, _) => silent = true,
            Item::Operand(name) => names.push(name),
        }
    }
    let path = variable("PATH").unwrap_or_default();
    let mut out = output();
    let mut status = i32::from(names.is_empty());
    for name in names {
        let mut found: Vec<Bytes> = if name.contains(&b'/') {
            vec![name]
        } else {
            let dirs = path.split(|&b| b == b':').map(|dir| if dir.is_empty() { b"." } else { dir });
            dirs.map(|dir| join(dir, &name)).collect()
        };
        found.retain(|file| stat(file).is_ok_and(|stat| stat.is_file()) && access(file, EXECUTE, true).is_ok());
        found.truncate(if all { usize::MAX } else { 1 });
        if found.is_empty() {
            status = 1;
        }
        for file in found.iter().filter(|_| !silent) {
            let written = out.write_all(file).and_then(|()| out.write_all(b"\n"));
            if let Err(error) = written {
                return output::write_failed("which", &error);
            }
        }
    }
    output::finish("which", &mut out, status)
}

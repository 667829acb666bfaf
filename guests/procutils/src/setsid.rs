//! `setsid` (util-linux): runs a program in a session of its own.

use vivarium_sys::Errno;
use vivarium_sys::ids::{getpid, ids, setsid};
use vivarium_sys::process::Command;
use vivarium_sys::spawn::Spawn;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, quote};

static PROGRAM: Program = Program {
    name: "setsid",
    help: "\
Usage: setsid [OPTION]... PROGRAM [ARG]...
Run PROGRAM in a new session.

  -f, --fork     start it as a process of its own in any case
  -w, --wait     wait for that process, and exit with its status
      --help     display this help and exit
      --version  output version information and exit
",
    usage_status: 1,
    options: &[Opt::flag("f", "fork"), Opt::flag("w", "wait")],
    operands_end_options: true,
};

/// Runs `setsid`.
pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut words, mut fork, mut wait) = (Vec::new(), false, false);
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(word) => words.push(word),
            Item::Option("fork", _) => fork = true,
            Item::Option(..) => wait = true,
        }
    }
    if words.is_empty() {
        parser.usage("no command specified");
    }
    // The leader of a group cannot begin a session: a child of it can.
    if fork || ids().group == getpid() {
        let begin = |spawn: &mut Spawn| {
            spawn.session();
        };
        let child = Command::new(&words[0]).args(&words[1..]).prepare(begin).spawn();
        return match child {
            Ok(mut child) if wait => child.wait().map_or(126, vivarium_sys::wait::Status::code),
            Ok(_) => 0,
            Err(errno) => failed(&words[0], errno),
        };
    }
    if let Err(errno) = setsid() {
        eprintln!("setsid: setsid failed: {errno}");
        return 1;
    }
    let errno = Command::new(&words[0]).args(&words[1..]).exec();
    failed(&words[0], errno)
}

fn failed(program: &[u8], errno: Errno) -> i32 {
    eprintln!("setsid: failed to execute {}: {errno}", quote::message(program));
    if errno == Errno::NOENT { 127 } else { 126 }
}

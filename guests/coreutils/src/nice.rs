//! `nice` (POSIX nice).

use vivarium_sys::Errno;
use vivarium_sys::limits::{getpriority, setpriority};
use vivarium_sys::process::Command;
use vivarium_userland::bytes::text;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, quote};

static PROGRAM: Program = Program {
    name: "nice",
    help: "\
Usage: nice [OPTION] [COMMAND [ARG]...]
Run COMMAND with an adjusted niceness, which affects process scheduling.
With no COMMAND, print the current niceness.  Niceness values range from
-20 (most favorable to the process) to 19 (least favorable to the process).

  -n, --adjustment=N   add integer N to the niceness (default 10)
      --help           display this help and exit
      --version        output version information and exit
",
    usage_status: 125,
    options: &[Opt::flag("n", "adjustment").value()],
    operands_end_options: true,
};

pub(crate) fn main(mut arguments: Vec<Bytes>) -> i32 {
    // `-5` and `--5` are the old form of `-n 5` and `-n -5`.
    let old = arguments.get(1).and_then(|a| text(a).strip_prefix('-')?.parse::<i32>().ok());
    let (mut adjustment, mut words) = (old, Vec::new());
    if old.is_some() {
        arguments.remove(1);
    }
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(word) => words.push(word),
            Item::Option(_, value) => {
                let value = value.unwrap_or_default();
                adjustment = Some(text(&value).trim().parse().unwrap_or_else(|_| {
                    eprintln!("nice: invalid adjustment {}", quote::message(&value));
                    std::process::exit(125);
                }));
            }
        }
    }
    let now = getpriority(0).unwrap_or(0);
    if words.is_empty() {
        if adjustment.is_some() {
            parser.usage("a command must be given with an adjustment");
        }
        println!("{now}");
        return 0;
    }
    let wanted = now.saturating_add(adjustment.unwrap_or(10)).clamp(-20, 19);
    if let Err(errno) = setpriority(0, wanted) {
        eprintln!("nice: cannot set niceness: {errno}");
        if errno != Errno::ACCES && errno != Errno::PERM {
            return 125;
        }
    }
    let errno = Command::new(&words[0]).args(&words[1..]).exec();
    eprintln!("nice: {}: {errno}", quote::message(&words[0]));
    if errno == Errno::NOENT { 127 } else { 126 }
}

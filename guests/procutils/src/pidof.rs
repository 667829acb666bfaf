//! `pidof`.

use vivarium_sys::ids;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{base_name, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};

use crate::proc::{self, Process};

static PROGRAM: Program = Program {
    name: "pidof",
    help: "\
Usage: pidof [OPTION]... PROGRAM...
Print the process ids of running programs.

 -d, --separator SEP   use SEP as output separator
 -o, --omit-pid PID    omit results with a given PID; %PPID is pidof's parent
 -q                    print nothing, only return an exit status
 -s, --single-shot     print only one PID
 -x, --scripts         also print PIDs of shells running scripts with a matching name
     --help            display this help and exit
     --version         output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::flag("d", "separator").value(),
        Opt::letter("S").value(),
        Opt::flag("o", "omit-pid").value(),
        Opt::letter("q"),
        Opt::flag("s", "single-shot"),
        Opt::flag("x", "scripts"),
        Opt::flag("c", "check-root"),
        Opt::letter("n"),
        Opt::letter("z"),
    ],
    operands_end_options: false,
};

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut separator, mut single, mut quiet, mut scripts) = (b" ".to_vec(), false, false, false);
    let (mut omitted, mut names) = (vec![ids::getpid()], Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(name) => names.push(name),
            Item::Option("separator" | "S", value) => separator = Item::unwrap_value(value),
            Item::Option("single-shot", _) => single = true,
            Item::Option("scripts", _) => scripts = true,
            Item::Option("q", _) => quiet = true,
            Item::Option("omit-pid", value) => {
                for pid in text(&Item::unwrap_value(value)).split([',', ';', ':']) {
                    match pid {
                        "%PPID" => omitted.push(ids::ids().parent),
                        pid => match pid.parse() {
                            Ok(pid) => omitted.push(pid),
                            Err(_) => parser.usage(&format!("illegal omit pid value ({pid})!")),
                        },
                    }
                }
            }
            Item::Option(_, _) => {}
        }
    }
    let mut found: Vec<u32> = Vec::new();
    let processes = proc::processes();
    for name in &names {
        let of_name = processes.iter().rev().filter(|process| runs(process, name, scripts));
        let pids = of_name.map(|process| process.pid).filter(|pid| !omitted.contains(pid));
        found.extend(pids.take(if single { 1 } else { usize::MAX }));
        if single && !found.is_empty() {
            break;
        }
    }
    if found.is_empty() {
        return 1;
    }
    if !quiet {
        let pids: Vec<String> = found.iter().map(ToString::to_string).collect();
        println!("{}", pids.join(&*text(&separator)));
    }
    0
}

/// Whether a process runs the program of this name, with or without its directory.
fn runs(process: &Process, name: &[u8], scripts: bool) -> bool {
    let fits = |word: &[u8]| {
        let word = word.strip_prefix(b"-").unwrap_or(word);
        word == name || base_name(word) == name || base_name(word) == base_name(name) && !name.contains(&b'/')
    };
    let Some(first) = process.arguments.first() else { return process.comm.as_bytes() == name };
    fits(first) || scripts && process.arguments.get(1).is_some_and(|script| fits(script))
}

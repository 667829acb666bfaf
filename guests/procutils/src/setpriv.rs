//! `setpriv` (util-linux): runs a program as another user and group.

use vivarium_sys::Errno;
use vivarium_sys::ids::{setregid, setreuid};
use vivarium_sys::process::Command;
use vivarium_userland::bytes::text;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, passwd, quote};

static PROGRAM: Program = Program {
    name: "setpriv",
    help: "\
Usage: setpriv [OPTION]... PROGRAM [ARG]...
Run PROGRAM with other credentials.

      --ruid=USER           set the real user
      --euid=USER           set the effective user
      --reuid=USER          set both
      --rgid=GROUP          set the real group
      --egid=GROUP          set the effective group
      --regid=GROUP         set both
      --clear-groups        have no supplementary groups; there are none in any case
      --keep-groups         have the same ones
      --init-groups         have those of the user
      --help                display this help and exit
      --version             output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::long("ruid").value(),
        Opt::long("euid").value(),
        Opt::long("reuid").value(),
        Opt::long("rgid").value(),
        Opt::long("egid").value(),
        Opt::long("regid").value(),
        Opt::long("clear-groups"),
        Opt::long("keep-groups"),
        Opt::long("init-groups"),
    ],
    operands_end_options: true,
};

/// Runs `setpriv`.
pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut words = Vec::new();
    // Real and effective.
    let (mut users, mut groups) = ([None; 2], [None; 2]);
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(word) => {
                words.push(word);
                continue;
            }
            Item::Option(option, value) => (option, value.unwrap_or_default()),
        };
        let value = text(&value);
        let (ids, find): (_, fn(&str) -> Option<u32>) = match option {
            "ruid" | "euid" | "reuid" => (&mut users, passwd::uid),
            "rgid" | "egid" | "regid" => (&mut groups, passwd::gid),
            _ => continue,
        };
        let Some(id) = value.parse().ok().or_else(|| find(&value)) else {
            parser.usage(&format!("{}: no such user or group", quote::message(value.as_bytes())));
        };
        if !option.starts_with('e') {
            ids[0] = Some(id);
        }
        if !option.starts_with("ru") && !option.starts_with("rg") {
            ids[1] = Some(id);
        }
    }
    if words.is_empty() {
        parser.usage("missing operand");
    }
    // The group first: who has given up being root may not change it.
    if let Err(errno) = setregid(groups[0], groups[1]).and_then(|()| setreuid(users[0], users[1])) {
        eprintln!("setpriv: cannot set credentials: {errno}");
        return 127;
    }
    let errno = Command::new(&words[0]).args(&words[1..]).exec();
    eprintln!("setpriv: failed to execute {}: {errno}", quote::message(&words[0]));
    if errno == Errno::NOENT { 127 } else { 126 }
}

//! `uname` and `arch` (POSIX uname). The machine is WebAssembly; system and release are those that `/proc/version` tells.

use vivarium_sys::host;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{base_name, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};

static PROGRAM: Program = Program {
    name: "uname",
    help: "\
Usage: uname [OPTION]...
Print certain system information.  With no OPTION, same as -s.

  -a, --all                print all information, in the following order,
                             except omit -p and -i if unknown:
  -s, --kernel-name        print the kernel name
  -n, --nodename           print the network node hostname
  -r, --kernel-release     print the kernel release
  -v, --kernel-version     print the kernel version
  -m, --machine            print the machine hardware name
  -p, --processor          print the processor type (non-portable)
  -i, --hardware-platform  print the hardware platform (non-portable)
  -o, --operating-system   print the operating system
      --help               display this help and exit
      --version            output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::flag("a", "all"),
        Opt::flag("s", "kernel-name"),
        Opt::flag("n", "nodename"),
        Opt::flag("r", "kernel-release"),
        Opt::flag("v", "kernel-version"),
        Opt::flag("m", "machine"),
        Opt::flag("p", "processor"),
        Opt::flag("i", "hardware-platform"),
        Opt::flag("o", "operating-system"),
    ],
    operands_end_options: false,
};

const MACHINE: &str = "wasm32";

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    if base_name(arguments.first().map_or(&b""[..], |a| a)) == b"arch" {
        println!("{MACHINE}");
        return 0;
    }
    let mut wanted = Vec::new();
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Option(option, _) => wanted.push(option),
            Item::Operand(word) => {
                parser.usage(&format!("extra operand {}", vivarium_userland::quote::message(&word)));
            }
        }
    }
    if wanted.is_empty() {
        wanted.push("kernel-name");
    }
    // "Linux version 6.1.0 (…) #1 …": name, release, and the rest.
    let version = std::fs::read_to_string("/proc/version").unwrap_or_default();
    let mut words = version.split_whitespace();
    let name = words.next().unwrap_or("Vivarium");
    let release = words.nth(1).unwrap_or(env!("CARGO_PKG_VERSION"));
    let detail = version.find('#').map_or("#1", |at| version[at..].trim_end());
    let node = host::gethostname().map_or_else(|_| "localhost".into(), |name| text(&name).into_owned());
    let all = wanted.contains(&"all");
    let has = |option: &str| all || wanted.contains(&option);
    let mut parts: Vec<&str> = Vec::new();
    if has("kernel-name") {
        parts.push(name);
    }
    if has("nodename") {
        parts.push(&node);
    }
    if has("kernel-release") {
        parts.push(release);
    }
    if has("kernel-version") {
        parts.push(detail);
    }
    if has("machine") {
        parts.push(MACHINE);
    }
    if wanted.contains(&"processor") {
        parts.push("unknown");
    }
    if wanted.contains(&"hardware-platform") {
        parts.push("unknown");
    }
    if has("operating-system") {
        parts.push("Vivarium");
    }
    println!("{}", parts.join(" "));
    0
}

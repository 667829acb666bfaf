//! `hostname`.

use vivarium_sys::host;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::text;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};

static PROGRAM: Program = Program {
    name: "hostname",
    help: "\
Usage: hostname [-s|-f|-d|-i|-I] [NAME]
Print or set the system's host name.

  -s, --short        print the name up to the first dot
  -f, --fqdn, --long print the full name
  -d, --domain       print what follows the first dot
  -i, --ip-address   print the addresses of the name
  -I, --all-ip-addresses  print all addresses of the host
      --help         display this help and exit
      --version      output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::flag("s", "short"),
        Opt::flag("f", "fqdn"),
        Opt::long("long"),
        Opt::flag("d", "domain"),
        Opt::flag("i", "ip-address"),
        Opt::flag("I", "all-ip-addresses"),
    ],
    operands_end_options: false,
};

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut mode, mut new) = ("", None);
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Option(option, _) => mode = option,
            Item::Operand(name) => new = Some(name),
        }
    }
    if let Some(name) = new {
        if let Err(errno) = host::sethostname(&name) {
            eprintln!("hostname: sethostname: {errno}");
            return 1;
        }
        return 0;
    }
    let name = match host::gethostname() {
        Ok(name) => text(&name).into_owned(),
        Err(errno) => {
            eprintln!("hostname: gethostname: {errno}");
            return 1;
        }
    };
    match mode {
        "short" => println!("{}", name.split('.').next().unwrap_or_default()),
        "domain" => {
            if let Some((_, domain)) = name.split_once('.') {
                println!("{domain}");
            }
        }
        "ip-address" | "all-ip-addresses" => match vivarium_sys::net::resolve(name.as_bytes(), None) {
            Ok(addresses) => {
                let all: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                println!("{}", all.join(" "));
            }
            Err(errno) => {
                eprintln!("hostname: {name}: {errno}");
                return 1;
            }
        },
        _ => println!("{name}"),
    }
    0
}

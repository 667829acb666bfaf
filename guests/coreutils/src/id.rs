//! `id`, `whoami`, `groups`, `logname` (POSIX id, logname).

use vivarium_sys::ids::ids;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{base_name, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::passwd::{Names, User, groups_of, user};

static ID: Program = Program {
    name: "id",
    help: "\
Usage: id [OPTION]... [USER]...
Print user and group information for each specified USER,
or (when USER omitted) for the current process.

  -a             ignore, for compatibility with other versions
  -g, --group    print only the effective group ID
  -G, --groups   print all group IDs
  -n, --name     print a name instead of a number, for -ugG
  -r, --real     print the real ID instead of the effective ID, with -ugG
  -u, --user     print only the effective user ID
  -z, --zero     delimit entries with NUL characters, not whitespace
      --help     display this help and exit
      --version  output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::letter("a"),
        Opt::flag("g", "group"),
        Opt::flag("G", "groups"),
        Opt::flag("n", "name"),
        Opt::flag("r", "real"),
        Opt::flag("u", "user"),
        Opt::flag("z", "zero"),
    ],
    operands_end_options: false,
};

static WHOAMI: Program = Program {
    name: "whoami",
    help: "Usage: whoami [OPTION]...\nPrint the user name associated with the current effective user ID.\nSame as id -un.\n",
    usage_status: 1,
    options: &[],
    operands_end_options: false,
};

static LOGNAME: Program =
    Program { name: "logname", help: "Usage: logname [OPTION]\nPrint the user's login name.\n", ..WHOAMI };

static GROUPS: Program = Program {
    name: "groups",
    help: "Usage: groups [OPTION]... [USERNAME]...\nPrint group memberships for each USERNAME or, if no USERNAME is specified,\nfor the current process.\n",
    ..WHOAMI
};

/// Whom to tell of.
struct Subject {
    uid: u32,
    euid: u32,
    gid: u32,
    egid: u32,
    groups: Vec<u32>,
}

impl Subject {
    fn process(names: &Names) -> Subject {
        let ids = ids();
        let groups = match names.user(ids.uid) {
            Some(name) => groups_of(name, ids.egid),
            None => vec![ids.egid],
        };
        Subject { uid: ids.uid, euid: ids.euid, gid: ids.gid, egid: ids.egid, groups }
    }

    fn account(user: &User) -> Subject {
        let groups = groups_of(&user.name, user.gid);
        Subject { uid: user.uid, euid: user.uid, gid: user.gid, egid: user.gid, groups }
    }
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let names = Names::default();
    match base_name(arguments.first().map_or(&b""[..], |a| a)) {
        b"whoami" => one_name(&WHOAMI, arguments, names.user(ids().euid), ids().euid),
        b"logname" => one_name(&LOGNAME, arguments, names.user(ids().uid), ids().uid),
        b"groups" => groups(arguments, &names),
        _ => id(arguments, &names),
    }
}

fn one_name(program: &'static Program, arguments: Vec<Bytes>, name: Option<&str>, uid: u32) -> i32 {
    let mut parser = Parser::new(program, arguments);
    if let Some(Item::Operand(word)) = parser.next() {
        parser.usage(&format!("extra operand {}", vivarium_userland::quote::message(&word)));
    }
    match name {
        Some(name) => {
            println!("{name}");
            0
        }
        None => {
            eprintln!("{}: cannot find name for user ID {uid}", program.name);
            1
        }
    }
}

fn groups(arguments: Vec<Bytes>, names: &Names) -> i32 {
    let mut parser = Parser::new(&GROUPS, arguments);
    let (mut status, mut any) = (0, false);
    let list = |groups: &[u32]| -> String {
        let shown: Vec<String> =
            groups.iter().map(|g| names.group(*g).map_or_else(|| g.to_string(), Into::into)).collect();
        shown.join(" ")
    };
    while let Some(item) = parser.next() {
        let Item::Operand(name) = item else { continue };
        any = true;
        let name = text(&name);
        match user(&name) {
            Some(user) => println!("{name} : {}", list(&groups_of(&user.name, user.gid))),
            None => {
                eprintln!("groups: '{name}': no such user");
                status = 1;
            }
        }
    }
    if !any {
        println!("{}", list(&Subject::process(names).groups));
    }
    status
}

fn id(arguments: Vec<Bytes>, names: &Names) -> i32 {
    let (mut what, mut by_name, mut real, mut zero, mut operands) = ("", false, false, false, Vec::new());
    let mut parser = Parser::new(&ID, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(operand) => operands.push(text(&operand).into_owned()),
            Item::Option(option @ ("group" | "groups" | "user"), _) => {
                if !what.is_empty() && what != option {
                    eprintln!("id: cannot print \"only\" of more than one choice");
                    return 1;
                }
                what = option;
            }
            Item::Option("name", _) => by_name = true,
            Item::Option("real", _) => real = true,
            Item::Option("zero", _) => zero = true,
            Item::Option(..) => {}
        }
    }
    if what.is_empty() && (by_name || real) {
        eprintln!("id: cannot print only names or real IDs in default format");
        return 1;
    }
    if what.is_empty() && zero {
        eprintln!("id: option --zero not permitted in default format");
        return 1;
    }
    let end = if zero { "\0" } else { "\n" };
    let show = |subject: &Subject| {
        let user = |uid: u32| {
            if by_name { names.user(uid).map_or_else(|| uid.to_string(), Into::into) } else { uid.to_string() }
        };
        let group = |gid: u32| {
            if by_name { names.group(gid).map_or_else(|| gid.to_string(), Into::into) } else { gid.to_string() }
        };
        match what {
            "user" => print!("{}{end}", user(if real { subject.uid } else { subject.euid })),
            "group" => print!("{}{end}", group(if real { subject.gid } else { subject.egid })),
            "groups" => {
                let all: Vec<String> = subject.groups.iter().map(|gid| group(*gid)).collect();
                print!("{}{end}", all.join(if zero { "\0" } else { " " }));
            }
            _ => println!("{}", full(subject, names)),
        }
    };
    if operands.is_empty() {
        show(&Subject::process(names));
        return 0;
    }
    let mut status = 0;
    for operand in &operands {
        match user(operand) {
            Some(user) => show(&Subject::account(&user)),
            None => {
                eprintln!("id: '{operand}': no such user");
                status = 1;
            }
        }
    }
    status
}

fn full(subject: &Subject, names: &Names) -> String {
    let with = |id: u32, name: Option<&str>| match name {
        Some(name) => format!("{id}({name})"),
        None => id.to_string(),
    };
    let mut line = format!("uid={}", with(subject.uid, names.user(subject.uid)));
    line += &format!(" gid={}", with(subject.gid, names.group(subject.gid)));
    if subject.euid != subject.uid {
        line += &format!(" euid={}", with(subject.euid, names.user(subject.euid)));
    }
    if subject.egid != subject.gid {
        line += &format!(" egid={}", with(subject.egid, names.group(subject.egid)));
    }
    let groups: Vec<String> = subject.groups.iter().map(|gid| with(*gid, names.group(*gid))).collect();
    line + " groups=" + &groups.join(",")
}

//! `chown` and `chgrp` (POSIX, with GNU's options).

use vivarium_sys::fs::{self, AT_FDCWD};
use vivarium_userland::bytes::{base_name, join, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, passwd, quote};

const OPTIONS: &[Opt] = &[
    Opt::flag("c", "changes"),
    Opt::flag("f", "silent"),
    Opt::long("quiet"),
    Opt::flag("v", "verbose"),
    Opt::long("dereference"),
    Opt::flag("h", "no-dereference"),
    Opt::long("from").value(),
    Opt::long("no-preserve-root"),
    Opt::long("preserve-root"),
    Opt::long("reference").value(),
    Opt::flag("R", "recursive"),
    Opt::letter("H"),
    Opt::letter("L"),
    Opt::letter("P"),
];

static CHOWN: Program = Program {
    name: "chown",
    help: "\
Usage: chown [OPTION]... [OWNER][:[GROUP]] FILE...
  or:  chown [OPTION]... --reference=RFILE FILE...
Change the owner and/or group of each FILE to OWNER and/or GROUP.

  -c, --changes          like verbose but report only when a change is made
  -f, --silent, --quiet  suppress most error messages
  -v, --verbose          output a diagnostic for every file processed
      --dereference      affect the referent of each symbolic link (default)
  -h, --no-dereference   affect symbolic links instead of any referenced file
      --from=CURRENT_OWNER:CURRENT_GROUP
                         change only files whose owner and group match
      --no-preserve-root  do not treat '/' specially (the default)
      --preserve-root    fail to operate recursively on '/'
      --reference=RFILE  use RFILE's owner and group
  -R, --recursive        operate on files and directories recursively
  -H                     with -R, follow command line links to directories
  -L                     with -R, follow every link to a directory
  -P                     with -R, follow no link (default)
      --help             display this help and exit
      --version          output version information and exit
",
    usage_status: 1,
    options: OPTIONS,
    operands_end_options: false,
};

static CHGRP: Program = Program {
    name: "chgrp",
    help: "\
Usage: chgrp [OPTION]... GROUP FILE...
  or:  chgrp [OPTION]... --reference=RFILE FILE...
Change the group of each FILE to GROUP.

  -c, --changes          like verbose but report only when a change is made
  -f, --silent, --quiet  suppress most error messages
  -v, --verbose          output a diagnostic for every file processed
      --dereference      affect the referent of each symbolic link (default)
  -h, --no-dereference   affect symbolic links instead of any referenced file
      --no-preserve-root  do not treat '/' specially (the default)
      --preserve-root    fail to operate recursively on '/'
      --reference=RFILE  use RFILE's group
  -R, --recursive        operate on files and directories recursively
  -H                     with -R, follow command line links to directories
  -L                     with -R, follow every link to a directory
  -P                     with -R, follow no link (default)
      --help             display this help and exit
      --version          output version information and exit
",
    ..CHOWN
};

type Pair = (Option<u32>, Option<u32>);

struct Run {
    program: &'static str,
    wanted: Pair,
    from: Pair,
    changes: bool,
    verbose: bool,
    silent: bool,
    recursive: bool,
    dereference: bool,
    traverse: char,
    names: passwd::Names,
    status: i32,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let group_only = base_name(arguments.first().map_or(&b""[..], |a| a)) == b"chgrp";
    let program = if group_only { &CHGRP } else { &CHOWN };
    let mut run = Run {
        program: program.name,
        wanted: (None, None),
        from: (None, None),
        changes: false,
        verbose: false,
        silent: false,
        recursive: false,
        dereference: true,
        traverse: 'P',
        names: passwd::Names::default(),
        status: 0,
    };
    let (mut reference, mut root, mut operands) = (None, false, Vec::new());
    let mut parser = Parser::new(program, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(operand) => {
                operands.push(operand);
                continue;
            }
            Item::Option(option, value) => (option, value),
        };
        match option {
            "changes" => run.changes = true,
            "silent" | "quiet" => run.silent = true,
            "verbose" => run.verbose = true,
            "dereference" => run.dereference = true,
            "no-dereference" => run.dereference = false,
            "from" => match owner(&text(&value.unwrap_or_default())) {
                Ok(pair) => run.from = pair,
                Err(message) => parser.usage(&message),
            },
            "preserve-root" | "no-preserve-root" => root = option == "preserve-root",
            "reference" => reference = value,
            "recursive" => run.recursive = true,
            other => run.traverse = other.chars().next().unwrap_or('P'),
        }
    }
    run.wanted = match &reference {
        Some(name) => match fs::stat(name) {
            Ok(stat) => (if group_only { None } else { Some(stat.uid) }, Some(stat.gid)),
            Err(errno) => {
                eprintln!("{}: failed to get attributes of {}: {errno}", run.program, quote::message(name));
                return 1;
            }
        },
        None => {
            if operands.is_empty() {
                parser.usage("missing operand");
            }
            let given = operands.remove(0);
            if operands.is_empty() {
                parser.usage(&format!("missing operand after {}", quote::message(&given)));
            }
            let given = text(&given);
            let pair = if group_only {
                let invalid = || format!("invalid group: '{given}'");
                if given.is_empty() {
                    Ok((None, None))
                } else {
                    passwd::gid(&given).map(|g| (None, Some(g))).ok_or_else(invalid)
                }
            } else {
                owner(&given)
            };
            match pair {
                Ok(pair) => pair,
                Err(message) => {
                    eprintln!("{}: {message}", run.program);
                    return 1;
                }
            }
        }
    };
    if operands.is_empty() {
        parser.usage("missing operand");
    }
    for name in &operands {
        if run.recursive && root && fs::realpath(AT_FDCWD, name).is_ok_and(|path| path == b"/") {
            eprintln!("{}: it is dangerous to operate recursively on '/'", run.program);
            run.status = 1;
            continue;
        }
        run.one(name, true);
    }
    run.status
}

/// `OWNER`, `OWNER:GROUP`, `OWNER:` (the owner's login group), `:GROUP`, with `.` for `:` too.
fn owner(text: &str) -> Result<Pair, String> {
    let invalid = |what: &str| format!("invalid {what}: '{text}'");
    let (user, group) = match text.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None if passwd::uid(text).is_none() && text.contains('.') => {
            text.split_once('.').map_or((text, None), |(u, g)| (u, Some(g)))
        }
        None => (text, None),
    };
    let uid = if user.is_empty() { None } else { Some(passwd::uid(user).ok_or_else(|| invalid("user"))?) };
    let gid = match group {
        None => None,
        Some("") if uid.is_some() => Some(passwd::user(user).ok_or_else(|| invalid("spec"))?.gid),
        Some("") => None,
        Some(group) => Some(passwd::gid(group).ok_or_else(|| invalid("group"))?),
    };
    Ok((uid, gid))
}

impl Run {
    fn fail(&mut self, message: &str) {
        if !self.silent {
            eprintln!("{}: {message}", self.program);
        }
        self.status = 1;
    }

    fn one(&mut self, name: &[u8], argument: bool) {
        let follow = self.dereference && (!self.recursive || self.traverse == 'L' || self.traverse == 'H' && argument);
        let stat = match if follow { fs::stat(name) } else { fs::lstat(name) } {
            Ok(stat) => stat,
            Err(errno) => {
                let what = if follow && fs::lstat(name).is_ok() { "dereference" } else { "access" };
                return self.fail(&format!("cannot {what} {}: {errno}", quote::message(name)));
            }
        };
        if self.recursive && stat.is_directory() {
            match fs::read_directory(name) {
                Ok(entries) => entries.iter().for_each(|entry| self.one(&join(name, &entry.name), false)),
                Err(errno) => self.fail(&format!("cannot read directory {}: {errno}", quote::message(name))),
            }
        }
        let fits = self.from.0.is_none_or(|uid| uid == stat.uid) && self.from.1.is_none_or(|gid| gid == stat.gid);
        if !fits {
            return;
        }
        let (uid, gid) = self.wanted;
        if let Err(errno) = fs::chown(AT_FDCWD, name, follow, uid, gid) {
            let what = if uid.is_some() { "ownership" } else { "group" };
            return self.fail(&format!("changing {what} of {}: {errno}", quote::message(name)));
        }
        let changed = uid.is_some_and(|uid| uid != stat.uid) || gid.is_some_and(|gid| gid != stat.gid);
        if !(self.verbose || self.changes && changed) {
            return;
        }
        let group = |gid: u32| self.names.group(gid).map_or_else(|| gid.to_string(), Into::into);
        let user = |uid: u32| self.names.user(uid).map_or_else(|| uid.to_string(), Into::into);
        let show = |uid: u32, gid: u32| match self.wanted {
            (None, _) => group(gid),
            (_, None) => user(uid),
            _ => format!("{}:{}", user(uid), group(gid)),
        };
        let what = if uid.is_some() { "ownership" } else { "group" };
        let (shown, new) = (quote::message(name), show(uid.unwrap_or(stat.uid), gid.unwrap_or(stat.gid)));
        if changed {
            println!("changed {what} of {shown} from {} to {new}", show(stat.uid, stat.gid));
        } else {
            println!("{what} of {shown} retained as {new}");
        }
    }
}

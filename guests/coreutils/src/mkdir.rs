//! `mkdir` (POSIX mkdir).

use vivarium_sys::fs::{self, AT_FDCWD};
use vivarium_sys::{Errno, limits};
use vivarium_userland::bytes::text;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::mode::Change;
use vivarium_userland::{Bytes, quote};

static PROGRAM: Program = Program {
    name: "mkdir",
    help: "\
Usage: mkdir [OPTION]... DIRECTORY...
Create the DIRECTORY(ies), if they do not already exist.

  -m, --mode=MODE   set file mode (as in chmod), not a=rwx - umask
  -p, --parents     no error if existing, make parent directories as needed,
                    with their file modes unaffected by any -m option.
  -v, --verbose     print a message for each created directory
      --help        display this help and exit
      --version     output version information and exit
",
    usage_status: 1,
    options: &[Opt::flag("m", "mode").value(), Opt::flag("p", "parents"), Opt::flag("v", "verbose")],
    operands_end_options: false,
};

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut mode, mut parents, mut verbose, mut operands, mut status) = (None, false, false, Vec::new(), 0);
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(operand) => operands.push(operand),
            Item::Option("mode", value) => {
                let value = value.unwrap_or_default();
                mode = Some(Change::parse(&text(&value)).unwrap_or_else(|| {
                    eprintln!("mkdir: invalid mode {}", quote::message(&value));
                    std::process::exit(1);
                }));
            }
            Item::Option("parents", _) => parents = true,
            Item::Option(..) => verbose = true,
        }
    }
    if operands.is_empty() {
        parser.usage("missing operand");
    }
    for name in &operands {
        if let Err(message) = make(name, mode.as_ref(), parents, verbose.then_some("mkdir")) {
            eprintln!("mkdir: {message}");
            status = 1;
        }
    }
    status
}

/// Makes a directory, and with `parents` what is missing above it. `verbose`: the program's name, to say what is made.
pub(crate) fn make(name: &[u8], mode: Option<&Change>, parents: bool, verbose: Option<&str>) -> Result<(), String> {
    let say = |name: &[u8]| {
        if let Some(program) = verbose {
            println!("{program}: created directory {}", quote::message(name));
        }
    };
    let failed = |name: &[u8], errno: Errno| format!("cannot create directory {}: {errno}", quote::message(name));
    if parents {
        for (at, _) in name.iter().enumerate().filter(|(at, b)| **b == b'/' && *at > 0) {
            let parent = &name[..at];
            if at + 1 == name.len() || parent.ends_with(b"/") {
                continue;
            }
            let umask = limits::umask(0);
            // The maker can always go on below.
            limits::umask(umask & !0o300);
            let made = fs::mkdir(AT_FDCWD, parent, 0o777);
            limits::umask(umask);
            match made {
                Ok(()) => say(parent),
                Err(Errno::EXIST) if fs::stat(parent).is_ok_and(|stat| stat.is_directory()) => {}
                Err(Errno::EXIST) => return Err(failed(parent, Errno::NOTDIR)),
                Err(_) if fs::stat(parent).is_ok_and(|stat| stat.is_directory()) => {}
                Err(errno) => return Err(failed(parent, errno)),
            }
        }
    }
    match fs::mkdir(AT_FDCWD, name, 0o777) {
        Ok(()) => say(name),
        Err(Errno::EXIST) if parents && fs::stat(name).is_ok_and(|stat| stat.is_directory()) => return Ok(()),
        Err(errno) => return Err(failed(name, errno)),
    }
    if let Some(change) = mode {
        let umask = limits::umask(0);
        limits::umask(umask);
        let set = fs::stat(name).map(|stat| (stat.mode & 0o7000) | 0o777);
        let wanted = change.apply(set.unwrap_or(0o777), true, umask);
        fs::chmod(AT_FDCWD, name, true, wanted)
            .map_err(|errno| format!("cannot set permissions of {}: {errno}", quote::message(name)))?;
    }
    Ok(())
}

//! `chmod` (POSIX chmod, with GNU's options).

use vivarium_sys::fs::{self, AT_FDCWD};
use vivarium_userland::bytes::{join, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::mode::{Change, symbolic};
use vivarium_userland::{Bytes, quote};

static PROGRAM: Program = Program {
    name: "chmod",
    help: "\
Usage: chmod [OPTION]... MODE[,MODE]... FILE...
  or:  chmod [OPTION]... OCTAL-MODE FILE...
  or:  chmod [OPTION]... --reference=RFILE FILE...
Change the mode of each FILE to MODE.
With --reference, change the mode of each FILE to that of RFILE.

  -c, --changes          like verbose but report only when a change is made
  -f, --silent, --quiet  suppress most error messages
  -v, --verbose          output a diagnostic for every file processed
      --no-preserve-root  do not treat '/' specially (the default)
      --preserve-root    fail to operate recursively on '/'
      --reference=RFILE  use RFILE's mode instead of MODE values
  -R, --recursive        change files and directories recursively
      --help             display this help and exit
      --version          output version information and exit

Each MODE is of the form '[ugoa]*([-+=]([rwxXst]*|[ugo]))+|[-+=][0-7]+'.
",
    usage_status: 1,
    options: &[
        Opt::flag("c", "changes"),
        Opt::flag("f", "silent"),
        Opt::long("quiet"),
        Opt::flag("v", "verbose"),
        Opt::long("no-preserve-root"),
        Opt::long("preserve-root"),
        Opt::long("reference").value(),
        Opt::flag("R", "recursive"),
    ],
    operands_end_options: false,
};

struct Run {
    change: Change,
    /// Whether the mode was given without a class, so that the umask took bits away.
    umask: u32,
    /// Whether it is told of where the umask kept bits that were to go.
    surprising: bool,
    changes: bool,
    verbose: bool,
    silent: bool,
    recursive: bool,
    status: i32,
}

/// Whether an argument that looks like an option is a mode: `-w`, `-rwx,u+r`.
fn is_mode(argument: &[u8]) -> bool {
    argument.len() > 1
        && argument[0] == b'-'
        && b"rwxXstugo01234567,=+-".contains(&argument[1])
        && argument[1..].iter().all(|b| b"rwxXstugoa01234567,=+-".contains(b))
        && argument[1] != b'-'
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let at = arguments.iter().position(|a| a == b"--").unwrap_or(arguments.len());
    // Modes that look like options count together.
    let dashed: Vec<&[u8]> = arguments[..at].iter().skip(1).filter(|a| is_mode(a)).map(|a| &a[..]).collect();
    let mut mode = (!dashed.is_empty()).then(|| dashed.join(&b","[..]));
    let surprising = mode.is_some();
    let mut index = 0;
    let arguments = arguments.into_iter().filter(|a| {
        index += 1;
        index > at || !is_mode(a)
    });
    let (mut changes, mut verbose, mut silent, mut recursive, mut root) = (false, false, false, false, false);
    let (mut reference, mut operands) = (None, Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments.collect());
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(operand) => operands.push(operand),
            Item::Option("changes", _) => changes = true,
            Item::Option("silent" | "quiet", _) => silent = true,
            Item::Option("verbose", _) => verbose = true,
            Item::Option("recursive", _) => recursive = true,
            Item::Option("reference", value) => reference = value,
            Item::Option(option, _) => root = option == "preserve-root",
        }
    }
    if mode.is_none() && reference.is_none() && !operands.is_empty() {
        mode = Some(operands.remove(0));
    }
    if operands.is_empty() {
        match mode {
            Some(mode) => parser.usage(&format!("missing operand after {}", quote::message(&mode))),
            None => parser.usage("missing operand"),
        }
    }
    let wanted = match &reference {
        Some(name) => match fs::stat(name) {
            Ok(stat) => format!("0{:o}", stat.mode),
            Err(errno) => {
                eprintln!("chmod: failed to get attributes of {}: {errno}", quote::message(name));
                return 1;
            }
        },
        None => text(&mode.unwrap_or_default()).into_owned(),
    };
    let Some(change) = Change::parse(&wanted) else { parser.usage(&format!("invalid mode: ‘{wanted}’")) };
    let umask = vivarium_sys::limits::umask(0);
    vivarium_sys::limits::umask(umask);
    let mut run = Run { change, umask, surprising, changes, verbose, silent, recursive, status: 0 };
    for name in &operands {
        if recursive && root && fs::realpath(AT_FDCWD, name).is_ok_and(|path| path == b"/") {
            eprintln!(
                "chmod: it is dangerous to operate recursively on '/'\nchmod: use --no-preserve-root to override this failsafe"
            );
            run.status = 1;
            continue;
        }
        run.one(name, true);
    }
    run.status
}

impl Run {
    fn fail(&mut self, message: &str) {
        if !self.silent {
            eprintln!("chmod: {message}");
        }
        self.status = 1;
    }

    fn one(&mut self, name: &[u8], argument: bool) {
        let link = fs::lstat(name);
        if link.as_ref().is_ok_and(|stat| stat.is_symlink()) && !argument {
            return;
        }
        let stat = match fs::stat(name) {
            Ok(stat) => stat,
            Err(_) if link.is_ok() => {
                return self.fail(&format!("cannot operate on dangling symlink {}", quote::message(name)));
            }
            Err(errno) => return self.fail(&format!("cannot access {}: {errno}", quote::message(name))),
        };
        let mode = self.change.apply(stat.mode, stat.is_directory(), self.umask);
        if let Err(errno) = fs::chmod(AT_FDCWD, name, true, mode) {
            return self.fail(&format!("changing permissions of {}: {errno}", quote::message(name)));
        }
        let show = |mode: u32| format!("{mode:04o} ({})", &symbolic(stat.file_kind(), mode)[1..]);
        let shown = quote::message(name);
        if mode != stat.mode && (self.changes || self.verbose) {
            println!("mode of {shown} changed from {} to {}", show(stat.mode), show(mode));
        } else if self.verbose {
            println!("mode of {shown} retained as {}", show(mode));
        }
        let naive = self.change.apply(stat.mode, stat.is_directory(), 0);
        if self.surprising && mode & !naive != 0 {
            let permissions = |mode| symbolic(stat.file_kind(), mode)[1..].to_owned();
            let (new, naive) = (permissions(mode), permissions(naive));
            self.fail(&format!("{}: new permissions are {new}, not {naive}", quote::maybe(name)));
        }
        if self.recursive && stat.is_directory() {
            match fs::read_directory(name) {
                Ok(entries) => entries.iter().for_each(|entry| self.one(&join(name, &entry.name), false)),
                Err(errno) => self.fail(&format!("cannot read directory {}: {errno}", quote::message(name))),
            }
        }
    }
}

//! `rm` (POSIX rm, with GNU's options).

use vivarium_sys::fs::{self, AT_FDCWD, FileKind, Stat};
use vivarium_sys::{Errno, tty};
use vivarium_userland::bytes::{base_name, join, path, text, without_trailing_slashes};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, quote};

use crate::copy::{confirm, errno};

static PROGRAM: Program = Program {
    name: "rm",
    help: "\
Usage: rm [OPTION]... [FILE]...
Remove (unlink) the FILE(s).

  -f, --force           ignore nonexistent files and arguments, never prompt
  -i                    prompt before every removal
  -I                    prompt once before removing more than three files, or
                          when removing recursively; less intrusive than -i,
                          while still giving protection against most mistakes
      --interactive[=WHEN]  prompt according to WHEN: never, once (-I), or
                          always (-i); without WHEN, prompt always
      --one-file-system  when removing a hierarchy recursively, skip any
                          directory that is on a file system different from
                          that of the corresponding command line argument
      --no-preserve-root  do not treat '/' specially
      --preserve-root[=all]  do not remove '/' (default);
                              with 'all', reject any command line argument
                              on a separate device from its parent
  -r, -R, --recursive   remove directories and their contents recursively
  -d, --dir             remove empty directories
  -v, --verbose         explain what is being done
      --help            display this help and exit
      --version         output version information and exit

By default, rm does not remove directories.  Use the --recursive (-r or -R)
option to remove each listed directory, too, along with all of its contents.
",
    usage_status: 1,
    options: &[
        Opt::flag("f", "force"),
        Opt::letter("i"),
        Opt::letter("I"),
        Opt::long("interactive").optional(),
        Opt::long("one-file-system"),
        Opt::long("no-preserve-root"),
        Opt::long("preserve-root").optional(),
        Opt::flag("r", "recursive"),
        Opt::letter("R"),
        Opt::flag("d", "dir"),
        Opt::flag("v", "verbose"),
        // What scripts for GNU's say to try its questions out.
        Opt::long("-presume-input-tty"),
    ],
    operands_end_options: false,
};

/// Bytes of a path from which on directories are removed without looking into each, as paths have an end.
const DEEP: usize = 3000;

/// When it is asked before something is removed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    Never,
    /// Before what may not be written to, where there is somebody to ask.
    Protected,
    Always,
}

/// What became of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Removed,
    /// It is still there, as was said, or wished.
    Left,
}

struct Run {
    ask: Ask,
    force: bool,
    recursive: bool,
    directories: bool,
    one_file_system: bool,
    verbose: bool,
    status: i32,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut run = Run {
        ask: Ask::Protected,
        force: false,
        recursive: false,
        directories: false,
        one_file_system: false,
        verbose: false,
        status: 0,
    };
    let (mut once, mut root, mut all, mut terminal) = (false, true, false, tty::isatty(0));
    let mut operands = Vec::new();
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(operand) => {
                operands.push(operand);
                continue;
            }
            Item::Option(option, value) => (option, value),
        };
        let word = text(value.as_deref().unwrap_or_default()).into_owned();
        match (option, &*word) {
            ("force", _) => (run.force, run.ask, once) = (true, Ask::Never, false),
            ("i", _) | ("interactive", "" | "always" | "yes") => {
                (run.force, run.ask, once) = (false, Ask::Always, false);
            }
            ("I", _) | ("interactive", "once") => (run.force, run.ask, once) = (false, Ask::Protected, true),
            ("interactive", "never" | "no" | "none") => (run.ask, once) = (Ask::Never, false),
            ("interactive", _) => parser.usage(&format!("invalid argument ‘{word}’ for ‘--interactive’")),
            ("one-file-system", _) => run.one_file_system = true,
            ("no-preserve-root", _) => root = false,
            ("preserve-root", "" | "all") => (root, all) = (true, word == "all"),
            ("preserve-root", _) => parser.usage(&format!("unrecognized --preserve-root argument: '{word}'")),
            ("recursive" | "R", _) => run.recursive = true,
            ("dir", _) => run.directories = true,
            ("verbose", _) => run.verbose = true,
            _ => terminal = true,
        }
    }
    if operands.is_empty() {
        if run.force {
            return 0;
        }
        parser.usage("missing operand");
    }
    if run.ask == Ask::Protected && !terminal {
        run.ask = Ask::Never;
    }
    if once && (operands.len() > 3 || run.recursive) {
        let (count, s) = (operands.len(), if operands.len() == 1 { "" } else { "s" });
        let how = if run.recursive { " recursively" } else { "" };
        if !confirm(&format!("rm: remove {count} argument{s}{how}?")) {
            return 0;
        }
    }
    for operand in &operands {
        run.operand(operand, root, all);
    }
    run.status
}

/// A path that is not empty: that names nothing (POSIX 4.16).
fn lstat(name: &[u8]) -> Result<Stat, Errno> {
    if name.is_empty() { Err(Errno::NOENT) } else { fs::lstat(name) }
}

/// What a file is called in questions.
fn kind(stat: &Stat) -> &'static str {
    match stat.file_kind() {
        FileKind::Regular if stat.size == 0 => "regular empty file",
        FileKind::Regular => "regular file",
        FileKind::Directory => "directory",
        FileKind::Symlink => "symbolic link",
        FileKind::Fifo => "fifo",
        FileKind::Socket => "socket",
        FileKind::BlockDevice => "block special file",
        FileKind::CharacterDevice => "character special file",
        FileKind::Unknown => "weird file",
    }
}

impl Run {
    fn fail(&mut self, message: &str) -> Outcome {
        eprintln!("rm: {message}");
        self.status = 1;
        Outcome::Left
    }

    fn cannot(&mut self, name: &[u8], errno: Errno) -> Outcome {
        self.fail(&format!("cannot remove {}: {errno}", quote::message(name)))
    }

    fn operand(&mut self, name: &[u8], root: bool, all: bool) {
        let stat = match lstat(name) {
            Ok(stat) => stat,
            Err(Errno::NOENT | Errno::NOTDIR) if self.force => return,
            Err(errno) => {
                self.cannot(name, errno);
                return;
            }
        };
        let shown = quote::message(name);
        if stat.is_directory() && self.recursive {
            if matches!(base_name(name), b"." | b"..") && without_trailing_slashes(name) != b"/" {
                self.fail(&format!("refusing to remove '.' or '..' directory: skipping {shown}"));
                return;
            }
            if root && fs::realpath(AT_FDCWD, name).is_ok_and(|path| path == b"/") {
                let same = if name == b"/" { String::new() } else { " (same as '/')".into() };
                eprintln!("rm: it is dangerous to operate recursively on {shown}{same}");
                self.fail("use --no-preserve-root to override this failsafe");
                return;
            }
            if all && fs::stat(join(name, b"..")).is_ok_and(|parent| parent.device != stat.device) {
                eprintln!("rm: skipping {shown}, since it's on a different device");
                self.fail("and --preserve-root=all is in effect");
                return;
            }
        }
        // Of slashes at the end one is kept, as it says that the name is a directory's.
        let trimmed = without_trailing_slashes(name);
        let name = if trimmed.len() < name.len() && trimmed != b"/" { join(trimmed, b"") } else { name.to_vec() };
        self.remove(&name, &stat, stat.device);
    }

    fn remove(&mut self, name: &[u8], stat: &Stat, device: u64) -> Outcome {
        if stat.is_directory() {
            return self.directory(name, stat, device);
        }
        if !self.may(self.called(name, stat).map(|what| format!("remove {what}")), name) {
            return Outcome::Left;
        }
        match std::fs::remove_file(path(name)) {
            Ok(()) => {
                if self.verbose {
                    println!("removed {}", quote::message(name));
                }
                Outcome::Removed
            }
            Err(error) => self.cannot(name, errno(&error)),
        }
    }

    /// A kind of file in a question, with what makes the question necessary.
    fn called(&self, name: &[u8], stat: &Stat) -> Option<String> {
        let protected = self.ask != Ask::Never && !stat.is_symlink() && fs::access(name, 2, true).is_err();
        match (self.ask, protected) {
            (Ask::Always | Ask::Protected, true) => Some(format!("write-protected {}", kind(stat))),
            (Ask::Always, false) => Some(kind(stat).into()),
            _ => None,
        }
    }

    fn directory(&mut self, name: &[u8], stat: &Stat, device: u64) -> Outcome {
        if !self.recursive && !self.directories {
            return self.cannot(name, Errno::ISDIR);
        }
        if self.one_file_system && stat.device != device {
            return self.fail(&format!("skipping {}, since it's on a different device", quote::message(name)));
        }
        if name.len() > DEEP && self.ask == Ask::Never {
            return match std::fs::remove_dir_all(path(name)) {
                Ok(()) => Outcome::Removed,
                Err(error) => self.cannot(name, errno(&error)),
            };
        }
        let entries = fs::read_directory(name);
        let empty = entries.as_ref().is_ok_and(Vec::is_empty);
        if let (true, false, Ok(entries)) = (self.recursive, empty, &entries) {
            if !self.may(self.called(name, stat).map(|what| format!("descend into {what}")), name) {
                return Outcome::Left;
            }
            let mut whole = true;
            for entry in entries {
                let child = join(name, &entry.name);
                whole &= match fs::lstat(&child) {
                    Ok(stat) => self.remove(&child, &stat, device) == Outcome::Removed,
                    // Somebody else was quicker.
                    Err(Errno::NOENT) => true,
                    Err(errno) => self.cannot(&child, errno) == Outcome::Removed,
                };
            }
            if !whole && self.ask != Ask::Always {
                return Outcome::Left;
            }
        }
        if !self.may(self.called(name, stat).map(|what| format!("remove {what}")), name) {
            return Outcome::Left;
        }
        match std::fs::remove_dir(path(name)) {
            Ok(()) => {
                if self.verbose {
                    println!("removed directory {}", quote::message(name));
                }
                Outcome::Removed
            }
            // What could not be looked into is not empty for that reason.
            Err(error) => {
                let why = match (errno(&error), &entries) {
                    (Errno::NOTEMPTY | Errno::EXIST, Err(errno)) => *errno,
                    (errno, _) => errno,
                };
                self.cannot(name, why)
            }
        }
    }

    /// Asks a question, where there is one.
    fn may(&self, question: Option<String>, name: &[u8]) -> bool {
        question.is_none_or(|question| confirm(&format!("rm: {question} {}?", quote::message(name))))
    }
}

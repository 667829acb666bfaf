//! `mv` (POSIX mv, with GNU's options).

use vivarium_sys::fs::{self, AT_FDCWD, Rename, Stat};
use vivarium_sys::{Errno, tty};
use vivarium_userland::bytes::{base_name, join, path, without_trailing_slashes};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, mode, quote};

use crate::copy::{self, Backup, Links, Preserve, confirm};
use crate::cp::targets;

static PROGRAM: Program = Program {
    name: "mv",
    help: "\
Usage: mv [OPTION]... [-T] SOURCE DEST
  or:  mv [OPTION]... SOURCE... DIRECTORY
  or:  mv [OPTION]... -t DIRECTORY SOURCE...
Rename SOURCE to DEST, or move SOURCE(s) to DIRECTORY.

      --backup[=CONTROL]       make a backup of each existing destination file
  -b                           like --backup but does not accept an argument
      --exchange               exchange source and destination
  -f, --force                  do not prompt before overwriting
  -i, --interactive            prompt before overwrite
  -n, --no-clobber             do not overwrite an existing file
      --no-copy                do not copy if renaming fails
      --strip-trailing-slashes  remove any trailing slashes from each SOURCE
  -S, --suffix=SUFFIX          override the usual backup suffix
  -t, --target-directory=DIRECTORY  move all SOURCE arguments into DIRECTORY
  -T, --no-target-directory    treat DEST as a normal file
  -u, --update                 move only when the SOURCE file is newer
                                 than the destination file or when the
                                 destination file is missing
  -v, --verbose                explain what is being done
      --help                   display this help and exit
      --version                output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::long("backup").optional(),
        Opt::letter("b"),
        Opt::long("exchange"),
        Opt::flag("f", "force"),
        Opt::flag("i", "interactive"),
        Opt::flag("n", "no-clobber"),
        Opt::long("no-copy"),
        Opt::long("strip-trailing-slashes"),
        Opt::flag("S", "suffix").value(),
        Opt::flag("t", "target-directory").value(),
        Opt::flag("T", "no-target-directory"),
        Opt::flag("u", "update").optional_long(),
        Opt::flag("v", "verbose"),
    ],
    operands_end_options: false,
};

struct Run {
    existing: &'static str,
    update: bool,
    verbose: bool,
    exchange: bool,
    no_copy: bool,
    backup: Option<Backup>,
    links: Links,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut run = Run {
        existing: "",
        update: false,
        verbose: false,
        exchange: false,
        no_copy: false,
        backup: None,
        links: Links::default(),
    };
    let (mut directory, mut no_directory, mut strip) = (None, false, false);
    let (mut backup, mut suffix, mut operands) = (None, None, Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(operand) => {
                operands.push(operand);
                continue;
            }
            Item::Option(option, value) => (option, value),
        };
        match option {
            "backup" | "b" => backup = Some(value.unwrap_or_default()),
            "exchange" => run.exchange = true,
            "force" | "interactive" | "no-clobber" => run.existing = option,
            "no-copy" => run.no_copy = true,
            "strip-trailing-slashes" => strip = true,
            "suffix" => suffix = value,
            "target-directory" => directory = value,
            "no-target-directory" => no_directory = true,
            "update" => match value.as_deref() {
                Some(b"none") => run.existing = "no-clobber",
                Some(b"all") => run.update = false,
                _ => run.update = true,
            },
            _ => run.verbose = true,
        }
    }
    if backup.is_some() || suffix.is_some() {
        match Backup::of(backup.as_deref(), suffix) {
            Ok(backup) => run.backup = backup,
            Err(message) => parser.usage(&message),
        }
    }
    if strip {
        operands.iter_mut().for_each(|o| *o = without_trailing_slashes(o).to_vec());
    }
    let (sources, target, into) = targets(&parser, operands, directory, no_directory);
    let mut status = 0;
    let mut made = std::collections::HashSet::new();
    for source in &sources {
        let goal = if into { join(&target, base_name(source)) } else { target.clone() };
        if into && !made.insert(goal.clone()) {
            eprintln!("mv: will not overwrite just-created {} with {}", quote::message(&goal), quote::message(source));
            status = 1;
            continue;
        }
        if let Err(message) = run.one(source, &goal) {
            eprintln!("mv: {message}");
            status = 1;
        }
    }
    status
}

impl Run {
    fn one(&mut self, source: &[u8], target: &[u8]) -> Result<(), String> {
        let stat = fs::lstat(without_trailing_slashes(source))
            .map_err(|e| format!("cannot stat {}: {e}", quote::message(source)))?;
        if self.exchange {
            fs::rename(AT_FDCWD, source, AT_FDCWD, target, Rename::Exchange).map_err(|e| {
                format!("cannot exchange {} and {}: {e}", quote::message(source), quote::message(target))
            })?;
            return Ok(());
        }
        let mut backed_up = None;
        if let Ok(existing) = fs::lstat(target) {
            if !self.may_replace(source, target, &stat, &existing)? {
                return Ok(());
            }
            if let Some(backup) = &self.backup {
                let name = backup.make(target).map_err(|e| format!("cannot backup {}: {e}", quote::message(target)))?;
                backed_up = Some(name);
            }
        }
        match fs::rename(AT_FDCWD, source, AT_FDCWD, target, Rename::Replace) {
            Ok(()) => {}
            Err(Errno::XDEV) if !self.no_copy => self.across(source, target, &stat)?,
            Err(Errno::INVAL) if stat.is_directory() => {
                return Err(format!(
                    "cannot move {} to a subdirectory of itself, {}",
                    quote::message(source),
                    quote::message(target)
                ));
            }
            Err(errno @ (Errno::NOTEMPTY | Errno::EXIST)) => {
                return Err(format!(
                    "cannot overwrite {}: {}",
                    quote::message(target),
                    if errno == Errno::EXIST { Errno::NOTEMPTY } else { errno }
                ));
            }
            Err(errno) => {
                return Err(format!("cannot move {} to {}: {errno}", quote::message(source), quote::message(target)));
            }
        }
        if self.verbose {
            let kept = backed_up.map_or(String::new(), |name| format!(" (backup: {})", quote::message(&name)));
            println!("renamed {} -> {}{kept}", quote::message(source), quote::message(target));
        }
        Ok(())
    }

    fn may_replace(&self, source: &[u8], target: &[u8], stat: &Stat, existing: &Stat) -> Result<bool, String> {
        let (s, t) = (quote::message(source), quote::message(target));
        if self.existing == "no-clobber" {
            return Ok(false);
        }
        let same = (stat.device, stat.inode) == (existing.device, existing.inode);
        if same && (existing.links < 2 || stat.is_directory()) {
            return Err(format!("{s} and {t} are the same file"));
        }
        match (stat.is_directory(), existing.is_directory()) {
            (true, false) => return Err(format!("cannot overwrite non-directory {t} with directory {s}")),
            (false, true) => return Err(format!("cannot overwrite directory {t} with non-directory {s}")),
            _ => {}
        }
        let time = |stat: &Stat| (stat.modified.seconds, stat.modified.nanoseconds);
        if self.update && time(stat) <= time(existing) {
            return Ok(false);
        }
        if self.existing == "interactive" {
            return Ok(confirm(&format!("mv: overwrite {t}?")));
        }
        let protected = !existing.is_symlink() && fs::access(target, 2, true).is_err();
        if self.existing.is_empty() && protected && tty::isatty(0) {
            let shown = mode::symbolic(existing.file_kind(), existing.mode);
            return Ok(confirm(&format!("mv: replace {t}, overriding mode {:04o} ({})?", existing.mode, &shown[1..])));
        }
        Ok(true)
    }

    /// Copies to another file system, and removes the source then.
    fn across(&mut self, source: &[u8], target: &[u8], stat: &Stat) -> Result<(), String> {
        if fs::lstat(target).is_ok_and(|existing| !existing.is_directory()) {
            std::fs::remove_file(path(target)).map_err(|e| {
                format!(
                    "inter-device move failed: {} to {}; unable to remove target: {}",
                    quote::message(source),
                    quote::message(target),
                    copy::errno(&e)
                )
            })?;
        }
        self.copy(source, target, stat)?;
        let removed = if stat.is_directory() {
            std::fs::remove_dir_all(path(source))
        } else {
            std::fs::remove_file(path(source))
        };
        removed.map_err(|e| format!("cannot remove {}: {}", quote::message(source), copy::errno(&e)))
    }

    fn copy(&mut self, source: &[u8], target: &[u8], stat: &Stat) -> Result<(), String> {
        if let Some(copy) = self.links.seen(stat, target) {
            return copy::hard_link(&copy, target)
                .map_err(|e| format!("cannot create hard link {}: {e}", quote::message(target)));
        }
        if stat.is_directory() {
            fs::mkdir(AT_FDCWD, target, 0o700)
                .map_err(|e| format!("cannot create directory {}: {e}", quote::message(target)))?;
            let entries =
                fs::read_directory(source).map_err(|e| format!("cannot access {}: {e}", quote::message(source)))?;
            for entry in entries {
                let from = join(source, &entry.name);
                let child = fs::lstat(&from).map_err(|e| format!("cannot stat {}: {e}", quote::message(&from)))?;
                self.copy(&from, &join(target, &entry.name), &child)?;
            }
        } else if stat.is_file() {
            copy::contents(source, target, 0o600, true)?;
        } else {
            copy::special(source, target, stat)?;
        }
        copy::preserve(target, stat, Preserve::ALL, false)
            .map_err(|e| format!("preserving attributes for {}: {e}", quote::message(target)))
    }
}

//! `mv` (POSIX mv, with GNU's options).

use vivarium_sys::fs::{self, AT_FDCWD, Rename, Stat};
use vivarium_sys::{Errno, tty};
use vivarium_userland::bytes::{base_name, join, path, without_trailing_slashes};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, quote};

use crate::copy::{self, Backup, Copier, Existing, Follow, Options, Preserve, Replacing};
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
    exchange: bool,
    no_copy: bool,
    copier: Copier,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut options = Options {
        program: "mv",
        moving: true,
        recursive: true,
        follow: Follow::Never,
        preserve: Preserve::ALL,
        ..Options::default()
    };
    let (mut exchange, mut no_copy, mut forced) = (false, false, false);
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
            "exchange" => exchange = true,
            "force" => (options.existing, forced) = (Existing::Overwrite, true),
            "interactive" => options.existing = Existing::Ask,
            "no-clobber" => options.existing = Existing::Keep,
            "no-copy" => no_copy = true,
            "strip-trailing-slashes" => strip = true,
            "suffix" => suffix = value,
            "target-directory" => directory = value,
            "no-target-directory" => no_directory = true,
            "update" => match value.as_deref() {
                Some(b"none") => options.existing = Existing::Keep,
                Some(b"all") => options.update = false,
                _ => options.update = true,
            },
            _ => options.verbose = true,
        }
    }
    if backup.is_some() || suffix.is_some() {
        match Backup::of(backup.as_deref(), suffix) {
            Ok(backup) => options.backup = backup,
            Err(message) => parser.usage(&message),
        }
    }
    if options.backup.is_some() && options.existing == Existing::Keep {
        parser.usage("options --backup and --no-clobber are mutually exclusive");
    }
    // What may not be written to is asked about where there is somebody to ask.
    options.ask_protected = !forced && options.existing == Existing::Overwrite && tty::isatty(0);
    if strip {
        operands.iter_mut().for_each(|o| *o = without_trailing_slashes(o).to_vec());
    }
    let (sources, target, into) = targets(&parser, operands, directory, no_directory);
    let mut run = Run { exchange, no_copy, copier: Copier::new(options) };
    for source in &sources {
        let goal = if into { join(&target, base_name(source)) } else { target.clone() };
        if let Err(message) = run.one(source, &goal) {
            run.copier.fail(&message);
        }
    }
    run.copier.status
}

impl Run {
    fn one(&mut self, source: &[u8], target: &[u8]) -> Result<(), String> {
        let (s, t) = (quote::message(source), quote::message(target));
        let stat = fs::lstat(without_trailing_slashes(source)).map_err(|e| format!("cannot stat {s}: {e}"))?;
        if self.exchange {
            return fs::rename(AT_FDCWD, source, AT_FDCWD, target, Rename::Exchange)
                .map_err(|e| format!("cannot exchange {s} and {t}: {e}"));
        }
        if self.copier.options.backup.is_none() && self.copier.repeated(source) {
            return Ok(());
        }
        let mut backup = None;
        if let Ok(existing) = fs::lstat(target) {
            match self.copier.replace(source, target, &stat, &existing, true, false) {
                Replacing::Go(kept) => backup = kept,
                Replacing::Nothing | Replacing::Older => return Ok(()),
                Replacing::Refused(message) => return Err(message),
            }
        }
        self.copier.made(target);
        match fs::rename(AT_FDCWD, source, AT_FDCWD, target, Rename::Replace) {
            Ok(()) => {}
            Err(Errno::XDEV) if !self.no_copy => return self.across(source, target, &stat),
            Err(Errno::INVAL) if stat.is_directory() => {
                return Err(format!("cannot move {s} to a subdirectory of itself, {t}"));
            }
            Err(Errno::EXIST) => return Err(format!("cannot move {s} to {t}: {}", Errno::NOTEMPTY)),
            Err(errno) => return Err(format!("cannot move {s} to {t}: {errno}")),
        }
        if self.copier.options.verbose {
            let kept = backup.map_or(String::new(), |name| format!(" (backup: {})", quote::message(&name)));
            println!("renamed {s} -> {t}{kept}");
        }
        Ok(())
    }

    /// Copies to another file system, and removes the source then.
    fn across(&mut self, source: &[u8], target: &[u8], stat: &Stat) -> Result<(), String> {
        let (s, t) = (quote::message(source), quote::message(target));
        let removed = match fs::lstat(target) {
            Ok(existing) if existing.is_directory() => std::fs::remove_dir(path(target)),
            Ok(_) => std::fs::remove_file(path(target)),
            Err(_) => Ok(()),
        };
        removed.map_err(|e| {
            format!("inter-device move failed: {s} to {t}; unable to remove target: {}", copy::errno(&e))
        })?;
        if !self.copier.tree(source, target) {
            // What was not copied stays; the message has been given.
            return Ok(());
        }
        let removed = if stat.is_directory() {
            std::fs::remove_dir_all(path(source))
        } else {
            std::fs::remove_file(path(source))
        };
        removed.map_err(|e| format!("cannot remove {s}: {}", copy::errno(&e)))?;
        if self.copier.options.verbose {
            println!("removed {s}");
        }
        Ok(())
    }
}

//! `install`.

use vivarium_sys::fs::{self, AT_FDCWD};
use vivarium_userland::bytes::{base_name, dir_name, join, path, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::mode::Change;
use vivarium_userland::{Bytes, passwd, quote};

use crate::copy::{self, Backup, Opening, Preserve};
use crate::cp::targets;
use crate::mkdir;

static PROGRAM: Program = Program {
    name: "install",
    help: "\
Usage: install [OPTION]... [-T] SOURCE DEST
  or:  install [OPTION]... SOURCE... DIRECTORY
  or:  install [OPTION]... -t DIRECTORY SOURCE...
  or:  install [OPTION]... -d DIRECTORY...
Copy files and set their attributes.

      --backup[=CONTROL]  make a backup of each existing destination file
  -b                  like --backup but does not accept an argument
  -c                  (ignored)
  -C, --compare       compare content of source and destination files, and
                        if no change to content, ownership, and permissions,
                        do not modify the destination at all
  -d, --directory     treat all arguments as directory names; create all
                        components of the specified directories
  -D                  create all leading components of DEST except the last,
                        or all components of --target-directory,
                        then copy SOURCE to DEST
  -g, --group=GROUP   set group ownership, instead of process' current group
  -m, --mode=MODE     set permission mode (as in chmod), instead of rwxr-xr-x
  -o, --owner=OWNER   set ownership (super-user only)
  -p, --preserve-timestamps   apply access/modification times of SOURCE files
                        to corresponding destination files
  -S, --suffix=SUFFIX  override the usual backup suffix
  -t, --target-directory=DIRECTORY  copy all SOURCE arguments into DIRECTORY
  -T, --no-target-directory  treat DEST as a normal file
  -v, --verbose       print the name of each created file or directory
      --help          display this help and exit
      --version       output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::long("backup").optional(),
        Opt::letter("b"),
        Opt::letter("c"),
        Opt::flag("C", "compare"),
        Opt::flag("d", "directory"),
        Opt::letter("D"),
        Opt::flag("g", "group").value(),
        Opt::flag("m", "mode").value(),
        Opt::flag("o", "owner").value(),
        Opt::flag("p", "preserve-timestamps"),
        Opt::flag("S", "suffix").value(),
        Opt::flag("t", "target-directory").value(),
        Opt::flag("T", "no-target-directory"),
        Opt::flag("v", "verbose"),
    ],
    operands_end_options: false,
};

struct Run {
    mode: Change,
    owner: Option<u32>,
    group: Option<u32>,
    compare: bool,
    times: bool,
    verbose: bool,
    leading: bool,
    backup: Option<Backup>,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut run = Run {
        mode: Change::parse("755").unwrap_or_else(|| unreachable!("a valid mode")),
        owner: None,
        group: None,
        compare: false,
        times: false,
        verbose: false,
        leading: false,
        backup: None,
    };
    let (mut directories, mut directory, mut no_directory) = (false, None, false);
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
        let word = text(value.as_deref().unwrap_or_default()).into_owned();
        let fail = |message: String| -> ! {
            eprintln!("install: {message}");
            std::process::exit(1);
        };
        match option {
            "backup" | "b" => backup = Some(value.unwrap_or_default()),
            "compare" => run.compare = true,
            "directory" => directories = true,
            "D" => run.leading = true,
            "group" => run.group = Some(passwd::gid(&word).unwrap_or_else(|| fail(format!("invalid group '{word}'")))),
            "owner" => run.owner = Some(passwd::uid(&word).unwrap_or_else(|| fail(format!("invalid user '{word}'")))),
            "mode" => run.mode = Change::parse(&word).unwrap_or_else(|| fail(format!("invalid mode '{word}'"))),
            "preserve-timestamps" => run.times = true,
            "suffix" => suffix = value,
            "target-directory" => directory = value,
            "no-target-directory" => no_directory = true,
            "verbose" => run.verbose = true,
            _ => {}
        }
    }
    if backup.is_some() || suffix.is_some() {
        match Backup::of(backup.as_deref(), suffix) {
            Ok(backup) => run.backup = backup,
            Err(message) => parser.usage(&message),
        }
    }
    let mut status = 0;
    let mut report = |result: Result<(), String>| {
        if let Err(message) = result {
            eprintln!("install: {message}");
            status = 1;
        }
    };
    if directories {
        if operands.is_empty() {
            parser.usage("missing file operand");
        }
        for name in &operands {
            report(run.directory(name));
        }
        return status;
    }
    if let (true, Some(directory)) = (run.leading, &directory) {
        report(mkdir::make(directory, None, true, run.verbose.then_some("install")));
    }
    let (sources, target, into) = targets(&parser, operands, directory, no_directory);
    for source in &sources {
        let goal = if into { join(&target, base_name(source)) } else { target.clone() };
        report(run.file(source, &goal));
    }
    status
}

impl Run {
    fn directory(&self, name: &[u8]) -> Result<(), String> {
        mkdir::make(name, None, true, self.verbose.then_some("install"))?;
        self.attributes(name, true)
    }

    fn attributes(&self, name: &[u8], is_directory: bool) -> Result<(), String> {
        if self.owner.is_some() || self.group.is_some() {
            fs::chown(AT_FDCWD, name, true, self.owner, self.group)
                .map_err(|errno| format!("cannot change ownership of {}: {errno}", quote::message(name)))?;
        }
        fs::chmod(AT_FDCWD, name, true, self.mode.apply(0, is_directory, 0))
            .map_err(|errno| format!("cannot change permissions of {}: {errno}", quote::message(name)))
    }

    fn file(&self, source: &[u8], target: &[u8]) -> Result<(), String> {
        let stat = fs::stat(source).map_err(|errno| format!("cannot stat {}: {errno}", quote::message(source)))?;
        if stat.is_directory() {
            return Err(format!("omitting directory {}", quote::message(source)));
        }
        if self.leading {
            mkdir::make(dir_name(target), None, true, self.verbose.then_some("install"))?;
        }
        if let Ok(existing) = fs::lstat(target) {
            if existing.is_directory() {
                return Err(format!(
                    "cannot overwrite directory {} with non-directory {}",
                    quote::message(target),
                    quote::message(source)
                ));
            }
            if (existing.device, existing.inode) == (stat.device, stat.inode) {
                return Err(format!("{} and {} are the same file", quote::message(source), quote::message(target)));
            }
            if self.compare && self.is_same(source, target, &existing) {
                return Ok(());
            }
            match &self.backup {
                Some(backup) => {
                    backup
                        .make(target)
                        .map_err(|errno| format!("cannot backup {}: {errno}", quote::message(target)))?;
                }
                // A running program keeps the file it was started from.
                None => std::fs::remove_file(path(target))
                    .map_err(|error| format!("cannot remove {}: {}", quote::message(target), copy::errno(&error)))?,
            }
        }
        copy::contents(source, target, Opening { mode: 0o600, ..Opening::default() }).map_err(|f| f.message)?;
        if self.verbose {
            println!("{} -> {}", quote::message(source), quote::message(target));
        }
        if self.times {
            let times = Preserve { times: true, ..Preserve::default() };
            copy::preserve(target, &stat, times, true)
                .map_err(|errno| format!("cannot set timestamps for {}: {errno}", quote::message(target)))?;
        }
        self.attributes(target, false)
    }

    fn is_same(&self, source: &[u8], target: &[u8], existing: &fs::Stat) -> bool {
        existing.is_file()
            && existing.mode == self.mode.apply(0, false, 0)
            && self.owner.is_none_or(|uid| uid == existing.uid)
            && self.group.is_none_or(|gid| gid == existing.gid)
            && std::fs::read(path(source)).ok() == std::fs::read(path(target)).ok()
    }
}

//! `cp` (POSIX cp, with GNU's options).

use vivarium_sys::Errno;
use vivarium_sys::fs::{self, AT_FDCWD, FileKind, Stat};
use vivarium_userland::bytes::{base_name, dir_name, join, text, without_trailing_slashes};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, quote};

use crate::copy::{self, Backup, Links, Preserve, confirm};

static PROGRAM: Program = Program {
    name: "cp",
    help: "\
Usage: cp [OPTION]... [-T] SOURCE DEST
  or:  cp [OPTION]... SOURCE... DIRECTORY
  or:  cp [OPTION]... -t DIRECTORY SOURCE...
Copy SOURCE to DEST, or multiple SOURCE(s) to DIRECTORY.

  -a, --archive                same as -dR --preserve=all
      --attributes-only        don't copy the file data, just the attributes
      --backup[=CONTROL]       make a backup of each existing destination file
  -b                           like --backup but does not accept an argument
      --copy-contents          copy contents of special files when recursive
  -d                           same as --no-dereference --preserve=links
  -f, --force                  if an existing destination file cannot be
                                 opened, remove it and try again
  -i, --interactive            prompt before overwrite
  -H                           follow command-line symbolic links in SOURCE
  -l, --link                   hard link files instead of copying
  -L, --dereference            always follow symbolic links in SOURCE
  -n, --no-clobber             do not overwrite an existing file
  -P, --no-dereference         never follow symbolic links in SOURCE
  -p                           same as --preserve=mode,ownership,timestamps
      --preserve[=ATTR_LIST]   preserve the specified attributes
      --no-preserve=ATTR_LIST  don't preserve the specified attributes
      --parents                use full source file name under DIRECTORY
  -R, -r, --recursive          copy directories recursively
      --reflink[=WHEN]         accepted; copies are always made in full
      --remove-destination     remove each existing destination file before
                                 attempting to open it
      --sparse=WHEN            accepted
      --strip-trailing-slashes  remove any trailing slashes from each SOURCE
  -s, --symbolic-link          make symbolic links instead of copying
  -S, --suffix=SUFFIX          override the usual backup suffix
  -t, --target-directory=DIRECTORY  copy all SOURCE arguments into DIRECTORY
  -T, --no-target-directory    treat DEST as a normal file
  -u, --update                 copy only when the SOURCE file is newer
                                 than the destination file or when the
                                 destination file is missing
  -v, --verbose                explain what is being done
  -x, --one-file-system        stay on this file system
      --help                   display this help and exit
      --version                output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::flag("a", "archive"),
        Opt::long("attributes-only"),
        Opt::long("backup").optional(),
        Opt::letter("b"),
        Opt::long("copy-contents"),
        Opt::letter("d"),
        Opt::flag("f", "force"),
        Opt::flag("i", "interactive"),
        Opt::letter("H"),
        Opt::flag("l", "link"),
        Opt::flag("L", "dereference"),
        Opt::flag("n", "no-clobber"),
        Opt::flag("P", "no-dereference"),
        Opt::letter("p"),
        Opt::long("preserve").optional(),
        Opt::long("no-preserve").value(),
        Opt::long("parents"),
        Opt::flag("R", "recursive"),
        Opt::letter("r"),
        Opt::long("reflink").optional(),
        Opt::long("remove-destination"),
        Opt::long("sparse").value(),
        Opt::long("strip-trailing-slashes"),
        Opt::flag("s", "symbolic-link"),
        Opt::flag("S", "suffix").value(),
        Opt::flag("t", "target-directory").value(),
        Opt::flag("T", "no-target-directory"),
        Opt::flag("u", "update").optional_long(),
        Opt::flag("v", "verbose"),
        Opt::flag("x", "one-file-system"),
    ],
    operands_end_options: false,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Follow {
    Never,
    Arguments,
    Always,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Existing {
    Overwrite,
    Ask,
    Keep,
}

#[allow(clippy::struct_excessive_bools)]
struct Run {
    recursive: bool,
    follow: Follow,
    preserve: Preserve,
    existing: Existing,
    update: bool,
    force: bool,
    remove_first: bool,
    hard_link: bool,
    symbolic_link: bool,
    attributes_only: bool,
    parents: bool,
    one_file_system: bool,
    verbose: bool,
    backup: Option<Backup>,
    links: Links,
    umask: u32,
    /// What has been made in this run: two sources must not become one file.
    made: std::collections::HashSet<Bytes>,
    status: i32,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut run = Run {
        recursive: false,
        follow: Follow::Always,
        preserve: Preserve::default(),
        existing: Existing::Overwrite,
        update: false,
        force: false,
        remove_first: false,
        hard_link: false,
        symbolic_link: false,
        attributes_only: false,
        parents: false,
        one_file_system: false,
        verbose: false,
        backup: None,
        links: Links::default(),
        umask: 0,
        made: std::collections::HashSet::new(),
        status: 0,
    };
    let (mut follow, mut directory, mut no_directory, mut strip) = (None, None, false, false);
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
            "archive" => (run.recursive, follow, run.preserve) = (true, Some(Follow::Never), Preserve::ALL),
            "attributes-only" => run.attributes_only = true,
            "backup" | "b" => backup = Some(value.unwrap_or_default()),
            "d" => {
                follow = Some(Follow::Never);
                run.preserve.links = true;
            }
            "force" => run.force = true,
            "interactive" => run.existing = Existing::Ask,
            "no-clobber" => run.existing = Existing::Keep,
            "H" => follow = Some(Follow::Arguments),
            "dereference" => follow = Some(Follow::Always),
            "no-dereference" => follow = Some(Follow::Never),
            "link" => run.hard_link = true,
            "symbolic-link" => run.symbolic_link = true,
            "p" => attributes(&mut run.preserve, b"mode,ownership,timestamps", true),
            "preserve" => attributes(&mut run.preserve, &value.unwrap_or(b"mode,ownership,timestamps".to_vec()), true),
            "no-preserve" => attributes(&mut run.preserve, &value.unwrap_or_default(), false),
            "parents" => run.parents = true,
            "recursive" | "r" => run.recursive = true,
            "remove-destination" => run.remove_first = true,
            "strip-trailing-slashes" => strip = true,
            "suffix" => suffix = value,
            "target-directory" => directory = value,
            "no-target-directory" => no_directory = true,
            "update" => match value.as_deref() {
                Some(b"none") => run.existing = Existing::Keep,
                Some(b"all") => run.update = false,
                _ => run.update = true,
            },
            "verbose" => run.verbose = true,
            "one-file-system" => run.one_file_system = true,
            _ => {}
        }
    }
    run.follow = follow.unwrap_or(if run.recursive && !run.hard_link { Follow::Never } else { Follow::Always });
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
    if run.parents && !into {
        parser.usage("with --parents, the destination must be a directory");
    }
    run.umask = vivarium_sys::limits::umask(0);
    vivarium_sys::limits::umask(run.umask);
    for source in &sources {
        let goal = if run.parents {
            match run.parents_of(source, &target) {
                Some(goal) => goal,
                None => continue,
            }
        } else if into {
            join(&target, base_name(source))
        } else {
            target.clone()
        };
        run.one(source, &goal, true, None);
    }
    run.status
}

/// Sources, target, and whether the sources go into it (POSIX cp, mv, ln).
pub(crate) fn targets(
    parser: &Parser,
    mut operands: Vec<Bytes>,
    directory: Option<Bytes>,
    no_directory: bool,
) -> (Vec<Bytes>, Bytes, bool) {
    if operands.is_empty() {
        parser.usage("missing file operand");
    }
    if let Some(directory) = directory {
        if no_directory {
            parser.usage("cannot combine --target-directory (-t) and --no-target-directory (-T)");
        }
        if !fs::stat(&directory).is_ok_and(|stat| stat.is_directory()) {
            let why = fs::stat(&directory).err().map_or("Not a directory".into(), |errno| errno.to_string());
            eprintln!("{}: target directory {}: {why}", parser.name(), quote::message(&directory));
            std::process::exit(1);
        }
        return (operands, directory, true);
    }
    if operands.len() == 1 {
        parser.usage(&format!("missing destination file operand after {}", quote::message(&operands[0])));
    }
    if no_directory && operands.len() > 2 {
        parser.usage(&format!("extra operand {}", quote::message(&operands[2])));
    }
    let target = operands.pop().unwrap_or_default();
    let is_directory = !no_directory && fs::stat(&target).is_ok_and(|stat| stat.is_directory());
    if operands.len() > 1 && !is_directory {
        let why = fs::stat(&target).err().map_or("Not a directory".into(), |errno| errno.to_string());
        eprintln!("{}: target {}: {why}", parser.name(), quote::message(&target));
        std::process::exit(1);
    }
    (operands, target, is_directory)
}

fn attributes(preserve: &mut Preserve, list: &[u8], value: bool) {
    const NAMES: [&[u8]; 7] = [b"mode", b"ownership", b"timestamps", b"links", b"context", b"xattr", b"all"];
    for name in list.split(|&b| b == b',') {
        // The beginning of a name will do; no two begin alike.
        let whole = NAMES.into_iter().find(|known| !name.is_empty() && known.starts_with(name));
        match whole.unwrap_or(name) {
            b"mode" => preserve.mode = value,
            b"ownership" => preserve.owner = value,
            b"timestamps" => preserve.times = value,
            b"links" => preserve.links = value,
            b"context" | b"xattr" => {}
            b"all" => *preserve = if value { Preserve::ALL } else { Preserve::default() },
            other => {
                eprintln!(
                    "cp: invalid argument ‘{}’ for ‘--preserve’\nTry 'cp --help' for more information.",
                    text(other)
                );
                std::process::exit(1);
            }
        }
    }
}

impl Run {
    fn fail(&mut self, message: &str) {
        eprintln!("cp: {message}");
        self.status = 1;
    }

    /// Makes the directories of `--parents`; gives the target.
    fn parents_of(&mut self, source: &[u8], target: &[u8]) -> Option<Bytes> {
        let source = without_trailing_slashes(source);
        let mut from = if source.starts_with(b"/") { b"/".to_vec() } else { Bytes::new() };
        let mut to = target.to_vec();
        let dir = dir_name(source);
        for part in dir.split(|&b| b == b'/').filter(|part| !part.is_empty() && *part != b".") {
            (from, to) = (join(&from, part), join(&to, part));
            if fs::stat(&to).is_ok() {
                continue;
            }
            let mode = fs::stat(&from).map_or(0o777, |stat| stat.mode);
            if let Err(errno) = fs::mkdir(AT_FDCWD, &to, mode) {
                self.fail(&format!("cannot make directory {}: {errno}", quote::message(&to)));
                return None;
            }
            if self.verbose {
                println!("{} -> {}", text(&from), text(&to));
            }
        }
        Some(join(target, source))
    }

    /// Copies one file to `target`. `device`: of the file system to stay on.
    fn one(&mut self, source: &[u8], target: &[u8], argument: bool, device: Option<u64>) {
        let follow = self.follow == Follow::Always || self.follow == Follow::Arguments && argument;
        let stat = match if follow { fs::stat(source) } else { fs::lstat(source) } {
            Ok(stat) => stat,
            Err(errno) => return self.fail(&format!("cannot stat {}: {errno}", quote::message(source))),
        };
        if self.one_file_system && device.is_some_and(|device| device != stat.device) {
            return;
        }
        if stat.is_directory() {
            if !self.recursive {
                return self.fail(&format!("-r not specified; omitting directory {}", quote::message(source)));
            }
            return self.directory(source, target, &stat);
        }
        let existing = fs::lstat(target).ok();
        if argument && self.made.contains(target) && existing.is_some() {
            let (s, t) = (quote::message(source), quote::message(target));
            return self.fail(&format!("will not overwrite just-created {t} with {s}"));
        }
        if let Some(existing) = existing
            && !self.prepare(source, target, &stat, &existing)
        {
            return;
        }
        self.made.insert(target.to_vec());
        if self.file(source, target, &stat) && self.verbose {
            println!("{} -> {}", quote::message(source), quote::message(target));
        }
    }

    /// Deals with a target that exists. Whether to go on.
    fn prepare(&mut self, source: &[u8], target: &[u8], stat: &Stat, existing: &Stat) -> bool {
        let target_stat = fs::stat(target).unwrap_or(*existing);
        if target_stat.is_directory() {
            let (s, t) = (quote::message(source), quote::message(target));
            self.fail(&format!("cannot overwrite directory {t} with non-directory {s}"));
            return false;
        }
        let same = (target_stat.device, target_stat.inode) == (stat.device, stat.inode);
        if same && self.backup.is_none() && !(self.remove_first || self.hard_link && !existing.is_symlink()) {
            // A link onto what it points to is only the same file where it is followed.
            if !(existing.is_symlink() && stat.is_symlink() && existing.inode != stat.inode) {
                if !self.hard_link {
                    let (s, t) = (quote::message(source), quote::message(target));
                    self.fail(&format!("{s} and {t} are the same file"));
                }
                return false;
            }
        }
        if same && self.hard_link {
            return false;
        }
        if self.existing == Existing::Keep {
            return false;
        }
        let newer = (stat.modified.seconds, stat.modified.nanoseconds)
            > (target_stat.modified.seconds, target_stat.modified.nanoseconds);
        if self.update && !newer {
            return false;
        }
        if self.existing == Existing::Ask && !confirm(&format!("cp: overwrite {}?", quote::message(target))) {
            return false;
        }
        if let Some(backup) = &self.backup {
            if let Err(errno) = backup.make(target) {
                self.fail(&format!("cannot backup {}: {errno}", quote::message(target)));
                return false;
            }
            return true;
        }
        let replaced = self.remove_first || self.hard_link || self.symbolic_link && self.force;
        if replaced || (stat.is_symlink() || !stat.is_file() && self.recursive) && !self.symbolic_link {
            if let Err(error) = std::fs::remove_file(vivarium_userland::bytes::path(target)) {
                self.fail(&format!("cannot remove {}: {}", quote::message(target), copy::errno(&error)));
                return false;
            }
        } else if existing.is_symlink()
            && let Err(errno) = fs::stat(target)
        {
            let target = quote::message(target);
            self.fail(&match errno {
                Errno::NOENT => format!("not writing through dangling symlink {target}"),
                errno => format!("cannot stat {target}: {errno}"),
            });
            return false;
        }
        true
    }

    fn file(&mut self, source: &[u8], target: &[u8], stat: &Stat) -> bool {
        if self.preserve.links
            && let Some(copy) = self.links.seen(stat, target)
        {
            let _ = std::fs::remove_file(vivarium_userland::bytes::path(target));
            if let Err(errno) = copy::hard_link(&copy, target) {
                self.fail(&format!(
                    "cannot create hard link {} to {}: {errno}",
                    quote::message(target),
                    quote::message(&copy)
                ));
                return false;
            }
            return true;
        }
        if self.hard_link {
            if let Err(errno) = copy::hard_link(source, target) {
                self.fail(&format!(
                    "cannot create hard link {} to {}: {errno}",
                    quote::message(target),
                    quote::message(source)
                ));
                return false;
            }
            return true;
        }
        if self.symbolic_link {
            let text = if source.starts_with(b"/") || !target.contains(&b'/') {
                source.to_vec()
            } else {
                self.fail(&format!("{}: can make relative symbolic links only in current directory", text(target)));
                return false;
            };
            if let Err(errno) = copy::symlink(&text, target) {
                self.fail(&format!("cannot create symbolic link {}: {errno}", quote::message(target)));
                return false;
            }
            return true;
        }
        let special = !matches!(stat.file_kind(), FileKind::Regular) && (self.recursive || stat.is_symlink());
        let result = if special {
            copy::special(source, target, stat)
        } else if self.attributes_only {
            copy::contents(b"/dev/null", target, stat.mode & 0o777, false)
        } else {
            let mode =
                if self.preserve.mode || self.preserve.owner { 0o600 & stat.mode | 0o600 } else { stat.mode & 0o777 };
            let first = copy::contents(source, target, mode, false);
            if first.is_err() && self.force && fs::lstat(target).is_ok() && fs::access(source, 1, true).is_ok() {
                let _ = std::fs::remove_file(vivarium_userland::bytes::path(target));
                copy::contents(source, target, mode, false)
            } else {
                first
            }
        };
        if let Err(message) = result {
            self.fail(&message);
            return false;
        }
        if let Err(errno) = copy::preserve(target, stat, self.preserve, !special) {
            self.fail(&format!("preserving attributes for {}: {errno}", quote::message(target)));
            return false;
        }
        true
    }

    fn directory(&mut self, source: &[u8], target: &[u8], stat: &Stat) {
        let existing = fs::stat(target);
        match &existing {
            Ok(existing) if !existing.is_directory() => {
                let (s, t) = (quote::message(source), quote::message(target));
                return self.fail(&format!("cannot overwrite non-directory {t} with directory {s}"));
            }
            Ok(_) => {}
            Err(_) => {
                // Into itself: a copy of the copy would never end.
                let resolve = |p: &[u8]| fs::realpath(AT_FDCWD, p).ok();
                if let (Some(from), Some(to)) = (resolve(source), resolve(dir_name(target)))
                    && (to == from || to.starts_with(&join(&from, b"")))
                {
                    let (s, t) = (quote::message(source), quote::message(target));
                    return self.fail(&format!("cannot copy a directory, {s}, into itself, {t}"));
                }
                if let Err(errno) = fs::mkdir(AT_FDCWD, target, stat.mode | 0o700) {
                    return self.fail(&format!("cannot create directory {}: {errno}", quote::message(target)));
                }
                if self.verbose {
                    println!("{} -> {}", quote::message(source), quote::message(target));
                }
            }
        }
        match fs::read_directory(source) {
            Ok(entries) => {
                for entry in entries {
                    self.one(&join(source, &entry.name), &join(target, &entry.name), false, Some(stat.device));
                }
            }
            Err(errno) => self.fail(&format!("cannot access {}: {errno}", quote::message(source))),
        }
        if existing.is_err() && !self.preserve.mode {
            let _ = fs::chmod(AT_FDCWD, target, true, stat.mode & 0o777 & !self.umask);
        }
        if let Err(errno) = copy::preserve(target, stat, self.preserve, true) {
            self.fail(&format!("preserving attributes for {}: {errno}", quote::message(target)));
        }
    }
}

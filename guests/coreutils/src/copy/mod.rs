//! Copying files and trees, for `cp`, `mv` and `install`.

mod attributes;
mod backup;
mod contents;
mod existing;
mod links;
mod parents;

use std::io;

use vivarium_sys::Errno;
use vivarium_sys::fs::{self, AT_FDCWD, FileKind, Stat};
use vivarium_userland::bytes::{dir_name, join, path, text};
use vivarium_userland::{Bytes, quote};

pub(crate) use attributes::{Preserve, preserve};
pub(crate) use backup::Backup;
pub(crate) use contents::{Opening, contents};
pub(crate) use existing::{Existing, Replacing};
pub(crate) use links::{Links, Operands, entry};

/// Which symbolic links are followed to what is copied.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Follow {
    Never,
    Arguments,
    #[default]
    Always,
}

/// What copies consist of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Make {
    #[default]
    Copy,
    HardLink,
    SymbolicLink,
    /// The status without the contents.
    Attributes,
}

/// When pages of zeros become holes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Sparse {
    /// Where the source has holes.
    #[default]
    Auto,
    Always,
    Never,
}

/// How files are copied.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Options {
    pub(crate) program: &'static str,
    /// Whether the sources are removed afterwards: links to them may be gone when others are looked at.
    pub(crate) moving: bool,
    pub(crate) recursive: bool,
    pub(crate) follow: Follow,
    pub(crate) preserve: Preserve,
    /// A mode that the sources have no part in.
    pub(crate) default_mode: bool,
    pub(crate) existing: Existing,
    /// Whether targets that may not be written to are asked about.
    pub(crate) ask_protected: bool,
    pub(crate) update: bool,
    /// Targets that cannot be opened are removed.
    pub(crate) force: bool,
    pub(crate) remove_first: bool,
    pub(crate) make: Make,
    /// Contents of special files instead of special files.
    pub(crate) copy_contents: bool,
    pub(crate) sparse: Sparse,
    pub(crate) one_file_system: bool,
    pub(crate) verbose: bool,
    pub(crate) backup: Option<Backup>,
}

/// A run of copying: what it is asked for, and what it has done.
#[derive(Debug, Default)]
pub(crate) struct Copier {
    pub(crate) options: Options,
    links: Links,
    /// Operands copied, and targets made for them.
    copied: Operands,
    made: Operands,
    umask: u32,
    pub(crate) status: i32,
}

impl Copier {
    pub(crate) fn new(options: Options) -> Copier {
        let umask = vivarium_sys::limits::umask(0);
        vivarium_sys::limits::umask(umask);
        Copier { options, umask, ..Copier::default() }
    }

    pub(crate) fn fail(&mut self, message: &str) {
        eprintln!("{}: {message}", self.options.program);
        self.status = 1;
    }

    /// Copies an operand to `target`.
    pub(crate) fn operand(&mut self, source: &[u8], target: &[u8]) {
        if self.options.backup.is_none() && self.repeated(source) {
            return;
        }
        self.one(source, target, true, None);
    }

    /// Copies a file or tree to a target that is not there. Whether all of it was copied.
    pub(crate) fn tree(&mut self, source: &[u8], target: &[u8]) -> bool {
        let before = std::mem::take(&mut self.status);
        self.one(source, target, false, None);
        let whole = self.status == 0;
        self.status |= before;
        whole
    }

    /// Says so where an operand has been named before.
    pub(crate) fn repeated(&mut self, source: &[u8]) -> bool {
        if self.copied.first(source) {
            return false;
        }
        let follow = self.options.follow != Follow::Never;
        let Ok(stat) = (if follow { fs::stat(source) } else { fs::lstat(source) }) else { return false };
        let kind = if stat.is_directory() { "directory" } else { "file" };
        let source = quote::message(source);
        eprintln!("{}: warning: source {kind} {source} specified more than once", self.options.program);
        true
    }

    /// Remembers that `target` was made for an operand: no other may take its place.
    pub(crate) fn made(&mut self, target: &[u8]) {
        self.made.first(target);
    }

    /// Whether `target` was made in this run.
    pub(crate) fn is_made(&self, target: &[u8]) -> bool {
        self.made.contains(target)
    }

    /// Copies one file to `target`. `device`: of the file system to stay on.
    fn one(&mut self, source: &[u8], target: &[u8], argument: bool, device: Option<u64>) {
        let follow = match self.options.follow {
            Follow::Never => false,
            Follow::Arguments => argument,
            Follow::Always => true,
        };
        let stat = match if follow { fs::stat(source) } else { fs::lstat(source) } {
            Ok(stat) => stat,
            Err(errno) => return self.fail(&format!("cannot stat {}: {errno}", quote::message(source))),
        };
        if self.options.one_file_system && device.is_some_and(|device| device != stat.device) {
            return;
        }
        if stat.is_directory() && !self.options.recursive {
            return self.fail(&format!("-r not specified; omitting directory {}", quote::message(source)));
        }
        let mut replaced = None;
        if let Ok(existing) = fs::lstat(target) {
            match self.replace(source, target, &stat, &existing, argument, follow) {
                Replacing::Go(backup) => replaced = backup,
                Replacing::Nothing => return,
                Replacing::Older => {
                    // Newer, yet a link of what is copied is to stay one.
                    if let Some(copy) = self.earlier(&stat, target) {
                        self.link_again(&copy, target);
                    }
                    return;
                }
                Replacing::Refused(message) => return self.fail(&message),
            }
        }
        if argument {
            self.made(target);
        }
        if stat.is_directory() {
            return self.directory(source, target, &stat);
        }
        if self.file(source, target, &stat, follow) && self.options.verbose {
            self.tell(source, target, replaced.as_deref());
        }
    }

    /// `--verbose`.
    fn tell(&self, source: &[u8], target: &[u8], backup: Option<&[u8]>) {
        let kept = backup.map_or(String::new(), |name| format!(" (backup: {})", quote::message(name)));
        let done = if self.options.moving { "copied " } else { "" };
        println!("{done}{} -> {}{kept}", quote::message(source), quote::message(target));
    }

    /// The copy of another link to the same file, where links are kept.
    fn earlier(&mut self, stat: &Stat, target: &[u8]) -> Option<Bytes> {
        let kept = self.options.preserve.links && self.options.make != Make::HardLink;
        if kept { self.links.seen(stat, target, self.options.moving) } else { None }
    }

    fn link_again(&mut self, copy: &[u8], target: &[u8]) -> bool {
        if let (Ok(copy), Ok(there)) = (fs::lstat(copy), fs::lstat(target))
            && (copy.device, copy.inode) == (there.device, there.inode)
        {
            return true;
        }
        let _ = std::fs::remove_file(path(target));
        self.hard_link(copy, copy, target)
    }

    /// Makes `target` a link of `file`, which is called `source` in messages.
    fn hard_link(&mut self, file: &[u8], source: &[u8], target: &[u8]) -> bool {
        let Err(errno) = contents::hard_link(file, target) else { return true };
        let (s, t) = (quote::message(source), quote::message(target));
        self.fail(&format!("cannot create hard link {t} to {s}: {errno}"));
        false
    }

    /// Copies what is no directory.
    fn file(&mut self, source: &[u8], target: &[u8], stat: &Stat, follow: bool) -> bool {
        if let Some(copy) = self.earlier(stat, target) {
            return self.link_again(&copy, target);
        }
        let special = !stat.is_file() && (stat.is_symlink() || self.options.recursive && !self.options.copy_contents);
        let result = match self.options.make {
            Make::HardLink => {
                // link() does not follow a symbolic link.
                let followed = if follow { fs::realpath(AT_FDCWD, source).ok() } else { None };
                let linked = fs::lstat(source).is_ok_and(|stat| stat.is_symlink());
                return self.hard_link(followed.filter(|_| linked).as_deref().unwrap_or(source), source, target);
            }
            Make::SymbolicLink => return self.symbolic_link(source, target),
            _ if special => {
                let mode = if self.options.default_mode { 0o666 } else { stat.mode };
                contents::special(source, target, stat, mode).map_err(Into::into)
            }
            make => self.regular(source, target, stat, make == Make::Attributes),
        };
        if let Err(failure) = result {
            self.fail(&failure.message);
            return false;
        }
        if let Err(errno) = preserve(target, stat, self.options.preserve, !special) {
            self.fail(&format!("preserving attributes for {}: {errno}", quote::message(target)));
            return false;
        }
        true
    }

    fn regular(
        &self,
        source: &[u8],
        target: &[u8],
        stat: &Stat,
        attributes: bool,
    ) -> std::result::Result<(), contents::Failure> {
        let keep = self.options.preserve;
        let wanted = if self.options.default_mode { 0o666 } else { stat.mode & 0o777 };
        // Nobody else may look into a copy before it has its owner and mode.
        let private = keep.owner || keep.mode;
        let opening = Opening {
            mode: if private { wanted & 0o600 } else { wanted },
            exclusive: false,
            holes: match self.options.sparse {
                Sparse::Auto => stat.blocks * 512 < stat.size,
                Sparse::Always => true,
                Sparse::Never => false,
            },
        };
        let make =
            |opening| if attributes { contents::touch(target, opening) } else { contents(source, target, opening) };
        let new = fs::lstat(target).is_err();
        match make(opening) {
            Err(failure) if failure.unopened && self.options.force && !new => {
                std::fs::remove_file(path(target))
                    .map_err(|e| format!("cannot remove {}: {}", quote::message(target), errno(&e)))?;
                make(Opening { exclusive: true, ..opening })?;
            }
            result => result?,
        }
        if new && private && !keep.mode {
            fs::chmod(AT_FDCWD, target, true, wanted & !self.umask)
                .map_err(|e| format!("setting permissions for {}: {e}", quote::message(target)))?;
        }
        Ok(())
    }

    fn symbolic_link(&mut self, source: &[u8], target: &[u8]) -> bool {
        let directory = |name: &[u8]| fs::realpath(AT_FDCWD, name).ok();
        if !source.starts_with(b"/") && directory(dir_name(target)) != directory(b".") {
            self.fail(&format!("{}: can make relative symbolic links only in current directory", text(target)));
            return false;
        }
        let Err(errno) = contents::symlink(source, target) else { return true };
        let (s, t) = (quote::message(source), quote::message(target));
        self.fail(&format!("cannot create symbolic link {t} to {s}: {errno}"));
        false
    }

    fn directory(&mut self, source: &[u8], target: &[u8], stat: &Stat) {
        let new = fs::lstat(target).is_err();
        if new {
            // Into itself: a copy of the copy would never end.
            let resolve = |p: &[u8]| fs::realpath(AT_FDCWD, p).ok();
            if let (Some(from), Some(to)) = (resolve(source), resolve(dir_name(target)))
                && (to == from || to.starts_with(&join(&from, b"")))
            {
                let (s, t) = (quote::message(source), quote::message(target));
                return self.fail(&format!("cannot copy a directory, {s}, into itself, {t}"));
            }
            let mode = if self.options.preserve.owner || self.options.preserve.mode { 0 } else { stat.mode & 0o777 };
            if let Err(errno) = fs::mkdir(AT_FDCWD, target, mode | 0o700) {
                return self.fail(&format!("cannot create directory {}: {errno}", quote::message(target)));
            }
            if self.options.verbose {
                let made = if self.options.moving { "created directory " } else { "" };
                let (s, t) = (quote::message(source), quote::message(target));
                println!("{made}{}", if self.options.moving { t } else { format!("{s} -> {t}") });
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
        if new && !self.options.preserve.mode {
            let mode = if self.options.default_mode { 0o777 } else { stat.mode & 0o777 };
            let _ = fs::chmod(AT_FDCWD, target, true, mode & !self.umask);
        }
        if let Err(errno) = preserve(target, stat, self.options.preserve, true) {
            self.fail(&format!("preserving attributes for {}: {errno}", quote::message(target)));
        }
    }
}

/// The errno of an error of the standard library.
pub(crate) fn errno(error: &io::Error) -> Errno {
    Errno::from_io(error).unwrap_or(Errno::IO)
}

/// Asks on standard error; whether the answer was yes.
pub(crate) fn confirm(question: &str) -> bool {
    eprint!("{question} ");
    let mut answer = String::new();
    let _ = io::stdin().read_line(&mut answer);
    answer.trim_start().starts_with(['y', 'Y'])
}

/// Whether a file is one that can only be made anew, not written to.
fn is_special(stat: &Stat) -> bool {
    !matches!(stat.file_kind(), FileKind::Regular | FileKind::Directory)
}

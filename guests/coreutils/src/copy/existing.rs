//! What becomes of a target that exists.

use vivarium_sys::Errno;
use vivarium_sys::fs::{self, Stat};
use vivarium_userland::bytes::{base_name, dir_name, path};
use vivarium_userland::{Bytes, mode, quote};

use super::backup::Style;
use super::{Copier, Follow, Make, confirm, entry, errno, is_special};

/// What is done with existing targets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Existing {
    #[default]
    Overwrite,
    Ask,
    Keep,
}

/// Whether an existing target is replaced.
#[derive(Debug)]
pub(crate) enum Replacing {
    /// It is; the name that it is kept under, where there is a backup.
    Go(Option<Bytes>),
    /// It stays as it is.
    Nothing,
    /// It stays, since the source is not newer.
    Older,
    /// It is an error, as a message.
    Refused(String),
}

/// Whether source and target are one file.
enum Same {
    /// They are not, or one takes the other's place without harm.
    No,
    /// They are: nothing has to be done.
    Done,
    /// They are: copying would lose what there is.
    Yes,
}

fn id(stat: &Stat) -> (u64, u64) {
    (stat.device, stat.inode)
}

/// Whether a backup of `target` would take the place of `source`.
pub(crate) fn backup_is_source(source: &[u8], target: &[u8], suffix: &[u8]) -> bool {
    base_name(source).strip_suffix(suffix) == Some(base_name(target))
        && fs::realpath(fs::AT_FDCWD, dir_name(source)).ok() == fs::realpath(fs::AT_FDCWD, dir_name(target)).ok()
}

impl Copier {
    /// Decides on, asks about and prepares the replacement of a target. `existing`: its own status, not that of what it
    /// points to.
    pub(crate) fn replace(
        &mut self,
        source: &[u8],
        target: &[u8],
        stat: &Stat,
        existing: &Stat,
        argument: bool,
        follow: bool,
    ) -> Replacing {
        let (s, t) = (quote::message(source), quote::message(target));
        let goes = self.entry_goes(stat, existing);
        let followed = fs::stat(target);
        // What is written to or looked at.
        let there = if goes || stat.is_directory() { *existing } else { followed.unwrap_or(*existing) };
        match self.same(source, target, stat, existing, follow) {
            Same::No => {}
            Same::Done => return Replacing::Nothing,
            Same::Yes => return Replacing::Refused(format!("{s} and {t} are the same file")),
        }
        if !stat.is_directory() || self.options.moving {
            if self.options.existing == Existing::Keep {
                return Replacing::Nothing;
            }
            let time = |stat: &Stat| (stat.modified.seconds, stat.modified.nanoseconds);
            if self.options.update && time(stat) <= time(&there) {
                return Replacing::Older;
            }
        }
        let protected = || !there.is_symlink() && fs::access(target, 2, true).is_err();
        let ask = match self.options.existing {
            Existing::Ask => self.options.moving || !stat.is_directory(),
            _ => self.options.ask_protected && protected(),
        };
        if ask && !self.asked(target, &there) {
            return Replacing::Nothing;
        }
        match (stat.is_directory(), there.is_directory()) {
            (true, false) if self.options.backup.is_none() => {
                return Replacing::Refused(format!("cannot overwrite non-directory {t} with directory {s}"));
            }
            (false, true) if self.options.backup.is_none() => {
                return Replacing::Refused(format!("cannot overwrite directory {t} with non-directory {s}"));
            }
            (true, true) if self.options.backup.is_none() => return Replacing::Go(None),
            _ => {}
        }
        let numbered = self.options.backup.as_ref().is_some_and(|backup| backup.style == Style::Numbered);
        if argument && !numbered && !stat.is_directory() && self.is_made(target) {
            return Replacing::Refused(if existing.is_symlink() && !goes {
                format!("will not copy {s} through just-created symlink {t}")
            } else {
                format!("will not overwrite just-created {t} with {s}")
            });
        }
        if let Some(backup) = &self.options.backup {
            if stat.is_directory() && there.is_directory() && !self.options.moving {
                return Replacing::Go(None);
            }
            if backup.style != Style::Numbered && backup_is_source(source, target, &backup.suffix) {
                let done = if self.options.moving { "moved" } else { "copied" };
                return Replacing::Refused(format!("backing up {t} might destroy source;  {s} not {done}"));
            }
            return match backup.make(target) {
                Ok(name) => Replacing::Go(Some(name)),
                Err(errno) => Replacing::Refused(format!("cannot backup {t}: {errno}")),
            };
        }
        // rename() replaces by itself.
        if self.options.moving { Replacing::Go(None) } else { self.make_way(target, stat, existing, goes) }
    }

    /// Whether the directory entry itself is replaced, so that a symbolic link there is not followed.
    fn entry_goes(&self, stat: &Stat, existing: &Stat) -> bool {
        self.options.moving
            || self.options.remove_first
            || self.options.backup.is_some()
            || matches!(self.options.make, Make::HardLink | Make::SymbolicLink)
            || stat.is_symlink()
            || is_special(stat) && self.options.recursive && !self.options.copy_contents
            || self.options.preserve.links && existing.links > 1 && !existing.is_directory()
    }

    /// Removes what cannot be written to, or must not.
    fn make_way(&self, target: &[u8], stat: &Stat, existing: &Stat, goes: bool) -> Replacing {
        let t = quote::message(target);
        let options = &self.options;
        let linked = matches!(options.make, Make::HardLink | Make::SymbolicLink);
        let remove = match options.make {
            Make::HardLink | Make::SymbolicLink => options.force || options.remove_first,
            Make::Attributes => options.remove_first,
            Make::Copy => goes,
        };
        // A symbolic link that leads nowhere but to itself can only be replaced.
        let followed = fs::stat(target);
        let looping = existing.is_symlink() && followed.is_err_and(|errno| errno == Errno::LOOP);
        if remove || looping && options.force {
            return match std::fs::remove_file(path(target)) {
                Ok(()) => Replacing::Go(None),
                Err(error) => Replacing::Refused(format!("cannot remove {t}: {}", errno(&error))),
            };
        }
        let through = existing.is_symlink() && !linked && !stat.is_symlink() && !options.moving;
        match followed {
            Err(Errno::NOENT) if through && std::env::var_os("POSIXLY_CORRECT").is_none() => {
                Replacing::Refused(format!("not writing through dangling symlink {t}"))
            }
            Err(errno) if through && errno != Errno::NOENT => Replacing::Refused(format!("cannot stat {t}: {errno}")),
            _ => Replacing::Go(None),
        }
    }

    /// Asks whether `target` may be overwritten.
    fn asked(&self, target: &[u8], there: &Stat) -> bool {
        let (program, t) = (self.options.program, quote::message(target));
        if there.is_symlink() || fs::access(target, 2, true).is_ok() {
            return confirm(&format!("{program}: overwrite {t}?"));
        }
        let shown = format!("{:04o} ({})", there.mode, &mode::symbolic(there.file_kind(), there.mode)[1..]);
        if self.options.force || self.options.remove_first || self.options.moving {
            return confirm(&format!("{program}: replace {t}, overriding mode {shown}?"));
        }
        let shown = shown.replace(" (", ", ").replace(')', "");
        confirm(&format!("{program}: unwritable {t} (mode {shown}); try anyway?"))
    }

    /// Whether source and target are one file, and copying would lose it. `existing`: status of the target itself.
    fn same(&self, source: &[u8], target: &[u8], stat: &Stat, existing: &Stat, follow: bool) -> Same {
        let options = &self.options;
        let linked = |name: &[u8]| fs::lstat(name).is_ok_and(|stat| stat.is_symlink());
        // What both lead to.
        let there = fs::stat(target).unwrap_or(*existing);
        let read = if stat.is_symlink() { fs::stat(source).unwrap_or(*stat) } else { *stat };
        let one = id(&read) == id(&there);
        if !one && id(stat) != id(existing) || stat.is_directory() && !options.moving && options.follow != Follow::Never
        {
            return Same::No;
        }
        let same_name = || entry(source) == entry(target);
        match options.make {
            Make::HardLink => {
                let linked = if follow { read } else { *stat };
                let done = id(&linked) == id(existing) || one && !existing.is_symlink();
                return if done { Same::Done } else { Same::No };
            }
            Make::SymbolicLink => {
                return if one && (!existing.is_symlink() || same_name()) { Same::Yes } else { Same::No };
            }
            _ => {}
        }
        if options.moving {
            let harmless = match &options.backup {
                Some(_) => !same_name(),
                None => existing.is_symlink() && id(stat) != id(existing) && !same_name(),
            };
            return if harmless { Same::No } else { Same::Yes };
        }
        let replaced = options.remove_first || options.backup.is_some() || stat.is_symlink();
        if !replaced {
            return if one { Same::Yes } else { Same::No };
        }
        // The source is read by way of what is removed.
        let by_way =
            linked(source) && !existing.is_symlink() && one && (!stat.is_symlink() || options.backup.is_none());
        if same_name() || by_way { Same::Yes } else { Same::No }
    }
}

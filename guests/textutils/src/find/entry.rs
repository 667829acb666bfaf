//! A file that `find` has come to.

use std::cell::OnceCell;

use vivarium_sys::fs::{self, FileKind, Stat};
use vivarium_sys::{Errno, Result};
use vivarium_userland::{Bytes, bytes};

/// A file, and what has been asked about it so far.
pub(crate) struct Entry {
    /// As printed.
    pub(crate) path: Bytes,
    /// Levels below the starting point.
    pub(crate) depth: usize,
    /// Length of the starting point in `path`.
    pub(crate) start: usize,
    /// What its directory said it is.
    kind: FileKind,
    follow: bool,
    stat: OnceCell<Result<Stat>>,
}

impl Entry {
    /// A file; `kind` is `Unknown` where it must be asked for.
    pub(crate) fn new(path: Bytes, depth: usize, start: usize, kind: FileKind, follow: bool) -> Entry {
        Entry { path, depth, start, kind, follow, stat: OnceCell::new() }
    }

    /// Its status, of the target where links are followed and it exists.
    pub(crate) fn stat(&self) -> Result<&Stat> {
        let ask = || {
            if self.follow {
                match fs::stat(&self.path) {
                    Err(Errno::NOENT) => fs::lstat(&self.path),
                    other => other,
                }
            } else {
                fs::lstat(&self.path)
            }
        };
        self.stat.get_or_init(ask).as_ref().map_err(|errno| *errno)
    }

    /// The error of a link that is to be followed and leads in a circle.
    pub(crate) fn endless(&self) -> Option<Errno> {
        let link = self.follow && matches!(self.kind, FileKind::Symlink | FileKind::Unknown);
        if link { self.stat().err().filter(|&errno| errno == Errno::LOOP) } else { None }
    }

    /// What it is.
    pub(crate) fn kind(&self) -> FileKind {
        match self.kind {
            FileKind::Unknown => self.stat().map_or(FileKind::Unknown, Stat::file_kind),
            FileKind::Symlink if self.follow => self.stat().map_or(FileKind::Symlink, Stat::file_kind),
            kind => kind,
        }
    }

    /// What the opposite way of following would say it is (`-xtype`).
    pub(crate) fn other_kind(&self) -> FileKind {
        if self.follow {
            return fs::lstat(&self.path).map_or(FileKind::Unknown, |s| s.file_kind());
        }
        if self.kind() != FileKind::Symlink {
            return self.kind();
        }
        match fs::stat(&self.path) {
            Ok(stat) => stat.file_kind(),
            Err(Errno::NOENT | Errno::LOOP | Errno::NOTDIR) => FileKind::Symlink,
            Err(_) => FileKind::Unknown,
        }
    }

    /// Last component of its path; `/` of `/`.
    pub(crate) fn name(&self) -> &[u8] {
        bytes::base_name(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_directory_said_is_not_asked_again() {
        for (kind, follow) in [(FileKind::Regular, false), (FileKind::Regular, true), (FileKind::Symlink, false)] {
            let entry = Entry::new(b"/a/file".to_vec(), 1, 2, kind, follow);
            assert_eq!((entry.endless(), entry.kind()), (None, kind));
            assert!(entry.stat.get().is_none());
        }
    }
}

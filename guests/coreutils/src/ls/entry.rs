//! A file to list.

use std::cell::OnceCell;

use vivarium_sys::Result;
use vivarium_sys::fs::{self, FileKind, Stat};
use vivarium_userland::{Bytes, bytes};

pub(super) struct Entry {
    /// As listed.
    pub(super) name: Bytes,
    /// How it is reached.
    pub(super) path: Bytes,
    kind: FileKind,
    follow: bool,
    stat: OnceCell<Result<Stat>>,
    target: OnceCell<Option<(Bytes, Option<Stat>)>>,
}

impl Entry {
    /// A file of the command line.
    pub(super) fn of_argument(path: &[u8], follow: bool) -> Result<Entry> {
        let entry = Entry {
            name: path.to_vec(),
            path: path.to_vec(),
            kind: FileKind::Unknown,
            follow,
            stat: OnceCell::new(),
            target: OnceCell::new(),
        };
        entry.stat()?;
        Ok(entry)
    }

    /// A file in a directory.
    pub(super) fn of_directory(dir: &[u8], name: Bytes, kind: FileKind, follow: bool) -> Entry {
        let path = bytes::join(dir, &name);
        Entry { name, path, kind, follow, stat: OnceCell::new(), target: OnceCell::new() }
    }

    /// Its status; of what it points to where links are followed.
    pub(super) fn stat(&self) -> Result<&Stat> {
        let ask = || {
            if self.follow { fs::stat(&self.path) } else { fs::lstat(&self.path) }
        };
        self.stat.get_or_init(ask).as_ref().map_err(|errno| *errno)
    }

    /// What it is.
    pub(super) fn kind(&self) -> FileKind {
        match self.kind {
            FileKind::Unknown => self.stat().map_or(FileKind::Unknown, Stat::file_kind),
            FileKind::Symlink if self.follow => self.stat().map_or(FileKind::Symlink, Stat::file_kind),
            kind => kind,
        }
    }

    pub(super) fn is_directory(&self) -> bool {
        self.kind() == FileKind::Directory
    }

    /// Of a symbolic link: what it says, and the status of what it points to.
    pub(super) fn target(&self) -> Option<&(Bytes, Option<Stat>)> {
        let ask = || {
            let text = fs::readlink(fs::AT_FDCWD, &self.path).ok()?;
            Some((text, fs::stat(&self.path).ok()))
        };
        if self.kind() == FileKind::Symlink { self.target.get_or_init(ask).as_ref() } else { None }
    }
}

//! The file tree to be archived.

use std::collections::BTreeMap;

use crate::Result;

/// Entries by path, without leading slash.
#[derive(Default)]
pub(crate) struct Tree(BTreeMap<String, Entry>);

pub(crate) enum Entry {
    Directory { mode: u32 },
    File { mode: u32, content: Vec<u8> },
    Symlink { target: String },
    HardLink { to: String },
}

impl Tree {
    pub(crate) fn directory(&mut self, path: &str, mode: u32) -> Result<()> {
        self.add(path, Entry::Directory { mode })
    }

    pub(crate) fn file(&mut self, path: &str, mode: u32, content: Vec<u8>) -> Result<()> {
        self.add(path, Entry::File { mode, content })
    }

    pub(crate) fn symlink(&mut self, path: &str, target: &str) -> Result<()> {
        self.add(path, Entry::Symlink { target: target.to_owned() })
    }

    /// A further name of the file `to`. The file's own name is accepted, and adds nothing.
    pub(crate) fn hard_link(&mut self, path: &str, to: &str) -> Result<()> {
        if path == to { Ok(()) } else { self.add(path, Entry::HardLink { to: key(to)? }) }
    }

    pub(crate) fn contains(&self, path: &str) -> bool {
        key(path).is_ok_and(|path| self.0.contains_key(&path))
    }

    /// In order of path.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.0.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    fn add(&mut self, path: &str, entry: Entry) -> Result<()> {
        match self.0.insert(key(path)?, entry) {
            None => Ok(()),
            Some(_) => Err(format!("{path} is in the image twice").into()),
        }
    }
}

/// Paths are given absolute and plain.
fn key(path: &str) -> Result<String> {
    let names = path.strip_prefix('/').ok_or_else(|| format!("{path:?} is not an absolute path"))?;
    if names.split('/').any(|name| matches!(name, "" | "." | "..")) {
        return Err(format!("{path:?} is not a plain path").into());
    }
    Ok(names.to_owned())
}

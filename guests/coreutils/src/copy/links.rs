//! What has been copied and made in a run.

use std::collections::{HashMap, HashSet};

use vivarium_sys::fs::{self, AT_FDCWD, Stat};
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{base_name, dir_name, join};

/// Files with several links that have been copied, by device and number.
#[derive(Debug, Default)]
pub(crate) struct Links(HashMap<(u64, u64), Bytes>);

impl Links {
    /// The copy made before of the same file; remembers `target` as it otherwise. `moved`: other links to it may be gone.
    pub(crate) fn seen(&mut self, stat: &Stat, target: &[u8], moved: bool) -> Option<Bytes> {
        if stat.is_directory() {
            return None;
        }
        let key = (stat.device, stat.inode);
        if stat.links < 2 {
            return if moved { self.0.get(&key).cloned() } else { None };
        }
        match self.0.entry(key) {
            std::collections::hash_map::Entry::Occupied(known) => Some(known.get().clone()),
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(target.to_vec());
                None
            }
        }
    }
}

/// Operands that have been dealt with, by the directory entry they name: `a` and `./a` are one.
#[derive(Debug, Default)]
pub(crate) struct Operands(HashSet<Bytes>);

impl Operands {
    /// Whether this is the first time.
    pub(crate) fn first(&mut self, operand: &[u8]) -> bool {
        self.0.insert(entry(operand))
    }

    pub(crate) fn contains(&self, operand: &[u8]) -> bool {
        !self.0.is_empty() && self.0.contains(&entry(operand))
    }
}

/// The directory entry that a path names: its directory's real path, and its last component.
pub(crate) fn entry(name: &[u8]) -> Bytes {
    let dir = fs::realpath(AT_FDCWD, dir_name(name)).unwrap_or_else(|_| dir_name(name).to_vec());
    match base_name(name) {
        b"." | b".." | b"/" => fs::realpath(AT_FDCWD, name).unwrap_or_else(|_| name.to_vec()),
        base => join(&dir, base),
    }
}

//! Compiled code of Node's own modules that are not in the start-up snapshot.
//!
//! Made when the project is built, never by a guest: nobody can put code into it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::bundle::{Archive, BundleError, write_whole};

/// Code by module name.
pub(crate) struct CodeCache(Archive);

impl CodeCache {
    pub(crate) fn open(path: &Path) -> Result<Self, BundleError> {
        Archive::open(path).map(Self)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&'static [u8]> {
        self.0.get(id)
    }

    pub(crate) fn write(path: &Path, code: &BTreeMap<String, Vec<u8>>) -> Result<(), BundleError> {
        write_whole(path, &Archive::write(code))
    }
}

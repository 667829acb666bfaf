//! Node's library in one file, mapped into memory.
//!
//! The bundle is made from a dump of the pinned Node binary (`scripts/setup/node-lib.cjs`) when the project is built. Its module sources
//! lie in it so that V8 can use them in place: every isolate of every process shares one copy.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use sha2::{Digest, Sha256};

/// First bytes of a bundle: name and version of the format.
const MAGIC: &[u8; 8] = b"vivnode1";

/// Why the library, or what was built from it, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{path}: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Building the snapshot failed.
    #[error("snapshot: {0}")]
    Snapshot(String),
}

impl BundleError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    fn malformed(path: &Path, reason: impl Into<String>) -> Self {
        Self::Malformed { path: path.to_owned(), reason: reason.into() }
    }
}

/// Named pieces of bytes in one mapped file.
pub(crate) struct Archive {
    map: &'static [u8],
    entries: BTreeMap<&'static str, &'static [u8]>,
}

impl Archive {
    /// Maps the file. It stays mapped to the end of the process, because V8 keeps pointers into it.
    pub(crate) fn open(path: &Path) -> Result<Self, BundleError> {
        let file = File::open(path).map_err(BundleError::io(path))?;
        // SAFETY: files in the distribution directory are written once, under a name made from their content.
        let map = unsafe { Mmap::map(&file) }.map_err(BundleError::io(path))?;
        let map: &'static [u8] = Box::leak(Box::new(map));
        let entries = Self::index(map).ok_or_else(|| BundleError::malformed(path, "not a bundle"))?;
        Ok(Self { map, entries })
    }

    fn index(map: &'static [u8]) -> Option<BTreeMap<&'static str, &'static [u8]>> {
        let mut rest = map.strip_prefix(MAGIC)?;
        let mut word = || {
            let (head, tail) = rest.split_first_chunk::<8>()?;
            rest = tail;
            usize::try_from(u64::from_le_bytes(*head)).ok()
        };
        let count = word()?;
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let (name, name_length, data, length) = (word()?, word()?, word()?, word()?);
            let name = std::str::from_utf8(map.get(name..name.checked_add(name_length)?)?).ok()?;
            entries.insert(name, map.get(data..data.checked_add(length)?)?);
        }
        Some(entries)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'static [u8]> {
        self.entries.get(name).copied()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.entries.keys().copied()
    }

    /// A hash of everything in it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.map).into()
    }

    /// Puts the pieces together.
    pub(crate) fn write(pieces: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
        let header = MAGIC.len() + 8 + pieces.len() * 32;
        let mut index = Vec::with_capacity(header);
        index.extend_from_slice(MAGIC);
        index.extend_from_slice(&(pieces.len() as u64).to_le_bytes());
        let mut body = Vec::new();
        for (name, data) in pieces {
            let name_at = header + body.len();
            body.extend_from_slice(name.as_bytes());
            // Two-byte strings and snapshots want alignment.
            body.resize((header + body.len()).next_multiple_of(16) - header, 0);
            let data_at = header + body.len();
            body.extend_from_slice(data);
            for word in [name_at, name.len(), data_at, data.len()] {
                index.extend_from_slice(&(word as u64).to_le_bytes());
            }
        }
        index.extend_from_slice(&body);
        index
    }
}

/// Node's library: module sources, and the data of its native bindings.
pub struct Bundle {
    archive: Archive,
    sources: Vec<(&'static str, &'static v8::OneByteConst)>,
}

// SAFETY: the constants are immutable and never freed.
unsafe impl Send for Bundle {}
// SAFETY: as above.
unsafe impl Sync for Bundle {}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bundle").field("sources", &self.sources.len()).finish()
    }
}

impl Bundle {
    /// Opens a bundle file.
    pub fn open(path: &Path) -> Result<Self, BundleError> {
        let archive = Archive::open(path)?;
        let mut sources = Vec::new();
        for entry in archive.names() {
            let Some(id) = entry.strip_prefix("lib/") else { continue };
            let source = archive.get(entry).unwrap_or_default();
            if !source.is_ascii() {
                return Err(BundleError::malformed(path, format!("{entry} is not ASCII")));
            }
            let source: &'static v8::OneByteConst =
                Box::leak(Box::new(v8::String::create_external_onebyte_const(source)));
            sources.push((id, source));
        }
        Ok(Self { archive, sources })
    }

    /// Makes a bundle file from the directory `scripts/setup/node-lib.cjs` has written.
    pub fn build(dump: &Path, to: &Path) -> Result<(), BundleError> {
        let mut pieces = BTreeMap::new();
        let lib = dump.join("lib");
        collect(&lib, &lib, &mut pieces)?;
        let path = dump.join("bindings.json");
        let text = std::fs::read(&path).map_err(BundleError::io(&path))?;
        let data: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| BundleError::malformed(&path, error.to_string()))?;
        let Some(data) = data.as_object() else { return Err(BundleError::malformed(&path, "not an object")) };
        for (key, value) in data {
            match (key.as_str(), value.as_object()) {
                ("bindings", Some(bindings)) => {
                    for (name, binding) in bindings {
                        pieces.insert(format!("binding/{name}"), binding.to_string().into_bytes());
                    }
                }
                _ => {
                    pieces.insert(format!("data/{key}"), value.to_string().into_bytes());
                }
            }
        }
        write_whole(to, &Archive::write(&pieces))
    }

    /// Names of the modules, sorted.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.sources.iter().map(|(id, _)| *id)
    }

    pub(crate) fn source(&self, id: &str) -> Option<&'static v8::OneByteConst> {
        let index = self.sources.binary_search_by(|(other, _)| (*other).cmp(id)).ok()?;
        Some(self.sources[index].1)
    }

    pub(crate) fn sources(&self) -> impl Iterator<Item = &'static v8::OneByteConst> + '_ {
        self.sources.iter().map(|(_, source)| *source)
    }

    /// The data of a native binding, as the dump describes it.
    pub(crate) fn binding(&self, name: &str) -> Option<serde_json::Value> {
        serde_json::from_slice(self.archive.get(&format!("binding/{name}"))?).ok()
    }

    /// Another part of the dump: `process`, `options`, `errors`.
    pub(crate) fn data(&self, name: &str) -> serde_json::Value {
        self.archive.get(&format!("data/{name}")).and_then(|text| serde_json::from_slice(text).ok()).unwrap_or_default()
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        self.archive.hash()
    }
}

fn collect(root: &Path, directory: &Path, pieces: &mut BTreeMap<String, Vec<u8>>) -> Result<(), BundleError> {
    for entry in std::fs::read_dir(directory).map_err(BundleError::io(directory))? {
        let path = entry.map_err(BundleError::io(directory))?.path();
        if path.is_dir() {
            collect(root, &path, pieces)?;
            continue;
        }
        let Some(id) = path.strip_prefix(root).ok().and_then(Path::to_str).and_then(|name| name.strip_suffix(".js"))
        else {
            continue;
        };
        let source = std::fs::read_to_string(&path).map_err(BundleError::io(&path))?;
        pieces.insert(format!("lib/{id}"), escape(&source).into_bytes());
    }
    Ok(())
}

/// Writes everything beyond ASCII as `\u` escapes, so that V8 can take the source as one byte a character. The few such
/// characters in Node's library stand in string literals, regular expressions and comments, where that changes nothing.
fn escape(source: &str) -> String {
    let mut escaped = String::with_capacity(source.len());
    for character in source.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

/// Writes a file so that nobody ever sees a part of it.
pub(crate) fn write_whole(path: &Path, data: &[u8]) -> Result<(), BundleError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(BundleError::io(parent))?;
    }
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    std::fs::write(&temporary, data).map_err(BundleError::io(&temporary))?;
    std::fs::rename(&temporary, path).map_err(BundleError::io(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_gives_back_what_was_put_in() {
        let pieces = BTreeMap::from([("a".to_owned(), b"one".to_vec()), ("b/c".to_owned(), Vec::new())]);
        let bytes: &'static [u8] = Archive::write(&pieces).leak();
        let index = Archive::index(bytes).expect("index");
        assert_eq!(index["a"], b"one");
        assert_eq!(index["b/c"], b"");
        assert!(index["a"].as_ptr().addr().wrapping_sub(bytes.as_ptr().addr()).is_multiple_of(16));
    }

    #[test]
    fn a_damaged_archive_is_refused() {
        let pieces = BTreeMap::from([("a".to_owned(), b"one".to_vec())]);
        let mut bytes = Archive::write(&pieces);
        bytes.truncate(bytes.len() - 1);
        assert!(Archive::index(bytes.leak()).is_none());
        assert!(Archive::index(b"something else").is_none());
    }

    #[test]
    fn characters_beyond_ascii_are_escaped() {
        assert_eq!(escape("'é😀'"), "'\\u00e9\\ud83d\\ude00'");
    }
}

//! The entries of a directory in kernel memory.

use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::hash::hash;
use super::inode::Ino;
use super::location::StorePath;

/// A directory. Entries are kept in the order they were made, under cookies that only grow, so that a reader finds its
/// place again whatever was added or removed meanwhile.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Directory {
    /// Its directory in the lower layers of an overlay, whose entries show through.
    pub(crate) lower: Option<StorePath>,
    /// How many directories it holds in memory.
    pub(crate) subdirectories: u32,
    /// It was removed, and holds a reference to the directory it was in.
    pub(crate) holds_parent: bool,
    next_cookie: u64,
    entries: Entries,
}

/// One name in a directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) cookie: u64,
    #[serde(with = "serde_bytes")]
    pub(crate) name: Box<[u8]>,
    /// The file; none: the name of the lower layer was removed (a whiteout).
    pub(crate) ino: Option<Ino>,
    /// The lower layer has this name too. A reader meets it there, not among the upper names.
    pub(crate) shadows: bool,
}

impl Directory {
    pub(crate) fn new(lower: Option<StorePath>) -> Self {
        Self { lower, ..Self::default() }
    }

    /// The entry of this name, whiteouts included.
    pub(crate) fn get(&self, name: &[u8]) -> Option<&Entry> {
        self.entries.find(name).map(|at| &self.entries.slots[at])
    }

    /// Adds a name, which must be missing.
    pub(crate) fn insert(&mut self, name: &[u8], ino: Option<Ino>, shadows: bool) {
        self.next_cookie += 1;
        self.entries.push(Entry { cookie: self.next_cookie, name: name.into(), ino, shadows });
    }

    /// Makes an entry that is there stand for another file, or for none.
    pub(crate) fn set(&mut self, name: &[u8], ino: Option<Ino>) {
        let at = self.entries.find(name).expect("entry to change");
        self.entries.slots[at].ino = ino;
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, name: &[u8]) -> Option<Entry> {
        let at = self.entries.find(name)?;
        Some(self.entries.take(at))
    }

    /// Entries, whiteouts included, whose cookie is greater than this one, in order.
    pub(crate) fn after(&self, cookie: u64) -> impl Iterator<Item = &Entry> {
        let from = self.entries.slots.partition_point(|slot| slot.cookie <= cookie);
        self.entries.slots[from..].iter().filter(|entry| entry.is_live())
    }

    /// Entries that stand for files in memory.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&[u8], Ino)> {
        self.after(0).filter_map(|entry| Some((&*entry.name, entry.ino?)))
    }

    /// Whether it has no entries, whiteouts included.
    pub(super) fn is_empty(&self) -> bool {
        self.after(0).next().is_none()
    }

    /// Whether the next cookie will be greater than this one.
    pub(super) fn is_past(&self, cookie: u64) -> bool {
        cookie <= self.next_cookie && self.next_cookie < u64::MAX
    }

    /// The name a file has here.
    pub(crate) fn name_of(&self, ino: Ino) -> Option<&[u8]> {
        self.files().find(|&(_, other)| other == ino).map(|(name, _)| name)
    }
}

impl Entry {
    /// Whether it is more than the place of an entry that was removed. No name is empty.
    fn is_live(&self) -> bool {
        !self.name.is_empty()
    }
}

/// Directories up to this size are searched in order.
const UNINDEXED: usize = 8;

/// Entries by cookie, with the places of removed ones kept till there are many, and an index by name.
#[derive(Debug, Default)]
struct Entries {
    slots: Vec<Entry>,
    live: usize,
    /// Places in `slots`, by hash of the name; empty while there are few.
    index: HashTable<u32>,
}

impl Entries {
    fn find(&self, name: &[u8]) -> Option<usize> {
        if self.index.is_empty() {
            return self.slots.iter().position(|entry| *entry.name == *name);
        }
        self.index.find(hash(name), |&at| *self.slots[at as usize].name == *name).map(|&at| at as usize)
    }

    fn push(&mut self, entry: Entry) {
        let at = self.slots.len();
        self.slots.push(entry);
        self.live += 1;
        if !self.index.is_empty() {
            let slots = &self.slots;
            self.index.insert_unique(hash(&slots[at].name), at as u32, |&at| hash(&slots[at as usize].name));
        } else if at >= UNINDEXED {
            self.reindex();
        }
    }

    fn take(&mut self, at: usize) -> Entry {
        let cookie = self.slots[at].cookie;
        let removed = Entry { cookie, name: Box::default(), ino: None, shadows: false };
        if let Ok(found) = self.index.find_entry(hash(&self.slots[at].name), |&other| other as usize == at) {
            found.remove();
        }
        let entry = std::mem::replace(&mut self.slots[at], removed);
        self.live -= 1;
        if self.slots.len() > 2 * self.live + UNINDEXED {
            self.slots.retain(Entry::is_live);
            self.slots.shrink_to(2 * self.live);
            self.reindex();
        }
        entry
    }

    fn reindex(&mut self) {
        self.index = HashTable::new();
        if self.slots.len() > UNINDEXED {
            let slots = &self.slots;
            self.index.reserve(self.live, |_| unreachable!("empty"));
            for (at, entry) in slots.iter().enumerate().filter(|(_, entry)| entry.is_live()) {
                self.index.insert_unique(hash(&entry.name), at as u32, |&at| hash(&slots[at as usize].name));
            }
        }
    }
}

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.slots.iter().filter(|entry| entry.is_live()))
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let slots = Vec::<Entry>::deserialize(deserializer)?;
        let mut entries = Self { live: slots.len(), slots, index: HashTable::new() };
        entries.reindex();
        Ok(entries)
    }
}

//! What was lately looked up in stores that never change.
//!
//! Programs look for the same files again and again, most often where they are not: along PATH, up the directories that
//! modules may be in. An answer kept here saves a call to the host. The cache is no part of the state: it is only ever
//! a shorter way to what the store would say.

use super::Walked;
use super::hash::hash;
use super::location::MountId;
use crate::Errno;

/// Bounds the memory it takes: some 64 KiB when every slot is taken, by paths of ordinary length.
const SLOTS: usize = 256;

/// Answers by path, each in the one slot that its hash gives it.
#[derive(Debug, Default)]
pub(crate) struct LookupCache {
    slots: Vec<Option<Box<Lookup>>>,
}

#[derive(Debug)]
struct Lookup {
    mount: MountId,
    path: Box<[u8]>,
    answer: Answer,
}

/// The store that has the path, and how far it could be walked; `NOENT` where none has it.
pub(crate) type Answer = Result<(u32, Walked), Errno>;

impl LookupCache {
    /// The answer for a path of a mount, if it was kept.
    pub(crate) fn get(&self, mount: MountId, path: &[u8]) -> Option<Answer> {
        let lookup = self.slots.get(slot(path))?.as_deref()?;
        (lookup.mount == mount && *lookup.path == *path).then_some(lookup.answer)
    }

    /// Keeps an answer in place of an older one.
    pub(crate) fn insert(&mut self, mount: MountId, path: &[u8], answer: Answer) {
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        self.slots[slot(path)] = Some(Box::new(Lookup { mount, path: path.into(), answer }));
    }

    /// Forgets all: a mount came or went, and numbers of mounts are used again.
    pub(crate) fn clear(&mut self) {
        self.slots = Vec::new();
    }
}

fn slot(path: &[u8]) -> usize {
    hash(path) as usize % SLOTS
}

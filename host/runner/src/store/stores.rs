//! The stores granted to one virtual machine, and their open files.

use std::sync::Arc;

use parking_lot::RwLock;

use super::{Result, Store, StoreFile};
use crate::Errno;

/// Tables behind the store numbers and handles a kernel uses.
#[derive(Default)]
pub(crate) struct Stores {
    stores: RwLock<Vec<Arc<dyn Store>>>,
    files: RwLock<Files>,
}

#[derive(Default)]
struct Files {
    slots: Vec<Option<Arc<dyn StoreFile>>>,
    free: Vec<u32>,
}

impl Stores {
    /// Grants a store, giving its number.
    pub(crate) fn insert(&self, store: Arc<dyn Store>) -> u32 {
        let mut stores = self.stores.write();
        stores.push(store);
        stores.len() as u32 - 1
    }

    pub(crate) fn get(&self, store: u32) -> Result<Arc<dyn Store>> {
        self.stores.read().get(store as usize).cloned().ok_or(Errno::Notcapable)
    }

    pub(crate) fn insert_file(&self, file: Box<dyn StoreFile>) -> u32 {
        let mut files = self.files.write();
        let file = Some(Arc::from(file));
        match files.free.pop() {
            Some(handle) => {
                files.slots[handle as usize] = file;
                handle
            }
            None => {
                files.slots.push(file);
                files.slots.len() as u32 - 1
            }
        }
    }

    pub(crate) fn file(&self, handle: u32) -> Result<Arc<dyn StoreFile>> {
        self.files.read().slots.get(handle as usize).cloned().flatten().ok_or(Errno::Badf)
    }

    pub(crate) fn remove_file(&self, handle: u32) {
        let mut files = self.files.write();
        if files.slots.get_mut(handle as usize).and_then(Option::take).is_some() {
            files.free.push(handle);
        }
    }
}

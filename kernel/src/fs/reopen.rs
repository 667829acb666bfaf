//! Files of the host after a restore.

use super::location::Node;
use super::mounts::Source;
use super::{FileKind, StoreFlags};
use crate::Kernel;
use crate::open_file::{FileObject, OpenFileId, OpenFlags};

/// A handle the host has never given out: whatever is done with it fails with `BADF`.
const NO_HANDLE: u32 = u32::MAX;

impl Kernel {
    /// Makes host handles in a restored state good again.
    ///
    /// Where the embedder kept the stores (a kernel swapped in place) the handles still are, and are left alone. Elsewhere
    /// the host does not know them, and the files are opened anew by their paths; what is gone by then answers `BADF`.
    /// All are asked about before the first is opened, since a new handle may have the number of an old one.
    pub(crate) fn reopen_store_files(&mut self) {
        let mut lost = Vec::new();
        for (number, file) in self.state.files.iter_mut() {
            let FileObject::Node(node) = &mut file.object else { continue };
            if let Some(listing) = &mut node.listing
                && listing.handle.is_some_and(|handle| self.host.store_stat(handle).is_err())
            {
                // It is opened again when it is read, and goes on at its position.
                node.listing = None;
            }
            if node.handle.is_some_and(|handle| self.host.store_stat(handle).is_err()) {
                lost.push(number);
            }
        }
        for file in lost {
            self.reopen_store_file(file);
        }
    }

    fn reopen_store_file(&mut self, file: OpenFileId) {
        let open = self.file(file);
        let flags = open.flags;
        let FileObject::Node(node) = &open.object else { return };
        let handle = match (&node.location.node, self.state.vfs.mounts.get(node.location.mount).map(|m| &m.source)) {
            (Node::Store(path), Some(&Source::Store { store, .. })) => {
                let (path, mut wanted) = (path.clone(), StoreFlags::empty());
                wanted.set(StoreFlags::READ, flags.contains(OpenFlags::READ));
                wanted.set(StoreFlags::WRITE, flags.contains(OpenFlags::WRITE));
                wanted.set(StoreFlags::APPEND, flags.contains(OpenFlags::APPEND));
                wanted.set(StoreFlags::DIRECTORY, node.kind == FileKind::Directory);
                Some(self.host.store_open(store, &path, wanted, 0).unwrap_or(NO_HANDLE))
            }
            // Frozen files of an overlay are opened when they are next used.
            _ => None,
        };
        self.node_mut(file).handle = handle;
    }
}

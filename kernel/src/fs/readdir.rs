//! Reading directories (POSIX readdir()).
//!
//! Cookies: 1 follows `.`, 2 follows `..`; then come the entries that lie on the host, in the order it gives them, then
//! those in kernel memory, by the cookies of their directory. An entry of an overlay that the lower layers have too is
//! met at its lower place, even after it was copied up: so a reader meets each name once, whatever changes meanwhile.

use serde::{Deserialize, Serialize};

use super::location::{Node, Place, StorePath};
use super::mounts::Source;
use super::resolve::Found;
use super::{DirectoryEntry, FileKind, StoreFlags};
use crate::open_file::{FileObject, OpenFileId};
use crate::{Errno, Fd, Kernel, Result, Tid};

/// Cookies from here on are of entries in kernel memory.
const MEMORY: u64 = 1 << 62;
/// In a cookie of an entry on the host, its layer stands above these bits, and its index plus 3 below.
const LAYER_SHIFT: u32 = 48;
/// Entries asked of the host at once.
const BATCH: u32 = 256;
/// Entries given at once, however many are asked for.
const COUNT_MAX: usize = 1 << 14;

/// Where a reader has got to in a directory on the host.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Listing {
    layer: u32,
    pub(crate) handle: Option<u32>,
    /// How many entries of this layer were read, and the host's cookie of the next.
    index: u64,
    cookie: u64,
}

impl Kernel {
    /// Entries of a directory from position `cookie` on (0: the start), at most `count`, `.` and `..` included. None is
    /// the end.
    pub fn readdir(&mut self, tid: Tid, fd: Fd, cookie: u64, count: u32) -> Result<Vec<DirectoryEntry>> {
        let pid = self.enter(tid)?;
        let file = self.usable_file(pid, fd)?;
        let place = match &self.file(file).object {
            FileObject::Node(node) if node.kind == FileKind::Directory => (*node.location).clone(),
            _ => return Err(Errno::NOTDIR.into()),
        };
        let count = (count as usize).min(COUNT_MAX);
        let mut entries = Vec::with_capacity(count.min(BATCH as usize));
        self.read_dots(&place, cookie, count, &mut entries)?;
        let cookie = entries.last().map_or(cookie, |entry| entry.next).max(2);
        match &place.node {
            Node::Proc(node) => self.proc_readdir(pid, *node, cookie, count, &mut entries)?,
            &Node::Inode(ino) if self.state.vfs.inodes[ino].directory().is_err() => {
                self.read_terminals(cookie, count, &mut entries);
            }
            Node::Inode(_) | Node::Store(_) | Node::Lower(_) => {
                if cookie < MEMORY {
                    self.read_host(file, &place, cookie, count, &mut entries)?;
                }
                self.read_memory(&place, cookie.saturating_sub(MEMORY), count, &mut entries);
            }
            Node::Terminal(_) | Node::OpenFile(_) => {}
        }
        Ok(entries)
    }

    fn read_dots(
        &mut self,
        place: &Place,
        cookie: u64,
        count: usize,
        out: &mut Vec<DirectoryEntry>,
    ) -> Result<(), Errno> {
        for (at, name) in [(0, &b"."[..]), (1, b"..")] {
            if cookie <= at && out.len() < count {
                let place = if at == 0 { place.clone() } else { self.parent_of(place.clone()) };
                let inode = self.stat_of(&Found { place, stat: None }).map_or(0, |stat| stat.inode);
                out.push(DirectoryEntry { inode, kind: FileKind::Directory, name: name.to_vec(), next: at + 1 });
            }
        }
        Ok(())
    }

    fn read_terminals(&self, cookie: u64, count: usize, out: &mut Vec<DirectoryEntry>) {
        let terminals = self.state.ptys.iter().filter(|&(pty, _)| u64::from(pty) + 2 >= cookie);
        out.extend(terminals.take(count - out.len()).map(|(pty, _)| DirectoryEntry {
            inode: 1 << 33 | u64::from(pty),
            kind: FileKind::CharacterDevice,
            name: pty.to_string().into_bytes(),
            next: u64::from(pty) + 3,
        }));
    }

    /// Entries in kernel memory that are not shadows of lower ones.
    fn read_memory(&self, place: &Place, cookie: u64, count: usize, out: &mut Vec<DirectoryEntry>) {
        let Node::Inode(ino) = place.node else { return };
        let inodes = &self.state.vfs.inodes;
        let Ok(directory) = inodes[ino].directory() else { return };
        let entries = directory.after(cookie).filter(|entry| !entry.shadows);
        out.extend(entries.filter_map(|entry| Some((entry, &inodes[entry.ino?]))).take(count - out.len()).map(
            |(entry, inode)| DirectoryEntry {
                inode: inode.number,
                kind: inode.kind(),
                name: entry.name.to_vec(),
                next: MEMORY | entry.cookie,
            },
        ));
    }

    /// Entries that lie on the host: of a store, or of the lower layers of an overlay.
    fn read_host(
        &mut self,
        file: OpenFileId,
        place: &Place,
        cookie: u64,
        count: usize,
        out: &mut Vec<DirectoryEntry>,
    ) -> Result<(), Errno> {
        let Some((path, layers)) = self.host_directory(place)? else { return Ok(()) };
        let (mut layer, mut index) =
            ((cookie >> LAYER_SHIFT) as u32, (cookie & ((1 << LAYER_SHIFT) - 1)).saturating_sub(2));
        while out.len() < count && (layer as usize) < layers.len() {
            let mut listing = self.node_mut(file).listing.take().unwrap_or_default();
            let read = self.read_layer(&mut listing, &layers, &path, (layer, index), count - out.len());
            self.node_mut(file).listing = Some(listing);
            let entries = read?;
            if entries.is_empty() {
                (layer, index) = (layer + 1, 0);
                continue;
            }
            for mut entry in entries {
                index += 1;
                entry.next = u64::from(layer) << LAYER_SHIFT | (index + 2);
                if !matches!(&*entry.name, b"." | b"..")
                    && self.shows(place, &layers[..layer as usize], &path, &mut entry)
                {
                    out.push(entry);
                }
            }
        }
        Ok(())
    }

    /// The next entries of one layer from the index asked for; none at its end, or where it has no such directory.
    fn read_layer(
        &mut self,
        listing: &mut Listing,
        layers: &[u32],
        path: &StorePath,
        (layer, index): (u32, u64),
        count: usize,
    ) -> Result<Vec<DirectoryEntry>, Errno> {
        if listing.handle.is_none() || listing.layer != layer {
            if let Some(handle) = listing.handle.take() {
                self.host.store_close(handle);
            }
            let opened =
                self.host.store_open(layers[layer as usize], path, StoreFlags::READ | StoreFlags::DIRECTORY, 0);
            let handle = match opened {
                Err(Errno::NOENT | Errno::NOTDIR) if layers.len() > 1 => return Ok(Vec::new()),
                opened => opened?,
            };
            *listing = Listing { layer, handle: Some(handle), index: 0, cookie: 0 };
        }
        let handle = listing.handle.expect("just opened");
        if listing.index > index {
            (listing.index, listing.cookie) = (0, 0);
        }
        loop {
            let skip = index - listing.index;
            let batch =
                if skip > 0 { u64::from(BATCH).min(skip) as u32 } else { u64::from(BATCH).min(count as u64) as u32 };
            let entries = self.host.store_readdir(handle, listing.cookie, batch)?;
            if let Some(last) = entries.last() {
                listing.cookie = last.next;
                listing.index += entries.len() as u64;
            }
            if skip == 0 || entries.is_empty() {
                return Ok(entries);
            }
        }
    }

    /// Whether an entry of a layer is seen through what lies above it; if so it is given the file number it has there.
    fn shows(&mut self, place: &Place, above: &[u32], path: &StorePath, entry: &mut DirectoryEntry) -> bool {
        if let Node::Store(_) = place.node {
            return true;
        }
        entry.inode |= (above.len() as u64) << 48;
        if let Node::Inode(ino) = place.node
            && let Ok(directory) = self.state.vfs.inodes[ino].directory()
            && let Some(upper) = directory.get(&entry.name)
        {
            let Some(upper) = upper.ino else { return false };
            let inode = &self.state.vfs.inodes[upper];
            (entry.inode, entry.kind) = (inode.number, inode.kind());
        }
        if above.is_empty() {
            return true;
        }
        let path = path.join(&entry.name);
        !above.iter().any(|&store| self.host.store_walk(store, &path).is_ok())
    }

    /// Path and stores of a directory that lies on the host, if it does.
    fn host_directory(&self, place: &Place) -> Result<Option<(StorePath, Vec<u32>)>, Errno> {
        let path = match &place.node {
            Node::Store(path) => path.clone(),
            Node::Lower(lower) => lower.path.clone(),
            &Node::Inode(ino) => match &self.state.vfs.inodes[ino].directory()?.lower {
                Some(path) => path.clone(),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(match &self.state.vfs.mount(place.mount).source {
            Source::Store { store, .. } => Some((path, vec![*store])),
            Source::Overlay { layers } => Some((path, layers.clone())),
            _ => None,
        })
    }
}

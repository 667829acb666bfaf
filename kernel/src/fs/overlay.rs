//! Overlays: frozen stores below a writable layer in memory.
//!
//! The upper layer is a tree of inodes whose directories may name a directory of the lower layers that shows through.
//! A file that only the lower layers have gets an inode when it is first changed ("copy-up"): its status at once, its
//! bytes when they are first written. Copied-up directories keep the path of their lower directory, so renaming one
//! moves what shows through as well.

use super::data::FileData;
use super::directory::Directory;
use super::inode::{Content, Ino, LowerFile};
use super::location::{Lower, MountId, Node, Place, StorePath};
use super::mounts::Source;
use super::{Credentials, FileKind, FileStat, StoreFlags, Walked};
use crate::{Errno, Kernel};

/// Lower bytes are copied up in pieces of this size.
const COPY_PIECE: u32 = 1 << 20;

impl Kernel {
    /// Walks a path of the lower layers: the topmost that has it decides.
    pub(crate) fn lower_walk(&mut self, mount: MountId, path: &[u8]) -> Result<Walked, Errno> {
        self.lower_find(mount, path).map(|(_, walked)| walked)
    }

    /// The store that holds a file of the lower layers, and the file's status.
    pub(crate) fn lower_store(&mut self, mount: MountId, path: &[u8]) -> Result<(u32, FileStat), Errno> {
        let (store, walked) = self.lower_find(mount, path)?;
        if (walked.consumed as usize) < path.len() {
            return Err(Errno::NOENT);
        }
        Ok((store, walked.stat))
    }

    fn lower_find(&mut self, mount: MountId, path: &[u8]) -> Result<(u32, Walked), Errno> {
        if let Some(answer) = self.lookups.get(mount, path) {
            return answer;
        }
        let answer = self.lower_ask(mount, path);
        if matches!(answer, Ok(_) | Err(Errno::NOENT)) {
            self.lookups.insert(mount, path, answer);
        }
        answer
    }

    fn lower_ask(&mut self, mount: MountId, path: &[u8]) -> Result<(u32, Walked), Errno> {
        let device = self.state.vfs.device(mount);
        let Source::Overlay { layers } = &self.state.vfs.mount(mount).source else {
            unreachable!("lower node outside of an overlay");
        };
        for (layer, &store) in layers.iter().enumerate() {
            match self.host.store_walk(store, path) {
                Ok(walked) if walked.consumed as usize > path.len() => return Err(Errno::IO),
                Ok(mut walked) => {
                    walked.stat.device = device;
                    // Files of different layers are different files.
                    walked.stat.inode |= (layer as u64) << 48;
                    return Ok((store, walked));
                }
                Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno),
            }
        }
        Err(Errno::NOENT)
    }

    /// The inode of a file of kernel memory or of an overlay, made if only the lower layers have it.
    pub(crate) fn inode_of(&mut self, place: &Place) -> Result<Ino, Errno> {
        match &place.node {
            &Node::Inode(ino) => Ok(ino),
            Node::Lower(lower) => self.copy_up(place.mount, &lower.clone()),
            _ => unreachable!("only kernel memory has inodes"),
        }
    }

    /// Gives a lower file an inode, and each directory above it that has none.
    fn copy_up(&mut self, mount: MountId, lower: &Lower) -> Result<Ino, Errno> {
        let mut directory = lower.anchor;
        let base = self.state.vfs.inodes[directory].directory()?.lower.clone().ok_or(Errno::STALE)?;
        let mut end = base.len();
        loop {
            let start = if end == 0 { 0 } else { end + 1 };
            end = lower.path[start..].iter().position(|&byte| byte == b'/').map_or(lower.path.len(), |at| start + at);
            directory = self.copy_up_entry(mount, directory, StorePath::new(&lower.path[..end]))?;
            if end == lower.path.len() {
                return Ok(directory);
            }
        }
    }

    fn copy_up_entry(&mut self, mount: MountId, parent: Ino, path: StorePath) -> Result<Ino, Errno> {
        if let Some(entry) = self.state.vfs.inodes[parent].directory()?.get(path.name()) {
            return entry.ino.ok_or(Errno::NOENT);
        }
        let (store, stat) = self.lower_store(mount, &path)?;
        let content = match stat.kind {
            FileKind::Directory => Content::Directory(Box::new(Directory::new(Some(path.clone())))),
            FileKind::Symlink => Content::Symlink(self.host.store_readlink(store, &path)?.into()),
            FileKind::Regular => {
                Content::Lower(LowerFile { store, path: path.clone(), size: stat.size, blocks: stat.blocks })
            }
            FileKind::Fifo => Content::Fifo(None),
            _ => return Err(Errno::NOTSUP),
        };
        let ino = self.inode_new(mount, &Credentials::default(), stat.mode, content)?;
        let inode = &mut self.state.vfs.inodes[ino];
        (inode.number, inode.uid, inode.gid) = (stat.inode, stat.uid, stat.gid);
        (inode.accessed, inode.modified, inode.changed) = (stat.accessed, stat.modified, stat.changed);
        (inode.created, inode.parent, inode.links) = (stat.created, parent, 1);
        let name = path.name().to_vec();
        if let Err(errno) = self.charge(super::entry::memory(&name)) {
            self.state.vfs.inodes[ino].links = 0;
            self.inode_forget(ino);
            return Err(errno);
        }
        let directory = self.state.vfs.inodes[parent].directory_mut();
        directory.insert(&name, Some(ino), true);
        directory.subdirectories += u32::from(stat.kind == FileKind::Directory);
        self.relocate_lower(mount, &path, ino);
        Ok(ino)
    }

    /// Moves every location in the lower file that has become this inode, or below it, to the inode.
    fn relocate_lower(&mut self, mount: MountId, path: &StorePath, ino: Ino) {
        let mut held = 0;
        self.each_place(|place| {
            if place.mount != mount {
                return;
            }
            if let Node::Lower(lower) = &mut place.node {
                if lower.path == *path {
                    place.node = Node::Inode(ino);
                    held += 1;
                } else if lower.path.below(path).is_some() {
                    lower.anchor = ino;
                }
            }
        });
        self.state.vfs.inodes[ino].references += held;
    }

    /// The same file by the node it has now, where copying up in this very call may have given it another.
    pub(crate) fn settle(&self, place: Place) -> Place {
        let Node::Lower(lower) = &place.node else { return place };
        let mut anchor = lower.anchor;
        loop {
            let Ok(directory) = self.state.vfs.inodes[anchor].directory() else { return place };
            let Some(rest) = directory.lower.as_ref().and_then(|base| lower.path.below(base)) else {
                return Place::inode(place.mount, anchor);
            };
            let name = rest.split(|&byte| byte == b'/').next().unwrap_or_default();
            match directory.get(name).and_then(|entry| entry.ino) {
                Some(ino) if name.len() == rest.len() => return Place::inode(place.mount, ino),
                Some(ino) => anchor = ino,
                None => {
                    let node = Node::Lower(Lower { path: lower.path.clone(), anchor });
                    return Place { mount: place.mount, node };
                }
            }
        }
    }

    /// Whether anything holds a file of the lower layers.
    pub(crate) fn lower_is_held(&mut self, mount: MountId, path: &StorePath) -> bool {
        let mut held = false;
        self.each_place(|place| {
            held |= place.mount == mount && matches!(&place.node, Node::Lower(lower) if lower.path == *path);
        });
        held
    }

    /// Shows every held location of the system, to be moved where its file has become another node.
    pub(crate) fn each_place(&mut self, mut visit: impl FnMut(&mut Place)) {
        use crate::open_file::FileObject;
        for (_, open) in self.state.files.iter_mut() {
            if let FileObject::Node(node) = &mut open.object {
                visit(node.location.place_mut());
            }
        }
        for process in self.state.processes.iter_mut() {
            visit(process.cwd.place_mut());
        }
        self.state.watches.iter_mut().for_each(|(_, watch)| watch.each_place(&mut visit));
    }

    /// Brings the bytes of a regular file into memory, where they can be written; none of them when it is about to be
    /// emptied.
    pub(crate) fn copy_up_data(&mut self, ino: Ino, keep: bool) -> Result<(), Errno> {
        let Content::Lower(file) = &self.state.vfs.inodes[ino].content else { return Ok(()) };
        let (file, mut data) = (file.clone(), FileData::default());
        if keep {
            self.charge(data.growth(0, file.size))?;
            if let Err(errno) = self.copy_lower(&file, &mut data) {
                self.uncharge(FileData::default().growth(0, file.size));
                return Err(errno);
            }
        }
        self.state.vfs.inodes[ino].content = Content::Regular(data);
        Ok(())
    }

    fn copy_lower(&mut self, file: &LowerFile, data: &mut FileData) -> Result<(), Errno> {
        let handle = self.host.store_open(file.store, &file.path, StoreFlags::READ, 0)?;
        let copied = loop {
            let left = file.size - data.size();
            if left == 0 {
                break Ok(());
            }
            match self.host.store_read(handle, data.size(), u64::from(COPY_PIECE).min(left) as u32) {
                Ok(bytes) if bytes.is_empty() || bytes.len() as u64 > left => break Err(Errno::IO),
                Ok(bytes) => data.write(data.size(), &bytes),
                Err(errno) => break Err(errno),
            }
        };
        self.host.store_close(handle);
        copied
    }
}

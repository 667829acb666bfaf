//! Mounting file systems.

use crate::fs::mounts::{Mount, Source};
use crate::fs::{Content, Credentials, Directory, FileKind, Node, Place, StorePath};
use crate::{Errno, Kernel, Result, Tid};

/// What is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountSource {
    /// An empty file system in the kernel's memory.
    Memory,
    /// A store of the host.
    Store {
        /// Its number.
        store: u32,
        /// Its content never changes.
        immutable: bool,
    },
    /// Frozen stores, the topmost first, below a writable layer in memory.
    Overlay(Vec<u32>),
    /// Processes as files.
    Proc,
    /// Devices.
    Dev,
}

/// A file system to mount, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountSpec {
    /// Absolute path; missing directories are made where the file system below is writable.
    pub target: Vec<u8>,
    /// What to mount.
    pub source: MountSource,
    /// Whether changes are refused (`ROFS`).
    pub read_only: bool,
    /// For /proc/mounts.
    pub name: Vec<u8>,
}

impl Kernel {
    /// Mounts a file system, for a task of pid 1 (`PERM` otherwise).
    pub fn mount(&mut self, tid: Tid, mount: &MountSpec) -> Result<()> {
        if self.enter(tid)? != 1 {
            return Err(Errno::PERM.into());
        }
        Ok(self.mount_at(mount)?)
    }

    /// Mounts a file system. The first one becomes the root.
    pub(crate) fn mount_at(&mut self, spec: &MountSpec) -> Result<(), Errno> {
        if spec.target.first() != Some(&b'/') {
            return Err(Errno::INVAL);
        }
        let names: Vec<&[u8]> = spec.target.split(|&byte| byte == b'/').filter(|name| !name.is_empty()).collect();
        if names.iter().any(|name| matches!(*name, b"." | b"..")) {
            return Err(Errno::INVAL);
        }
        let covers = match (self.state.vfs.mounts.is_empty(), names.is_empty()) {
            (true, true) => None,
            (true, false) => return Err(Errno::INVAL),
            (false, true) => return Err(Errno::BUSY),
            (false, false) => Some(self.mount_point(&names)?),
        };
        let source = match &spec.source {
            MountSource::Memory => Source::Memory,
            &MountSource::Store { store, immutable } => Source::Store { store, immutable },
            MountSource::Overlay(layers) if layers.is_empty() => return Err(Errno::INVAL),
            MountSource::Overlay(layers) => Source::Overlay { layers: layers.clone() },
            MountSource::Proc => Source::Proc,
            MountSource::Dev => Source::Dev,
        };
        let mut target = names.iter().fold(Vec::new(), |path, name| [&path[..], b"/", name].concat());
        if target.is_empty() {
            target.push(b'/');
        }
        self.lookups.clear();
        let mount = self.state.vfs.mounts.insert(Mount {
            covers: covers.clone(),
            root: Node::default(),
            source,
            read_only: spec.read_only,
            name: spec.name.clone(),
            target,
            covered: Vec::new(),
        });
        match self.mount_root(mount) {
            Ok(root) => self.state.vfs.mounts.get_mut(mount).expect("just inserted").root = root,
            Err(errno) => {
                self.state.vfs.mounts.remove(mount);
                return Err(errno);
            }
        }
        if let Some(covers) = covers {
            if let Node::Inode(ino) = covers.node {
                let inode = &mut self.state.vfs.inodes[ino];
                inode.references += 1;
                inode.covered = true;
            }
            let below = self.state.vfs.mounts.get_mut(covers.mount).expect("mount of a place");
            below.covered.push((covers.node, mount));
        }
        Ok(())
    }

    /// The directory to mount on. In an overlay it is copied up, so that no step through the lower layers passes it.
    fn mount_point(&mut self, names: &[&[u8]]) -> Result<Place, Errno> {
        let mut found = crate::fs::resolve::Found { place: self.state.vfs.root(), stat: None };
        for name in names {
            found = match self.lookup(1, &found, name) {
                Err(Errno::NOENT) => {
                    self.make_mount_point(&found.place, name)?;
                    found.place = self.settle(found.place);
                    self.lookup(1, &found, name)?
                }
                looked_up => looked_up?,
            };
            if self.kind_of(&found)? != FileKind::Directory {
                return Err(Errno::NOTDIR);
            }
        }
        if let Node::Lower(_) = found.place.node {
            found.place.node = Node::Inode(self.inode_of(&found.place)?);
        }
        Ok(found.place)
    }

    fn make_mount_point(&mut self, directory: &Place, name: &[u8]) -> Result<(), Errno> {
        match &directory.node {
            Node::Inode(_) | Node::Lower(_) => {
                let parent = self.inode_of(directory)?;
                let ino = self.directory_new(directory.mount, &Credentials::default(), 0o755, parent, None)?;
                self.entry_insert(parent, name, ino)
            }
            Node::Store(path) => {
                let path = path.join(name);
                self.store_change(1, directory.mount, &path, "mkdir", |host, store| {
                    host.store_mkdir(store, &path, 0o755)
                })
            }
            _ => Err(Errno::NOENT),
        }
    }

    /// The root directory of a new mount.
    fn mount_root(&mut self, mount: u32) -> Result<Node, Errno> {
        let owner = Credentials::default();
        match self.state.vfs.mount(mount).source.clone() {
            Source::Memory => Ok(Node::Inode(self.root_directory(mount, &owner, 0o755, None)?)),
            Source::Dev => {
                let ino = self.root_directory(mount, &owner, 0o755, None)?;
                self.make_devices(mount, ino)?;
                Ok(Node::Inode(ino))
            }
            Source::Proc => Ok(Node::Proc(crate::fs::proc_fs::ProcNode::Root)),
            Source::Store { store, .. } => {
                let walked = self.store_walk(mount, store, b"")?;
                if walked.stat.kind != FileKind::Directory {
                    return Err(Errno::NOTDIR);
                }
                Ok(Node::Store(StorePath::new(*b"")))
            }
            Source::Overlay { .. } => {
                let stat = self.lower_walk(mount, b"")?.stat;
                if stat.kind != FileKind::Directory {
                    return Err(Errno::NOTDIR);
                }
                let ino = self.root_directory(mount, &owner, stat.mode, Some(StorePath::new(*b"")))?;
                let inode = &mut self.state.vfs.inodes[ino];
                (inode.uid, inode.gid, inode.number) = (stat.uid, stat.gid, stat.inode);
                (inode.accessed, inode.modified, inode.changed) = (stat.accessed, stat.modified, stat.changed);
                Ok(Node::Inode(ino))
            }
        }
    }

    fn root_directory(
        &mut self,
        mount: u32,
        owner: &Credentials,
        mode: u32,
        lower: Option<StorePath>,
    ) -> Result<u32, Errno> {
        let ino = self.inode_new(mount, owner, mode, Content::Directory(Box::new(Directory::new(lower))))?;
        let inode = &mut self.state.vfs.inodes[ino];
        (inode.links, inode.parent) = (1, ino);
        Ok(ino)
    }
}

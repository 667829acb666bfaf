//! POSIX open().

use super::inode::{Content, Ino};
use super::location::{Node, Place, StorePath};
use super::open_node::OpenNode;
use super::resolve::{Found, Target, Until};
use super::{AccessMode, FileKind, StoreFlags, WatchEvents};
use crate::open_file::{FileObject, OpenFileId, OpenFlags};
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

/// Flags an open file keeps.
const KEPT: OpenFlags = OpenFlags::READ
    .union(OpenFlags::WRITE)
    .union(OpenFlags::APPEND)
    .union(OpenFlags::NONBLOCK)
    .union(OpenFlags::PATH)
    .union(OpenFlags::DIRECTORY)
    .union(OpenFlags::NO_FOLLOW);

impl Kernel {
    /// Opens a file and gives its descriptor.
    pub fn open(&mut self, tid: Tid, dir: Fd, path: &[u8], flags: OpenFlags, mode: u32) -> Result<Fd> {
        let pid = self.enter(tid)?;
        self.open_at(tid, pid, dir, path, flags, mode)
    }

    /// As `open`, for a process that need not be the task's own: a spawned child opens its files by its parent's call.
    pub(crate) fn open_at(
        &mut self,
        tid: Tid,
        pid: Pid,
        dir: Fd,
        path: &[u8],
        flags: OpenFlags,
        mode: u32,
    ) -> Result<Fd> {
        let object = self.open_object(tid, pid, dir, path, flags, mode)?;
        let file = self.new_open_file(object, flags & KEPT)?;
        let close_on_exec = flags.contains(OpenFlags::CLOSE_ON_EXEC);
        Ok(self.install_descriptor(pid, 0, crate::open_file::Descriptor { file, close_on_exec })?)
    }

    fn open_object(
        &mut self,
        tid: Tid,
        pid: Pid,
        dir: Fd,
        path: &[u8],
        mut flags: OpenFlags,
        mode: u32,
    ) -> Result<FileObject> {
        if flags.contains(OpenFlags::PATH) {
            flags &= OpenFlags::PATH | OpenFlags::DIRECTORY | OpenFlags::NO_FOLLOW;
        } else if flags.contains(OpenFlags::TEMPORARY) {
            return Ok(self.open_temporary(pid, dir, path, flags, mode)?);
        }
        let found = if flags.contains(OpenFlags::CREATE) {
            if flags.contains(OpenFlags::DIRECTORY) {
                return Err(Errno::INVAL.into());
            }
            match self.find_or_create(pid, dir, path, flags, mode)? {
                Opened::Found(found) => found,
                Opened::Created(object) => return Ok(object),
            }
        } else {
            self.resolve(pid, dir, path, !flags.contains(OpenFlags::NO_FOLLOW))?
        };
        self.open_found(tid, pid, found, flags)
    }

    /// Opens an existing file.
    pub(crate) fn open_found(&mut self, tid: Tid, pid: Pid, found: Found, flags: OpenFlags) -> Result<FileObject> {
        let permissions = self.permissions_of(&found)?;
        let kind = permissions.kind;
        if flags.contains(OpenFlags::DIRECTORY) && kind != FileKind::Directory {
            return Err(Errno::NOTDIR.into());
        }
        if flags.contains(OpenFlags::PATH) {
            return Ok(FileObject::Node(OpenNode::new(self.hold(found.place), kind, None)));
        }
        let changes = flags.intersects(OpenFlags::WRITE | OpenFlags::TRUNCATE);
        match kind {
            FileKind::Symlink => return Err(Errno::LOOP.into()),
            FileKind::Socket => return Err(Errno::NXIO.into()),
            FileKind::Directory if changes || flags.contains(OpenFlags::CREATE) => return Err(Errno::ISDIR.into()),
            _ => {}
        }
        let mut access = AccessMode::empty();
        access.set(AccessMode::READ, flags.contains(OpenFlags::READ));
        access.set(AccessMode::WRITE, changes);
        self.process(pid).credentials().check(permissions, access)?;
        match found.place.node.clone() {
            Node::Terminal(pty) => self.terminal_open(tid, pty, flags),
            Node::OpenFile(file) => self.reopen(tid, file, flags),
            Node::Proc(node) => {
                self.proc_open(pid, node, flags)?;
                Ok(FileObject::Node(OpenNode::new(self.hold(found.place), kind, None)))
            }
            Node::Inode(ino) => match self.state.vfs.inodes[ino].content {
                Content::Device(device) => match self.device_open(tid, pid, device, flags)? {
                    Some(object) => Ok(object),
                    None => Ok(FileObject::Node(OpenNode::new(self.hold(found.place), kind, None))),
                },
                Content::Fifo(pipe) => {
                    let pipe = match pipe {
                        Some(pipe) => pipe,
                        None => {
                            let pipe = self.fifo_new(self.inode_id(ino))?;
                            self.state.vfs.inodes[ino].content = Content::Fifo(Some(pipe));
                            pipe
                        }
                    };
                    self.fifo_open(tid, pipe, flags)
                }
                _ => Ok(self.open_regular(pid, found.place, kind, flags)?),
            },
            Node::Lower(_) if kind == FileKind::Fifo => {
                let ino = self.inode_of(&found.place)?;
                let place = Place::inode(found.place.mount, ino);
                self.open_found(tid, pid, Found { place, stat: None }, flags)
            }
            Node::Lower(_) | Node::Store(_) => Ok(self.open_regular(pid, found.place, kind, flags)?),
        }
    }

    /// Opens a directory or a regular file, whose permissions were checked.
    fn open_regular(
        &mut self,
        pid: Pid,
        mut place: Place,
        kind: FileKind,
        flags: OpenFlags,
    ) -> Result<FileObject, Errno> {
        let mut handle = None;
        let changes = flags.intersects(OpenFlags::WRITE | OpenFlags::TRUNCATE);
        if let Node::Store(path) = &place.node {
            let path = path.clone();
            if kind == FileKind::Directory {
                // Opened on the host when it is listed.
                self.store_read(pid, place.mount, &path, "open", |_, _| Ok(()))?;
            } else {
                handle = Some(self.store_open(pid, &place, &path, flags, 0)?);
            }
        } else if changes {
            self.state.vfs.check_writable(place.mount)?;
            let ino = self.inode_of(&place)?;
            place = Place::inode(place.mount, ino);
            if flags.contains(OpenFlags::TRUNCATE) {
                self.set_size(pid, ino, 0)?;
            }
        }
        Ok(FileObject::Node(OpenNode::new(self.hold(place), kind, handle)))
    }

    /// Opens a file of a store on the host, so that what it may be used for is settled now.
    fn store_open(
        &mut self,
        pid: Pid,
        place: &Place,
        path: &StorePath,
        flags: OpenFlags,
        mode: u32,
    ) -> Result<u32, Errno> {
        let wanted = [
            (OpenFlags::READ, StoreFlags::READ),
            (OpenFlags::WRITE, StoreFlags::WRITE),
            (OpenFlags::APPEND, StoreFlags::APPEND),
            (OpenFlags::CREATE, StoreFlags::CREATE),
            (OpenFlags::EXCLUSIVE, StoreFlags::EXCLUSIVE),
            (OpenFlags::TRUNCATE, StoreFlags::TRUNCATE),
        ];
        let host_flags = wanted
            .iter()
            .filter(|(flag, _)| flags.contains(*flag))
            .fold(StoreFlags::empty(), |all, (_, flag)| all | *flag);
        if flags.intersects(OpenFlags::WRITE | OpenFlags::TRUNCATE | OpenFlags::CREATE) {
            let open = |host: &mut dyn crate::Host, store| host.store_open(store, path, host_flags, mode);
            return self.store_change(pid, place.mount, path, "open", open);
        }
        self.store_read(pid, place.mount, path, "open", |host, store| host.store_open(store, path, host_flags, mode))
    }

    fn find_or_create(&mut self, pid: Pid, dir: Fd, path: &[u8], flags: OpenFlags, mode: u32) -> Result<Opened, Errno> {
        let mut walk = self.walk_from(pid, dir, path)?;
        loop {
            self.walk(&mut walk, Until::Parent)?;
            let Some(name) = walk.name().map(<[u8]>::to_vec) else {
                if flags.contains(OpenFlags::EXCLUSIVE) {
                    return Err(Errno::EXIST);
                }
                return Ok(Opened::Found(walk.at));
            };
            if walk.slash() {
                return Err(Errno::ISDIR);
            }
            let directory = walk.at.clone();
            match self.lookup(pid, &directory, &name) {
                Ok(_) if flags.contains(OpenFlags::EXCLUSIVE) => return Err(Errno::EXIST),
                Ok(found) if self.kind_of(&found)? == FileKind::Symlink && !flags.contains(OpenFlags::NO_FOLLOW) => {
                    self.follow_last(&mut walk, found)?;
                }
                Ok(found) => return Ok(Opened::Found(found)),
                Err(Errno::NOENT) => {
                    let target = walk.into_target().expect("walk that ended before its last component");
                    return self.create_regular(pid, &target, flags, mode).map(Opened::Created);
                }
                Err(errno) => return Err(errno),
            }
        }
    }

    fn create_regular(
        &mut self,
        pid: Pid,
        target: &Target<'_>,
        flags: OpenFlags,
        mode: u32,
    ) -> Result<FileObject, Errno> {
        let mode = mode & 0o7777 & !self.process(pid).umask;
        let directory = &target.directory.place;
        let (place, handle) = if let Node::Store(path) = &directory.node {
            self.check_change(pid, &target.directory)?;
            let path = StorePath::new(path.join(target.name()));
            let place = Place { mount: directory.mount, node: Node::Store(path.clone()) };
            let handle = self.store_open(pid, &place, &path, flags | OpenFlags::EXCLUSIVE, mode)?;
            (place, Some(handle))
        } else {
            let ino = self.create_inode(pid, target, mode, Content::Regular(Default::default()))?;
            (Place::inode(directory.mount, ino), None)
        };
        self.notify_entry(&target.directory.place, target.name(), WatchEvents::CREATE, false, 0);
        Ok(FileObject::Node(OpenNode::new(self.hold(place), FileKind::Regular, handle)))
    }

    /// Makes a file in kernel memory under a name that is free.
    pub(crate) fn create_inode(
        &mut self,
        pid: Pid,
        target: &Target<'_>,
        mode: u32,
        content: Content,
    ) -> Result<Ino, Errno> {
        let (directory, credentials) = self.directory_to_change(pid, &target.directory)?;
        let holder = &self.state.vfs.inodes[directory];
        let (mount, group) = (holder.mount, (holder.mode & 0o2000 != 0).then_some(holder.gid));
        if holder.links == 0 {
            return Err(Errno::NOENT);
        }
        let is_directory = matches!(content, Content::Directory(_));
        let ino = self.inode_new(mount, &credentials, mode, content)?;
        if let Some(gid) = group {
            // Files in a set-group-id directory belong to its group; so do directories, which pass the bit on.
            let inode = &mut self.state.vfs.inodes[ino];
            inode.gid = gid;
            inode.mode |= if is_directory { 0o2000 } else { 0 };
        }
        self.entry_insert(directory, target.name(), ino)?;
        Ok(ino)
    }

    /// Checks that a directory's entries may be changed by the process, as far as that is told by its mount and mode.
    pub(crate) fn check_change(&mut self, pid: Pid, directory: &Found) -> Result<(), Errno> {
        let permissions = self.permissions_of(directory)?;
        self.process(pid).credentials().check(permissions, AccessMode::WRITE | AccessMode::EXECUTE)
    }

    /// The inode of a directory whose entries the process is about to change.
    pub(crate) fn directory_to_change(
        &mut self,
        pid: Pid,
        directory: &Found,
    ) -> Result<(Ino, super::Credentials), Errno> {
        match directory.place.node {
            Node::Inode(_) | Node::Lower(_) => {}
            Node::Proc(_) => return Err(Errno::ACCES),
            _ => return Err(Errno::NOTDIR),
        }
        self.check_change(pid, directory)?;
        self.state.vfs.check_writable(directory.place.mount)?;
        let ino = self.inode_of(&directory.place)?;
        match self.state.vfs.inodes[ino].content {
            Content::Directory(_) => Ok((ino, self.process(pid).credentials())),
            _ => Err(Errno::ACCES),
        }
    }

    fn open_temporary(
        &mut self,
        pid: Pid,
        dir: Fd,
        path: &[u8],
        flags: OpenFlags,
        mode: u32,
    ) -> Result<FileObject, Errno> {
        if !flags.contains(OpenFlags::WRITE) {
            return Err(Errno::INVAL);
        }
        let directory = self.resolve(pid, dir, path, true)?;
        if self.kind_of(&directory)? != FileKind::Directory {
            return Err(Errno::NOTDIR);
        }
        if let Node::Store(_) = directory.place.node {
            return Err(Errno::NOTSUP);
        }
        let (parent, credentials) = self.directory_to_change(pid, &directory)?;
        let mount = self.state.vfs.inodes[parent].mount;
        let mode = mode & 0o7777 & !self.process(pid).umask;
        let ino = self.inode_new(mount, &credentials, mode, Content::Regular(Default::default()))?;
        let location = self.hold(Place::inode(mount, ino));
        Ok(FileObject::Node(OpenNode::new(location, FileKind::Regular, None)))
    }

    /// Opens what another open file refers to once more, by way of /proc/self/fd.
    fn reopen(&mut self, tid: Tid, file: OpenFileId, flags: OpenFlags) -> Result<FileObject> {
        match self.file(file).object {
            FileObject::PipeReader(pipe) | FileObject::PipeWriter(pipe) | FileObject::PipeBoth(pipe) => {
                self.fifo_open(tid, pipe, flags)
            }
            FileObject::Terminal(pty) => self.terminal_open(tid, pty, flags),
            _ => Err(Errno::NXIO.into()),
        }
    }
}

enum Opened {
    Found(Found),
    Created(FileObject),
}

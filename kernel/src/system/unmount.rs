//! Unmounting file systems.

use crate::fs::{Node, Place};
use crate::open_file::FileObject;
use crate::{AT_ROOT, Errno, Kernel, Result, Tid};

impl Kernel {
    /// Unmounts what is mounted at `target`, for a task of pid 1. `BUSY` where something is open or mounted there.
    pub fn unmount(&mut self, tid: Tid, target: &[u8]) -> Result<()> {
        let pid = self.enter(tid)?;
        if pid != 1 {
            return Err(Errno::PERM.into());
        }
        let found = self.resolve(pid, AT_ROOT, target, true)?;
        let id = found.place.mount;
        let mount = self.state.vfs.mount(id);
        if found.place.node != mount.root {
            return Err(Errno::INVAL.into());
        }
        let Some(covers) = mount.covers.clone() else { return Err(Errno::BUSY.into()) };
        if !mount.covered.is_empty() || self.mount_is_held(id) {
            return Err(Errno::BUSY.into());
        }
        self.lookups.clear();
        self.state.vfs.mounts.remove(id);
        let below = self.state.vfs.mounts.get_mut(covers.mount).expect("mount of a place");
        below.covered.retain(|&(_, mount)| mount != id);
        if let Node::Inode(ino) = covers.node {
            let inode = &mut self.state.vfs.inodes[ino];
            inode.references -= 1;
            inode.covered = false;
            self.inode_forget(ino);
        }
        self.forget_inodes_of(id);
        Ok(())
    }

    fn mount_is_held(&mut self, id: u32) -> bool {
        let open = |object: &FileObject| matches!(object, FileObject::Node(node) if node.location.mount == id);
        let mut held = self.state.files.iter().any(|(_, file)| open(&file.object));
        self.each_place(|place: &mut Place| held |= place.mount == id);
        held
    }
}

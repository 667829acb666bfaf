//! Files of stores: host directories and images.

use std::borrow::Cow;

use super::location::{MountId, Node, Place, StorePath};
use super::mounts::Source;
use super::{FileKind, Walked};
use crate::{Errno, Host, HostResult, Kernel, Pid, Verdict};

impl Kernel {
    /// Walks a path of a mount's store; the status is given the mount's device number.
    pub(crate) fn store_walk(&mut self, mount: MountId, store: u32, path: &[u8]) -> Result<Walked, Errno> {
        let immutable = matches!(self.state.vfs.mount(mount).source, Source::Store { immutable: true, .. });
        if immutable && let Some(answer) = self.lookups.get(mount, path) {
            return answer.map(|(_, walked)| walked);
        }
        let mut answer = self.host.store_walk(store, path);
        if let Ok(walked) = &mut answer {
            if walked.consumed as usize > path.len() {
                return Err(Errno::IO);
            }
            walked.stat.device = self.state.vfs.device(mount);
        }
        if immutable && matches!(answer, Ok(_) | Err(Errno::NOENT)) {
            self.lookups.insert(mount, path, answer.map(|walked| (store, walked)));
        }
        answer
    }

    /// The store number of a mount of one.
    pub(crate) fn store_of(&self, mount: MountId) -> u32 {
        match self.state.vfs.mount(mount).source {
            Source::Store { store, .. } => store,
            _ => unreachable!("store node outside of a store mount"),
        }
    }

    /// Changes something in a store, if the mount may be written. Either way it goes into the audit log.
    pub(crate) fn store_change<T>(
        &mut self,
        pid: Pid,
        mount: MountId,
        path: &[u8],
        operation: &str,
        change: impl FnOnce(&mut dyn Host, u32) -> HostResult<T>,
    ) -> Result<T, Errno> {
        let store = self.store_of(mount);
        let changed = match self.state.vfs.check_writable(mount) {
            Ok(()) => change(&mut *self.host, store),
            Err(errno) => Err(errno),
        };
        self.audit_store(pid, mount, path, operation, "writable mount", changed.as_ref().err());
        changed
    }

    /// Opens something in a store to read it, which goes into the audit log unless the store is an image: that is no
    /// power, but part of the machine. Names, links and status are looked up without a word.
    pub(crate) fn store_read<T>(
        &mut self,
        pid: Pid,
        mount: MountId,
        path: &[u8],
        operation: &str,
        read: impl FnOnce(&mut dyn Host, u32) -> HostResult<T>,
    ) -> Result<T, Errno> {
        let store = self.store_of(mount);
        let answer = read(&mut *self.host, store);
        if !matches!(self.state.vfs.mount(mount).source, Source::Store { immutable: true, .. }) {
            self.audit_store(pid, mount, path, operation, "mount", answer.as_ref().err());
        }
        answer
    }

    fn audit_store(
        &mut self,
        pid: Pid,
        mount: MountId,
        path: &[u8],
        operation: &str,
        grant: &str,
        failure: Option<&Errno>,
    ) {
        let (verdict, reason) = match failure {
            None => {
                let target = String::from_utf8_lossy(&self.state.vfs.mount(mount).target);
                (Verdict::Allowed, Cow::Owned(format!("{grant} {target}")))
            }
            Some(&Errno::ROFS) => (Verdict::Denied, Cow::Borrowed("mount is read-only")),
            Some(&(Errno::ACCES | Errno::PERM | Errno::NOTCAPABLE)) => {
                (Verdict::Denied, Cow::Borrowed("refused by the host"))
            }
            // It failed for a reason that has nothing to do with powers.
            Some(_) => return,
        };
        let place = Place { mount, node: Node::Store(StorePath::new(path)) };
        let object = self.path_of(&place).unwrap_or_else(|| path.to_vec());
        self.audit_event(pid, operation, &object, verdict, &reason);
    }

    /// Writes an event of a process to the audit log.
    pub(crate) fn audit_event(&mut self, pid: Pid, operation: &str, object: &[u8], verdict: Verdict, reason: &str) {
        let program = self.state.processes.get(pid).map(|process| process.program().to_vec()).unwrap_or_default();
        self.host.audit(pid, &program, operation, object, verdict, reason);
    }

    /// Content of a symbolic link.
    pub(crate) fn read_link(&mut self, pid: Pid, place: &Place) -> Result<Vec<u8>, Errno> {
        match &place.node {
            &Node::Inode(ino) => match &self.state.vfs.inodes[ino].content {
                super::inode::Content::Symlink(target) => Ok(target.to_vec()),
                _ => Err(Errno::INVAL),
            },
            Node::Store(path) => self.host.store_readlink(self.store_of(place.mount), path),
            Node::Lower(lower) => {
                let store = self.lower_store(place.mount, &lower.path)?.0;
                self.host.store_readlink(store, &lower.path)
            }
            &Node::Proc(node) if node.kind() == FileKind::Symlink => self.proc_read_link(pid, node),
            _ => Err(Errno::INVAL),
        }
    }
}

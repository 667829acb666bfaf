//! From files back to paths: POSIX getcwd() and realpath().

use super::FileKind;
use super::location::{Lower, Node, Place, StorePath};
use super::resolve::Until;
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// The absolute path of the current directory; `NOENT` where it was removed.
    pub fn getcwd(&mut self, tid: Tid) -> Result<Vec<u8>> {
        let pid = self.enter(tid)?;
        Ok(self.path_of(&self.process(pid).cwd).ok_or(Errno::NOENT)?)
    }

    /// The absolute path of an existing file, free of links, `.` and `..`.
    pub fn realpath(&mut self, tid: Tid, dir: Fd, path: &[u8]) -> Result<Vec<u8>> {
        let pid = self.enter(tid)?;
        // A name of a file with several is to be the one asked for: found by its directory.
        let mut walk = self.walk_from(pid, dir, path)?;
        loop {
            self.walk(&mut walk, Until::Parent)?;
            let Some(name) = walk.name().map(<[u8]>::to_vec) else {
                return Ok(self.path_of(&walk.at.place).ok_or(Errno::NOENT)?);
            };
            let directory = walk.at.clone();
            let found = self.lookup(pid, &directory, &name)?;
            match self.kind_of(&found)? {
                FileKind::Symlink => self.follow_last(&mut walk, found)?,
                FileKind::Directory => return Ok(self.path_of(&found.place).ok_or(Errno::NOENT)?),
                _ if walk.slash() => return Err(Errno::NOTDIR.into()),
                _ => {
                    let mut path = self.path_of(&directory.place).ok_or(Errno::NOENT)?;
                    if path.len() > 1 {
                        path.push(b'/');
                    }
                    path.extend_from_slice(&name);
                    return Ok(path);
                }
            }
        }
    }

    /// The absolute path of a place; none where it was removed from the tree.
    pub(crate) fn path_of(&self, place: &Place) -> Option<Vec<u8>> {
        let vfs = &self.state.vfs;
        let mut names: Vec<Vec<u8>> = Vec::new();
        let mut place = place.clone();
        loop {
            let mount = vfs.mount(place.mount);
            if place.node == mount.root {
                match &mount.covers {
                    Some(covers) => place = covers.clone(),
                    None => break,
                }
                continue;
            }
            place.node = match &place.node {
                &Node::Inode(ino) => {
                    let inode = vfs.inodes.get(ino).filter(|inode| inode.links > 0)?;
                    let parent = vfs.inodes.get(inode.parent)?;
                    names.push(parent.directory().ok()?.name_of(ino)?.to_vec());
                    Node::Inode(inode.parent)
                }
                Node::Store(path) => {
                    names.push(path.name().to_vec());
                    Node::Store(StorePath::new(path.parent()?))
                }
                Node::Lower(Lower { path, anchor }) => {
                    let base = vfs.inodes.get(*anchor)?.directory().ok()?.lower.as_deref()?;
                    names.push(path.below(base)?.to_vec());
                    Node::Inode(*anchor)
                }
                Node::Proc(node) => {
                    names.push(node.name());
                    Node::Proc(node.parent())
                }
                Node::Terminal(pty) => return Some(format!("/dev/pts/{pty}").into_bytes()),
                Node::OpenFile(_) => return None,
            };
        }
        if names.is_empty() {
            return Some(b"/".to_vec());
        }
        let mut path = Vec::with_capacity(names.iter().map(|name| name.len() + 1).sum());
        for name in names.iter().rev() {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        Some(path)
    }
}

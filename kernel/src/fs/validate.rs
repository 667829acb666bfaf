//! Checks that the files of a snapshot fit together.

use std::collections::{BTreeMap, BTreeSet};

use super::inode::{Content, Ino, Inode};
use super::location::{Node, Place};
use super::mounts::Source;
use super::{Directory, FileKind, Vfs};
use crate::Kernel;
use crate::open_file::FileObject;

type Valid = Result<(), &'static str>;

impl Kernel {
    /// Whether mounts, inodes and the places that processes and open files hold fit together.
    pub(crate) fn validate_vfs(&mut self) -> Valid {
        let mut held = Vec::new();
        self.each_place(|place| held.push(place.clone()));
        let vfs = &self.state.vfs;
        vfs.validate_mounts()?;
        if !vfs.inodes.is_valid() {
            return Err("a table of inodes whose free places are wrong");
        }
        for place in &held {
            self.validate_place(place)?;
        }
        for (_, file) in self.state.files.iter() {
            if let FileObject::Node(node) = &file.object
                && matches!(node.location.node, Node::OpenFile(_))
            {
                return Err("an open file of another open file");
            }
        }
        let mut holders = BTreeMap::<Ino, u32>::new();
        let covered = vfs.mounts.iter().filter_map(|(_, mount)| mount.covers.as_ref());
        for place in held.iter().chain(covered) {
            if let Node::Inode(ino) = place.node {
                *holders.entry(ino).or_default() += 1;
            }
        }
        vfs.validate_tree(holders)?;
        self.validate_fifos()?;
        let watching: usize = self.state.watches.iter().map(|(_, watch)| watch.len()).sum();
        if watching != vfs.watched.len() { Err("watches are miscounted") } else { Ok(()) }
    }

    fn validate_place(&self, place: &Place) -> Valid {
        match &place.node {
            Node::OpenFile(file) if self.state.files.get(*file).is_none() => Err("a place of a missing open file"),
            Node::OpenFile(_) | Node::Terminal(_) => {
                if self.state.vfs.mounts.get(place.mount).is_some() {
                    Ok(())
                } else {
                    Err("a place of no mount")
                }
            }
            _ => self.state.vfs.validate_node(place),
        }
    }

    fn validate_fifos(&self) -> Valid {
        let mut seen = BTreeSet::new();
        for (_, inode) in self.state.vfs.inodes.iter() {
            if let Content::Fifo(Some(pipe)) = inode.content
                && (self.state.pipes.get(pipe).is_none() || !seen.insert(pipe))
            {
                return Err("a fifo without a pipe of its own");
            }
        }
        Ok(())
    }
}

impl Vfs {
    fn validate_mounts(&self) -> Valid {
        if self.mounts.get(0).is_none_or(|root| root.covers.is_some()) {
            return Err("no root file system");
        }
        for (number, mount) in self.mounts.iter() {
            self.validate_node(&Place { mount: number, node: mount.root.clone() })?;
            if let Some(covers) = &mount.covers {
                self.validate_node(covers)?;
                let below = self.mounts.get(covers.mount).map(|below| &below.covered);
                if below.is_none_or(|covered| !covered.contains(&(covers.node.clone(), number))) {
                    return Err("a mount that covers nothing");
                }
            } else if number != 0 {
                return Err("a mount without a place");
            }
            for (node, other) in &mount.covered {
                let covers = self.mounts.get(*other).and_then(|other| other.covers.as_ref());
                if covers.is_none_or(|place| place.mount != number || place.node != *node) {
                    return Err("a directory covered by nothing");
                }
            }
            let nodes: BTreeSet<_> = mount.covered.iter().map(|(node, _)| node).collect();
            if nodes.len() != mount.covered.len() {
                return Err("a directory covered twice");
            }
            // Going down from any mount ends at the root.
            let mut below = Some(number);
            for _ in 0..=self.mounts.len() {
                below = below.and_then(|mount| Some(self.mounts.get(mount)?.covers.as_ref()?.mount));
            }
            if below.is_some() {
                return Err("mounts upon each other");
            }
        }
        Ok(())
    }

    /// Whether a node is of the kind its mount has, and what it names exists.
    fn validate_node(&self, place: &Place) -> Valid {
        let Some(mount) = self.mounts.get(place.mount) else { return Err("a place of no mount") };
        let inode_of = |ino: Ino| self.inodes.get(ino).filter(|inode| inode.mount == place.mount);
        let fits = match (&place.node, &mount.source) {
            (&Node::Inode(ino), Source::Memory | Source::Dev | Source::Overlay { .. }) => inode_of(ino).is_some(),
            (Node::Store(_), Source::Store { .. }) | (Node::Proc(_), Source::Proc) => true,
            (Node::Lower(lower), Source::Overlay { .. }) => inode_of(lower.anchor).is_some(),
            _ => false,
        };
        if fits { Ok(()) } else { Err("a place that its file system cannot have") }
    }

    /// The names of inodes make trees under the roots of mounts, and all counts are right.
    fn validate_tree(&self, mut holders: BTreeMap<Ino, u32>) -> Valid {
        let mut names = BTreeMap::<Ino, u32>::new();
        let mut open: Vec<Ino> = Vec::new();
        for (_, mount) in self.mounts.iter() {
            if let Node::Inode(ino) = mount.root {
                if names.insert(ino, 1).is_some() {
                    return Err("two mounts with one root");
                }
                open.push(ino);
            }
        }
        // Removed directories that are still held lie outside of the trees, and are empty.
        while let Some(ino) = open.pop() {
            let Some(directory) = self.inodes.get(ino).and_then(|inode| inode.directory().ok()) else { continue };
            self.validate_directory(ino, directory)?;
            for (_, child) in directory.files() {
                let count = names.entry(child).or_default();
                *count += 1;
                if let Some(Inode { content: Content::Directory(_), parent, .. }) = self.inodes.get(child) {
                    if *count > 1 || *parent != ino {
                        return Err("a directory with two names");
                    }
                    open.push(child);
                }
            }
        }
        for (ino, inode) in self.inodes.iter() {
            if self.mounts.get(inode.mount).is_none() {
                return Err("an inode of no mount");
            }
            if names.get(&ino).copied().unwrap_or(0) != inode.links {
                return Err("an inode with a wrong number of links");
            }
            if let Content::Directory(directory) = &inode.content {
                if directory.holds_parent {
                    *holders.entry(inode.parent).or_default() += 1;
                }
                let orphan = inode.links == 0;
                if orphan && (!directory.is_empty() || !self.leads_up(ino)) {
                    return Err("a removed directory that is not empty, or leads nowhere");
                }
                if directory.holds_parent && !orphan {
                    return Err("a directory that holds the one above it without need");
                }
            }
            if !inode.content.is_valid() {
                return Err("a file with impossible content");
            }
        }
        for (ino, inode) in self.inodes.iter() {
            let count = holders.remove(&ino).unwrap_or(0);
            if count != inode.references {
                return Err("an inode that is not held as often as it says");
            }
            if count == 0 && inode.links == 0 {
                return Err("an inode that nobody needs");
            }
        }
        if holders.is_empty() { Ok(()) } else { Err("a held inode that is missing") }
    }

    fn validate_directory(&self, ino: Ino, directory: &Directory) -> Valid {
        let mount = self.inodes.get(ino).map(|inode| inode.mount);
        let mut seen = BTreeSet::new();
        let (mut cookie, mut subdirectories) = (0, 0);
        for entry in directory.after(0) {
            let name = &*entry.name;
            let legal = name.len() <= 255 && !name.iter().any(|&byte| byte == b'/' || byte == 0);
            if !legal || name == b"." || name == b".." || !seen.insert(name) || entry.cookie <= cookie {
                return Err("a directory with an impossible entry");
            }
            cookie = entry.cookie;
            let Some(child) = entry.ino else { continue };
            match self.inodes.get(child) {
                Some(inode) if Some(inode.mount) == mount => {
                    subdirectories += u32::from(inode.kind() == FileKind::Directory);
                }
                _ => return Err("an entry for a file that is missing"),
            }
        }
        let right = subdirectories == directory.subdirectories && directory.is_past(cookie);
        if right { Ok(()) } else { Err("a directory that is miscounted") }
    }

    /// Whether the way up from a directory ends at the root of a file system.
    fn leads_up(&self, ino: Ino) -> bool {
        let mut at = ino;
        for _ in 0..=self.inodes.len() {
            match self.inodes.get(at) {
                Some(inode) if inode.parent == at => return true,
                Some(inode) => at = inode.parent,
                None => return false,
            }
        }
        false
    }
}

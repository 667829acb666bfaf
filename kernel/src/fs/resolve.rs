//! From paths to files (POSIX 4.16, Pathname Resolution).
//!
//! A path is walked component by component through kernel memory, and in one step through as much of a store as holds no
//! link, mount or `..`. Symbolic links are always followed here, never by the host.

use std::borrow::Cow;
use std::ops::Range;

use super::inode::{Content, Ino};
use super::location::{Lower, Node, Place, StorePath};
use super::mounts::Source;
use super::{AccessMode, Credentials, FileKind, FileStat};
use crate::fs::credentials::Permissions;
use crate::open_file::FileObject;
use crate::{AT_FDCWD, AT_ROOT, Errno, Fd, Kernel, Pid};

/// Longest path and longest name, without a terminating NUL.
pub(crate) const PATH_MAX: usize = 4095;
pub(crate) const NAME_MAX: usize = 255;
/// Symbolic links followed in one path before it is `LOOP`.
const LINKS_MAX: u32 = 40;

/// An existing file that a path leads to.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) place: Place,
    /// Its status, where the host has just told it.
    pub(crate) stat: Option<FileStat>,
}

/// A directory and a name in it, which may or may not be there.
#[derive(Debug)]
pub(crate) struct Target<'p> {
    pub(crate) directory: Found,
    path: Cow<'p, [u8]>,
    name: Range<usize>,
    /// The path ends with a slash: only a directory will do.
    pub(crate) slash: bool,
}

impl Target<'_> {
    pub(crate) fn name(&self) -> &[u8] {
        &self.path[self.name.clone()]
    }
}

/// How far a walk goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// To the directory that holds the last component.
    Parent,
    /// To the last component, even when it is a symbolic link.
    Last,
    /// To where the last component leads.
    End,
}

/// A walk under way.
pub(crate) struct Walk<'p> {
    pub(crate) pid: Pid,
    pub(crate) credentials: Credentials,
    pub(crate) at: Found,
    path: Cow<'p, [u8]>,
    /// How much of `path` was walked.
    done: usize,
    /// The last component, where the walk ended before it.
    name: Option<Range<usize>>,
    links: u32,
}

impl<'p> Walk<'p> {
    /// The last component, where the walk ended before it.
    pub(crate) fn name(&self) -> Option<&[u8]> {
        Some(&self.path[self.name.clone()?])
    }

    /// The next component, without taking it: its range, and whether nothing but slashes follows.
    fn peek(&self) -> Option<(Range<usize>, bool)> {
        let path = &*self.path;
        let skip = |mut at: usize, slashes: bool| {
            while path.get(at).is_some_and(|&byte| (byte == b'/') == slashes) {
                at += 1;
            }
            at
        };
        let start = skip(self.done, true);
        let end = skip(start, false);
        (start < end).then(|| (start..end, skip(end, true) == path.len()))
    }

    /// Whether the path says by a slash at its end that it names a directory.
    pub(crate) fn slash(&self) -> bool {
        self.path.last() == Some(&b'/')
    }

    /// The target when the walk ended before the last component.
    pub(crate) fn into_target(self) -> Option<Target<'p>> {
        let slash = self.slash();
        let name = self.name?;
        Some(Target { directory: self.at, path: self.path, name, slash })
    }

    /// Goes on with the content of a link in place of the component that ends at `done`.
    fn enter_link(&mut self, target: &[u8], root: Place) -> Result<(), Errno> {
        self.links += 1;
        if self.links > LINKS_MAX {
            return Err(Errno::LOOP);
        }
        if target.is_empty() {
            return Err(Errno::NOENT);
        }
        if target[0] == b'/' {
            self.at = Found { place: root, stat: None };
        }
        let rest = &self.path[self.done..];
        let mut path = Vec::with_capacity(target.len() + rest.len());
        path.extend_from_slice(target);
        path.extend_from_slice(rest);
        (self.path, self.done) = (Cow::Owned(path), 0);
        Ok(())
    }
}

impl Kernel {
    /// The existing file at a path. `follow`: what a symbolic link at its end leads to, and not the link.
    pub(crate) fn resolve(&mut self, pid: Pid, dir: Fd, path: &[u8], follow: bool) -> Result<Found, Errno> {
        let mut walk = self.walk_from(pid, dir, path)?;
        self.walk(&mut walk, if follow { Until::End } else { Until::Last })?;
        Ok(walk.at)
    }

    /// As `resolve`, where an empty path means the file `dir` itself.
    pub(crate) fn resolve_or_self(&mut self, pid: Pid, dir: Fd, path: &[u8], follow: bool) -> Result<Found, Errno> {
        if path.is_empty() {
            return Ok(Found { place: self.place_of(pid, dir)?, stat: None });
        }
        self.resolve(pid, dir, path, follow)
    }

    /// The directory and the name that a path ends with. `bare` is the error for a path that ends with `.` or `..`, or
    /// is `/`.
    pub(crate) fn resolve_parent<'p>(
        &mut self,
        pid: Pid,
        dir: Fd,
        path: &'p [u8],
        bare: Errno,
    ) -> Result<Target<'p>, Errno> {
        let mut walk = self.walk_from(pid, dir, path)?;
        self.walk(&mut walk, Until::Parent)?;
        walk.into_target().ok_or(bare)
    }

    /// Begins a walk of `path` from the directory `dir`.
    pub(crate) fn walk_from<'p>(&mut self, pid: Pid, dir: Fd, path: &'p [u8]) -> Result<Walk<'p>, Errno> {
        if path.is_empty() {
            return Err(Errno::NOENT);
        }
        if path.len() > PATH_MAX {
            return Err(Errno::NAMETOOLONG);
        }
        if path.contains(&0) {
            return Err(Errno::INVAL);
        }
        let place = if path[0] == b'/' { self.state.vfs.root() } else { self.directory_of(pid, dir)? };
        let credentials = self.process(pid).credentials();
        Ok(self.walk_at(pid, credentials, place, path))
    }

    /// Begins a walk of `path`, which must not be empty, from a place.
    pub(crate) fn walk_at<'p>(&self, pid: Pid, credentials: Credentials, place: Place, path: &'p [u8]) -> Walk<'p> {
        let at = Found { place, stat: None };
        Walk { pid, credentials, at, path: Cow::Borrowed(path), done: 0, name: None, links: 0 }
    }

    /// The directory that a directory argument stands for.
    pub(crate) fn directory_of(&self, pid: Pid, dir: Fd) -> Result<Place, Errno> {
        match dir {
            AT_FDCWD => Ok((*self.process(pid).cwd).clone()),
            AT_ROOT => Ok(self.state.vfs.root()),
            fd => match &self.state.files.get(self.open_file(pid, fd)?).expect("open file of a descriptor").object {
                FileObject::Node(node) if node.kind == FileKind::Directory => Ok((*node.location).clone()),
                _ => Err(Errno::NOTDIR),
            },
        }
    }

    /// The file of a descriptor, whatever it is, or the directory that a directory argument stands for.
    pub(crate) fn place_of(&self, pid: Pid, fd: Fd) -> Result<Place, Errno> {
        if fd == AT_FDCWD || fd == AT_ROOT {
            return self.directory_of(pid, fd);
        }
        Ok(self.place_of_file(self.open_file(pid, fd)?))
    }

    /// Walks on until the end that is asked for.
    pub(crate) fn walk(&mut self, walk: &mut Walk<'_>, until: Until) -> Result<(), Errno> {
        while let Some((range, last)) = walk.peek() {
            if range.len() > NAME_MAX {
                return Err(Errno::NAMETOOLONG);
            }
            let dots = matches!(&walk.path[range.clone()], b"." | b"..");
            if dots {
                self.check_search(walk)?;
                if range.len() == 2 {
                    walk.at = Found { place: self.parent_of(walk.at.place.clone()), stat: None };
                }
                walk.done = range.end;
            } else if last && until == Until::Parent {
                self.check_search(walk)?;
                walk.name = Some(range);
                return Ok(());
            } else {
                // A slash after a link's name has it followed.
                let follow = !last || until == Until::End || walk.slash();
                self.step(walk, range, until, follow)?;
            }
        }
        if walk.slash() && self.kind_of(&walk.at)? != FileKind::Directory {
            return Err(Errno::NOTDIR);
        }
        Ok(())
    }

    /// Follows the link that a walk with `Until::Parent` found under its last component.
    pub(crate) fn follow_last(&mut self, walk: &mut Walk<'_>, link: Found) -> Result<(), Errno> {
        walk.done = walk.name.take().expect("walk that ended before its last component").end;
        self.walk_into(walk, link, true)
    }

    /// The file of a name in a directory; nothing is followed.
    pub(crate) fn lookup(&mut self, pid: Pid, directory: &Found, name: &[u8]) -> Result<Found, Errno> {
        let credentials = Credentials::default();
        let mut walk = self.walk_at(pid, credentials, directory.place.clone(), name);
        self.step(&mut walk, 0..name.len(), Until::Last, false)?;
        Ok(walk.at)
    }

    /// Walks the component at `range`, and as many after it as can be had at once.
    fn step(&mut self, walk: &mut Walk<'_>, range: Range<usize>, until: Until, follow: bool) -> Result<(), Errno> {
        match &walk.at.place.node {
            &Node::Inode(ino) => self.step_memory(walk, ino, range, until, follow),
            Node::Store(path) => {
                let path = path.clone();
                self.check_search(walk)?;
                let Source::Store { store, .. } = self.state.vfs.mount(walk.at.place.mount).source else {
                    unreachable!("store node outside of a store mount");
                };
                self.step_store(walk, store, &path, range, until)
            }
            Node::Lower(lower) => {
                let lower = lower.clone();
                self.check_search(walk)?;
                self.step_lower(walk, &lower.path, lower.anchor, range, until)
            }
            &Node::Proc(node) => {
                let node = self.proc_lookup(walk.pid, node, &walk.path[range.clone()])?;
                walk.done = range.end;
                let found = Found { place: Place { mount: walk.at.place.mount, node: Node::Proc(node) }, stat: None };
                self.walk_into(walk, found, follow)
            }
            Node::Terminal(_) | Node::OpenFile(_) => Err(Errno::NOTDIR),
        }
    }

    fn step_memory(
        &mut self,
        walk: &mut Walk<'_>,
        ino: Ino,
        range: Range<usize>,
        until: Until,
        follow: bool,
    ) -> Result<(), Errno> {
        let inode = &self.state.vfs.inodes[ino];
        let mount = walk.at.place.mount;
        let directory = match &inode.content {
            Content::Directory(directory) => directory,
            Content::Device(device) => {
                let node = Node::Terminal(self.terminal_lookup(*device, &walk.path[range.clone()])?);
                (walk.at, walk.done) = (Found { place: Place { mount, node }, stat: None }, range.end);
                return Ok(());
            }
            _ => return Err(Errno::NOTDIR),
        };
        walk.credentials.check(inode.permissions(), AccessMode::EXECUTE)?;
        match (directory.get(&walk.path[range.clone()]), &directory.lower) {
            (Some(entry), _) => {
                let child = entry.ino.ok_or(Errno::NOENT)?;
                walk.done = range.end;
                let inode = &self.state.vfs.inodes[child];
                if let Content::Symlink(_) = inode.content {
                    return self.walk_into(walk, Found { place: Place::inode(mount, child), stat: None }, follow);
                }
                walk.at.place.node = Node::Inode(child);
                if inode.covered {
                    walk.at.place = self.state.vfs.cross(Place::inode(mount, child));
                }
                walk.at.stat = None;
                Ok(())
            }
            (None, Some(lower)) => {
                let lower = lower.clone();
                self.step_lower(walk, &lower, ino, range, until)
            }
            (None, None) => Err(Errno::NOENT),
        }
    }

    /// Walks on from the directory at `path` of a store.
    fn step_store(
        &mut self,
        walk: &mut Walk<'_>,
        store: u32,
        path: &StorePath,
        range: Range<usize>,
        until: Until,
    ) -> Result<(), Errno> {
        let mount = walk.at.place.mount;
        let mut joined = walk.run(path, range, until);
        // Stop at the nearest directory on the way that something is mounted on.
        let covered = &self.state.vfs.mount(mount).covered;
        let crossing = covered
            .iter()
            .filter_map(|(node, child)| match node {
                Node::Store(point) => Some((point, *child)),
                _ => None,
            })
            .filter(|(point, _)| point.len() > path.len() && (joined == ***point || is_below(&joined, point)))
            .min_by_key(|(point, _)| point.len())
            .map(|(point, child)| (point.len(), child));
        if let Some((length, child)) = crossing {
            walk.skip(components(&joined[path.len()..length]));
            let node = self.state.vfs.mount(child).root.clone();
            walk.at = Found { place: self.state.vfs.cross(Place { mount: child, node }), stat: None };
            return Ok(());
        }
        let walked = self.store_walk(mount, store, &joined)?;
        let consumed = walked.consumed as usize;
        walk.skip(components(&joined[path.len()..consumed]));
        joined.truncate(consumed);
        let place = Place { mount, node: Node::Store(StorePath::new(joined)) };
        self.enter_walked(walk, Found { place, stat: Some(walked.stat) }, until)
    }

    /// Walks on from the directory at `path` of an overlay's lower layers, below the upper directory `anchor`.
    fn step_lower(
        &mut self,
        walk: &mut Walk<'_>,
        path: &StorePath,
        anchor: Ino,
        range: Range<usize>,
        until: Until,
    ) -> Result<(), Errno> {
        let mount = walk.at.place.mount;
        let mut joined = walk.run(path, range, until);
        let walked = self.lower_walk(mount, &joined)?;
        let consumed = walked.consumed as usize;
        walk.skip(components(&joined[path.len()..consumed]));
        joined.truncate(consumed);
        let node = Node::Lower(Lower { path: StorePath::new(joined), anchor });
        self.enter_walked(walk, Found { place: Place { mount, node }, stat: Some(walked.stat) }, until)
    }

    fn enter_walked(&mut self, walk: &mut Walk<'_>, found: Found, until: Until) -> Result<(), Errno> {
        let follow = walk.peek().is_some() || until == Until::End || walk.slash();
        if follow && found.stat.is_some_and(|stat| stat.kind == FileKind::Symlink) {
            // The link is relative to the directory it is in, to which several steps may have been made at once.
            walk.at = Found { place: self.parent_of(found.place.clone()), stat: None };
        }
        self.walk_into(walk, found, follow)
    }

    /// Takes the walk to a file that was found, or (`follow`) to where it leads when it is a link.
    fn walk_into(&mut self, walk: &mut Walk<'_>, found: Found, follow: bool) -> Result<(), Errno> {
        if !follow || self.kind_of(&found)? != FileKind::Symlink {
            walk.at = found;
            return Ok(());
        }
        if let Node::Proc(node) = found.place.node
            && let Some(place) = self.proc_follow(walk.pid, node)?
        {
            walk.at = Found { place, stat: None };
            return Ok(());
        }
        let root = self.state.vfs.root();
        if let Node::Inode(ino) = found.place.node
            && let Content::Symlink(target) = &self.state.vfs.inodes[ino].content
        {
            return walk.enter_link(target, root);
        }
        let target = self.read_link(walk.pid, &found.place)?;
        walk.enter_link(&target, root)
    }

    /// The walk is about to pass through a directory: it must be one, and searchable.
    fn check_search(&mut self, walk: &mut Walk<'_>) -> Result<(), Errno> {
        if walk.credentials.privileged()
            && let Node::Store(_) | Node::Lower(_) = walk.at.place.node
        {
            // Where the walk began, or came to by `..`, there is a directory.
            let known = walk.at.stat.as_ref().map_or(FileKind::Directory, |stat| stat.kind);
            return if known == FileKind::Directory { Ok(()) } else { Err(Errno::NOTDIR) };
        }
        let permissions = self.permissions_of(&walk.at)?;
        if permissions.kind != FileKind::Directory {
            return Err(Errno::NOTDIR);
        }
        walk.credentials.check(permissions, AccessMode::EXECUTE)
    }

    /// What kind of file it is.
    pub(crate) fn kind_of(&mut self, found: &Found) -> Result<FileKind, Errno> {
        match (&found.place.node, &found.stat) {
            (&Node::Inode(ino), _) => Ok(self.state.vfs.inodes[ino].kind()),
            (_, Some(stat)) => Ok(stat.kind),
            (&Node::Proc(node), _) => Ok(node.kind()),
            (Node::Terminal(_), _) => Ok(FileKind::CharacterDevice),
            _ => Ok(self.stat_of(found)?.kind),
        }
    }

    /// What permission to a file depends on.
    pub(crate) fn permissions_of(&mut self, found: &Found) -> Result<Permissions, Errno> {
        if let Node::Inode(ino) = found.place.node {
            return Ok(self.state.vfs.inodes[ino].permissions());
        }
        let stat = self.stat_of(found)?;
        Ok(Permissions { kind: stat.kind, mode: stat.mode, uid: stat.uid, gid: stat.gid })
    }

    /// The directory that `..` is in this directory.
    pub(crate) fn parent_of(&self, mut place: Place) -> Place {
        let vfs = &self.state.vfs;
        while place.node == vfs.mount(place.mount).root {
            match &vfs.mount(place.mount).covers {
                Some(covers) => place = covers.clone(),
                None => return place,
            }
        }
        let node = match &place.node {
            &Node::Inode(ino) => Node::Inode(vfs.inodes[ino].parent),
            Node::Store(path) => Node::Store(StorePath::new(path.parent().unwrap_or_default())),
            Node::Lower(lower) => {
                let parent = lower.path.parent().unwrap_or_default();
                let anchor = vfs.inodes[lower.anchor].directory().ok().and_then(|directory| directory.lower.as_deref());
                if anchor == Some(parent) {
                    Node::Inode(lower.anchor)
                } else {
                    Node::Lower(Lower { path: StorePath::new(parent), anchor: lower.anchor })
                }
            }
            Node::Proc(node) => Node::Proc(node.parent()),
            other => other.clone(),
        };
        vfs.cross(Place { mount: place.mount, node })
    }
}

impl Walk<'_> {
    /// The path in a store that is reached by the component at `range` and the plain ones after it, from the directory
    /// at `base`. Only a privileged caller gets more than one: others are checked at each directory.
    fn run(&self, base: &StorePath, range: Range<usize>, until: Until) -> Vec<u8> {
        let mut joined = Vec::with_capacity(base.len() + 1 + self.path.len() - range.start);
        joined.extend_from_slice(base);
        let mut at = range;
        loop {
            if !joined.is_empty() {
                joined.push(b'/');
            }
            joined.extend_from_slice(&self.path[at.clone()]);
            if !self.credentials.privileged() {
                return joined;
            }
            let Some(rest) = self.path.get(at.end + 1..) else { return joined };
            let length = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
            let next = at.end + 1..at.end + 1 + length;
            let plain = !matches!(&self.path[next.clone()], b"" | b"." | b"..") && length <= NAME_MAX;
            if !plain || (until == Until::Parent && self.path[next.end..].iter().all(|&byte| byte == b'/')) {
                return joined;
            }
            at = next;
        }
    }

    /// Takes so many components.
    fn skip(&mut self, components: usize) {
        for _ in 0..components {
            if let Some((range, _)) = self.peek() {
                self.done = range.end;
            }
        }
    }
}

/// How many components a piece of a joined path has; it may begin with a slash.
fn components(piece: &[u8]) -> usize {
    piece.split(|&byte| byte == b'/').filter(|name| !name.is_empty()).count()
}

fn is_below(path: &[u8], directory: &[u8]) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.first() == Some(&b'/'))
}

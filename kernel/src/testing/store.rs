//! A file tree in the host's memory.

use std::collections::BTreeMap;

use crate::fs::{DirectoryEntry, FileKind, FileStat, StoreFlags, Walked};
use crate::{Errno, HostResult};

/// A store whose files lie in memory. It may be written unless it is frozen.
#[derive(Debug)]
pub struct MemoryStore {
    names: BTreeMap<Vec<u8>, usize>,
    files: Vec<File>,
    handles: Vec<Option<usize>>,
    frozen: bool,
}

#[derive(Debug)]
struct File {
    stat: FileStat,
    content: Vec<u8>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// A tree of nothing but its root.
    pub fn new() -> Self {
        let mut store = Self { names: BTreeMap::new(), files: Vec::new(), handles: Vec::new(), frozen: false };
        store.make(b"", FileKind::Directory, 0o755, b"");
        store
    }

    /// The same, never to change again.
    pub fn frozen(mut self) -> Self {
        self.frozen = true;
        self
    }

    /// Adds a regular file, and the directories above it.
    pub fn file(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.add(path, FileKind::Regular, 0o644, content.as_ref());
        self
    }

    /// Adds a regular file that may be executed.
    pub fn program(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.add(path, FileKind::Regular, 0o755, content.as_ref());
        self
    }

    /// Adds a directory, and those above it.
    pub fn directory(mut self, path: &str) -> Self {
        self.add(path, FileKind::Directory, 0o755, b"");
        self
    }

    /// Adds a symbolic link, and the directories above it.
    pub fn link_to(mut self, path: &str, target: &str) -> Self {
        self.add(path, FileKind::Symlink, 0o777, target.as_bytes());
        self
    }

    /// The content of a file, where there is one.
    pub fn content(&self, path: &str) -> Option<&[u8]> {
        Some(&self.files[*self.names.get(path.as_bytes())?].content)
    }

    /// How many handles are open.
    pub fn open_handles(&self) -> usize {
        self.handles.iter().flatten().count()
    }

    /// Changes a file's status as its owner on the host would.
    pub fn set_status(&mut self, path: &str, change: impl FnOnce(&mut FileStat)) {
        let at = self.names[path.as_bytes()];
        change(&mut self.files[at].stat);
    }

    fn add(&mut self, path: &str, kind: FileKind, mode: u32, content: &[u8]) {
        for (at, _) in path.match_indices('/') {
            if !self.names.contains_key(&path.as_bytes()[..at]) {
                self.make(&path.as_bytes()[..at], FileKind::Directory, 0o755, b"");
            }
        }
        self.make(path.as_bytes(), kind, mode, content);
    }

    fn make(&mut self, path: &[u8], kind: FileKind, mode: u32, content: &[u8]) -> usize {
        let stat = FileStat {
            device: 77,
            inode: self.files.len() as u64 + 1,
            kind,
            mode,
            links: if kind == FileKind::Directory { 2 } else { 1 },
            size: content.len() as u64,
            block_size: 4096,
            ..FileStat::default()
        };
        self.files.push(File { stat, content: content.to_vec() });
        self.names.insert(path.to_vec(), self.files.len() - 1);
        self.files.len() - 1
    }

    fn find(&self, path: &[u8]) -> HostResult<usize> {
        assert!(!path.starts_with(b"/") && !path.ends_with(b"/"), "path is not relative and bare: {path:?}");
        for (at, _) in path.iter().enumerate().filter(|&(_, &byte)| byte == b'/') {
            let above = *self.names.get(&path[..at]).ok_or(Errno::NOENT)?;
            if self.files[above].stat.kind != FileKind::Directory {
                return Err(Errno::NOTDIR);
            }
        }
        self.names.get(path).copied().ok_or(Errno::NOENT)
    }

    fn writable(&self) -> HostResult<()> {
        if self.frozen { Err(Errno::ROFS) } else { Ok(()) }
    }

    fn free_name(&self, path: &[u8]) -> HostResult<()> {
        self.writable()?;
        let parent = path.iter().rposition(|&byte| byte == b'/').map_or(&b""[..], |at| &path[..at]);
        if self.files[self.find(parent)?].stat.kind != FileKind::Directory {
            return Err(Errno::NOTDIR);
        }
        if self.names.contains_key(path) { Err(Errno::EXIST) } else { Ok(()) }
    }

    fn is_empty(&self, path: &[u8]) -> bool {
        self.children(path).next().is_none()
    }

    fn children<'a>(&'a self, path: &'a [u8]) -> impl Iterator<Item = (&'a [u8], usize)> {
        self.names.iter().filter_map(move |(name, &file)| {
            let rest = if path.is_empty() { &name[..] } else { name.strip_prefix(path)?.strip_prefix(b"/")? };
            (!rest.is_empty() && !rest.contains(&b'/')).then_some((rest, file))
        })
    }

    pub(super) fn walk(&self, path: &[u8]) -> HostResult<Walked> {
        assert!(!path.split(|&byte| byte == b'/').any(|name| matches!(name, b"." | b"..")), "dots in {path:?}");
        let ends = path.iter().enumerate().filter(|&(_, &byte)| byte == b'/').map(|(at, _)| at);
        for end in ends.chain([path.len()]) {
            let stat = self.files[*self.names.get(&path[..end]).ok_or(Errno::NOENT)?].stat;
            if end == path.len() || stat.kind != FileKind::Directory {
                return Ok(Walked { consumed: end as u32, stat });
            }
        }
        unreachable!("the last end is the path's")
    }

    pub(super) fn open(&mut self, path: &[u8], flags: StoreFlags, mode: u32) -> HostResult<u32> {
        if flags.intersects(StoreFlags::WRITE | StoreFlags::CREATE | StoreFlags::TRUNCATE) {
            self.writable()?;
        }
        let file = match self.find(path) {
            Ok(_) if flags.contains(StoreFlags::CREATE | StoreFlags::EXCLUSIVE) => return Err(Errno::EXIST),
            Err(Errno::NOENT) if flags.contains(StoreFlags::CREATE) => {
                self.free_name(path)?;
                self.make(path, FileKind::Regular, mode, b"")
            }
            found => found?,
        };
        match self.files[file].stat.kind {
            FileKind::Symlink => return Err(Errno::LOOP),
            FileKind::Directory if flags.contains(StoreFlags::WRITE) => return Err(Errno::ISDIR),
            FileKind::Directory => {}
            _ if flags.contains(StoreFlags::DIRECTORY) => return Err(Errno::NOTDIR),
            _ => {}
        }
        if flags.contains(StoreFlags::TRUNCATE) {
            self.resize(file, 0);
        }
        let slot = self.handles.iter().position(Option::is_none).unwrap_or(self.handles.len());
        if slot == self.handles.len() {
            self.handles.push(None);
        }
        self.handles[slot] = Some(file);
        Ok(slot as u32)
    }

    fn resize(&mut self, file: usize, length: u64) {
        self.files[file].content.resize(length as usize, 0);
        self.files[file].stat.size = length;
    }

    fn handle(&self, handle: u32) -> HostResult<usize> {
        self.handles.get(handle as usize).copied().flatten().ok_or(Errno::BADF)
    }

    pub(super) fn close(&mut self, handle: u32) -> HostResult<()> {
        self.handle(handle)?;
        self.handles[handle as usize] = None;
        Ok(())
    }

    pub(super) fn stat(&self, handle: u32) -> HostResult<FileStat> {
        Ok(self.files[self.handle(handle)?].stat)
    }

    pub(super) fn read(&self, handle: u32, offset: u64, length: u32) -> HostResult<Vec<u8>> {
        let content = &self.files[self.handle(handle)?].content;
        let rest = content.get(offset as usize..).unwrap_or_default();
        Ok(rest[..rest.len().min(length as usize)].to_vec())
    }

    pub(super) fn write(&mut self, handle: u32, offset: u64, append: bool, data: &[u8]) -> HostResult<u32> {
        let file = self.handle(handle)?;
        let length = self.files[file].content.len();
        let offset = if append { length } else { offset as usize };
        self.resize(file, length.max(offset + data.len()) as u64);
        self.files[file].content[offset..offset + data.len()].copy_from_slice(data);
        Ok(data.len() as u32)
    }

    pub(super) fn truncate(&mut self, handle: u32, length: u64) -> HostResult<()> {
        self.writable()?;
        let file = self.handle(handle)?;
        self.resize(file, length);
        Ok(())
    }

    pub(super) fn readdir(&self, handle: u32, cookie: u64, count: u32) -> HostResult<Vec<DirectoryEntry>> {
        let file = self.handle(handle)?;
        let Some((path, _)) = self.names.iter().find(|&(_, &other)| other == file) else { return Ok(Vec::new()) };
        let entries = self.children(path).enumerate().skip(cookie as usize).take(count as usize);
        Ok(entries
            .map(|(at, (name, child))| {
                let stat = &self.files[child].stat;
                DirectoryEntry { inode: stat.inode, kind: stat.kind, name: name.to_vec(), next: at as u64 + 1 }
            })
            .collect())
    }

    pub(super) fn readlink(&self, path: &[u8]) -> HostResult<Vec<u8>> {
        let file = &self.files[self.find(path)?];
        if file.stat.kind == FileKind::Symlink { Ok(file.content.clone()) } else { Err(Errno::INVAL) }
    }

    pub(super) fn mkdir(&mut self, path: &[u8], mode: u32) -> HostResult<()> {
        self.free_name(path)?;
        self.make(path, FileKind::Directory, mode, b"");
        Ok(())
    }

    pub(super) fn symlink(&mut self, target: &[u8], path: &[u8]) -> HostResult<()> {
        self.free_name(path)?;
        self.make(path, FileKind::Symlink, 0o777, target);
        Ok(())
    }

    pub(super) fn link(&mut self, old: &[u8], new: &[u8]) -> HostResult<()> {
        let file = self.find(old)?;
        self.free_name(new)?;
        self.names.insert(new.to_vec(), file);
        self.files[file].stat.links += 1;
        Ok(())
    }

    pub(super) fn unlink(&mut self, path: &[u8]) -> HostResult<()> {
        self.writable()?;
        let file = self.find(path)?;
        if self.files[file].stat.kind == FileKind::Directory {
            return Err(Errno::ISDIR);
        }
        self.names.remove(path);
        self.files[file].stat.links -= 1;
        Ok(())
    }

    pub(super) fn rmdir(&mut self, path: &[u8]) -> HostResult<()> {
        self.writable()?;
        let file = self.find(path)?;
        if self.files[file].stat.kind != FileKind::Directory {
            return Err(Errno::NOTDIR);
        }
        if !self.is_empty(path) {
            return Err(Errno::NOTEMPTY);
        }
        self.names.remove(path);
        self.files[file].stat.links = 0;
        Ok(())
    }

    pub(super) fn rename(&mut self, old: &[u8], new: &[u8], no_replace: bool) -> HostResult<()> {
        self.writable()?;
        let file = self.find(old)?;
        match self.find(new) {
            Ok(_) if no_replace => return Err(Errno::EXIST),
            Ok(_) if self.is_empty(new) => drop(self.names.remove(new)),
            Ok(_) => return Err(Errno::NOTEMPTY),
            Err(_) => self.free_name(new)?,
        }
        let below: Vec<Vec<u8>> = self
            .names
            .keys()
            .filter(|name| name.starts_with(old) && name.get(old.len()) == Some(&b'/'))
            .cloned()
            .collect();
        for name in below {
            let file = self.names.remove(&name).expect("name just listed");
            self.names.insert([new, &name[old.len()..]].concat(), file);
        }
        self.names.remove(old);
        self.names.insert(new.to_vec(), file);
        Ok(())
    }

    pub(super) fn change(&mut self, path: &[u8], change: impl FnOnce(&mut FileStat)) -> HostResult<()> {
        self.writable()?;
        let file = self.find(path)?;
        change(&mut self.files[file].stat);
        Ok(())
    }
}

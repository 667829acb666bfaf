//! A read-only file tree in a tar archive: the form of the base image.
//!
//! The archive's headers are read once into an index; file content is read from the archive where it lies. One `Image`
//! serves any number of virtual machines.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{OpenFlags, Result, Store, StoreFile, StoreSpace};
use crate::{DirectoryEntry, Errno, FileKind, FileStat, Timespec};

/// Why an image could not be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the image {}", path.display())]
pub struct ImageError {
    path: PathBuf,
    source: io::Error,
}

/// A read-only file tree in a tar archive.
#[derive(Clone)]
pub struct Image(Arc<Inner>);

struct Inner {
    id: u64,
    path: PathBuf,
    archive: File,
    nodes: Vec<Node>,
}

struct Node {
    mode: u32,
    uid: u32,
    gid: u32,
    modified: i64,
    links: u64,
    content: Content,
}

enum Content {
    /// Names in order, with node numbers.
    Directory(BTreeMap<Box<[u8]>, usize>),
    /// Where in the archive.
    File {
        offset: u64,
        size: u64,
    },
    Symlink(Box<[u8]>),
}

const ROOT: usize = 0;
/// More entries than any system image has; bounds what a hostile archive makes us keep.
const MAX_ENTRIES: usize = 1 << 21;

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image").field("entries", &self.0.nodes.len()).finish()
    }
}

impl Image {
    /// Reads the index of the archive at `path`.
    pub fn open(path: &Path) -> std::result::Result<Self, ImageError> {
        let fail = |source| ImageError { path: path.to_owned(), source };
        let archive = File::open(path).map_err(fail)?;
        let length = archive.metadata().map_err(fail)?.len();
        let nodes = index(BufReader::new(&archive), length).map_err(fail)?;
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Ok(Self(Arc::new(Inner { id, path: path.to_owned(), archive, nodes })))
    }

    /// The names of the regular files in it, in order; a file of several names is there under each.
    pub fn files(&self) -> Vec<ImageEntry> {
        let mut found = Vec::new();
        let mut stack = vec![(Vec::new(), ROOT)];
        while let Some((path, node)) = stack.pop() {
            match &self.0.nodes[node].content {
                Content::Directory(names) => {
                    for (name, &child) in names.iter().rev() {
                        stack.push(([&path[..], b"/", name].concat(), child));
                    }
                }
                Content::File { size, .. } => found.push(ImageEntry { path, size: *size, inode: node }),
                Content::Symlink(_) => {}
            }
        }
        found
    }

    /// What a file begins with, at most `length` bytes.
    pub fn read(&self, file: &ImageEntry, length: u64) -> std::result::Result<Vec<u8>, ImageError> {
        let read = || {
            let Some(Node { content: Content::File { offset, size }, .. }) = self.0.nodes.get(file.inode) else {
                return Err(invalid("the entry is of another image"));
            };
            let mut content = vec![0; usize::try_from(length.min(*size)).map_err(io::Error::other)?];
            self.0.archive.read_exact_at(&mut content, *offset)?;
            Ok(content)
        };
        read().map_err(|source| ImageError { path: self.0.path.clone(), source })
    }
}

/// A name of a regular file in an [`Image`].
#[derive(Clone, Debug)]
pub struct ImageEntry {
    /// Absolute.
    pub path: Vec<u8>,
    /// Bytes.
    pub size: u64,
    /// The same for all names of one file.
    pub inode: usize,
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

/// Builds the tree. Bad entries are an error: an image is whole or it is not used.
fn index<R: Read + Seek>(mut archive: R, length: u64) -> io::Result<Vec<Node>> {
    let directory = |mode, modified| Node {
        mode,
        uid: 0,
        gid: 0,
        modified,
        links: 2,
        content: Content::Directory(BTreeMap::new()),
    };
    let mut nodes = vec![directory(0o755, 0)];
    archive.seek(SeekFrom::Start(0))?;
    for entry in tar::Archive::new(archive).entries_with_seek()? {
        let entry = entry?;
        if nodes.len() >= MAX_ENTRIES {
            return Err(invalid("too many entries"));
        }
        let path = entry.path_bytes().into_owned();
        let shown = String::from_utf8_lossy(&path).into_owned();
        let names = components(&path).ok_or_else(|| invalid(format!("bad path {shown:?}")))?;
        let header = entry.header();
        let kind = header.entry_type();
        let content = if kind.is_dir() {
            Content::Directory(BTreeMap::new())
        } else if kind.is_file() {
            let (offset, size) = (entry.raw_file_position(), entry.size());
            if offset.checked_add(size).is_none_or(|end| end > length) {
                return Err(invalid(format!("{shown:?} goes past the end of the archive")));
            }
            Content::File { offset, size }
        } else if kind.is_symlink() {
            let target = entry.link_name_bytes().ok_or_else(|| invalid(format!("{shown:?} links to nothing")))?;
            Content::Symlink(target.into())
        } else if kind.is_hard_link() {
            let target = entry.link_name_bytes().ok_or_else(|| invalid(format!("{shown:?} links to nothing")))?;
            let target = components(&target)
                .and_then(|names| find(&nodes, &names))
                .filter(|&node| !matches!(nodes[node].content, Content::Directory(_)))
                .ok_or_else(|| invalid(format!("{shown:?} is a hard link to a file that is not before it")))?;
            nodes[target].links += 1;
            let (parent, name) = make_parents(&mut nodes, &names, directory)?;
            enter(&mut nodes, parent, name, target)?;
            continue;
        } else {
            return Err(invalid(format!("{shown:?} is of a kind an image cannot hold")));
        };
        let node = Node {
            mode: header.mode()? & 0o7777,
            uid: header.uid()? as u32,
            gid: header.gid()? as u32,
            modified: header.mtime()? as i64,
            links: if kind.is_dir() { 2 } else { 1 },
            content,
        };
        if names.is_empty() {
            let Content::Directory(_) = node.content else { return Err(invalid("the root is no directory")) };
            let Node { mode, uid, gid, modified, .. } = node;
            let root = &mut nodes[ROOT];
            (root.mode, root.uid, root.gid, root.modified) = (mode, uid, gid, modified);
            continue;
        }
        let (parent, name) = make_parents(&mut nodes, &names, directory)?;
        if kind.is_dir() {
            // A directory may be named after something in it was.
            if let Content::Directory(entries) = &nodes[parent].content
                && let Some(&present) = entries.get(name)
                && let Content::Directory(_) = nodes[present].content
            {
                let Node { mode, uid, gid, modified, .. } = node;
                let present = &mut nodes[present];
                (present.mode, present.uid, present.gid, present.modified) = (mode, uid, gid, modified);
                continue;
            }
            nodes[parent].links += 1;
        }
        nodes.push(node);
        let number = nodes.len() - 1;
        enter(&mut nodes, parent, name, number)?;
    }
    Ok(nodes)
}

/// The names in a path of the archive; `None` where it leads out of it.
fn components(path: &[u8]) -> Option<Vec<&[u8]>> {
    let mut names = Vec::new();
    for name in path.split(|&byte| byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." => return None,
            name if name.contains(&0) || name.len() > 255 => return None,
            name => names.push(name),
        }
    }
    Some(names)
}

fn find(nodes: &[Node], names: &[&[u8]]) -> Option<usize> {
    names.iter().try_fold(ROOT, |node, name| match &nodes[node].content {
        Content::Directory(entries) => entries.get(*name).copied(),
        _ => None,
    })
}

fn make_parents<'a>(
    nodes: &mut Vec<Node>,
    names: &[&'a [u8]],
    directory: impl Fn(u32, i64) -> Node,
) -> io::Result<(usize, &'a [u8])> {
    let (name, parents) = names.split_last().ok_or_else(|| invalid("the root cannot be a link"))?;
    let mut at = ROOT;
    for parent in parents {
        let next = nodes.len();
        let Content::Directory(entries) = &mut nodes[at].content else {
            return Err(invalid(format!("{:?} is not a directory", String::from_utf8_lossy(parent))));
        };
        let child = *entries.entry((*parent).into()).or_insert(next);
        if child == next {
            nodes[at].links += 1;
            nodes.push(directory(0o755, 0));
        }
        at = child;
    }
    Ok((at, name))
}

fn enter(nodes: &mut [Node], parent: usize, name: &[u8], node: usize) -> io::Result<()> {
    match &mut nodes[parent].content {
        Content::Directory(entries) => {
            entries.insert(name.into(), node);
            Ok(())
        }
        _ => Err(invalid(format!("the parent of {:?} is not a directory", String::from_utf8_lossy(name)))),
    }
}

impl Inner {
    fn stat(&self, number: usize) -> FileStat {
        let node = &self.nodes[number];
        let (kind, size) = match &node.content {
            Content::Directory(_) => (FileKind::Directory, 4096),
            Content::File { size, .. } => (FileKind::Regular, *size),
            Content::Symlink(target) => (FileKind::Symlink, target.len() as u64),
        };
        let time = Timespec { seconds: node.modified, nanoseconds: 0 };
        FileStat {
            device: self.id,
            inode: number as u64 + 1,
            kind,
            mode: if kind == FileKind::Symlink { 0o777 } else { node.mode },
            links: node.links,
            uid: node.uid,
            gid: node.gid,
            device_id: 0,
            size,
            blocks: size.div_ceil(512),
            block_size: 4096,
            accessed: time,
            modified: time,
            changed: time,
            created: time,
        }
    }

    /// The node at the end of the path, or the first on the way that is no directory, and the bytes that lead to it.
    fn walk(&self, path: &[u8]) -> Result<(usize, usize)> {
        let mut node = ROOT;
        let mut consumed = 0;
        while consumed < path.len() {
            let Content::Directory(entries) = &self.nodes[node].content else { break };
            let rest = &path[consumed..];
            let start = consumed + rest.iter().take_while(|&&byte| byte == b'/').count();
            let name = path[start..].split(|&byte| byte == b'/').next().unwrap_or_default();
            if name.is_empty() {
                consumed = path.len();
                break;
            }
            node = *entries.get(name).ok_or(Errno::Noent)?;
            consumed = start + name.len();
        }
        Ok((consumed, node))
    }

    fn find(&self, path: &[u8]) -> Result<usize> {
        match self.walk(path)? {
            (consumed, node) if consumed == path.len() => Ok(node),
            _ => Err(Errno::Notdir),
        }
    }
}

impl Store for Image {
    fn walk(&self, path: &[u8]) -> Result<(usize, FileStat)> {
        let (consumed, node) = self.0.walk(path)?;
        Ok((consumed, self.0.stat(node)))
    }

    fn open(&self, path: &[u8], flags: OpenFlags, _mode: u32) -> Result<Box<dyn StoreFile>> {
        let changes = OpenFlags::WRITE | OpenFlags::APPEND | OpenFlags::TRUNCATE;
        if flags.intersects(changes) {
            return Err(Errno::Rofs);
        }
        let node = match self.0.find(path) {
            Ok(_) if flags.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE) => return Err(Errno::Exist),
            Err(Errno::Noent) if flags.contains(OpenFlags::CREATE) => return Err(Errno::Rofs),
            found => found?,
        };
        match self.0.nodes[node].content {
            Content::Symlink(_) => Err(Errno::Loop),
            Content::File { .. } if flags.contains(OpenFlags::DIRECTORY) => Err(Errno::Notdir),
            _ => Ok(Box::new(ImageFile { image: self.clone(), node })),
        }
    }

    fn readlink(&self, path: &[u8]) -> Result<Vec<u8>> {
        match &self.0.nodes[self.0.find(path)?].content {
            Content::Symlink(target) => Ok(target.to_vec()),
            _ => Err(Errno::Inval),
        }
    }

    fn space(&self) -> Result<StoreSpace> {
        let blocks = self.0.archive.metadata().map_or(0, |metadata| metadata.len().div_ceil(4096));
        Ok(StoreSpace { block_size: 4096, blocks, blocks_free: 0, files: self.0.nodes.len() as u64, files_free: 0 })
    }
}

struct ImageFile {
    image: Image,
    node: usize,
}

impl StoreFile for ImageFile {
    fn stat(&self) -> Result<FileStat> {
        Ok(self.image.0.stat(self.node))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        let Content::File { offset: start, size } = self.image.0.nodes[self.node].content else {
            return Err(Errno::Isdir);
        };
        let left = size.saturating_sub(offset);
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        if count == 0 {
            return Ok(0);
        }
        self.image.0.archive.read_exact_at(&mut buffer[..count], start + offset).map_err(|_| Errno::Io)?;
        Ok(count)
    }

    fn readdir(&self, cookie: u64, count: u32) -> Result<Vec<DirectoryEntry>> {
        let Content::Directory(entries) = &self.image.0.nodes[self.node].content else { return Err(Errno::Notdir) };
        let page = entries.iter().enumerate().skip(cookie as usize).take(count as usize);
        Ok(page
            .map(|(position, (name, &node))| DirectoryEntry {
                inode: node as u64 + 1,
                kind: self.image.0.stat(node).kind,
                name: name.to_vec(),
                next: position as u64 + 1,
            })
            .collect())
    }

    fn identity(&self) -> Option<(u64, u64)> {
        Some((self.image.0.id, self.node as u64))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    fn header(kind: tar::EntryType, size: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o755);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(7);
        header
    }

    fn archive() -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        tar.append_data(&mut header(tar::EntryType::Regular, 5), "bin/tool", &b"hello"[..]).unwrap();
        tar.append_link(&mut header(tar::EntryType::Symlink, 0), "bin/sh", "tool").unwrap();
        tar.append_link(&mut header(tar::EntryType::Link, 0), "bin/ash", "bin/tool").unwrap();
        tar.into_inner().unwrap()
    }

    fn image(bytes: &[u8]) -> std::result::Result<Image, ImageError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("vivarium-image-{}-{number}", std::process::id()));
        File::create(&path).unwrap().write_all(bytes).unwrap();
        let image = Image::open(&path);
        std::fs::remove_file(&path).unwrap();
        image
    }

    #[test]
    fn files_links_and_directories_are_found() {
        let image = image(&archive()).unwrap();
        let (consumed, stat) = image.walk(b"bin/ash").unwrap();
        assert_eq!((consumed, stat.kind, stat.size, stat.links), (7, FileKind::Regular, 5, 2));
        assert_eq!(image.readlink(b"bin/sh"), Ok(b"tool".to_vec()));
        assert_eq!(image.walk(b"bin/sh/x").unwrap().0, 6);
        let mut buffer = [0; 8];
        let file = image.open(b"bin/tool", OpenFlags::READ, 0).unwrap();
        assert_eq!(file.read_at(&mut buffer, 1), Ok(4));
        assert_eq!(&buffer[..4], b"ello");
        let names = image.open(b"bin", OpenFlags::READ, 0).unwrap().readdir(0, 100).unwrap();
        assert_eq!(names.iter().map(|entry| &entry.name[..]).collect::<Vec<_>>(), [b"ash" as &[u8], b"sh", b"tool"]);
    }

    #[test]
    fn nothing_can_be_changed() {
        let image = image(&archive()).unwrap();
        assert_eq!(image.open(b"bin/tool", OpenFlags::WRITE, 0).err(), Some(Errno::Rofs));
        assert_eq!(image.open(b"bin/new", OpenFlags::CREATE | OpenFlags::WRITE, 0).err(), Some(Errno::Rofs));
        assert_eq!(image.unlink(b"bin/tool"), Err(Errno::Rofs));
    }

    #[test]
    fn a_cut_archive_is_refused() {
        let archive = archive();
        // Cut within the content of the first file.
        assert!(image(&archive[..514]).is_err());
    }

    #[test]
    fn an_archive_with_any_byte_changed_is_refused_or_stays_within_itself() {
        let good = archive();
        let mut taken = 0;
        for (place, change) in (0..good.len()).flat_map(|place| [(place, 0xff), (place, 0x01)]) {
            let mut archive = good.clone();
            archive[place] ^= change;
            // A changed header is found by its checksum, unless that is mended too.
            let header = place / 512 * 512;
            if let Ok(block) = <&mut [u8; 512]>::try_from(&mut archive[header..header + 512])
                && place - header < 500
            {
                let mut mended = tar::Header::from_byte_slice(block).clone();
                mended.set_cksum();
                *block = *mended.as_bytes();
            }
            let Ok(image) = image(&archive) else { continue };
            taken += 1;
            for entry in image.files() {
                assert!(entry.size <= archive.len() as u64, "byte {place}");
                assert_eq!(image.read(&entry, u64::MAX).unwrap().len() as u64, entry.size, "byte {place}");
                let path = entry.path.strip_prefix(b"/").unwrap();
                assert_eq!(image.walk(path).unwrap().0, path.len(), "byte {place}");
            }
        }
        assert!(taken > 0);
    }

    #[test]
    fn paths_out_of_the_archive_are_refused() {
        let mut raw = header(tar::EntryType::Regular, 0);
        raw.as_gnu_mut().unwrap().name[..6].copy_from_slice(b"../../");
        raw.set_cksum();
        let mut tar = tar::Builder::new(Vec::new());
        tar.append(&raw, &b""[..]).unwrap();
        let bytes = tar.into_inner().unwrap();
        assert!(index(Cursor::new(&bytes), bytes.len() as u64).is_err());
    }
}

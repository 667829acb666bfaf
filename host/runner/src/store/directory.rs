//! A directory of the host, granted as an open handle.
//!
//! Everything happens relative to that handle, one parent directory and one name at a time, and no symbolic link is ever
//! followed, so that nothing outside the directory can be reached however it changes underneath. Devices, fifos and sockets
//! of the host can be seen but not opened.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::LazyLock;

use parking_lot::Mutex;
use rustix::fs::{self, AtFlags, Mode, OFlags, ResolveFlags, Timestamps};
use rustix::io;

use super::{OpenFlags, Result, Store, StoreFile, StoreSpace};
use crate::{DirectoryEntry, Errno, FileKind, FileStat, Timespec};

/// A directory of the host that a virtual machine may see, and perhaps change.
#[derive(Debug)]
pub struct HostDir {
    root: OwnedFd,
    writable: bool,
}

impl HostDir {
    /// Lets the tree below `dir` be read.
    pub fn read_only(dir: cap_std::fs::Dir) -> Self {
        Self { root: dir.into_std_file().into(), writable: false }
    }

    /// Lets the tree below `dir` be read and changed.
    pub fn read_write(dir: cap_std::fs::Dir) -> Self {
        Self { root: dir.into_std_file().into(), writable: true }
    }

    /// Whether the grant includes changes.
    pub fn is_writable(&self) -> bool {
        self.writable
    }

    fn check_writable(&self) -> Result<()> {
        if self.writable { Ok(()) } else { Err(Errno::Rofs) }
    }

    /// Opens `path` without following any link.
    fn open_beneath(&self, path: &[u8], flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let path = if path.is_empty() { b"." } else { path };
        #[cfg(target_os = "linux")]
        {
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
            match fs::openat2(&self.root, OsStr::from_bytes(path), flags, mode, resolve) {
                // Systems without the call, and sandboxes that refuse it, are walked by hand.
                Err(io::Errno::NOSYS | io::Errno::PERM) => {}
                // The tree was renamed during the call; by hand it can be told.
                Err(io::Errno::AGAIN) => {}
                opened => return opened,
            }
        }
        let (parent, name) = self.open_parent_by_hand(path)?;
        fs::openat(self.at(&parent), name, flags, mode)
    }

    fn at<'a>(&'a self, parent: &'a Option<OwnedFd>) -> BorrowedFd<'a> {
        parent.as_ref().unwrap_or(&self.root).as_fd()
    }

    fn open_parent_by_hand<'a>(&self, path: &'a [u8]) -> io::Result<(Option<OwnedFd>, &'a OsStr)> {
        let mut names = path.split(|&byte| byte == b'/').filter(|name| !name.is_empty());
        let last = names.next_back().unwrap_or(b".");
        let mut parent = None;
        for name in names.chain((last == b"..").then_some(last)) {
            if name == b".." {
                return Err(io::Errno::XDEV);
            }
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            parent = Some(fs::openat(self.at(&parent), OsStr::from_bytes(name), flags, Mode::empty())?);
        }
        Ok((parent, OsStr::from_bytes(last)))
    }

    /// The directory that holds the last name of `path`, and that name.
    fn parent<'a>(&self, path: &'a [u8]) -> Result<(Option<OwnedFd>, &'a OsStr)> {
        let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
        let path = &path[..end];
        let (parent, name) = match path.iter().rposition(|&byte| byte == b'/') {
            None => (None, path),
            Some(slash) => {
                let flags = OFlags::PATH | OFlags::DIRECTORY;
                (Some(self.open_beneath(&path[..slash], flags, Mode::empty()).map_err(errno)?), &path[slash + 1..])
            }
        };
        match name {
            b"" | b"." => Err(Errno::Busy),
            b".." => Err(Errno::Notcapable),
            name => Ok((parent, OsStr::from_bytes(name))),
        }
    }

    fn stat_nofollow(&self, path: &[u8]) -> io::Result<FileStat> {
        let file = self.open_beneath(path, OFlags::PATH, Mode::empty())?;
        Ok(file_stat(&fs::fstat(file)?))
    }
}

impl Store for HostDir {
    fn walk(&self, path: &[u8]) -> Result<(usize, FileStat)> {
        match self.stat_nofollow(path) {
            Ok(stat) => return Ok((path.len(), stat)),
            Err(io::Errno::LOOP | io::Errno::NOTDIR) => {}
            Err(error) => return Err(errno(error)),
        }
        // Something on the way is no directory: find the first such.
        let ends = path.iter().enumerate().filter(|&(_, &byte)| byte == b'/').map(|(end, _)| end);
        for end in ends.chain([path.len()]) {
            let stat = self.stat_nofollow(&path[..end]).map_err(errno)?;
            if stat.kind != FileKind::Directory {
                return Ok((end, stat));
            }
        }
        // It was changed meanwhile.
        Err(Errno::Notdir)
    }

    fn open(&self, path: &[u8], flags: OpenFlags, mode: u32) -> Result<Box<dyn StoreFile>> {
        let changes = OpenFlags::WRITE | OpenFlags::APPEND | OpenFlags::TRUNCATE;
        if flags.intersects(changes) {
            self.check_writable()?;
        }
        // Even opening a device or a fifo can do something, so look before; the check after closes the race.
        match self.stat_nofollow(path) {
            Ok(stat) => openable(stat.kind)?,
            Err(io::Errno::NOENT) if flags.contains(OpenFlags::CREATE) => self.check_writable()?,
            Err(error) => return Err(errno(error)),
        }
        let access = match (flags.contains(OpenFlags::READ), flags.contains(OpenFlags::WRITE)) {
            (_, false) => OFlags::RDONLY,
            (false, true) => OFlags::WRONLY,
            (true, true) => OFlags::RDWR,
        };
        let extra = [
            (OpenFlags::APPEND, OFlags::APPEND),
            (OpenFlags::CREATE, OFlags::CREATE),
            (OpenFlags::EXCLUSIVE, OFlags::EXCL),
            (OpenFlags::TRUNCATE, OFlags::TRUNC),
            (OpenFlags::DIRECTORY, OFlags::DIRECTORY),
        ];
        let extra = extra.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, flag)| flag);
        let oflags = extra.fold(access | OFlags::NONBLOCK | OFlags::NOCTTY, |all, flag| all | flag);
        let mode = if flags.contains(OpenFlags::CREATE) { Mode::from_raw_mode(mode & 0o777) } else { Mode::empty() };
        let file = self.open_beneath(path, oflags, mode).map_err(errno)?;
        let kind = file_stat(&fs::fstat(&file).map_err(errno)?).kind;
        openable(kind)?;
        if kind == FileKind::Directory {
            let entries = fs::Dir::read_from(&file).map_err(errno)?;
            Ok(Box::new(Directory { file, listing: Mutex::new(Listing { entries, position: 0 }) }))
        } else {
            Ok(Box::new(RegularFile { file }))
        }
    }

    fn readlink(&self, path: &[u8]) -> Result<Vec<u8>> {
        let (parent, name) = self.parent(path)?;
        Ok(fs::readlinkat(self.at(&parent), name, Vec::new()).map_err(errno)?.into_bytes())
    }

    fn space(&self) -> Result<StoreSpace> {
        let stat = fs::fstatvfs(&self.root).map_err(errno)?;
        Ok(StoreSpace {
            block_size: stat.f_frsize as u32,
            blocks: stat.f_blocks,
            blocks_free: stat.f_bavail,
            files: stat.f_files,
            files_free: stat.f_favail,
        })
    }

    fn mkdir(&self, path: &[u8], mode: u32) -> Result<()> {
        self.check_writable()?;
        let (parent, name) = self.parent(path)?;
        fs::mkdirat(self.at(&parent), name, Mode::from_raw_mode(mode & 0o1777)).map_err(errno)
    }

    fn symlink(&self, target: &[u8], path: &[u8]) -> Result<()> {
        self.check_writable()?;
        let (parent, name) = self.parent(path)?;
        fs::symlinkat(OsStr::from_bytes(target), self.at(&parent), name).map_err(errno)
    }

    fn link(&self, old: &[u8], new: &[u8]) -> Result<()> {
        self.check_writable()?;
        let (old_parent, old_name) = self.parent(old)?;
        let (new_parent, new_name) = self.parent(new)?;
        fs::linkat(self.at(&old_parent), old_name, self.at(&new_parent), new_name, AtFlags::empty()).map_err(errno)
    }

    fn unlink(&self, path: &[u8]) -> Result<()> {
        self.check_writable()?;
        let (parent, name) = self.parent(path)?;
        fs::unlinkat(self.at(&parent), name, AtFlags::empty()).map_err(errno)
    }

    fn rmdir(&self, path: &[u8]) -> Result<()> {
        self.check_writable()?;
        let (parent, name) = self.parent(path)?;
        fs::unlinkat(self.at(&parent), name, AtFlags::REMOVEDIR).map_err(errno)
    }

    fn rename(&self, old: &[u8], new: &[u8], no_replace: bool) -> Result<()> {
        self.check_writable()?;
        let (old_parent, old_name) = self.parent(old)?;
        let (new_parent, new_name) = self.parent(new)?;
        let (from, to) = (self.at(&old_parent), self.at(&new_parent));
        if no_replace {
            fs::renameat_with(from, old_name, to, new_name, fs::RenameFlags::NOREPLACE).map_err(errno)
        } else {
            fs::renameat(from, old_name, to, new_name).map_err(errno)
        }
    }

    fn set_mode(&self, path: &[u8], mode: u32) -> Result<()> {
        self.check_writable()?;
        let file = self.open_beneath(path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).map_err(errno)?;
        openable(file_stat(&fs::fstat(&file).map_err(errno)?).kind)?;
        // Set-id bits would give the host's own users powers.
        fs::fchmod(file, Mode::from_raw_mode(mode & 0o1777)).map_err(errno)
    }

    fn set_times(&self, path: &[u8], accessed: Option<Timespec>, modified: Option<Timespec>) -> Result<()> {
        self.check_writable()?;
        let time = |time: Option<Timespec>| match time {
            None => fs::Timespec { tv_sec: 0, tv_nsec: fs::UTIME_OMIT },
            Some(time) => fs::Timespec { tv_sec: time.seconds, tv_nsec: time.nanoseconds.into() },
        };
        let times = Timestamps { last_access: time(accessed), last_modification: time(modified) };
        if path.is_empty() {
            return fs::futimens(&self.root, &times).map_err(errno);
        }
        let (parent, name) = self.parent(path)?;
        fs::utimensat(self.at(&parent), name, &times, AtFlags::SYMLINK_NOFOLLOW).map_err(errno)
    }
}

fn openable(kind: FileKind) -> Result<()> {
    match kind {
        FileKind::Regular | FileKind::Directory => Ok(()),
        FileKind::Symlink => Err(Errno::Loop),
        _ => Err(Errno::Acces),
    }
}

struct RegularFile {
    file: OwnedFd,
}

impl StoreFile for RegularFile {
    fn stat(&self) -> Result<FileStat> {
        Ok(file_stat(&fs::fstat(&self.file).map_err(errno)?))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        io::retry_on_intr(|| io::pread(&self.file, &mut *buffer, offset)).map_err(errno)
    }

    fn write_at(&self, data: &[u8], offset: u64, append: bool) -> Result<usize> {
        // The descriptor was opened for appending where `append` is: it then ignores the offset.
        let offset = if append { 0 } else { offset };
        io::retry_on_intr(|| io::pwrite(&self.file, data, offset)).map_err(errno)
    }

    fn truncate(&self, length: u64) -> Result<()> {
        fs::ftruncate(&self.file, length).map_err(errno)
    }

    fn sync(&self, data_only: bool) -> Result<()> {
        if data_only { fs::fdatasync(&self.file) } else { fs::fsync(&self.file) }.map_err(errno)
    }
}

struct Directory {
    file: OwnedFd,
    listing: Mutex<Listing>,
}

struct Listing {
    entries: fs::Dir,
    /// Cookie of the entry that `entries` gives next.
    position: u64,
}

impl StoreFile for Directory {
    fn stat(&self) -> Result<FileStat> {
        Ok(file_stat(&fs::fstat(&self.file).map_err(errno)?))
    }

    fn read_at(&self, _buffer: &mut [u8], _offset: u64) -> Result<usize> {
        Err(Errno::Isdir)
    }

    fn readdir(&self, cookie: u64, count: u32) -> Result<Vec<DirectoryEntry>> {
        let mut listing = self.listing.lock();
        if cookie == 0 {
            listing.entries.rewind();
        } else if cookie != listing.position {
            listing.entries.seek(cookie as i64).map_err(errno)?;
        }
        let mut page = Vec::new();
        while page.len() < count as usize {
            let Some(entry) = listing.entries.read() else { break };
            let entry = entry.map_err(errno)?;
            listing.position = entry.offset() as u64;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                page.push(DirectoryEntry {
                    inode: entry.ino(),
                    kind: kind(entry.file_type()),
                    name: name.to_vec(),
                    next: entry.offset() as u64,
                });
            }
        }
        Ok(page)
    }

    fn sync(&self, _data_only: bool) -> Result<()> {
        fs::fsync(&self.file).map_err(errno)
    }
}

fn kind(kind: fs::FileType) -> FileKind {
    match kind {
        fs::FileType::RegularFile => FileKind::Regular,
        fs::FileType::Directory => FileKind::Directory,
        fs::FileType::Symlink => FileKind::Symlink,
        fs::FileType::Fifo => FileKind::Fifo,
        fs::FileType::Socket => FileKind::Socket,
        fs::FileType::CharacterDevice => FileKind::CharacterDevice,
        fs::FileType::BlockDevice => FileKind::BlockDevice,
        fs::FileType::Unknown => FileKind::Unknown,
    }
}

/// The files of whoever runs the host are root's in the guest, as they would be in a container.
static OWN_IDS: LazyLock<(u32, u32)> =
    LazyLock::new(|| (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw()));

// The fields' types differ between systems.
#[allow(clippy::unnecessary_cast)]
fn file_stat(stat: &fs::Stat) -> FileStat {
    let time = |seconds, nanoseconds| Timespec { seconds, nanoseconds: nanoseconds as u32 };
    let (own_uid, own_gid) = *OWN_IDS;
    let modified = time(stat.st_mtime as i64, stat.st_mtime_nsec as i64);
    FileStat {
        device: stat.st_dev as u64,
        inode: stat.st_ino,
        kind: kind(fs::FileType::from_raw_mode(stat.st_mode)),
        mode: stat.st_mode & 0o7777,
        links: stat.st_nlink as u64,
        uid: if stat.st_uid == own_uid { 0 } else { stat.st_uid },
        gid: if stat.st_gid == own_gid { 0 } else { stat.st_gid },
        device_id: 0,
        size: stat.st_size as u64,
        blocks: stat.st_blocks as u64,
        block_size: stat.st_blksize as u32,
        accessed: time(stat.st_atime as i64, stat.st_atime_nsec as i64),
        modified,
        changed: time(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        created: modified,
    }
}

/// The guest's number for a host error.
fn errno(error: io::Errno) -> Errno {
    match error {
        io::Errno::ACCESS => Errno::Acces,
        io::Errno::AGAIN => Errno::Again,
        io::Errno::BADF => Errno::Badf,
        io::Errno::BUSY => Errno::Busy,
        io::Errno::DQUOT => Errno::Dquot,
        io::Errno::EXIST => Errno::Exist,
        io::Errno::FBIG => Errno::Fbig,
        io::Errno::INTR => Errno::Intr,
        io::Errno::INVAL => Errno::Inval,
        io::Errno::ISDIR => Errno::Isdir,
        io::Errno::LOOP => Errno::Loop,
        io::Errno::MFILE | io::Errno::NFILE => Errno::Nfile,
        io::Errno::MLINK => Errno::Mlink,
        io::Errno::NAMETOOLONG => Errno::Nametoolong,
        io::Errno::NOENT => Errno::Noent,
        io::Errno::NOMEM => Errno::Nomem,
        io::Errno::NOSPC => Errno::Nospc,
        io::Errno::NOTDIR => Errno::Notdir,
        io::Errno::NOTEMPTY => Errno::Notempty,
        io::Errno::NXIO => Errno::Nxio,
        io::Errno::OPNOTSUPP => Errno::Notsup,
        io::Errno::OVERFLOW => Errno::Overflow,
        io::Errno::PERM => Errno::Perm,
        io::Errno::ROFS => Errno::Rofs,
        io::Errno::SPIPE => Errno::Spipe,
        io::Errno::STALE => Errno::Stale,
        io::Errno::TXTBSY => Errno::Txtbsy,
        // From RESOLVE_BENEATH: the path leads out of the directory.
        io::Errno::XDEV => Errno::Notcapable,
        _ => Errno::Io,
    }
}

use std::os::fd::AsRawFd;

use super::{AT_FDCWD, FileKind};
use crate::{Errno, Path, Result, grown, number, raw};

/// chdir(), in the kernel and, on WASI, in wasi-libc, which keeps a current directory of its own.
pub fn chdir(path: impl Path) -> Result<()> {
    let path = path.bytes();
    // SAFETY: pointer and length are those of a slice.
    Errno::check(unsafe { raw::fs_chdir(path.as_ptr(), path.len() as u32) })?;
    crate::startup::init();
    Ok(())
}

/// fchdir(), as [`chdir`].
pub fn fchdir(fd: impl AsRawFd) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::fs_fchdir(number(fd)) })?;
    crate::startup::init();
    Ok(())
}

/// getcwd(). `NOENT`: it has been removed.
pub fn getcwd() -> Result<Vec<u8>> {
    // SAFETY: `grown` gives a buffer of the length it says.
    grown(|buffer, len, count| unsafe { raw::fs_getcwd(buffer, len, count) })
}

/// A name in a directory.
#[derive(Clone, Debug)]
pub struct DirectoryEntry {
    /// Number of the file.
    pub inode: u64,
    /// What it is; of a symbolic link, that.
    pub kind: FileKind,
    /// Its name.
    pub name: Vec<u8>,
}

/// readdir() to the end, from the current directory of the kernel; without `.` and `..`, in the directory's own order.
pub fn read_directory(path: impl Path) -> Result<Vec<DirectoryEntry>> {
    let path = path.bytes();
    imp::read(if path.is_empty() { b"." } else { path }, AT_FDCWD)
}

#[cfg(target_os = "wasi")]
mod imp {
    use std::os::fd::{AsRawFd, RawFd};

    use super::DirectoryEntry;
    use crate::fs::{FileKind, OpenFlags, open};
    use crate::{Errno, Result, number};

    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        fn fd_readdir(fd: u32, buffer: *mut u8, len: u32, cookie: u64, used: *mut u32) -> i32;
    }

    /// Length of preview 1's `dirent`: next cookie, inode, length of the name, kind; the name follows.
    const HEADER: usize = 24;

    pub(super) fn read(path: &[u8], at: RawFd) -> Result<Vec<DirectoryEntry>> {
        let dir = open(at, path, OpenFlags::READ | OpenFlags::DIRECTORY | OpenFlags::CLOSE_ON_EXEC, 0)?;
        let (mut entries, mut cookie) = (Vec::new(), 0);
        let mut buffer = vec![0u8; 8192];
        loop {
            let mut used = 0;
            // SAFETY: pointer and length are those of the buffer; `used` is valid for writing.
            Errno::check(unsafe {
                fd_readdir(number(dir.as_raw_fd()), buffer.as_mut_ptr(), buffer.len() as u32, cookie, &mut used)
            })?;
            let used = used as usize;
            let mut rest = &buffer[..used];
            let mut whole = 0;
            while rest.len() >= HEADER {
                let next = u64::from_le_bytes(rest[..8].try_into().map_err(|_| Errno::IO)?);
                let inode = u64::from_le_bytes(rest[8..16].try_into().map_err(|_| Errno::IO)?);
                let len = u32::from_le_bytes(rest[16..20].try_into().map_err(|_| Errno::IO)?) as usize;
                let Some(name) = rest.get(HEADER..HEADER + len) else { break };
                if name != b"." && name != b".." {
                    entries.push(DirectoryEntry { inode, kind: kind(rest[20]), name: name.to_vec() });
                }
                (cookie, whole) = (next, whole + 1);
                rest = &rest[HEADER + len..];
            }
            if used < buffer.len() {
                return Ok(entries);
            }
            if whole == 0 {
                let len = buffer.len() * 2;
                buffer.resize(len, 0);
            }
        }
    }

    /// Of preview 1's `filetype`.
    fn kind(filetype: u8) -> FileKind {
        match filetype {
            1 => FileKind::BlockDevice,
            2 => FileKind::CharacterDevice,
            3 => FileKind::Directory,
            4 => FileKind::Regular,
            5 | 6 => FileKind::Socket,
            7 => FileKind::Symlink,
            _ => FileKind::Unknown,
        }
    }
}

#[cfg(unix)]
mod imp {
    use std::os::fd::RawFd;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::os::unix::fs::DirEntryExt;

    use super::DirectoryEntry;
    use crate::fs::FileKind;
    use crate::{Errno, Result};

    pub(super) fn read(path: &[u8], _at: RawFd) -> Result<Vec<DirectoryEntry>> {
        let wrong = |e: std::io::Error| Errno::from_io(&e).unwrap_or(Errno::IO);
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(std::ffi::OsStr::from_bytes(path)).map_err(wrong)? {
            let entry = entry.map_err(wrong)?;
            let kind = match entry.file_type() {
                Ok(t) if t.is_dir() => FileKind::Directory,
                Ok(t) if t.is_file() => FileKind::Regular,
                Ok(t) if t.is_symlink() => FileKind::Symlink,
                _ => FileKind::Unknown,
            };
            entries.push(DirectoryEntry { inode: entry.ino(), kind, name: entry.file_name().into_vec() });
        }
        Ok(entries)
    }
}

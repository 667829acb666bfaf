//! A machine's files, in the manner of `tokio::fs`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use vivarium_runner::{AT_FDCWD, Errno, Fault, Fd, FileKind, FileStat, Stop, Task, fs};

use crate::{Error, Vm};

/// A machine's files, as pid 1 sees them.
#[derive(Clone, Debug)]
pub struct Fs(Vm);

/// What is known of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metadata(FileStat);

impl Metadata {
    /// What it is.
    pub fn kind(&self) -> FileKind {
        self.0.kind
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.0.kind == FileKind::Directory
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.0.kind == FileKind::Regular
    }

    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        self.0.size
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.size == 0
    }

    /// Its permission bits.
    pub fn mode(&self) -> u32 {
        self.0.mode
    }

    /// Its owner and group.
    pub fn owner(&self) -> (u32, u32) {
        (self.0.uid, self.0.gid)
    }

    /// When its content last changed.
    pub fn modified(&self) -> SystemTime {
        let seconds = u64::try_from(self.0.modified.seconds).unwrap_or(0);
        UNIX_EPOCH + Duration::new(seconds, self.0.modified.nanoseconds)
    }
}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct DirEntry {
    pub name: Vec<u8>,
    pub kind: FileKind,
}

impl Fs {
    pub(crate) fn new(vm: Vm) -> Self {
        Self(vm)
    }

    async fn call<T>(
        &self,
        operation: &'static str,
        path: &[u8],
        call: impl FnMut(&Task) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        self.0.task()?.wait(call).await.map_err(|stop| fail(operation, path, stop))
    }

    /// The whole content of a file.
    pub async fn read(&self, path: impl AsRef<[u8]>) -> Result<Vec<u8>, Error> {
        let path = path.as_ref();
        let file = self.open(path, fs::OpenFlags::READ, 0).await?;
        let mut data = Vec::new();
        loop {
            let filled = data.len();
            data.resize(filled + (64 << 10).max(filled.min(4 << 20)), 0);
            let read = file.task.wait(|task| task.read(file.fd, &mut data[filled..])).await;
            let count = read.map_err(|stop| fail("read", path, stop))?;
            data.truncate(filled + count);
            if count == 0 {
                return Ok(data);
            }
        }
    }

    /// Replaces the content of a file, which is made if it is missing.
    pub async fn write(&self, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Result<(), Error> {
        let path = path.as_ref();
        let flags = fs::OpenFlags::WRITE | fs::OpenFlags::CREATE | fs::OpenFlags::TRUNCATE;
        let file = self.open(path, flags, 0o666).await?;
        let mut rest = content.as_ref();
        while !rest.is_empty() {
            let wrote = file.task.wait(|task| task.write(file.fd, rest)).await;
            rest = &rest[wrote.map_err(|stop| fail("write", path, stop))?..];
        }
        Ok(())
    }

    async fn open(&self, path: &[u8], flags: fs::OpenFlags, mode: u32) -> Result<File, Error> {
        let task = self.0.task()?;
        let flags = flags | fs::OpenFlags::CLOSE_ON_EXEC;
        let opened = task.wait(|task| task.open(AT_FDCWD, path, flags, mode)).await;
        let fd = opened.map_err(|stop| fail("open", path, stop))?;
        Ok(File { task, fd })
    }

    /// What is known of a file; of what it leads to, where it is a link.
    pub async fn metadata(&self, path: impl AsRef<[u8]>) -> Result<Metadata, Error> {
        let path = path.as_ref();
        self.call("stat", path, |task| task.stat(AT_FDCWD, path, true)).await.map(Metadata)
    }

    /// What is known of a file, or of the link itself.
    pub async fn symlink_metadata(&self, path: impl AsRef<[u8]>) -> Result<Metadata, Error> {
        let path = path.as_ref();
        self.call("lstat", path, |task| task.stat(AT_FDCWD, path, false)).await.map(Metadata)
    }

    /// Whether there is such a file.
    pub async fn exists(&self, path: impl AsRef<[u8]>) -> Result<bool, Error> {
        match self.metadata(path).await {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.errno(), Some(Errno::Noent | Errno::Notdir)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Entries of a directory, `.` and `..` left out.
    pub async fn read_dir(&self, path: impl AsRef<[u8]>) -> Result<Vec<DirEntry>, Error> {
        let path = path.as_ref();
        let dir = self.open(path, fs::OpenFlags::READ | fs::OpenFlags::DIRECTORY, 0).await?;
        let mut entries = Vec::new();
        let mut cookie = 0;
        loop {
            let page = dir.task.readdir(dir.fd, cookie, 256).map_err(|fault| fail("readdir", path, fault.into()))?;
            let Some(last) = page.last() else { return Ok(entries) };
            cookie = last.next;
            let named = page.into_iter().filter(|entry| entry.name != b"." && entry.name != b"..");
            entries.extend(named.map(|entry| DirEntry { name: entry.name, kind: entry.kind }));
        }
    }

    /// Makes a directory.
    pub async fn create_dir(&self, path: impl AsRef<[u8]>) -> Result<(), Error> {
        let path = path.as_ref();
        self.call("mkdir", path, |task| task.mkdir(AT_FDCWD, path, 0o777)).await
    }

    /// Makes a directory and those above it that are missing.
    pub async fn create_dir_all(&self, path: impl AsRef<[u8]>) -> Result<(), Error> {
        let path = path.as_ref();
        let ends = (1..path.len()).filter(|&end| path[end] == b'/').chain([path.len()]);
        for end in ends {
            match self.create_dir(&path[..end]).await {
                Err(error) if error.errno() == Some(Errno::Exist) => {}
                made => made?,
            }
        }
        Ok(())
    }

    /// Removes a file.
    pub async fn remove_file(&self, path: impl AsRef<[u8]>) -> Result<(), Error> {
        let path = path.as_ref();
        self.call("unlink", path, |task| task.unlink(AT_FDCWD, path)).await
    }

    /// Removes an empty directory.
    pub async fn remove_dir(&self, path: impl AsRef<[u8]>) -> Result<(), Error> {
        let path = path.as_ref();
        self.call("rmdir", path, |task| task.rmdir(AT_FDCWD, path)).await
    }

    /// Removes a directory and all that is in it. Links are removed, not followed.
    pub async fn remove_dir_all(&self, path: impl AsRef<[u8]>) -> Result<(), Error> {
        let mut left = vec![(path.as_ref().to_vec(), false)];
        while let Some((path, emptied)) = left.pop() {
            if emptied {
                self.remove_dir(&path).await?;
                continue;
            }
            let entries = self.read_dir(&path).await?;
            left.push((path.clone(), true));
            for entry in entries {
                let entry_path = [&path[..], b"/", &entry.name].concat();
                if entry.kind == FileKind::Directory {
                    left.push((entry_path, false));
                } else {
                    self.remove_file(entry_path).await?;
                }
            }
        }
        Ok(())
    }

    /// Renames a file, in the place of what is there.
    pub async fn rename(&self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> Result<(), Error> {
        let (from, to) = (from.as_ref(), to.as_ref());
        self.call("rename", from, |task| task.rename(AT_FDCWD, from, AT_FDCWD, to, fs::RenameMode::Replace)).await
    }

    /// Makes a symbolic link.
    pub async fn symlink(&self, target: impl AsRef<[u8]>, path: impl AsRef<[u8]>) -> Result<(), Error> {
        let (target, path) = (target.as_ref(), path.as_ref());
        self.call("symlink", path, |task| task.symlink(target, AT_FDCWD, path)).await
    }

    /// Makes a hard link.
    pub async fn hard_link(&self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> Result<(), Error> {
        let (from, to) = (from.as_ref(), to.as_ref());
        self.call("link", from, |task| task.link(AT_FDCWD, from, false, AT_FDCWD, to)).await
    }

    /// Where a symbolic link leads.
    pub async fn read_link(&self, path: impl AsRef<[u8]>) -> Result<Vec<u8>, Error> {
        let path = path.as_ref();
        self.call("readlink", path, |task| task.readlink(AT_FDCWD, path)).await
    }

    /// Changes permission bits.
    pub async fn set_mode(&self, path: impl AsRef<[u8]>, mode: u32) -> Result<(), Error> {
        let path = path.as_ref();
        self.call("chmod", path, |task| task.chmod(AT_FDCWD, path, true, mode)).await
    }
}

struct File {
    task: Task,
    fd: Fd,
}

impl Drop for File {
    fn drop(&mut self) {
        // Of a machine that is over there is nothing to close.
        let _ = self.task.close(self.fd);
    }
}

fn fail(operation: &'static str, path: &[u8], stop: Stop) -> Error {
    Error::new(operation, String::from_utf8_lossy(path), stop)
}

//! Files and directories.

use vivarium_runner::{AT_ROOT, Errno, Fault, FileKind, FileStat, Task, fs};
use wasmtime::component::Resource;

use super::super::bindings::wasi::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, HostDescriptor, MetadataHashValue, NewTimestamp,
    OpenFlags, PathFlags,
};
use super::super::handle::Handle;
use super::super::io::{InputStream, OutputStream};
use super::super::unwind;
use super::convert::{self, follow};
use super::{DirectoryEntryStream, Failure};
use crate::guest::Guest;

/// An open file or directory.
pub struct Descriptor(pub(super) Handle);

type File = Resource<Descriptor>;
type Result<T> = std::result::Result<T, Failure>;

/// The most bytes read at once.
const MAX_READ: u64 = 1 << 20;

impl Guest {
    fn fd(&self, file: &File) -> Result<u32> {
        Ok(self.resources.get(file)?.0.fd())
    }

    /// Makes a system call about a file.
    async fn with<T>(
        &mut self,
        file: &File,
        mut call: impl FnMut(&Task, u32) -> std::result::Result<T, Fault>,
    ) -> Result<T> {
        let fd = self.fd(file)?;
        Ok(self.task.wait(|task| call(task, fd)).await?)
    }

    async fn stat_of(&mut self, file: &File) -> Result<FileStat> {
        self.with(file, |task, fd| task.fstat(fd)).await
    }

    /// Whether a stream of a file has a position of its own; a pipe has not.
    async fn is_seekable(&mut self, file: &File) -> Result<bool> {
        match self.stat_of(file).await?.kind {
            FileKind::Directory => Err(Errno::Isdir.into()),
            FileKind::Regular | FileKind::BlockDevice => Ok(true),
            _ => Ok(false),
        }
    }

    /// Checks that a file was opened for what its stream is to do.
    async fn check_access(&mut self, file: &File, access: fs::OpenFlags) -> Result<Handle> {
        let flags = self.with(file, |task, fd| task.get_flags(fd)).await?;
        if flags.contains(access) { Ok(self.resources.get(file)?.0.clone()) } else { Err(Errno::Badf.into()) }
    }
}

impl HostDescriptor for Guest {
    async fn read_via_stream(&mut self, file: File, offset: u64) -> Result<Resource<InputStream>> {
        let seekable = self.is_seekable(&file).await?;
        let handle = self.check_access(&file, fs::OpenFlags::READ).await?;
        let stream = if seekable { InputStream::File { handle, offset } } else { InputStream::Descriptor(handle) };
        Ok(self.resources.push(stream)?)
    }

    async fn write_via_stream(&mut self, file: File, offset: u64) -> Result<Resource<OutputStream>> {
        let seekable = self.is_seekable(&file).await?;
        let handle = self.check_access(&file, fs::OpenFlags::WRITE).await?;
        let stream = if seekable { OutputStream::File { handle, offset } } else { OutputStream::Descriptor(handle) };
        Ok(self.resources.push(stream)?)
    }

    async fn append_via_stream(&mut self, file: File) -> Result<Resource<OutputStream>> {
        let seekable = self.is_seekable(&file).await?;
        let mut handle = self.check_access(&file, fs::OpenFlags::WRITE).await?;
        if seekable {
            // Whether writes go to the end is a matter of the open file, so the stream gets one of its own.
            let path = format!("/proc/self/fd/{}", handle.fd());
            let flags = fs::OpenFlags::WRITE | fs::OpenFlags::APPEND | fs::OpenFlags::CLOSE_ON_EXEC;
            handle = Handle::new(self.task.wait(|task| task.open(AT_ROOT, path.as_bytes(), flags, 0)).await?);
        }
        Ok(self.resources.push(OutputStream::Descriptor(handle))?)
    }

    async fn advise(&mut self, file: File, _offset: u64, _length: u64, _advice: Advice) -> Result<()> {
        // The kernel has no use for it.
        self.with(&file, |task, fd| task.get_flags(fd)).await.map(drop)
    }

    async fn sync_data(&mut self, file: File) -> Result<()> {
        self.with(&file, |task, fd| task.sync(fd, true)).await
    }

    async fn get_flags(&mut self, file: File) -> Result<DescriptorFlags> {
        let is_directory = self.stat_of(&file).await?.kind == FileKind::Directory;
        let flags = self.with(&file, |task, fd| task.get_flags(fd)).await?;
        Ok(convert::descriptor_flags(flags, is_directory))
    }

    async fn get_type(&mut self, file: File) -> Result<DescriptorType> {
        Ok(convert::kind(self.stat_of(&file).await?.kind))
    }

    async fn set_size(&mut self, file: File, size: u64) -> Result<()> {
        self.with(&file, |task, fd| task.ftruncate(fd, size)).await
    }

    async fn set_times(&mut self, file: File, accessed: NewTimestamp, modified: NewTimestamp) -> Result<()> {
        let (accessed, modified) = (convert::set_time(accessed)?, convert::set_time(modified)?);
        self.with(&file, |task, fd| task.fset_times(fd, accessed, modified)).await
    }

    async fn read(&mut self, file: File, length: u64, offset: u64) -> Result<(Vec<u8>, bool)> {
        let mut buffer = vec![0; length.min(MAX_READ) as usize];
        let count = self.with(&file, |task, fd| task.pread(fd, &mut buffer, offset)).await?;
        let at_end = count == 0 && length > 0;
        buffer.truncate(count);
        Ok((buffer, at_end))
    }

    async fn write(&mut self, file: File, bytes: Vec<u8>, offset: u64) -> Result<u64> {
        Ok(self.with(&file, |task, fd| task.pwrite(fd, &bytes, offset)).await? as u64)
    }

    async fn read_directory(&mut self, file: File) -> Result<Resource<DirectoryEntryStream>> {
        if self.stat_of(&file).await?.kind != FileKind::Directory {
            return Err(Errno::Notdir.into());
        }
        let handle = self.resources.get(&file)?.0.clone();
        Ok(self.resources.push(DirectoryEntryStream::new(handle))?)
    }

    async fn sync(&mut self, file: File) -> Result<()> {
        self.with(&file, |task, fd| task.sync(fd, false)).await
    }

    async fn create_directory_at(&mut self, dir: File, path: String) -> Result<()> {
        self.with(&dir, |task, dir| task.mkdir(dir, path.as_bytes(), 0o777)).await
    }

    async fn stat(&mut self, file: File) -> Result<DescriptorStat> {
        Ok(convert::stat(&self.stat_of(&file).await?))
    }

    async fn stat_at(&mut self, dir: File, flags: PathFlags, path: String) -> Result<DescriptorStat> {
        let stat = self.with(&dir, |task, dir| task.stat(dir, path.as_bytes(), follow(flags))).await?;
        Ok(convert::stat(&stat))
    }

    async fn set_times_at(
        &mut self,
        dir: File,
        flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> Result<()> {
        let (accessed, modified) = (convert::set_time(accessed)?, convert::set_time(modified)?);
        self.with(&dir, |task, dir| task.set_times(dir, path.as_bytes(), follow(flags), accessed, modified)).await
    }

    async fn link_at(&mut self, dir: File, flags: PathFlags, old: String, new_dir: File, new: String) -> Result<()> {
        let new_dir = self.fd(&new_dir)?;
        self.with(&dir, |task, dir| task.link(dir, old.as_bytes(), follow(flags), new_dir, new.as_bytes())).await
    }

    async fn open_at(
        &mut self,
        dir: File,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<File> {
        let flags = convert::open_flags(path_flags, open_flags, flags);
        let fd = self.with(&dir, |task, dir| task.open(dir, path.as_bytes(), flags, 0o666)).await?;
        Ok(self.resources.push(Descriptor(Handle::new(fd)))?)
    }

    async fn readlink_at(&mut self, dir: File, path: String) -> Result<String> {
        let target = self.with(&dir, |task, dir| task.readlink(dir, path.as_bytes())).await?;
        Ok(String::from_utf8(target).map_err(|_| Errno::Ilseq)?)
    }

    async fn remove_directory_at(&mut self, dir: File, path: String) -> Result<()> {
        self.with(&dir, |task, dir| task.rmdir(dir, path.as_bytes())).await
    }

    async fn rename_at(&mut self, dir: File, old: String, new_dir: File, new: String) -> Result<()> {
        let new_dir = self.fd(&new_dir)?;
        let mode = fs::RenameMode::Replace;
        self.with(&dir, |task, dir| task.rename(dir, old.as_bytes(), new_dir, new.as_bytes(), mode)).await
    }

    async fn symlink_at(&mut self, dir: File, target: String, path: String) -> Result<()> {
        self.with(&dir, |task, dir| task.symlink(target.as_bytes(), dir, path.as_bytes())).await
    }

    async fn unlink_file_at(&mut self, dir: File, path: String) -> Result<()> {
        self.with(&dir, |task, dir| task.unlink(dir, path.as_bytes())).await
    }

    async fn is_same_object(&mut self, one: File, other: File) -> wasmtime::Result<bool> {
        match (self.stat_of(&one).await, self.stat_of(&other).await) {
            (Ok(one), Ok(other)) => Ok((one.device, one.inode) == (other.device, other.inode)),
            (Err(Failure::Trap(trap)), _) | (_, Err(Failure::Trap(trap))) => Err(trap),
            _ => Ok(false),
        }
    }

    async fn metadata_hash(&mut self, file: File) -> Result<MetadataHashValue> {
        Ok(convert::hash(&self.stat_of(&file).await?))
    }

    async fn metadata_hash_at(&mut self, dir: File, flags: PathFlags, path: String) -> Result<MetadataHashValue> {
        let stat = self.with(&dir, |task, dir| task.stat(dir, path.as_bytes(), follow(flags))).await?;
        Ok(convert::hash(&stat))
    }

    async fn drop(&mut self, file: File) -> wasmtime::Result<()> {
        self.resources.delete(file)?.0.release(&self.task).await.map_err(unwind)
    }
}

//! The kernel's types and the interface's.

use vivarium_runner::{Errno, FileKind, FileStat, Timespec, fs};

use super::super::bindings::wasi::clocks::wall_clock::Datetime;
use super::super::bindings::wasi::filesystem::types::{
    DescriptorFlags, DescriptorStat, DescriptorType, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};

pub(super) fn kind(kind: FileKind) -> DescriptorType {
    match kind {
        FileKind::Unknown => DescriptorType::Unknown,
        FileKind::Regular => DescriptorType::RegularFile,
        FileKind::Directory => DescriptorType::Directory,
        FileKind::Symlink => DescriptorType::SymbolicLink,
        FileKind::CharacterDevice => DescriptorType::CharacterDevice,
        FileKind::BlockDevice => DescriptorType::BlockDevice,
        FileKind::Fifo => DescriptorType::Fifo,
        FileKind::Socket => DescriptorType::Socket,
    }
}

/// Times before 1970 cannot be told.
fn datetime(time: Timespec) -> Option<Datetime> {
    let seconds = u64::try_from(time.seconds).ok()?;
    Some(Datetime { seconds, nanoseconds: time.nanoseconds })
}

pub(super) fn stat(stat: &FileStat) -> DescriptorStat {
    DescriptorStat {
        type_: kind(stat.kind),
        link_count: stat.links,
        size: stat.size,
        data_access_timestamp: datetime(stat.accessed),
        data_modification_timestamp: datetime(stat.modified),
        status_change_timestamp: datetime(stat.changed),
    }
}

/// The lower half stays the same for a file's whole life, which is what libraries take for its number; the upper half
/// changes with the content.
pub(super) fn hash(stat: &FileStat) -> MetadataHashValue {
    // FNV-1a over words: it need not withstand anybody.
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0100_0000_01b3);
    let words = [stat.device, stat.size, stat.modified.seconds as u64, stat.modified.nanoseconds.into()];
    MetadataHashValue { lower: stat.inode, upper: words.into_iter().fold(0xcbf2_9ce4_8422_2325, mix) }
}

pub(super) fn set_time(time: NewTimestamp) -> Result<fs::SetTime, Errno> {
    Ok(match time {
        NewTimestamp::NoChange => fs::SetTime::Omit,
        NewTimestamp::Now => fs::SetTime::Now,
        NewTimestamp::Timestamp(Datetime { nanoseconds: 1_000_000_000.., .. }) => return Err(Errno::Inval),
        NewTimestamp::Timestamp(at) => fs::SetTime::At(Timespec {
            seconds: at.seconds.try_into().map_err(|_| Errno::Overflow)?,
            nanoseconds: at.nanoseconds,
        }),
    })
}

pub(super) fn follow(flags: PathFlags) -> bool {
    flags.contains(PathFlags::SYMLINK_FOLLOW)
}

pub(super) fn open_flags(path: PathFlags, open: OpenFlags, access: DescriptorFlags) -> fs::OpenFlags {
    let given = [
        (!follow(path), fs::OpenFlags::NO_FOLLOW),
        (open.contains(OpenFlags::CREATE), fs::OpenFlags::CREATE),
        (open.contains(OpenFlags::DIRECTORY), fs::OpenFlags::DIRECTORY),
        (open.contains(OpenFlags::EXCLUSIVE), fs::OpenFlags::EXCLUSIVE),
        (open.contains(OpenFlags::TRUNCATE), fs::OpenFlags::TRUNCATE),
        (access.contains(DescriptorFlags::WRITE), fs::OpenFlags::WRITE),
        // A descriptor for neither is one for paths.
        (access.contains(DescriptorFlags::READ) || !access.contains(DescriptorFlags::WRITE), fs::OpenFlags::READ),
    ];
    given.into_iter().filter(|(is_given, _)| *is_given).fold(fs::OpenFlags::CLOSE_ON_EXEC, |all, (_, flag)| all | flag)
}

pub(super) fn descriptor_flags(flags: fs::OpenFlags, is_directory: bool) -> DescriptorFlags {
    let mut given = DescriptorFlags::empty();
    if flags.contains(fs::OpenFlags::READ) {
        given |= DescriptorFlags::READ;
    }
    if flags.contains(fs::OpenFlags::WRITE) {
        given |= DescriptorFlags::WRITE;
    }
    if is_directory {
        // Whether it may be changed is for the file's permissions to say.
        given |= DescriptorFlags::MUTATE_DIRECTORY;
    }
    given
}

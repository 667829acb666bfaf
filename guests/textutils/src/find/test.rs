//! What can be asked about a file.

use vivarium_sys::fs::{self, FileKind, Stat};
use vivarium_userland::posix_regex::Regex;
use vivarium_userland::{Bytes, glob, quote};

use super::Run;
use super::entry::Entry;

/// `N`, `+N` or `-N`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Count {
    Exactly(u64),
    More(u64),
    Less(u64),
}

impl Count {
    pub(crate) fn holds(self, value: u64) -> bool {
        match self {
            Count::Exactly(n) => value == n,
            Count::More(n) => value > n,
            Count::Less(n) => value < n,
        }
    }
}

/// One of a file's times.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Time {
    Access,
    Modification,
    Change,
    Birth,
}

impl Time {
    /// In nanoseconds since the epoch.
    pub(crate) fn of(self, stat: &Stat) -> i128 {
        let time = match self {
            Time::Access => stat.accessed,
            Time::Modification => stat.modified,
            Time::Change => stat.changed,
            Time::Birth => stat.created,
        };
        i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanoseconds)
    }
}

/// `-perm`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permission {
    pub(crate) matching: Matching,
    /// The bits asked for of a directory, where `X` counts as `x`, and of any other file.
    pub(crate) directory: u32,
    pub(crate) file: u32,
}

/// Which of the bits asked for a mode must have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Matching {
    Exactly,
    All,
    Any,
}

impl Permission {
    fn holds(&self, stat: &Stat) -> bool {
        let bits = if stat.file_kind() == FileKind::Directory { self.directory } else { self.file };
        match self.matching {
            Matching::Exactly => stat.mode & 0o7777 == bits,
            Matching::All => stat.mode & bits == bits,
            Matching::Any => bits == 0 || stat.mode & bits != 0,
        }
    }
}

/// A test.
pub(crate) enum Test {
    Constant(bool),
    Name {
        pattern: Bytes,
        flags: glob::Flags,
    },
    Path {
        pattern: Bytes,
        flags: glob::Flags,
    },
    LinkName {
        pattern: Bytes,
        flags: glob::Flags,
    },
    Regex(Regex),
    Kind(Vec<FileKind>),
    OtherKind(Vec<FileKind>),
    /// In units of so many bytes, rounded up.
    Size {
        count: Count,
        unit: u64,
    },
    Empty,
    /// In units of nanoseconds before `now`, rounded down.
    Age {
        time: Time,
        count: Count,
        unit: i128,
        now: i128,
    },
    Newer {
        time: Time,
        than: i128,
    },
    Used(Count),
    Permission(Permission),
    User(Count),
    Group(Count),
    NoUser,
    NoGroup,
    Links(Count),
    Inode(Count),
    Same {
        device: u64,
        inode: u64,
    },
    Access(u32),
    FileSystem(Bytes),
}

impl Test {
    pub(crate) fn holds(&self, entry: &Entry, run: &Run) -> bool {
        match self {
            Test::Constant(value) => *value,
            Test::Name { pattern, flags } => glob::matches(pattern, entry.name(), *flags),
            Test::Path { pattern, flags } => glob::matches(pattern, &entry.path, *flags),
            Test::LinkName { pattern, flags } => {
                entry.kind() == FileKind::Symlink
                    && fs::readlink(fs::AT_FDCWD, &entry.path)
                        .is_ok_and(|target| glob::matches(pattern, &target, *flags))
            }
            Test::Regex(regex) => regex.find_at(&entry.path, 0) == Some((0, entry.path.len())),
            Test::Kind(kinds) => kinds.contains(&entry.kind()),
            Test::OtherKind(kinds) => kinds.contains(&entry.other_kind()),
            Test::Access(mode) => fs::access(&entry.path, *mode, false).is_ok(),
            Test::Empty if entry.kind() == FileKind::Directory => match fs::read_directory(&entry.path) {
                Ok(names) => names.is_empty(),
                Err(errno) => {
                    run.complain(&format!("{}: {errno}", quote::message(&entry.path)));
                    false
                }
            },
            _ => match entry.stat() {
                Ok(stat) => self.holds_of(stat, run),
                Err(errno) => {
                    run.complain(&format!("{}: {errno}", quote::message(&entry.path)));
                    false
                }
            },
        }
    }

    fn holds_of(&self, stat: &Stat, run: &Run) -> bool {
        match self {
            Test::Size { count, unit } => count.holds(stat.size.div_ceil(*unit)),
            Test::Empty => stat.is_file() && stat.size == 0,
            Test::Age { time, count, unit, now } => {
                let age = (now - time.of(stat)).div_euclid(*unit);
                match *count {
                    Count::Exactly(n) => age == i128::from(n),
                    Count::More(n) => age > i128::from(n),
                    Count::Less(n) => age < i128::from(n),
                }
            }
            Test::Newer { time, than } => time.of(stat) > *than,
            Test::Used(count) => {
                let nanoseconds = Time::Access.of(stat) - Time::Change.of(stat);
                let days = u64::try_from(nanoseconds.div_euclid(86_400_000_000_000));
                // A file not read since it changed has not been used at all.
                nanoseconds > 0 && days.is_ok_and(|days| count.holds(days))
                    || nanoseconds <= 0 && matches!(count, Count::Less(_))
            }
            Test::Permission(permission) => permission.holds(stat),
            Test::User(count) => count.holds(stat.uid.into()),
            Test::Group(count) => count.holds(stat.gid.into()),
            Test::NoUser => run.names.user(stat.uid).is_none(),
            Test::NoGroup => run.names.group(stat.gid).is_none(),
            Test::Links(count) => count.holds(stat.links),
            Test::Inode(count) => count.holds(stat.inode),
            Test::Same { device, inode } => (stat.device, stat.inode) == (*device, *inode),
            Test::FileSystem(name) => file_system_of(stat.device) == *name,
            _ => false,
        }
    }
}

/// Kind of the file system a device number belongs to, as `/proc/self/mountinfo` has it.
pub(crate) fn file_system_of(device: u64) -> Bytes {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let number = format!("{}:{}", device >> 8, device & 0xff);
    let line = mounts.lines().find(|line| line.split(' ').nth(2) == Some(&number));
    let kind = line.and_then(|line| line.split(" - ").nth(1)).and_then(|rest| rest.split(' ').next());
    kind.unwrap_or("unknown").as_bytes().to_vec()
}

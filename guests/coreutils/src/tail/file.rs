//! A file that is followed.

use std::os::fd::AsRawFd;

use vivarium_sys::fs::{self, FileKind, OpenFlags, Stat, Whence};
use vivarium_sys::{Errno, Result, pipe};
use vivarium_userland::Bytes;

use super::{Source, open};

/// An operand.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: Bytes,
    pub(super) state: State,
}

/// What is known of a file between two looks at it.
#[derive(Debug)]
pub(super) enum State {
    /// Not looked at yet.
    New,
    Open(Open),
    /// It may come (back); why it cannot be read.
    Missing(Errno),
    /// It is not followed, and there is no more to say.
    GivenUp,
    /// Its end was seen.
    Ended,
}

/// A file being read.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) source: Source,
    /// Device and number.
    pub(super) id: (u64, u64),
    pub(super) is_file: bool,
    /// Bytes read, of a regular file.
    pub(super) position: u64,
    /// The size and time of change that were there when all was read.
    pub(super) seen: Option<(u64, i64, u32)>,
}

impl State {
    /// Of a file that has been printed as far as it went.
    pub(super) fn open(source: Source, stat: &Stat) -> State {
        let is_file = stat.file_kind() == FileKind::Regular;
        if !is_file && let Ok(flags) = pipe::flags(&source) {
            // Others wait meanwhile. A terminal or device that can't be set so is waited for.
            let _ = pipe::set_flags(&source, flags | OpenFlags::NONBLOCK);
        }
        let position = if is_file { fs::seek(&source, 0, Whence::Current).unwrap_or(0) } else { 0 };
        State::Open(Open { source, id: (stat.device, stat.inode), is_file, position, seen: None })
    }
}

impl File {
    pub(super) fn new(name: Bytes) -> File {
        File { name, state: State::New }
    }

    pub(super) fn is_input(&self) -> bool {
        self.name == b"-"
    }

    /// What it is called in headers and messages.
    pub(super) fn shown(&self) -> &[u8] {
        if self.is_input() { b"standard input" } else { &self.name }
    }

    pub(super) fn open(&self) -> Result<Source> {
        if self.is_input() { Ok(Source::Input) } else { open(&self.name, false).map(Source::Opened) }
    }

    /// What to wait for, of a file that says when there is more: all but regular ones.
    pub(super) fn waits(&self) -> Option<i32> {
        match &self.state {
            State::Open(open) if !open.is_file => Some(open.source.as_raw_fd()),
            _ => None,
        }
    }
}

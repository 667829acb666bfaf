//! Following files: what is appended is printed, and names are looked up again where they are followed.

use std::collections::HashSet;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd};

use vivarium_sys::fs::{self, FileKind, OpenFlags, Whence};
use vivarium_sys::poll::{self, PollFd, events};
use vivarium_sys::signal::{self, Target};
use vivarium_sys::{Errno, tty};
use vivarium_userland::bytes::dir_name;
use vivarium_userland::{Bytes, quote};

use super::file::{File, Open, State};
use super::{Source, Tail, by_name, can_follow, open, show};

/// Every event of a watch.
const ALL_EVENTS: u32 = 0x1ff;

/// Follows until no file is left, or the processes to wait for are gone.
pub(super) fn run(tail: &mut Tail, files: &mut [File]) -> io::Result<()> {
    if files.iter().any(File::is_input) && tty::isatty(0) && files.len() > 1 {
        tail.error("warning: following standard input indefinitely is ineffective");
    }
    let mut watch = Watch::new(tail.options.notified);
    let mut gone = false;
    loop {
        for (index, file) in files.iter_mut().enumerate() {
            watch.add(&file.name);
            look(tail, index, file)?;
        }
        tail.out.flush()?;
        if files.iter().all(|file| matches!(file.state, State::GivenUp | State::Ended)) {
            // The end of a pipe is no failure.
            if files.iter().any(|file| matches!(file.state, State::GivenUp)) {
                tail.fail("no files remaining");
            }
            return Ok(());
        }
        // What the last of them wrote is printed before the end.
        if gone {
            return Ok(());
        }
        gone = !tail.options.pids.is_empty() && tail.options.pids.iter().all(|&pid| is_gone(pid));
        if !gone && !wait(tail, files, &watch) {
            return Ok(());
        }
    }
}

fn is_gone(pid: u32) -> bool {
    matches!(signal::kill(Target::Process(pid), None), Err(Errno::SRCH))
}

/// Waits until something may have changed. False where nobody reads the output any more.
fn wait(tail: &Tail, files: &[File], watch: &Watch) -> bool {
    let mut fds = vec![PollFd::new(1, 0)];
    fds.extend(watch.0.as_ref().map(|(fd, _)| PollFd::new(fd.as_raw_fd(), events::READABLE)));
    fds.extend(files.iter().filter_map(File::waits).map(|fd| PollFd::new(fd, events::READABLE)));
    let _ = poll::poll(&mut fds, Some(tail.options.interval));
    if fds[0].revents & (events::ERROR | events::HANGUP) != 0 {
        return false;
    }
    // A fifo whose writers are gone stays ready: another one is waited for as for what cannot tell.
    if fds.iter().skip(1).any(|fd| fd.revents & (events::HANGUP | events::ERROR) != 0) {
        let _ = poll::sleep(tail.options.interval);
    }
    watch.drain();
    true
}

/// Looks at one file.
fn look(tail: &mut Tail, index: usize, file: &mut File) -> io::Result<()> {
    match &file.state {
        State::Open(_) => {
            more(tail, index, file)?;
            if by_name(&tail.options) && matches!(file.state, State::Open(_)) {
                again(tail, index, file)?;
            }
            Ok(())
        }
        State::Missing(_) => again(tail, index, file),
        State::New | State::GivenUp | State::Ended => Ok(()),
    }
}

/// Prints what was appended.
fn more(tail: &mut Tail, index: usize, file: &mut File) -> io::Result<()> {
    let State::Open(open) = &mut file.state else { return Ok(()) };
    let stat = match fs::fstat(&open.source) {
        Ok(stat) => stat,
        Err(errno) => {
            tail.fail(&format!("{}: {errno}", quote::maybe(file.shown())));
            file.state = State::Missing(errno);
            return Ok(());
        }
    };
    let now = (stat.size, stat.modified.seconds, stat.modified.nanoseconds);
    if open.is_file && open.seen == Some(now) && stat.size == open.position {
        return Ok(());
    }
    let mut truncated = false;
    if open.is_file && stat.size < open.position {
        truncated = true;
        open.position = 0;
        let _ = fs::seek(&open.source, 0, Whence::Set);
    }
    open.seen = Some(now);
    if truncated {
        tail.error(&format!("{}: file truncated", quote::maybe(file.shown())));
    }
    // Into memory first: nothing new needs no header.
    let State::Open(open) = &mut file.state else { return Ok(()) };
    let mut new = Vec::new();
    let result = show::rest(&open.source, &mut new);
    open.position += new.len() as u64;
    if !new.is_empty() {
        tail.header(index, file)?;
        tail.out.write_all(&new)?;
    }
    if let Err(show::Fault::Read(errno)) = result {
        tail.fail(&format!("error reading {}: {errno}", quote::message(file.shown())));
        file.state = State::GivenUp;
    }
    Ok(())
}

/// Looks a name up again, and changes over to the file that it is now.
fn again(tail: &mut Tail, index: usize, file: &mut File) -> io::Result<()> {
    let shown = quote::message(file.shown());
    let found = fs::stat(&file.name[..]).and_then(|stat| {
        if let State::Open(now) = &file.state
            && now.id == (stat.device, stat.inode)
        {
            return Ok(None);
        }
        if !can_follow(&stat) {
            return Ok(Some((stat, None)));
        }
        let fifo = stat.file_kind() != FileKind::Regular;
        open(&file.name, fifo).map(|fd| Some((stat, Some(Source::Opened(fd)))))
    });
    let before = match &file.state {
        State::Missing(errno) => Some(*errno),
        _ => None,
    };
    let (stat, source) = match found {
        Ok(None) => return Ok(()),
        Ok(Some(found)) => found,
        Err(errno) => {
            if before.is_none() {
                let said = if tail.options.retry {
                    format!("{shown} has become inaccessible")
                } else {
                    quote::maybe(file.shown())
                };
                tail.error(&format!("{said}: {errno}"));
            } else if before != Some(errno) {
                tail.error(&format!("{}: {errno}", quote::maybe(file.shown())));
            }
            file.state = State::Missing(errno);
            return Ok(());
        }
    };
    let Some(source) = source else {
        let given_up = !(tail.options.retry && by_name(&tail.options));
        if before != Some(Errno::ISDIR) {
            let more = if given_up { "; giving up on this name" } else { "" };
            tail.error(&format!("{shown} has been replaced with an untailable file{more}"));
        }
        file.state = if given_up { State::GivenUp } else { State::Missing(Errno::ISDIR) };
        return Ok(());
    };
    tail.error(&match before {
        None => format!("{shown} has been replaced;  following new file"),
        Some(Errno::NOENT) => format!("{shown} has appeared;  following new file"),
        Some(_) => format!("{shown} has become accessible"),
    });
    let is_file = stat.is_file();
    file.state = State::Open(Open { source, id: (stat.device, stat.inode), is_file, position: 0, seen: None });
    more(tail, index, file)
}

/// What tells of changes to files and their directories at once. Where it cannot, they are seen at the next look.
struct Watch(Option<(OwnedFd, HashSet<Bytes>)>);

impl Watch {
    fn new(wanted: bool) -> Watch {
        let fd = if wanted { fs::watch_open(OpenFlags::NONBLOCK | OpenFlags::READ).ok() } else { None };
        Watch(fd.map(|fd| (fd, HashSet::new())))
    }

    /// Watches what a name is now, and the directory it is in.
    fn add(&mut self, name: &[u8]) {
        let Some((fd, known)) = &mut self.0 else { return };
        if name == b"-" {
            return;
        }
        let id = fs::stat(name).map_or((0, 0), |stat| (stat.device, stat.inode));
        let key = [name, &id.0.to_le_bytes(), &id.1.to_le_bytes()].concat();
        if id != (0, 0) && known.insert(key) {
            let _ = fs::watch_add(fd.as_raw_fd(), name, ALL_EVENTS);
        }
        let dir = dir_name(name).to_vec();
        if known.contains(&dir) {
            return;
        }
        if fs::watch_add(fd.as_raw_fd(), &dir, ALL_EVENTS).is_ok() {
            known.insert(dir);
        }
    }

    /// Forgets what was told: everything is looked at anyway.
    fn drain(&self) {
        let Some((fd, _)) = &self.0 else { return };
        let mut buffer = [0; 4096];
        while fs::read(fd.as_raw_fd(), &mut buffer).is_ok_and(|count| count > 0) {}
    }
}

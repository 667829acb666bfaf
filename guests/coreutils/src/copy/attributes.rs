//! What a copy keeps of its source's status.

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
use vivarium_sys::Result;
use vivarium_sys::fs::{self, AT_FDCWD, Stat};
use vivarium_userland::bytes::path;

use super::errno;

/// What of a file's status its copy keeps.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Preserve {
    pub(crate) mode: bool,
    pub(crate) owner: bool,
    pub(crate) times: bool,
    /// Hard links within what is copied.
    pub(crate) links: bool,
}

impl Preserve {
    pub(crate) const ALL: Preserve = Preserve { mode: true, owner: true, times: true, links: true };
}

/// Gives `target` times, owner and mode of `stat`. `follow`: of what a symbolic link points to.
pub(crate) fn preserve(target: &[u8], stat: &Stat, what: Preserve, follow: bool) -> Result<()> {
    if what.times {
        set_times(target, stat, follow)?;
    }
    if what.owner && fs::chown(AT_FDCWD, target, follow, Some(stat.uid), Some(stat.gid)).is_err() {
        // Only root gives files away; the group alone may be allowed.
        let _ = fs::chown(AT_FDCWD, target, follow, None, Some(stat.gid));
    }
    if what.mode && !stat.is_symlink() {
        fs::chmod(AT_FDCWD, target, follow, stat.mode)?;
    }
    Ok(())
}

fn set_times(target: &[u8], stat: &Stat, follow: bool) -> Result<()> {
    let time = |t: vivarium_sys::raw::Timespec| Timespec { tv_sec: t.seconds as _, tv_nsec: t.nanoseconds as _ };
    let times = Timestamps { last_access: time(stat.accessed), last_modification: time(stat.modified) };
    let flags = if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
    utimensat(CWD, path(target), &times, flags).map_err(|error| errno(&error.into()))
}

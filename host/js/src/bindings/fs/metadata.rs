//! Modes, owners, times, lengths.

use super::request::{Outcome, finish};
use crate::errors::Failure;
use crate::realm::realm;
use crate::sys::{Result, SetTime, Sys, Timespec};
use crate::table::Table;
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table
        .function("chmod", |scope: &mut Scope, args: Args, rv: Ret| {
            let mode = arg_u32(scope, &args, 1);
            on_path(scope, &args, rv, 2, "chmod", |sys, path| sys.chmod(path, mode));
        })
        .function("fchmod", |scope: &mut Scope, args: Args, rv: Ret| {
            let mode = arg_u32(scope, &args, 1);
            on_fd(scope, &args, rv, 2, "fchmod", |sys, fd| sys.fchmod(fd, mode));
        })
        .function("chown", |scope: &mut Scope, args: Args, rv: Ret| {
            let (uid, gid) = owner(scope, &args);
            on_path(scope, &args, rv, 3, "chown", |sys, path| sys.chown(path, true, uid, gid));
        })
        .function("lchown", |scope: &mut Scope, args: Args, rv: Ret| {
            let (uid, gid) = owner(scope, &args);
            on_path(scope, &args, rv, 3, "lchown", |sys, path| sys.chown(path, false, uid, gid));
        })
        .function("fchown", |scope: &mut Scope, args: Args, rv: Ret| {
            let (uid, gid) = owner(scope, &args);
            on_fd(scope, &args, rv, 3, "fchown", |sys, fd| sys.fchown(fd, uid, gid));
        })
        .function("utimes", |scope: &mut Scope, args: Args, rv: Ret| {
            let (accessed, modified) = times(scope, &args);
            on_path(scope, &args, rv, 3, "utime", |sys, path| sys.set_times(path, true, accessed, modified));
        })
        .function("lutimes", |scope: &mut Scope, args: Args, rv: Ret| {
            let (accessed, modified) = times(scope, &args);
            on_path(scope, &args, rv, 3, "lutime", |sys, path| sys.set_times(path, false, accessed, modified));
        })
        .function("futimes", |scope: &mut Scope, args: Args, rv: Ret| {
            let (accessed, modified) = times(scope, &args);
            on_fd(scope, &args, rv, 3, "futime", |sys, fd| sys.fset_times(fd, accessed, modified));
        })
        .function("ftruncate", |scope: &mut Scope, args: Args, rv: Ret| {
            let length = arg_i64(scope, &args, 1, 0).max(0) as u64;
            on_fd(scope, &args, rv, 2, "ftruncate", |sys, fd| sys.ftruncate(fd, length));
        })
        .function("fsync", |scope: &mut Scope, args: Args, rv: Ret| {
            on_fd(scope, &args, rv, 1, "fsync", |sys, fd| sys.sync(fd, false));
        })
        .function("fdatasync", |scope: &mut Scope, args: Args, rv: Ret| {
            on_fd(scope, &args, rv, 1, "fdatasync", |sys, fd| sys.sync(fd, true));
        })
}

/// An operation on a path that gives nothing; the request is the argument at `request`.
pub(super) fn on_path(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    rv: Ret<'_>,
    request: i32,
    syscall: &'static str,
    operation: impl FnOnce(&dyn Sys, &[u8]) -> Result<()>,
) {
    let path = arg_bytes(scope, args, 0);
    let done = operation(realm(scope).sys(), &path);
    let done = done.map(|()| Outcome::Nothing).map_err(|errno| Failure::new(errno, syscall).path(&path));
    finish(scope, args.get(request), rv, done);
}

fn on_fd(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    rv: Ret<'_>,
    request: i32,
    syscall: &'static str,
    operation: impl FnOnce(&dyn Sys, u32) -> Result<()>,
) {
    let fd = super::fd(scope, args, 0);
    let done = operation(realm(scope).sys(), fd);
    finish(scope, args.get(request), rv, done.map(|()| Outcome::Nothing).map_err(|errno| Failure::new(errno, syscall)));
}

/// User and group arguments; -1 leaves one as it is.
fn owner(scope: &Scope<'_, '_>, args: &Args<'_>) -> (Option<u32>, Option<u32>) {
    let id = |index| u32::try_from(arg_i64(scope, args, index, -1)).ok().filter(|id| *id != u32::MAX);
    (id(1), id(2))
}

fn times(scope: &Scope<'_, '_>, args: &Args<'_>) -> (SetTime, SetTime) {
    let time = |index| SetTime::At(timespec(arg_f64(scope, args, index)));
    (time(1), time(2))
}

/// Seconds since the epoch, exact to the microsecond as libuv has them.
pub(super) fn timespec(seconds: f64) -> Timespec {
    let whole = seconds.floor();
    let nanoseconds = ((seconds - whole) * 1e6).round() * 1e3;
    if nanoseconds >= 1e9 {
        return Timespec { seconds: whole as i64 + 1, nanoseconds: 0 };
    }
    Timespec { seconds: whole as i64, nanoseconds: nanoseconds as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_the_epoch_round_down() {
        assert_eq!(timespec(-1.5), Timespec { seconds: -2, nanoseconds: 500_000_000 });
        assert_eq!(timespec(1.9999999), Timespec { seconds: 2, nanoseconds: 0 });
    }
}

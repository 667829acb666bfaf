//! Status of files and file systems.

use std::cell::Cell;

use super::request::{Outcome, finish};
use crate::Errno;
use crate::errors::Failure;
use crate::realm::realm;
use crate::sys::{AT_CWD, Stat, StatFs};
use crate::table::{Class, Table};
use crate::value::*;

/// The arrays that synchronous calls answer by.
struct Arrays {
    stat: Cell<Shared<f64>>,
    bigint_stat: Cell<Shared<i64>>,
    statfs: Cell<Shared<f64>>,
    bigint_statfs: Cell<Shared<i64>>,
}

impl Default for Arrays {
    fn default() -> Self {
        Self {
            stat: Cell::new(Shared::none()),
            bigint_stat: Cell::new(Shared::none()),
            statfs: Cell::new(Shared::none()),
            bigint_statfs: Cell::new(Shared::none()),
        }
    }
}

pub(super) fn restore(scope: &mut Scope<'_, '_>, object: Object<'_>) {
    let arrays = realm(scope).state::<Arrays>();
    arrays.stat.set(Shared::of(scope, object, "statValues"));
    arrays.bigint_stat.set(Shared::of(scope, object, "bigintStatValues"));
    arrays.statfs.set(Shared::of(scope, object, "statFsValues"));
    arrays.bigint_statfs.set(Shared::of(scope, object, "bigintStatFsValues"));
}

pub(super) fn add(table: Table) -> Table {
    table
        .function("stat", |scope: &mut Scope, args: Args, rv: Ret| by_path(scope, &args, rv, true, "stat"))
        .function("lstat", |scope: &mut Scope, args: Args, rv: Ret| by_path(scope, &args, rv, false, "lstat"))
        .function("fstat", fstat)
        .function("statfs", |scope: &mut Scope, args: Args, rv: Ret| {
            let path = arg_bytes(scope, &args, 0);
            let done = realm(scope).sys().statfs(&path);
            let bigint = args.get(1).is_true();
            let done = done.map(|status| Outcome::StatFs(status, bigint));
            let done = done.map_err(|errno| Failure::new(errno, "statfs").path(&path));
            finish(scope, args.get(2), rv, done);
        })
        .function("existsSync", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let path = arg_bytes(scope, &args, 0);
            rv.set_bool(realm(scope).sys().access(AT_CWD, &path, 0).is_ok());
        })
        .function("access", |scope: &mut Scope, args: Args, rv: Ret| {
            let path = arg_bytes(scope, &args, 0);
            let mode = arg_u32(scope, &args, 1);
            let done = realm(scope).sys().access(AT_CWD, &path, mode);
            let done = done.map(|()| Outcome::Nothing).map_err(|errno| Failure::new(errno, "access").path(&path));
            finish(scope, args.get(2), rv, done);
        })
}

/// `stat(path, bigint, request, throwIfNoEntry)`
fn by_path(scope: &mut Scope<'_, '_>, args: &Args<'_>, rv: Ret<'_>, follow: bool, syscall: &'static str) {
    let path = arg_bytes(scope, args, 0);
    let bigint = args.get(1).is_true();
    let done = realm(scope).sys().stat(AT_CWD, &path, follow);
    if let Err(errno) = done
        && args.get(2).is_undefined()
        && args.length() > 3
        && args.get(3).is_false()
        && (errno == Errno::NOENT || errno == Errno::NOTDIR)
    {
        return;
    }
    let done = done.map(|status| Outcome::Stat(Box::new(status), bigint));
    let done = done.map_err(|errno| Failure::new(errno, syscall).path(&path));
    finish(scope, args.get(2), rv, done);
}

/// `fstat(fd, bigint, request, shouldNotThrow)`
fn fstat(scope: &mut Scope, args: Args, rv: Ret) {
    let fd = super::fd(scope, &args, 0);
    let bigint = args.get(1).is_true();
    let done = realm(scope).sys().fstat(fd);
    if done.is_err() && args.get(2).is_undefined() && args.get(3).is_true() {
        return;
    }
    let done = done.map(|status| Outcome::Stat(Box::new(status), bigint));
    finish(scope, args.get(2), rv, done.map_err(|errno| Failure::new(errno, "fstat")));
}

fn fields(status: &Stat) -> [i64; 18] {
    [
        status.device as i64,
        i64::from(status.mode | status.kind.mode_bits()),
        status.links as i64,
        i64::from(status.uid),
        i64::from(status.gid),
        status.device_id as i64,
        i64::from(status.block_size),
        status.inode as i64,
        status.size as i64,
        status.blocks as i64,
        status.accessed.seconds,
        i64::from(status.accessed.nanoseconds),
        status.modified.seconds,
        i64::from(status.modified.nanoseconds),
        status.changed.seconds,
        i64::from(status.changed.nanoseconds),
        status.created.seconds,
        i64::from(status.created.nanoseconds),
    ]
}

/// Puts numbers into the shared array or into one of their own.
fn numbers<'s>(
    scope: &mut Scope<'s, '_>,
    values: &[i64],
    bigint: bool,
    shared: Option<&str>,
    offset: usize,
) -> Value<'s> {
    let arrays = realm(scope).state::<Arrays>();
    if let Some(key) = shared {
        let binding = realm(scope).binding(scope, "fs").expect("the binding in use");
        for (index, value) in values.iter().enumerate() {
            match (key, bigint) {
                ("statValues", _) => arrays.stat.get().set(offset + index, *value as f64),
                ("bigintStatValues", _) => arrays.bigint_stat.get().set(offset + index, *value),
                ("statFsValues", _) => arrays.statfs.get().set(index, *value as f64),
                _ => arrays.bigint_statfs.get().set(index, *value),
            }
        }
        return get(scope, binding, key);
    }
    let buffer = v8::ArrayBuffer::new(scope, values.len() * 8);
    let value: Value<'s> = if bigint {
        v8::BigInt64Array::new(scope, buffer, 0, values.len()).expect("an array over a whole buffer").into()
    } else {
        v8::Float64Array::new(scope, buffer, 0, values.len()).expect("an array over a whole buffer").into()
    };
    if let Some(memory) = Memory::of(scope, value) {
        for (slot, value) in memory.bytes_mut().chunks_exact_mut(8).zip(values) {
            slot.copy_from_slice(&if bigint { value.to_ne_bytes() } else { (*value as f64).to_ne_bytes() });
        }
    }
    value
}

pub(crate) fn array<'s>(scope: &mut Scope<'s, '_>, status: &Stat, bigint: bool, shared: bool) -> Value<'s> {
    let key = if bigint { "bigintStatValues" } else { "statValues" };
    numbers(scope, &fields(status), bigint, shared.then_some(key), 0)
}

pub(crate) fn statfs_array<'s>(scope: &mut Scope<'s, '_>, status: &StatFs, bigint: bool, shared: bool) -> Value<'s> {
    let values = [
        status.kind,
        status.block_size,
        status.blocks,
        status.blocks_free,
        status.blocks_available,
        status.files,
        status.files_free,
    ]
    .map(|value| value as i64);
    let key = if bigint { "bigintStatFsValues" } else { "statFsValues" };
    numbers(scope, &values, bigint, shared.then_some(key), 0)
}

/// `StatWatcher`, the polling watcher of `fs.watchFile`.
pub(super) fn watcher_class() -> Class {
    super::event::stat_watcher_class()
}

/// The array `StatWatcher` answers by: the new status, then the one before.
pub(super) fn watcher_array<'s>(scope: &mut Scope<'s, '_>, new: &Stat, old: &Stat, bigint: bool) -> Value<'s> {
    let values: Vec<i64> = fields(new).into_iter().chain(fields(old)).collect();
    numbers(scope, &values, bigint, None, 0)
}

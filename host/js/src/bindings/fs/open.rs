//! Opening and closing; whole files at once.

use super::request::{Done, Outcome, finish};
use crate::Errno;
use crate::bindings::buffer::throw_string_too_long;
use crate::errors::Failure;
use crate::realm::realm;
use crate::sys::{AT_CWD, Fd, Sys, open};
use crate::table::Table;
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table
        .function("open", |scope: &mut Scope, args: Args, rv: Ret| {
            let done = open_file(scope, &args).map(|fd| Outcome::Number(f64::from(fd)));
            finish(scope, args.get(3), rv, done);
        })
        .function("openFileHandle", |scope: &mut Scope, args: Args, rv: Ret| {
            let done = open_file(scope, &args).map(Outcome::Handle);
            finish(scope, args.get(3), rv, done);
        })
        .function("close", |scope: &mut Scope, args: Args, rv: Ret| {
            let fd = super::fd(scope, &args, 0);
            let done = realm(scope).sys().close(fd);
            let done = done.map(|()| Outcome::Nothing).map_err(|errno| Failure::new(errno, "close"));
            finish(scope, args.get(1), rv, done);
        })
        .function("readFileUtf8", read_file_utf8)
        .function("writeFileUtf8", write_file_utf8)
}

fn open_file(scope: &mut Scope<'_, '_>, args: &Args<'_>) -> Result<Fd, Failure> {
    let path = arg_bytes(scope, args, 0);
    let flags = arg_u32(scope, args, 1) | open::CLOEXEC;
    let mode = arg_u32(scope, args, 2);
    realm(scope).sys().open(AT_CWD, &path, flags, mode).map_err(|errno| Failure::new(errno, "open").path(&path))
}

/// Reads all of an open file.
pub(super) fn read_all(sys: &dyn Sys, fd: Fd) -> Result<Vec<u8>, Errno> {
    let size = sys.fstat(fd).map_or(0, |stat| stat.size as usize);
    // One byte more than the size shows the end without a further call.
    let mut bytes = vec![0; size.clamp(4096, 64 << 20) + 1];
    let mut length = 0;
    loop {
        if length == bytes.len() {
            bytes.resize(length * 2, 0);
        }
        match sys.read(fd, &mut bytes[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
        if length == size && size > 0 {
            break;
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

/// Reads a whole file by path.
pub(crate) fn read_whole(sys: &dyn Sys, path: &[u8]) -> Result<Vec<u8>, Errno> {
    let fd = sys.open(AT_CWD, path, open::CLOEXEC, 0)?;
    let bytes = read_all(sys, fd);
    let _ = sys.close(fd);
    bytes
}

/// Writes all of it.
pub(super) fn write_all(sys: &dyn Sys, fd: Fd, mut data: &[u8]) -> Result<(), Errno> {
    while !data.is_empty() {
        match sys.write(fd, data) {
            Ok(count) => data = &data[count.min(data.len())..],
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// `readFileUtf8(pathOrFd, flags)`
fn read_file_utf8(scope: &mut Scope, args: Args, mut rv: Ret) {
    let realm = realm(scope);
    let sys = realm.sys();
    let result = if args.get(0).is_number() {
        let fd = super::fd(scope, &args, 0);
        read_all(sys, fd).map_err(|errno| Failure::new(errno, "read"))
    } else {
        let path = arg_bytes(scope, &args, 0);
        let flags = arg_u32(scope, &args, 1) | open::CLOEXEC;
        sys.open(AT_CWD, &path, flags, 0o666).map_err(|errno| Failure::new(errno, "open").path(&path)).and_then(|fd| {
            let bytes = read_all(sys, fd).map_err(|errno| Failure::new(errno, "read"));
            let _ = sys.close(fd);
            bytes
        })
    };
    match result {
        Ok(bytes) => match string_of_bytes(scope, &bytes) {
            Some(text) => rv.set(text.into()),
            None => throw_string_too_long(scope),
        },
        Err(failure) => failure.throw(scope),
    }
}

/// `writeFileUtf8(pathOrFd, data, flags, mode)`
fn write_file_utf8(scope: &mut Scope, args: Args, rv: Ret) {
    let realm = realm(scope);
    let sys = realm.sys();
    let Ok(text) = v8::Local::<v8::String>::try_from(args.get(1)) else { return };
    let data = crate::bindings::encodings::utf8(scope, text);
    let done: Done = if args.get(0).is_number() {
        let fd = super::fd(scope, &args, 0);
        write_all(sys, fd, &data).map_err(|errno| Failure::new(errno, "write"))
    } else {
        let path = arg_bytes(scope, &args, 0);
        let flags = arg_u32(scope, &args, 2) | open::CLOEXEC;
        let mode = arg_u32(scope, &args, 3);
        sys.open(AT_CWD, &path, flags, mode).map_err(|errno| Failure::new(errno, "open").path(&path)).and_then(|fd| {
            let written = write_all(sys, fd, &data).map_err(|errno| Failure::new(errno, "write"));
            let _ = sys.close(fd);
            written
        })
    }
    .map(|()| Outcome::Nothing);
    let sync = undefined(scope);
    finish(scope, sync, rv, done);
}

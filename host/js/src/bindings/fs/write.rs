//! Writing.

use super::read::{Pinned, buffers, position};
use super::request::{Done, Outcome, finish_waiting};
use crate::bindings::encodings::{self, Encoding};
use crate::errors::Failure;
use crate::realm::realm;
use crate::sys::{Events, Fd, Sys};
use crate::table::Table;
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table
        .function("writeBuffer", write_buffer)
        .function("writeBuffers", write_buffers)
        .function("writeString", write_string)
}

fn write_at(sys: &dyn Sys, fd: Fd, position: Option<u64>, blocking: bool, data: &[u8]) -> Result<usize, Failure> {
    match position {
        Some(offset) => sys.pwrite(fd, offset, data),
        None if blocking => sys.write(fd, data),
        None => sys.try_write(fd, data),
    }
    .map_err(|errno| Failure::new(errno, "write"))
}

/// Gives a failure of the forms that take a context object there rather than throw it.
fn with_context(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    request: i32,
    mut rv: Ret<'_>,
    fd: Fd,
    mut operation: impl FnMut(&dyn Sys, bool) -> Done + 'static,
) {
    let context = arg_object(args, request + 1).filter(|_| args.get(request).is_undefined());
    let Some(context) = context else {
        return finish_waiting(scope, args.get(request), rv, fd, Events::WRITE, operation);
    };
    let realm = realm(scope);
    match operation(realm.sys(), true) {
        Ok(Outcome::Number(count)) => rv.set_double(count),
        Ok(_) => {}
        Err(_) if realm.sys().is_gone() => realm.end(scope, crate::program::Ending::Gone),
        Err(failure) => {
            set(scope, context, "errno", integer(scope, failure.errno.code()));
            set_string(scope, context, "code", &failure.errno.name());
            set_string(scope, context, "syscall", failure.syscall);
        }
    }
}

/// `writeBuffer(fd, buffer, offset, length, position, request, context)`
fn write_buffer(scope: &mut Scope, args: Args, rv: Ret) {
    let fd = super::fd(scope, &args, 0);
    let Some(pinned) = Pinned::new(scope, args.get(1)) else { return };
    let offset = arg_i64(scope, &args, 2, 0).max(0) as usize;
    let length = arg_i64(scope, &args, 3, i64::from(u32::MAX)).max(0) as usize;
    let position = position(scope, args.get(4));
    let source = pinned.slice(offset, length);
    with_context(scope, &args, 5, rv, fd, move |sys, blocking| {
        write_at(sys, fd, position, blocking, source.bytes()).map(|count| Outcome::Number(count as f64))
    });
}

/// `writeBuffers(fd, buffers, position, request)`
fn write_buffers(scope: &mut Scope, args: Args, rv: Ret) {
    let fd = super::fd(scope, &args, 0);
    let sources = buffers(scope, args.get(1));
    let position = position(scope, args.get(2));
    finish_waiting(scope, args.get(3), rv, fd, Events::WRITE, move |sys, blocking| {
        let mut total = 0;
        for source in &sources {
            let at = position.map(|position| position + total as u64);
            let count = match write_at(sys, fd, at, blocking && total == 0, source.bytes()) {
                Ok(count) => count,
                Err(_) if total > 0 => break,
                Err(failure) => return Err(failure),
            };
            total += count;
            if count < source.bytes().len() {
                break;
            }
        }
        Ok(Outcome::Number(total as f64))
    });
}

/// `writeString(fd, string, position, encoding, request, context)`
fn write_string(scope: &mut Scope, args: Args, rv: Ret) {
    let fd = super::fd(scope, &args, 0);
    let position = position(scope, args.get(2));
    let encoding = Encoding::parse(scope, args.get(3), Encoding::Utf8);
    let data = encodings::encode_value(scope, args.get(1), encoding);
    with_context(scope, &args, 4, rv, fd, move |sys, blocking| {
        write_at(sys, fd, position, blocking, &data).map(|count| Outcome::Number(count as f64))
    });
}

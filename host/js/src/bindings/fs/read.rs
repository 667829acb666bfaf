//! Reading.

use super::request::{Outcome, finish_waiting};
use crate::errors::Failure;
use crate::sys::{Events, Fd, Sys};
use crate::table::Table;
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table.function("read", read).function("readBuffers", read_buffers)
}

/// A position argument; none for the file's own.
pub(super) fn position(scope: &Scope<'_, '_>, value: Value<'_>) -> Option<u64> {
    if !value.is_number() && !value.is_big_int() {
        return None;
    }
    u64::try_from(integer_value(scope, value)).ok()
}

/// Bytes that belong to a JavaScript buffer, kept alive for as long as an operation runs.
pub(super) struct Pinned {
    memory: Memory,
    _value: v8::Global<v8::Value>,
}

impl Pinned {
    pub(super) fn new(scope: &mut Scope<'_, '_>, value: Value<'_>) -> Option<Self> {
        let memory = Memory::of(scope, value)?;
        Some(Self { memory, _value: keep(scope, value) })
    }

    pub(super) fn slice(mut self, start: usize, length: usize) -> Self {
        self.memory = self.memory.slice(start, start.saturating_add(length));
        self
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.memory.bytes()
    }

    fn bytes_mut(&self) -> &mut [u8] {
        self.memory.bytes_mut()
    }
}

fn read_at(sys: &dyn Sys, fd: Fd, position: Option<u64>, blocking: bool, buffer: &mut [u8]) -> Result<usize, Failure> {
    match position {
        Some(offset) => sys.pread(fd, offset, buffer),
        None if blocking => sys.read(fd, buffer),
        None => sys.try_read(fd, buffer),
    }
    .map_err(|errno| Failure::new(errno, "read"))
}

/// `read(fd, buffer, offset, length, position, request)`
fn read(scope: &mut Scope, args: Args, rv: Ret) {
    let fd = super::fd(scope, &args, 0);
    let Some(pinned) = Pinned::new(scope, args.get(1)) else { return };
    let offset = arg_i64(scope, &args, 2, 0).max(0) as usize;
    let length = arg_i64(scope, &args, 3, 0).max(0) as usize;
    let position = position(scope, args.get(4));
    let target = pinned.slice(offset, length);
    finish_waiting(scope, args.get(5), rv, fd, Events::READ, move |sys, blocking| {
        read_at(sys, fd, position, blocking, target.bytes_mut()).map(|count| Outcome::Number(count as f64))
    });
}

/// The buffers of an array argument.
pub(super) fn buffers(scope: &mut Scope<'_, '_>, value: Value<'_>) -> Vec<Pinned> {
    let Ok(list) = v8::Local::<v8::Array>::try_from(value) else { return Vec::new() };
    let mut buffers = Vec::new();
    for index in 0..list.length() {
        let Some(item) = list.get_index(scope, index) else { continue };
        if let Some(pinned) = Pinned::new(scope, item) {
            buffers.push(pinned);
        }
    }
    buffers
}

/// `readBuffers(fd, buffers, position, request)`
fn read_buffers(scope: &mut Scope, args: Args, rv: Ret) {
    let fd = super::fd(scope, &args, 0);
    let targets = buffers(scope, args.get(1));
    let position = position(scope, args.get(2));
    finish_waiting(scope, args.get(3), rv, fd, Events::READ, move |sys, blocking| {
        let mut total = 0;
        for target in &targets {
            let bytes = target.bytes_mut();
            let at = position.map(|position| position + total as u64);
            // After the first bytes nothing is waited for.
            let count = match read_at(sys, fd, at, blocking && total == 0, bytes) {
                Ok(count) => count,
                Err(_) if total > 0 => break,
                Err(failure) => return Err(failure),
            };
            total += count;
            if count < bytes.len() {
                break;
            }
        }
        Ok(Outcome::Number(total as f64))
    });
}

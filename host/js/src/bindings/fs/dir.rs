//! `fs_dir`: directories read bit by bit.

use std::cell::Cell;
use std::rc::Rc;

use super::request::{Outcome, encoding, finish};
use crate::bindings::handle::{self, Base, Handle};
use crate::errors::Failure;
use crate::realm::realm;
use crate::sys::{AT_CWD, Fd, open};
use crate::table::{Class, Table};
use crate::value::*;

struct DirHandle {
    base: Base,
    fd: Cell<Option<Fd>>,
    cookie: Cell<u64>,
}

impl Handle for DirHandle {
    fn base(&self) -> &Base {
        &self.base
    }

    fn close(&self, scope: &mut Scope<'_, '_>) {
        if let Some(fd) = self.fd.take() {
            let _ = realm(scope).sys().close(fd);
        }
    }
}

pub(crate) fn table() -> Table {
    let class = Class::new("DirHandle", |scope: &mut Scope, args: Args, _: Ret| {
        let this = args.this();
        let fd = super::fd(scope, &args, 0);
        let base = Base::new(scope, this, "DIRHANDLE");
        handle::wrap(scope, this, Rc::new(DirHandle { base, fd: Cell::new(Some(fd)), cookie: Cell::new(0) }));
    });
    let class = crate::bindings::async_wrap::methods(class).method("read", read).method("close", close);
    Table::new("fs_dir")
        .class(class)
        .function("opendir", |scope: &mut Scope, args: Args, rv: Ret| {
            let done = open_directory(scope, &args);
            finish(scope, args.get(2), rv, done.map(Outcome::Directory));
        })
        .function("opendirSync", |scope: &mut Scope, args: Args, rv: Ret| {
            let done = open_directory(scope, &args);
            let sync = undefined(scope);
            finish(scope, sync, rv, done.map(Outcome::Directory));
        })
}

fn open_directory(scope: &mut Scope<'_, '_>, args: &Args<'_>) -> Result<Fd, Failure> {
    let path = arg_bytes(scope, args, 0);
    let flags = open::DIRECTORY | open::CLOEXEC;
    let opened = realm(scope).sys().open(AT_CWD, &path, flags, 0);
    opened.map_err(|errno| Failure::new(errno, "opendir").path(&path))
}

/// A new handle for an open directory.
pub(crate) fn create<'s>(scope: &mut Scope<'s, '_>, fd: Fd) -> Option<Object<'s>> {
    let binding = realm(scope).binding(scope, "fs_dir")?;
    let constructor = get_function(scope, binding, "DirHandle")?;
    let fd = integer(scope, fd as i32);
    constructor.new_instance(scope, &[fd])
}

/// `read(encoding, bufferSize, request)`
fn read(scope: &mut Scope, args: Args, rv: Ret) {
    let Some(directory) = handle::this::<DirHandle>(scope, &args) else { return };
    let encoding = encoding(scope, &args, 0);
    let count = arg_i64(scope, &args, 1, 32).clamp(1, 4096) as usize;
    let fd = directory.fd.get().unwrap_or(u32::MAX);
    let done = realm(scope).sys().readdir(fd, directory.cookie.get(), count);
    let done = done.map(|entries| {
        if let Some(last) = entries.last() {
            directory.cookie.set(last.next);
        }
        Outcome::Entries(entries.into_iter().map(|entry| (entry.name, entry.kind)).collect(), encoding)
    });
    finish(scope, args.get(2), rv, done.map_err(|errno| Failure::new(errno, "scandir")));
}

/// `close(request)`
fn close(scope: &mut Scope, args: Args, rv: Ret) {
    let Some(directory) = handle::this::<DirHandle>(scope, &args) else { return };
    let done = match directory.fd.take() {
        Some(fd) => realm(scope).sys().close(fd).map(|()| Outcome::Nothing),
        None => Ok(Outcome::Nothing),
    };
    handle::close(scope, Rc::clone(&directory) as Rc<dyn Handle>);
    finish(scope, args.get(0), rv, done.map_err(|errno| Failure::new(errno, "closedir")));
}

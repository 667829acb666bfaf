//! `FileHandle`, the native half of `fs.promises`' file handles.

use std::cell::Cell;
use std::rc::Rc;

use super::request::{Outcome, finish, promise_symbol};
use crate::bindings::handle::{self, Base, Handle};
use crate::bindings::messaging::{Carried, Mode};
use crate::errors::Failure;
use crate::realm::realm;
use crate::sys::Fd;
use crate::table::Class;
use crate::value::*;

struct FileHandle {
    base: Base,
    fd: Cell<Option<Fd>>,
}

impl Handle for FileHandle {
    fn base(&self) -> &Base {
        &self.base
    }

    fn close(&self, scope: &mut Scope<'_, '_>) {
        if let Some(fd) = self.fd.take() {
            let _ = realm(scope).sys().close(fd);
        }
    }

    fn transfer_mode(&self) -> Mode {
        if self.fd.get().is_some() { Mode::TRANSFERABLE } else { Mode::NONE }
    }

    fn carry(self: Rc<Self>, scope: &mut Scope<'_, '_>, _moved: bool) -> Option<Box<dyn Carried>> {
        let fd = self.fd.take()?;
        release(scope, &self);
        Some(Box::new(Open(fd)))
    }
}

/// An open file on its way to another thread of the process.
struct Open(Fd);

impl Carried for Open {
    fn create<'s>(self: Box<Self>, scope: &mut Scope<'s, '_>) -> Option<Object<'s>> {
        create(scope, self.0)
    }
}

pub(super) fn class() -> Class {
    let class = Class::new("FileHandle", |scope: &mut Scope, args: Args, _: Ret| {
        let this = args.this();
        let fd = super::fd(scope, &args, 0);
        let base = Base::new(scope, this, "FILEHANDLE");
        handle::wrap(scope, this, Rc::new(FileHandle { base, fd: Cell::new(Some(fd)) }));
    });
    crate::bindings::async_wrap::methods(class)
        .method("close", close)
        .method("closeSync", |scope: &mut Scope, args: Args, _: Ret| {
            let Some(file) = handle::this::<FileHandle>(scope, &args) else { return };
            let Some(fd) = file.fd.take() else { return };
            if let Err(errno) = realm(scope).sys().close(fd) {
                Failure::new(errno, "close").throw(scope);
            }
            release(scope, &file);
        })
        .method("releaseFD", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(file) = handle::this::<FileHandle>(scope, &args) else { return };
            rv.set_int32(file.fd.take().map_or(-1, |fd| fd as i32));
            release(scope, &file);
        })
        .getter("fd", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(file) = handle::this::<FileHandle>(scope, &args) else { return };
            rv.set_int32(file.fd.get().map_or(-1, |fd| fd as i32));
        })
        .getter("isStreamBase", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(false))
}

/// Lets the object be collected.
fn release(scope: &mut Scope<'_, '_>, file: &Rc<FileHandle>) {
    handle::close(scope, Rc::clone(file) as Rc<dyn Handle>);
}

fn close(scope: &mut Scope, args: Args, rv: Ret) {
    let Some(file) = handle::this::<FileHandle>(scope, &args) else { return };
    let done = match file.fd.take() {
        Some(fd) => {
            realm(scope).sys().close(fd).map(|()| Outcome::Nothing).map_err(|errno| Failure::new(errno, "close"))
        }
        None => Ok(Outcome::Nothing),
    };
    release(scope, &file);
    let request = promise_symbol(scope);
    finish(scope, request, rv, done);
}

/// A new handle for an open file.
pub(crate) fn create<'s>(scope: &mut Scope<'s, '_>, fd: Fd) -> Option<Object<'s>> {
    let binding = realm(scope).binding(scope, "fs")?;
    let constructor = get_function(scope, binding, "FileHandle")?;
    let fd = integer(scope, fd as i32);
    constructor.new_instance(scope, &[fd])
}

//! Names of files: links, renaming, removing, real paths.

use super::metadata::on_path;
use super::request::{Outcome, encoding, finish};
use crate::errors::Failure;
use crate::realm::realm;
use crate::sys::{Result, Sys};
use crate::table::Table;
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table
        .function("link", |scope: &mut Scope, args: Args, rv: Ret| {
            on_two(scope, &args, rv, 2, "link", |sys, old, new| sys.link(old, new));
        })
        .function("symlink", |scope: &mut Scope, args: Args, rv: Ret| {
            on_two(scope, &args, rv, 3, "symlink", |sys, target, path| sys.symlink(target, path));
        })
        .function("rename", |scope: &mut Scope, args: Args, rv: Ret| {
            on_two(scope, &args, rv, 2, "rename", |sys, old, new| sys.rename(old, new));
        })
        .function("unlink", |scope: &mut Scope, args: Args, rv: Ret| {
            on_path(scope, &args, rv, 1, "unlink", |sys, path| sys.unlink(path));
        })
        .function("readlink", |scope: &mut Scope, args: Args, rv: Ret| {
            to_path(scope, &args, rv, "readlink", |sys, path| sys.readlink(path));
        })
        .function("realpath", |scope: &mut Scope, args: Args, rv: Ret| {
            to_path(scope, &args, rv, "realpath", |sys, path| sys.realpath(path));
        })
}

fn on_two(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    rv: Ret<'_>,
    request: i32,
    syscall: &'static str,
    operation: impl FnOnce(&dyn Sys, &[u8], &[u8]) -> Result<()>,
) {
    let (path, dest) = (arg_bytes(scope, args, 0), arg_bytes(scope, args, 1));
    let done = operation(realm(scope).sys(), &path, &dest).map(|()| Outcome::Nothing);
    let done = done.map_err(|errno| Failure { errno, syscall, path: Some(path), dest: Some(dest) });
    finish(scope, args.get(request), rv, done);
}

/// `f(path, encoding, request)`
fn to_path(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    rv: Ret<'_>,
    syscall: &'static str,
    operation: impl FnOnce(&dyn Sys, &[u8]) -> Result<Vec<u8>>,
) {
    let path = arg_bytes(scope, args, 0);
    let encoding = encoding(scope, args, 1);
    let done = operation(realm(scope).sys(), &path);
    let done = done.map(|name| Outcome::Name(name, encoding));
    finish(scope, args.get(2), rv, done.map_err(|errno| Failure::new(errno, syscall).path(&path)));
}

//! `fs`: files. Each operation is written once; [`request::finish`] gives its result by the style it was asked for in:
//! at once, by callback, or by promise.

mod copy;
mod file_handle;
mod links;
mod metadata;
mod modules;
mod open;
mod read;
mod remove;
mod request;
mod stat;
mod tree;
mod write;

pub(crate) mod dir;
pub(crate) mod event;

pub(crate) use open::read_whole;

use crate::table::Table;
use crate::value::*;

pub(super) fn table() -> Table {
    let table = Table::new("fs")
        .class(request::class())
        .class(file_handle::class())
        .class(stat::watcher_class())
        .init(|scope, object| {
            let promises = crate::realm::symbol(scope, "fs_use_promises_symbol");
            set(scope, object, "kUsePromises", promises.into());
        })
        .restore(stat::restore);
    let table = metadata::add(links::add(open::add(read::add(write::add(table)))));
    let table = copy::add(remove::add(tree::add(modules::add(table))));
    stat::add(table)
}

/// A descriptor argument.
pub(crate) fn fd(scope: &Scope<'_, '_>, args: &Args<'_>, index: i32) -> u32 {
    u32::try_from(arg_i32(scope, args, index)).unwrap_or(u32::MAX)
}

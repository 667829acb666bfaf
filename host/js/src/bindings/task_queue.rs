//! `task_queue`: microtasks, `process.nextTick`, rejections.

use crate::realm::{Kept, realm};
use crate::table::Table;
use crate::value::*;

pub(super) fn table() -> Table {
    Table::new("task_queue")
        .function("setTickCallback", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::Tick, args.get(0));
        })
        .function("setPromiseRejectCallback", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::PromiseReject, args.get(0));
        })
        .function("runMicrotasks", run_microtasks)
        .function("enqueueMicrotask", |scope: &mut Scope, args: Args, _: Ret| {
            if let Some(function) = arg_function(&args, 0) {
                scope.enqueue_microtask(function);
            }
        })
        .restore(|scope, object| realm(scope).tick_info.set(Shared::of(scope, object, "tickInfo")))
}

fn run_microtasks(scope: &mut Scope, _args: Args, _rv: Ret) {
    scope.perform_microtask_checkpoint();
}

//! `timers`: the one native timer and the immediates.

use std::cell::Cell;

use crate::callback;
use crate::realm::{Kept, realm};
use crate::table::Table;
use crate::value::*;

struct Immediates(Cell<Shared<u32>>);

impl Default for Immediates {
    fn default() -> Self {
        Self(Cell::new(Shared::none()))
    }
}

// Indices of `immediateInfo`.
const COUNT: usize = 0;
const REF_COUNT: usize = 1;
const OUTSTANDING: usize = 2;

pub(super) fn table() -> Table {
    Table::new("timers")
        .function("setupTimers", |scope: &mut Scope, args: Args, _: Ret| {
            let realm = realm(scope);
            realm.keep(scope, Kept::ProcessImmediate, args.get(0));
            realm.keep(scope, Kept::ProcessTimers, args.get(1));
        })
        .function("getLibuvNow", |scope: &mut Scope, _: Args, mut rv: Ret| {
            rv.set_double(realm(scope).event_loop.now() as f64);
        })
        .function("scheduleTimer", |scope: &mut Scope, args: Args, _: Ret| {
            let delay = arg_f64(scope, &args, 0);
            realm(scope).event_loop.schedule(delay.max(1.0) as u64);
        })
        .function("toggleTimerRef", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).event_loop.timer_ref.set(args.get(0).is_true());
        })
        .function("toggleImmediateRef", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).event_loop.immediate_ref.set(args.get(0).is_true());
        })
        .restore(|scope, object| {
            let realm = realm(scope);
            realm.state::<Immediates>().0.set(Shared::of(scope, object, "immediateInfo"));
            // A timer starts out referenced, as libuv's do.
            realm.event_loop.timer_ref.set(true);
        })
}

/// Runs the timers that are due and arms the native one for the next.
pub(crate) fn run(scope: &mut Scope<'_, '_>) {
    let realm = realm(scope);
    let Some(process_timers) = realm.function(scope, Kept::ProcessTimers) else { return };
    let process = realm.process(scope);
    // The list goes on where a timer's callback has thrown.
    let next = loop {
        if !realm.can_run() {
            return;
        }
        let now = number(scope, realm.event_loop.now() as f64);
        let next = callback::enter(scope, |scope| process_timers.call(scope, process.into(), &[now]));
        if let Some(next) = next {
            break next.integer_value(scope).unwrap_or(0);
        }
    };
    if next == 0 {
        realm.event_loop.timer_ref.set(false);
        return;
    }
    realm.event_loop.update_time(realm.sys());
    let left = next.unsigned_abs().saturating_sub(realm.event_loop.now());
    realm.event_loop.schedule(left.max(1));
    realm.event_loop.timer_ref.set(next > 0);
}

/// The check phase: immediates.
pub(crate) fn check(scope: &mut Scope<'_, '_>) {
    let realm = realm(scope);
    let info = realm.state::<Immediates>().0.get();
    if info.is_none() || info.get(COUNT) == 0 {
        return;
    }
    let Some(process_immediate) = realm.function(scope, Kept::ProcessImmediate) else { return };
    let process = realm.process(scope);
    loop {
        if !realm.can_run() {
            return;
        }
        let _ = callback::enter(scope, |scope| process_immediate.call(scope, process.into(), &[]));
        if info.get(OUTSTANDING) == 0 {
            break;
        }
    }
    if info.get(REF_COUNT) == 0 {
        realm.event_loop.immediate_ref.set(false);
    }
}

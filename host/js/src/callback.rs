//! Calls into JavaScript from the event loop, with everything Node does around them (`InternalCallbackScope`).

use crate::bindings::async_wrap;
use crate::errors;
use crate::realm::{Kept, realm};
use crate::value::*;

/// Ids of an asynchronous resource.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AsyncIds {
    pub(crate) id: f64,
    pub(crate) trigger: f64,
}

/// Calls a method of `receiver` if it has one; see [`make_callback`].
pub(crate) fn make_callback_named<'s>(
    scope: &mut Scope<'s, '_>,
    ids: AsyncIds,
    receiver: Object<'s>,
    method: &str,
    args: &[Value<'s>],
) -> Option<Value<'s>> {
    let callback = get_function(scope, receiver, method)?;
    make_callback(scope, ids, receiver, callback, args)
}

/// Calls a function on behalf of an asynchronous resource: its hooks run around it, and where no other callback is on the
/// stack, microtasks and `process.nextTick` callbacks after it. An exception goes to `process`' uncaught-exception handling
/// and gives `None`.
pub(crate) fn make_callback<'s>(
    scope: &mut Scope<'s, '_>,
    ids: AsyncIds,
    receiver: Object<'s>,
    callback: Function<'s>,
    args: &[Value<'s>],
) -> Option<Value<'s>> {
    let realm = realm(scope);
    if !realm.can_run() {
        return None;
    }
    let outermost = realm.depth.get() == 0;
    let frame = async_wrap::frame_of(scope, receiver);
    call_guarded(scope, outermost, |scope| {
        let before = scope.get_continuation_preserved_embedder_data();
        if let Some(frame) = frame {
            scope.set_continuation_preserved_embedder_data(frame);
        }
        async_wrap::push(scope, ids, Some(receiver));
        if ids.id != 0.0 {
            async_wrap::emit(scope, Kept::AsyncBefore, async_wrap::BEFORE, ids.id)?;
        }
        let result = match async_wrap::trampoline(scope) {
            Some(trampoline) => {
                let mut all = vec![number(scope, ids.id), receiver.into(), callback.into()];
                all.extend_from_slice(args);
                trampoline.call(scope, receiver.into(), &all)
            }
            None => callback.call(scope, receiver.into(), args),
        };
        if result.is_some() && ids.id != 0.0 {
            async_wrap::emit(scope, Kept::AsyncAfter, async_wrap::AFTER, ids.id)?;
        }
        async_wrap::pop(scope, ids.id);
        scope.set_continuation_preserved_embedder_data(before);
        result
    })
}

/// Runs `call`; where it is the outermost call into JavaScript, ticks after it. Exceptions are handled as uncaught there, and
/// thrown on where JavaScript is on the stack already.
pub(crate) fn call_guarded<'s, T>(
    scope: &mut Scope<'s, '_>,
    outermost: bool,
    call: impl FnOnce(&mut Scope<'s, '_>) -> Option<T>,
) -> Option<T> {
    let realm = realm(scope);
    if !outermost {
        realm.depth.set(realm.depth.get() + 1);
        // Kept here while the call cleans up: V8 forgets a pending exception where more is asked of it.
        v8::tc_scope!(let caught, scope);
        let result = call(caught);
        if result.is_none() && caught.has_caught() {
            caught.rethrow();
        }
        realm.depth.set(realm.depth.get() - 1);
        return result;
    }
    v8::tc_scope!(let caught, scope);
    realm.depth.set(1);
    let mut result = call(caught);
    if result.is_some() && tick(caught).is_none() {
        result = None;
    }
    realm.depth.set(0);
    if result.is_none() {
        async_wrap::clear_stack(caught);
        if let Some(exception) = caught.exception()
            && !caught.has_terminated()
        {
            let message = caught.message();
            caught.reset();
            errors::uncaught(caught, exception, message, false);
        }
    }
    result
}

/// What follows every outermost callback: microtasks, then `process.nextTick` callbacks and rejections nobody handled.
pub(crate) fn tick(scope: &mut Scope<'_, '_>) -> Option<()> {
    let realm = realm(scope);
    let info = realm.tick_info.get();
    let (scheduled, rejected) = (0, 1);
    if info.get(scheduled) == 0 {
        scope.perform_microtask_checkpoint();
    }
    if !realm.can_run() {
        return None;
    }
    if info.get(scheduled) == 0 && info.get(rejected) == 0 {
        return Some(());
    }
    let tick = realm.function(scope, Kept::Tick)?;
    let process = realm.process(scope);
    tick.call(scope, process.into(), &[])?;
    Some(())
}

/// Calls JavaScript from the event loop outside any asynchronous resource.
pub(crate) fn enter<'s, T>(scope: &mut Scope<'s, '_>, call: impl FnOnce(&mut Scope<'s, '_>) -> Option<T>) -> Option<T> {
    let realm = realm(scope);
    if !realm.can_run() {
        return None;
    }
    let outermost = realm.depth.get() == 0;
    call_guarded(scope, outermost, call)
}

//! `signal_wrap`: signals a program has handlers for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::bindings::handle::{self, Base, Handle};
use crate::realm::{Realm, realm};
use crate::sys::Disposition;
use crate::table::{Class, Table};
use crate::value::*;

struct Signal {
    base: Base,
    number: Cell<u8>,
    held: Cell<bool>,
}

/// What the executor itself does on a signal.
type Own = fn(&mut Scope<'_, '_>);

/// Signals that are caught, with the handles that want them.
#[derive(Default)]
pub(crate) struct Caught {
    handles: RefCell<Vec<Rc<Signal>>>,
    /// Those the executor catches for itself: SIGCHLD, while there are children.
    own: RefCell<Vec<(u8, Own)>>,
}

impl Handle for Signal {
    fn base(&self) -> &Base {
        &self.base
    }

    fn close(&self, scope: &mut Scope<'_, '_>) {
        stop(scope, self);
    }

    fn ref_changed(&self, scope: &mut Scope<'_, '_>) {
        let want = self.number.get() != 0 && self.base.is_ref();
        if want && !self.held.replace(true) {
            realm(scope).event_loop.hold();
        } else if !want && self.held.take() {
            realm(scope).event_loop.release();
        }
    }
}

pub(super) fn table() -> Table {
    let class = Class::new("Signal", |scope: &mut Scope, args: Args, _: Ret| {
        let this = args.this();
        let signal =
            Signal { base: Base::new(scope, this, "SIGNALWRAP"), number: Cell::new(0), held: Cell::new(false) };
        handle::wrap(scope, this, Rc::new(signal));
    });
    let class = handle::methods(class)
        .method("start", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(signal) = handle::this::<Signal>(scope, &args) else { return };
            let number = arg_u32(scope, &args, 0) as u8;
            let realm = realm(scope);
            if let Err(errno) = realm.sys().signal_action(number, Disposition::Catch) {
                return rv.set_int32(errno.code());
            }
            signal.number.set(number);
            realm.state::<Caught>().handles.borrow_mut().push(Rc::clone(&signal));
            signal.ref_changed(scope);
            rv.set_int32(0);
        })
        .method("stop", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(signal) = handle::this::<Signal>(scope, &args) else { return };
            stop(scope, &signal);
            rv.set_int32(0);
        });
    Table::new("signal_wrap").class(class)
}

fn stop(scope: &mut Scope<'_, '_>, signal: &Signal) {
    let number = signal.number.replace(0);
    if number == 0 {
        return;
    }
    let realm = realm(scope);
    let caught = realm.state::<Caught>();
    caught.handles.borrow_mut().retain(|other| !std::ptr::eq(&raw const **other, signal));
    let wanted = caught.handles.borrow().iter().any(|other| other.number.get() == number)
        || caught.own.borrow().iter().any(|(other, _)| *other == number);
    if !wanted {
        let _ = realm.sys().signal_action(number, Disposition::Default);
    }
    signal.ref_changed(scope);
}

/// Catches a signal for the executor's own purpose.
pub(crate) fn catch_for_self(realm: &Realm, number: u8, handler: Own) {
    let caught = realm.state::<Caught>();
    let mut own = caught.own.borrow_mut();
    if own.iter().all(|(other, _)| *other != number) {
        own.push((number, handler));
        let _ = realm.sys().signal_action(number, Disposition::Catch);
    }
}

/// Whether any signal is caught at all.
pub(crate) fn any_caught(realm: &Realm) -> bool {
    let caught = realm.state::<Caught>();
    !caught.handles.borrow().is_empty() || !caught.own.borrow().is_empty()
}

/// Takes the signals that are pending and calls their handlers, here and in the other threads: the kernel gives a signal to
/// whichever thread asks first.
pub(crate) fn deliver(scope: &mut Scope<'_, '_>) {
    let realm = realm(scope);
    let thread = realm.program.worker.as_ref().map_or(0, |worker| worker.thread);
    while realm.can_run() {
        let Ok(Some(number)) = realm.sys().signal_take() else { return };
        for other in realm.process.others(thread) {
            other.post(move |scope| dispatch(scope, number));
        }
        dispatch(scope, number);
    }
}

/// Calls this thread's handlers of a signal.
fn dispatch(scope: &mut Scope<'_, '_>, number: u8) {
    let caught = realm(scope).state::<Caught>();
    {
        let own = caught.own.borrow().iter().find(|(other, _)| *other == number).map(|(_, handler)| *handler);
        if let Some(handler) = own {
            handler(scope);
        }
        let handles: Vec<_> =
            caught.handles.borrow().iter().filter(|signal| signal.number.get() == number).cloned().collect();
        for signal in handles {
            let argument = integer(scope, i32::from(number));
            signal.base.call(scope, "onsignal", &[argument]);
        }
    }
}

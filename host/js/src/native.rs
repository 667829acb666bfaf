//! Rust values owned by JavaScript objects.

use std::any::Any;
use std::ffi::CStr;
use std::rc::Rc;

use crate::bindings::messaging::{Carried, Mode};
use crate::value::{Args, Object, Scope, Value};

/// A Rust value that a JavaScript object stands for. It is dropped after the object has been collected.
pub(crate) trait Native: Any {
    /// Marks the JavaScript values it holds by [`v8::TracedReference`].
    fn trace(&self, _visitor: &mut v8::cppgc::Visitor) {}

    /// How it may be posted to other threads (`BaseObject::GetTransferMode`).
    fn transfer_mode(&self) -> Mode {
        Mode::NONE
    }

    /// What stands for it on the way to another thread: the value itself, which is gone from here, or else a copy of it.
    fn carry(&self, _scope: &mut Scope<'_, '_>, _moved: bool) -> Option<Box<dyn Carried>> {
        None
    }
}

/// The one type cppgc knows; what is inside is told apart by Rust's own type ids.
struct Cell(Rc<dyn Native>);

const TAG: u16 = 1;

// SAFETY: `trace` visits every reference of the value, which is reachable from here alone.
unsafe impl v8::cppgc::GarbageCollected for Cell {
    fn trace(&self, visitor: &mut v8::cppgc::Visitor) {
        self.0.trace(visitor);
    }

    fn get_name(&self) -> &'static CStr {
        c"Native"
    }
}

/// Gives the object, an instance of a class of a binding, its Rust value.
pub(crate) fn wrap<T: Native>(scope: &mut Scope<'_, '_>, object: Object<'_>, value: Rc<T>) {
    let heap = scope.get_cpp_heap().expect("every isolate has a C++ heap");
    // SAFETY: the pointer goes into the object at once.
    let cell = unsafe { v8::cppgc::make_garbage_collected(heap, Cell(value)) };
    // SAFETY: this is the only tag and the only type that is ever wrapped.
    unsafe { v8::Object::wrap::<TAG, Cell>(scope, object, &cell) };
}

/// The Rust value of an object, if it has one.
pub(crate) fn of(scope: &mut Scope<'_, '_>, value: Value<'_>) -> Option<Rc<dyn Native>> {
    let object = Object::try_from(value).ok()?;
    if !object.is_api_wrapper() {
        return None;
    }
    // SAFETY: what carries this tag is a `Cell`; it stays on the stack.
    let cell = unsafe { v8::Object::unwrap::<TAG, Cell>(scope, object) }?;
    // SAFETY: the object keeps it alive.
    Some(Rc::clone(unsafe { &cell.as_ref().0 }))
}

/// The Rust value of an object, if it has one of this type.
pub(crate) fn unwrap<T: Native>(scope: &mut Scope<'_, '_>, value: Value<'_>) -> Option<Rc<T>> {
    let value: Rc<dyn Any> = of(scope, value)?;
    value.downcast().ok()
}

/// The Rust value of a callback's receiver.
pub(crate) fn this<T: Native>(scope: &mut Scope<'_, '_>, args: &Args<'_>) -> Option<Rc<T>> {
    let this = args.this();
    let native = unwrap(scope, this.into());
    if native.is_none() {
        crate::value::throw_type(scope, "Illegal invocation");
    }
    native
}

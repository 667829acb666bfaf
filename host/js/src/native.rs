//! Rust values owned by JavaScript objects.

use std::any::Any;
use std::ffi::CStr;
use std::rc::Rc;

use crate::value::{Args, Object, Scope, Value};

/// A Rust value that a JavaScript object stands for. It is dropped after the object has been collected.
pub(crate) trait Native: Any {
    /// Marks the JavaScript values it holds by [`v8::TracedReference`].
    fn trace(&self, _visitor: &mut v8::cppgc::Visitor) {}
}

/// The one type cppgc knows; what is inside is told apart by Rust's own type ids.
struct Cell {
    value: Rc<dyn Any>,
    trace: fn(&dyn Any, &mut v8::cppgc::Visitor),
}

const TAG: u16 = 1;

// SAFETY: `trace` visits every reference of the value, which is reachable from here alone.
unsafe impl v8::cppgc::GarbageCollected for Cell {
    fn trace(&self, visitor: &mut v8::cppgc::Visitor) {
        (self.trace)(&*self.value, visitor);
    }

    fn get_name(&self) -> &'static CStr {
        c"Native"
    }
}

fn trace<T: Native>(value: &dyn Any, visitor: &mut v8::cppgc::Visitor) {
    if let Some(value) = value.downcast_ref::<T>() {
        value.trace(visitor);
    }
}

/// Gives the object, an instance of a class of a binding, its Rust value.
pub(crate) fn wrap<T: Native>(scope: &mut Scope<'_, '_>, object: Object<'_>, value: Rc<T>) {
    let heap = scope.get_cpp_heap().expect("every isolate has a C++ heap");
    // SAFETY: the pointer goes into the object at once.
    let cell = unsafe { v8::cppgc::make_garbage_collected(heap, Cell { value, trace: trace::<T> }) };
    // SAFETY: this is the only tag and the only type that is ever wrapped.
    unsafe { v8::Object::wrap::<TAG, Cell>(scope, object, &cell) };
}

/// The Rust value of an object, if it has one of this type.
pub(crate) fn unwrap<T: Native>(scope: &mut Scope<'_, '_>, value: Value<'_>) -> Option<Rc<T>> {
    let object = Object::try_from(value).ok()?;
    if !object.is_api_wrapper() {
        return None;
    }
    // SAFETY: what carries this tag is a `Cell`; it stays on the stack.
    let cell = unsafe { v8::Object::unwrap::<TAG, Cell>(scope, object) }?;
    // SAFETY: the object keeps it alive.
    Rc::downcast(Rc::clone(unsafe { &cell.as_ref().value })).ok()
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

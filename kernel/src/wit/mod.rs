//! The kernel as a component: the WIT world `vivarium:kernel/kernel` over one [`Kernel`].
//!
//! Nothing is decided here: types are turned into the core's and back, one file per interface.

mod convert;
mod fs;
mod host;
mod net;
mod poll;
mod proc;
mod pty;

mod system;

use std::cell::RefCell;

use crate::Kernel;

#[allow(missing_docs, unreachable_pub, clippy::all)]
pub(crate) mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "kernel",
        generate_all,
    });
}

/// The exports.
struct Component;

bindings::export!(Component with_types_in bindings);

thread_local! {
    static KERNEL: RefCell<Option<Kernel>> = const { RefCell::new(None) };
}

/// Makes one call on this instance's kernel.
fn with<T>(call: impl FnOnce(&mut Kernel) -> T) -> T {
    KERNEL.with_borrow_mut(|kernel| call(kernel.get_or_insert_with(|| Kernel::new(Box::new(host::Component)))))
}

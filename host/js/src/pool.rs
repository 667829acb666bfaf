//! Work that takes time, on threads of its own.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::Errno;
use crate::realm::realm;
use crate::sys::Sys;
use crate::value::Scope;

type Complete = Box<dyn for<'s, 'i> FnOnce(&mut Scope<'s, 'i>, Box<dyn Any + Send>)>;

/// What is to be done in the loop when work comes back.
#[derive(Default)]
struct Pending {
    next: Cell<u64>,
    all: RefCell<HashMap<u64, Complete>>,
}

/// Does `work` on another thread, then `complete` in the loop; until then the program stays alive.
///
/// ## Errors
/// `EAGAIN` where no thread is to be had.
pub(crate) fn run<T: Send + 'static>(
    scope: &mut Scope<'_, '_>,
    work: impl FnOnce() -> T + Send + 'static,
    complete: impl for<'s, 'i> FnOnce(&mut Scope<'s, 'i>, T) + 'static,
) -> Result<(), Errno> {
    let realm = realm(scope);
    let pending = realm.state::<Pending>();
    let id = pending.next.get();
    pending.next.set(id + 1);
    let remote = realm.event_loop.remote();
    let job = move || {
        let result: Box<dyn Any + Send> = Box::new(work());
        remote.post(move |scope| {
            let realm = crate::realm::realm(scope);
            realm.event_loop.release();
            let complete = realm.state::<Pending>().all.borrow_mut().remove(&id);
            if let Some(complete) = complete {
                complete(scope, result);
            }
        });
    };
    std::thread::Builder::new().name("node work".to_owned()).spawn(job).map_err(|_| Errno::AGAIN)?;
    realm.event_loop.hold();
    let complete: Complete = Box::new(move |scope, result| {
        if let Ok(result) = result.downcast::<T>() {
            complete(scope, *result);
        }
    });
    pending.all.borrow_mut().insert(id, complete);
    Ok(())
}

/// As [`run`], for work that makes system calls: it is given a task of the process.
pub(crate) fn run_with_sys<T: Send + 'static>(
    scope: &mut Scope<'_, '_>,
    work: impl FnOnce(&dyn Sys) -> T + Send + 'static,
    complete: impl for<'s, 'i> FnOnce(&mut Scope<'s, 'i>, T) + 'static,
) -> Result<(), Errno> {
    let sys = realm(scope).sys().task()?;
    run(scope, move || work(&*sys), complete)
}

//! The clock tick that interrupts running JavaScript.
//!
//! A tick makes V8 stop between two steps of JavaScript and look at what the kernel and the machine's limits say; see
//! [`crate::isolate`]. It also ends isolates that must not go on: V8 heeds a termination that another thread asks for even
//! where one asked for by its own, in the middle of an allocation, is lost.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

/// Time between two ticks: the longest a program computes beyond a limit.
const TICK: Duration = Duration::from_millis(10);

/// What a tick calls on the isolate's own thread.
pub(crate) type Look = unsafe extern "C" fn(v8::UnsafeRawIsolatePtr, *mut std::ffi::c_void);

struct Watchdog {
    isolates: Mutex<Vec<Arc<Watched>>>,
    /// How many are running JavaScript.
    running: AtomicUsize,
    thread: OnceLock<Thread>,
}

static WATCHDOG: Watchdog =
    Watchdog { isolates: Mutex::new(Vec::new()), running: AtomicUsize::new(0), thread: OnceLock::new() };

struct Watched {
    handle: v8::IsolateHandle,
    look: Look,
    running: AtomicBool,
    /// An interrupt was asked for that has not come yet.
    asked: AtomicBool,
    ending: AtomicBool,
}

/// An isolate under watch, until this is dropped.
pub(crate) struct Watch(Arc<Watched>);

/// Starts the thread, once per process.
///
/// ## Errors
/// Where the machine has none to spare.
pub(crate) fn start() -> std::io::Result<()> {
    static STARTING: Mutex<()> = Mutex::new(());
    let _one = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if WATCHDOG.thread.get().is_none() {
        let thread = thread::Builder::new().name("node tick".to_owned()).spawn(tick)?;
        let _ = WATCHDOG.thread.set(thread.thread().clone());
    }
    Ok(())
}

impl Watch {
    /// Watches an isolate, which is about to run JavaScript.
    pub(crate) fn new(handle: v8::IsolateHandle, look: Look) -> Self {
        let watch = Self(Arc::new(Watched {
            handle,
            look,
            running: AtomicBool::new(false),
            asked: AtomicBool::new(false),
            ending: AtomicBool::new(false),
        }));
        isolates().push(Arc::clone(&watch.0));
        watch.set_running(true);
        watch
    }

    /// Says whether JavaScript runs or waits; while it waits there are no ticks.
    pub(crate) fn set_running(&self, running: bool) {
        if self.0.running.swap(running, Ordering::AcqRel) == running {
            return;
        }
        if !running {
            WATCHDOG.running.fetch_sub(1, Ordering::AcqRel);
        } else if WATCHDOG.running.fetch_add(1, Ordering::AcqRel) == 0 {
            unpark();
        }
    }

    /// To be called by what a tick calls, which can then be called again.
    pub(crate) fn looked(&self) {
        self.0.asked.store(false, Ordering::Release);
    }

    /// Stops its JavaScript as soon as V8 can be stopped, however it goes on.
    pub(crate) fn end(&self) {
        self.0.ending.store(true, Ordering::Release);
        self.0.handle.terminate_execution();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.set_running(false);
        isolates().retain(|other| !Arc::ptr_eq(other, &self.0));
    }
}

fn isolates() -> MutexGuard<'static, Vec<Arc<Watched>>> {
    WATCHDOG.isolates.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unpark() {
    if let Some(thread) = WATCHDOG.thread.get() {
        thread.unpark();
    }
}

fn tick() {
    loop {
        if WATCHDOG.running.load(Ordering::Acquire) == 0 {
            thread::park();
        }
        thread::sleep(TICK);
        for isolate in isolates().iter() {
            if isolate.ending.load(Ordering::Acquire) {
                isolate.handle.terminate_execution();
            } else if isolate.running.load(Ordering::Acquire) && !isolate.asked.swap(true, Ordering::AcqRel) {
                isolate.handle.request_interrupt(isolate.look, std::ptr::null_mut());
            }
        }
    }
}

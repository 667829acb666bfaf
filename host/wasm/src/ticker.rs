//! The clock tick that interrupts running guests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// Time between two ticks: the longest a guest computes before others get their turn and signals reach it.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// Advances an engine's epoch while there are guests; sleeps while there are none.
pub(crate) struct Ticker {
    guests: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

impl Ticker {
    pub(crate) fn start(engine: &Engine) -> Self {
        let guests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&guests);
        let engine = engine.weak();
        let thread = thread::Builder::new()
            .name("vivarium-tick".into())
            .spawn(move || tick(&engine, &counted))
            .expect("a thread for the clock tick");
        Self { guests, thread }
    }

    /// Counts a guest for as long as the result lives.
    pub(crate) fn guest(&self) -> Running {
        if self.guests.fetch_add(1, Ordering::AcqRel) == 0 {
            self.thread.thread().unpark();
        }
        Running(Arc::clone(&self.guests))
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // The engine goes with us, and the thread with the engine.
        self.thread.thread().unpark();
    }
}

/// A guest that may run.
pub(crate) struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn tick(engine: &EngineWeak, guests: &AtomicUsize) {
    loop {
        if guests.load(Ordering::Acquire) == 0 {
            // Wakes now and then all the same, to end with the engine.
            thread::park_timeout(Duration::from_secs(1));
        } else {
            thread::sleep(TICK);
        }
        match engine.upgrade() {
            Some(engine) => engine.increment_epoch(),
            None => return,
        }
    }
}

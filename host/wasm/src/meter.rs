//! How long a guest has run.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};

use vivarium_runner::monotonic;

/// Adds up the time for which a future runs. It can be asked from within.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Nanoseconds of the turns that are over.
    used: AtomicU64,
    /// When the present turn began.
    began: AtomicU64,
}

impl Meter {
    /// Nanoseconds used so far; to be asked by what is measured.
    pub(crate) fn used(&self) -> u64 {
        let used = self.used.load(Ordering::Relaxed);
        match self.began.load(Ordering::Relaxed) {
            0 => used,
            began => used + monotonic().saturating_sub(began),
        }
    }

    /// Measures a future.
    pub(crate) async fn measure<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|cx| {
            let began = monotonic();
            self.began.store(began, Ordering::Relaxed);
            let result = future.as_mut().poll(cx);
            self.used.fetch_add(monotonic() - began, Ordering::Relaxed);
            self.began.store(0, Ordering::Relaxed);
            result
        })
        .await
    }
}

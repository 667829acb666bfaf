//! Where a task sleeps while its call would block.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

use atomic_waker::AtomicWaker;

use crate::clock;

/// One task's place to sleep. A wake that comes before the sleep is kept.
#[derive(Debug, Default)]
pub struct Parker {
    woken: AtomicBool,
    waker: AtomicWaker,
}

impl Parker {
    /// Lets the task go on, now or when it next would sleep.
    pub fn wake(&self) {
        self.woken.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Whether a wake has come that nobody took yet. A running guest looks here at pre-emption points.
    pub fn is_woken(&self) -> bool {
        self.woken.load(Ordering::Acquire)
    }

    /// Takes a wake. To be done before the call whose blocking it would end.
    pub fn take(&self) -> bool {
        self.woken.swap(false, Ordering::AcqRel)
    }

    /// Sleeps until woken.
    pub async fn park(&self) {
        poll_fn(|cx| self.poll(cx)).await;
    }

    /// Sleeps until woken or until the deadline, in nanoseconds of [`crate::monotonic`].
    pub async fn park_until(&self, deadline: Option<u64>) {
        match deadline {
            None => self.park().await,
            Some(deadline) => {
                // Elapsing is no error: the kernel sees from its own clock that the deadline has passed.
                let _ = tokio::time::timeout_at(clock::instant(deadline).into(), self.park()).await;
            }
        }
    }

    /// As [`Parker::park_until`], for a thread of its own.
    pub fn park_thread_until(&self, deadline: Option<u64>) {
        let waker = Waker::from(Arc::new(Unparker(thread::current())));
        let mut cx = Context::from_waker(&waker);
        while self.poll(&mut cx).is_pending() {
            match deadline {
                None => thread::park(),
                Some(deadline) => {
                    let left = clock::instant(deadline).saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return;
                    }
                    thread::park_timeout(left);
                }
            }
        }
    }

    /// Ready once woken, as [`Parker::park`].
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.take() {
            return Poll::Ready(());
        }
        self.waker.register(cx.waker());
        if self.take() { Poll::Ready(()) } else { Poll::Pending }
    }
}

struct Unparker(Thread);

impl Wake for Unparker {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_before_the_sleep_is_kept() {
        let parker = Parker::default();
        parker.wake();
        parker.park_thread_until(None);
        assert!(!parker.is_woken());
    }

    #[test]
    fn a_deadline_ends_the_sleep() {
        let parker = Parker::default();
        parker.park_thread_until(Some(clock::monotonic() + 1_000_000));
        assert!(!parker.is_woken());
    }

    #[test]
    fn a_wake_from_another_thread_ends_the_sleep() {
        let parker = Arc::new(Parker::default());
        let other = Arc::clone(&parker);
        let thread = thread::spawn(move || other.wake());
        parker.park_thread_until(None);
        thread.join().expect("waker thread");
    }
}

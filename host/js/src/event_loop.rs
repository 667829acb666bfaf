//! The event loop, in libuv's phases: timers, completions, poll, immediates, closing.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Errno;
use crate::bindings::{signal_wrap, timers};
use crate::callback;
use crate::platform::{self, ForegroundTasks};
use crate::program::Ending;
use crate::realm::{Realm, realm};
use crate::sys::{Events, Fd, PollFd, Sys, Waker};
use crate::value::*;

/// Something to do on the isolate's thread.
pub(crate) type Job = Box<dyn for<'s, 'i> FnOnce(&mut Scope<'s, 'i>)>;
type RemoteJob = Box<dyn for<'s, 'i> FnOnce(&mut Scope<'s, 'i>) + Send>;

/// A descriptor somebody waits for.
pub(crate) trait Watcher {
    fn fd(&self) -> Fd;
    /// What to wait for now; nothing, while it is not interested.
    fn interest(&self) -> Events;
    /// Whether waiting keeps the program alive.
    fn is_ref(&self) -> bool;
    fn ready(self: Rc<Self>, scope: &mut Scope<'_, '_>, events: Events);
}

/// A watcher's registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WatchId(u64);

/// The way into an isolate's event loop from other threads.
pub(crate) struct Remote {
    jobs: Mutex<Option<Vec<RemoteJob>>>,
    waker: Waker,
    /// When the loop began to turn, and how long it has waited, in nanoseconds.
    started: AtomicU64,
    idle: AtomicU64,
}

impl Remote {
    /// Has a job done on the isolate's thread. Given back nothing where the isolate is over.
    pub(crate) fn post(&self, job: impl for<'s, 'i> FnOnce(&mut Scope<'s, 'i>) + Send + 'static) {
        if let Some(jobs) = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            jobs.push(Box::new(job));
        }
        (self.waker)();
    }

    /// When the loop began to turn, if it has, on the clock of `Sys::monotonic`, and how long it has waited; in nanoseconds.
    pub(crate) fn times(&self) -> (Option<u64>, u64) {
        let started = self.started.load(Ordering::Relaxed);
        ((started != 0).then_some(started), self.idle.load(Ordering::Relaxed))
    }

    fn take(&self) -> Vec<RemoteJob> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_none_or(Vec::is_empty)
    }

    pub(crate) fn close(&self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// State of one isolate's loop.
pub(crate) struct EventLoop {
    origin: u64,
    /// Milliseconds since the start, as of the beginning of this turn.
    now: Cell<u64>,
    timer: Cell<Option<u64>>,
    pub(crate) timer_ref: Cell<bool>,
    pub(crate) immediate_ref: Cell<bool>,
    completions: RefCell<VecDeque<Job>>,
    closing: RefCell<VecDeque<Job>>,
    /// Jobs of the executor's own that are due at a time.
    delayed: RefCell<Vec<(u64, Job)>>,
    watchers: RefCell<BTreeMap<WatchId, Rc<dyn Watcher>>>,
    next_watch: Cell<u64>,
    holds: Cell<usize>,
    remote: Option<Arc<Remote>>,
}

impl EventLoop {
    pub(crate) fn new(sys: Option<&dyn Sys>, origin: u64) -> Self {
        let remote = sys.map(|sys| {
            Arc::new(Remote {
                jobs: Mutex::new(Some(Vec::new())),
                waker: sys.waker(),
                started: AtomicU64::new(0),
                idle: AtomicU64::new(0),
            })
        });
        Self {
            origin,
            now: Cell::new(0),
            timer: Cell::new(None),
            timer_ref: Cell::new(false),
            immediate_ref: Cell::new(false),
            completions: RefCell::default(),
            closing: RefCell::default(),
            delayed: RefCell::default(),
            watchers: RefCell::default(),
            next_watch: Cell::new(0),
            holds: Cell::new(0),
            remote,
        }
    }

    /// Milliseconds since the program began, as of the beginning of this turn (`uv_now`).
    pub(crate) fn now(&self) -> u64 {
        self.now.get()
    }

    pub(crate) fn update_time(&self, sys: &dyn Sys) {
        self.now.set(sys.monotonic().saturating_sub(self.origin) / 1_000_000);
    }

    /// Nanoseconds spent waiting.
    pub(crate) fn idle_time(&self) -> u64 {
        self.remote.as_ref().map_or(0, |remote| remote.idle.load(Ordering::Relaxed))
    }

    /// Arms the one timer.
    pub(crate) fn schedule(&self, milliseconds: u64) {
        self.timer.set(Some(self.now.get() + milliseconds));
    }

    /// Does this in the poll phase of a later turn; until then the program stays alive.
    pub(crate) fn complete(&self, job: impl for<'s, 'i> FnOnce(&mut Scope<'s, 'i>) + 'static) {
        self.completions.borrow_mut().push_back(Box::new(job));
    }

    /// Does this in the closing phase of this turn.
    pub(crate) fn close(&self, job: impl for<'s, 'i> FnOnce(&mut Scope<'s, 'i>) + 'static) {
        self.closing.borrow_mut().push_back(Box::new(job));
    }

    /// Does this after so many milliseconds, if the program is still alive then.
    pub(crate) fn after(&self, milliseconds: u64, job: impl for<'s, 'i> FnOnce(&mut Scope<'s, 'i>) + 'static) {
        self.delayed.borrow_mut().push((self.now.get() + milliseconds, Box::new(job)));
    }

    /// Lets go of everything that waits.
    pub(crate) fn clear(&self) {
        drop(std::mem::take(&mut *self.completions.borrow_mut()));
        drop(std::mem::take(&mut *self.closing.borrow_mut()));
        drop(std::mem::take(&mut *self.delayed.borrow_mut()));
        drop(std::mem::take(&mut *self.watchers.borrow_mut()));
    }

    pub(crate) fn watch(&self, watcher: Rc<dyn Watcher>) -> WatchId {
        let id = WatchId(self.next_watch.get());
        self.next_watch.set(id.0 + 1);
        self.watchers.borrow_mut().insert(id, watcher);
        id
    }

    pub(crate) fn unwatch(&self, id: WatchId) {
        let watcher = self.watchers.borrow_mut().remove(&id);
        drop(watcher);
    }

    /// Keeps the program alive until [`EventLoop::release`].
    pub(crate) fn hold(&self) {
        self.holds.set(self.holds.get() + 1);
    }

    pub(crate) fn release(&self) {
        self.holds.set(self.holds.get().saturating_sub(1));
    }

    pub(crate) fn remote(&self) -> Arc<Remote> {
        Arc::clone(self.remote.as_ref().expect("a running isolate has a loop"))
    }

    /// Whether anything is left that could call JavaScript (`uv_loop_alive`).
    pub(crate) fn alive(&self) -> bool {
        (self.timer.get().is_some() && self.timer_ref.get())
            || self.immediate_ref.get()
            || self.holds.get() > 0
            || !self.completions.borrow().is_empty()
            || !self.closing.borrow().is_empty()
            || self.watchers.borrow().values().any(|watcher| watcher.is_ref() && !watcher.interest().is_empty())
            || self.remote.as_ref().is_some_and(|remote| !remote.is_empty())
    }

    fn run_timers(&self, scope: &mut Scope<'_, '_>) {
        let now = self.now.get();
        let (due, later): (Vec<_>, Vec<_>) = self.delayed.take().into_iter().partition(|(at, _)| *at <= now);
        self.delayed.borrow_mut().extend(later);
        for (_, job) in due {
            job(scope);
        }
        let Some(at) = self.timer.get() else { return };
        if self.now.get() < at {
            return;
        }
        self.timer.set(None);
        timers::run(scope);
    }

    fn run_completions(&self, scope: &mut Scope<'_, '_>) {
        // What is added meanwhile waits for the next turn, so that nothing starves the other phases.
        let jobs = std::mem::take(&mut *self.completions.borrow_mut());
        for job in jobs {
            job(scope);
        }
    }

    fn run_closing(&self, scope: &mut Scope<'_, '_>) {
        let jobs = std::mem::take(&mut *self.closing.borrow_mut());
        for job in jobs {
            job(scope);
        }
    }

    fn deadline(&self, realm: &Realm, tasks: &ForegroundTasks) -> Option<u64> {
        let busy = self.immediate_ref.get()
            || !self.completions.borrow().is_empty()
            || !self.closing.borrow().is_empty()
            || self.remote.as_ref().is_some_and(|remote| !remote.is_empty())
            || !realm.can_run();
        if busy {
            return Some(0);
        }
        let timer = self.timer.get().map(|at| self.origin + at * 1_000_000);
        let task = tasks.next().map(|left| realm.sys().monotonic() + left.as_nanos() as u64);
        let delayed = self.delayed.borrow().iter().map(|(at, _)| self.origin + at * 1_000_000).min();
        timer.into_iter().chain(task).chain(delayed).min()
    }

    fn poll(&self, scope: &mut Scope<'_, '_>, realm: &Realm, tasks: &ForegroundTasks, wait: bool) {
        let mut ids = Vec::new();
        let mut fds = Vec::new();
        for (id, watcher) in &*self.watchers.borrow() {
            let events = watcher.interest();
            if !events.is_empty() {
                ids.push(*id);
                fds.push(PollFd { fd: watcher.fd(), events });
            }
        }
        let deadline = if wait { self.deadline(realm, tasks) } else { Some(0) };
        if deadline == Some(0) && fds.is_empty() {
            // Nothing to ask the kernel for; signals are looked for below.
            if signal_wrap::any_caught(realm) {
                signal_wrap::deliver(scope);
            }
        } else {
            let before = realm.sys().monotonic();
            if deadline != Some(0) {
                realm.set_running(false);
            }
            let result = realm.sys().poll(&mut fds, deadline);
            realm.set_running(true);
            if deadline != Some(0) {
                self.remote().idle.fetch_add(realm.sys().monotonic().saturating_sub(before), Ordering::Relaxed);
            }
            self.update_time(realm.sys());
            match result {
                Ok(_) => {}
                Err(Errno::INTR) => {
                    signal_wrap::deliver(scope);
                    fds.clear();
                }
                Err(_) if realm.sys().is_gone() => {
                    realm.end(scope, Ending::Gone);
                    return;
                }
                Err(errno) => tracing::warn!(%errno, "poll failed"),
            }
        }
        self.run_completions(scope);
        for job in self.remote().take() {
            job(scope);
        }
        for task in tasks.take() {
            let _ = callback::enter(scope, |_| {
                task.run();
                Some(())
            });
        }
        for (id, fd) in ids.into_iter().zip(fds) {
            if fd.events.is_empty() {
                continue;
            }
            let watcher = self.watchers.borrow().get(&id).cloned();
            if let Some(watcher) = watcher {
                watcher.ready(scope, fd.events);
            }
        }
    }

    /// Turns the loop until nothing is left to do (`uv_run`).
    fn run(&self, scope: &mut Scope<'_, '_>, realm: &Realm, tasks: &ForegroundTasks) {
        self.update_time(realm.sys());
        self.run_timers(scope);
        while realm.can_run() {
            // V8 may be compiling in the background for somebody who waits for it.
            let background = scope.has_pending_background_tasks();
            if !self.alive() && !background && tasks.next().is_none_or(|left| !left.is_zero()) {
                return;
            }
            v8::scope!(let turn, scope);
            self.poll(turn, realm, tasks, true);
            timers::check(turn);
            self.run_closing(turn);
            self.update_time(realm.sys());
            self.run_timers(turn);
        }
    }
}

/// Runs the loop to the end of the program (`SpinEventLoop`).
pub(crate) fn spin(scope: &mut Scope<'_, '_>) {
    let realm = realm(scope);
    let tasks = platform::foreground_tasks(scope);
    tasks.set_waker(realm.sys().waker());
    realm.event_loop.remote().started.store(realm.sys().monotonic(), Ordering::Relaxed);
    loop {
        realm.event_loop.run(scope, &realm, &tasks);
        if !realm.can_run() {
            return;
        }
        emit(scope, "beforeExit", exit_code(&realm, 0));
        if !realm.can_run() {
            return;
        }
        if !realm.event_loop.alive() {
            break;
        }
    }
    let unsettled = crate::bindings::module_wrap::unsettled_top_level_await(scope);
    realm.exit_info.get().set(0, 1);
    // 13: the program waits for a promise that nothing can settle.
    let code = exit_code(&realm, if unsettled { 13 } else { 0 });
    emit(scope, "exit", code);
    if realm.can_run() {
        let code = exit_code(&realm, if unsettled { 13 } else { 0 });
        if unsettled && code == 13 {
            crate::bindings::module_wrap::report_unsettled(scope);
        }
        realm.end(scope, Ending::Exit(code));
    }
}

fn exit_code(realm: &Realm, default: i32) -> i32 {
    let info = realm.exit_info.get();
    if info.get(2) != 0 { info.get(1) } else { default }
}

/// `process.emit(event, code)`.
fn emit(scope: &mut Scope<'_, '_>, event: &str, code: i32) {
    let realm = realm(scope);
    let process = realm.process(scope);
    let Some(function) = get_function(scope, process, "emit") else { return };
    let args = [string(scope, event).into(), integer(scope, code)];
    let _ = callback::enter(scope, |scope| function.call(scope, process.into(), &args));
}

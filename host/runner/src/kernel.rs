//! A running kernel: one instance behind one lock, and the tasks that wait on it.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStringExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Instant;

use parking_lot::{Mutex, RwLock};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::audit::AuditEvent;
use crate::bindings::exports::vivarium::kernel::system;
use crate::bindings::vivarium::kernel::types::Fault;
use crate::host::{HostState, Outbox};
use crate::instance::Instance;
use crate::store::{Store, Stores};
use crate::{KernelEngine, KernelError, Parker, StartRequest, Task, Tid, clock};

/// What an embedder does when the kernel asks.
pub trait Hooks: Send + Sync {
    /// Begin to run this task. Called outside the kernel's lock.
    fn start(&self, task: Task, request: StartRequest);

    /// A power was used or refused.
    fn audit(&self, event: AuditEvent);
}

/// A running kernel.
pub struct Kernel {
    id: u64,
    engine: Arc<KernelEngine>,
    /// `None` once the kernel is over.
    instance: Mutex<Option<Instance>>,
    parkers: RwLock<HashMap<Tid, Arc<Parker>>>,
    stores: Arc<Stores>,
    hooks: Box<dyn Hooks>,
    /// Next call of `system.tick`; `u64::MAX` for none.
    timer: AtomicU64,
    timer_changed: Arc<Notify>,
    timer_running: AtomicBool,
    runtime: Handle,
    failure: OnceLock<String>,
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kernel").field("failure", &self.failure.get()).finish_non_exhaustive()
    }
}

/// Stores granted to a kernel before it boots.
#[derive(Default)]
pub struct Grants(Stores);

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Grants")
    }
}

impl Grants {
    /// Grants a store; the number is what the kernel's mounts name it by.
    pub fn store(&self, store: Arc<dyn Store>) -> u32 {
        self.0.insert(store)
    }
}

impl Kernel {
    /// Boots a kernel; gives the first task of pid 1, the embedder itself.
    ///
    /// Must be called within a tokio runtime, which will run the kernel's timers.
    pub fn boot(
        engine: &Arc<KernelEngine>,
        grants: Grants,
        config: &system::BootConfig,
        hooks: impl Hooks + 'static,
    ) -> Result<Task, KernelError> {
        Self::create(engine, grants, hooks, |instance| {
            let system = instance.kernel.system(&mut instance.store).map_err(trap)?;
            let booted = system.call_boot(&mut instance.store, config);
            booted.map_err(trap)?.map_err(|system::BootFailure { path, errno }| KernelError::Boot {
                path: OsString::from_vec(path).into(),
                errno,
            })
        })
    }

    /// Starts a kernel from what [`Kernel::snapshot`] gave, with the same stores granted in the same order. Processes other
    /// than pid 1 are not carried over.
    pub fn restore(
        engine: &Arc<KernelEngine>,
        grants: Grants,
        state: &[u8],
        hooks: impl Hooks + 'static,
    ) -> Result<Task, KernelError> {
        Self::create(engine, grants, hooks, |instance| restore(instance, state, false))
    }

    fn create(
        engine: &Arc<KernelEngine>,
        grants: Grants,
        hooks: impl Hooks + 'static,
        begin: impl FnOnce(&mut Instance) -> Result<Tid, KernelError>,
    ) -> Result<Task, KernelError> {
        let stores = Arc::new(grants.0);
        let mut instance = instantiate(engine, &stores)?;
        let tid = begin(&mut instance).map_err(|error| match (error, instance.store.data().last_words()) {
            (KernelError::Trap(_), words) if !words.is_empty() => KernelError::Trap(words),
            (error, _) => error,
        })?;
        let outbox = std::mem::take(&mut instance.store.data_mut().outbox);
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let kernel = Arc::new(Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            engine: Arc::clone(engine),
            instance: Mutex::new(Some(instance)),
            parkers: RwLock::default(),
            stores,
            hooks: Box::new(hooks),
            timer: AtomicU64::new(u64::MAX),
            timer_changed: Arc::default(),
            timer_running: AtomicBool::new(false),
            runtime: Handle::current(),
            failure: OnceLock::new(),
        });
        kernel.deliver(outbox);
        Ok(kernel.task(tid))
    }

    /// The state as bytes.
    pub fn snapshot(self: &Arc<Self>) -> Result<Vec<u8>, KernelError> {
        let mut guard = self.instance.lock();
        let instance = guard.as_mut().ok_or_else(|| self.over())?;
        let state = snapshot(instance);
        state.map_err(|error| self.fail(&mut guard, error))
    }

    /// Puts a fresh instance of `engine`, which may be of another build, in the place of the present one. Guests go on.
    pub fn swap(self: &Arc<Self>, engine: &KernelEngine) -> Result<(), KernelError> {
        let mut guard = self.instance.lock();
        let old = guard.as_mut().ok_or_else(|| self.over())?;
        let state = snapshot(old);
        let state = state.map_err(|error| self.fail(&mut guard, error))?;
        let mut instance = instantiate(engine, &self.stores)?;
        restore(&mut instance, &state, true)?;
        let outbox = std::mem::take(&mut instance.store.data_mut().outbox);
        *guard = Some(instance);
        drop(guard);
        self.deliver(outbox);
        // Whoever was on a wait queue has to ask again.
        self.wake_all();
        Ok(())
    }

    /// A number that no other kernel of this process has or had.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The engine it was started from.
    pub fn engine(&self) -> &Arc<KernelEngine> {
        &self.engine
    }

    /// The version handshake's answer.
    pub fn version(self: &Arc<Self>) -> Result<system::VersionInfo, KernelError> {
        self.system(|instance| instance.kernel.system(&mut instance.store)?.call_version(&mut instance.store))
    }

    /// Figures of the whole system.
    pub fn stats(self: &Arc<Self>) -> Result<system::Statistics, KernelError> {
        self.system(|instance| instance.kernel.system(&mut instance.store)?.call_stats(&mut instance.store))
    }

    /// Grants a further store, giving its number.
    pub fn grant(&self, store: Arc<dyn Store>) -> u32 {
        self.stores.insert(store)
    }

    /// An open file of a store, by the kernel's handle.
    pub fn store_file(&self, handle: u32) -> Result<Arc<dyn crate::StoreFile>, crate::Errno> {
        self.stores.file(handle)
    }

    /// Ends the kernel and with it every task: their calls answer `Gone` from now on.
    pub fn shutdown(&self) {
        let instance = self.instance.lock().take();
        drop(instance);
        self.timer.store(u64::MAX, Ordering::Release);
        self.timer_changed.notify_one();
        self.wake_all();
    }

    /// Why the kernel is over, where it failed.
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// Handle of a task.
    pub(crate) fn task(self: &Arc<Self>, tid: Tid) -> Task {
        let parker = Arc::clone(self.parkers.write().entry(tid).or_default());
        Task::new(Arc::clone(self), tid, parker)
    }

    /// Forgets a task that is over.
    pub(crate) fn forget(&self, tid: Tid, parker: &Arc<Parker>) {
        let mut parkers = self.parkers.write();
        // The number may have been given to another task since.
        if parkers.get(&tid).is_some_and(|present| Arc::ptr_eq(present, parker)) {
            parkers.remove(&tid);
        }
    }

    /// Makes one call on the instance and acts on what the kernel said during it.
    pub(crate) fn call<T>(
        self: &Arc<Self>,
        call: impl FnOnce(&mut Instance) -> wasmtime::Result<Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let mut guard = self.instance.lock();
        let Some(instance) = guard.as_mut() else { return Err(Fault::Gone) };
        let result = call(instance);
        let outbox = &mut instance.store.data_mut().outbox;
        let outbox = (!outbox.is_empty()).then(|| std::mem::take(outbox));
        let result = match result {
            Ok(result) => result,
            Err(error) => {
                self.fail(&mut guard, error);
                Err(Fault::Gone)
            }
        };
        drop(guard);
        if let Some(outbox) = outbox {
            self.deliver(outbox);
        }
        result
    }

    fn system<T>(self: &Arc<Self>, call: impl FnOnce(&mut Instance) -> wasmtime::Result<T>) -> Result<T, KernelError> {
        self.call(|instance| call(instance).map(Ok)).map_err(|_| self.over())
    }

    fn deliver(self: &Arc<Self>, outbox: Outbox) {
        if !outbox.wakes.is_empty() {
            let parkers = self.parkers.read();
            for tid in outbox.wakes {
                if let Some(parker) = parkers.get(&tid) {
                    parker.wake();
                }
            }
        }
        for request in outbox.starts {
            let task = self.task(request.tid);
            self.hooks.start(task, request);
        }
        for event in outbox.audit {
            event.trace();
            self.hooks.audit(event);
        }
        if let Some(instant) = outbox.timer {
            self.set_timer(instant);
        }
    }

    fn set_timer(self: &Arc<Self>, instant: u64) {
        self.timer.store(instant, Ordering::Release);
        if self.timer_running.swap(true, Ordering::AcqRel) {
            self.timer_changed.notify_one();
        } else {
            self.runtime.spawn(run_timers(Arc::downgrade(self), Arc::clone(&self.timer_changed)));
        }
    }

    fn tick_if_due(self: &Arc<Self>) {
        let due = self.timer.load(Ordering::Acquire);
        // Where there are further timers, `tick` says so.
        let taken = |due| self.timer.compare_exchange(due, u64::MAX, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if due <= clock::monotonic() && taken(due) {
            // A failure has been noted; nobody waits for this call.
            let _ = self.system(|instance| instance.kernel.system(&mut instance.store)?.call_tick(&mut instance.store));
        }
    }

    fn wake_all(&self) {
        for parker in self.parkers.read().values() {
            parker.wake();
        }
    }

    /// The kernel trapped: it is over, for all its tasks and for nobody else.
    fn fail(&self, instance: &mut Option<Instance>, error: wasmtime::Error) -> KernelError {
        let last_words = instance.as_ref().map(|instance| instance.store.data().last_words()).unwrap_or_default();
        let reason = if last_words.is_empty() { format!("{error:#}") } else { last_words };
        tracing::error!(reason, "kernel failed");
        *instance = None;
        let reason = self.failure.get_or_init(|| reason).clone();
        self.wake_all();
        KernelError::Trap(reason)
    }

    fn over(&self) -> KernelError {
        KernelError::Trap(self.failure.get().cloned().unwrap_or_else(|| "it was shut down".to_owned()))
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        self.timer_changed.notify_one();
    }
}

/// Calls `system.tick` whenever it is due, for as long as there is a kernel.
async fn run_timers(kernel: Weak<Kernel>, changed: Arc<Notify>) {
    while let Some(due) = kernel.upgrade().map(|kernel| kernel.timer.load(Ordering::Acquire)) {
        if due == u64::MAX {
            changed.notified().await;
            continue;
        }
        tokio::select! {
            () = changed.notified() => {}
            () = tokio::time::sleep_until(clock::instant(due).into()) => {
                if let Some(kernel) = kernel.upgrade() {
                    kernel.tick_if_due();
                }
            }
        }
    }
}

fn trap(error: wasmtime::Error) -> KernelError {
    KernelError::Trap(format!("{error:#}"))
}

fn instantiate(engine: &KernelEngine, stores: &Arc<Stores>) -> Result<Instance, KernelError> {
    let began = Instant::now();
    let instance = Instance::new(engine, HostState::new(Arc::clone(stores)))?;
    tracing::trace!(elapsed = ?began.elapsed(), "kernel instance");
    Ok(instance)
}

fn snapshot(instance: &mut Instance) -> wasmtime::Result<Vec<u8>> {
    instance.kernel.system(&mut instance.store)?.call_snapshot(&mut instance.store)
}

fn restore(instance: &mut Instance, state: &[u8], keep_tasks: bool) -> Result<Tid, KernelError> {
    let system = instance.kernel.system(&mut instance.store).map_err(trap)?;
    system.call_restore(&mut instance.store, state, keep_tasks).map_err(trap)?.map_err(KernelError::Restore)
}

//! `worker`: threads.
//!
//! A Worker is a thread with an isolate of its own, restored from the start-up snapshot, and a task of the same process in
//! the kernel: it sees the same files, descriptors and permissions, and its heap counts against the machine's memory.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::JoinHandle;

use crate::bindings::env::{Environment, Variables};
use crate::bindings::handle::{self, Base, Handle};
use crate::bindings::messaging::{self, PortData};
use crate::event_loop::Remote;
use crate::isolate::{self, Limits, OUT_OF_MEMORY, Runtime, STACK_SIZE};
use crate::options::{self, Options};
use crate::program::{Ending, Program};
use crate::realm::{Realm, realm};
use crate::table::{Class, Table};
use crate::value::*;

/// How many limits there are, and the places of those that bound the heap (`kMaxYoungGenerationSizeMb` and its kin).
const LIMITS: usize = 4;
const YOUNG: usize = 0;
const OLD: usize = 1;
const STACK: usize = 3;

/// A mebibyte, the unit of the limits.
const MEBIBYTE: f64 = 1048576.0;

/// Stack of a thread for JavaScript where nothing is said, and the most there is to have, in mebibytes.
const DEFAULT_STACK: f64 = 4.0;
const LARGEST_STACK: f64 = 64.0;

/// Status of a thread that was stopped.
const STOPPED: i32 = 1;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the threads of one process share.
#[derive(Default)]
pub(crate) struct Process {
    last_thread: AtomicU64,
    /// When it began by the wall clock, in microseconds.
    began: OnceLock<f64>,
    /// The ends of each `BroadcastChannel`, by name.
    channels: Mutex<HashMap<String, Vec<Weak<PortData>>>>,
    /// The way into each thread, by its id.
    threads: Mutex<Vec<(u64, Arc<Remote>)>>,
}

impl Process {
    /// When it began by the wall clock, in microseconds, as the first thread that asks works out.
    pub(crate) fn began(&self, now: impl FnOnce() -> f64) -> f64 {
        *self.began.get_or_init(now)
    }

    /// Adds an end to a broadcast channel.
    pub(crate) fn join(&self, channel: &str, port: &Arc<PortData>) {
        let mut channels = lock(&self.channels);
        channels.retain(|_, ports| {
            ports.retain(|port| port.strong_count() > 0);
            !ports.is_empty()
        });
        channels.entry(channel.to_owned()).or_default().push(Arc::downgrade(port));
    }

    /// Every end of a broadcast channel.
    pub(crate) fn ends(&self, channel: &str) -> Vec<Arc<PortData>> {
        let channels = lock(&self.channels);
        channels.get(channel).into_iter().flatten().filter_map(Weak::upgrade).collect()
    }

    /// Makes a thread known to the others.
    pub(crate) fn enter(&self, thread: u64, remote: Arc<Remote>) {
        lock(&self.threads).push((thread, remote));
    }

    pub(crate) fn leave(&self, thread: u64) {
        lock(&self.threads).retain(|(other, _)| *other != thread);
    }

    /// The threads beside this one.
    pub(crate) fn others(&self, thread: u64) -> Vec<Arc<Remote>> {
        let threads = lock(&self.threads);
        threads.iter().filter(|(other, _)| *other != thread).map(|(_, remote)| Arc::clone(remote)).collect()
    }
}

/// What a Worker is started with, and how it is stopped.
pub(crate) struct Start {
    pub(crate) thread: u64,
    name: String,
    internal: bool,
    limits: [f64; LIMITS],
    /// The thread's end of the channel to its parent, until it is taken up.
    port: Mutex<Option<Arc<PortData>>>,
    pub(crate) environment: Variables,
    pub(crate) process: Arc<Process>,
    stop: AtomicBool,
    running: Mutex<Option<(v8::IsolateHandle, Arc<Remote>)>>,
}

impl Start {
    /// Whether it is to end.
    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Says that the isolate is there, or that it is about to go.
    pub(crate) fn set_running(&self, running: Option<(v8::IsolateHandle, Arc<Remote>)>) {
        *lock(&self.running) = running;
    }

    /// Has the thread end, whatever it does.
    fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        if let Some((isolate, remote)) = &*lock(&self.running) {
            isolate.request_interrupt(isolate::look, std::ptr::null_mut());
            remote.post(|scope| realm(scope).end(scope, Ending::Exit(STOPPED)));
        }
    }
}

/// Ends this thread if it was told to.
pub(crate) fn end_if_stopped(isolate: &v8::Isolate, realm: &Realm) {
    if realm.program.worker.as_ref().is_some_and(|start| start.stopped()) {
        realm.end(isolate, Ending::Exit(STOPPED));
    }
}

/// The threads this isolate has started.
#[derive(Default)]
struct Workers(RefCell<HashMap<u64, Rc<Worker>>>);

/// This thread's port to its parent.
#[derive(Default)]
struct ParentPort(RefCell<Option<v8::Global<v8::Object>>>);

/// The parent's side of a thread.
struct Worker {
    base: Base,
    start: Arc<Start>,
    options: Options,
    exec_arguments: Vec<String>,
    thread: RefCell<Option<JoinHandle<()>>>,
    held: Cell<bool>,
}

impl Handle for Worker {
    fn base(&self) -> &Base {
        &self.base
    }

    fn close(&self, scope: &mut Scope<'_, '_>) {
        self.start.stop();
        self.ref_changed(scope);
    }

    fn ref_changed(&self, scope: &mut Scope<'_, '_>) {
        let want = self.thread.borrow().is_some() && self.base.is_ref();
        if self.held.replace(want) != want {
            let event_loop = &realm(scope).event_loop;
            if want { event_loop.hold() } else { event_loop.release() }
        }
    }
}

pub(super) fn table() -> Table {
    let class = Class::new("Worker", construct);
    let class = handle::methods(class)
        .method("startThread", start_thread)
        .method("stopThread", |scope: &mut Scope, args: Args, _: Ret| {
            if let Some(worker) = handle::this::<Worker>(scope, &args) {
                worker.start.stop();
            }
        })
        .method("getResourceLimits", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(worker) = handle::this::<Worker>(scope, &args) else { return };
            rv.set(limits_array(scope, &worker.start.limits));
        })
        .method("loopStartTime", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(worker) = handle::this::<Worker>(scope, &args) else { return };
            let started = lock(&worker.start.running).as_ref().and_then(|(_, remote)| remote.times().0);
            let origin = realm(scope).origin;
            rv.set_double(started.map_or(-1.0, |started| started.saturating_sub(origin) as f64 / 1e6));
        })
        .method("loopIdleTime", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(worker) = handle::this::<Worker>(scope, &args) else { return };
            let idle = lock(&worker.start.running).as_ref().map_or(0, |(_, remote)| remote.times().1);
            rv.set_double(idle as f64 / 1e6);
        });
    Table::new("worker").class(class).function("getEnvMessagePort", parent_port).restore(describe_thread)
}

/// Tells the binding which thread this is.
fn describe_thread(scope: &mut Scope<'_, '_>, object: Object<'_>) {
    let realm = realm(scope);
    let Some(start) = &realm.program.worker else { return };
    set(scope, object, "isMainThread", boolean(scope, false));
    set(scope, object, "ownsProcessState", boolean(scope, false));
    set(scope, object, "isInternalThread", boolean(scope, start.internal));
    set_number(scope, object, "threadId", start.thread as f64);
    set_string(scope, object, "threadName", &start.name);
    let limits = limits_array(scope, &start.limits);
    set(scope, object, "resourceLimits", limits);
}

fn limits_array<'s>(scope: &mut Scope<'s, '_>, limits: &[f64; LIMITS]) -> Value<'s> {
    let bytes = limits.iter().flat_map(|limit| limit.to_ne_bytes()).collect();
    let buffer = array_buffer(scope, bytes);
    v8::Float64Array::new(scope, buffer, 0, LIMITS).map_or_else(|| undefined(scope), Into::into)
}

fn parent_port(scope: &mut Scope, _args: Args, mut rv: Ret) {
    let realm = realm(scope);
    let kept = realm.state::<ParentPort>();
    if let Some(port) = &*kept.0.borrow() {
        return rv.set(v8::Local::new(scope, port).into());
    }
    let data = realm.program.worker.as_ref().and_then(|start| lock(&start.port).take());
    let Some(port) = data.and_then(|data| messaging::create(scope, data)) else { return };
    *kept.0.borrow_mut() = Some(crate::value::keep(scope, port));
    rv.set(port.into());
}

/// The environment a thread is to have: a copy of this one's, one of its own, or this one's itself.
fn environment_of<'s>(scope: &mut Scope<'s, '_>, value: Value<'s>) -> Variables {
    let own = realm(scope).state::<Environment>();
    if value.is_null() {
        return Variables::of(own.all());
    }
    let Ok(object) = Object::try_from(value) else { return own.variables() };
    let names = object.get_own_property_names(scope, v8::GetPropertyNamesArgs::default());
    let mut all = Vec::new();
    for index in 0..names.map_or(0, |names| names.length()) {
        let Some(key) = names.and_then(|names| names.get_index(scope, index)) else { continue };
        let Some(value) = object.get(scope, key) else { continue };
        all.push((key.to_rust_string_lossy(scope), value.to_rust_string_lossy(scope)));
    }
    Variables::of(all)
}

/// `new Worker(url, env, execArgv, resourceLimits, trackUnmanagedFds, isInternal, name)`
fn construct<'s>(scope: &mut Scope<'s, '_>, args: Args<'s>, _rv: Ret) {
    if !args.is_construct_call() {
        return throw_code(scope, Kind::Type, "ERR_CONSTRUCT_CALL_REQUIRED", "Cannot call constructor without `new`");
    }
    let this = args.this();
    let realm = realm(scope);
    let Some(runtime) = realm.runtime() else { return throw(scope, "a snapshot has no threads") };
    let environment = environment_of(scope, args.get(1));
    let (mut options, mut exec_arguments) = (realm.program.options.clone(), realm.program.exec_arguments.clone());
    let given = v8::Local::<v8::Array>::try_from(args.get(2)).ok();
    if given.is_some() || args.get(1).is_object() {
        let from_environment = environment.get("NODE_OPTIONS");
        if let Some(given) = given {
            exec_arguments = (0..given.length())
                .filter_map(|index| Some(given.get_index(scope, index)?.to_rust_string_lossy(scope)))
                .collect();
        }
        let inherited = given.is_none().then_some(&options);
        let arguments = if given.is_some() { exec_arguments.as_slice() } else { &[] };
        match options::parse_for_thread(runtime.known(), inherited, arguments, from_environment.as_deref()) {
            Ok(parsed) => options = parsed,
            Err((error, in_environment)) => {
                let key = if in_environment { "invalidNodeOptions" } else { "invalidExecArgv" };
                let list = strings(scope, &[error.in_list()]);
                return set(scope, this, key, list);
            }
        }
    }
    let mut limits = [-1.0; LIMITS];
    if let Some(memory) = Memory::of(scope, args.get(3)) {
        for (limit, bytes) in limits.iter_mut().zip(memory.bytes().chunks_exact(8)) {
            *limit = f64::from_ne_bytes(bytes.try_into().unwrap_or_default());
        }
    }
    // The thread is told what it has where nothing was asked for.
    let defaults = v8::CreateParams::default().heap_limits(0, realm.heap_limit.get());
    let bytes = [
        defaults.max_young_generation_size_in_bytes(),
        defaults.max_old_generation_size_in_bytes(),
        defaults.code_range_size_in_bytes(),
    ];
    for (limit, bytes) in limits.iter_mut().zip(bytes) {
        // A thread has no more than its process.
        let bytes = bytes as f64 / MEBIBYTE;
        *limit = if *limit > 0.0 { limit.min(bytes.max(1.0)) } else { bytes };
    }
    limits[STACK] = if limits[STACK] > 0.0 { limits[STACK].min(LARGEST_STACK) } else { DEFAULT_STACK };
    let process = Arc::clone(&realm.process);
    let (ours, theirs) = PortData::pair();
    let thread = process.last_thread.fetch_add(1, Ordering::Relaxed) + 1;
    let name = arg_string(scope, &args, 6);
    let start = Arc::new(Start {
        thread,
        name: name.clone(),
        internal: args.get(5).is_true(),
        limits,
        port: Mutex::new(Some(theirs)),
        environment,
        process,
        stop: AtomicBool::new(false),
        running: Mutex::new(None),
    });
    let worker = Worker {
        base: Base::new(scope, this, "WORKER"),
        start,
        options,
        exec_arguments,
        thread: RefCell::default(),
        held: Cell::new(false),
    };
    handle::wrap(scope, this, Rc::new(worker));
    let Some(port) = messaging::create(scope, ours) else { return };
    set(scope, this, "messagePort", port.into());
    set_number(scope, this, "threadId", thread as f64);
    set_string(scope, this, "threadName", &name);
}

fn start_thread(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(worker) = handle::this::<Worker>(scope, &args) else { return };
    let realm = realm(scope);
    let (Some(runtime), true) = (realm.runtime(), worker.thread.borrow().is_none()) else { return };
    let failed = |scope: &Scope<'_, '_>, reason: &str| {
        let message = format!("Worker initialization failure: {reason}");
        throw_code(scope, Kind::Error, "ERR_WORKER_INIT_FAILED", &message);
    };
    let sys = match realm.sys().worker() {
        Ok(sys) => sys,
        Err(errno) => return failed(scope, &errno.name()),
    };
    let start = Arc::clone(&worker.start);
    let id = start.thread;
    let program = Program {
        arguments: realm.program.arguments.iter().take(1).cloned().collect(),
        exec_arguments: worker.exec_arguments.clone(),
        options: worker.options.clone(),
        path: realm.program.path.clone(),
        started: Some(realm.origin),
        worker: Some(start),
        ..Program::default()
    };
    let bytes = |limit: usize| (worker.start.limits[limit].max(0.0) * MEBIBYTE) as usize;
    let limits = Limits {
        heap: bytes(YOUNG).saturating_add(bytes(OLD)).min(realm.heap_limit.get()),
        young: Some(bytes(YOUNG)),
        stack: Some(bytes(STACK)),
    };
    let parent = realm.event_loop.remote();
    let stack = STACK_SIZE + bytes(STACK);
    let run = move || {
        let ending = runtime.run_worker(program, sys, limits);
        parent.post(move |scope| ended(scope, id, &ending));
    };
    match std::thread::Builder::new().name(format!("node worker {id}")).stack_size(stack).spawn(run) {
        Ok(thread) => {
            *worker.thread.borrow_mut() = Some(thread);
            realm.state::<Workers>().0.borrow_mut().insert(id, Rc::clone(&worker));
            worker.ref_changed(scope);
        }
        Err(error) => failed(scope, &error.to_string()),
    }
}

/// Tells the parent that a thread is over.
fn ended(scope: &mut Scope<'_, '_>, id: u64, ending: &Ending) {
    let worker = realm(scope).state::<Workers>().0.borrow_mut().remove(&id);
    let Some(worker) = worker else { return };
    if let Some(thread) = worker.thread.take() {
        // It has nothing left to do but to end.
        let _ = thread.join();
    }
    let (code, error) = match ending {
        Ending::Exit(code) => (*code, None),
        Ending::Signal(_, reason) if reason == OUT_OF_MEMORY => (1, Some("ERR_WORKER_OUT_OF_MEMORY")),
        Ending::Signal(..) | Ending::Gone => (1, None),
    };
    let (error, reason) = match error {
        Some(error) => (string(scope, error).into(), string(scope, "JS heap out of memory").into()),
        None => (null(scope), null(scope)),
    };
    worker.base.call(scope, "onexit", &[integer(scope, code), error, reason]);
    handle::close(scope, worker as Rc<dyn Handle>);
}

/// Stops the threads this isolate has started, and waits for their ends.
pub(crate) fn stop_all(realm: &Realm) {
    let workers: Vec<_> = realm.state::<Workers>().0.borrow_mut().drain().map(|(_, worker)| worker).collect();
    for worker in &workers {
        worker.start.stop();
    }
    for worker in workers {
        if let Some(thread) = worker.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Runtime {
    /// Runs a thread of a program to its end.
    fn run_worker(&self, program: Program, sys: Box<dyn crate::sys::Sys>, limits: Limits) -> Ending {
        let realm = self.realm(program, sys);
        self.run_realm(realm, limits, crate::snapshot::WORKER_CONTEXT, &isolate::Interrupt::default())
    }
}

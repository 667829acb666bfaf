//! Running a program in an isolate.

use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use crate::bindings::env::Environment;
use crate::bindings::{handle, messaging, worker};
use crate::bootstrap;
use crate::bundle::{Bundle, BundleError};
use crate::callback;
use crate::code_cache::CodeCache;
use crate::event_loop;
use crate::options::{self, Known, OptionError};
use crate::platform;
use crate::program::{Ending, Program};
use crate::realm::{Purpose, Realm};
use crate::snapshot::{self, Files};
use crate::sys::Sys;
use crate::value::Scope;
use crate::watchdog::{self, Watch};

/// Bytes of stack a thread needs to run an isolate: V8's own limit, and room for native code below it.
pub const STACK_SIZE: usize = 4 << 20;

/// Old-generation heap where nothing else is said, in bytes.
const HEAP_LIMIT: usize = 2 << 30;

/// Bytes a heap may grow beyond its limit on the way out. JavaScript stops at its next check only, and an allocation that
/// fails before it ends the whole host: so there is room for the largest array V8 makes, and for what unwinding takes.
const UNWINDING_ROOM: usize = (1 << 30) + (64 << 20);

/// Least heap an isolate is made with: the snapshot needs it, and where V8 lacks memory before a program runs it ends the
/// host. A program with less than that is ended once it is there.
const LEAST_HEAP: usize = 16 << 20;

/// Stack that is left to native code below the frames of JavaScript.
const STACK_RESERVE: usize = 192 << 10;

/// What an isolate may have, in bytes.
pub(crate) struct Limits {
    pub(crate) heap: usize,
    /// Of that, for young objects; none: as V8 sees fit.
    pub(crate) young: Option<usize>,
    /// Frames of JavaScript; none: V8's own default. The thread has [`STACK_SIZE`] more.
    pub(crate) stack: Option<usize>,
}

/// What V8 says of a heap that is full.
pub(crate) const OUT_OF_MEMORY: &str = "Reached heap limit Allocation failed - JavaScript heap out of memory";

/// Node's library ready to start programs from. One per process, because V8 shares one read-only heap among isolates.
#[derive(Clone, Copy)]
pub struct Runtime {
    bundle: &'static Bundle,
    snapshot: &'static [u8],
    code_cache: Option<&'static CodeCache>,
    known: &'static Known,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Runtime")
    }
}

/// A `node` process to run.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Path of the program, `process.execPath`.
    pub path: Vec<u8>,
    /// Arguments, the command's own name first.
    pub arguments: Vec<Vec<u8>>,
    /// `NAME=value` each.
    pub environment: Vec<Vec<u8>>,
    /// Most bytes its heap may have; `None` for Node's own default.
    pub heap_limit: Option<usize>,
}

/// Stops a running isolate from another thread.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<Mutex<Option<v8::IsolateHandle>>>);

impl Interrupt {
    /// Stops JavaScript where it is. The program does not notice; [`Runtime::run`] comes back.
    pub fn terminate(&self) {
        if let Some(handle) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            handle.terminate_execution();
        }
    }

    fn set(&self, handle: Option<v8::IsolateHandle>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = handle;
    }
}

impl Runtime {
    /// Opens what [`crate::snapshot`] has built.
    pub fn open(directory: &Path) -> Result<Self, BundleError> {
        platform::initialize();
        watchdog::start().map_err(BundleError::io(directory))?;
        let files = Files::new(directory);
        let bundle: &'static Bundle = Box::leak(Box::new(Bundle::open(&files.bundle())?));
        let path = files.snapshot(bundle);
        let file = std::fs::File::open(&path).map_err(BundleError::io(&path))?;
        // SAFETY: written once, under a name made from its content's key.
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(BundleError::io(&path))?;
        let snapshot: &'static [u8] = Box::leak(Box::new(map));
        let code_cache = match CodeCache::open(&files.code_cache(bundle)) {
            Ok(cache) => Some(&*Box::leak(Box::new(cache))),
            Err(error) => {
                tracing::debug!(%error, "no code cache");
                None
            }
        };
        let known = Box::leak(Box::new(Known::new(bundle)));
        Ok(Self { bundle, snapshot, code_cache, known })
    }

    /// Runs a program to its end, on the calling thread, which must have [`STACK_SIZE`] bytes of stack.
    pub fn run(&self, start: Start, sys: Box<dyn Sys>, interrupt: &Interrupt) -> Ending {
        let heap_limit = start.heap_limit;
        let program = match self.program(start, &*sys) {
            Ok(program) => program,
            Err((name, error)) => {
                let _ = sys.write(2, format!("{name}: {error}\n").as_bytes());
                sys.end(&Ending::Exit(9));
                return Ending::Exit(9);
            }
        };
        if let Some(ending) = self.answer_at_once(&program, &*sys) {
            sys.end(&ending);
            return ending;
        }
        let heap_limit = program
            .options
            .v8()
            .iter()
            .find_map(|flag| flag.strip_prefix("--max-old-space-size=")?.parse::<usize>().ok())
            .map(|megabytes| megabytes << 20)
            .into_iter()
            .chain(heap_limit)
            .min()
            .unwrap_or(HEAP_LIMIT);
        let realm = self.realm(program, sys);
        let limits = Limits { heap: heap_limit, young: None, stack: None };
        self.run_realm(realm, limits, snapshot::MAIN_CONTEXT, interrupt)
    }

    /// The state of a new isolate.
    pub(crate) fn realm(&self, program: Program, sys: Box<dyn Sys>) -> Rc<Realm> {
        let realm = Realm::new(self.bundle, self.code_cache, Purpose::Run, program, Some(sys));
        realm.set_runtime(*self);
        realm
    }

    pub(crate) fn known(&self) -> &'static Known {
        self.known
    }

    fn program(&self, start: Start, sys: &dyn Sys) -> Result<Program, (String, OptionError)> {
        let lossy = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let arguments: Vec<String> = start.arguments.into_iter().map(lossy).collect();
        let environment: Vec<(String, String)> = start
            .environment
            .into_iter()
            .map(lossy)
            .filter_map(|entry| entry.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
            .collect();
        let name = arguments.first().cloned().unwrap_or_else(|| "node".to_owned());
        let node_options = environment.iter().find(|(key, _)| key == "NODE_OPTIONS").map(|(_, value)| value.clone());
        let line = options::parse(self.known, arguments.get(1..).unwrap_or_default(), node_options.as_deref())
            .map_err(|error| (name, error))?;
        Ok(Program {
            arguments,
            rest: line.arguments,
            exec_arguments: line.exec_arguments,
            environment,
            options: line.options,
            path: lossy(start.path),
            started: Some(sys.monotonic()),
            collect_code: false,
            worker: None,
        })
    }

    /// What Node answers without any JavaScript.
    fn answer_at_once(&self, program: &Program, sys: &dyn Sys) -> Option<Ending> {
        if program.options.flag("--version") {
            let data = self.bundle.data("process");
            let text = format!("{}\n", data["version"].as_str().unwrap_or_default());
            let _ = sys.write(1, text.as_bytes());
            return Some(Ending::Exit(0));
        }
        None
    }

    pub(crate) fn run_realm(
        &self,
        realm: Rc<Realm>,
        limits: Limits,
        context_index: usize,
        interrupt: &Interrupt,
    ) -> Ending {
        let mut params = v8::CreateParams::default()
            .cpp_heap(snapshot::cpp_heap())
            .snapshot_blob(v8::StartupData::from(self.snapshot))
            .external_references(snapshot::references(self.bundle))
            .heap_limits(0, limits.heap);
        if let Some(young) = limits.young {
            params = params
                .set_max_young_generation_size_in_bytes(young)
                .set_max_old_generation_size_in_bytes(limits.heap.saturating_sub(young));
        }
        let old_limit = params.max_old_generation_size_in_bytes();
        if old_limit < LEAST_HEAP {
            params = params.set_max_old_generation_size_in_bytes(LEAST_HEAP);
        }
        let mut isolate = v8::Isolate::new(params);
        if let Some(stack) = limits.stack {
            set_stack_limit(&isolate, stack);
        }
        isolate.set_slot(Rc::clone(&realm));
        bootstrap::install_callbacks(&mut isolate);
        bootstrap::install_listeners(&mut isolate);
        realm.heap_limit.set(limits.heap);
        interrupt.set(Some(isolate.thread_safe_handle()));
        let thread = realm.program.worker.as_ref().map_or(0, |worker| worker.thread);
        realm.process.enter(thread, realm.event_loop.remote());
        if let Some(worker) = &realm.program.worker {
            worker.set_running(Some((isolate.thread_safe_handle(), realm.event_loop.remote())));
        }
        *realm.watch.borrow_mut() = Some(Watch::new(isolate.thread_safe_handle(), look));
        let handle = isolate.thread_safe_handle();
        realm.sys().set_interrupt(std::sync::Arc::new(move || {
            handle.request_interrupt(look, std::ptr::null_mut());
        }));
        let data = std::ptr::from_ref(&*realm).cast_mut().cast();
        isolate.add_near_heap_limit_callback(near_heap_limit, data);
        {
            v8::scope!(let scope, &mut isolate);
            match v8::Context::from_snapshot(scope, context_index, v8::ContextOptions::default()) {
                Some(context) => {
                    let scope = &mut v8::ContextScope::new(scope, context);
                    run_program(scope, &realm, context, old_limit);
                    if realm.program.worker.is_some() {
                        // The process goes on; what this thread has open does not.
                        handle::close_all(scope);
                        messaging::close_all(scope);
                    }
                }
                None => {
                    let reason = "the snapshot holds no context".to_owned();
                    realm.end(scope, Ending::Signal(6, reason));
                }
            }
        }
        interrupt.set(None);
        realm.watch.take();
        let ending = realm.ending().unwrap_or(if realm.sys().is_gone() {
            Ending::Gone
        } else {
            Ending::Signal(9, "terminated".to_owned())
        });
        realm.process.leave(thread);
        match &realm.program.worker {
            Some(worker) => {
                worker.set_running(None);
                realm.sys().check();
            }
            None => realm.sys().end(&ending),
        }
        worker::stop_all(&realm);
        realm.event_loop.remote().close();
        realm.event_loop.clear();
        realm.clear();
        realm.forget_context();
        isolate.remove_slot::<Rc<Realm>>();
        platform::forget(&isolate);
        ending
    }
}

unsafe extern "C" {
    /// `v8::Isolate::SetStackLimit`, which the crate has no name for.
    #[link_name = "_ZN2v87Isolate13SetStackLimitEm"]
    fn v8_isolate_set_stack_limit(isolate: v8::UnsafeRawIsolatePtr, limit: usize);
}

/// Lets JavaScript have so many bytes of this thread's stack, counted from here.
fn set_stack_limit(isolate: &v8::Isolate, bytes: usize) {
    let here = std::ptr::from_ref(&bytes).addr();
    let limit = here.saturating_sub(bytes.saturating_sub(STACK_RESERVE).max(STACK_RESERVE));
    // SAFETY: the isolate is alive and this thread's; the stack goes on below the limit, because the thread was started with
    // `STACK_SIZE` more than `bytes`.
    unsafe { v8_isolate_set_stack_limit(isolate.as_raw_isolate_ptr(), limit) };
}

/// Runs a program; where what Node's library takes is more than `old_limit` bytes already, it ends for want of memory.
fn run_program<'s>(
    scope: &mut Scope<'s, '_>,
    realm: &Rc<Realm>,
    context: v8::Local<'s, v8::Context>,
    old_limit: usize,
) {
    realm.set_context(scope, context);
    match &realm.program.worker {
        Some(worker) => realm.state::<Environment>().share(worker.environment.clone()),
        None => realm.state::<Environment>().replace(realm.program.environment.clone()),
    }
    worker::end_if_stopped(scope, realm);
    let Ok(roots) = scope.get_context_data_from_snapshot_once::<v8::Object>(0) else {
        realm.end(scope, Ending::Signal(6, "the snapshot has no roots".to_owned()));
        return;
    };
    realm.restore(scope, roots);
    let global = context.global(scope);
    crate::gc::install(scope, global);
    if scope.get_heap_statistics().used_heap_size() > old_limit {
        return realm.out_of_memory();
    }
    realm.event_loop.update_time(realm.sys());
    let main = main_script(realm);
    let _ = callback::enter(scope, |scope| bootstrap::start(scope, main));
    if realm.can_run() {
        event_loop::spin(scope);
    }
}

/// Which of Node's main scripts runs this command line.
fn main_script(realm: &Realm) -> &'static str {
    let options = &realm.program.options;
    let first = realm.program.rest.first().map(String::as_str);
    if realm.program.worker.is_some() {
        return "internal/main/worker_thread";
    }
    if options.flag("--help") {
        "internal/main/print_help"
    } else if options.flag("[has_eval_string]") && !options.flag("--interactive") {
        "internal/main/eval_string"
    } else if options.flag("--check") {
        "internal/main/check_syntax"
    } else if options.flag("--test") {
        "internal/main/test_runner"
    } else if options.flag("--watch") && first.is_some() {
        "internal/main/watch_mode"
    } else if first.is_some_and(|first| first != "-") {
        "internal/main/run_main_module"
    } else if options.flag("--interactive") || (first.is_none() && realm.sys().is_terminal(0)) {
        "internal/main/repl"
    } else {
        "internal/main/eval_stdin"
    }
}

/// V8 asks for more memory than the process may have. JavaScript is stopped and the process ends as Node's would.
unsafe extern "C" fn near_heap_limit(data: *mut std::ffi::c_void, current: usize, _initial: usize) -> usize {
    // SAFETY: the realm outlives its isolate's use of this callback, and this is the isolate's own thread.
    let realm = unsafe { &*data.cast::<Realm>() };
    realm.out_of_memory();
    current.saturating_add(UNWINDING_ROOM)
}

/// Runs on the isolate's thread, between two steps of JavaScript: at a tick, and when the kernel has woken the task.
pub(crate) unsafe extern "C" fn look(mut isolate: v8::UnsafeRawIsolatePtr, _data: *mut std::ffi::c_void) {
    // SAFETY: V8 gives the isolate that runs on this thread.
    let isolate = unsafe { v8::Isolate::ref_from_raw_isolate_ptr_mut(&mut isolate) };
    let Some(realm) = isolate.get_slot::<Rc<Realm>>().cloned() else { return };
    if let Some(watch) = &*realm.watch.borrow() {
        watch.looked();
    }
    worker::end_if_stopped(isolate, &realm);
    realm.sys().check();
    if realm.sys().is_gone() {
        return realm.end(isolate, Ending::Gone);
    }
    let heap = isolate.get_heap_statistics();
    let memory = heap.total_physical_size() + heap.malloced_memory() + heap.external_memory();
    if !realm.sys().account_memory(memory) {
        realm.out_of_memory();
    }
}

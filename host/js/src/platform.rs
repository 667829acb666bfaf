//! V8 as a whole: started once per process.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::sys::Waker;

/// Threads V8 may use for compiling and collecting, shared by all isolates.
const BACKGROUND_THREADS: u32 = 2;

/// V8's flags. They are part of what snapshots and code caches are checked against, so they are the same in every process.
///
/// Without unrolling, because that pass also takes the stack checks out of loops that have no end, such as
/// `for (;;) kept.push(new Array(1000))`: nothing could then stop them.
const FLAGS: &str = "--no-freeze-flags-after-init --no-flush-bytecode --stack-size=984 --js-float16array \
                     --no-turboshaft-loop-unrolling";

/// Tasks V8 wants run on the thread of an isolate.
#[derive(Default)]
pub(crate) struct ForegroundTasks {
    queue: Mutex<Vec<(Option<Instant>, v8::Task)>>,
    waker: OnceLock<Waker>,
}

impl ForegroundTasks {
    /// Has the isolate's thread woken when a task arrives.
    pub(crate) fn set_waker(&self, waker: Waker) {
        let _ = self.waker.set(waker);
    }

    fn push(&self, at: Option<Instant>, task: v8::Task) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push((at, task));
        if let Some(waker) = self.waker.get() {
            waker();
        }
    }

    /// Takes the tasks that are due.
    pub(crate) fn take(&self) -> Vec<v8::Task> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.is_empty() {
            return Vec::new();
        }
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) = queue.drain(..).partition(|(at, _)| at.is_none_or(|at| at <= now));
        *queue = later;
        due.into_iter().map(|(_, task)| task).collect()
    }

    /// How long until the next delayed task is due.
    pub(crate) fn next(&self) -> Option<Duration> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        queue.iter().map(|(at, _)| at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now))).min()
    }
}

#[derive(Default)]
struct Registry(Mutex<HashMap<usize, Arc<ForegroundTasks>>>);

impl Registry {
    fn of(&self, isolate: *mut c_void) -> Arc<ForegroundTasks> {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(map.entry(isolate.addr()).or_default())
    }
}

fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(Registry::default)
}

/// The queue of an isolate; made when either side first asks for it.
pub(crate) fn foreground_tasks(isolate: &v8::Isolate) -> Arc<ForegroundTasks> {
    registry().of(isolate_address(isolate))
}

/// Forgets the queue of an isolate that is about to go.
pub(crate) fn forget(isolate: &v8::Isolate) {
    let address = isolate_address(isolate).addr();
    let tasks = registry().0.lock().unwrap_or_else(PoisonError::into_inner).remove(&address);
    drop(tasks);
}

fn isolate_address(isolate: &v8::Isolate) -> *mut c_void {
    // SAFETY: only the address is used, as a key.
    let raw = unsafe { isolate.as_raw_isolate_ptr() };
    // SAFETY: the type is a transparent pointer.
    unsafe { std::mem::transmute(raw) }
}

struct Tasks;

impl v8::PlatformImpl for Tasks {
    fn post_task(&self, isolate: *mut c_void, task: v8::Task) {
        registry().of(isolate).push(None, task);
    }

    fn post_non_nestable_task(&self, isolate: *mut c_void, task: v8::Task) {
        registry().of(isolate).push(None, task);
    }

    fn post_delayed_task(&self, isolate: *mut c_void, task: v8::Task, delay: f64) {
        registry().of(isolate).push(Some(Instant::now() + Duration::from_secs_f64(delay.max(0.0))), task);
    }

    fn post_non_nestable_delayed_task(&self, isolate: *mut c_void, task: v8::Task, delay: f64) {
        self.post_delayed_task(isolate, task, delay);
    }

    fn post_idle_task(&self, _isolate: *mut c_void, task: v8::IdleTask) {
        drop(task);
    }
}

/// Starts V8. Later calls do nothing.
pub(crate) fn initialize() {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        v8::V8::set_flags_from_string(FLAGS);
        // The archive's own data is a small set: without the whole one, formatting a date ends the process.
        v8::icu::set_common_data_78(deno_core_icudata::ICU_DATA).expect("ICU data of the version V8 was built for");
        // Isolates are created on many threads, which protection keys would forbid.
        let platform = v8::new_custom_platform(BACKGROUND_THREADS, false, true, Tasks).make_shared();
        v8::V8::initialize_platform(platform.clone());
        v8::cppgc::initialize_process(platform);
        v8::V8::initialize();
    });
}

/// What a snapshot or a code cache depends on besides Node's library: V8's version and flags.
pub(crate) fn fingerprint() -> String {
    initialize();
    format!("{} {FLAGS} {}", v8::V8::get_version(), v8::script_compiler::cached_data_version_tag())
}

//! One isolate's state: everything the bindings share.

use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::bindings;
use crate::bindings::worker::Process;
use crate::bundle::Bundle;
use crate::code_cache::CodeCache;
use crate::event_loop::EventLoop;
use crate::isolate::{OUT_OF_MEMORY, Runtime};
use crate::program::{Ending, Program};
use crate::sys::Sys;
use crate::table;
use crate::value::*;
use crate::watchdog::Watch;

/// Functions and objects of Node's library that the executor calls. They survive a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    InternalBinding,
    Require,
    PrepareStackTrace,
    EnhanceBefore,
    EnhanceAfter,
    SourceMapErrorSource,
    MaybeCacheSourceMap,
    Tick,
    PromiseReject,
    ProcessImmediate,
    ProcessTimers,
    EmitWarningSync,
    ImportDynamic,
    ImportMeta,
    CallbackTrampoline,
    AsyncInit,
    AsyncBefore,
    AsyncAfter,
    AsyncDestroy,
    AsyncPromiseResolve,
    CreateObject,
    WasmStreaming,
    BufferPrototype,
    PerformanceObserver,
    TraceCategoryUpdate,
    OptionDefaults,
    Process,
    Primordials,
    Exports,
    Symbols,
    Bindings,
    EnvProxy,
    // The last one: gives the number of them.
    End,
}

const KEPT: usize = Kept::End as usize;

impl Kept {
    fn all() -> impl Iterator<Item = Self> {
        use Kept::*;
        [
            InternalBinding,
            Require,
            PrepareStackTrace,
            EnhanceBefore,
            EnhanceAfter,
            SourceMapErrorSource,
            MaybeCacheSourceMap,
            Tick,
            PromiseReject,
            ProcessImmediate,
            ProcessTimers,
            EmitWarningSync,
            ImportDynamic,
            ImportMeta,
            CallbackTrampoline,
            AsyncInit,
            AsyncBefore,
            AsyncAfter,
            AsyncDestroy,
            AsyncPromiseResolve,
            CreateObject,
            WasmStreaming,
            BufferPrototype,
            PerformanceObserver,
            TraceCategoryUpdate,
            OptionDefaults,
            Process,
            Primordials,
            Exports,
            Symbols,
            Bindings,
            EnvProxy,
        ]
        .into_iter()
    }
}

/// What an isolate is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building the start-up snapshot: no system calls, nothing of this run may be kept.
    Snapshot,
    /// Running a program, or a Worker of one.
    Run,
}

/// The state of one isolate. Bindings that need more keep it by [`Realm::state`].
pub(crate) struct Realm {
    pub(crate) bundle: &'static Bundle,
    pub(crate) code_cache: Option<&'static CodeCache>,
    pub(crate) purpose: Purpose,
    pub(crate) program: Program,
    pub(crate) event_loop: EventLoop,
    sys: Option<Box<dyn Sys>>,
    runtime: Cell<Option<Runtime>>,
    /// What it shares with the other threads of its process.
    pub(crate) process: Arc<Process>,
    /// Most bytes of its heap.
    pub(crate) heap_limit: Cell<usize>,
    context: RefCell<Option<v8::Global<v8::Context>>>,
    kept: RefCell<[Option<v8::Global<v8::Value>>; KEPT]>,
    bindings: RefCell<HashMap<String, v8::Global<v8::Object>>>,
    states: RefCell<HashMap<TypeId, Rc<dyn Any>>>,
    ending: RefCell<Option<Ending>>,
    /// While it runs.
    pub(crate) watch: RefCell<Option<Watch>>,
    /// How many callbacks into JavaScript are on the stack.
    pub(crate) depth: Cell<u32>,
    pub(crate) tick_info: Cell<Shared<u8>>,
    pub(crate) exit_info: Cell<Shared<i32>>,
    /// Builtin functions compiled, for making a code cache.
    pub(crate) compiled: RefCell<Vec<(String, v8::Global<v8::Function>)>>,
    pub(crate) origin: u64,
}

impl Realm {
    pub(crate) fn new(
        bundle: &'static Bundle,
        code_cache: Option<&'static CodeCache>,
        purpose: Purpose,
        program: Program,
        sys: Option<Box<dyn Sys>>,
    ) -> Rc<Self> {
        let origin = program.started.unwrap_or_else(|| sys.as_ref().map_or(0, |sys| sys.monotonic()));
        let event_loop = EventLoop::new(sys.as_deref(), origin);
        let process = program.worker.as_ref().map(|worker| Arc::clone(&worker.process)).unwrap_or_default();
        Rc::new(Self {
            bundle,
            code_cache,
            purpose,
            program,
            event_loop,
            sys,
            runtime: Cell::default(),
            process,
            heap_limit: Cell::new(usize::MAX),
            context: RefCell::default(),
            kept: RefCell::new([const { None }; KEPT]),
            bindings: RefCell::default(),
            states: RefCell::default(),
            ending: RefCell::default(),
            watch: RefCell::default(),
            depth: Cell::new(0),
            tick_info: Cell::new(Shared::none()),
            exit_info: Cell::new(Shared::none()),
            compiled: RefCell::default(),
            origin,
        })
    }

    /// What further threads are started with; none while a snapshot is built.
    pub(crate) fn runtime(&self) -> Option<Runtime> {
        self.runtime.get()
    }

    pub(crate) fn set_runtime(&self, runtime: Runtime) {
        self.runtime.set(Some(runtime));
    }

    /// The system calls.
    pub(crate) fn sys(&self) -> &dyn Sys {
        self.sys.as_deref().expect("no system call is made while a snapshot is built")
    }

    /// Nanoseconds since the program began.
    pub(crate) fn elapsed(&self) -> u64 {
        self.sys.as_deref().map_or(0, |sys| sys.monotonic().saturating_sub(self.origin))
    }

    pub(crate) fn set_context(&self, scope: &Scope<'_, '_>, context: v8::Local<'_, v8::Context>) {
        *self.context.borrow_mut() = Some(v8::Global::new(scope, context));
    }

    /// The principal context.
    pub(crate) fn context<'s>(&self, scope: &Scope<'s, '_, ()>) -> v8::Local<'s, v8::Context> {
        v8::Local::new(scope, self.context.borrow().as_ref().expect("the realm has a context"))
    }

    pub(crate) fn forget_context(&self) {
        self.context.borrow_mut().take();
    }

    /// Ends the program for want of memory, with Node's own words.
    pub(crate) fn out_of_memory(&self) {
        let first = self.ending.borrow().is_none();
        if first {
            let text = format!("\n<--- Last few GCs --->\n\n\nFATAL ERROR: {OUT_OF_MEMORY}\n");
            // A thread ends alone, and its parent is told why.
            if let (Some(sys), None) = (&self.sys, &self.program.worker) {
                let _ = sys.write(2, text.as_bytes());
            }
            *self.ending.borrow_mut() = Some(Ending::Signal(6, OUT_OF_MEMORY.to_owned()));
        }
        if let Some(watch) = self.watch.borrow().as_ref() {
            watch.end();
        }
    }

    pub(crate) fn keep(&self, scope: &Scope<'_, '_>, what: Kept, value: Value<'_>) {
        self.kept.borrow_mut()[what as usize] = Some(v8::Global::new(scope, value));
    }

    pub(crate) fn kept<'s>(&self, scope: &Scope<'s, '_>, what: Kept) -> Option<Value<'s>> {
        self.kept.borrow()[what as usize].as_ref().map(|value| v8::Local::new(scope, value))
    }

    pub(crate) fn function<'s>(&self, scope: &Scope<'s, '_>, what: Kept) -> Option<Function<'s>> {
        self.kept(scope, what)?.try_into().ok()
    }

    pub(crate) fn object<'s>(&self, scope: &Scope<'s, '_>, what: Kept) -> Object<'s> {
        let value = self.kept(scope, what).unwrap_or_else(|| panic!("{what:?} is kept from the start"));
        value.try_into().unwrap_or_else(|_| panic!("{what:?} is an object"))
    }

    pub(crate) fn process<'s>(&self, scope: &Scope<'s, '_>) -> Object<'s> {
        self.object(scope, Kept::Process)
    }

    /// State that belongs to one binding, made when first asked for.
    pub(crate) fn state<T: Default + 'static>(&self) -> Rc<T> {
        let state =
            Rc::clone(self.states.borrow_mut().entry(TypeId::of::<T>()).or_insert_with(|| Rc::new(T::default())));
        state.downcast().expect("kept under its own type")
    }

    /// Ends the program: JavaScript stops at once and never runs again in this isolate.
    pub(crate) fn end(&self, isolate: &v8::Isolate, ending: Ending) {
        self.ending.borrow_mut().get_or_insert(ending);
        isolate.terminate_execution();
    }

    pub(crate) fn ending(&self) -> Option<Ending> {
        self.ending.borrow().clone()
    }

    /// Says whether JavaScript runs or waits for something.
    pub(crate) fn set_running(&self, running: bool) {
        if let Some(watch) = self.watch.borrow().as_ref() {
            watch.set_running(running);
        }
    }

    /// Whether JavaScript may still be called.
    pub(crate) fn can_run(&self) -> bool {
        self.ending.borrow().is_none()
    }

    /// The object of a native binding, made when first asked for.
    pub(crate) fn binding<'s>(&self, scope: &mut Scope<'s, '_>, name: &str) -> Option<Object<'s>> {
        if let Some(object) = self.bindings.borrow().get(name) {
            return Some(v8::Local::new(scope, object));
        }
        let object = table::build(scope, self, bindings::table(name), name)?;
        self.bindings.borrow_mut().insert(name.to_owned(), v8::Global::new(scope, object));
        let all = self.object(scope, Kept::Bindings);
        set(scope, all, name, object.into());
        Some(object)
    }

    /// Everything that must come back after a snapshot, on one object.
    pub(crate) fn roots<'s>(&self, scope: &mut Scope<'s, '_>) -> Object<'s> {
        let roots = dictionary(scope);
        for what in Kept::all() {
            if let Some(value) = self.kept(scope, what) {
                set(scope, roots, &format!("{what:?}"), value);
            }
        }
        roots
    }

    /// Lets go of all handles, without which no snapshot can be made.
    pub(crate) fn clear(&self) {
        *self.kept.borrow_mut() = [const { None }; KEPT];
        self.bindings.borrow_mut().clear();
        self.states.borrow_mut().clear();
        self.compiled.borrow_mut().clear();
    }

    /// Takes up what [`Realm::roots`] gave to a snapshot.
    pub(crate) fn restore(&self, scope: &mut Scope<'_, '_>, roots: Object<'_>) {
        for what in Kept::all() {
            let value = get(scope, roots, &format!("{what:?}"));
            if !value.is_undefined() {
                self.keep(scope, what, value);
            }
        }
        let all = self.object(scope, Kept::Bindings);
        for table in bindings::tables() {
            if let Some(object) = get_object(scope, all, table.name) {
                self.bindings.borrow_mut().insert(table.name.to_owned(), v8::Global::new(scope, object));
                table.restored(scope, object);
            }
        }
        self.link_process(scope);
    }

    /// Finds the arrays that are shared through the process object.
    pub(crate) fn link_process(&self, scope: &mut Scope<'_, '_>) {
        let process = self.process(scope);
        let key = private(scope, "node:exit_info_private_symbol");
        if let Some(fields) = process.get_private(scope, key)
            && let Some(memory) = Memory::of(scope, fields)
        {
            let holder = dictionary(scope);
            set(scope, holder, "fields", fields);
            debug_assert_eq!(memory.len(), 12);
            self.exit_info.set(Shared::of(scope, holder, "fields"));
        }
    }
}

/// The realm of the isolate.
pub(crate) fn realm(scope: &v8::Isolate) -> Rc<Realm> {
    Rc::clone(scope.get_slot::<Rc<Realm>>().expect("every isolate has a realm"))
}

/// One of the per-isolate symbols of Node's library, such as `handle_onclose`.
pub(crate) fn symbol<'s>(scope: &Scope<'s, '_>, key: &str) -> v8::Local<'s, v8::Symbol> {
    let symbols = realm(scope).object(scope, Kept::Symbols);
    if let Ok(symbol) = get(scope, symbols, key).try_into() {
        return symbol;
    }
    let symbol = v8::Symbol::new(scope, Some(name(scope, key)));
    set(scope, symbols, key, symbol.into());
    symbol
}

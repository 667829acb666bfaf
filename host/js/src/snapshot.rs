//! The start-up snapshot: a heap in which Node's library is up already.
//!
//! It is built when the project is built, in processes of its own (one blob per process), in three steps:
//! [`warm`] runs a program so that V8 compiles what programs need, and keeps the code; [`build`] makes the heap with that code
//! in it; [`cache_code`] compiles further modules in an isolate restored from that heap.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::bindings;
use crate::bootstrap;
use crate::bundle::{Bundle, BundleError, write_whole};
use crate::code_cache::CodeCache;
use crate::platform;
use crate::program::Program;
use crate::realm::{Purpose, Realm};
use crate::value::Scope;

/// Index of the main thread's context within the blob.
pub(crate) const MAIN_CONTEXT: usize = 0;
/// Index of a Worker's context.
pub(crate) const WORKER_CONTEXT: usize = 1;

/// Modules most programs use that bootstrap alone does not load.
const PRELOADED: [&str; 12] = [
    "stream",
    "net",
    "tty",
    "fs",
    "path",
    "url",
    "util",
    "events",
    "internal/fs/promises",
    "internal/modules/run_main",
    "internal/process/pre_execution",
    "internal/console/global",
];

/// Files of the executor in a distribution directory.
#[derive(Clone, Debug)]
pub struct Files {
    directory: PathBuf,
}

impl Files {
    /// The files in `directory`, which need not be there yet.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Node's library.
    pub fn bundle(&self) -> PathBuf {
        self.directory.join("node.bundle")
    }

    /// Code made by [`warm`], which only [`build`] uses.
    pub fn warm_code(&self) -> PathBuf {
        self.directory.join("node.warm")
    }

    /// The snapshot that fits this bundle and this build of the executor.
    pub fn snapshot(&self, bundle: &Bundle) -> PathBuf {
        self.directory.join(format!("node-{}.snapshot", key(bundle)))
    }

    /// Code of modules that are not in the snapshot.
    pub fn code_cache(&self, bundle: &Bundle) -> PathBuf {
        self.directory.join(format!("node-{}.code", key(bundle)))
    }
}

/// What a snapshot depends on: Node's library, V8 with its flags, and the order of the executor's callbacks.
fn key(bundle: &Bundle) -> String {
    let mut hash = Sha256::new();
    hash.update(bundle.hash());
    hash.update(platform::fingerprint());
    for table in bindings::tables() {
        hash.update(table.name);
        for member in table.members() {
            hash.update(member);
        }
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// External references of this process; the same for all its isolates.
pub(crate) fn references(bundle: &'static Bundle) -> Cow<'static, [v8::ExternalReference]> {
    struct References(Vec<v8::ExternalReference>);
    // SAFETY: pointers to functions and to constants that are never freed.
    unsafe impl Send for References {}
    // SAFETY: as above.
    unsafe impl Sync for References {}
    static REFERENCES: OnceLock<References> = OnceLock::new();
    let references = REFERENCES.get_or_init(|| {
        let mut all = bindings::references();
        all.extend(
            bundle
                .sources()
                .map(|source| v8::ExternalReference { pointer: std::ptr::from_ref(source).cast_mut().cast() }),
        );
        References(all)
    });
    Cow::Borrowed(&references.0)
}

pub(crate) fn cpp_heap() -> v8::UniqueRef<v8::cppgc::Heap> {
    v8::cppgc::Heap::create(v8::V8::get_current_platform(), v8::cppgc::HeapCreateParams::default())
}

fn failed(step: &str, scope: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'_>>>) -> BundleError {
    let reason = scope.stack_trace().or_else(|| scope.exception());
    let reason = reason.map_or_else(|| "no exception".to_owned(), |value| value.to_rust_string_lossy(scope));
    BundleError::Snapshot(format!("{step}: {reason}"))
}

/// Brings the library up from its sources and keeps the code of all it ran.
pub fn warm(files: &Files) -> Result<(), BundleError> {
    platform::initialize();
    let bundle: &'static Bundle = Box::leak(Box::new(Bundle::open(&files.bundle())?));
    let program = Program { collect_code: true, ..Program::default() };
    let realm = Realm::new(bundle, None, Purpose::Snapshot, program, None);
    let mut isolate = v8::Isolate::new(v8::CreateParams::default().cpp_heap(cpp_heap()));
    isolate.set_slot(Rc::clone(&realm));
    bootstrap::install_callbacks(&mut isolate);
    let mut code = BTreeMap::new();
    let result = {
        v8::scope!(let scope, &mut isolate);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        let scope = &mut v8::ContextScope::new(scope, context);
        v8::tc_scope!(let caught, scope);
        match prepare(caught, true) {
            Some(()) => {
                for (id, function) in realm.compiled.borrow().iter() {
                    let function = v8::Local::new(caught, function);
                    if let Some(data) = function.create_code_cache() {
                        code.insert(id.clone(), data.to_vec());
                    }
                }
                Ok(())
            }
            None => Err(failed("bootstrap", caught)),
        }
    };
    realm.clear();
    platform::forget(&isolate);
    drop(isolate);
    result?;
    CodeCache::write(&files.warm_code(), &code)
}

/// Bootstraps and loads what most programs will want.
fn prepare(scope: &mut Scope<'_, '_>, main_thread: bool) -> Option<()> {
    bootstrap::bootstrap(scope, main_thread)?;
    for id in PRELOADED {
        bootstrap::require(scope, id)?;
    }
    Some(())
}

/// Makes the snapshot.
pub fn build(files: &Files) -> Result<(), BundleError> {
    platform::initialize();
    let bundle: &'static Bundle = Box::leak(Box::new(Bundle::open(&files.bundle())?));
    let code: &'static CodeCache = Box::leak(Box::new(CodeCache::open(&files.warm_code())?));
    let mut isolate = v8::Isolate::snapshot_creator(Some(references(bundle)), None);
    bootstrap::install_callbacks(&mut isolate);
    {
        v8::scope!(let scope, &mut isolate);
        // The default context is what `vm` makes its contexts from: a bare one.
        let bare = v8::Context::new(scope, v8::ContextOptions::default());
        scope.set_default_context(bare);
        for (index, main_thread) in [(MAIN_CONTEXT, true), (WORKER_CONTEXT, false)] {
            let realm = Realm::new(bundle, Some(code), Purpose::Snapshot, Program::default(), None);
            scope.set_slot(Rc::clone(&realm));
            let context = v8::Context::new(scope, v8::ContextOptions::default());
            {
                let scope = &mut v8::ContextScope::new(scope, context);
                v8::tc_scope!(let caught, scope);
                if prepare(caught, main_thread).is_none() {
                    return Err(failed("bootstrap", caught));
                }
                caught.perform_microtask_checkpoint();
                let roots = realm.roots(caught);
                let at = caught.add_context_data(context, roots);
                debug_assert_eq!(at, 0);
                // WeakRefs of this turn would point to what the serializer does not know.
                caught.clear_kept_objects();
            }
            realm.clear();
            realm.forget_context();
            let at = scope.add_context(context);
            assert_eq!(at, index, "contexts are numbered as they are added");
        }
        scope.remove_slot::<Rc<Realm>>();
    }
    let blob = isolate
        .create_blob(v8::FunctionCodeHandling::Keep)
        .ok_or_else(|| BundleError::Snapshot("V8 made no blob".to_owned()))?;
    if !blob.can_be_rehashed() {
        return Err(BundleError::Snapshot("hashes of the blob are fixed".to_owned()));
    }
    write_whole(&files.snapshot(bundle), &blob)
}

/// Writes the bundle from a dump of the Node binary, then everything made from it. Each step but the first needs a process of
/// its own, so `step` is called with the name of one and runs it there.
pub fn build_all(
    files: &Files,
    dump: &Path,
    mut step: impl FnMut(&str) -> Result<(), BundleError>,
) -> Result<(), BundleError> {
    Bundle::build(dump, &files.bundle())?;
    for name in ["warm", "snapshot", "code"] {
        step(name)?;
    }
    let _ = std::fs::remove_file(files.warm_code());
    Ok(())
}

/// Compiles modules that are not in the snapshot, as an isolate restored from it would.
pub fn cache_code(files: &Files) -> Result<(), BundleError> {
    let bundle: &'static Bundle = Box::leak(Box::new(Bundle::open(&files.bundle())?));
    let path = files.snapshot(bundle);
    let blob: &'static [u8] = std::fs::read(&path).map_err(BundleError::io(&path))?.leak();
    platform::initialize();
    let realm = Realm::new(bundle, None, Purpose::Snapshot, Program::default(), None);
    let params = v8::CreateParams::default()
        .cpp_heap(cpp_heap())
        .snapshot_blob(v8::StartupData::from(blob))
        .external_references(references(bundle));
    let mut isolate = v8::Isolate::new(params);
    isolate.set_slot(Rc::clone(&realm));
    bootstrap::install_callbacks(&mut isolate);
    let mut code = BTreeMap::new();
    {
        v8::scope!(let scope, &mut isolate);
        let context = v8::Context::from_snapshot(scope, MAIN_CONTEXT, v8::ContextOptions::default())
            .ok_or_else(|| BundleError::Snapshot("the blob has no main context".to_owned()))?;
        let scope = &mut v8::ContextScope::new(scope, context);
        realm.set_context(scope, context);
        for id in bundle.ids().filter(|id| !id.starts_with("internal/deps/acorn")) {
            v8::tc_scope!(let caught, scope);
            // Whole, because nothing is run that would show which functions matter.
            let Some(function) = bindings::builtins::compile_whole(caught, id) else { continue };
            if let Some(data) = function.create_code_cache() {
                code.insert(id.to_owned(), data.to_vec());
            }
        }
    }
    realm.clear();
    realm.forget_context();
    isolate.remove_slot::<Rc<Realm>>();
    platform::forget(&isolate);
    drop(isolate);
    CodeCache::write(&files.code_cache(bundle), &code)
}

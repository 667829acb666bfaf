//! `module_wrap`: ECMAScript modules.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use v8::script_compiler::{self, CachedData, CompileOptions, NoCacheReason, Source};

use crate::bindings::contextify;
use crate::errors;
use crate::native::{self, Native};
use crate::realm::{Kept, realm, symbol};
use crate::table::{Class, Table};
use crate::value::*;

const SOURCE_PHASE: i32 = 1;
const EVALUATION_PHASE: i32 = 2;
const HOST_DEFINED_OPTION: &str = "node:host_defined_option_symbol";

/// The modules of a realm, found by V8's module handles.
#[derive(Default)]
struct Modules(RefCell<HashMap<i32, Vec<v8::Weak<v8::Object>>>>);

/// What a `ModuleWrap` object carries beside its module, which is in its internal field.
struct ModuleWrap {
    /// Modules the requests resolve to, by position.
    linked: RefCell<Vec<v8::TracedReference<v8::Object>>>,
    /// Evaluation steps of a synthetic module.
    steps: RefCell<v8::TracedReference<v8::Function>>,
    /// What a source-phase import gives.
    source_object: RefCell<v8::TracedReference<v8::Object>>,
    context: v8::TracedReference<v8::Context>,
}

impl Native for ModuleWrap {
    fn trace(&self, visitor: &mut v8::cppgc::Visitor) {
        for linked in &*self.linked.borrow() {
            visitor.trace(linked);
        }
        visitor.trace(&*self.steps.borrow());
        visitor.trace(&*self.source_object.borrow());
        visitor.trace(&self.context);
    }
}

pub(super) fn table() -> Table {
    let class = Class::new("ModuleWrap", construct)
        .method("getModuleRequests", get_module_requests)
        .method("link", link)
        .method("instantiate", instantiate)
        .method("evaluate", evaluate)
        .method("evaluateSync", evaluate_sync)
        .method("setExport", set_export)
        .method("getNamespace", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(module) = this_module(scope, &args) else { return };
            if matches!(module.get_status(), v8::ModuleStatus::Uninstantiated | v8::ModuleStatus::Instantiating) {
                return throw_code(scope, Kind::Error, "ERR_MODULE_NOT_INSTANTIATED", "Module is not instantiated");
            }
            rv.set(module.get_module_namespace());
        })
        .method("getStatus", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(module) = this_module(scope, &args) else { return };
            rv.set_int32(module.get_status() as i32);
        })
        .method("getError", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(module) = this_module(scope, &args) else { return };
            if module.get_status() == v8::ModuleStatus::Errored {
                rv.set(module.get_exception());
            }
        })
        .method("isGraphAsync", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(module) = this_module(scope, &args) else { return };
            rv.set_bool(module.is_graph_async());
        })
        .method("setModuleSourceObject", |scope: &mut Scope, args: Args, _: Ret| {
            let (Some(wrap), Some(object)) = (native::this::<ModuleWrap>(scope, &args), arg_object(&args, 0)) else {
                return;
            };
            *wrap.source_object.borrow_mut() = v8::TracedReference::new(scope, object);
        })
        .method("getModuleSourceObject", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(wrap) = native::this::<ModuleWrap>(scope, &args) else { return };
            let object = wrap.source_object.borrow().get(scope);
            match object {
                Some(object) => rv.set(object.into()),
                None => throw_no_source(scope, args.this()),
            }
        })
        .method("createCachedData", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(module) = this_module(scope, &args) else { return };
            let data = module.get_unbound_module_script(scope).create_code_cache();
            let bytes = data.map(|data| data.to_vec()).unwrap_or_default();
            rv.set(super::buffer::new_buffer(scope, bytes));
        });
    Table::new("module_wrap")
        .class(class)
        .function("setImportModuleDynamicallyCallback", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::ImportDynamic, args.get(0));
        })
        .function("setInitializeImportMetaObjectCallback", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::ImportMeta, args.get(0));
        })
        .function("createRequiredModuleFacade", create_required_module_facade)
        .function("throwIfPromiseRejected", |scope: &mut Scope, args: Args, _: Ret| {
            let Ok(promise) = v8::Local::<v8::Promise>::try_from(args.get(0)) else { return };
            if promise.state() == v8::PromiseState::Rejected {
                let error = promise.result(scope);
                scope.throw_exception(error);
            }
        })
}

fn throw_no_source(scope: &mut Scope<'_, '_>, wrap: Object<'_>) {
    let url = get(scope, wrap, "url").to_rust_string_lossy(scope);
    let message = format!("Source phase import object is not defined for module '{url}'");
    let error = v8::Exception::syntax_error(scope, string(scope, &message));
    if let Ok(object) = Object::try_from(error) {
        set_string(scope, object, "code", "ERR_SOURCE_PHASE_NOT_DEFINED");
    }
    scope.throw_exception(error);
}

fn module_of<'s>(scope: &Scope<'s, '_>, wrap: Object<'_>) -> Option<v8::Local<'s, v8::Module>> {
    wrap.get_internal_field(scope, 0)?.try_into().ok()
}

fn this_module<'s>(scope: &mut Scope<'s, '_>, args: &Args<'_>) -> Option<v8::Local<'s, v8::Module>> {
    let this = args.this();
    module_of(scope, this)
}

/// The `ModuleWrap` object of a module.
fn wrap_of<'s>(scope: &Scope<'s, '_>, module: v8::Local<'_, v8::Module>) -> Option<Object<'s>> {
    let modules = realm(scope).state::<Modules>();
    let all = modules.0.borrow();
    let candidates = all.get(&module.get_identity_hash().get())?;
    candidates
        .iter()
        .filter_map(|weak| weak.to_local(scope))
        .find(|object| module_of(scope, *object).is_some_and(|other| other == module))
}

fn throw_caught<'s>(caught: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'s>>>, decorate: bool) {
    if decorate
        && !caught.has_terminated()
        && let Some(exception) = caught.exception()
    {
        let message = caught.message();
        errors::append_arrow(caught, exception, message);
    }
    caught.rethrow();
}

/// `new ModuleWrap(url, context, source, line, column[, hostDefinedOption | cachedData])`, or
/// `new ModuleWrap(url, context, exportNames, evaluationSteps)`
fn construct(scope: &mut Scope, args: Args, mut rv: Ret) {
    if !args.is_construct_call() {
        return throw_type(scope, "Class constructor ModuleWrap cannot be invoked without 'new'");
    }
    let this = args.this();
    let Ok(url) = v8::Local::<v8::String>::try_from(args.get(0)) else { return };
    let context = match arg_object(&args, 1).and_then(|object| contextify::context_of(scope, object)) {
        Some(context) => context,
        None => scope.get_current_context(),
    };
    let synthetic = v8::Local::<v8::Array>::try_from(args.get(2)).ok();
    let mut steps = v8::TracedReference::empty();
    let id: v8::Local<'_, v8::Symbol> = match args.get(5).try_into() {
        Ok(id) => id,
        Err(_) => v8::Symbol::new(scope, Some(url)),
    };
    let module = if let Some(names) = synthetic {
        let mut exports = Vec::new();
        for index in 0..names.length() {
            if let Some(name) = names.get_index(scope, index).and_then(|name| name.try_into().ok()) {
                exports.push(name);
            }
        }
        if let Some(function) = arg_function(&args, 3) {
            steps = v8::TracedReference::new(scope, function);
        }
        v8::Module::create_synthetic_module(scope, url, &exports, run_steps)
    } else {
        let Ok(code) = v8::Local::<v8::String>::try_from(args.get(2)) else { return };
        let options = v8::PrimitiveArray::new(scope, 1);
        options.set(scope, 0, id.into());
        let (line, column) = (arg_i32(scope, &args, 3), arg_i32(scope, &args, 4));
        let origin = v8::ScriptOrigin::new(
            scope,
            url.into(),
            line,
            column,
            true,
            -1,
            None,
            false,
            false,
            true,
            Some(options.into()),
        );
        let cached = Memory::of(scope, args.get(5)).map(|memory| memory.to_vec());
        let compiled = {
            let scope = &mut v8::ContextScope::new(scope, context);
            v8::tc_scope!(let caught, scope);
            let mut rejected = None;
            let module = match &cached {
                Some(bytes) => {
                    let mut source = Source::new_with_cached_data(code, Some(&origin), CachedData::new(bytes));
                    let options = CompileOptions::ConsumeCodeCache;
                    let module =
                        script_compiler::compile_module2(caught, &mut source, options, NoCacheReason::NoReason);
                    rejected = source.get_cached_data().map(CachedData::rejected);
                    module
                }
                None => {
                    let mut source = Source::new(code, Some(&origin));
                    script_compiler::compile_module(caught, &mut source)
                }
            };
            match module {
                Some(module) => Some((module, rejected)),
                None => {
                    throw_caught(caught, true);
                    None
                }
            }
        };
        let Some((module, rejected)) = compiled else { return };
        if rejected == Some(true) {
            let message = "cachedData buffer was rejected";
            return throw_code(scope, Kind::Error, "ERR_VM_MODULE_CACHED_DATA_REJECTED", message);
        }
        let script = module.get_unbound_module_script(scope);
        let source_map = script.get_source_mapping_url(scope);
        set(scope, this, "sourceMapURL", source_map);
        let source_url = script.get_source_url(scope);
        set(scope, this, "sourceURL", source_url);
        set(scope, this, "hasTopLevelAwait", boolean(scope, module.has_top_level_await()));
        module
    };
    let key = private(scope, HOST_DEFINED_OPTION);
    this.set_private(scope, key, id.into());
    set(scope, this, "url", url.into());
    if synthetic.is_some() {
        set(scope, this, "synthetic", boolean(scope, true));
    }
    let context_object = match arg_object(&args, 1) {
        Some(object) => object.into(),
        None => undefined(scope),
    };
    set(scope, this, "context", context_object);
    this.set_internal_field(0, module.into());
    let wrap = ModuleWrap {
        linked: RefCell::default(),
        steps: RefCell::new(steps),
        source_object: RefCell::new(v8::TracedReference::empty()),
        context: v8::TracedReference::new(scope, context),
    };
    native::wrap(scope, this, Rc::new(wrap));
    let modules = realm(scope).state::<Modules>();
    let weak = v8::Weak::new(scope, this);
    let hash = module.get_identity_hash().get();
    let mut all = modules.0.borrow_mut();
    let same = all.entry(hash).or_default();
    same.retain(|weak| !weak.is_empty());
    same.push(weak);
    rv.set(this.into());
}

/// Runs in the context a module belongs to.
fn context_of_wrap<'s>(scope: &mut Scope<'s, '_>, wrap: Object<'_>) -> v8::Local<'s, v8::Context> {
    let context = native::unwrap::<ModuleWrap>(scope, wrap.into()).and_then(|wrap| wrap.context.get(scope));
    context.unwrap_or_else(|| scope.get_current_context())
}

fn attributes<'s>(scope: &Scope<'s, '_>, list: v8::Local<'_, v8::FixedArray>, step: usize) -> Object<'s> {
    let object = dictionary(scope);
    let value = |index: usize| -> Option<Value<'s>> { list.get(scope, index)?.try_into().ok() };
    for index in (0..list.length()).step_by(step) {
        if let (Some(key), Some(value)) = (value(index), value(index + 1)) {
            set(scope, object, &key.to_rust_string_lossy(scope), value);
        }
    }
    object
}

fn phase_number(phase: v8::ModuleImportPhase) -> i32 {
    if phase == v8::ModuleImportPhase::kSource { SOURCE_PHASE } else { EVALUATION_PHASE }
}

fn get_module_requests(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(module) = this_module(scope, &args) else { return };
    let requests = module.get_module_requests();
    let mut all = Vec::new();
    for index in 0..requests.length() {
        let Some(request) = requests.get(scope, index) else { continue };
        let Ok(request) = v8::Local::<v8::ModuleRequest>::try_from(request) else { continue };
        let object = dictionary(scope);
        set(scope, object, "specifier", request.get_specifier().into());
        // Key, value and source offset each.
        let attributes = attributes(scope, request.get_import_attributes(), 3);
        attributes.set_integrity_level(scope, v8::IntegrityLevel::Frozen);
        set(scope, object, "attributes", attributes.into());
        set(scope, object, "phase", integer(scope, phase_number(request.get_phase())));
        object.set_integrity_level(scope, v8::IntegrityLevel::Frozen);
        all.push(object.into());
    }
    let list = v8::Array::new_with_elements(scope, &all);
    list.set_integrity_level(scope, v8::IntegrityLevel::Frozen);
    rv.set(list.into());
}

fn link(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(wrap) = native::this::<ModuleWrap>(scope, &args) else { return };
    let Some(module) = this_module(scope, &args) else { return };
    let Ok(modules) = v8::Local::<v8::Array>::try_from(args.get(0)) else { return };
    if modules.length() as usize != module.get_module_requests().length() {
        let message =
            format!("linking error, expected a valid module list for {}", module.get_module_requests().length());
        return throw_code(scope, Kind::Error, "ERR_VM_MODULE_LINK_FAILURE", &message);
    }
    let mut linked = Vec::new();
    for index in 0..modules.length() {
        let object = modules.get_index(scope, index).and_then(|value| Object::try_from(value).ok());
        let Some(object) = object.filter(|object| module_of(scope, *object).is_some()) else {
            let message = "linking error, dependency is not a module object";
            return throw_code(scope, Kind::Error, "ERR_VM_MODULE_LINK_FAILURE", message);
        };
        linked.push(v8::TracedReference::new(scope, object));
    }
    *wrap.linked.borrow_mut() = linked;
}

fn instantiate(scope: &mut Scope, args: Args, _rv: Ret) {
    let this = args.this();
    let Some(module) = this_module(scope, &args) else { return };
    let context = context_of_wrap(scope, this);
    {
        let scope = &mut v8::ContextScope::new(scope, context);
        v8::tc_scope!(let caught, scope);
        if module.instantiate_module2(caught, resolve, resolve_source).is_none() {
            return throw_caught(caught, true);
        }
    }
    set(scope, this, "hasAsyncGraph", boolean(scope, module.is_graph_async()));
}

fn linked_to<'s>(
    scope: &mut Scope<'s, '_>,
    specifier: v8::Local<'_, v8::String>,
    attributes: v8::Local<'_, v8::FixedArray>,
    referrer: v8::Local<'_, v8::Module>,
) -> Option<Object<'s>> {
    let object = wrap_of(scope, referrer)?;
    let wrap = native::unwrap::<ModuleWrap>(scope, object.into())?;
    let requests = referrer.get_module_requests();
    let linked = wrap.linked.borrow();
    let same_attributes = |scope: &Scope<'s, '_>, other: v8::Local<'_, v8::FixedArray>| {
        // Attributes here and there may be given with or without source offsets.
        let here = attributes_list(scope, attributes);
        here == attributes_list(scope, other)
    };
    for index in 0..requests.length() {
        let request: v8::Local<'_, v8::ModuleRequest> = requests.get(scope, index)?.try_into().ok()?;
        if request.get_specifier() == specifier && same_attributes(scope, request.get_import_attributes()) {
            return linked.get(index)?.get(scope);
        }
    }
    None
}

fn attributes_list(scope: &Scope<'_, '_>, list: v8::Local<'_, v8::FixedArray>) -> Vec<String> {
    let step = if list.length().is_multiple_of(3) { 3 } else { 2 };
    (0..list.length())
        .filter(|index| index % step < 2)
        .filter_map(|index| Value::try_from(list.get(scope, index)?).ok())
        .map(|value| value.to_rust_string_lossy(scope))
        .collect()
}

fn resolve<'s>(
    context: v8::Local<'s, v8::Context>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
    referrer: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Module>> {
    v8::callback_scope!(unsafe scope, context);
    let found = linked_to(scope, specifier, attributes, referrer).and_then(|object| module_of(scope, object));
    if found.is_none() {
        let message = format!("request for '{}' is not yet fulfilled", specifier.to_rust_string_lossy(scope));
        throw_code(scope, Kind::Error, "ERR_VM_MODULE_LINK_FAILURE", &message);
    }
    // SAFETY: V8 takes the handle over before the scope of the callback ends with it.
    found.map(|module| unsafe { module.extend_lifetime_unchecked() })
}

fn resolve_source<'s>(
    context: v8::Local<'s, v8::Context>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
    referrer: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Object>> {
    v8::callback_scope!(unsafe scope, context);
    let object = linked_to(scope, specifier, attributes, referrer)?;
    let wrap = native::unwrap::<ModuleWrap>(scope, object.into())?;
    let source = wrap.source_object.borrow().get(scope);
    if source.is_none() {
        throw_no_source(scope, object);
    }
    // SAFETY: as in `resolve`.
    source.map(|source| unsafe { source.extend_lifetime_unchecked() })
}

fn run_steps<'s>(
    context: v8::Local<'s, v8::Context>,
    module: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Value>> {
    v8::callback_scope!(unsafe scope, context);
    let object = wrap_of(scope, module)?;
    let wrap = native::unwrap::<ModuleWrap>(scope, object.into())?;
    let steps = wrap.steps.borrow().get(scope);
    if let Some(steps) = steps {
        steps.call(scope, object.into(), &[])?;
    }
    let resolver = v8::PromiseResolver::new(scope)?;
    let value = undefined(scope);
    resolver.resolve(scope, value);
    let promise: Value<'_> = resolver.get_promise(scope).into();
    // SAFETY: as in `resolve`.
    Some(unsafe { promise.extend_lifetime_unchecked() })
}

/// `evaluate(timeout, breakOnSigint)`
fn evaluate(scope: &mut Scope, args: Args, mut rv: Ret) {
    let this = args.this();
    let Some(module) = this_module(scope, &args) else { return };
    let context = context_of_wrap(scope, this);
    let timeout = arg_i64(scope, &args, 0, -1);
    let scope = &mut v8::ContextScope::new(scope, context);
    let result = contextify::with_timeout(scope, timeout, |scope| module.evaluate(scope));
    if let Some(promise) = result {
        rv.set(promise);
    }
}

/// `evaluateSync(filename, parentFilename)`: the namespace; throws what the module threw.
fn evaluate_sync(scope: &mut Scope, args: Args, mut rv: Ret) {
    let this = args.this();
    let Some(module) = this_module(scope, &args) else { return };
    let context = context_of_wrap(scope, this);
    let result = {
        let scope = &mut v8::ContextScope::new(scope, context);
        module.evaluate(scope)
    };
    let Some(result) = result else { return };
    if module.is_graph_async() {
        if let Ok(promise) = v8::Local::<v8::Promise>::try_from(result) {
            promise.mark_as_handled();
        }
        let name = |index: i32| {
            let value = args.get(index);
            value.is_string().then(|| value.to_rust_string_lossy(scope))
        };
        let mut message =
            "require() cannot be used on an ESM graph with top-level await. Use import() instead. To see \
                           where the top-level await comes from, use --experimental-print-required-tla."
                .to_owned();
        if let Some(parent) = name(1) {
            message.push_str(&format!("\n  From {parent} "));
        }
        if let Some(file) = name(0) {
            message.push_str(&format!("\n  Requiring {file} "));
        }
        return throw_code(scope, Kind::Error, "ERR_REQUIRE_ASYNC_MODULE", &message);
    }
    if let Ok(promise) = v8::Local::<v8::Promise>::try_from(result)
        && promise.state() == v8::PromiseState::Rejected
    {
        promise.mark_as_handled();
        let error = promise.result(scope);
        let message = v8::Exception::create_message(scope, error);
        errors::append_arrow(scope, error, Some(message));
        scope.throw_exception(error);
        return;
    }
    rv.set(module.get_module_namespace());
}

fn set_export<'s>(scope: &mut Scope<'s, '_>, args: Args<'s>, _rv: Ret) {
    let Some(module) = this_module(scope, &args) else { return };
    let Ok(key) = v8::Local::<v8::String>::try_from(args.get(0)) else { return };
    let value = args.get(1);
    let _ = module.set_synthetic_module_export(scope, key, value);
}

const FACADE: &str = "export * from 'original'; export { default } from 'original'; export const __esModule = true;";

/// A namespace that looks like the module's, with `__esModule` added: what `require` of an ES module gives to transpiled code.
fn create_required_module_facade(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(wrap) = arg_object(&args, 0) else { return };
    let Some(original) = module_of(scope, wrap) else { return };
    let code = string(scope, FACADE);
    let file = string(scope, "node:internal/require_module_default_facade");
    let origin = v8::ScriptOrigin::new(scope, file.into(), 0, 0, true, -1, None, false, false, true, None);
    let mut source = Source::new(code, Some(&origin));
    let Some(facade) = script_compiler::compile_module(scope, &mut source) else { return };
    let state = realm(scope).state::<Facade>();
    *state.0.borrow_mut() = Some(keep(scope, original));
    let done = facade.instantiate_module(scope, resolve_facade);
    state.0.borrow_mut().take();
    if done.is_none() || facade.evaluate(scope).is_none() {
        return;
    }
    rv.set(facade.get_module_namespace());
}

/// The module a facade is being made for.
#[derive(Default)]
struct Facade(RefCell<Option<v8::Global<v8::Module>>>);

fn resolve_facade<'s>(
    context: v8::Local<'s, v8::Context>,
    _specifier: v8::Local<'s, v8::String>,
    _attributes: v8::Local<'s, v8::FixedArray>,
    _referrer: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Module>> {
    v8::callback_scope!(unsafe scope, context);
    let state = realm(scope).state::<Facade>();
    let module = state.0.borrow().as_ref().map(|module| v8::Local::new(scope, module));
    // SAFETY: as in `resolve`.
    module.map(|module| unsafe { module.extend_lifetime_unchecked() })
}

/// `import()`
pub(crate) fn import_dynamically<'s>(
    scope: &mut Scope<'s, '_>,
    options: v8::Local<'s, v8::Data>,
    referrer: Value<'s>,
    specifier: v8::Local<'s, v8::String>,
    list: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    import(scope, options, referrer, specifier, EVALUATION_PHASE, list)
}

/// `import.source()`
pub(crate) fn import_with_phase<'s>(
    scope: &mut Scope<'s, '_>,
    options: v8::Local<'s, v8::Data>,
    referrer: Value<'s>,
    specifier: v8::Local<'s, v8::String>,
    phase: v8::ModuleImportPhase,
    list: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    import(scope, options, referrer, specifier, phase_number(phase), list)
}

fn import<'s>(
    scope: &mut Scope<'s, '_>,
    options: v8::Local<'s, v8::Data>,
    referrer: Value<'s>,
    specifier: v8::Local<'s, v8::String>,
    phase: i32,
    list: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    let function = realm(scope).function(scope, Kept::ImportDynamic)?;
    // SAFETY: host-defined options are always the primitive array given at compilation, or an empty one.
    let options = unsafe { v8::Local::<v8::PrimitiveArray>::cast_unchecked(options) };
    let id: Value<'s> = if options.length() > 0 {
        options.get(scope, 0).into()
    } else {
        let context = scope.get_current_context();
        let global = context.global(scope);
        let key = private(scope, HOST_DEFINED_OPTION);
        global
            .get_private(scope, key)
            .filter(|id| id.is_symbol())
            .unwrap_or_else(|| symbol(scope, "vm_dynamic_import_missing_flag").into())
    };
    let attributes = attributes(scope, list, 2);
    let this = undefined(scope);
    let phase = integer(scope, phase);
    v8::tc_scope!(let caught, scope);
    match function.call(caught, this, &[id, specifier.into(), phase, attributes.into(), referrer]) {
        Some(result) => {
            if let Ok(promise) = v8::Local::<v8::Promise>::try_from(result) {
                return Some(promise);
            }
            let resolver = v8::PromiseResolver::new(caught)?;
            resolver.resolve(caught, result);
            Some(resolver.get_promise(caught))
        }
        None if caught.has_terminated() => None,
        None => {
            // `import()` never throws at once.
            let error = caught.exception()?;
            caught.reset();
            let resolver = v8::PromiseResolver::new(caught)?;
            resolver.reject(caught, error);
            Some(resolver.get_promise(caught))
        }
    }
}

/// `import.meta`
pub(crate) unsafe extern "C" fn import_meta(
    context: v8::Local<'_, v8::Context>,
    module: v8::Local<'_, v8::Module>,
    meta: Object<'_>,
) {
    v8::callback_scope!(unsafe scope, context);
    let Some(function) = realm(scope).function(scope, Kept::ImportMeta) else { return };
    let Some(wrap) = wrap_of(scope, module) else { return };
    let key = private(scope, HOST_DEFINED_OPTION);
    let Some(id) = wrap.get_private(scope, key) else { return };
    let this = undefined(scope);
    let meta = v8::Local::new(scope, meta);
    v8::tc_scope!(let caught, scope);
    if function.call(caught, this, &[id, meta.into(), wrap.into()]).is_none() {
        caught.reset();
    }
}

fn entry_point<'s>(scope: &mut Scope<'s, '_>, key: &str) -> Option<Value<'s>> {
    let context = realm(scope).context(scope);
    let global = context.global(scope);
    let key = private(scope, key);
    global.get_private(scope, key).filter(|value| !value.is_undefined())
}

/// Whether the main module waits for something that can no longer come.
pub(crate) fn unsettled_top_level_await(scope: &mut Scope<'_, '_>) -> bool {
    let promise = entry_point(scope, "node:entry_point_promise");
    let promise = promise.and_then(|promise| v8::Local::<v8::Promise>::try_from(promise).ok());
    promise.is_some_and(|promise| promise.state() == v8::PromiseState::Pending)
}

/// Tells where it waits.
pub(crate) fn report_unsettled(scope: &mut Scope<'_, '_>) {
    let Some(wrap) = entry_point(scope, "node:entry_point_module").and_then(|wrap| Object::try_from(wrap).ok()) else {
        return;
    };
    let Some(module) = module_of(scope, wrap) else { return };
    if !module.is_graph_async() {
        return;
    }
    for (_, message) in module.get_stalled_top_level_await_message(scope) {
        let source = errors::source_line(scope, message).unwrap_or_default();
        errors::write_stderr(scope, &format!("Warning: Detected unsettled top-level await at {source}\n\n"));
    }
}

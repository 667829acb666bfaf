//! `process_methods`: what `process` asks of the system, and `process` itself.

use std::cell::Cell;

use crate::bindings::env::Environment;
use crate::errors::{self, Failure};
use crate::program::Ending;
use crate::realm::{Kept, realm};
use crate::sys::KillTarget;
use crate::table::Table;
use crate::value::*;

struct Times(Cell<Shared<u32>>);

impl Default for Times {
    fn default() -> Self {
        Self(Cell::new(Shared::none()))
    }
}

pub(super) fn table() -> Table {
    Table::new("process_methods")
        .function("_rawDebug", |scope: &mut Scope, args: Args, _: Ret| {
            let text = format!("{}\n", arg_string(scope, &args, 0));
            errors::write_stderr(scope, &text);
        })
        .function("setEmitWarningSync", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::EmitWarningSync, args.get(0));
        })
        .function("patchProcessObject", patch_process_object)
        .function("hrtime", |scope: &mut Scope, _: Args, _: Ret| {
            let realm = realm(scope);
            let now = realm.sys().monotonic();
            let seconds = now / 1_000_000_000;
            let times = realm.state::<Times>().0.get();
            times.set(0, (seconds >> 32) as u32);
            times.set(1, seconds as u32);
            times.set(2, (now % 1_000_000_000) as u32);
        })
        .function("hrtimeBigInt", |scope: &mut Scope, _: Args, _: Ret| {
            let realm = realm(scope);
            let now = realm.sys().monotonic();
            let times = realm.state::<Times>().0.get();
            times.set(0, now as u32);
            times.set(1, (now >> 32) as u32);
        })
        .function("uptime", |scope: &mut Scope, _: Args, mut rv: Ret| {
            rv.set_double(realm(scope).elapsed() as f64 / 1e9);
        })
        .function("cwd", |scope: &mut Scope, _: Args, mut rv: Ret| match realm(scope).sys().getcwd() {
            Ok(path) => {
                if let Some(path) = string_of_bytes(scope, &path) {
                    rv.set(path.into());
                }
            }
            Err(errno) => {
                let failure = Failure::new(errno, "uv_cwd");
                let error = failure.to_error(scope);
                if let Ok(object) = Object::try_from(error) {
                    let message = format!(
                        "{}: process.cwd failed with error {}, the current working directory was likely removed \
                             without changing the working directory, uv_cwd",
                        errno.name(),
                        errno.text()
                    );
                    set_string(scope, object, "message", &message);
                }
                scope.throw_exception(error);
            }
        })
        .function("chdir", |scope: &mut Scope, args: Args, _: Ret| {
            let path = arg_bytes(scope, &args, 0);
            let realm = realm(scope);
            let from = realm.sys().getcwd().unwrap_or_default();
            if let Err(errno) = realm.sys().chdir(&path) {
                let mut failure = Failure::new(errno, "chdir").path(&from);
                failure.dest = Some(path);
                failure.throw(scope);
            }
        })
        .function("umask", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let realm = realm(scope);
            let old = if args.get(0).is_undefined() {
                let old = realm.sys().umask(0);
                if let Ok(old) = old {
                    let _ = realm.sys().umask(old);
                }
                old
            } else {
                let mask = arg_u32(scope, &args, 0);
                realm.sys().umask(mask & 0o777)
            };
            rv.set_uint32(old.unwrap_or(0));
        })
        .function("memoryUsage", |scope: &mut Scope, args: Args, _: Ret| {
            let memory = memory_usage(scope);
            fill(scope, &args, &memory);
        })
        .function("rss", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let memory = memory_usage(scope);
            rv.set_double(memory[0]);
        })
        .function("constrainedMemory", |scope: &mut Scope, _: Args, mut rv: Ret| {
            rv.set_double(scope.get_heap_statistics().heap_size_limit() as f64);
        })
        .function("availableMemory", |scope: &mut Scope, _: Args, mut rv: Ret| {
            rv.set_double(scope.get_heap_statistics().total_available_size() as f64);
        })
        .function("cpuUsage", |scope: &mut Scope, args: Args, _: Ret| {
            let usage = realm(scope).sys().usage();
            fill(scope, &args, &[(usage.user / 1000) as f64, (usage.system / 1000) as f64]);
        })
        .function("threadCpuUsage", |scope: &mut Scope, args: Args, _: Ret| {
            let usage = realm(scope).sys().usage();
            fill(scope, &args, &[(usage.user / 1000) as f64, (usage.system / 1000) as f64]);
        })
        .function("resourceUsage", |scope: &mut Scope, args: Args, _: Ret| {
            let usage = realm(scope).sys().usage();
            let mut values = [0.0; 16];
            values[0] = (usage.user / 1000) as f64;
            values[1] = (usage.system / 1000) as f64;
            values[2] = (usage.max_memory / 1024) as f64;
            fill(scope, &args, &values);
        })
        .function("_kill", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let pid = arg_i32(scope, &args, 0);
            let signal = arg_i32(scope, &args, 1);
            let target = match pid {
                0 => KillTarget::OwnGroup,
                -1 => KillTarget::All,
                pid if pid < 0 => KillTarget::Group(pid.unsigned_abs()),
                pid => KillTarget::Process(pid.unsigned_abs()),
            };
            let Ok(signal) = u8::try_from(signal) else { return rv.set_int32(crate::Errno::INVAL.code()) };
            let realm = realm(scope);
            let result = realm.sys().kill(target, signal);
            if realm.sys().is_gone() {
                realm.end(scope, Ending::Gone);
            }
            rv.set_int32(result.map_or_else(crate::Errno::code, |()| 0));
        })
        .function("reallyExit", |scope: &mut Scope, args: Args, _: Ret| {
            let code = arg_i32(scope, &args, 0);
            realm(scope).end(scope, Ending::Exit(code));
        })
        .function("abort", |scope: &mut Scope, _: Args, _: Ret| {
            realm(scope).end(scope, Ending::Signal(6, "process.abort()".to_owned()));
        })
        .function("causeSegfault", |scope: &mut Scope, _: Args, _: Ret| {
            realm(scope).end(scope, Ending::Signal(11, "process.causeSegfault()".to_owned()));
        })
        .function("execve", execve)
        .function("_getActiveRequests", empty_array)
        .function("_getActiveHandles", super::handle::active_handles)
        .function("getActiveResourcesInfo", super::handle::active_resources)
        .function("dlopen", |scope: &mut Scope, _: Args, _: Ret| {
            let message = "Native addons cannot be loaded: this runtime runs no machine code of its guests";
            throw_code(scope, Kind::Error, "ERR_DLOPEN_FAILED", message);
        })
        .function("loadEnvFile", load_env_file)
        .no_ops(&["_debugProcess", "_debugEnd", "resetStdioForTesting"])
        .restore(|scope, object| realm(scope).state::<Times>().0.set(Shared::of(scope, object, "hrtimeBuffer")))
}

/// Has `process.emitWarning` called with a text.
pub(super) fn emit_warning(scope: &mut Scope<'_, '_>, text: &str) {
    let process = realm(scope).process(scope);
    let Some(warn) = get_function(scope, process, "emitWarning") else { return };
    let text = string(scope, text).into();
    let _ = warn.call(scope, process.into(), &[text]);
}

/// The `process` object, before Node's library fills it.
pub(crate) fn create<'s>(scope: &mut Scope<'s, '_>) -> Option<Object<'s>> {
    let realm = realm(scope);
    let binding = realm.binding(scope, "process_methods")?;
    let template = v8::FunctionTemplate::builder_raw(crate::table::shared_callbacks().no_op).build(scope);
    template.set_class_name(name(scope, "process"));
    let process = template.get_function(scope)?.new_instance(scope, &[])?;
    let fields = {
        let buffer = v8::ArrayBuffer::new(scope, 3 * size_of::<i32>());
        v8::Int32Array::new(scope, buffer, 0, 3)?
    };
    let key = private(scope, "node:exit_info_private_symbol");
    process.set_private(scope, key, fields.into());
    let data = realm.bundle.data("process");
    let define = |scope: &mut Scope<'s, '_>, object: Object<'s>, key: &str, value: Value<'s>| {
        let key = name(scope, key);
        object.define_own_property(scope, key.into(), value, v8::PropertyAttribute::READ_ONLY);
    };
    let version = string(scope, data["version"].as_str().unwrap_or_default());
    define(scope, process, "version", version.into());
    let versions = v8::Object::new(scope);
    for (key, value) in data["versions"].as_object().into_iter().flatten() {
        let value = if key == "v8" { v8::V8::get_version() } else { value.as_str().unwrap_or_default() };
        let value = string(scope, value);
        define(scope, versions, key, value.into());
    }
    define(scope, process, "versions", versions.into());
    let arch = string(scope, if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" });
    define(scope, process, "arch", arch.into());
    let platform = string(scope, "linux");
    define(scope, process, "platform", platform.into());
    let release = v8::Object::new(scope);
    for (key, value) in data["release"].as_object().into_iter().flatten() {
        let value = string(scope, value.as_str().unwrap_or_default());
        define(scope, release, key, value.into());
    }
    define(scope, process, "release", release.into());
    let debug = get(scope, binding, "_rawDebug");
    set(scope, process, "_rawDebug", debug);
    Some(process)
}

fn patch_process_object(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(process) = arg_object(&args, 0) else { return };
    let realm = realm(scope);
    let program = &realm.program;
    let mut argv = vec![program.arguments.first().map_or("node", String::as_str)];
    argv.extend(program.rest.iter().map(String::as_str));
    set(scope, process, "argv", strings(scope, &argv));
    set(scope, process, "execArgv", strings(scope, &program.exec_arguments));
    set_string(scope, process, "execPath", &program.path);
    set_number(scope, process, "debugPort", 9229.0);
    let ids = realm.sys().ids();
    set_number(scope, process, "pid", f64::from(ids.pid));
    set_number(scope, process, "ppid", f64::from(ids.parent));
    if realm.program.worker.is_none() {
        let getter = title_function(scope, get_title);
        let setter = title_function(scope, set_title);
        if let (Some(getter), Some(setter)) = (getter, setter) {
            let mut descriptor = v8::PropertyDescriptor::new_from_get_set(getter.into(), setter.into());
            descriptor.set_enumerable(true);
            descriptor.set_configurable(false);
            let key = name(scope, "title");
            process.define_property(scope, key.into(), &descriptor);
        }
    } else {
        set_string(scope, process, "title", "node");
    }
}

fn title_function<'s>(
    scope: &mut Scope<'s, '_>,
    callback: impl v8::MapFnTo<v8::FunctionCallback>,
) -> Option<Function<'s>> {
    v8::Function::new(scope, callback)
}

/// `process.title`.
#[derive(Default)]
struct Title(std::cell::RefCell<Option<String>>);

fn get_title(scope: &mut Scope, _args: Args, mut rv: Ret) {
    let realm = realm(scope);
    let title = realm.state::<Title>().0.borrow().clone();
    let title = title.or_else(|| realm.program.options.text("--title").map(str::to_owned));
    let title = title.unwrap_or_else(|| realm.program.arguments.first().cloned().unwrap_or_else(|| "node".to_owned()));
    rv.set(string(scope, &title).into());
}

fn set_title(scope: &mut Scope, args: Args, _rv: Ret) {
    let title = arg_string(scope, &args, 0);
    let realm = realm(scope);
    realm.sys().set_title(title.as_bytes());
    *realm.state::<Title>().0.borrow_mut() = Some(title);
}

fn fill(scope: &Scope<'_, '_>, args: &Args<'_>, values: &[f64]) {
    let Some(memory) = Memory::of(scope, args.get(0)) else { return };
    for (slot, value) in memory.bytes_mut().chunks_exact_mut(8).zip(values) {
        slot.copy_from_slice(&value.to_ne_bytes());
    }
}

/// rss, heapTotal, heapUsed, external, arrayBuffers.
fn memory_usage(scope: &mut Scope<'_, '_>) -> [f64; 5] {
    let heap = scope.get_heap_statistics();
    let (total, used, external) = (heap.total_heap_size(), heap.used_heap_size(), heap.external_memory());
    let rss = heap.total_physical_size() + heap.malloced_memory() + external;
    [rss as f64, total as f64, used as f64, external as f64, external as f64]
}

fn empty_array(scope: &mut Scope, _args: Args, mut rv: Ret) {
    rv.set(array(scope, &[]));
}

fn execve(scope: &mut Scope, args: Args, _rv: Ret) {
    let list = |scope: &Scope<'_, '_>, value: Value<'_>| -> Vec<Vec<u8>> {
        let Ok(array) = v8::Local::<v8::Array>::try_from(value) else { return Vec::new() };
        (0..array.length())
            .filter_map(|index| array.get_index(scope, index))
            .map(|item| bytes_of(scope, item))
            .collect()
    };
    let path = arg_bytes(scope, &args, 0);
    let arguments = list(scope, args.get(1));
    let environment = list(scope, args.get(2));
    let realm = realm(scope);
    let errno = realm.sys().exec(&path, &arguments, &environment);
    if realm.sys().is_gone() {
        realm.end(scope, Ending::Gone);
        return;
    }
    Failure::new(errno, "execve").path(&path).throw(scope);
}

fn load_env_file(scope: &mut Scope, args: Args, _rv: Ret) {
    let path = if args.get(0).is_undefined() { b".env".to_vec() } else { arg_bytes(scope, &args, 0) };
    let realm = realm(scope);
    match super::fs::read_whole(realm.sys(), &path) {
        Ok(text) => {
            let environment = realm.state::<Environment>();
            for (key, value) in super::dotenv::parse(&String::from_utf8_lossy(&text)) {
                if environment.get(&key).is_none() {
                    environment.set(&key, value);
                }
            }
        }
        Err(errno) => Failure::new(errno, "open").path(&path).throw(scope),
    }
}

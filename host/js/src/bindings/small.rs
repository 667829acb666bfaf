//! Bindings of a few lines each.

use crate::realm::{Kept, realm};
use crate::table::Table;
use crate::value::*;

pub(super) fn async_context_frame() -> Table {
    Table::new("async_context_frame")
        .function("getContinuationPreservedEmbedderData", |scope: &mut Scope, _: Args, mut rv: Ret| {
            rv.set(scope.get_continuation_preserved_embedder_data());
        })
        .function("setContinuationPreservedEmbedderData", |scope: &mut Scope, args: Args, _: Ret| {
            scope.set_continuation_preserved_embedder_data(args.get(0));
        })
}

pub(super) fn diagnostics_channel() -> Table {
    Table::new("diagnostics_channel").no_ops(&["linkNativeChannel"])
}

pub(super) fn trace_events() -> Table {
    Table::new("trace_events")
        .no_ops(&["trace", "getEnabledCategories"])
        .function("setTraceCategoryStateUpdateHandler", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::TraceCategoryUpdate, args.get(0));
        })
        .function("isTraceCategoryEnabled", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(false))
        .function("getCategoryEnabledBuffer", |scope: &mut Scope, _: Args, mut rv: Ret| {
            rv.set(uint8_array(scope, vec![0]).into());
        })
}

pub(super) fn wasm_web_api() -> Table {
    Table::new("wasm_web_api").function("setImplementation", |scope: &mut Scope, args: Args, _: Ret| {
        realm(scope).keep(scope, Kept::WasmStreaming, args.get(0));
    })
}

pub(super) fn mksnapshot() -> Table {
    Table::new("mksnapshot")
        .no_ops(&["setSerializeCallback", "setDeserializeCallback", "setDeserializeMainFunction", "runEmbedderPreload"])
        .init(|scope, object| {
            let building = realm(scope).purpose == crate::realm::Purpose::Snapshot;
            Shared::<u8>::of(scope, object, "isBuildingSnapshotBuffer").set(0, u8::from(building));
        })
        .restore(|scope, object| {
            let building = realm(scope).purpose == crate::realm::Purpose::Snapshot;
            Shared::<u8>::of(scope, object, "isBuildingSnapshotBuffer").set(0, u8::from(building));
        })
}

pub(super) fn config() -> Table {
    Table::new("config")
        .function("getDefaultLocale", |scope: &mut Scope, _: Args, mut rv: Ret| {
            rv.set(string(scope, "en-US").into());
        })
        .init(|scope, object| {
            // No debugger may be attached to a guest; tracing would write to the host.
            set(scope, object, "hasInspector", boolean(scope, false));
            set(scope, object, "hasTracing", boolean(scope, false));
        })
}

pub(super) fn credentials() -> Table {
    Table::new("credentials")
        .function("safeGetenv", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let key = arg_string(scope, &args, 0);
            if let Some(value) = realm(scope).state::<super::env::Environment>().get(&key) {
                rv.set(string(scope, &value).into());
            }
        })
        .function("getTempDir", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let environment = realm(scope).state::<super::env::Environment>();
            let directory = ["TMPDIR", "TMP", "TEMP"].iter().find_map(|key| environment.get(key));
            let directory = directory.unwrap_or_else(|| "/tmp".to_owned());
            let trimmed = if directory.len() > 1 { directory.trim_end_matches('/') } else { &directory };
            rv.set(string(scope, trimmed).into());
        })
        .function("getuid", |scope: &mut Scope, _: Args, mut rv: Ret| rv.set_uint32(realm(scope).sys().ids().uid))
        .function("geteuid", |scope: &mut Scope, _: Args, mut rv: Ret| rv.set_uint32(realm(scope).sys().ids().euid))
        .function("getgid", |scope: &mut Scope, _: Args, mut rv: Ret| rv.set_uint32(realm(scope).sys().ids().gid))
        .function("getegid", |scope: &mut Scope, _: Args, mut rv: Ret| rv.set_uint32(realm(scope).sys().ids().egid))
        .function("getgroups", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let group = number(scope, f64::from(realm(scope).sys().ids().egid));
            rv.set(array(scope, &[group]));
        })
        .function("setuid", |scope: &mut Scope, args: Args, rv: Ret| {
            set_ids(scope, &args, rv, "setuid", [true, true, false, false])
        })
        .function("seteuid", |scope: &mut Scope, args: Args, rv: Ret| {
            set_ids(scope, &args, rv, "seteuid", [false, true, false, false])
        })
        .function("setgid", |scope: &mut Scope, args: Args, rv: Ret| {
            set_ids(scope, &args, rv, "setgid", [false, false, true, true])
        })
        .function("setegid", |scope: &mut Scope, args: Args, rv: Ret| {
            set_ids(scope, &args, rv, "setegid", [false, false, false, true])
        })
}

/// 1: no such user; otherwise undefined or an exception.
fn set_ids(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>, syscall: &'static str, which: [bool; 4]) {
    if !args.get(0).is_number() {
        // Names would come from /etc/passwd; only root is known without it.
        if arg_string(scope, args, 0) != "root" {
            return rv.set_int32(1);
        }
    }
    let id = arg_u32(scope, args, 0);
    let [uid, euid, gid, egid] = which.map(|set| set.then_some(id));
    if let Err(errno) = realm(scope).sys().set_ids(uid, euid, gid, egid) {
        crate::errors::Failure::new(errno, syscall).throw(scope);
        return;
    }
    rv.set_int32(0);
}

pub(super) fn permission() -> Table {
    Table::new("permission").function("has", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(true))
}

pub(super) fn report() -> Table {
    let no = |_: &mut Scope<'_, '_>, _: Args<'_>, mut rv: Ret<'_>| rv.set_bool(false);
    Table::new("report")
        .function("shouldReportOnUncaughtException", no)
        .function("shouldReportOnFatalError", no)
        .function("shouldReportOnSignal", no)
        .no_ops(&["setReportOnUncaughtException", "setReportOnFatalError", "setReportOnSignal"])
}

pub(super) fn sea() -> Table {
    let no = |_: &mut Scope<'_, '_>, _: Args<'_>, mut rv: Ret<'_>| rv.set_bool(false);
    Table::new("sea").function("isSea", no).function("isExperimentalSeaWarningNeeded", no)
}

pub(super) fn inspector() -> Table {
    Table::new("inspector")
        .no_ops(&["setConsoleExtensionInstaller", "registerAsyncHook", "asyncTaskScheduled", "asyncTaskCanceled"])
        .function("isEnabled", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(false))
}

pub(super) fn uv() -> Table {
    Table::new("uv")
        .function("errname", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let number = arg_i32(scope, &args, 0);
            rv.set(string(scope, &crate::Errno(-number).name()).into());
        })
        .function("getErrorMap", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let map = v8::Map::new(scope);
            let errors = realm(scope).bundle.data("errors");
            for entry in errors.as_array().into_iter().flatten() {
                let key = number(scope, entry[0].as_f64().unwrap_or(0.0));
                let text = [entry[1].as_str().unwrap_or_default(), entry[2].as_str().unwrap_or_default()];
                let value = strings(scope, &text);
                map.set(scope, key, value);
            }
            rv.set(map.into());
        })
        .function("getErrorMessage", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let number = arg_i32(scope, &args, 0);
            rv.set(string(scope, &crate::Errno(-number).text()).into());
        })
}

pub(super) fn permission_free_symbols() -> Table {
    Table::new("symbols").init(|scope, object| {
        let symbols = realm(scope).object(scope, Kept::Symbols);
        let described = realm(scope).bundle.binding("symbols").unwrap_or_default();
        for key in described.as_object().into_iter().flatten().map(|(key, _)| key) {
            let symbol = get(scope, symbols, key);
            set(scope, object, key, symbol);
        }
    })
}

pub(super) fn internal_only_v8() -> Table {
    Table::new("internal_only_v8").function("queryObjects", |scope: &mut Scope, _: Args, _: Ret| {
        let message = "v8.queryObjects() is not available in this runtime";
        throw_code(scope, Kind::Error, "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", message);
    })
}

pub(super) fn heap_utils() -> Table {
    Table::new("heap_utils")
}

pub(super) fn icu() -> Table {
    Table::new("icu")
        .function("getStringWidth", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let text = arg_string(scope, &args, 0);
            rv.set_double(text.chars().map(super::width::of).sum::<usize>() as f64);
        })
        .function("icuErrName", |scope: &mut Scope, _: Args, mut rv: Ret| {
            rv.set(string(scope, "U_ILLEGAL_ARGUMENT_ERROR").into())
        })
        .function("hasConverter", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(false))
        .function("transcode", |scope: &mut Scope, args: Args, mut rv: Ret| {
            use crate::bindings::encodings::{self, Encoding};
            let bytes = bytes_of(scope, args.get(0));
            let from = Encoding::parse(scope, args.get(1), Encoding::Utf8);
            let to = Encoding::parse(scope, args.get(2), Encoding::Utf8);
            let Some(text) = encodings::decode(scope, &bytes, from) else { return };
            let text_units = text.to_rust_string_lossy(scope);
            let bytes = match to {
                // What the narrow encodings cannot say becomes a question mark.
                Encoding::Latin1 => text_units.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
                Encoding::Ascii => text_units.chars().map(|c| if c.is_ascii() { c as u8 } else { b'?' }).collect(),
                other => encodings::encode(scope, text, other),
            };
            rv.set(super::buffer::new_buffer(scope, bytes));
        })
}

pub(super) fn performance() -> Table {
    Table::new("performance")
        .function("now", |scope: &mut Scope, _: Args, mut rv: Ret| rv.set_double(realm(scope).elapsed() as f64 / 1e6))
        .function("loopIdleTime", |scope: &mut Scope, _: Args, mut rv: Ret| {
            rv.set_double(realm(scope).event_loop.idle_time() as f64 / 1e6);
        })
        .function("setupObservers", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::PerformanceObserver, args.get(0));
        })
        .function("markBootstrapComplete", |scope: &mut Scope, _: Args, _: Ret| {
            let realm = realm(scope);
            let Some(binding) = realm.binding(scope, "performance") else { return };
            let milestones = Shared::<f64>::of(scope, binding, "milestones");
            // timeOrigin and its time stamp, environment, nodeStart, v8Start, loopStart, loopExit, bootstrapComplete.
            let now = realm.sys().monotonic() as f64;
            milestones.set(7.min(milestones.len() - 1), now);
        })
        .no_ops(&["installGarbageCollectionTracking", "removeGarbageCollectionTracking", "notify"])
        .restore(|scope, object| {
            let realm = realm(scope);
            let milestones = Shared::<f64>::of(scope, object, "milestones");
            if realm.purpose == crate::realm::Purpose::Snapshot || milestones.is_none() {
                return;
            }
            let origin = realm.origin as f64;
            for index in 0..milestones.len() {
                milestones.set(index, origin);
            }
            // The wall clock at the origin, in microseconds.
            milestones.set(
                0,
                realm.process.began(|| {
                    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                    since_epoch.map_or(0.0, |time| time.as_micros() as f64) - realm.elapsed() as f64 / 1e3
                }),
            );
            milestones.set(1, origin);
        })
}

pub(super) fn v8_binding() -> Table {
    Table::new("v8")
        .function("cachedDataVersionTag", |_: &mut Scope, _: Args, mut rv: Ret| {
            rv.set_uint32(v8::script_compiler::cached_data_version_tag());
        })
        .function("isStringOneByteRepresentation", |_: &mut Scope, args: Args, mut rv: Ret| {
            let text = v8::Local::<v8::String>::try_from(args.get(0));
            rv.set_bool(text.is_ok_and(|text| text.is_onebyte()));
        })
        .no_ops(&["setHeapSnapshotNearHeapLimit", "setFlagsFromString"])
        .function("updateHeapStatisticsBuffer", |scope: &mut Scope, _: Args, _: Ret| {
            let Some(binding) = realm(scope).binding(scope, "v8") else { return };
            let buffer = Shared::<f64>::of(scope, binding, "heapStatisticsBuffer");
            let heap = scope.get_heap_statistics();
            let values = [
                heap.total_heap_size(),
                heap.total_heap_size_executable(),
                heap.total_physical_size(),
                heap.total_available_size(),
                heap.used_heap_size(),
                heap.heap_size_limit(),
                heap.malloced_memory(),
                heap.peak_malloced_memory(),
                usize::from(heap.does_zap_garbage()),
                heap.number_of_native_contexts(),
                heap.number_of_detached_contexts(),
                heap.total_global_handles_size(),
                heap.used_global_handles_size(),
                heap.external_memory(),
            ];
            for (index, value) in values.iter().enumerate().take(buffer.len()) {
                buffer.set(index, *value as f64);
            }
        })
        .function("updateHeapCodeStatisticsBuffer", |scope: &mut Scope, _: Args, _: Ret| {
            let Some(binding) = realm(scope).binding(scope, "v8") else { return };
            let buffer = Shared::<f64>::of(scope, binding, "heapCodeStatisticsBuffer");
            let Some(code) = scope.get_heap_code_and_metadata_statistics() else { return };
            let values = [
                code.code_and_metadata_size(),
                code.bytecode_and_metadata_size(),
                code.external_script_source_size(),
                code.cpu_profiler_metadata_size(),
            ];
            for (index, value) in values.iter().enumerate().take(buffer.len()) {
                buffer.set(index, *value as f64);
            }
        })
        .function("updateHeapSpaceStatisticsBuffer", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(binding) = realm(scope).binding(scope, "v8") else { return };
            let buffer = Shared::<f64>::of(scope, binding, "heapSpaceStatisticsBuffer");
            let index = arg_u32(scope, &args, 0) as usize;
            let Some(space) = scope.get_heap_space_statistics(index) else { return };
            let values = [
                space.space_size(),
                space.space_used_size(),
                space.space_available_size(),
                space.physical_space_size(),
            ];
            for (index, value) in values.iter().enumerate().take(buffer.len()) {
                buffer.set(index, *value as f64);
            }
            let space_name = space.space_name().to_string_lossy().into_owned();
            rv.set(string(scope, &space_name).into());
        })
}

//! The few WASI functions a kernel gets: time, randomness, and a place for its last words.
//!
//! Whatever else its standard library imports is defined to trap: a kernel has no files, arguments, environment or sockets
//! of the host.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::rand::{GetRandomFlags, getrandom};
use wasmtime::component::{Component, ComponentType, Linker, Lower, Resource, ResourceType};
use wasmtime::{Result, StoreContextMut};

use crate::clock;
use crate::host::HostState;

/// The longest message that a failing kernel leaves.
const MAX_LAST_WORDS: usize = 4096;
/// The most random bytes given at once.
const MAX_RANDOM: u64 = 1 << 20;

/// `wasi:io/streams.output-stream`: there is but the standard error.
struct OutputStream;

/// `wasi:io/error.error`: never made.
struct StreamFailure;

/// `wasi:io/poll.pollable`: always ready. Of the type that undefined resources are given, since further interfaces use it.
type Pollable = ();

/// `wasi:io/streams.stream-error`.
#[derive(ComponentType, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[allow(dead_code)]
    LastOperationFailed(Resource<StreamFailure>),
    #[component(name = "closed")]
    #[allow(dead_code)]
    Closed,
}

type Written = std::result::Result<(), StreamError>;

/// `wasi:clocks/wall-clock.datetime`.
#[derive(ComponentType, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

/// Defines them, and everything else that `component` imports and nobody defined to trap.
pub(crate) fn add_to_linker(linker: &mut Linker<HostState>, component: &Component) -> Result<()> {
    // Under the very version the kernel was built with: what is left undefined under that name is made to trap.
    let engine = linker.engine().clone();
    let names: Vec<String> = component.component_type().imports(&engine).map(|(name, _)| name.to_owned()).collect();
    let imported = |interface: &str| {
        let name = names.iter().find(|name| name.split('@').next() == Some(interface));
        name.cloned().unwrap_or_else(|| format!("{interface}@0.2.0"))
    };

    let mut clock = linker.instance(&imported("wasi:clocks/monotonic-clock"))?;
    clock.func_wrap("now", |_: StoreContextMut<'_, HostState>, (): ()| Ok((clock::monotonic(),)))?;

    let mut clock = linker.instance(&imported("wasi:clocks/wall-clock"))?;
    clock.func_wrap("now", |_: StoreContextMut<'_, HostState>, (): ()| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok((Datetime { seconds: now.as_secs(), nanoseconds: now.subsec_nanos() },))
    })?;

    let mut random = linker.instance(&imported("wasi:random/random"))?;
    random.func_wrap("get-random-bytes", |_: StoreContextMut<'_, HostState>, (count,): (u64,)| {
        Ok((random_bytes(count.min(MAX_RANDOM) as usize)?,))
    })?;
    let mut seed = linker.instance(&imported("wasi:random/insecure-seed"))?;
    seed.func_wrap("insecure-seed", |_: StoreContextMut<'_, HostState>, (): ()| {
        let bytes = random_bytes(16)?;
        let half = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        Ok(((half(&bytes[..8]), half(&bytes[8..])),))
    })?;

    linker
        .instance(&imported("wasi:cli/environment"))?
        .func_wrap("get-environment", |_: StoreContextMut<'_, HostState>, (): ()| {
            Ok((Vec::<(String, String)>::new(),))
        })?;
    linker
        .instance(&imported("wasi:cli/stderr"))?
        .func_wrap("get-stderr", |_: StoreContextMut<'_, HostState>, (): ()| {
            Ok((Resource::<OutputStream>::new_own(0),))
        })?;

    linker
        .instance(&imported("wasi:io/error"))?
        .resource("error", ResourceType::host::<StreamFailure>(), |_, _| Ok(()))?;
    let mut streams = linker.instance(&imported("wasi:io/streams"))?;
    // `use` makes a type an export of each interface that uses it.
    streams.resource("pollable", ResourceType::host::<Pollable>(), |_, _| Ok(()))?;
    streams.func_wrap(
        "[method]output-stream.subscribe",
        |_: StoreContextMut<'_, HostState>, (_,): (Resource<OutputStream>,)| Ok((Resource::<Pollable>::new_own(0),)),
    )?;
    streams.resource("error", ResourceType::host::<StreamFailure>(), |_, _| Ok(()))?;
    streams.resource("output-stream", ResourceType::host::<OutputStream>(), |_, _| Ok(()))?;
    streams.func_wrap(
        "[method]output-stream.check-write",
        |_: StoreContextMut<'_, HostState>, (_,): (Resource<OutputStream>,)| {
            Ok((Ok::<_, StreamError>(MAX_LAST_WORDS as u64),))
        },
    )?;
    for name in ["write", "blocking-write-and-flush"] {
        streams.func_wrap(
            &format!("[method]output-stream.{name}"),
            |mut store: StoreContextMut<'_, HostState>, (_, data): (Resource<OutputStream>, Vec<u8>)| {
                let words = &mut store.data_mut().last_words;
                let room = MAX_LAST_WORDS.saturating_sub(words.len());
                words.extend_from_slice(&data[..data.len().min(room)]);
                Ok((Written::Ok(()),))
            },
        )?;
    }
    for name in ["flush", "blocking-flush"] {
        streams.func_wrap(
            &format!("[method]output-stream.{name}"),
            |_: StoreContextMut<'_, HostState>, (_,): (Resource<OutputStream>,)| Ok((Written::Ok(()),)),
        )?;
    }
    for interface in ["wasi:cli/stdout", "wasi:cli/stderr"] {
        let resource = ResourceType::host::<OutputStream>();
        linker.instance(&imported(interface))?.resource("output-stream", resource, |_, _| Ok(()))?;
    }
    linker.define_unknown_imports_as_traps(component)
}

fn random_bytes(count: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    let mut filled = 0;
    while filled < count {
        filled += getrandom(&mut bytes[filled..], GetRandomFlags::empty())
            .map_err(|errno| wasmtime::Error::msg(format!("no randomness: {errno}")))?;
    }
    Ok(bytes)
}

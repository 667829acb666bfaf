//! The compiled kernel, and the pool its instances come from.

use std::path::Path;
use std::sync::Arc;

use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::KernelError;
use crate::aot::{AotCache, Form};
use crate::bindings;
use crate::host::HostState;
use crate::instance::{Instance, Places};
use crate::wasi;

/// The contract this host speaks: the version of `wit/`.
const CONTRACT: (u32, u32, u32) = (0, 1, 0);

/// How much may be had at once.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Kernel instances, that is virtual machines.
    pub kernels: u32,
    /// Bytes of linear memory of one kernel; files in memory live there.
    pub kernel_memory: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { kernels: 4096, kernel_memory: 2 << 30 }
    }
}

/// A kernel build, ready to be instantiated.
pub struct KernelEngine {
    pre: InstancePre<HostState>,
    places: Places,
}

impl std::fmt::Debug for KernelEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KernelEngine")
    }
}

impl KernelEngine {
    /// Loads the kernel component at `path`.
    pub fn open(path: &Path, cache: &AotCache, budget: Budget) -> Result<Self, KernelError> {
        let wasm = std::fs::read(path).map_err(|source| KernelError::Read { path: path.to_owned(), source })?;
        Self::load(&format!("the kernel {}", path.display()), &wasm, cache, budget)
    }

    /// Loads a kernel component.
    pub fn new(wasm: &[u8], cache: &AotCache, budget: Budget) -> Result<Self, KernelError> {
        Self::load("the kernel", wasm, cache, budget)
    }

    fn load(name: &str, wasm: &[u8], cache: &AotCache, budget: Budget) -> Result<Self, KernelError> {
        let engine = Engine::new(&config(budget)).map_err(KernelError::Incompatible)?;
        let code = cache.load(&engine, Form::Component, name, wasm)?;
        // SAFETY: the code was compiled by this process, or comes from a cache file of this user's whose hash was checked.
        let component = unsafe { Component::deserialize(&engine, &code) }.map_err(KernelError::Incompatible)?;
        if let Some(theirs) = contract(&engine, &component) {
            Self::check_version("that was given", theirs)?;
        }
        let mut linker = Linker::<HostState>::new(&engine);
        bindings::Kernel::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)
            .map_err(KernelError::Incompatible)?;
        wasi::add_to_linker(&mut linker, &component).map_err(KernelError::Incompatible)?;
        let pre = linker.instantiate_pre(&component).map_err(KernelError::Incompatible)?;
        let places = Places::new(&pre).map_err(KernelError::Incompatible)?;
        // Once for all instances: that its functions have the types they should, and that its version is one of ours.
        let mut probe = Instance::of(&pre, &places, HostState::new(Arc::default()))?;
        probe.kernel.check(&mut probe.store).map_err(KernelError::Incompatible)?;
        let system = probe.kernel.system(&mut probe.store).map_err(KernelError::Incompatible)?;
        let version = system.call_version(&mut probe.store).map_err(KernelError::Instantiate)?;
        Self::check_version(&version.name, version.contract)?;
        Ok(Self { pre, places })
    }

    pub(crate) fn pre(&self) -> &InstancePre<HostState> {
        &self.pre
    }

    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    /// Checks the version handshake (`system.version`).
    fn check_version(name: &str, theirs: (u32, u32, u32)) -> Result<(), KernelError> {
        // Below 1.0 the minor version is the one that breaks.
        let fits = theirs.0 == CONTRACT.0 && (CONTRACT.0 > 0 || theirs.1 == CONTRACT.1);
        if fits { Ok(()) } else { Err(KernelError::Version { kernel: name.to_owned(), theirs, ours: CONTRACT }) }
    }
}

/// The contract's version in the names of what a component exports: `vivarium:kernel/fs@0.1.0`.
fn contract(engine: &Engine, component: &Component) -> Option<(u32, u32, u32)> {
    component.component_type().exports(engine).find_map(|(name, _)| version_in(name))
}

fn version_in(export: &str) -> Option<(u32, u32, u32)> {
    let (_, version) = export.strip_prefix("vivarium:kernel/")?.split_once('@')?;
    let mut numbers = version.splitn(3, '.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}

fn config(budget: Budget) -> Config {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(budget.kernels);
    // A component built from wasip2 is the kernel's module and the adapters around it.
    pool.max_core_instances_per_component(16);
    pool.max_memories_per_component(2);
    pool.max_tables_per_component(8);
    pool.total_core_instances(budget.kernels.saturating_mul(4));
    pool.total_memories(budget.kernels);
    pool.total_tables(budget.kernels.saturating_mul(2));
    pool.max_memory_size(budget.kernel_memory);
    // Pages of a slot that stay for its next user: what a booted kernel touches, and little more.
    pool.linear_memory_keep_resident(256 << 10);
    // Where the host can tell which pages were touched, no others are cleared.
    pool.pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config.wasm_component_model(true);
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_names_the_version_of_its_contract() {
        assert_eq!(version_in("vivarium:kernel/fs@0.1.0"), Some((0, 1, 0)));
        assert_eq!(version_in("vivarium:kernel/system@12.3.45"), Some((12, 3, 45)));
        for other in ["wasi:cli/run@0.2.0", "vivarium:kernel/fs", "vivarium:kernel/fs@0.1", "vivarium:kernel/fs@0.x.0"]
        {
            assert_eq!(version_in(other), None, "{other}");
        }
    }

    #[test]
    fn a_kernel_of_another_breaking_version_does_not_fit() {
        assert!(KernelEngine::check_version("it", CONTRACT).is_ok());
        assert!(KernelEngine::check_version("it", (CONTRACT.0, CONTRACT.1, CONTRACT.2 + 1)).is_ok());
        for theirs in [(CONTRACT.0 + 1, CONTRACT.1, 0), (CONTRACT.0, CONTRACT.1 + 1, 0)] {
            let error = KernelEngine::check_version("it", theirs).unwrap_err();
            assert!(error.to_string().contains("the same minor version"), "{error}");
        }
    }
}

//! The engine that guests run in.

use std::sync::Arc;

use vivarium_runner::aot::AotCache;
use vivarium_runner::memory::MemoryPool;
use vivarium_runner::{StartRequest, Task};
use wasmtime::component::Linker as ComponentLinker;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, Linker, PoolingAllocationConfig};

use crate::guest::Guest;
use crate::program::Programs;
use crate::ticker::Ticker;
use crate::{posix, preview1, preview2, run};

/// How much may be had at once, by all virtual machines of an engine together.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Running WebAssembly processes.
    pub processes: u32,
    /// Bytes of linear memory of one process, at the most 4 GiB.
    pub process_memory: usize,
    /// Bytes of stack of one process.
    pub stack: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { processes: 6000, process_memory: 4 << 30, stack: 4 << 20 }
    }
}

/// Why an executor could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up the WebAssembly engine: {0:#}")]
pub struct WasmError(#[from] wasmtime::Error);

/// Starts WebAssembly programs. Cheap to clone.
#[derive(Clone)]
pub struct WasmExecutor(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    /// What modules import.
    pub(crate) linker: Linker<Guest>,
    /// What components import.
    pub(crate) components: ComponentLinker<Guest>,
    pub(crate) programs: Programs,
    pub(crate) cache: AotCache,
    pub(crate) ticker: Ticker,
}

impl std::fmt::Debug for WasmExecutor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WasmExecutor")
    }
}

impl WasmExecutor {
    /// Sets up an engine.
    pub fn new(cache: AotCache, budget: Budget) -> Result<Self, WasmError> {
        let engine = Engine::new(&config(budget))?;
        let mut linker = Linker::new(&engine);
        preview1::add_to_linker(&mut linker)?;
        posix::add_to_linker(&mut linker)?;
        let mut components = ComponentLinker::new(&engine);
        preview2::add_to_linker(&mut components)?;
        let ticker = Ticker::start(&engine);
        Ok(Self(Arc::new(Inner { engine, linker, components, programs: Programs::default(), cache, ticker })))
    }

    /// Runs a program to its end and reports that end to the kernel. `memory` is what all processes of the virtual machine
    /// share.
    pub async fn run(&self, task: Task, request: StartRequest, memory: MemoryPool) {
        run::run(&self.0, task, request, memory).await;
    }

    /// Compiles a program ahead of its first start.
    ///
    /// ## Errors
    /// What is wrong with it.
    pub fn precompile(&self, name: &str, wasm: &[u8]) -> Result<(), WasmError> {
        self.0.programs.compile(&self.0, name, wasm).map(drop).map_err(|error| WasmError(wasmtime::Error::from(error)))
    }
}

fn config(budget: Budget) -> Config {
    let mut pool = PoolingAllocationConfig::default();
    // A component is several modules, most of them small and without memory: the program, and what joins it to its imports.
    pool.total_component_instances(budget.processes);
    pool.total_core_instances(budget.processes.saturating_mul(4));
    pool.total_tables(budget.processes.saturating_mul(2));
    pool.total_memories(budget.processes);
    // None takes what is there for many.
    pool.max_core_instances_per_component(64);
    pool.max_tables_per_component(16);
    pool.max_memories_per_component(4);
    pool.total_stacks(budget.processes);
    // The largest tables seen in programs of this kind have some 40,000 elements.
    pool.table_elements(128 << 10);
    pool.max_memory_size(budget.process_memory);
    // What a small program touches stays for the next one: clearing it costs less than faulting it in again.
    pool.linear_memory_keep_resident(512 << 10);
    pool.table_keep_resident(256 << 10);
    // Where the host can tell which pages those are, no others are cleared.
    pool.pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config.memory_init_cow(true);
    config.memory_reservation(4 << 30);
    config.epoch_interruption(true);
    // Nobody reads a guest's backtrace, and every program that ends by `proc_exit` would have one taken.
    config.wasm_backtrace_max_frames(None);
    config.async_stack_size(budget.stack + (256 << 10));
    config.max_wasm_stack(budget.stack);
    config
}

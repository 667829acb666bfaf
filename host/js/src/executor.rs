//! `node` as a program of a virtual machine.

use std::path::Path;
use std::sync::Arc;

use vivarium_runner::memory::{MemoryPool, MemoryShare};
use vivarium_runner::{StartRequest, Task};

use crate::bundle::BundleError;
use crate::isolate::{Interrupt, Runtime, STACK_SIZE, Start};
use crate::sys::Sys;
use crate::task::TaskSys;

/// The name programs for this executor carry in their header.
pub const RUNTIME: &str = "node";

/// Runs `node` processes, each on a thread of its own. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Executor {
    runtime: Arc<Runtime>,
}

impl Executor {
    /// Opens what [`crate::snapshot`] has built in `directory`.
    pub fn open(directory: &Path) -> Result<Self, BundleError> {
        Ok(Self { runtime: Arc::new(Runtime::open(directory)?) })
    }

    /// Starts a program; its end is reported to the kernel by the task. Its heap is taken from `memory`.
    ///
    /// ## Errors
    /// Where the machine has no thread to spare; the task is then ended as if killed.
    pub fn start(&self, task: Task, request: StartRequest, memory: MemoryPool) -> std::io::Result<()> {
        let runtime = Arc::clone(&self.runtime);
        let name = format!("node {}", request.pid);
        let run = move || {
            let start = Start {
                path: request.path,
                arguments: request.arguments,
                environment: request.environment,
                heap_limit: Some(memory.limit()),
            };
            let sys: Box<dyn Sys> = Box::new(TaskSys::new(task, Some(MemoryShare::new(memory))));
            runtime.run(start, sys, &Interrupt::default());
        };
        std::thread::Builder::new().name(name).stack_size(STACK_SIZE).spawn(run).map(drop)
    }
}

//! `node`: JavaScript programs, where this crate is built with them.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use vivarium_js::Executor;
use vivarium_runner::memory::MemoryPool;
use vivarium_runner::{StartRequest, Task};

use crate::NativeRuntime;

/// The status a shell gives for a program that cannot be run.
const CANNOT_EXECUTE: u8 = 126;

/// Starts `node` processes. V8 itself starts with the first of them.
pub(crate) struct Node {
    directory: PathBuf,
    executor: Arc<OnceLock<Result<Executor, String>>>,
}

impl Node {
    /// With the executor's files in this folder.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory, executor: Arc::default() }
    }
}

impl NativeRuntime for Node {
    fn run(&self, task: Task, request: StartRequest, memory: MemoryPool) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (directory, executor) = (self.directory.clone(), Arc::clone(&self.executor));
        Box::pin(async move {
            let executor = executor.get_or_init(|| Executor::open(&directory).map_err(|error| error.to_string()));
            match executor {
                Ok(executor) => {
                    if let Err(error) = executor.start(task, request, memory) {
                        tracing::error!(%error, "no thread for a node process");
                    }
                }
                Err(reason) => {
                    let line = format!("node: {reason}\n");
                    // Nobody may be there to read it.
                    let _ = task.write_all(2, &mut line.as_bytes()).await;
                    task.exit(CANNOT_EXECUTE);
                }
            }
        })
    }
}

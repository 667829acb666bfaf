//! What the kernel asks of the embedder: to run tasks, and to keep the audit log.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::runtime::Handle;
use vivarium_runner::memory::MemoryPool;
use vivarium_runner::{AuditEvent, Hooks, Runtime, StartRequest, Task};

use crate::Engine;
use crate::audit::Log;

/// Runs programs of a kind of its own, such as JavaScript.
pub trait NativeRuntime: Send + Sync {
    /// Runs a program to its end, and reports that end to the kernel by `Task::exit` or `Task::abort`. What memory it uses
    /// it takes from `memory`, which all processes of the virtual machine share.
    fn run(&self, task: Task, request: StartRequest, memory: MemoryPool) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The status a shell gives for a program that cannot be run.
const CANNOT_EXECUTE: u8 = 126;

pub(crate) struct Launcher {
    pub(crate) engine: Engine,
    pub(crate) memory: MemoryPool,
    pub(crate) log: Arc<Log>,
    pub(crate) runtime: Handle,
}

impl Hooks for Launcher {
    fn start(&self, task: Task, request: StartRequest) {
        match &request.runtime {
            Runtime::WasmModule | Runtime::WasmComponent => {
                let (wasm, memory) = (self.engine.0.wasm.clone(), self.memory.clone());
                self.runtime.spawn(async move { wasm.run(task, request, memory).await });
            }
            Runtime::Native(name) => {
                let native = self.engine.0.natives.read().get(name).cloned();
                let memory = self.memory.clone();
                self.runtime.spawn(async move {
                    match native {
                        Some(native) => native.run(task, request, memory).await,
                        None => refuse(task, &request).await,
                    }
                });
            }
        }
    }

    fn audit(&self, event: AuditEvent) {
        self.log.push(event);
    }
}

async fn refuse(task: Task, request: &StartRequest) {
    let path = String::from_utf8_lossy(&request.path);
    let line = format!("{path}: this host was built without what runs such programs\n");
    // Nobody may be there to read it.
    let _ = task.write_all(2, &mut line.as_bytes()).await;
    task.exit(CANNOT_EXECUTE);
}

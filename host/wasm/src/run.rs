//! The life of one WebAssembly process.

use std::sync::Arc;

use vivarium_runner::memory::{MemoryPool, MemoryShare};
use vivarium_runner::{Fault, StartRequest, Task};
use wasmtime::{AsContextMut, Store, StoreContextMut, Trap, UpdateDeadline};

use crate::executor::Inner;
use crate::guest::{Guest, Ongoing, Strings};
use crate::limits::Share;
use crate::meter::Meter;
use crate::preview2;
use crate::program::{LoadError, Program};
use crate::syscall::Unwind;

/// What a shell answers for a program that is there but cannot be run.
const CANNOT_EXECUTE: u8 = 126;

mod signal {
    pub(super) const ILL: u8 = 4;
    pub(super) const ABRT: u8 = 6;
    pub(super) const FPE: u8 = 8;
    pub(super) const SEGV: u8 = 11;
    pub(super) const SYS: u8 = 31;
}

/// Runs a program to its end and reports that end to the kernel.
pub(crate) async fn run(executor: &Arc<Inner>, task: Task, request: StartRequest, memory: MemoryPool) {
    let program = match executor.programs.load(executor, &task, &request).await {
        Ok(program) => program,
        Err(error) => return refuse(&task, &request, &error).await,
    };
    let meter = Arc::new(Meter::default());
    let guest = Guest {
        task,
        memory: None,
        arguments: Strings::new(&request.arguments),
        environment: Strings::new(&request.environment),
        resources: preview2::resources(),
        share: Share(MemoryShare::new(memory)),
        meter: Arc::clone(&meter),
        cpu_reported: 0,
        call: Ongoing::default(),
        _running: executor.ticker.guest(),
    };
    let mut store = Store::new(&executor.engine, guest);
    store.limiter(|guest| guest);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(preempt);
    let result = meter.measure(start(&mut store, &program)).await;
    finish(&mut store, &request, result).await;
}

/// How a guest ended, or why it did not begin.
async fn start(store: &mut Store<Guest>, program: &Program) -> wasmtime::Result<wasmtime::Result<()>> {
    match program {
        Program::Module(pre) => {
            let instance = pre.instantiate_async(&mut *store).await?;
            store.data_mut().memory = instance.get_memory(&mut *store, "memory");
            let start = instance.get_typed_func::<(), ()>(&mut *store, "_start")?;
            Ok(start.call_async(store, ()).await)
        }
        Program::Component(pre) => {
            let command = pre.instantiate_async(&mut *store).await?;
            let ended = command.wasi_cli_run().call_run(store).await;
            Ok(ended.and_then(|status| status.map_err(|()| Unwind::Exit(1).into())))
        }
    }
}

/// At a clock tick: lets the kernel see the CPU time, and a signal or a stop reach the guest.
fn preempt(mut store: StoreContextMut<'_, Guest>) -> wasmtime::Result<UpdateDeadline> {
    let guest = store.data_mut();
    let cpu = guest.take_cpu();
    guest.task.parker().take();
    match guest.task.check(cpu) {
        Err(Fault::Gone) => Err(Unwind::Gone.into()),
        Err(Fault::Blocked) => {
            let parker = Arc::clone(guest.task.parker());
            // Looked at again right after, by the next tick.
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(async move { parker.park().await })))
        }
        Ok(()) | Err(Fault::Errno(_)) => Ok(UpdateDeadline::Yield(1)),
    }
}

/// Reports the end of a guest.
async fn finish(store: &mut Store<Guest>, request: &StartRequest, result: wasmtime::Result<wasmtime::Result<()>>) {
    let mut store = store.as_context_mut();
    let guest = store.data_mut();
    let cpu = guest.take_cpu();
    // A process that is gone needs no account.
    let _ = guest.task.account(cpu, guest.share.0.used() as u64);
    let (began, error) = match result {
        Ok(Ok(())) => return guest.task.exit(0),
        Ok(Err(error)) => (true, error),
        Err(error) => (false, error),
    };
    match error.downcast_ref::<Unwind>() {
        Some(Unwind::Exit(status)) => return guest.task.exit(*status),
        Some(Unwind::Gone) => return,
        None => {}
    }
    match error.downcast_ref::<Trap>() {
        Some(trap) => guest.task.abort(trap_signal(*trap), &trap.to_string()),
        // A call that broke the rules of its interface: a handle that is none, a string that lies nowhere.
        None if began => guest.task.abort(signal::SYS, &format!("{:#}", error.root_cause())),
        None => {
            report(&guest.task, request, &format!("{error:#}")).await;
            guest.task.exit(CANNOT_EXECUTE);
        }
    }
}

/// The signal that the hardware would raise.
fn trap_signal(trap: Trap) -> u8 {
    match trap {
        Trap::MemoryOutOfBounds | Trap::StackOverflow | Trap::HeapMisaligned => signal::SEGV,
        Trap::IntegerDivisionByZero | Trap::IntegerOverflow | Trap::BadConversionToInteger => signal::FPE,
        Trap::UnreachableCodeReached => signal::ABRT,
        _ => signal::ILL,
    }
}

async fn refuse(task: &Task, request: &StartRequest, error: &LoadError) {
    report(task, request, &with_causes(error)).await;
    task.exit(CANNOT_EXECUTE);
}

/// An error and what led to it, on one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Says on the process's standard error what the host has to say of it.
async fn report(task: &Task, request: &StartRequest, message: &str) {
    let line = format!("{}: {message}\n", String::from_utf8_lossy(&request.path));
    tracing::debug!(pid = request.pid, message = line.trim_end(), "program cannot run");
    // Nobody may be there to read it.
    let _ = task.write_all(2, &mut line.as_bytes()).await;
}

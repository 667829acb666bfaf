//! Spawning programs: one after another, and in many machines at once.

use std::time::Instant;

use anyhow::Result;
use tokio::task::JoinSet;
use vivarium::Vm;

use crate::report::{Goal, Row};
use crate::sample::{Samples, Turns};
use crate::{Bench, machine, native};

const COUNT: usize = 2000;

pub(crate) async fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let vm = bench.engine.vm().boot().await?;
    let mut rows = Vec::new();
    for turns in [Turns::Warm, Turns::Cold] {
        let (mut ours, mut process) = (Vec::new(), Vec::new());
        for _ in 0..COUNT / turns.length() {
            for _ in 0..turns.length() {
                ours.push(machine::run(&vm, &["echo", "hello"]).await?);
            }
            for _ in 0..turns.length() {
                process.push(native::run(&["/bin/echo", "hello"]).await?);
            }
        }
        rows.push(Row::times(
            format!("`echo` in a running VM, spawn to reaped{}", turns.note()),
            Samples::new(ours),
            Some(Samples::new(process)),
            Goal::Within(0.15, Some(0.5)),
        ));
    }
    Ok(rows)
}

/// Machines that all run `echo` at once: none may be refused, every output must come.
pub(crate) async fn many(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for machines in [1, 10, 100, 1000] {
        let mut vms = Vec::new();
        for _ in 0..machines {
            vms.push(bench.engine.vm().boot().await?);
        }
        let each = (10_000 / machines).max(10);
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for vm in vms {
            tasks.spawn(echoes(vm, each));
        }
        while let Some(task) = tasks.join_next().await {
            task??;
        }
        let rate = (machines * each) as f64 / start.elapsed().as_secs_f64();
        let plural = if machines == 1 { "" } else { "s" };
        let what = format!("`echo` in {machines} VM{plural} at once");
        rows.push(Row::value(what, "spawns/s", rate, None, Goal::AtLeast(8000.0, "spawns/s")));
    }
    Ok(rows)
}

async fn echoes(vm: Vm, count: usize) -> Result<()> {
    for _ in 0..count {
        let (_, output) = machine::output(&vm, &["echo", "hello"]).await?;
        anyhow::ensure!(output == b"hello\n", "output was lost");
    }
    Ok(())
}

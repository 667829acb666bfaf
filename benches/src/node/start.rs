//! Starting `node`, and what an idle one takes.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use vivarium::Vm;

use super::Node;
use crate::report::{Goal, Row};
use crate::sample::{Samples, Turns};
use crate::{Bench, memory};

const COUNT: usize = 200;
const PRINT: &str = "console.log(1)";

/// How many idle processes are looked at: in a machine, and of the real Node, which takes much more.
const IDLE: usize = 100;
const IDLE_NATIVE: usize = 10;
const WAIT: &str = "setInterval(() => {}, 1 << 30); console.log(1)";

pub(super) async fn measure(bench: &Bench, node: &Node) -> Result<Vec<Row>> {
    let running = bench.engine.vm().boot().await?;
    // The first process of all starts V8.
    first_byte(&running, Instant::now()).await?;
    let mut rows = Vec::new();
    for turns in [Turns::Warm, Turns::Cold] {
        let (mut booted, mut spawned, mut process) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..COUNT / turns.length() {
            for _ in 0..turns.length() {
                let start = Instant::now();
                let vm = bench.engine.vm().boot().await?;
                booted.push(first_byte(&vm, start).await?);
            }
            for _ in 0..turns.length() {
                spawned.push(first_byte(&running, Instant::now()).await?);
            }
            for _ in 0..turns.length() {
                process.push(native_first_byte(node).await?);
            }
        }
        let process = Samples::new(process);
        rows.push(Row::times(
            format!("boot + `node -e '{PRINT}'`, to the first byte (native: a process){}", turns.note()),
            Samples::new(booted),
            Some(process.clone()),
            Goal::Within(5.0, Some(10.0)),
        ));
        rows.push(Row::times(
            format!("`node -e '{PRINT}'` in a running VM, to the first byte{}", turns.note()),
            Samples::new(spawned),
            Some(process),
            Goal::Within(4.0, None),
        ));
    }
    rows.push(idle(&running, node).await?);
    Ok(rows)
}

/// From `start` to the first byte that a new process prints; its end is waited for too.
async fn first_byte(vm: &Vm, start: Instant) -> Result<Duration> {
    let command = vm.command("node").args(["-e", PRINT]).stdout(vivarium::Stdio::piped());
    let mut child = command.spawn().await?;
    let mut output = child.stdout.take().context("no pipe")?;
    let mut byte = [0];
    output.read_exact(&mut byte).await?;
    let time = start.elapsed();
    let status = child.wait().await?;
    ensure!(status.success() && byte == *b"1", "node: {status}");
    Ok(time)
}

async fn native_first_byte(node: &Node) -> Result<Duration> {
    let start = Instant::now();
    let mut child =
        Command::new(&node.binary).args(["-e", PRINT]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut output = child.stdout.take().context("no pipe")?;
    let mut byte = [0];
    output.read_exact(&mut byte).await?;
    let time = start.elapsed();
    let status = child.wait().await?;
    ensure!(status.success() && byte == *b"1", "node: {status}");
    Ok(time)
}

/// What a process adds that waits.
async fn idle(vm: &Vm, node: &Node) -> Result<Row> {
    let mut byte = [0];
    let before = memory::resident("self")?;
    let mut children = Vec::new();
    for _ in 0..IDLE {
        let mut child = vm.command("node").args(["-e", WAIT]).stdout(vivarium::Stdio::piped()).spawn().await?;
        child.stdout.as_mut().context("no pipe")?.read_exact(&mut byte).await?;
        children.push(child);
    }
    let ours = (memory::resident("self")? - before) / IDLE as f64;
    for child in &mut children {
        child.kill().await?;
    }

    let mut processes = Vec::new();
    for _ in 0..IDLE_NATIVE {
        let mut command = Command::new(&node.binary);
        let mut child = command.args(["-e", WAIT]).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        child.stdout.as_mut().context("no pipe")?.read_exact(&mut byte).await?;
        processes.push(child);
    }
    let mut native = 0.0;
    for child in &mut processes {
        native += memory::resident(&child.id().context("it has ended")?.to_string())?;
    }
    for child in &mut processes {
        child.kill().await?;
    }
    let what = format!("memory added by an idle `node`, {IDLE} of them (native: {IDLE_NATIVE}; PSS)");
    Ok(Row::value(what, "MB", ours, Some(native / IDLE_NATIVE as f64), Goal::AtMost(5.0, "MB")))
}

//! Work in machines.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use vivarium::{Stdio, Vm};

/// How long a program takes from spawning it to its end and the end of its output.
pub(crate) async fn run(vm: &Vm, words: &[&str]) -> Result<Duration> {
    Ok(output(vm, words).await?.0)
}

/// The same, with what it wrote.
pub(crate) async fn output(vm: &Vm, words: &[&str]) -> Result<(Duration, Vec<u8>)> {
    let start = Instant::now();
    let command = vm.command(words[0]).args(&words[1..]).stdout(Stdio::piped());
    let output = command.spawn().await?.wait_with_output().await?;
    let time = start.elapsed();
    ensure!(output.status.success(), "{words:?}: {}", output.status);
    Ok((time, output.stdout))
}

//! What an idle machine adds to this process.

use anyhow::{Context, Result};

use crate::Bench;
use crate::report::{Goal, Row};

const MACHINES: usize = 1000;

pub(crate) async fn measure(bench: &Bench) -> Result<Vec<Row>> {
    // What is made once is not counted to any machine.
    drop(bench.engine.vm().boot().await?);
    let before = resident()?;
    let mut vms = Vec::with_capacity(MACHINES);
    for _ in 0..MACHINES {
        vms.push(bench.engine.vm().boot().await?);
    }
    let each = (resident()? - before) / MACHINES as f64;
    Ok(vec![Row::value("memory added by an idle VM, at 1,000 (PSS)", "MB", each, None, Goal::AtMost(0.3, "MB"))])
}

/// This process's proportional set size, in megabytes.
fn resident() -> Result<f64> {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup")?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss in smaps_rollup")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1e3)
}

//! What an idle machine adds to this process.

use anyhow::{Context, Result};

use crate::Bench;
use crate::report::{Goal, Row};

const MACHINES: usize = 1000;

pub(crate) async fn measure(bench: &Bench) -> Result<Vec<Row>> {
    // What is made once is not counted to any machine.
    drop(bench.engine.vm().boot().await?);
    let before = resident("self")?;
    let mut vms = Vec::with_capacity(MACHINES);
    for _ in 0..MACHINES {
        vms.push(bench.engine.vm().boot().await?);
    }
    let each = (resident("self")? - before) / MACHINES as f64;
    Ok(vec![Row::value("memory added by an idle VM, at 1,000 (PSS)", "MB", each, None, Goal::AtMost(0.3, "MB"))])
}

/// The proportional set size of a process (`self`: this one), in megabytes.
pub(crate) fn resident(process: &str) -> Result<f64> {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss in smaps_rollup")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1e3)
}

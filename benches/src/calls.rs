//! Single system calls, timed by a guest.

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::report::{Goal, Row};
use crate::{Bench, machine};

const COUNT: &str = "200000";

pub(crate) async fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let vm = bench.engine.vm().boot().await?;
    vm.fs().write("/tmp/guest", &bench.guest).await?;
    vm.fs().write("/tmp/data", vec![b'x'; 1 << 20]).await?;
    vm.fs().set_mode("/tmp/guest", 0o755).await?;
    let file = bench.scratch.path().join("data");
    std::fs::write(&file, vec![b'x'; 1 << 20])?;
    let mut rows = Vec::new();
    for (call, what) in [("stat", "one `stat` from a guest"), ("read", "one 4 KiB `read` from a guest")] {
        let (mut ours, mut native) = (f64::MAX, f64::MAX);
        for _ in 0..5 {
            let (_, output) = machine::output(&vm, &["/tmp/guest", call, "/tmp/data", COUNT]).await?;
            ours = ours.min(nanoseconds(&output)?);
            let process = Command::new(&bench.native).arg(call).arg(&file).arg(COUNT).output().await?;
            native = native.min(nanoseconds(&process.stdout)?);
        }
        rows.push(Row::value(what, "µs", ours / 1e3, Some(native / 1e3), Goal::AtMost(0.8, "µs")));
    }
    Ok(rows)
}

fn nanoseconds(output: &[u8]) -> Result<f64> {
    std::str::from_utf8(output)?.trim().parse().context("bench-guest said no number")
}

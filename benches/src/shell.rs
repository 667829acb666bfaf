//! A small pipeline of the shell.

use anyhow::Result;

use crate::report::{Goal, Row};
use crate::sample::Samples;
use crate::{Bench, machine, native};

const COUNT: usize = 1000;

pub(crate) async fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let vm = bench.engine.vm().boot().await?;
    let mut rows = Vec::new();
    for (script, most) in [("true", 0.5), ("echo hello | tr a-z A-Z | wc -c", 0.5)] {
        let (mut ours, mut process) = (Vec::new(), Vec::new());
        for _ in 0..COUNT {
            ours.push(machine::run(&vm, &["sh", "-c", script]).await?);
            process.push(native::run(&["bash", "-c", script]).await?);
        }
        rows.push(Row::times(
            format!("`sh -c '{}'`", script.replace('|', "\\|")),
            Samples::new(ours),
            Some(Samples::new(process)),
            Goal::Ratio(most),
        ));
    }
    Ok(rows)
}

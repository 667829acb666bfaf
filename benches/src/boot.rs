//! Booting a machine, alone and with its first program.

use std::time::Instant;

use anyhow::Result;

use crate::report::{Goal, Row};
use crate::sample::{Samples, Turns};
use crate::{Bench, machine, native};

const COUNT: usize = 1000;

pub(crate) async fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for turns in [Turns::Warm, Turns::Cold] {
        let (mut boot, mut echo, mut process) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..COUNT / turns.length() {
            for _ in 0..turns.length() {
                let start = Instant::now();
                let vm = bench.engine.vm().boot().await?;
                boot.push(start.elapsed());
                drop(vm);
            }
            for _ in 0..turns.length() {
                let start = Instant::now();
                let vm = bench.engine.vm().boot().await?;
                machine::run(&vm, &["echo", "hello"]).await?;
                echo.push(start.elapsed());
            }
            for _ in 0..turns.length() {
                process.push(native::run(&["/bin/echo", "hello"]).await?);
            }
        }
        let boots = format!("boot a VM{}", turns.note());
        rows.push(Row::times(boots, Samples::new(boot), None, Goal::Within(0.1, Some(0.5))));
        rows.push(Row::times(
            format!("boot + `echo hello` + exit (native: a process){}", turns.note()),
            Samples::new(echo),
            Some(Samples::new(process)),
            Goal::Within(0.5, Some(2.0)),
        ));
    }
    Ok(rows)
}

//! Booting a machine, alone and with its first program.

use std::time::Instant;

use anyhow::Result;

use crate::report::{Goal, Row};
use crate::sample::Samples;
use crate::{Bench, machine, native};

const COUNT: usize = 1000;

pub(crate) async fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let (mut boot, mut echo, mut process) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..COUNT {
        let start = Instant::now();
        let vm = bench.engine.vm().boot().await?;
        boot.push(start.elapsed());
        drop(vm);

        let start = Instant::now();
        let vm = bench.engine.vm().boot().await?;
        machine::run(&vm, &["echo", "hello"]).await?;
        echo.push(start.elapsed());

        process.push(native::run(&["/bin/echo", "hello"]).await?);
    }
    Ok(vec![
        Row::times("boot a VM", Samples::new(boot), None, Goal::Within(0.1, Some(0.5))),
        Row::times(
            "boot + `echo hello` + exit (native: a process)",
            Samples::new(echo),
            Some(Samples::new(process)),
            Goal::Within(0.5, Some(2.0)),
        ),
    ])
}

//! Single calls of `node:fs` on a file in memory, natively on tmpfs.

use anyhow::Result;

use super::{Node, numbers, text};
use crate::Bench;
use crate::report::{Goal, Row};

/// Prints what one call takes, in microseconds: the shortest of several rounds.
const SCRIPT: &str = r#"
const fs = require('node:fs');
const file = process.argv[2];
fs.writeFileSync(file, Buffer.alloc(4096, 'x'));
const calls = [
    () => fs.readFileSync(file),
    () => fs.readFileSync(file, 'utf8'),
    () => fs.statSync(file),
    () => fs.existsSync(file),
];
const count = 20000;
const best = calls.map(() => Infinity);
for (let round = 0; round < 10; round++) {
    calls.forEach((call, i) => {
        const start = process.hrtime.bigint();
        for (let n = 0; n < count; n++) call();
        best[i] = Math.min(best[i], Number(process.hrtime.bigint() - start) / 1e3 / count);
    });
}
console.log(best.join(' '));
"#;

/// What the table calls the calls, and how many microseconds they may take.
const CALLS: [(&str, f64); 4] = [
    ("`readFileSync` of 4 KB", 3.0),
    ("`readFileSync` of 4 KB as UTF-8", 3.0),
    ("`statSync`", 2.0),
    ("`existsSync`", 2.0),
];

const TURNS: usize = 3;

pub(super) async fn measure(bench: &Bench, node: &Node) -> Result<Vec<Row>> {
    let vm = bench.engine.vm().boot().await?;
    let (inside, outside) = node.script(&vm, "fs.js", SCRIPT).await?;
    let memory = tempfile::tempdir_in("/dev/shm")?;
    let file = memory.path().join("file");
    let (mut ours, mut native) = ([f64::MAX; CALLS.len()], [f64::MAX; CALLS.len()]);
    for _ in 0..TURNS {
        let times = numbers(&super::in_machine(&vm, &[&inside, "/tmp/file"]).await?)?;
        ours.iter_mut().zip(times).for_each(|(best, time)| *best = best.min(time));
        let times = numbers(&super::natively(node, &[&outside, text(&file)?]).await?)?;
        native.iter_mut().zip(times).for_each(|(best, time)| *best = best.min(time));
    }
    let rows = CALLS.iter().zip(ours.into_iter().zip(native));
    Ok(rows
        .map(|((what, most), (ours, native))| {
            Row::value(format!("{what}, file in memory"), "µs", ours, Some(native), Goal::AtMost(*most, "µs"))
        })
        .collect())
}

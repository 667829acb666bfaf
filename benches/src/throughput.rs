//! How fast bytes move: through a pipe between two guests, and out of a mounted host file.

use std::time::Duration;

use anyhow::{Context, Result};
use vivarium::HostDir;

use crate::report::{Goal, Row};
use crate::{Bench, machine, native};

const PIPE: u64 = 2 << 30;
const FILE: usize = 256 << 20;
const ROUNDS: usize = 5;

pub(crate) async fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let folder = bench.scratch.path().join("mount");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("big");
    std::fs::write(&file, vec![b'x'; FILE])?;
    let dir = cap_std::fs::Dir::open_ambient_dir(&folder, cap_std::ambient_authority())?;
    let vm = bench.engine.vm().mount("/mnt", HostDir::read_only(dir)).boot().await?;
    vm.fs().write("/tmp/guest", &bench.guest).await?;
    vm.fs().set_mode("/tmp/guest", 0o755).await?;

    let pipe = format!("/tmp/guest produce {PIPE} | /tmp/guest consume");
    let guest = bench.native.to_str().context("a path that is not text")?;
    let native_pipe = format!("{guest} produce {PIPE} | {guest} consume");
    let cat = ["cat", "/mnt/big"];
    let native_cat = ["cat", file.to_str().context("a path that is not text")?];
    let (mut best, mut best_native) = ([Duration::MAX; 2], [Duration::MAX; 2]);
    for _ in 0..ROUNDS {
        best[0] = best[0].min(machine::run(&vm, &["sh", "-c", &pipe]).await?);
        best_native[0] = best_native[0].min(native::run(&["sh", "-c", &native_pipe]).await?);
        best[1] = best[1].min(machine::run(&vm, &cat).await?);
        best_native[1] = best_native[1].min(native::run(&native_cat).await?);
    }
    let rate = |bytes: f64, time: Duration| bytes / time.as_secs_f64() / 1e9;
    Ok(vec![
        Row::value(
            "pipe between guests, 64 KiB writes",
            "GB/s",
            rate(PIPE as f64, best[0]),
            Some(rate(PIPE as f64, best_native[0])),
            Goal::AtLeast(3.0, "GB/s"),
        ),
        Row::value(
            "`cat` of a mounted host file, to the embedder",
            "GB/s",
            rate(FILE as f64, best[1]),
            Some(rate(FILE as f64, best_native[1])),
            Goal::Share(0.6),
        ),
    ])
}

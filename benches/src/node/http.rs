//! An HTTP server, asked by another process of the same machine.

use anyhow::Result;

use super::{Node, numbers};
use crate::Bench;
use crate::report::{Goal, Row};

const SCRIPT: &str = include_str!("http.js");
const TURNS: usize = 3;

pub(super) async fn measure(bench: &Bench, node: &Node) -> Result<Row> {
    let vm = bench.engine.vm().boot().await?;
    let (inside, outside) = node.script(&vm, "http.js", SCRIPT).await?;
    let (mut ours, mut native) = (0.0_f64, 0.0_f64);
    for _ in 0..TURNS {
        let rate = numbers(&super::in_machine(&vm, &[&inside]).await?)?;
        ours = ours.max(rate[0]);
        let rate = numbers(&super::natively(node, &[&outside]).await?)?;
        native = native.max(rate[0]);
    }
    let what = "HTTP hello world on loopback, 32 connections kept alive";
    Ok(Row::value(what, "requests/s", ours, Some(native), Goal::Share(0.7)))
}

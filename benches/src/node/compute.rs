//! Ten kernels of the kinds that JetStream and Octane have.

use anyhow::{Context, Result, ensure};

use super::Node;
use crate::Bench;
use crate::report::{Goal, Row};

const HARNESS: &str = include_str!("kernels/harness.js");
const KERNELS: [(&str, &str); 10] = [
    ("async", include_str!("kernels/async.js")),
    ("fluid", include_str!("kernels/fluid.js")),
    ("interpreter", include_str!("kernels/interpreter.js")),
    ("json", include_str!("kernels/json.js")),
    ("raytrace", include_str!("kernels/raytrace.js")),
    ("regexp", include_str!("kernels/regexp.js")),
    ("scheduler", include_str!("kernels/scheduler.js")),
    ("sha256", include_str!("kernels/sha256.js")),
    ("splay", include_str!("kernels/splay.js")),
    ("strings", include_str!("kernels/strings.js")),
];

/// How often each is run by either side; its shortest time counts.
const TURNS: usize = 6;

pub(super) async fn measure(bench: &Bench, node: &Node) -> Result<Vec<Row>> {
    let vm = bench.engine.vm().boot().await?;
    let mut rows = Vec::new();
    let (mut ours_all, mut native_all) = (0.0, 0.0);
    for (name, source) in KERNELS {
        let (inside, outside) = node.script(&vm, &format!("{name}.js"), &format!("{source}\n{HARNESS}")).await?;
        let (mut ours, mut native) = (f64::MAX, f64::MAX);
        for _ in 0..TURNS {
            let (time, answer) = answer(&super::in_machine(&vm, &[&inside]).await?)?;
            let (native_time, native_answer) = self::answer(&super::natively(node, &[&outside]).await?)?;
            ensure!(answer == native_answer, "{name}: {answer}, and natively {native_answer}");
            ours = ours.min(time);
            native = native.min(native_time);
        }
        // A rate, as of all the others together.
        let rate = |time: f64| 1000.0 / time;
        ours_all += rate(ours).ln();
        native_all += rate(native).ln();
        rows.push(Row::value(format!("compute: {name}"), "runs/s", rate(ours), Some(rate(native)), Goal::Share(0.95)));
    }
    let mean = |sum: f64| (sum / KERNELS.len() as f64).exp();
    rows.push(Row::value(
        "compute: geometric mean of these ten",
        "runs/s",
        mean(ours_all),
        Some(mean(native_all)),
        Goal::Share(0.95),
    ));
    Ok(rows)
}

/// The time in milliseconds, and what was computed.
fn answer(printed: &str) -> Result<(f64, String)> {
    let (time, answer) = printed.trim().split_once(' ').with_context(|| printed.to_owned())?;
    Ok((time.parse()?, answer.to_owned()))
}

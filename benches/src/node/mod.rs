//! `node` in machines, beside the real Node binary.

mod compute;
mod fs;
mod http;
mod require;
mod start;
mod tsc;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use vivarium::Vm;

use crate::report::Row;
use crate::{Bench, machine, native};

/// The real Node, and where scripts lie.
struct Node {
    binary: PathBuf,
    scratch: PathBuf,
}

/// Measures one of the groups that begin with `node-`.
pub(crate) async fn measure(bench: &Bench, group: &str) -> Result<Vec<Row>> {
    if std::env::var("VIVARIUM_JS").is_ok_and(|js| js != "on") {
        eprintln!("JavaScript is off on this machine: no figures of {group}");
        return Ok(Vec::new());
    }
    let binary = std::env::var_os("VIVARIUM_NODE").context("VIVARIUM_NODE is not set: use ./just figures")?;
    let node = Node { binary: binary.into(), scratch: bench.scratch.path().join("node") };
    std::fs::create_dir_all(&node.scratch)?;
    Ok(match group {
        "node-start" => start::measure(bench, &node).await?,
        "node-compute" => compute::measure(bench, &node).await?,
        "node-fs" => fs::measure(bench, &node).await?,
        "node-require" => vec![require::measure(bench, &node).await?],
        "node-http" => vec![http::measure(bench, &node).await?],
        _ => vec![tsc::measure(bench, &node).await?],
    })
}

impl Node {
    fn binary(&self) -> Result<&str> {
        text(&self.binary)
    }

    /// Puts a script into the machine's `/tmp` and into the scratch folder; gives its paths there.
    async fn script(&self, vm: &Vm, name: &str, source: &str) -> Result<(String, String)> {
        let inside = format!("/tmp/{name}");
        vm.fs().write(&inside, source.as_bytes()).await?;
        let outside = self.scratch.join(name);
        std::fs::write(&outside, source)?;
        Ok((inside, text(&outside)?.to_owned()))
    }
}

/// What `node` with these words prints in a machine.
async fn in_machine(vm: &Vm, words: &[&str]) -> Result<String> {
    let words = [&["node"], words].concat();
    Ok(String::from_utf8(machine::output(vm, &words).await?.1)?)
}

/// What the real Node prints.
async fn natively(node: &Node, words: &[&str]) -> Result<String> {
    let words = [&[node.binary()?], words].concat();
    Ok(String::from_utf8(native::output(&words).await?.1)?)
}

/// The numbers that a script printed.
fn numbers(printed: &str) -> Result<Vec<f64>> {
    printed.split_whitespace().map(|word| word.parse().with_context(|| printed.to_owned())).collect()
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not text")
}

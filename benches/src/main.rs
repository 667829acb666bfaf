//! `vivarium-figures [--write FILE] [NAME…]`: measures every figure, or the groups named, natively and in machines in
//! turns, prints the table, and puts it between the marks of a Markdown file.
//!
//! `vivarium-figures --others FOLDER [--write FILE]`: the same with other systems of this kind, driven by what is in that folder.

mod boot;
mod calls;
mod files;
mod machine;
mod memory;
mod native;
mod node;
mod others;
mod report;
mod sample;
mod shell;
mod spawn;
mod throughput;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use vivarium::{Config, Engine};

use crate::report::{HEAD, Row};

/// Where the tables stand in the file.
const FIGURES: (&str, &str) = ("<!-- figures -->", "<!-- end of figures -->");
const OTHERS: (&str, &str) = ("<!-- others -->", "<!-- end of others -->");

/// The groups of figures, in the table's order.
const GROUPS: [&str; 14] = [
    "boot",
    "spawn",
    "shell",
    "calls",
    "throughput",
    "files",
    "memory",
    "many",
    "node-start",
    "node-compute",
    "node-fs",
    "node-require",
    "node-http",
    "node-tsc",
];

/// What groups of figures share.
struct Bench {
    engine: Engine,
    /// `bench-guest` for machines.
    guest: Vec<u8>,
    /// The same program, built for this machine.
    native: PathBuf,
    /// A folder that is gone in the end.
    scratch: tempfile::TempDir,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    // The embedder is a task of the runtime that the machines run on, as a server's would be.
    tokio::spawn(measure(std::env::args().skip(1).collect())).await?
}

async fn measure(arguments: Vec<String>) -> Result<()> {
    let mut write = None;
    let mut others = None;
    let mut names = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--write" => write = Some(PathBuf::from(arguments.next().context("--write takes a file")?)),
            "--others" => others = Some(PathBuf::from(arguments.next().context("--others takes a folder")?)),
            _ => names.push(argument),
        }
    }
    let engine = Engine::new(Config::default().max_vms(1100).max_processes(2200))?;
    let (table, marks) = match others {
        Some(folder) => (others::compare(&engine, &folder).await?, OTHERS),
        None => (figures(engine, &names).await?, FIGURES),
    };
    write.map_or(Ok(()), |file| put(&file, marks, &table))
}

/// Measures the groups named, or all.
async fn figures(engine: Engine, names: &[String]) -> Result<String> {
    let bench = &Bench {
        engine,
        guest: std::fs::read(path("VIVARIUM_BENCH_GUEST")?).context("bench-guest for machines")?,
        native: path("VIVARIUM_BENCH_NATIVE")?,
        scratch: tempfile::tempdir()?,
    };
    let mut table = format!("{HEAD}\n");
    println!("{HEAD}");
    for group in GROUPS {
        // `node` names all of its groups.
        let named = |name: &String| group == name || group.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
        if !names.is_empty() && !names.iter().any(named) {
            continue;
        }
        let rows: Vec<Row> = match group {
            "boot" => boot::measure(bench).await?,
            "spawn" => spawn::measure(bench).await?,
            "shell" => shell::measure(bench).await?,
            "calls" => calls::measure(bench).await?,
            "throughput" => throughput::measure(bench).await?,
            "files" => files::measure(bench).await?,
            "memory" => memory::measure(bench).await?,
            "many" => spawn::many(bench).await?,
            node => node::measure(bench, node).await?,
        };
        for row in rows {
            println!("{}", row.line());
            table.push_str(&row.line());
            table.push('\n');
        }
    }
    Ok(table)
}

/// Puts a table between its marks in a file.
fn put(file: &Path, marks: (&str, &str), table: &str) -> Result<()> {
    let text = std::fs::read_to_string(file)?;
    let (before, rest) = text.split_once(marks.0).context("the file has no mark for the table")?;
    let (_, after) = rest.split_once(marks.1).context("the file has no mark for the table's end")?;
    Ok(std::fs::write(file, format!("{before}{}\n{table}{}{after}", marks.0, marks.1))?)
}

fn path(variable: &str) -> Result<PathBuf> {
    Ok(std::env::var_os(variable).with_context(|| format!("{variable} is not set: use ./just figures"))?.into())
}

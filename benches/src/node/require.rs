//! `require` of a package of many files that lies on the host.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use vivarium::HostDir;

use super::{Node, numbers, text};
use crate::Bench;
use crate::report::{Goal, Row};
use crate::sample::Samples;

const FILES: usize = 500;
const COUNT: usize = 20;

/// Prints how long it took, in milliseconds, and how many files were loaded.
const SCRIPT: &str = r"
const start = process.hrtime.bigint();
const count = require('large').count;
console.log(Number(process.hrtime.bigint() - start) / 1e6, count);
";

pub(super) async fn measure(bench: &Bench, node: &Node) -> Result<Row> {
    let modules = node.scratch.join("node_modules");
    populate(&modules.join("large"))?;
    let outside = node.scratch.join("require.js");
    fs::write(&outside, SCRIPT)?;
    let (mut ours, mut native) = (Vec::new(), Vec::new());
    // Once without a clock: the host's page cache is warm for both.
    for turn in 0..=COUNT {
        let dir = cap_std::fs::Dir::open_ambient_dir(&modules, cap_std::ambient_authority())?;
        let vm = bench.engine.vm().mount("/root/node_modules", HostDir::read_only(dir)).boot().await?;
        vm.fs().write("/root/require.js", SCRIPT).await?;
        let inside = time(&super::in_machine(&vm, &["/root/require.js"]).await?)?;
        let outside = time(&super::natively(node, &[text(&outside)?]).await?)?;
        if turn > 0 {
            ours.push(inside);
            native.push(outside);
        }
    }
    let what = format!("`require` of a package of {FILES} files on a mount, a new VM each time");
    Ok(Row::times(what, Samples::new(ours), Some(Samples::new(native)), Goal::Ratio(1.5)))
}

fn time(printed: &str) -> Result<Duration> {
    let numbers = numbers(printed)?;
    let [milliseconds, count] = numbers[..] else { anyhow::bail!("{printed}") };
    anyhow::ensure!(count as usize == FILES, "{count} files were loaded");
    Ok(Duration::from_secs_f64(milliseconds / 1e3))
}

/// A package whose files require each other, in folders of fifty.
fn populate(package: &Path) -> Result<()> {
    let folders = FILES / 50;
    for folder in 0..folders {
        let at = package.join(format!("lib/{folder}"));
        fs::create_dir_all(&at)?;
        for file in 0..50 {
            let number = folder * 50 + file;
            let mut source = String::from("'use strict';\n");
            // The first file of each folder loads the rest of it.
            if number == 0 {
                for other in 1..folders {
                    writeln!(source, "require('../{other}/0');")?;
                }
            }
            if file == 0 {
                for other in 1..50 {
                    writeln!(source, "require('./{other}.js');")?;
                }
            }
            for function in 0..12 {
                writeln!(
                    source,
                    "/** Gives what belongs to its name. */\nfunction f{function}(name, options = {{}}) {{\n  const found = options[name] ?? `${{name}}-{number}`;\n  return found.length > {function} ? found : [found, options];\n}}\nexports.f{function} = f{function};"
                )?;
            }
            writeln!(source, "globalThis.loadedFiles = (globalThis.loadedFiles ?? 0) + 1;")?;
            writeln!(source, "exports.count = globalThis.loadedFiles;")?;
            fs::write(at.join(format!("{file}.js")), source)?;
        }
    }
    fs::write(package.join("package.json"), r#"{"name": "large", "version": "1.0.0", "main": "./lib/0/0.js"}"#)
        .context("the package")
}

//! Everyday commands on a mounted tree.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use vivarium::HostDir;

use crate::report::{Goal, Row};
use crate::sample::Samples;
use crate::{Bench, machine, native};

/// What is run, in the tree of [`populate`]; how often; and how much slower than natively it may be.
const COMMANDS: [(&str, usize, f64); 6] = [
    ("find tree -type f", 200, 1.5),
    ("ls -l hundred", 200, 1.5),
    ("grep -c needle text", 20, 2.0),
    ("sort text", 10, 2.0),
    ("tar -cf - data", 10, 2.0),
    ("sha256sum hundred-megabytes", 5, 2.0),
];

pub(crate) async fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let folder = bench.scratch.path().join("files");
    populate(&folder)?;
    let dir = cap_std::fs::Dir::open_ambient_dir(&folder, cap_std::ambient_authority())?;
    let vm = bench.engine.vm().mount("/mnt", HostDir::read_only(dir)).boot().await?;
    let mut rows = Vec::new();
    for (command, count, most) in COMMANDS {
        let words: Vec<&str> = command.split(' ').collect();
        let within = |root: &Path| -> Vec<String> {
            let at = |word: &&str| match root.join(word) {
                // A word that names something in the tree is a path.
                path if !word.starts_with('-') && folder.join(word).exists() => path.to_string_lossy().into_owned(),
                _ => (*word).to_owned(),
            };
            words.iter().map(at).collect()
        };
        let (inside, outside) = (within(Path::new("/mnt")), within(&folder));
        let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
        let outside: Vec<&str> = outside.iter().map(String::as_str).collect();
        // Once without a clock: files are read into the page cache, programs compiled.
        machine::run(&vm, &inside).await?;
        native::run(&outside).await?;
        let (mut ours, mut process) = (Vec::new(), Vec::new());
        for _ in 0..count {
            ours.push(machine::run(&vm, &inside).await?);
            process.push(native::run(&outside).await?);
        }
        let (ours, process) = (Samples::new(ours), Samples::new(process));
        rows.push(Row::times(format!("`{command}`"), ours, Some(process), Goal::Ratio(most)));
    }
    Ok(rows)
}

/// 1,000 files in folders, a folder of 100, 10 MB of lines, 50 MB of files for tar and 100 MB in one file.
fn populate(folder: &Path) -> Result<()> {
    for directory in 0..20 {
        let directory = folder.join(format!("tree/{directory}"));
        fs::create_dir_all(&directory)?;
        for file in 0..50 {
            fs::write(directory.join(format!("file-{file}.rs")), "fn main() {}\n")?;
        }
    }
    fs::create_dir_all(folder.join("hundred"))?;
    for file in 0..100 {
        fs::write(folder.join(format!("hundred/file-{file}")), vec![b'x'; file * 10])?;
    }
    // Xorshift: lines without an order, the same each time.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut text = Vec::with_capacity(10 << 20);
    while text.len() < 10_000_000 {
        let word = next();
        let needle = if word.is_multiple_of(100) { " needle" } else { "" };
        writeln!(text, "{word:016x} some words of a line{needle} {:x}", next())?;
    }
    fs::write(folder.join("text"), &text)?;
    fs::create_dir_all(folder.join("data"))?;
    for file in 0..50 {
        let content: Vec<u8> = (0..125_000).flat_map(|_| next().to_le_bytes()).collect();
        fs::write(folder.join(format!("data/{file}")), content)?;
    }
    let content: Vec<u8> = (0..12_500_000).flat_map(|_| next().to_le_bytes()).collect();
    fs::write(folder.join("hundred-megabytes"), content)?;
    Ok(())
}

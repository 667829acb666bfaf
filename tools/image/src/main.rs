//! Assembles the base image out of the guests' workspace.
//!
//! `vivarium-image GUESTS WASM DIST`: `GUESTS` is the folder of the workspace, `WASM` the folder with the programs
//! that cargo built from it, `DIST` where to write `base.tar` and, for guests that are not part of the image,
//! `test/PROGRAM.wasm`. A file that would not change is not touched.

mod archive;
mod guests;
mod layout;
mod tree;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [guests, wasm, dist] = &arguments[..] else {
        eprintln!("usage: vivarium-image GUESTS WASM DIST");
        std::process::exit(2);
    };
    if let Err(error) = assemble(guests, wasm, dist) {
        eprintln!("vivarium-image: {error}");
        std::process::exit(1);
    }
}

fn assemble(workspace: &Path, wasm: &Path, dist: &Path) -> Result<()> {
    let mut tree = tree::Tree::default();
    layout::add(&mut tree, &workspace.join("rootfs.txt"))?;
    layout::add_files(&mut tree, &workspace.join("rootfs"))?;
    for program in guests::programs(workspace)? {
        let built = wasm.join(format!("{}.wasm", program.name));
        let content = fs::read(&built).map_err(|error| format!("{}: {error}", built.display()))?;
        if program.in_image {
            let path = guests::installed(&program.name);
            for name in &program.names {
                tree.hard_link(&guests::installed(name), &path)?;
            }
            tree.file(&path, 0o755, content)?;
        } else {
            write_changed(&dist.join("test").join(format!("{}.wasm", program.name)), &content)?;
        }
    }
    write_changed(&dist.join("base.tar"), &archive::write(&tree)?)
}

/// Writes a file whole or not at all, and only if it differs: what is made from it then stays valid.
fn write_changed(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    let parent = path.parent().ok_or("no parent folder")?;
    fs::create_dir_all(parent)?;
    let new = path.with_extension(format!("new-{}", std::process::id()));
    fs::write(&new, content)?;
    fs::rename(&new, path)?;
    Ok(())
}

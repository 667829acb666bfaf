//! What is in the image beside programs: `rootfs.txt` (directories with their modes, symbolic links) and the files
//! under `rootfs/`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::Result;
use crate::tree::Tree;

/// Reads lines of the forms `PATH MODE` (a directory) and `PATH -> TARGET` (a symbolic link).
pub(crate) fn add(tree: &mut Tree, list: &Path) -> Result<()> {
    let text = fs::read_to_string(list).map_err(|error| format!("{}: {error}", list.display()))?;
    for line in crate::guests::lines(&text) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [path, "->", target] => tree.symlink(path, target)?,
            [path, mode] => {
                let mode =
                    u32::from_str_radix(mode, 8).map_err(|_| format!("{}: bad mode in {line:?}", list.display()))?;
                tree.directory(path, mode)?;
            }
            _ => return Err(format!("{}: neither `PATH MODE` nor `PATH -> TARGET`: {line:?}", list.display()).into()),
        }
    }
    Ok(())
}

/// Adds the files under `folder`, and the directories they are in, with the modes 0644 and 0755 only: what else a
/// checkout's modes are depends on the umask.
pub(crate) fn add_files(tree: &mut Tree, folder: &Path) -> Result<()> {
    add_folder(tree, folder, "")
}

fn add_folder(tree: &mut Tree, folder: &Path, prefix: &str) -> Result<()> {
    let list = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in list {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| format!("{name:?} is not UTF-8"))?;
        let path = format!("{prefix}/{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !tree.contains(&path) {
                tree.directory(&path, 0o755)?;
            }
            add_folder(tree, &entry.path(), &path)?;
        } else if kind.is_symlink() {
            let target = fs::read_link(entry.path())?;
            tree.symlink(&path, target.to_str().ok_or("a link's target is not UTF-8")?)?;
        } else {
            let executable = entry.metadata()?.permissions().mode() & 0o100 != 0;
            tree.file(&path, if executable { 0o755 } else { 0o644 }, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

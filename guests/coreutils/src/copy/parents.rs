//! The directories of `--parents`.

use vivarium_sys::fs::{self, AT_FDCWD, Stat};
use vivarium_userland::bytes::{dir_name, join, text, without_trailing_slashes};
use vivarium_userland::{Bytes, quote};

use super::{Copier, preserve};

/// A directory on the way to a copy.
#[derive(Debug)]
pub(crate) struct Parent {
    made: bool,
    target: Bytes,
    stat: Stat,
}

impl Copier {
    /// Copies an operand under its whole name to `target`, with its directories.
    pub(crate) fn with_parents(&mut self, source: &[u8], target: &[u8]) {
        let Some(parents) = self.make_parents(source, target) else { return };
        self.operand(source, &join(target, without_trailing_slashes(source)));
        // Only now: what may not be written to could not have been filled.
        for parent in parents.iter().rev() {
            self.finish_parent(parent);
        }
    }

    fn make_parents(&mut self, source: &[u8], target: &[u8]) -> Option<Vec<Parent>> {
        let source = without_trailing_slashes(source);
        let mut from = if source.starts_with(b"/") { b"/".to_vec() } else { Bytes::new() };
        let mut to = target.to_vec();
        let mut parents = Vec::new();
        if !source.contains(&b'/') {
            return Some(parents);
        }
        for part in dir_name(source).split(|&b| b == b'/').filter(|part| !part.is_empty() && *part != b".") {
            from = if from.is_empty() { part.to_vec() } else { join(&from, part) };
            to = join(&to, part);
            let stat = match fs::stat(&from) {
                Ok(stat) if stat.is_directory() => stat,
                Ok(_) => {
                    self.fail(&format!("failed to get attributes of {}: Not a directory", quote::message(&from)));
                    return None;
                }
                Err(errno) => {
                    self.fail(&format!("failed to get attributes of {}: {errno}", quote::message(&from)));
                    return None;
                }
            };
            let made = match fs::stat(&to) {
                Ok(there) if there.is_directory() => false,
                Ok(_) => {
                    self.fail(&format!("{} exists but is not a directory", quote::message(&to)));
                    return None;
                }
                Err(_) => {
                    let private = self.options.preserve.owner || self.options.preserve.mode;
                    let mode = if private { 0o700 } else { 0o700 | stat.mode & 0o777 };
                    if let Err(errno) = fs::mkdir(AT_FDCWD, &to, mode) {
                        self.fail(&format!("cannot make directory {}: {errno}", quote::message(&to)));
                        return None;
                    }
                    if self.options.verbose {
                        println!("{} -> {}", text(&from), text(&to));
                    }
                    true
                }
            };
            parents.push(Parent { made, target: to.clone(), stat });
        }
        Some(parents)
    }

    fn finish_parent(&mut self, parent: &Parent) {
        if parent.made && !self.options.preserve.mode {
            let mode = if self.options.default_mode { 0o777 } else { parent.stat.mode & 0o777 };
            let _ = fs::chmod(AT_FDCWD, &parent.target, true, mode & !self.umask);
        }
        if let Err(errno) = preserve(&parent.target, &parent.stat, self.options.preserve, true) {
            self.fail(&format!("failed to preserve attributes for {}: {errno}", quote::message(&parent.target)));
        }
    }
}

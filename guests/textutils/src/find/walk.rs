//! Going through a tree.

use vivarium_sys::fs::{self, FileKind};
use vivarium_userland::{bytes, quote};

use super::entry::Entry;
use super::expression::Expression;
use super::{Follow, Run};

/// Directories on the way down, by device and number: following links must not run in circles.
type Ancestors = Vec<(u64, u64)>;

/// Visits `start` and what is below it.
pub(crate) fn walk(start: &[u8], expression: &Expression, run: &Run) {
    let follow = run.options.follow != Follow::Never;
    let entry = Entry::new(start.to_vec(), 0, start.len(), FileKind::Unknown, follow);
    if let Err(errno) = entry.stat() {
        run.complain(&format!("{}: {errno}", quote::message(start)));
        return;
    }
    let device = run.options.one_file_system.then(|| entry.stat().map_or(0, |s| s.device));
    visit(&entry, device, expression, run, &mut Ancestors::new());
}

fn visit(entry: &Entry, device: Option<u64>, expression: &Expression, run: &Run, above: &mut Ancestors) {
    if let Some(errno) = entry.endless() {
        run.complain(&format!("{}: {errno}", quote::message(&entry.path)));
        return;
    }
    let wanted = entry.depth >= run.options.min_depth;
    run.prune.set(false);
    if wanted && !run.options.depth_first {
        expression.evaluate(entry, run);
    }
    let pruned = run.prune.get() && !run.options.depth_first;
    if !pruned && !run.quit.get() && entry.depth < run.options.max_depth && entry.kind() == FileKind::Directory {
        descend(entry, device, expression, run, above);
    }
    if wanted && run.options.depth_first && !run.quit.get() {
        expression.evaluate(entry, run);
    }
}

fn descend(entry: &Entry, device: Option<u64>, expression: &Expression, run: &Run, above: &mut Ancestors) {
    let follow = run.options.follow == Follow::Always;
    if follow || device.is_some() {
        let Ok(stat) = entry.stat() else { return };
        if device.is_some_and(|device| device != stat.device) {
            return;
        }
        let identity = (stat.device, stat.inode);
        if above.contains(&identity) {
            let name = quote::message(&entry.path);
            run.complain(&format!("File system loop detected; {name} is part of the same file system loop."));
            return;
        }
        above.push(identity);
    }
    match fs::read_directory(&entry.path) {
        Ok(names) => {
            for found in names {
                if run.quit.get() {
                    break;
                }
                let path = bytes::join(&entry.path, &found.name);
                let child = Entry::new(path, entry.depth + 1, entry.start, found.kind, follow);
                visit(&child, device, expression, run, above);
            }
        }
        Err(vivarium_sys::Errno::NOENT) if run.options.ignore_races => {}
        Err(errno) => run.complain(&format!("{}: {errno}", quote::message(&entry.path))),
    }
    if follow || device.is_some() {
        above.pop();
    }
}

//! Reading a tree of directories.

use std::cmp::Ordering;
use std::collections::HashSet;

use vivarium_sys::fs::{self, FileKind, lstat, read_directory, readlink, stat};
use vivarium_sys::raw::Stat;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::join;
use vivarium_userland::glob;

use super::options::{Options, Sort};

/// A file of the tree.
pub(super) struct Node {
    pub(super) name: Bytes,
    pub(super) path: Bytes,
    pub(super) stat: Stat,
    /// Of a symbolic link: where it leads, and what is there.
    pub(super) target: Option<(Bytes, Option<Stat>)>,
    /// Its entries, where it is a directory that was opened.
    pub(super) entries: Option<Vec<Node>>,
    /// What is said of a directory that was not.
    pub(super) remark: Option<String>,
    /// Bytes of it and all in it (`--du`).
    pub(super) size: u64,
}

impl Node {
    /// Whether it is a directory or a link to one.
    pub(super) fn is_directory(&self) -> bool {
        self.stat.is_directory() || self.target.as_ref().is_some_and(|(_, stat)| stat.is_some_and(|s| s.is_directory()))
    }
}

/// Reads trees.
pub(super) struct Scanner<'a> {
    options: &'a Options,
    /// Those opened so far, by device and number: none is opened again by way of a link.
    opened: HashSet<(u64, u64)>,
    device: u64,
    /// Whether a directory could not be opened.
    pub(super) failed: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(options: &'a Options) -> Scanner<'a> {
        Scanner { options, opened: HashSet::new(), device: 0, failed: false }
    }

    /// The tree of a directory of the command line; none where there is no such file.
    pub(super) fn root(&mut self, name: &[u8]) -> Option<Node> {
        let trimmed = vivarium_userland::bytes::without_trailing_slashes(name);
        let stat = stat(trimmed).ok()?;
        let mut node = self.node(trimmed.to_vec(), trimmed.to_vec());
        (node.stat, node.target) = (stat, None);
        self.device = stat.device;
        self.open(&mut node, 0, false);
        Some(node)
    }

    fn node(&self, name: Bytes, path: Bytes) -> Node {
        let stat = lstat(&path).unwrap_or_default();
        let target = stat.is_symlink().then(|| {
            let target = readlink(fs::AT_FDCWD, &path).unwrap_or_default();
            (target, fs::stat(&path).ok())
        });
        Node { name, path, stat, target, entries: None, remark: None, size: stat.size }
    }

    /// Reads a directory and what is in it. `level`: how many directories are above; `matched`: a pattern fits one of those.
    fn open(&mut self, node: &mut Node, level: usize, matched: bool) {
        let listing = match read_directory(&node.path) {
            Ok(listing) => listing,
            Err(_) => {
                self.failed = true;
                node.remark = Some("error opening dir".into());
                return;
            }
        };
        let names = listing.into_iter().map(|entry| entry.name).filter(|name| name != b"." && name != b"..");
        let mut entries: Vec<Node> = names
            .filter(|name| self.options.all || !name.starts_with(b"."))
            .map(|name| {
                let path = join(&node.path, &name);
                self.node(name, path)
            })
            .filter(|entry| self.wants(entry, matched))
            .collect();
        if let Some(limit) = self.options.file_limit
            && entries.len() > limit
        {
            node.remark = Some(format!("{} entries exceeds filelimit, not opening dir", entries.len()));
            self.failed = true;
            return;
        }
        self.sort(&mut entries);
        let real = stat(&node.path).unwrap_or_default();
        self.opened.insert((real.device, real.inode));
        for entry in &mut entries {
            let followed = entry.target.as_ref().and_then(|(_, stat)| *stat).filter(|s| s.is_directory());
            let opens = entry.stat.is_directory() || self.options.follow && followed.is_some();
            if !opens || self.options.level.is_some_and(|most| level + 1 >= most) {
                continue;
            }
            let target = followed.unwrap_or(entry.stat);
            if self.options.one_file_system && target.device != self.device {
                continue;
            }
            if followed.is_some() && self.opened.contains(&(target.device, target.inode)) {
                entry.remark = Some("recursive, not followed".into());
                continue;
            }
            let matches = matched || self.options.match_directories && self.fits(&self.options.patterns, entry);
            self.open(entry, level + 1, matches);
        }
        if self.options.prune {
            let keeps = |entry: &Node| !entry.is_directory() || entry.entries.as_ref().is_some_and(|e| !e.is_empty());
            entries.retain(keeps);
        }
        if self.options.disk_usage {
            node.size += entries.iter().map(|entry| entry.size).sum::<u64>();
        }
        node.entries = Some(entries);
    }

    fn fits(&self, patterns: &[Bytes], entry: &Node) -> bool {
        let flags = glob::Flags { ignore_case: self.options.ignore_case, ..glob::Flags::default() };
        patterns.iter().flat_map(|pattern| pattern.split(|&b| b == b'|')).any(|pattern| {
            // A pattern with a slash at its end is of directories alone.
            let directory = pattern.strip_suffix(b"/");
            if directory.is_some() && !entry.is_directory() {
                return false;
            }
            glob::matches(directory.unwrap_or(pattern), &entry.name, flags)
        })
    }

    fn wants(&self, entry: &Node, matched: bool) -> bool {
        let options = self.options;
        if options.directories_only && !entry.is_directory() || self.fits(&options.ignored, entry) {
            return false;
        }
        options.patterns.is_empty()
            || matched
            || entry.is_directory() && (!entry.stat.is_symlink() || options.follow)
            || self.fits(&options.patterns, entry)
    }

    fn sort(&self, entries: &mut [Node]) {
        let options = self.options;
        let time = |stat: &Stat, changed: bool| if changed { stat.changed } else { stat.modified };
        let by_time = |a: &Node, b: &Node, changed: bool| {
            let (a, b) = (time(&a.stat, changed), time(&b.stat, changed));
            (a.seconds, a.nanoseconds).cmp(&(b.seconds, b.nanoseconds))
        };
        if options.sort != Sort::None {
            entries.sort_by(|a, b| {
                let names = || a.name.cmp(&b.name);
                let order = match options.sort {
                    Sort::Version => version_order(&a.name, &b.name),
                    Sort::Size => b.size.cmp(&a.size).then_with(names),
                    Sort::Modified => by_time(a, b, options.changed).then_with(names),
                    Sort::Changed => by_time(a, b, true).then_with(names),
                    Sort::Name | Sort::None => names(),
                };
                let order = if options.reverse { order.reverse() } else { order };
                let directories = b.is_directory().cmp(&a.is_directory());
                match (options.directories_first, options.files_first) {
                    (true, _) => directories.then(order),
                    (_, true) => directories.reverse().then(order),
                    _ => order,
                }
            });
        }
    }
}

/// As glibc's strverscmp(): numbers in names by their value, those with leading zeros as fractions.
fn version_order(a: &[u8], b: &[u8]) -> Ordering {
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let run = |name: &[u8]| {
        let begin = name[..common].iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |at| at + 1);
        let end = common + name[common..].iter().take_while(|b| b.is_ascii_digit()).count();
        (begin, end)
    };
    let ((begin, end_a), (_, end_b)) = (run(a), run(b));
    let plain = a.get(common).cmp(&b.get(common));
    if end_a == begin || end_b == begin {
        return plain;
    }
    let fraction = a[begin] == b'0' && end_a > begin + 1 || b[begin] == b'0' && end_b > begin + 1;
    if fraction && (a[begin] == b'0' || b[begin] == b'0') {
        // More leading zeros come first.
        let zeros = |name: &[u8], end| name[begin..end].iter().take_while(|&&b| b == b'0').count();
        let (zeros_a, zeros_b) = (zeros(a, end_a), zeros(b, end_b));
        return zeros_b.cmp(&zeros_a).then(plain);
    }
    (end_a - begin).cmp(&(end_b - begin)).then(plain)
}

/// The letter of `ls -F` behind a file of this kind.
pub(super) fn mark(stat: &Stat) -> Option<char> {
    match stat.file_kind() {
        FileKind::Directory => Some('/'),
        FileKind::Socket => Some('='),
        FileKind::Fifo => Some('|'),
        FileKind::Regular if stat.mode & 0o111 != 0 => Some('*'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_versions() {
        let mut names = ["a10", "a9", "a09", "a1", "b", "a", "1.10", "1.9"].map(|name| name.as_bytes().to_vec());
        names.sort_by(|a, b| version_order(a, b));
        let names = names.map(|name| String::from_utf8(name).unwrap());
        assert_eq!(names, ["1.9", "1.10", "a", "a09", "a1", "a9", "a10", "b"]);
    }
}

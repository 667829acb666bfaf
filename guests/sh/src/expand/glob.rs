//! Pathname expansion (POSIX 2.13.3), with globstar.

use vivarium_sys::fs::{self, FileKind};

use super::fields::Field;
use super::pattern::{self, Rules};
use crate::error::Run;
use crate::shell::Shell;

/// How names are found.
struct Search {
    rules: Rules,
    dotglob: bool,
    globstar: bool,
    skip_dots: bool,
    found: Vec<Vec<u8>>,
}

impl Shell {
    /// The names a field with pattern characters stands for, or the field itself.
    pub(crate) fn glob(&mut self, field: &Field, out: &mut Vec<Vec<u8>>) -> Run {
        let pattern = field.pattern();
        if !is_pattern(&pattern, self.state.shopts.extglob) {
            out.push(field.text.clone());
            return Ok(());
        }
        let mut names = self.glob_pattern(&pattern);
        if let Some(ignored) = self.value("GLOBIGNORE").filter(|v| !v.is_empty()) {
            let rules = Rules { extglob: self.state.shopts.extglob, ignore_case: self.state.shopts.nocaseglob };
            let patterns = split_colons(&ignored);
            names.retain(|name| {
                let last = name.rsplit(|b| *b == b'/').next().unwrap_or_default();
                last != b"." && last != b".." && !patterns.iter().any(|p| pattern::matches(p, name, rules))
            });
        }
        if !names.is_empty() {
            out.extend(names);
        } else if self.state.shopts.failglob {
            self.complain([b"no match: ", &field.text[..]].concat());
            return self.abort(1);
        } else if !self.state.shopts.nullglob {
            out.push(field.text.clone());
        }
        Ok(())
    }

    /// All names that a pattern matches, sorted.
    pub(crate) fn glob_pattern(&mut self, pattern: &[u8]) -> Vec<Vec<u8>> {
        let ignored = self.value("GLOBIGNORE").is_some_and(|v| !v.is_empty());
        let mut search = Search {
            rules: Rules { extglob: self.state.shopts.extglob, ignore_case: self.state.shopts.nocaseglob },
            dotglob: self.state.shopts.dotglob || ignored,
            globstar: self.state.shopts.globstar,
            skip_dots: self.state.shopts.globskipdots,
            found: Vec::new(),
        };
        let leading = pattern.iter().take_while(|b| **b == b'/').count();
        search.walk(&pattern[..leading], &pattern[leading..]);
        let mut found = search.found;
        found.sort();
        found.dedup();
        found
    }
}

/// Whether a text has an unescaped pattern character.
pub(crate) fn is_pattern(text: &[u8], extglob: bool) -> bool {
    let mut i = 0;
    while i < text.len() {
        match text[i] {
            b'\\' => i += 1,
            b'*' | b'?' => return true,
            b'[' if text[i + 1..].contains(&b']') => return true,
            b'(' if extglob && i > 0 && matches!(text[i - 1], b'?' | b'*' | b'+' | b'@' | b'!') => return true,
            _ => {}
        }
        i += 1;
    }
    false
}

fn split_colons(text: &[u8]) -> Vec<&[u8]> {
    let (mut out, mut start, mut i, mut bracket) = (Vec::new(), 0, 0, false);
    while i < text.len() {
        match text[i] {
            b'\\' => i += 1,
            b'[' => bracket = true,
            b']' => bracket = false,
            b':' if !bracket => {
                out.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
        i += 1;
    }
    out.push(&text[start..]);
    out
}

/// A pattern without its backslashes.
fn unescaped(pattern: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        out.push(if *byte == b'\\' { *bytes.next().unwrap_or(byte) } else { *byte });
    }
    out
}

/// Where the first component of a pattern ends: at a slash outside groups and brackets, an escaped one included.
fn component_end(pattern: &[u8]) -> usize {
    let (mut i, mut depth) = (0, 0);
    while i < pattern.len() {
        match pattern[i] {
            b'\\' if pattern.get(i + 1) == Some(&b'/') => return i,
            b'\\' => i += 1,
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            b'/' if depth == 0 => return i,
            _ => {}
        }
        i += 1;
    }
    pattern.len()
}

impl Search {
    /// Adds the names below `base` (which ends in a slash or is empty) that the rest of the pattern matches.
    fn walk(&mut self, base: &[u8], pattern: &[u8]) {
        if pattern.is_empty() {
            if !base.is_empty() {
                self.found.push(base.to_vec());
            }
            return;
        }
        let end = component_end(pattern);
        let (component, mut rest) = pattern.split_at(end);
        let mut slashes = Vec::new();
        while let [b'/', after @ ..] | [b'\\', b'/', after @ ..] = rest {
            slashes.push(b'/');
            rest = after;
        }
        let last = slashes.is_empty();
        if self.globstar && component == b"**" {
            if !last && (rest == b"**" || rest.starts_with(b"**/")) {
                // The next one says the same.
                self.walk(base, rest);
                return;
            }
            self.walk_deep(base, rest, &slashes, last);
            return;
        }
        if !is_pattern(component, self.rules.extglob) {
            let name = [base, &unescaped(component)].concat();
            if last {
                if fs::lstat(&name).is_ok() {
                    self.found.push(name);
                }
            } else if rest.is_empty() {
                if fs::stat(&name).is_ok_and(|s| s.is_directory()) {
                    self.found.push([&name[..], &slashes].concat());
                }
            } else if is_pattern(rest, self.rules.extglob) {
                self.walk(&[&name[..], &slashes].concat(), rest);
            } else {
                let whole = [&name[..], &slashes, &unescaped(rest)].concat();
                if fs::lstat(&whole).is_ok() {
                    self.found.push(whole);
                }
            }
            return;
        }
        for (name, kind) in self.names(base, component) {
            let path = [base, &name].concat();
            if last {
                self.found.push(path);
            } else if is_directory(&path, kind) {
                self.walk(&[&path[..], &slashes].concat(), rest);
            }
        }
    }

    /// `**`: every directory below, and where it is the last component every file.
    fn walk_deep(&mut self, base: &[u8], rest: &[u8], slashes: &[u8], last: bool) {
        if last || rest.is_empty() {
            if !base.is_empty() {
                self.found.push(base.to_vec());
            }
        } else {
            self.walk(base, rest);
        }
        for (name, kind) in self.names(base, b"*") {
            let path = [base, &name].concat();
            let directory = kind == FileKind::Directory
                || (kind == FileKind::Unknown && fs::lstat(&path).is_ok_and(|s| s.is_directory()));
            if last && !directory {
                self.found.push(path);
            } else if directory {
                if last {
                    self.found.push(path.clone());
                    self.deep_files(&[&path[..], b"/"].concat());
                } else {
                    self.walk_deep(&[&path[..], slashes].concat(), rest, slashes, last);
                }
            }
        }
    }

    fn deep_files(&mut self, base: &[u8]) {
        for (name, kind) in self.names(base, b"*") {
            let path = [base, &name].concat();
            let directory = kind == FileKind::Directory
                || (kind == FileKind::Unknown && fs::lstat(&path).is_ok_and(|s| s.is_directory()));
            self.found.push(path.clone());
            if directory {
                self.deep_files(&[&path[..], b"/"].concat());
            }
        }
    }

    /// The names in a directory that one component matches.
    fn names(&self, base: &[u8], component: &[u8]) -> Vec<(Vec<u8>, FileKind)> {
        let directory: &[u8] = if base.is_empty() { b"." } else { base };
        let Ok(entries) = fs::read_directory(directory) else { return Vec::new() };
        let dot = matches!(component, [b'.', ..] | [b'\\', b'.', ..])
            || (self.rules.extglob
                && matches!(component, [_, b'(', rest @ ..] if rest.contains(&b'.') && !component.starts_with(b"!")));
        let mut names: Vec<(Vec<u8>, FileKind)> = entries
            .into_iter()
            .filter(|entry| entry.name[0] != b'.' || dot || self.dotglob)
            .filter(|entry| pattern::matches(component, &entry.name, self.rules))
            .map(|entry| (entry.name, entry.kind))
            .collect();
        if !self.skip_dots && dot {
            for name in [&b"."[..], b".."] {
                if pattern::matches(component, name, self.rules) {
                    names.push((name.to_vec(), FileKind::Directory));
                }
            }
        }
        names
    }
}

fn is_directory(path: &[u8], kind: FileKind) -> bool {
    match kind {
        FileKind::Directory => true,
        FileKind::Regular => false,
        _ => fs::stat(path).is_ok_and(|s| s.is_directory()),
    }
}

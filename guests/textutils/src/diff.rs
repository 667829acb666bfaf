//! `diff` and `cmp`: uutils' comparison of files, and the walk through directories around it.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::process::exit;

use diffutilslib::params::{Format, Params};
use diffutilslib::{context_diff, ed_diff, normal_diff, side_by_side_diff, unified_diff};
use vivarium_sys::fs::{self, FileKind};
use vivarium_userland::bytes::{base_name, from_os, join, os, path, text};
use vivarium_userland::output::{self, Output, Standard, reason};
use vivarium_userland::{Bytes, quote};

/// Runs `cmp`.
pub(crate) fn cmp(arguments: Vec<Bytes>) -> i32 {
    use diffutilslib::cmp::{Cmp, cmp, parse_params};
    let arguments = arguments.into_iter().map(|argument| os(&argument).to_owned()).peekable();
    let parameters = match parse_params(arguments) {
        Ok(parameters) => parameters,
        Err(message) => {
            eprintln!("{message}");
            return 2;
        }
    };
    match cmp(&parameters) {
        Ok(Cmp::Equal) => 0,
        Ok(Cmp::Different) => 1,
        Err(message) => {
            eprintln!("{message}");
            2
        }
    }
}

struct Run {
    parameters: Params,
    /// What is said before the differences of two files of trees.
    head: Bytes,
    recursive: bool,
    /// Whether a file that is missing on one side counts as empty.
    new_file: bool,
    out: Output,
    status: i32,
}

/// Runs `diff`.
pub(crate) fn diff(arguments: Vec<Bytes>) -> i32 {
    let (mut recursive, mut new_file) = (false, false);
    let mut kept = Vec::new();
    for argument in &arguments {
        match &**argument {
            b"--recursive" => recursive = true,
            b"--new-file" => new_file = true,
            cluster if cluster.len() > 1 && cluster[0] == b'-' && cluster[1] != b'-' => {
                // Options with a number behind them are no clusters to take letters out of.
                let letters = cluster[1..].iter().take_while(|b| !b"UCWF".contains(b)).count();
                recursive |= cluster[1..=letters].contains(&b'r');
                new_file |= cluster[1..=letters].contains(&b'N');
                let mut rest: Bytes = cluster[..=letters].iter().copied().filter(|b| !b"rN".contains(b)).collect();
                rest.extend_from_slice(&cluster[letters + 1..]);
                if rest.len() > 1 {
                    kept.push(rest);
                }
            }
            _ => kept.push(argument.clone()),
        }
    }
    let parameters = diffutilslib::params::parse_params(kept.iter().map(|a| os(a).to_owned()).peekable());
    let parameters = parameters.unwrap_or_else(|message| {
        eprintln!("{message}");
        exit(2);
    });
    let options = arguments[1..].iter().filter(|a| a.len() > 1 && a[0] == b'-');
    let head = std::iter::once(&b"diff".to_vec())
        .chain(options)
        .map(|a| quote::shell_escape(a))
        .collect::<Vec<_>>()
        .join(&b' ');
    let (from, to) = (from_os(parameters.from.clone()), from_os(parameters.to.clone()));
    let mut run = Run { parameters, head, recursive, new_file, out: output::output(), status: 0 };
    let is_directory = |name: &[u8]| fs::stat(name).is_ok_and(|stat| stat.is_directory());
    match (is_directory(&from), is_directory(&to)) {
        (true, true) => run.directories(&from, &to),
        (true, false) if to != b"-" => run.files(&join(&from, base_name(&to)), &to, false),
        (false, true) if from != b"-" => run.files(&from, &join(&to, base_name(&from)), false),
        _ => run.files(&from, &to, false),
    }
    let status = run.status;
    match run.out.flush() {
        Ok(()) => status,
        Err(error) => {
            eprintln!("diff: standard output: {}", reason(&error));
            2
        }
    }
}

impl Run {
    fn say(&mut self, line: &str) {
        if let Err(error) = writeln!(self.out, "{line}") {
            eprintln!("diff: standard output: {}", reason(&error));
            exit(2);
        }
    }

    fn trouble(&mut self, name: &[u8], why: &str) {
        let _ = self.out.flush();
        eprintln!("diff: {}: {why}", text(name));
        self.status = 2;
    }

    fn directories(&mut self, from: &[u8], to: &[u8]) {
        let mut names = BTreeSet::new();
        let mut sides = Vec::new();
        for dir in [from, to] {
            match fs::read_directory(dir) {
                Ok(entries) => {
                    let of_side: BTreeSet<Bytes> = entries.into_iter().map(|entry| entry.name).collect();
                    names.extend(of_side.iter().cloned());
                    sides.push(of_side);
                }
                Err(errno) => {
                    self.trouble(dir, errno.message());
                    return;
                }
            }
        }
        for name in names {
            let (left, right) = (join(from, &name), join(to, &name));
            let only = match (sides[0].contains(&name), sides[1].contains(&name)) {
                (true, false) => Some(from),
                (false, true) => Some(to),
                _ => None,
            };
            if let Some(dir) = only.filter(|_| !self.new_file) {
                self.status = self.status.max(1);
                self.say(&format!("Only in {}: {}", text(dir), text(&name)));
                continue;
            }
            let kind = |name: &[u8]| fs::stat(name).map_or(FileKind::Regular, |stat| stat.file_kind());
            match (kind(&left), kind(&right)) {
                (FileKind::Directory, FileKind::Directory) if self.recursive => self.directories(&left, &right),
                (FileKind::Directory, FileKind::Directory) => {
                    self.say(&format!("Common subdirectories: {} and {}", text(&left), text(&right)));
                }
                (FileKind::Regular, FileKind::Regular) => self.files(&left, &right, true),
                (a, b) => {
                    self.status = self.status.max(1);
                    let (a, b) = (kind_name(a), kind_name(b));
                    self.say(&format!("File {} is a {a} while file {} is a {b}", text(&left), text(&right)));
                }
            }
        }
    }

    /// Compares two files; `in_tree`: a line of the command's words comes first.
    fn files(&mut self, from: &[u8], to: &[u8], in_tree: bool) {
        let (Some(left), Some(right)) = (self.read(from), self.read(to)) else { return };
        self.parameters.from = os(from).to_owned();
        self.parameters.to = os(to).to_owned();
        if left == right {
            if self.parameters.report_identical_files {
                self.say(&format!("Files {} and {} are identical", text(from), text(to)));
            }
            return;
        }
        let is_binary = |data: &[u8]| memchr::memchr(0, &data[..data.len().min(32 << 10)]).is_some();
        if is_binary(&left) || is_binary(&right) {
            self.status = self.status.max(1);
            let binary = if self.parameters.brief { "Files" } else { "Binary files" };
            self.say(&format!("{binary} {} and {} differ", text(from), text(to)));
            return;
        }
        let parameters = &self.parameters;
        let mut found = Vec::new();
        match parameters.format {
            Format::Normal => found = normal_diff(&left, &right, parameters),
            Format::Unified => found = unified_diff(&left, &right, parameters),
            Format::Context => found = context_diff(&left, &right, parameters),
            Format::Ed => match ed_diff(&left, &right, parameters) {
                Ok(script) => found = script,
                Err(error) => return self.trouble(from, &error.to_string()),
            },
            Format::SideBySide => {
                side_by_side_diff(&left, &right, &mut found, parameters);
            }
        }
        if found.is_empty() {
            return;
        }
        self.status = self.status.max(1);
        if self.parameters.brief {
            self.say(&format!("Files {} and {} differ", text(from), text(to)));
            return;
        }
        if in_tree {
            let line = [&*self.head, b" ", from, b" ", to].concat();
            self.say(&text(&line));
        }
        if let Err(error) = self.out.write_all(&found) {
            eprintln!("diff: standard output: {}", reason(&error));
            exit(2);
        }
    }

    fn read(&mut self, name: &[u8]) -> Option<Bytes> {
        let mut data = Bytes::new();
        let result = if name == b"-" {
            Standard::input().read_to_end(&mut data).map(|_| ())
        } else if self.new_file && fs::stat(name).is_err() {
            Ok(())
        } else {
            std::fs::read(path(name)).map(|read| data = read)
        };
        match result {
            Ok(()) => Some(data),
            Err(error) => {
                self.trouble(name, &reason(&error));
                None
            }
        }
    }
}

fn kind_name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Directory => "directory",
        FileKind::Fifo => "fifo",
        FileKind::CharacterDevice => "character special file",
        FileKind::BlockDevice => "block special file",
        FileKind::Socket => "socket",
        _ => "regular file",
    }
}

//! What can be done with a file.

use std::cell::RefCell;
use std::io::Write;

use vivarium_sys::fs::FileKind;
use vivarium_sys::process::Command;
use vivarium_userland::bytes::{base_name, dir_name, path};
use vivarium_userland::output::reason;
use vivarium_userland::{Bytes, quote};

use super::Run;
use super::entry::Entry;
use super::expression::Expression;
use super::printf::{Format, write_ls};

/// Bytes of arguments a command of `-exec … {} +` is given at most: what all systems take.
const BATCH_BYTES: usize = 128 << 10;

/// An action. `file` is where its output goes, standard output if none.
pub(crate) enum Action {
    Print { end: u8, file: Option<Bytes> },
    Printf { format: Format, file: Option<Bytes> },
    Ls { file: Option<Bytes> },
    Delete,
    Prune,
    Quit,
    Exec(Exec),
}

/// `-exec`, `-ok`, `-execdir`, `-okdir`.
pub(crate) struct Exec {
    pub(crate) words: Vec<Bytes>,
    pub(crate) ask: bool,
    pub(crate) in_directory: bool,
    /// Of `{} +`: what has been gathered, and the directory it is in.
    pub(crate) batch: Option<RefCell<(Vec<Bytes>, Bytes)>>,
}

impl Action {
    pub(crate) fn perform(&self, entry: &Entry, run: &Run) -> bool {
        match self {
            Action::Print { end, file } => write_to(file.as_deref(), run, |out| {
                out.write_all(&entry.path)?;
                out.write_all(&[*end])
            }),
            Action::Printf { format, file } => write_to(file.as_deref(), run, |out| format.write(entry, run, out)),
            Action::Ls { file } => write_to(file.as_deref(), run, |out| write_ls(entry, run, out)),
            Action::Delete => delete(entry, run),
            Action::Prune => {
                run.prune.set(true);
                true
            }
            Action::Quit => {
                run.quit.set(true);
                true
            }
            Action::Exec(exec) => exec.perform(entry, run),
        }
    }
}

fn write_to(file: Option<&[u8]>, run: &Run, f: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> bool {
    let result = match file {
        None => f(&mut *run.output.borrow_mut()),
        Some(name) => {
            let mut files = run.files.borrow_mut();
            let open = || -> std::io::Result<RefCell<Box<dyn Write>>> {
                Ok(RefCell::new(Box::new(std::io::BufWriter::new(std::fs::File::create(path(name))?))))
            };
            match files.get(name) {
                Some(file) => f(&mut **file.borrow_mut()),
                None => match open() {
                    Ok(file) => f(&mut **files.entry(name.to_vec()).or_insert(file).borrow_mut()),
                    Err(error) => {
                        eprintln!("find: {}: {}", quote::message(name), reason(&error));
                        std::process::exit(1);
                    }
                },
            }
        }
    };
    if let Err(error) = result {
        eprintln!("find: write error: {}", reason(&error));
        std::process::exit(1);
    }
    true
}

fn delete(entry: &Entry, run: &Run) -> bool {
    if entry.path == b"." {
        return true;
    }
    let at = path(&entry.path);
    let result = if entry.kind() == FileKind::Directory { std::fs::remove_dir(at) } else { std::fs::remove_file(at) };
    if let Err(error) = result {
        run.complain(&format!("cannot delete {}: {}", quote::message(&entry.path), reason(&error)));
        return false;
    }
    true
}

impl Exec {
    fn perform(&self, entry: &Entry, run: &Run) -> bool {
        let (name, dir) = if self.in_directory {
            let base = base_name(&entry.path);
            let name = if base == b"/" { b"/".to_vec() } else { [b"./", base].concat() };
            (name, dir_name(&entry.path).to_vec())
        } else {
            (entry.path.clone(), Bytes::new())
        };
        if let Some(batch) = &self.batch {
            let (gathered, size, other_dir) = {
                let batch = batch.borrow();
                (batch.0.len(), batch.0.iter().map(|n| n.len() + 9).sum::<usize>(), batch.1 != dir)
            };
            if gathered > 0 && (size + name.len() + 9 > BATCH_BYTES || other_dir) {
                self.finish(run);
            }
            let mut batch = batch.borrow_mut();
            batch.0.push(name);
            batch.1 = dir;
            return true;
        }
        let words: Vec<Bytes> = self.words.iter().map(|word| replace(word, &name)).collect();
        if self.ask {
            let _ = run.output.borrow_mut().flush();
            let shown: Vec<_> = self.words[..1].iter().map(|w| String::from_utf8_lossy(w).into_owned()).collect();
            eprint!("< {} ... {} > ? ", shown.join(" "), String::from_utf8_lossy(&entry.path));
            let mut line = String::new();
            let _ = std::io::stdin().read_line(&mut line);
            if !line.trim_start().starts_with(['y', 'Y']) {
                return false;
            }
        }
        self.run(&words, &dir, run)
    }

    /// Runs what has been gathered.
    fn finish(&self, run: &Run) {
        let Some(batch) = &self.batch else { return };
        let (names, dir) = batch.take();
        if names.is_empty() {
            return;
        }
        let mut words = self.words.clone();
        words.extend(names);
        if !self.run(&words, &dir, run) {
            run.status.set(1);
        }
    }

    fn run(&self, words: &[Bytes], dir: &[u8], run: &Run) -> bool {
        let _ = run.output.borrow_mut().flush();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        if self.in_directory {
            command.current_dir(dir);
        }
        if self.ask {
            command.stdin(vivarium_sys::process::Stdio::Null);
        }
        match command.status() {
            Ok(status) => status.success(),
            Err(errno) => {
                run.complain(&format!("{}: {errno}", quote::message(&words[0])));
                false
            }
        }
    }
}

/// `word` with each `{}` replaced.
fn replace(word: &[u8], name: &[u8]) -> Bytes {
    let mut replaced = Bytes::with_capacity(word.len() + name.len());
    let mut rest = word;
    while let Some(at) = memchr::memmem::find(rest, b"{}") {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(name);
        rest = &rest[at + 2..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

/// Runs what is still gathered at the end.
pub(crate) fn finish_batches(expression: &Expression, run: &Run) {
    expression.each_action(&mut |action| {
        if let Action::Exec(exec) = action {
            exec.finish(run);
        }
    });
}

//! Where records come from: the operands, and files and commands of `getline`; and both ways, coprocesses.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::time::Duration;

use vivarium_sys::process::{Child, Stdio};
use vivarium_sys::wait::Status;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{path, text};
use vivarium_userland::output::{Standard, reason};

use super::cell::Cell;
use super::input::Reader;
use super::interpreter::{ARGC, ARGIND, ERRNO, FILENAME, FNR, Interpreter, Leave, RT, Result, fatal};
use super::output::shell;
use super::syntax::{Expression, Pattern, Source};
use super::value::Value;

/// What `getline` reads from, and coprocesses.
#[derive(Default)]
pub(super) struct Inputs {
    files: HashMap<Bytes, Reader>,
    commands: HashMap<Bytes, (Child, Reader)>,
    coprocesses: HashMap<Bytes, Coprocess>,
}

struct Coprocess {
    child: Child,
    input: Option<BufWriter<File>>,
    output: Option<Reader>,
}

impl Inputs {
    /// Closes everything, and waits for the commands.
    pub(super) fn close_all(&mut self) {
        self.files.clear();
        for (_, (mut child, reader)) in self.commands.drain() {
            drop(reader);
            let _ = child.wait();
        }
        for (_, mut coprocess) in self.coprocesses.drain() {
            (coprocess.input, coprocess.output) = (None, None);
            let _ = coprocess.child.wait();
        }
    }

    /// Closes a coprocess and waits for it: what it says comes before what is said of it.
    fn finish(&mut self, name: &[u8]) {
        if let Some(mut coprocess) = self.coprocesses.remove(name) {
            (coprocess.input, coprocess.output) = (None, None);
            let _ = coprocess.child.wait();
        }
    }

    /// Writes out what is held back for coprocesses.
    pub(super) fn flush(&mut self) {
        for coprocess in self.coprocesses.values_mut() {
            if let Some(input) = &mut coprocess.input {
                let _ = input.flush();
            }
        }
    }
}

/// What a system call fails with on a descriptor that is closed.
fn closed() -> io::Error {
    io::Error::from(vivarium_sys::Errno::BADF)
}

impl<'a> Interpreter<'a> {
    pub(super) fn next_record(&mut self) -> Result<Option<Bytes>> {
        loop {
            if self.main.is_none() && !self.next_file()? {
                return Ok(None);
            }
            let separator = self.record_separator()?;
            let Some(reader) = &mut self.main else { return Ok(None) };
            match reader.record(&separator) {
                Ok(Some(record)) => {
                    let terminator = std::mem::take(&mut reader.terminator);
                    self.set_terminator(&terminator);
                    if let Some(reader) = &mut self.main {
                        reader.terminator = terminator;
                    }
                    return Ok(Some(record));
                }
                Ok(None) => self.end_file()?,
                Err(error) => {
                    let name = self.text_of(FILENAME);
                    self.note_error(&error);
                    self.warn(&format!("error reading input file `{}': {}", text(&name), reason(&error)));
                    self.status = 2;
                    self.end_file()?;
                }
            }
        }
    }

    /// Opens the next operand that is a file, or standard input where there is none.
    fn next_file(&mut self) -> Result<bool> {
        loop {
            let count = self.global(ARGC).number() as usize;
            if self.operand >= count {
                if self.read_any {
                    return Ok(false);
                }
                self.read_any = true;
                self.globals[FILENAME] = Cell::string("-");
                self.globals[FNR] = Cell::number(0.0);
                self.main = Some(Reader::new(Box::new(Standard::input()), 0));
                if self.begin_file()? {
                    continue;
                }
                return Ok(true);
            }
            let operand = self.argument_at(self.operand).map(|value| value.text(b"%.6g"));
            self.operand += 1;
            let Some(operand) = operand.filter(|operand| !operand.is_empty()) else { continue };
            if self.assignment(&operand)? {
                continue;
            }
            self.read_any = true;
            self.globals[FILENAME] = Cell::Value(Value::Input(operand.clone()));
            self.globals[FNR] = Cell::number(0.0);
            self.globals[ARGIND] = Cell::number((self.operand - 1) as f64);
            let opened = if &*operand == b"-" || &*operand == b"/dev/stdin" {
                Ok(Reader::new(Box::new(Standard::input()), 0))
            } else {
                open(&operand)
            };
            let has_rules = self.program.rules.iter().any(|rule| matches!(rule.pattern, Pattern::BeginFile));
            let error = match opened {
                Ok(reader) => {
                    self.main = Some(reader);
                    self.globals[ERRNO] = Cell::string("");
                    None
                }
                Err(error) => {
                    self.note_error(&error);
                    Some(error)
                }
            };
            if let Some(error) = &error
                && error.kind() == io::ErrorKind::IsADirectory
                && !has_rules
            {
                self.globals[FNR] = Cell::number(0.0);
                self.warn(&format!("command line argument `{}' is a directory: skipped", text(&operand)));
                continue;
            }
            if self.begin_file()? {
                continue;
            }
            let Some(error) = error else { return Ok(true) };
            return fatal(format!("cannot open file `{}' for reading: {}", text(&operand), reason(&error)));
        }
    }

    /// Runs the rules of BEGINFILE. Whether they went on to the next file.
    fn begin_file(&mut self) -> Result<bool> {
        let depth = self.frames.len();
        match self.rules("BEGINFILE", &|pattern| matches!(pattern, Pattern::BeginFile)) {
            Ok(()) => Ok(false),
            Err(Leave::NextFile) => {
                self.rule = "";
                self.frames.truncate(depth);
                if self.main.is_some() {
                    self.end_file()?;
                }
                Ok(true)
            }
            Err(other) => Err(other),
        }
    }

    /// Ends the present file, and runs the rules of ENDFILE.
    pub(super) fn end_file(&mut self) -> Result<()> {
        self.main = None;
        self.rules("ENDFILE", &|pattern| matches!(pattern, Pattern::EndFile))
    }

    pub(super) fn set_terminator(&mut self, terminator: &[u8]) {
        // Mostly the same as before.
        if !matches!(&self.globals[RT], Cell::Value(Value::String(known)) if **known == *terminator) {
            self.globals[RT] = Cell::string(terminator);
        }
    }

    pub(super) fn getline(&mut self, source: &'a Source, target: Option<&'a Expression>) -> Result<Value> {
        let slot = match target {
            Some(target) => Some(self.slot(target)?),
            None => None,
        };
        let (record, terminator) = match source {
            Source::Input => {
                if matches!(self.rule, "BEGINFILE" | "ENDFILE") {
                    return fatal(format!("non-redirected `getline' invalid inside `{}' rule", self.rule));
                }
                (self.next_record()?, None)
            }
            Source::File(name) | Source::Command(name) | Source::Coprocess(name) => {
                let value = self.expression(name)?;
                let name = self.text(&value);
                if name.is_empty() {
                    return fatal("expression for `<' redirection has null string value");
                }
                if self.settings.sandbox {
                    return fatal("redirection not allowed in sandbox mode");
                }
                let separator = self.record_separator()?;
                let timeout = self.timeout(&name);
                let reader = match self.reader(source, &name)? {
                    Ok(reader) => reader,
                    Err(error) => return Ok(self.failed(&error)),
                };
                reader.timeout = timeout;
                match reader.record(&separator) {
                    Ok(record) => (record, Some(reader.terminator.clone())),
                    Err(error) => {
                        self.note_error(&error);
                        let again = matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock);
                        let retry = self.information(&[&name, b"RETRY"]).is_some();
                        return Ok(Value::Number(if again && retry { -2.0 } else { -1.0 }));
                    }
                }
            }
        };
        let Some(record) = record else { return Ok(Value::Number(0.0)) };
        if let Some(terminator) = terminator {
            self.set_terminator(&terminator);
        }
        match source {
            Source::Input => self.count(true),
            Source::Command(_) | Source::Coprocess(_) => self.count(false),
            Source::File(_) => {}
        }
        match slot {
            Some(slot) => self.store(&slot, Value::input(&record))?,
            None => self.set_record(Rc::from(record)),
        }
        Ok(Value::Number(1.0))
    }

    /// How long reading from a file or command may take: PROCINFO[NAME, "READ_TIMEOUT"], in milliseconds.
    fn timeout(&self, name: &[u8]) -> Option<Duration> {
        let own = self.information(&[name, b"READ_TIMEOUT"]).or_else(|| self.information(&[b"READ_TIMEOUT"]));
        let milliseconds = own.map_or(0.0, |value| value.number());
        (milliseconds > 0.0).then(|| Duration::from_millis(milliseconds as u64))
    }

    /// What a source reads from, opened at its first use.
    fn reader(&mut self, source: &Source, name: &[u8]) -> Result<io::Result<&mut Reader>> {
        match source {
            Source::Command(_) => {
                if !self.inputs.commands.contains_key(name) {
                    self.flush_all();
                    let mut child = match shell(name).stdout(Stdio::Piped).spawn() {
                        Ok(child) => child,
                        Err(errno) => return Ok(Err(errno.into())),
                    };
                    let Some(output) = child.stdout.take() else { return Ok(Err(closed())) };
                    self.inputs.commands.insert(name.to_vec(), (child, Reader::of_file(output)));
                }
                Ok(self.inputs.commands.get_mut(name).map(|(_, reader)| reader).ok_or_else(closed))
            }
            Source::Coprocess(_) => {
                if let Err(error) = self.open_coprocess(name) {
                    return Ok(Err(error));
                }
                self.inputs.flush();
                if self.inputs.coprocesses.get(name).is_some_and(|coprocess| coprocess.output.is_none()) {
                    self.inputs.finish(name);
                    return fatal("getline: attempt to read from closed read end of two-way pipe");
                }
                let coprocess = self.inputs.coprocesses.get_mut(name);
                Ok(coprocess.and_then(|coprocess| coprocess.output.as_mut()).ok_or_else(closed))
            }
            _ => {
                if !self.inputs.files.contains_key(name) {
                    let reader = if name == b"-" || name == b"/dev/stdin" {
                        Ok(Reader::new(Box::new(Standard::input()), 0))
                    } else {
                        open(name)
                    };
                    match reader {
                        Ok(reader) => self.inputs.files.insert(name.to_vec(), reader),
                        Err(error) => return Ok(Err(error)),
                    };
                }
                Ok(self.inputs.files.get_mut(name).ok_or_else(closed))
            }
        }
    }

    fn open_coprocess(&mut self, name: &[u8]) -> io::Result<()> {
        if self.inputs.coprocesses.contains_key(name) {
            return Ok(());
        }
        if name.starts_with(b"/inet") {
            // Connections are not files here.
            return Err(io::ErrorKind::NotFound.into());
        }
        self.flush_all();
        let mut child = shell(name).stdin(Stdio::Piped).stdout(Stdio::Piped).spawn()?;
        let input = child.stdin.take().map(BufWriter::new);
        let output = child.stdout.take().map(Reader::of_file);
        self.inputs.coprocesses.insert(name.to_vec(), Coprocess { child, input, output });
        Ok(())
    }

    pub(super) fn write_to_coprocess(&mut self, what: &str, name: &Rc<[u8]>, line: &[u8]) -> Result<()> {
        if let Err(error) = self.open_coprocess(name) {
            return self.failed_to_write(name, &error, |name, reason| {
                format!("cannot open two way pipe `{name}' for input/output: {reason}")
            });
        }
        let input = self.inputs.coprocesses.get_mut(&**name).and_then(|coprocess| coprocess.input.as_mut());
        match input {
            Some(input) => match input.write_all(line).and_then(|()| input.flush()) {
                Ok(()) => Ok(()),
                Err(error) => self.failed_to_write(name, &error, |name, reason| {
                    format!("{what}: write to \"{name}\" failed: {reason}")
                }),
            },
            None => {
                let failed = self.failed_to_write(name, &closed(), |_, _| {
                    format!("{what}: attempt to write to closed write end of two-way pipe")
                });
                if failed.is_err() {
                    self.inputs.finish(name);
                }
                failed
            }
        }
    }

    /// fflush() of one. Whether it could be.
    pub(super) fn flush_one(&mut self, name: &[u8]) -> bool {
        if let Some(coprocess) = self.inputs.coprocesses.get_mut(name) {
            if let Some(input) = &mut coprocess.input {
                return input.flush().is_ok();
            }
            let name = text(name).into_owned();
            self.warn(&format!("fflush: cannot flush: two-way pipe `{name}' has closed write end"));
            return false;
        }
        self.outputs.flush_one(name)
    }

    /// Writes out all that is held back.
    pub(super) fn flush_all(&mut self) {
        let _ = self.outputs.flush();
        self.inputs.flush();
    }

    /// Notes an error in ERRNO; gives what getline does then.
    fn failed(&mut self, error: &io::Error) -> Value {
        self.note_error(error);
        Value::Number(-1.0)
    }

    /// close(): of whatever has that name; `how`: "to" or "from", of a coprocess.
    pub(super) fn close(&mut self, name: &[u8], how: Option<&[u8]>) -> Result<f64> {
        if let Some(how) = how
            && !matches!(how, b"to" | b"from")
        {
            return fatal("close: second argument must be `to' or `from'");
        }
        if let Some(coprocess) = self.inputs.coprocesses.get_mut(name) {
            if how != Some(b"from") {
                coprocess.input = None;
            }
            if how != Some(b"to") {
                coprocess.output = None;
            }
            if coprocess.input.is_some() || coprocess.output.is_some() {
                return Ok(0.0);
            }
            let status = self.inputs.coprocesses.remove(name).map(|mut coprocess| coprocess.child.wait());
            return Ok(status.map_or(-1.0, |status| status.map_or(-1.0, code)));
        }
        if let Some(status) = self.outputs.close(name) {
            return Ok(status);
        }
        if self.inputs.files.remove(name).is_some() {
            return Ok(0.0);
        }
        Ok(match self.inputs.commands.remove(name) {
            Some((mut child, reader)) => {
                drop(reader);
                child.wait().map_or(-1.0, code)
            }
            None => {
                self.globals[ERRNO] = Cell::string("close of redirection that was never opened");
                -1.0
            }
        })
    }
}

/// An exit status as close() and system() give it: 256 and the signal where one ended it.
pub(super) fn code(status: Status) -> f64 {
    match status {
        Status::Signaled(signal) => 256.0 + f64::from(signal.0),
        other => f64::from(other.code()),
    }
}

/// A file to read; a directory is none.
fn open(name: &[u8]) -> io::Result<Reader> {
    let file = File::open(path(name))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(vivarium_sys::Errno::ISDIR.into());
    }
    let fd = file.as_raw_fd();
    Ok(Reader::new(Box::new(file), fd))
}

//! Programs: finding them, starting them, waiting for them.

use std::os::fd::{AsRawFd, OwnedFd};

use vivarium_sys::Errno;
use vivarium_sys::fs::{self, OpenFlags};
use vivarium_sys::signal::{Disposition, Signal, SignalSet};
use vivarium_sys::spawn::Spawn;
use vivarium_sys::wait::{Status, WaitFor, options, wait};

use crate::error::{Run, Unwind};
use crate::shell::Shell;
use crate::state::variables::flag;
use crate::syntax::ast::Redirect;

/// The shell's own program.
pub(crate) const SELF: &[u8] = b"/proc/self/exe";

impl Shell {
    /// A program in the foreground.
    pub(crate) fn run_external(&mut self, words: &[Vec<u8>], redirects: &[Redirect]) -> Run {
        let Some(saved) = self.redirect(redirects)? else {
            self.state.status = 1;
            return Ok(());
        };
        let result = self.run_program(words);
        self.restore(saved);
        result
    }

    fn run_program(&mut self, words: &[Vec<u8>]) -> Run {
        if self.capture.is_some() {
            return self.run_captured(words);
        }
        let mut attributes = Attributes::foreground(self);
        match self.start(words, &mut attributes)? {
            Some(pid) => self.wait_foreground(pid, words),
            None => Ok(()),
        }
    }

    /// The same while standard output is kept in memory.
    fn run_captured(&mut self, words: &[Vec<u8>]) -> Run {
        let (reader, writer) = match crate::eval::redirect::own_pipe() {
            Ok(ends) => ends,
            Err(errno) => return self.pipe_error(errno),
        };
        let mut attributes = Attributes::foreground(self);
        attributes.dups.push((writer.as_raw_fd(), 1));
        let started = self.start(words, &mut attributes)?;
        drop(writer);
        let Some(pid) = started else { return Ok(()) };
        let output = self.read_all(&reader);
        drop(reader);
        if let Some(capture) = &mut self.capture {
            capture.extend_from_slice(&output);
        }
        self.wait_foreground(pid, words)
    }

    pub(crate) fn pipe_error<T>(&mut self, errno: Errno) -> Run<T> {
        self.complain(format!("cannot make pipe: {}", errno.message()));
        self.abort(254)
    }

    /// Reads a pipe to its end.
    pub(crate) fn read_all(&mut self, reader: &OwnedFd) -> Vec<u8> {
        let mut output = Vec::new();
        let mut buffer = vec![0; 65536];
        loop {
            match fs::read(reader.as_raw_fd(), &mut buffer) {
                Ok(0) => return output,
                Ok(count) => output.extend_from_slice(&buffer[..count]),
                Err(Errno::INTR) => {
                    if self.interrupted_wait() {
                        return output;
                    }
                }
                Err(_) => return output,
            }
        }
    }

    /// Starts a program; what stands in its way is told and is the status.
    pub(crate) fn start(&mut self, words: &[Vec<u8>], attributes: &mut Attributes) -> Run<Option<u32>> {
        self.flush();
        let name = &words[0];
        if self.restricted && name.contains(&b'/') {
            self.complain([&name[..], b": restricted: cannot specify `/' in command names"].concat());
            self.state.status = 127;
            return Ok(None);
        }
        let Some(path) = self.find_program(name) else {
            self.not_found(name)?;
            return Ok(None);
        };
        let environment = self.environment(&path);
        let mut spawn = Spawn::new(&path);
        for word in words {
            spawn.arg(word);
        }
        spawn.environment(environment);
        attributes.apply(&mut spawn);
        match self.spawn(&spawn) {
            Ok(pid) => Ok(Some(pid)),
            Err(errno) => self.start_error(words, &path, errno, attributes),
        }
    }

    fn start_error(
        &mut self,
        words: &[Vec<u8>],
        path: &[u8],
        errno: Errno,
        attributes: &Attributes,
    ) -> Run<Option<u32>> {
        if errno == Errno::NOEXEC && !is_binary(path) {
            // A script without `#!`: the shell itself runs it.
            let mut spawn = Spawn::new(SELF);
            spawn.arg(&self.state.arg0[..]).arg(path);
            for word in &words[1..] {
                spawn.arg(word);
            }
            spawn.environment(self.environment(path));
            attributes.apply(&mut spawn);
            if let Ok(pid) = self.spawn(&spawn) {
                return Ok(Some(pid));
            }
        }
        self.state.status = if errno == Errno::NOENT { 127 } else { 126 };
        let label = if words[0].contains(&b'/') { &words[0][..] } else { path };
        let message: Vec<u8> = if fs::stat(path).is_ok_and(|s| s.is_directory()) {
            self.state.status = 126;
            [label, b": Is a directory"].concat()
        } else if errno == Errno::NOEXEC {
            [label, b": cannot execute binary file: Exec format error"].concat()
        } else if errno == Errno::NOENT && fs::stat(path).is_ok() {
            match interpreter(path) {
                Some(interpreter) => {
                    [label, b": ", &interpreter, b": bad interpreter: No such file or directory"].concat()
                }
                None => [label, b": cannot execute: required file not found"].concat(),
            }
        } else {
            [label, b": ", errno.message().as_bytes()].concat()
        };
        let status = self.state.status;
        self.complain(message);
        self.state.status = status;
        Ok(None)
    }

    fn not_found(&mut self, name: &[u8]) -> Run {
        if let Some(function) = self.function(b"command_not_found_handle") {
            return self.call(&function, vec![b"command_not_found_handle".to_vec(), name.to_vec()]);
        }
        if name.contains(&b'/') {
            self.complain([name, b": No such file or directory"].concat());
        } else {
            let shown =
                if crate::syntax::quote::needs_ansi(name) { crate::syntax::quote::ansi(name) } else { name.to_vec() };
            self.complain([&shown[..], b": command not found"].concat());
        }
        self.state.status = 127;
        Ok(())
    }

    /// The environment of a program, with `_` its path.
    pub(crate) fn environment(&mut self, path: &[u8]) -> Vec<u8> {
        let functions = self.state.functions.clone();
        let shared = self.state.variables.environment(|strings| {
            for (name, entry) in functions.iter() {
                if entry.flags & flag::EXPORT != 0 {
                    let text = crate::syntax::print::function(&entry.function);
                    let body = text.iter().position(|b| *b == b'(').map_or(&text[..], |at| &text[at..]);
                    strings.extend_from_slice(b"BASH_FUNC_");
                    strings.extend_from_slice(name.name());
                    strings.extend_from_slice(b"%%=");
                    strings.extend_from_slice(body);
                    strings.push(0);
                }
            }
        });
        let mut environment = Vec::with_capacity(shared.len() + path.len() + 3);
        environment.extend_from_slice(&shared);
        environment.extend_from_slice(b"_=");
        environment.extend_from_slice(path);
        environment.push(0);
        environment
    }

    /// Where a program is: by PATH, remembered.
    pub(crate) fn find_program(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        if name.contains(&b'/') {
            return (fs::stat(name).is_ok()).then(|| name.to_vec());
        }
        if name.is_empty() {
            return None;
        }
        let path_is_temporary = self.state.variables.scopes().last().is_some_and(|scope| {
            scope.kind == crate::state::variables::ScopeKind::Temporary
                && scope.hidden.iter().any(|(n, _)| n.name() == b"PATH")
        });
        if !path_is_temporary && let Some((path, hits)) = self.state.hashed.get_mut(name) {
            *hits += 1;
            let path = path.clone();
            if !self.state.shopts.checkhash || fs::stat(&path).is_ok() {
                return Some(path);
            }
            self.state.hashed.remove(name);
        }
        let found = self.search_path(name, false).into_iter().next()?;
        if self.state.options.hashall && !path_is_temporary && found.starts_with(b"/") {
            self.state.hashed.insert(name.to_vec(), (found.clone(), 1));
        }
        Some(found)
    }

    /// Where PATH has a program; everywhere where `all`.
    pub(crate) fn search_path(&mut self, name: &[u8], all: bool) -> Vec<Vec<u8>> {
        let path = self
            .value("PATH")
            .unwrap_or_else(|| b"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_vec());
        self.search_in(&path, name, all)
    }

    pub(crate) fn search_in(&mut self, path: &[u8], name: &[u8], all: bool) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        let mut not_executable = None;
        for dir in path.split(|b| *b == b':') {
            let mut file = if dir.is_empty() { b".".to_vec() } else { dir.to_vec() };
            if file.first() == Some(&b'~')
                && let Some((home, used)) = self.tilde(&file, false)
            {
                file = [&home[..], &file[used..]].concat();
            }
            if file.last() != Some(&b'/') {
                file.push(b'/');
            }
            file.extend_from_slice(name);
            let Ok(stat) = fs::stat(&file) else { continue };
            if !stat.is_file() {
                continue;
            }
            if fs::access(&file, 4, true).is_ok() {
                found.push(file);
                if !all {
                    return found;
                }
            } else if not_executable.is_none() {
                not_executable = Some(file);
            }
        }
        if found.is_empty() && !all {
            found.extend(not_executable);
        }
        found
    }

    /// Waits for a foreground program and takes its status.
    pub(crate) fn wait_foreground(&mut self, pid: u32, words: &[Vec<u8>]) -> Run {
        let status = if self.has_job_control() {
            self.foreground_job(&[pid], pid, words.join(&b' '))?
        } else {
            self.wait_for(pid)
        };
        if let Some(Status::Signaled(signal)) = status
            && self.capture.is_none()
        {
            let shown: Vec<Vec<u8>> = words.iter().map(|word| crate::syntax::quote::traced(word)).collect();
            self.tell_death(signal, pid, &shown.join(&b' '));
        }
        self.finish_foreground(status)
    }

    pub(crate) fn finish_foreground(&mut self, status: Option<Status>) -> Run {
        let Some(status) = status else { return Ok(()) };
        self.state.status = status.code();
        if let Status::Signaled(signal) = status {
            self.tell_signal(signal);
            if signal == Signal::INT && self.interactive {
                return Err(Unwind::Abort);
            }
        }
        self.poll_signals()
    }

    /// A child's death by a signal, as bash tells it.
    pub(crate) fn tell_signal(&mut self, signal: Signal) {
        if signal == Signal::INT || (signal == Signal::PIPE) {
            if self.interactive && signal == Signal::INT {
                self.write_error(b"\n");
            }
            return;
        }
        if self.interactive {
            self.write_error(format!("{}\n", signal.message()).as_bytes());
        }
    }

    /// The same in a script, which names the process and its command.
    pub(crate) fn tell_death(&mut self, signal: Signal, pid: u32, text: &[u8]) {
        if self.interactive || signal == Signal::INT || signal == Signal::PIPE {
            return;
        }
        if signal == Signal::TERM {
            self.write_error(format!("{}\n", signal.message()).as_bytes());
            return;
        }
        self.complain([format!("{pid:>5} {:<23} ", signal.message()).as_bytes(), text].concat());
    }

    /// Waits for one child, over interruptions.
    pub(crate) fn wait_for(&mut self, pid: u32) -> Option<Status> {
        match wait(WaitFor::Child(pid), options::NO_HANG) {
            Ok(Some(change)) => return Some(change.status),
            Ok(None) | Err(Errno::INTR) => {}
            Err(_) => return self.jobs.recall(pid),
        }
        loop {
            match wait(WaitFor::Any, 0) {
                Ok(Some(change)) if change.pid == pid => return Some(change.status),
                // Jobs that end meanwhile are reaped at once: what asks whether they are there must not find them.
                Ok(Some(change)) => self.jobs.note(change.pid, change.status),
                Ok(None) => {}
                Err(Errno::INTR) => self.note_signals(),
                Err(_) => return self.jobs.recall(pid),
            }
        }
    }
}

/// How a child is started.
pub(crate) struct Attributes {
    pub(crate) dups: Vec<(i32, i32)>,
    pub(crate) closes: Vec<i32>,
    /// Its process group, where there is job control; 0 makes a new one.
    pub(crate) group: Option<u32>,
    pub(crate) foreground: bool,
    pub(crate) ignore: SignalSet,
    pub(crate) default: SignalSet,
    pub(crate) null_input: bool,
}

impl Attributes {
    pub(crate) fn foreground(shell: &Shell) -> Attributes {
        let job_control = shell.has_job_control();
        let mut default = SignalSet::EMPTY;
        if shell.interactive || job_control {
            for signal in [Signal::INT, Signal::QUIT, Signal::TERM, Signal::TSTP, Signal::TTIN, Signal::TTOU] {
                if shell.state.traps.disposition(signal) != Some(Disposition::Ignore) {
                    default = default.with(signal);
                }
            }
        }
        Attributes {
            dups: Vec::new(),
            closes: Vec::new(),
            group: job_control.then_some(0),
            foreground: job_control && shell.terminal.is_some(),
            ignore: SignalSet::EMPTY,
            default,
            null_input: false,
        }
    }

    pub(crate) fn background(shell: &Shell) -> Attributes {
        let mut attributes = Attributes::foreground(shell);
        attributes.foreground = false;
        if attributes.group.is_none() {
            attributes.ignore = SignalSet::EMPTY.with(Signal::INT).with(Signal::QUIT);
            attributes.null_input = true;
        }
        attributes
    }

    /// The file that an asynchronous command reads (POSIX 2.9.3.1), to be put in place before its redirections.
    pub(crate) fn take_null_input(&mut self) -> Option<OwnedFd> {
        let wanted = std::mem::take(&mut self.null_input);
        let open = || fs::open(fs::AT_FDCWD, "/dev/null", OpenFlags::READ | OpenFlags::CLOSE_ON_EXEC, 0).ok();
        if wanted { open() } else { None }
    }

    pub(crate) fn apply(&self, spawn: &mut Spawn) {
        if self.null_input {
            spawn.open(0, "/dev/null", OpenFlags::READ, 0);
        }
        for (from, to) in &self.dups {
            spawn.dup(*from, *to);
        }
        for fd in &self.closes {
            spawn.close(*fd);
        }
        if let Some(group) = self.group {
            spawn.process_group(group);
        }
        if self.foreground {
            spawn.foreground();
        }
        spawn.signal_ignore(self.ignore).signal_default(self.default);
    }
}

/// Whether a file's first line has bytes no script has.
fn is_binary(path: &[u8]) -> bool {
    let Ok(file) = fs::open(fs::AT_FDCWD, path, OpenFlags::READ | OpenFlags::CLOSE_ON_EXEC, 0) else { return false };
    let mut head = [0; 80];
    let count = fs::read(file.as_raw_fd(), &mut head).unwrap_or(0);
    let line = head[..count].split(|b| *b == b'\n').next().unwrap_or_default();
    line.contains(&0)
}

/// What a script's `#!` names.
fn interpreter(path: &[u8]) -> Option<Vec<u8>> {
    let file = fs::open(fs::AT_FDCWD, path, OpenFlags::READ | OpenFlags::CLOSE_ON_EXEC, 0).ok()?;
    let mut head = [0; 256];
    let count = fs::read(file.as_raw_fd(), &mut head).ok()?;
    let line = head[..count].strip_prefix(b"#!")?.split(|b| *b == b'\n').next()?.trim_ascii();
    line.split(|b| matches!(b, b' ' | b'\t')).next().map(<[u8]>::to_vec)
}

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};

use crate::fs::OpenFlags;
use crate::pipe::pipe;
use crate::poll::{PollFd, events, poll};
use crate::spawn::Spawn;
use crate::wait::{Status, WaitFor, wait};
use crate::{Errno, Path, Result};

/// What a standard descriptor of a child is.
#[derive(Default)]
pub enum Stdio {
    /// The caller's own.
    #[default]
    Inherit,
    /// `/dev/null`.
    Null,
    /// A new pipe, whose other end is in [`Child`].
    Piped,
    /// This file.
    Fd(OwnedFd),
}

impl From<File> for Stdio {
    fn from(file: File) -> Stdio {
        Stdio::Fd(file.into())
    }
}

impl From<OwnedFd> for Stdio {
    fn from(fd: OwnedFd) -> Stdio {
        Stdio::Fd(fd)
    }
}

/// What a caller says of the child beyond the builder's own.
type Preparation = Box<dyn Fn(&mut Spawn)>;

/// A program to start; the same builder may start several children.
pub struct Command {
    program: Vec<u8>,
    arguments: Vec<Vec<u8>>,
    /// `None` takes a variable away.
    variables: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    clear: bool,
    stdio: [Stdio; 3],
    prepare: Vec<Preparation>,
}

impl Command {
    /// The program `program`, searched for in PATH where it has no slash.
    pub fn new(program: impl Path) -> Command {
        let program = program.bytes().to_vec();
        Command {
            arguments: vec![program.clone()],
            program,
            variables: BTreeMap::new(),
            clear: false,
            stdio: Default::default(),
            prepare: Vec::new(),
        }
    }

    /// Adds an argument.
    pub fn arg(&mut self, argument: impl Path) -> &mut Command {
        self.arguments.push(argument.bytes().to_vec());
        self
    }

    /// Adds arguments.
    pub fn args<A: Path>(&mut self, arguments: impl IntoIterator<Item = A>) -> &mut Command {
        self.arguments.extend(arguments.into_iter().map(|a| a.bytes().to_vec()));
        self
    }

    /// Sets the name the program is told it has.
    pub fn arg0(&mut self, name: impl Path) -> &mut Command {
        self.arguments[0] = name.bytes().to_vec();
        self
    }

    /// Sets a variable of the environment.
    pub fn env(&mut self, name: impl Path, value: impl Path) -> &mut Command {
        self.variables.insert(name.bytes().to_vec(), Some(value.bytes().to_vec()));
        self
    }

    /// Takes a variable away from the environment.
    pub fn env_remove(&mut self, name: impl Path) -> &mut Command {
        self.variables.insert(name.bytes().to_vec(), None);
        self
    }

    /// Begins with no environment.
    pub fn env_clear(&mut self) -> &mut Command {
        self.clear = true;
        self.variables.clear();
        self
    }

    /// Changes the child's current directory. A relative program is then found from there.
    pub fn current_dir(&mut self, path: impl Path) -> &mut Command {
        let path = path.bytes().to_vec();
        self.prepare(move |spawn| {
            spawn.chdir(&path);
        })
    }

    /// Sets standard input.
    pub fn stdin(&mut self, stdio: impl Into<Stdio>) -> &mut Command {
        self.stdio[0] = stdio.into();
        self
    }

    /// Sets standard output.
    pub fn stdout(&mut self, stdio: impl Into<Stdio>) -> &mut Command {
        self.stdio[1] = stdio.into();
        self
    }

    /// Sets standard error.
    pub fn stderr(&mut self, stdio: impl Into<Stdio>) -> &mut Command {
        self.stdio[2] = stdio.into();
        self
    }

    /// Says anything else about the child: groups, signals, limits, further descriptors.
    pub fn prepare(&mut self, f: impl Fn(&mut Spawn) + 'static) -> &mut Command {
        self.prepare.push(Box::new(f));
        self
    }

    /// Starts the child.
    ///
    /// `NOENT`: there is no such program; `ACCES`: it is not executable; `NOEXEC`: it is no program.
    pub fn spawn(&mut self) -> Result<Child> {
        let environment = self.environment();
        let path = search(&self.program, &environment)?;
        let mut spawn = Spawn::new(&path);
        for argument in &self.arguments {
            spawn.arg(argument);
        }
        spawn.environment(environment);
        let mut ends: [Option<File>; 3] = Default::default();
        // The child's ends: open until it has started.
        let mut held = Vec::new();
        for (fd, stdio) in self.stdio.iter().enumerate() {
            match stdio {
                Stdio::Inherit => {}
                Stdio::Null => {
                    let flags = if fd == 0 { OpenFlags::READ } else { OpenFlags::WRITE };
                    spawn.open(fd as i32, "/dev/null", flags, 0);
                }
                Stdio::Piped => {
                    let (reader, writer) = pipe(OpenFlags::CLOSE_ON_EXEC)?;
                    let (ours, childs) = if fd == 0 { (writer, reader) } else { (reader, writer) };
                    spawn.dup(childs.as_raw_fd(), fd as i32);
                    ends[fd] = Some(File::from(ours));
                    held.push(childs);
                }
                Stdio::Fd(file) => {
                    spawn.dup(file.as_raw_fd(), fd as i32);
                }
            }
        }
        for prepare in &self.prepare {
            prepare(&mut spawn);
        }
        let pid = spawn.spawn()?;
        let [stdin, stdout, stderr] = ends;
        Ok(Child { pid, stdin, stdout, stderr, status: None })
    }

    /// Starts the child and waits for its end.
    pub fn status(&mut self) -> Result<Status> {
        self.spawn()?.wait()
    }

    /// Starts the child, gives it no input unless said, and collects what it writes.
    pub fn output(&mut self) -> Result<Output> {
        for fd in [1, 2] {
            if matches!(self.stdio[fd], Stdio::Inherit) {
                self.stdio[fd] = Stdio::Piped;
            }
        }
        self.spawn()?.wait_with_output()
    }

    /// Runs the program in place of the caller. Comes back only with an error.
    pub fn exec(&mut self) -> Errno {
        let environment = self.environment();
        let path = match search(&self.program, &environment) {
            Ok(path) => path,
            Err(errno) => return errno,
        };
        let mut spawn = Spawn::new(&path);
        for argument in &self.arguments {
            spawn.arg(argument);
        }
        spawn.environment(environment).exec()
    }

    /// `NAME=value` strings, each ended by a NUL.
    fn environment(&self) -> Vec<u8> {
        let mut strings = Vec::new();
        let mut add = |name: &[u8], value: &[u8]| {
            strings.extend_from_slice(name);
            strings.push(b'=');
            strings.extend_from_slice(value);
            strings.push(0);
        };
        if !self.clear {
            for (name, value) in std::env::vars_os() {
                if !self.variables.contains_key(name.as_encoded_bytes()) {
                    add(name.as_encoded_bytes(), value.as_encoded_bytes());
                }
            }
        }
        for (name, value) in &self.variables {
            if let Some(value) = value {
                add(name, value);
            }
        }
        strings
    }
}

/// Where PATH of `environment` has `program` (execvp()).
fn search(program: &[u8], environment: &[u8]) -> Result<Vec<u8>> {
    if program.contains(&b'/') {
        return Ok(program.to_vec());
    }
    let path = environment.split(|b| *b == 0).find_map(|v| v.strip_prefix(b"PATH=")).unwrap_or(b"/usr/bin:/bin");
    let mut refused = Errno::NOENT;
    for dir in path.split(|b| *b == b':') {
        let mut file = if dir.is_empty() { b".".to_vec() } else { dir.to_vec() };
        file.push(b'/');
        file.extend_from_slice(program);
        match crate::fs::stat(&file) {
            Ok(stat) if stat.is_file() => match crate::fs::access(&file, 4, true) {
                Ok(()) => return Ok(file),
                Err(errno) => refused = errno,
            },
            Ok(_) => refused = Errno::ACCES,
            Err(_) => {}
        }
    }
    Err(refused)
}

/// What a child has left.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: Status,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

/// A running program.
pub struct Child {
    pid: u32,
    /// The writing end of its standard input, where piped.
    pub stdin: Option<File>,
    /// The reading end of its standard output, where piped.
    pub stdout: Option<File>,
    /// The reading end of its standard error, where piped.
    pub stderr: Option<File>,
    status: Option<Status>,
}

impl Child {
    /// Its pid.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid
    }

    /// Closes its input and waits for its end.
    pub fn wait(&mut self) -> Result<Status> {
        drop(self.stdin.take());
        if let Some(status) = self.status {
            return Ok(status);
        }
        loop {
            match wait(WaitFor::Child(self.pid), 0) {
                Ok(Some(change)) => {
                    self.status = Some(change.status);
                    return Ok(change.status);
                }
                Ok(None) | Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Its status, where it has ended.
    pub fn try_wait(&mut self) -> Result<Option<Status>> {
        if self.status.is_none() {
            self.status = wait(WaitFor::Child(self.pid), crate::wait::options::NO_HANG)?.map(|change| change.status);
        }
        Ok(self.status)
    }

    /// Ends it (SIGKILL).
    pub fn kill(&mut self) -> Result<()> {
        crate::signal::kill(crate::signal::Target::Process(self.pid), Some(crate::signal::Signal::KILL))
    }

    /// Closes its input, collects what it writes to its pipes, and waits for its end.
    pub fn wait_with_output(mut self) -> Result<Output> {
        drop(self.stdin.take());
        let mut files = [self.stdout.take(), self.stderr.take()];
        let mut bytes = [Vec::new(), Vec::new()];
        collect(&mut files, &mut bytes)?;
        let status = self.wait()?;
        let [stdout, stderr] = bytes;
        Ok(Output { status, stdout, stderr })
    }

    /// Writes `input` to its piped input.
    pub fn write_input(&mut self, input: &[u8]) -> std::io::Result<()> {
        match &mut self.stdin {
            Some(stdin) => stdin.write_all(input),
            None => Ok(()),
        }
    }
}

/// Reads all files to their ends, whichever has something.
fn collect(files: &mut [Option<File>; 2], bytes: &mut [Vec<u8>; 2]) -> Result<()> {
    let mut buffer = vec![0; 65536];
    loop {
        let open: Vec<usize> = (0..2).filter(|i| files[*i].is_some()).collect();
        let mut fds: Vec<PollFd> = open
            .iter()
            .filter_map(|i| files[*i].as_ref())
            .map(|f| PollFd::new(f.as_raw_fd(), events::READABLE))
            .collect();
        if fds.is_empty() {
            return Ok(());
        }
        match poll(&mut fds, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno),
        }
        for (fd, i) in fds.iter().zip(open) {
            let Some(file) = &mut files[i] else { continue };
            if fd.revents == 0 {
                continue;
            }
            match file.read(&mut buffer) {
                Ok(0) => files[i] = None,
                Ok(count) => bytes[i].extend_from_slice(&buffer[..count]),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Errno::from_io(&e).unwrap_or(Errno::IO)),
            }
        }
    }
}

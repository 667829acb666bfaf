//! A program to run in a machine.

use std::sync::Arc;

use vivarium_runner::{AT_FDCWD, Errno, Fault, FileKind, Task, fs, proc};

use crate::pipe::OwnedFd;
use crate::stdio::Kind;
use crate::{Child, Error, ExitStatus, Output, PipeReader, PipeWriter, Pty, Stdio, Vm};

/// A program to run in a machine, in the manner of `tokio::process::Command`.
#[derive(Debug)]
pub struct Command {
    vm: Vm,
    program: Vec<u8>,
    arguments: Vec<Vec<u8>>,
    environment: Vec<(Vec<u8>, Vec<u8>)>,
    cwd: Option<Vec<u8>>,
    stdio: [Option<Stdio>; 3],
    attributes: proc::SpawnAttributes,
    terminal: bool,
}

/// Open flags of a standard stream that is a file.
fn file_flags(stream: usize, append: bool) -> fs::OpenFlags {
    match (stream, append) {
        (0, _) => fs::OpenFlags::READ,
        (_, true) => fs::OpenFlags::WRITE | fs::OpenFlags::CREATE | fs::OpenFlags::APPEND,
        (_, false) => fs::OpenFlags::WRITE | fs::OpenFlags::CREATE | fs::OpenFlags::TRUNCATE,
    }
}

impl Command {
    pub(crate) fn new(vm: Vm, program: &[u8]) -> Self {
        let environment = vm.0.environment.clone();
        let attributes = proc::SpawnAttributes {
            // A group of its own: what signals it sends to its group stay within it.
            group: Some(0),
            new_session: false,
            foreground: false,
            controlling_terminal: None,
            signal_mask: None,
            signal_default: 0,
            signal_ignore: 0,
            umask: None,
            nice: None,
            uid: None,
            gid: None,
            limits: Vec::new(),
        };
        Self {
            vm,
            program: program.to_vec(),
            arguments: vec![program.to_vec()],
            environment,
            cwd: None,
            stdio: [None, None, None],
            attributes,
            terminal: false,
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<[u8]>) -> Self {
        self.arguments.push(argument.as_ref().to_vec());
        self
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_vec()));
        self
    }

    /// The name the program is given as its first argument, in place of the one it was found by.
    pub fn arg0(mut self, name: impl AsRef<[u8]>) -> Self {
        self.arguments[0] = name.as_ref().to_vec();
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref();
        self.environment.retain(|(present, _)| present != name);
        self.environment.push((name.to_vec(), value.as_ref().to_vec()));
        self
    }

    /// Removes an environment variable.
    pub fn env_remove(mut self, name: impl AsRef<[u8]>) -> Self {
        self.environment.retain(|(present, _)| present != name.as_ref());
        self
    }

    /// Starts from an empty environment.
    pub fn env_clear(mut self) -> Self {
        self.environment.clear();
        self
    }

    /// The directory it starts in.
    pub fn current_dir(mut self, path: impl AsRef<[u8]>) -> Self {
        self.cwd = Some(path.as_ref().to_vec());
        self
    }

    /// Runs it as this user and group.
    pub fn user(mut self, uid: u32, gid: u32) -> Self {
        (self.attributes.uid, self.attributes.gid) = (Some(uid), Some(gid));
        self
    }

    /// Bounds a resource: `soft`, `hard`.
    pub fn limit(mut self, resource: proc::Resource, soft: u64, hard: u64) -> Self {
        self.attributes.limits.push((resource, proc::Limit { soft, hard }));
        self
    }

    /// Where its standard input comes from; nowhere, unless told otherwise.
    pub fn stdin(mut self, stdio: impl Into<Stdio>) -> Self {
        self.stdio[0] = Some(stdio.into());
        self
    }

    /// Takes its standard input from a file of the machine.
    pub fn stdin_file(self, path: impl AsRef<[u8]>) -> Self {
        self.stdin(Stdio::file(path))
    }

    /// Where its standard output goes; nowhere, unless told otherwise or asked for by [`Command::output`].
    pub fn stdout(mut self, stdio: impl Into<Stdio>) -> Self {
        self.stdio[1] = Some(stdio.into());
        self
    }

    /// Where its standard error goes; nowhere, unless told otherwise or asked for by [`Command::output`].
    pub fn stderr(mut self, stdio: impl Into<Stdio>) -> Self {
        self.stdio[2] = Some(stdio.into());
        self
    }

    /// Runs it on a terminal, as the leader of a session of its own.
    pub fn pty(mut self, pty: &Pty) -> Self {
        self.stdio = [Some(pty.into()), Some(pty.into()), Some(pty.into())];
        self.terminal = true;
        self
    }

    /// Starts it.
    pub async fn spawn(self) -> Result<Child, Error> {
        let vm = self.vm.clone();
        let task = vm.task()?;
        let shown = || String::from_utf8_lossy(&self.program).into_owned();
        let path = self.find(&task)?;
        let mut actions = Vec::new();
        if let Some(cwd) = &self.cwd {
            actions.push(proc::FileAction::Chdir(cwd.clone()));
        }
        let mut child_ends = Vec::new();
        let (mut stdin, mut stdout, mut stderr) = (None, None, None);
        for (stream, stdio) in self.stdio.iter().enumerate() {
            let fd = stream as u32;
            let open = |path: &[u8], flags| {
                proc::FileAction::Open(proc::OpenAction {
                    fd,
                    path: path.to_vec(),
                    flags: wit_bits(flags),
                    mode: 0o666,
                })
            };
            match stdio.as_ref().map_or(&Kind::Null, |stdio| &stdio.0) {
                Kind::Null if stream == 0 => actions.push(open(b"/dev/null", fs::OpenFlags::READ)),
                Kind::Null => actions.push(open(b"/dev/null", fs::OpenFlags::WRITE)),
                Kind::File { path, append } => actions.push(open(path, file_flags(stream, *append))),
                &Kind::Fd(from) => actions.push(proc::FileAction::Dup((from, fd))),
                Kind::Piped => {
                    let fail = |fault| Error::new("pipe", "", fault);
                    let (reader, writer) = task.pipe(fs::OpenFlags::CLOSE_ON_EXEC).map_err(fail)?;
                    let (own, childs) = if stream == 0 { (writer, reader) } else { (reader, writer) };
                    child_ends.push(childs);
                    actions.push(proc::FileAction::Dup((childs, fd)));
                    let own = Arc::new(OwnedFd::new(vm.task()?, own));
                    match stream {
                        0 => stdin = Some(PipeWriter::new(vm.task()?, own)),
                        1 => stdout = Some(PipeReader::new(vm.task()?, own)),
                        _ => stderr = Some(PipeReader::new(vm.task()?, own)),
                    }
                }
            }
        }
        let environment = self.environment.iter().map(|(name, value)| [&name[..], b"=", value].concat()).collect();
        let program = proc::Program { path, arguments: self.arguments.clone(), environment };
        let mut attributes = self.attributes.clone();
        if self.terminal {
            attributes.group = None;
            attributes.new_session = true;
            attributes.controlling_terminal = Some(0);
        }
        let spawned = task.wait(|task| task.spawn(&program, &actions, &attributes)).await;
        for fd in child_ends {
            task.close(fd).map_err(|fault| Error::new("close", "", fault))?;
        }
        let pid = spawned.map_err(|stop| Error::new("spawn", shown(), stop))?;
        Ok(Child::new(vm, task, pid, stdin, stdout, stderr))
    }

    /// Runs it to its end.
    pub async fn status(self) -> Result<ExitStatus, Error> {
        self.spawn().await?.wait().await
    }

    /// Runs it to its end and collects what it writes.
    pub async fn output(mut self) -> Result<Output, Error> {
        for stream in &mut self.stdio[1..] {
            stream.get_or_insert_with(Stdio::piped);
        }
        self.spawn().await?.wait_with_output().await
    }

    /// The program's path: as given where it holds a slash, else from the command's PATH.
    fn find(&self, task: &Task) -> Result<Vec<u8>, Error> {
        let not_found = || Error::NotFound(String::from_utf8_lossy(&self.program).into_owned());
        if self.program.contains(&b'/') {
            return Ok(self.program.clone());
        }
        if self.program.is_empty() {
            return Err(not_found());
        }
        let path =
            self.environment.iter().find(|(name, _)| name == b"PATH").map_or(&b"/bin:/usr/bin"[..], |(_, path)| path);
        for directory in path.split(|&byte| byte == b':') {
            let candidate = [if directory.is_empty() { b"." } else { directory }, b"/", &self.program[..]].concat();
            match task.stat(AT_FDCWD, &candidate, true) {
                Ok(stat) if stat.kind == FileKind::Regular && stat.mode & 0o111 != 0 => return Ok(candidate),
                Ok(_) | Err(Fault::Errno(Errno::Noent | Errno::Notdir | Errno::Acces | Errno::Loop)) => {}
                Err(fault) => return Err(Error::new("stat", String::from_utf8_lossy(&candidate), fault)),
            }
        }
        Err(not_found())
    }
}

/// Open flags as the bits that `proc.open-action` takes.
fn wit_bits(flags: fs::OpenFlags) -> u32 {
    let order = [
        fs::OpenFlags::READ,
        fs::OpenFlags::WRITE,
        fs::OpenFlags::APPEND,
        fs::OpenFlags::CREATE,
        fs::OpenFlags::EXCLUSIVE,
        fs::OpenFlags::TRUNCATE,
    ];
    order.iter().enumerate().filter(|(_, flag)| flags.contains(**flag)).map(|(bit, _)| 1 << bit).sum()
}

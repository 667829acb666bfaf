//! `process_wrap` and `spawn_sync`: child processes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::Errno;
use crate::bindings::handle::{self, Base, Handle};
use crate::bindings::signal_wrap;
use crate::bindings::stream::Stream;
use crate::realm::{Realm, realm};
use crate::sys::{Ended, Events, Fd, FileAction, KillTarget, Pid, PollFd, Spawn, open};
use crate::table::{Class, Table};
use crate::value::*;

const SIGCHLD: u8 = 17;
const SIGTERM: u8 = 15;

struct Process {
    base: Base,
    pid: Cell<Option<Pid>>,
    held: Cell<bool>,
}

/// Children that have not ended yet.
#[derive(Default)]
struct Children(RefCell<Vec<Rc<Process>>>);

impl Handle for Process {
    fn base(&self) -> &Base {
        &self.base
    }

    fn close(&self, scope: &mut Scope<'_, '_>) {
        // The process goes on; nobody is told of its end any more.
        self.hold(scope, false);
    }

    fn ref_changed(&self, scope: &mut Scope<'_, '_>) {
        let want = self.pid.get().is_some() && self.base.is_ref();
        self.hold(scope, want);
    }
}

impl Process {
    fn hold(&self, scope: &Scope<'_, '_>, want: bool) {
        if self.held.replace(want) != want {
            let event_loop = &realm(scope).event_loop;
            if want { event_loop.hold() } else { event_loop.release() }
        }
    }
}

pub(super) fn table() -> Table {
    let class = Class::new("Process", |scope: &mut Scope, args: Args, _: Ret| {
        let this = args.this();
        let base = Base::new(scope, this, "PROCESSWRAP");
        handle::wrap(scope, this, Rc::new(Process { base, pid: Cell::new(None), held: Cell::new(false) }));
    });
    let class =
        handle::methods(class).method("spawn", spawn).method("kill", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(process) = handle::this::<Process>(scope, &args) else { return };
            let signal = arg_u32(scope, &args, 0) as u8;
            let result = match process.pid.get() {
                Some(pid) => realm(scope).sys().kill(KillTarget::Process(pid), signal),
                None => Err(Errno::SRCH),
            };
            rv.set_int32(result.map_or_else(Errno::code, |()| 0));
        });
    Table::new("process_wrap").class(class)
}

pub(super) fn sync_table() -> Table {
    Table::new("spawn_sync").function("spawn", spawn_sync)
}

fn list(scope: &Scope<'_, '_>, object: Object<'_>, key: &str) -> Option<Vec<Vec<u8>>> {
    let array = v8::Local::<v8::Array>::try_from(get(scope, object, key)).ok()?;
    let items = (0..array.length()).filter_map(|index| array.get_index(scope, index));
    Some(items.map(|item| bytes_of(scope, item)).collect())
}

/// Everything but the standard streams.
fn describe(scope: &Scope<'_, '_>, options: Object<'_>) -> Spawn {
    let text = |key: &str| {
        let value = get(scope, options, key);
        (!value.is_null_or_undefined()).then(|| bytes_of(scope, value))
    };
    let number = |key: &str| {
        let value = get(scope, options, key);
        value.is_number().then(|| value.uint32_value(scope).unwrap_or(0))
    };
    let path = text("file").unwrap_or_default();
    let environment = list(scope, options, "envPairs").unwrap_or_else(|| {
        let own = realm(scope).state::<super::env::Environment>().all();
        own.into_iter().map(|(key, value)| format!("{key}={value}").into_bytes()).collect()
    });
    let search = environment.iter().find_map(|entry| entry.strip_prefix(b"PATH=")).unwrap_or_default().to_vec();
    let mut spawn = Spawn {
        arguments: list(scope, options, "args").unwrap_or_else(|| vec![path.clone()]),
        path,
        search,
        environment,
        actions: Vec::new(),
        new_session: get(scope, options, "detached").is_true(),
        uid: number("uid"),
        gid: number("gid"),
    };
    if let Some(cwd) = text("cwd").filter(|cwd| !cwd.is_empty()) {
        spawn.actions.push(FileAction::Chdir(cwd));
    }
    spawn
}

fn null_device(fd: Fd) -> FileAction {
    FileAction::Open { fd, path: b"/dev/null".to_vec(), flags: open::RDWR }
}

/// `spawn(file, args, cwd, envPairs, stdio, flags, uid, gid)`: an error number; the pid is set on the object.
fn spawn(scope: &mut Scope, args: Args, mut rv: Ret) {
    const DETACHED: u32 = 1;
    let Some(process) = handle::this::<Process>(scope, &args) else { return };
    // `spawnSync` has the same by name.
    let options = dictionary(scope);
    for (index, key) in [(0, "file"), (1, "args"), (2, "cwd"), (3, "envPairs"), (4, "stdio"), (6, "uid"), (7, "gid")] {
        set(scope, options, key, args.get(index));
    }
    let detached = boolean(scope, arg_u32(scope, &args, 5) & DETACHED != 0);
    set(scope, options, "detached", detached);
    let mut spawn = describe(scope, options);
    let realm = realm(scope);
    let mut theirs = Vec::new();
    let mut ours = Vec::new();
    let stdio = v8::Local::<v8::Array>::try_from(get(scope, options, "stdio")).ok();
    let mut failure = None;
    for index in 0..stdio.map_or(0, |stdio| stdio.length()) {
        let Some(entry) = stdio.and_then(|stdio| stdio.get_index(scope, index)) else { continue };
        let Ok(entry) = Object::try_from(entry) else { continue };
        let action = match get(scope, entry, "type").to_rust_string_lossy(scope).as_str() {
            "ignore" if index > 2 => continue,
            "ignore" => null_device(index),
            "pipe" | "overlapped" => match realm.sys().socketpair() {
                Ok((mine, child)) => {
                    theirs.push(child);
                    let handle = get(scope, entry, "handle");
                    ours.push((handle, mine));
                    FileAction::Dup { from: child, to: index }
                }
                Err(errno) => {
                    failure = Some(errno);
                    break;
                }
            },
            "wrap" => {
                let handle = get(scope, entry, "handle");
                match handle::unwrap::<Stream>(scope, handle).and_then(|stream| stream.fd()) {
                    Some(fd) => FileAction::Dup { from: fd, to: index },
                    None => continue,
                }
            }
            _ => {
                let fd = get(scope, entry, "fd").uint32_value(scope).unwrap_or(index);
                FileAction::Dup { from: fd, to: index }
            }
        };
        spawn.actions.push(action);
    }
    signal_wrap::catch_for_self(&realm, SIGCHLD, reap);
    let result = match failure {
        Some(errno) => Err(errno),
        None => realm.sys().spawn(&spawn),
    };
    for fd in theirs {
        let _ = realm.sys().close(fd);
    }
    // Where the program could not be started its streams are at their end, as libuv has it.
    for (handle, fd) in ours {
        match handle::unwrap::<Stream>(scope, handle) {
            Some(stream) => stream.open(scope, fd),
            None => drop(realm.sys().close(fd)),
        }
    }
    match result {
        Ok(pid) => {
            let this = args.this();
            set_number(scope, this, "pid", f64::from(pid));
            process.pid.set(Some(pid));
            process.ref_changed(scope);
            realm.state::<Children>().0.borrow_mut().push(process);
            rv.set_int32(0);
        }
        Err(errno) => rv.set_int32(errno.code()),
    }
}

/// Tells of children that have ended.
fn reap(scope: &mut Scope<'_, '_>) {
    let realm = realm(scope);
    let children = realm.state::<Children>();
    let all: Vec<_> = children.0.borrow().clone();
    for process in all {
        let Some(pid) = process.pid.get() else { continue };
        let ended = match realm.sys().try_wait(pid) {
            Ok(Some(ended)) => ended,
            Ok(None) => continue,
            // Somebody else has waited for it.
            Err(_) => Ended::Exited(0),
        };
        process.pid.set(None);
        children.0.borrow_mut().retain(|other| !Rc::ptr_eq(other, &process));
        process.hold(scope, false);
        let (status, signal) = match ended {
            Ended::Exited(code) => (f64::from(code), ""),
            Ended::Signaled(number) => (0.0, signal_name(number)),
        };
        let arguments = [number(scope, status), string(scope, signal).into()];
        process.base.call(scope, "onexit", &arguments);
    }
}

/// `SIGHUP` …
pub(crate) fn signal_name(number: u8) -> &'static str {
    const NAMES: [&str; 32] = [
        "",
        "SIGHUP",
        "SIGINT",
        "SIGQUIT",
        "SIGILL",
        "SIGTRAP",
        "SIGABRT",
        "SIGBUS",
        "SIGFPE",
        "SIGKILL",
        "SIGUSR1",
        "SIGSEGV",
        "SIGUSR2",
        "SIGPIPE",
        "SIGALRM",
        "SIGTERM",
        "SIGSTKFLT",
        "SIGCHLD",
        "SIGCONT",
        "SIGSTOP",
        "SIGTSTP",
        "SIGTTIN",
        "SIGTTOU",
        "SIGURG",
        "SIGXCPU",
        "SIGXFSZ",
        "SIGVTALRM",
        "SIGPROF",
        "SIGWINCH",
        "SIGIO",
        "SIGPWR",
        "SIGSYS",
    ];
    NAMES.get(usize::from(number)).copied().unwrap_or("")
}

/// One of the pipes to a child that is waited for.
struct Pipe {
    index: usize,
    fd: Option<Fd>,
    input: Vec<u8>,
    written: usize,
    readable: bool,
    output: Vec<u8>,
}

impl Pipe {
    fn close(&mut self, realm: &Realm) {
        if let Some(fd) = self.fd.take() {
            let _ = realm.sys().close(fd);
        }
    }

    fn interest(&self) -> Events {
        Events { readable: self.readable, writable: self.written < self.input.len(), ..Events::default() }
    }
}

/// `spawn(options)`: runs a child to its end; `{ pid, status, signal, output, error }`.
fn spawn_sync(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(options) = arg_object(&args, 0) else { return };
    let mut spawn = describe(scope, options);
    let realm = realm(scope);
    let sys = realm.sys();
    let mut pipes: Vec<Pipe> = Vec::new();
    let mut theirs = Vec::new();
    let mut failure: Option<Errno> = None;
    let stdio = v8::Local::<v8::Array>::try_from(get(scope, options, "stdio")).ok();
    let count = stdio.map_or(0, |stdio| stdio.length());
    for index in 0..count {
        let Some(entry) = stdio.and_then(|stdio| stdio.get_index(scope, index)) else { continue };
        let Ok(entry) = Object::try_from(entry) else { continue };
        let action = match get(scope, entry, "type").to_rust_string_lossy(scope).as_str() {
            "ignore" if index > 2 => continue,
            "ignore" => null_device(index),
            "pipe" => match sys.socketpair() {
                Ok((mine, child)) => {
                    theirs.push(child);
                    let input = get(scope, entry, "input");
                    let input = Memory::of(scope, input).map(Memory::to_vec).unwrap_or_default();
                    // Named from the child's side.
                    let readable = get(scope, entry, "writable").is_true();
                    let pipe =
                        Pipe { index: index as usize, fd: Some(mine), input, written: 0, readable, output: Vec::new() };
                    pipes.push(pipe);
                    FileAction::Dup { from: child, to: index }
                }
                Err(errno) => {
                    failure = Some(errno);
                    break;
                }
            },
            _ => {
                let fd = get(scope, entry, "fd").uint32_value(scope).unwrap_or(index);
                FileAction::Dup { from: fd, to: index }
            }
        };
        spawn.actions.push(action);
    }
    signal_wrap::catch_for_self(&realm, SIGCHLD, reap);
    let pid = match failure {
        Some(errno) => Err(errno),
        None => sys.spawn(&spawn),
    };
    for fd in theirs {
        let _ = sys.close(fd);
    }
    let result = v8::Object::new(scope);
    let mut ended = None;
    match pid {
        Ok(pid) => {
            set_number(scope, result, "pid", f64::from(pid));
            let timeout = get(scope, options, "timeout").number_value(scope).filter(|timeout| *timeout > 0.0);
            let limit = get(scope, options, "maxBuffer").number_value(scope).filter(|limit| *limit > 0.0);
            let kill = get(scope, options, "killSignal").uint32_value(scope).filter(|signal| *signal > 0);
            let kill = kill.map_or(SIGTERM, |signal| signal as u8);
            let deadline = timeout.map(|timeout| sys.monotonic() + (timeout * 1e6) as u64);
            let mut wait = Wait { realm: &realm, pid, deadline, limit, kill, failure: &mut failure };
            ended = wait.run(&mut pipes);
        }
        Err(errno) => failure = Some(errno),
    }
    for pipe in &mut pipes {
        pipe.close(&realm);
    }
    if realm.sys().is_gone() {
        realm.end(scope, crate::program::Ending::Gone);
        return;
    }
    let (status, signal) = match ended {
        Some(Ended::Exited(code)) => (number(scope, f64::from(code)), null(scope)),
        Some(Ended::Signaled(signal)) => (null(scope), string(scope, signal_name(signal)).into()),
        None => (null(scope), null(scope)),
    };
    set(scope, result, "status", status);
    set(scope, result, "signal", signal);
    let output = if ended.is_some() {
        let mut outputs = Vec::new();
        for index in 0..count as usize {
            let bytes = pipes.iter_mut().find(|pipe| pipe.index == index && pipe.readable);
            let value = match bytes {
                Some(pipe) => super::buffer::new_buffer(scope, std::mem::take(&mut pipe.output)),
                None => null(scope),
            };
            outputs.push(value);
        }
        array(scope, &outputs)
    } else {
        null(scope)
    };
    set(scope, result, "output", output);
    if let Some(errno) = failure {
        set(scope, result, "error", integer(scope, errno.code()));
    }
    rv.set(result.into());
}

/// Waiting for one child, feeding and draining its pipes.
struct Wait<'a> {
    realm: &'a Realm,
    pid: Pid,
    deadline: Option<u64>,
    limit: Option<f64>,
    kill: u8,
    failure: &'a mut Option<Errno>,
}

impl Wait<'_> {
    fn run(&mut self, pipes: &mut [Pipe]) -> Option<Ended> {
        let sys = self.realm.sys();
        let mut ended = None;
        loop {
            if ended.is_none() {
                ended = sys.try_wait(self.pid).unwrap_or(Some(Ended::Exited(0)));
            }
            let open = pipes.iter().any(|pipe| pipe.fd.is_some());
            if sys.is_gone() || (ended.is_some() && (!open || self.failure.is_some())) {
                return ended;
            }
            let now = sys.monotonic();
            if self.deadline.is_some_and(|deadline| now >= deadline) {
                self.deadline = None;
                self.stop(Errno::TIMEDOUT);
            }
            let mut fds: Vec<PollFd> =
                pipes.iter().filter_map(|pipe| Some(PollFd { fd: pipe.fd?, events: pipe.interest() })).collect();
            // The end of the child interrupts this; the limit is only for what may be missed.
            let limit = now + 100_000_000;
            let until = self.deadline.map_or(limit, |deadline| deadline.min(limit));
            if sys.poll(&mut fds, Some(until)) == Err(Errno::INTR) {
                continue;
            }
            for fd in fds.iter().filter(|fd| !fd.events.is_empty()) {
                if let Some(pipe) = pipes.iter_mut().find(|pipe| pipe.fd == Some(fd.fd)) {
                    self.serve(pipe, fd.fd);
                }
            }
            for pipe in pipes.iter_mut() {
                if let Some(fd) = pipe.fd
                    && pipe.written >= pipe.input.len()
                {
                    if !pipe.readable {
                        pipe.close(self.realm);
                    } else if !pipe.input.is_empty() {
                        pipe.input.clear();
                        pipe.written = 0;
                        let _ = sys.shutdown(fd, crate::sys::Shutdown::Write);
                    }
                }
            }
        }
    }

    fn serve(&mut self, pipe: &mut Pipe, fd: Fd) {
        let sys = self.realm.sys();
        if pipe.written < pipe.input.len() {
            match sys.try_write(fd, &pipe.input[pipe.written..]) {
                Ok(count) => pipe.written += count,
                Err(Errno::AGAIN | Errno::INTR) => {}
                // The child does not want it.
                Err(_) => pipe.written = pipe.input.len(),
            }
        }
        if !pipe.readable {
            return;
        }
        let mut buffer = vec![0; 64 << 10];
        match sys.try_read(fd, &mut buffer) {
            Ok(0) => pipe.close(self.realm),
            Ok(count) => {
                pipe.output.extend_from_slice(&buffer[..count]);
                if let Some(limit) = self.limit
                    && pipe.output.len() as f64 > limit
                {
                    pipe.output.truncate(limit as usize);
                    self.stop(Errno::NOBUFS);
                }
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => pipe.close(self.realm),
        }
    }

    /// Ends the child early.
    fn stop(&mut self, why: Errno) {
        self.failure.get_or_insert(why);
        let _ = self.realm.sys().kill(KillTarget::Process(self.pid), self.kill);
    }
}

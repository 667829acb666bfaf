//! How the shell is started: its options, what it reads, its end.

use std::collections::HashMap;
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::time::Instant;

use vivarium_sys::fs::{self, OpenFlags};
use vivarium_sys::signal::{self, Disposition, Signal};
use vivarium_sys::{Errno, ids, limits, tty};

use crate::error::{Run, Unwind};
use crate::shell::{FunctionEntry, Shell, State};
use crate::state::handover::{self, Task};
use crate::state::options::{Options, Shopts};
use crate::state::variables::{Value, Variables, flag};
use crate::symbol::Symbol;
use crate::syntax::parser::Fill;
use crate::syntax::{Parser, SyntaxError};

/// A whole file.
pub(crate) fn read_file(path: &[u8]) -> Result<Vec<u8>, Errno> {
    let file = fs::open(fs::AT_FDCWD, path, OpenFlags::READ | OpenFlags::CLOSE_ON_EXEC, 0)?;
    let mut text = Vec::new();
    let mut buffer = vec![0; 65536];
    loop {
        match fs::read(file.as_raw_fd(), &mut buffer) {
            Ok(0) => return Ok(text),
            Ok(count) => text.extend_from_slice(&buffer[..count]),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// What the command line says.
#[derive(Default)]
struct CommandLine {
    command: bool,
    stdin: bool,
    interactive: bool,
    login: bool,
    norc: bool,
    noprofile: bool,
    rcfile: Option<Vec<u8>>,
    posix: bool,
    restricted: bool,
    dump: bool,
    version: bool,
    help: bool,
    /// Options of `set` and `shopt`, with whether they are on.
    set: Vec<(Vec<u8>, bool)>,
    shopt: Vec<(Vec<u8>, bool)>,
    rest: Vec<Vec<u8>>,
}

fn parse(arguments: &[Vec<u8>]) -> Result<CommandLine, String> {
    let mut line = CommandLine::default();
    let mut at = 1;
    while let Some(word) = arguments.get(at) {
        let text = String::from_utf8_lossy(word).into_owned();
        let long = text.strip_prefix("--").filter(|l| !l.is_empty());
        if let Some(long) = long {
            match long {
                "norc" => line.norc = true,
                "noprofile" => line.noprofile = true,
                "login" => line.login = true,
                "posix" => line.posix = true,
                "restricted" => line.restricted = true,
                "version" => line.version = true,
                "help" => line.help = true,
                "verbose" => line.set.push((b"verbose".to_vec(), true)),
                "noediting" | "debug" | "debugger" => {}
                "dump-strings" | "dump-po-strings" => line.dump = true,
                "rcfile" | "init-file" => {
                    at += 1;
                    line.rcfile =
                        Some(arguments.get(at).cloned().ok_or(format!("{long}: option requires an argument"))?);
                }
                _ => return Err(format!("{text}: invalid option")),
            }
            at += 1;
            continue;
        }
        let (sign, letters) = match &word[..] {
            [sign @ (b'-' | b'+'), letters @ ..] if !(letters.is_empty() && *sign == b'+') => (*sign, letters),
            _ => break,
        };
        at += 1;
        if letters.is_empty() || letters == b"-" {
            break;
        }
        let on = sign == b'-';
        for letter in letters {
            match letter {
                b'c' => line.command = true,
                b's' => line.stdin = true,
                b'i' => line.interactive = true,
                b'l' => line.login = true,
                b'r' => line.restricted = on,
                b'D' => line.dump = true,
                b'o' | b'O' => {
                    let list = if *letter == b'o' { &mut line.set } else { &mut line.shopt };
                    if let Some(name) = arguments.get(at) {
                        list.push((name.clone(), on));
                        at += 1;
                    }
                }
                letter => match Options::NAMES.iter().find(|(_, known)| known == letter && *known != 0) {
                    Some((name, _)) => line.set.push((name.as_bytes().to_vec(), on)),
                    None => return Err(format!("{}{}: invalid option", sign as char, *letter as char)),
                },
            }
        }
    }
    line.rest = arguments[at.min(arguments.len())..].to_vec();
    Ok(line)
}

impl Shell {
    fn new(arg0: Vec<u8>) -> Shell {
        crate::state::dynamic::reserve_symbols();
        let umask = limits::umask(0o022);
        limits::umask(umask);
        let own = ids::getpid();
        let options = Options { braceexpand: true, hashall: true, interactive_comments: true, ..Options::default() };
        let state = State {
            variables: Variables::default(),
            functions: Rc::default(),
            options,
            shopts: Shopts::default(),
            positional: Rc::default(),
            aliases: Rc::default(),
            traps: Default::default(),
            directories: Vec::new(),
            hashed: HashMap::new(),
            frames: Vec::new(),
            arg0: Rc::new(arg0),
            status: 0,
            last_background: None,
            line: 1,
            umask,
            cwd: Rc::new(b"/".to_vec()),
            subshell: 0,
            loops: 0,
            getopts_at: (1, 0),
            disabled: Vec::new(),
            conditional: 0,
            in_trap: false,
        };
        let started = Instant::now();
        Shell {
            state,
            jobs: Default::default(),
            interactive: false,
            command_string: false,
            reads_stdin: false,
            restricted: false,
            login: false,
            pid: own,
            own_pid: own,
            started,
            seconds_offset: 0,
            random: std::cell::Cell::new(own.wrapping_mul(2_654_435_761) ^ crate::time::now() as u32),
            out: Vec::new(),
            capture: None,
            assignment_failed: false,
            substitution_status: None,
            pipe_status: vec![0],
            last_argument: Vec::new(),
            ifs: crate::expand::split::Ifs::new(None),
            arith_label: None,
            arith_cache: HashMap::new(),
            depth: 0,
            command_text: Vec::new(),
            names_command_text: false,
            history: Default::default(),
            editor: Default::default(),
            completions: Default::default(),
            process_fds: Vec::new(),
            fd_journal: Vec::new(),
            in_process_depth: 0,
            signal_countdown: 0,
            terminal: None,
            script_name: None,
            coprocs: Vec::new(),
            is_subshell_process: false,
            xtrace_depth: 0,
            trap_status: 0,
            exit_warned: false,
            local_options: Vec::new(),
            read_buffer: Vec::new(),
        }
    }

    /// Variables from the environment, and those every shell has.
    fn begin(&mut self, program: &[u8], posix: bool) {
        for (name, value) in environment() {
            if let Some(function) = name.strip_prefix(b"BASH_FUNC_").and_then(|n| n.strip_suffix(b"%%")) {
                self.import_function(function, &value);
                continue;
            }
            if !crate::syntax::lexer::is_name(&name) {
                continue;
            }
            let variable = self.state.variables.entry(Symbol::new(&name));
            variable.value = Value::Scalar(Rc::new(value));
            variable.flags |= flag::EXPORT;
        }
        let default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        if self.value("PATH").is_none() {
            self.set("PATH", default_path);
        }
        self.set("IFS", " \t\n");
        self.set("OPTIND", "1");
        self.set("OPTERR", "1");
        self.set("PS4", self.value("PS4").unwrap_or_else(|| b"+ ".to_vec()));
        self.set("BASH_VERSION", "5.2.15(1)-release");
        self.set(
            "HOSTNAME",
            self.value("HOSTNAME").or_else(|| vivarium_sys::host::gethostname().ok()).unwrap_or_default(),
        );
        self.set("HOSTTYPE", "x86_64");
        self.set("OSTYPE", "linux-gnu");
        self.set("MACHTYPE", "x86_64-pc-linux-gnu");
        if self.value("TERM").is_none() {
            self.set("TERM", "dumb");
        }
        let versions = ["5", "2", "15", "1", "release", "x86_64-pc-linux-gnu"];
        self.set_array("BASH_VERSINFO", versions.iter().map(|v| v.as_bytes().to_vec()).collect());
        self.state.variables.entry(Symbol::new(b"BASH_VERSINFO")).flags |= flag::READONLY;
        self.set("BASH", if program.starts_with(b"/") { program.to_vec() } else { b"/bin/bash".to_vec() });
        let who = ids::ids();
        for (name, value) in [("UID", who.uid), ("EUID", who.euid), ("PPID", who.parent)] {
            self.set(name, value.to_string());
            self.state.variables.entry(Symbol::new(name.as_bytes())).flags |= flag::READONLY | flag::INTEGER;
        }
        let level = self.value("SHLVL").and_then(|v| crate::expand::arith::plain_number(&v)).unwrap_or(0);
        self.set_exported("SHLVL", (level.clamp(0, 999) + 1).to_string());
        self.declare_dynamic();
        self.last_argument = program.to_vec();
        let physical = fs::getcwd().unwrap_or_else(|_| b"/".to_vec());
        let logical =
            self.value("PWD").filter(|pwd| pwd.starts_with(b"/") && same_file(pwd, &physical)).unwrap_or(physical);
        self.state.cwd = Rc::new(logical.clone());
        self.set_exported("PWD", logical);
        let oldpwd = self.state.variables.entry(Symbol::new(b"OLDPWD"));
        if !oldpwd.is_set() || oldpwd.scalar().is_some_and(|old| !fs::stat(old).is_ok_and(|s| s.is_directory())) {
            oldpwd.value = Value::Unset;
            oldpwd.flags |= flag::EXPORT;
        }
        self.set_locale();
        if posix || self.value("POSIXLY_CORRECT").is_some() {
            self.set_option("posix", true);
        }
        if let Some(options) = self.environment_options("SHELLOPTS") {
            for name in options {
                self.set_option(&name, true);
            }
        }
        if let Some(options) = self.environment_options("BASHOPTS") {
            for name in options {
                if let Some(option) = self.state.shopts.by_name(&name) {
                    *option = true;
                }
            }
        }
    }

    fn environment_options(&self, name: &str) -> Option<Vec<String>> {
        let value = self.state.variables.get(Symbol::new(name.as_bytes()))?.scalar()?.to_vec();
        Some(String::from_utf8_lossy(&value).split(':').map(str::to_string).collect())
    }

    fn import_function(&mut self, name: &[u8], value: &[u8]) {
        if !value.starts_with(b"()") {
            return;
        }
        let text = [name, b" ", value].concat();
        let mut parser = Parser::new(&text, 1, self.settings());
        parser.source = b"environment".to_vec();
        if let Ok(list) = parser.all()
            && let [item] = &list.items[..]
            && let [crate::syntax::ast::Command { kind: crate::syntax::ast::Kind::Function(function), .. }] =
                &item.first.stages[..]
        {
            let entry = FunctionEntry { function: function.clone(), flags: flag::EXPORT };
            Rc::make_mut(&mut self.state.functions).insert(function.name, entry);
            return;
        }
        self.complain([b"error importing function definition for `", name, b"'"].concat());
    }

    /// Runs commands as they are read, to the end of the input.
    pub(crate) fn run_parser(&mut self, parser: &mut Parser, label: &[u8]) -> Run {
        let nested = !label.is_empty() || self.state.frames.last().is_some_and(|f| !f.is_function);
        loop {
            parser.settings = self.settings();
            match parser.next_command() {
                Ok(None) => {
                    self.parser_warnings(parser);
                    return Ok(());
                }
                Ok(Some(list)) => {
                    self.names_command_text |= parser.names_command_text;
                    self.parser_warnings(parser);
                    if self.state.options.noexec && !self.interactive {
                        continue;
                    }
                    match self.run_list(&list) {
                        Err(Unwind::Abort) if !nested && label.is_empty() => self.after_abort(),
                        other => other?,
                    }
                }
                Err(error) => {
                    self.parser_warnings(parser);
                    self.syntax_error(&error, label);
                    if error.discards {
                        // The rest of the line is given up, not the script.
                        parser.skip_line();
                        self.state.status = 1;
                        continue;
                    }
                    self.state.status = if label == b"trap" { 1 } else { 2 };
                    if label == b"eval" && !self.interactive && self.state.options.posix {
                        return Err(Unwind::Exit);
                    }
                    if label.is_empty() && !nested {
                        return if self.interactive { Err(Unwind::Abort) } else { Err(Unwind::Exit) };
                    }
                    self.state.status = if label == b"eval" { 1 } else { 2 };
                    if label == b"eval" {
                        self.state.status = 2;
                    }
                    return Ok(());
                }
            }
        }
    }

    /// After a command line was given up: what belonged to it is over.
    pub(crate) fn after_abort(&mut self) {
        self.state.loops = 0;
        self.state.conditional = 0;
        self.state.in_trap = false;
        self.depth = 0;
        while self.state.frames.iter().any(|f| f.is_function) {
            self.state.frames.pop();
        }
        while !self.state.variables.scopes().is_empty() {
            for name in self.state.variables.pop_scope() {
                self.variable_changed(name);
            }
        }
    }

    fn parser_warnings(&mut self, parser: &mut Parser) {
        for (line, message) in std::mem::take(&mut parser.warnings) {
            let was = std::mem::replace(&mut self.state.line, line);
            self.complain(format!("warning: {message}"));
            self.state.line = was;
        }
    }

    pub(crate) fn syntax_error(&mut self, error: &SyntaxError, label: &[u8]) {
        let mut head = self.script_label();
        head.extend_from_slice(b": ");
        if !label.is_empty() && label != b"trap" {
            head.extend_from_slice(label);
            head.extend_from_slice(b": ");
        } else if self.command_string && self.state.frames.is_empty() {
            head.extend_from_slice(b"-c: ");
        }
        if !self.interactive {
            head.extend_from_slice(format!("line {}: ", error.line).as_bytes());
        }
        let mut out = Vec::new();
        for message in error.message.split('\0') {
            out.extend_from_slice(&head);
            out.extend_from_slice(message.as_bytes());
            out.push(b'\n');
        }
        if let Some(shown) = error.shown.as_ref().filter(|_| !self.interactive) {
            out.extend_from_slice(&head);
            out.push(b'`');
            out.extend_from_slice(shown);
            out.extend_from_slice(b"'\n");
        }
        self.write_error(&out);
    }

    /// The shell's end: the EXIT trap, the status.
    fn finish(&mut self) -> i32 {
        self.run_exit_trap();
        self.flush();
        if self.interactive && self.state.options.history {
            self.save_history();
        }
        self.state.status & 255
    }
}

fn same_file(left: &[u8], right: &[u8]) -> bool {
    match (fs::stat(left), fs::stat(right)) {
        (Ok(left), Ok(right)) => (left.device, left.inode) == (right.device, right.inode),
        _ => false,
    }
}

fn environment() -> Vec<(Vec<u8>, Vec<u8>)> {
    std::env::vars_os().map(|(n, v)| (n.as_encoded_bytes().to_vec(), v.as_encoded_bytes().to_vec())).collect()
}

/// Lines of a descriptor that others read too: no further than each line.
fn lines_of(fd: i32) -> Fill {
    let seekable = fs::seek(fd, 0, fs::Whence::Current).is_ok();
    Box::new(move |buffer, _| {
        let mut piece = vec![0; if seekable { 4096 } else { 1 }];
        loop {
            match fs::read(fd, &mut piece) {
                Ok(0) => return false,
                Ok(count) if seekable => {
                    let end = piece[..count].iter().position(|b| *b == b'\n').map_or(count, |at| at + 1);
                    buffer.extend_from_slice(&piece[..end]);
                    if end < count {
                        let _ = fs::seek(fd, end as i64 - count as i64, fs::Whence::Current);
                    }
                    return true;
                }
                Ok(_) => {
                    buffer.push(piece[0]);
                    if piece[0] == b'\n' {
                        return true;
                    }
                }
                Err(Errno::INTR) => {}
                Err(_) => return false,
            }
        }
    })
}

/// Runs the shell; gives its exit status.
pub(crate) fn main(arguments: Vec<Vec<u8>>) -> i32 {
    let program = arguments.first().cloned().unwrap_or_else(|| b"sh".to_vec());
    if arguments.get(1).is_some_and(|word| word == handover::OPTION) {
        return subshell(program);
    }
    let name = program.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let login = name.starts_with(b"-");
    let name = name.strip_prefix(b"-").unwrap_or(name);
    let posix = matches!(name, b"sh" | b"dash" | b"ash");
    let mut shell = Shell::new(program.clone());
    let line = match parse(&arguments) {
        Ok(line) => line,
        Err(message) => {
            shell.write_error(&[&program[..], b": ", message.as_bytes(), b"\n"].concat());
            return 2;
        }
    };
    if line.version {
        println!("GNU bash, version 5.2.15(1)-release compatible (Vivarium sh {})", env!("CARGO_PKG_VERSION"));
        return 0;
    }
    if line.help {
        println!("Usage: sh [-abefhkmnptuvxBCEHP] [-o option] [-O shopt] [-c command | file] [argument ...]");
        return 0;
    }
    let tty = tty::isatty(0) && tty::isatty(2);
    shell.interactive = line.interactive || (!line.command && (line.rest.is_empty() || line.stdin) && tty);
    shell.login = line.login || login;
    shell.state.shopts.login_shell = shell.login;
    shell.begin(&program, (posix && !name.is_empty()) || line.posix);
    for (name, on) in &line.set {
        let name = String::from_utf8_lossy(name).into_owned();
        if name != "monitor" && !shell.set_option(&name, *on) {
            shell.write_error(&[&program[..], b": ", name.as_bytes(), b": invalid option name\n"].concat());
            return 2;
        }
    }
    for (name, on) in &line.shopt {
        let name = String::from_utf8_lossy(name).into_owned();
        match shell.state.shopts.by_name(&name) {
            Some(option) => *option = *on,
            None => {
                shell.write_error(&[&program[..], b": ", name.as_bytes(), b": invalid shell option name\n"].concat());
                return 2;
            }
        }
    }
    let mut rest = line.rest.clone();
    let mut source = None;
    if line.command {
        if rest.is_empty() {
            shell.write_error(&[&program[..], b": -c: option requires an argument\n"].concat());
            return 2;
        }
        source = Some(rest.remove(0));
        shell.command_string = true;
        if !rest.is_empty() {
            shell.state.arg0 = Rc::new(rest.remove(0));
        }
        shell.set("BASH_EXECUTION_STRING", source.clone().unwrap_or_default());
    } else if !rest.is_empty() && !line.stdin {
        let script = rest.remove(0);
        shell.state.arg0 = Rc::new(script.clone());
        shell.script_name = Some(script);
    } else {
        shell.reads_stdin = true;
    }
    shell.state.positional = Rc::new(rest);
    if line.set.iter().any(|(name, on)| name == b"monitor" && *on) {
        shell.set_option("monitor", true);
    }
    let result = shell.run_everything(source, &line);
    // What ended it early has been told, and its status noted.
    let (Ok(()) | Err(_)) = result;
    shell.finish()
}

impl Shell {
    fn run_everything(&mut self, source: Option<Vec<u8>>, line: &CommandLine) -> Run {
        if self.interactive {
            self.begin_interactive();
        }
        self.startup_files(line)?;
        if line.restricted {
            self.restrict();
        }
        if let Some(text) = source {
            let mut parser = Parser::new(&text, 1, self.settings());
            return match self.run_parser(&mut parser, b"") {
                Err(Unwind::Abort) => Ok(()),
                other => other,
            };
        }
        if let Some(script) = self.script_name.clone() {
            return self.run_script(&script);
        }
        if self.interactive {
            return self.interact();
        }
        let mut parser = Parser::reading(lines_of(0), self.settings());
        self.run_parser(&mut parser, b"")
    }

    fn startup_files(&mut self, line: &CommandLine) -> Run {
        if self.login && !line.noprofile {
            self.source_if_there(b"/etc/profile")?;
            let home = self.value("HOME").unwrap_or_default();
            for name in [&b"/.bash_profile"[..], b"/.bash_login", b"/.profile"] {
                let path = [&home[..], name].concat();
                if fs::stat(&path).is_ok() {
                    self.source_if_there(&path)?;
                    break;
                }
            }
        } else if self.interactive && !line.norc && !self.state.options.posix {
            let rc = match &line.rcfile {
                Some(path) => path.clone(),
                None => [&self.value("HOME").unwrap_or_default()[..], b"/.bashrc"].concat(),
            };
            if line.rcfile.is_none() {
                self.source_if_there(b"/etc/bash.bashrc")?;
            }
            self.source_if_there(&rc)?;
        }
        let variable = if self.interactive && self.state.options.posix { "ENV" } else { "BASH_ENV" };
        if self.interactive == self.state.options.posix
            && let Some(path) = self.value(variable).filter(|v| !v.is_empty())
        {
            let path = self.expand_prompt(&path)?;
            self.source_if_there(&path)?;
        }
        Ok(())
    }

    fn source_if_there(&mut self, path: &[u8]) -> Run {
        let Ok(text) = read_file(path) else { return Ok(()) };
        let mut parser = Parser::new(&text, 1, self.settings());
        parser.source = path.to_vec();
        self.state.frames.push(crate::state::frames::Frame {
            name: b"source".to_vec(),
            source: path.to_vec(),
            line: 0,
            is_function: false,
            arguments: Vec::new(),
        });
        let result = self.run_parser(&mut parser, b"");
        self.state.frames.pop();
        match result {
            Err(Unwind::Return | Unwind::Abort) => Ok(()),
            other => other,
        }
    }

    fn run_script(&mut self, script: &[u8]) -> Run {
        let mut path = script.to_vec();
        if fs::stat(&path).is_err()
            && !script.contains(&b'/')
            && let Some(found) = self.search_path(script, false).pop()
        {
            path = found;
        }
        let text = match read_file(&path) {
            Ok(text) => text,
            Err(errno) => {
                let label = self.value("BASH").unwrap_or_else(|| b"bash".to_vec());
                let label = label.rsplit(|b| *b == b'/').next().unwrap_or_default().to_vec();
                let directory = fs::stat(&path).is_ok_and(|s| s.is_directory());
                let message = if directory { "Is a directory" } else { errno.message() };
                self.write_error(&[&label[..], b": ", script, b": ", message.as_bytes(), b"\n"].concat());
                self.state.status = if errno == Errno::NOENT { 127 } else { 126 };
                return Ok(());
            }
        };
        if text[..text.len().min(80)].split(|b| *b == b'\n').next().is_some_and(|line| line.contains(&0)) {
            let message = [script, b": ", script, b": cannot execute binary file\n"].concat();
            self.write_error(&message);
            self.state.status = 126;
            return Ok(());
        }
        self.state.arg0 = Rc::new(script.to_vec());
        self.sync_history();
        let mut parser = Parser::reading(crate::history::lines(text, self.history.clone()), self.settings());
        parser.source = script.to_vec();
        self.run_parser(&mut parser, b"")
    }
}

/// A subshell's process: takes over the state it is sent, does its task, ends.
fn subshell(program: Vec<u8>) -> i32 {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 65536];
    let fd = crate::eval::subshell::STATE_FD;
    loop {
        match fs::read(fd, &mut buffer) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(Errno::INTR) => {}
            Err(_) => break,
        }
    }
    let _ = vivarium_sys::pipe::close(fd);
    let mut shell = Shell::new(program);
    let Some(task) = handover::decode(&bytes, &mut shell) else {
        shell.write_error(b"sh: this option is the shell's own: it needs the state of the shell that starts it\n");
        return 2;
    };
    let options = shell.state.options.clone();
    shell.state.traps.enter_subshell(options.errtrace, options.functrace);
    shell.state.options.monitor = false;
    for (number, action) in shell.state.traps.clone().all() {
        if (1..32).contains(&number) && action.is_empty() {
            let _ = signal::action(Signal(number), Disposition::Ignore);
        }
    }
    shell.state.loops = 0;
    let result = match &task {
        Task::List(list) => shell.run_list(list),
        Task::Command(command) => match &command.kind {
            // A subshell as a stage or in the background is this process.
            crate::syntax::ast::Kind::Subshell(list) => shell.run_own_subshell(list, &command.redirects),
            _ => shell.run_command(command),
        },
        Task::Substitution(list) => {
            shell.enter_substitution();
            shell.run_list(list)
        }
    };
    // What ended it early has been told, and its status noted.
    let (Ok(()) | Err(_)) = result;
    shell.finish()
}

impl Shell {
    fn run_own_subshell(&mut self, list: &crate::syntax::ast::List, redirects: &[crate::syntax::ast::Redirect]) -> Run {
        if self.redirect(redirects)?.is_none() {
            self.state.status = 1;
            return Ok(());
        }
        self.run_list(list)
    }
}

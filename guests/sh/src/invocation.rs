//! How the shell is started: its options, what it reads, its end.

mod command_line;
mod startup;

use std::os::fd::AsRawFd;
use std::rc::Rc;

use vivarium_sys::fs::{self, OpenFlags};
use vivarium_sys::signal::{self, Disposition, Signal};
use vivarium_sys::{Errno, tty};

use command_line::{CommandLine, parse};

use crate::error::{Run, Unwind};
use crate::shell::Shell;
use crate::state::handover::{self, Task};
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

impl Shell {
    /// Runs commands as they are read, to the end of the input.
    pub(crate) fn run_parser(&mut self, parser: &mut Parser, label: &[u8]) -> Run {
        let nested = !label.is_empty() || self.state.frames.last().is_some_and(|f| !f.is_function);
        self.xtrace_depth += i32::from(nested);
        let result = self.run_commands(parser, label, nested);
        self.xtrace_depth -= i32::from(nested);
        result
    }

    fn run_commands(&mut self, parser: &mut Parser, label: &[u8], nested: bool) -> Run {
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
                        Err(Unwind::Abort) if !nested => self.after_abort(),
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
        return subshell(program, arguments.get(2));
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
fn subshell(program: Vec<u8>, fd: Option<&Vec<u8>>) -> i32 {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 65536];
    let fd =
        fd.and_then(|fd| crate::expand::arith::plain_number(fd)).and_then(|fd| i32::try_from(fd).ok()).unwrap_or(-1);
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
    if !matches!(task, Task::Substitution(_)) {
        shell.state.loops = 0;
    }
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

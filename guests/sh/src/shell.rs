//! The shell: its state and what every part of it uses.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use vivarium_sys::fs;

use crate::error::{Run, Unwind};
use crate::eval::jobs::Jobs;
use crate::eval::trap::Traps;
use crate::state::frames::Frame;
use crate::state::options::{Options, Shopts};
use crate::state::variables::{Value, Variable, Variables, flag};
use crate::symbol::Symbol;
use crate::syntax::ast::Function;
use crate::syntax::parser::Settings;

/// A function with its attributes.
#[derive(Clone)]
pub(crate) struct FunctionEntry {
    pub(crate) function: Rc<Function>,
    pub(crate) flags: u16,
}

/// Where the output of builtins goes while a substitution is evaluated in the process itself.
pub(crate) type Capture = Option<Vec<u8>>;

/// What a subshell inherits as a value.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) variables: Variables,
    pub(crate) functions: Rc<HashMap<Symbol, FunctionEntry>>,
    pub(crate) options: Options,
    pub(crate) shopts: Shopts,
    pub(crate) positional: Rc<Vec<Vec<u8>>>,
    pub(crate) aliases: Rc<HashMap<Vec<u8>, Vec<u8>>>,
    pub(crate) traps: Traps,
    pub(crate) directories: Vec<Vec<u8>>,
    pub(crate) hashed: HashMap<Vec<u8>, (Vec<u8>, u32)>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) arg0: Rc<Vec<u8>>,
    pub(crate) status: i32,
    pub(crate) last_background: Option<u32>,
    pub(crate) line: u32,
    pub(crate) umask: u32,
    /// The logical current directory.
    pub(crate) cwd: Rc<Vec<u8>>,
    /// Depth of subshells: BASH_SUBSHELL.
    pub(crate) subshell: u32,
    pub(crate) loops: u32,
    pub(crate) getopts_at: (usize, usize),
    pub(crate) disabled: Vec<Vec<u8>>,
    /// Not zero where `set -e` is without effect: in conditions.
    pub(crate) conditional: u32,
    pub(crate) in_trap: bool,
}

pub(crate) struct Shell {
    pub(crate) state: State,
    pub(crate) jobs: Jobs,
    pub(crate) interactive: bool,
    /// Commands are from `-c`.
    pub(crate) command_string: bool,
    pub(crate) reads_stdin: bool,
    pub(crate) restricted: bool,
    pub(crate) login: bool,
    /// `$$`.
    pub(crate) pid: u32,
    /// This process.
    pub(crate) own_pid: u32,
    pub(crate) started: Instant,
    pub(crate) seconds_offset: i64,
    pub(crate) random: std::cell::Cell<u32>,
    /// What the builtin at work has written to standard output.
    pub(crate) out: Vec<u8>,
    /// Set while standard output is kept in memory.
    pub(crate) capture: Capture,
    /// The last command substitution's status, where an assignment alone takes it.
    /// An assignment of the present command has failed, which has been told.
    pub(crate) assignment_failed: bool,
    pub(crate) substitution_status: Option<i32>,
    pub(crate) pipe_status: Vec<i32>,
    pub(crate) last_argument: Vec<u8>,
    /// IFS, taken apart.
    pub(crate) ifs: crate::expand::split::Ifs,
    /// What messages of arithmetic name, other than the builtin at work.
    pub(crate) arith_label: Option<Vec<u8>>,
    pub(crate) arith_cache: HashMap<Vec<u8>, Rc<crate::syntax::arith::Compiled>>,
    /// Depth of function calls and of evaluation, against endless recursion.
    pub(crate) depth: u32,
    pub(crate) command_text: Vec<u8>,
    /// A script has BASH_COMMAND in it: the text of each command is kept.
    pub(crate) names_command_text: bool,
    pub(crate) history: Rc<RefCell<crate::history::History>>,
    pub(crate) editor: crate::editor::Editor,
    pub(crate) completions: crate::builtins::complete::Completions,
    /// Descriptors of process substitutions of the present command, to be closed after it.
    pub(crate) process_fds: Vec<i32>,
    /// Descriptors that redirections of an in-process subshell have changed.
    pub(crate) fd_journal: Vec<crate::eval::redirect::Saved>,
    /// Subshells being evaluated within the process.
    pub(crate) in_process_depth: u32,
    pub(crate) signal_countdown: u32,
    /// A job-control shell's terminal, and its own group.
    pub(crate) terminal: Option<crate::eval::jobs::Terminal>,
    /// Assignments before the present command, for `declare -p` and externals.
    pub(crate) script_name: Option<Vec<u8>>,
    pub(crate) coprocs: Vec<(Symbol, u32, [i32; 2])>,
    pub(crate) is_subshell_process: bool,
    pub(crate) xtrace_depth: i32,
    /// The command that a trap's action is run for: BASH_COMMAND.
    pub(crate) trapped: Option<Vec<u8>>,
    /// What the last trap's action ended with.
    pub(crate) trap_status: i32,
    /// `exit` has told of stopped jobs.
    pub(crate) exit_warned: bool,
    /// What `local -` has to put back, with the depth of frames.
    pub(crate) local_options: Vec<(usize, Options)>,
    pub(crate) read_buffer: Vec<u8>,
    /// The builtin at work has failed in a way that ends a shell in POSIX mode where it is a special one.
    pub(crate) misused: bool,
    /// How often `set` has replaced the positional parameters.
    pub(crate) positional_sets: u32,
}

impl Shell {
    /// What the parser has to know.
    pub(crate) fn settings(&self) -> Settings {
        let aliases = (self.state.shopts.expand_aliases || self.state.options.posix) && !self.state.aliases.is_empty();
        Settings {
            posix: self.state.options.posix,
            extglob: self.state.shopts.extglob,
            aliases: aliases.then(|| self.state.aliases.clone()),
        }
    }

    /// Ends a command that failed in a way that ends the command line.
    pub(crate) fn abort<T>(&mut self, status: i32) -> Run<T> {
        self.state.status = status;
        Err(Unwind::Abort)
    }

    /// Ends the shell with a status, unless it is interactive.
    pub(crate) fn fatal<T>(&mut self, status: i32) -> Run<T> {
        self.state.status = status;
        Err(if self.interactive { Unwind::Abort } else { Unwind::Exit })
    }

    /// The prefix of messages: `bash: line 3: `.
    pub(crate) fn message_prefix(&self) -> Vec<u8> {
        let mut out = self.script_label();
        out.extend_from_slice(b": ");
        if !self.interactive {
            out.extend_from_slice(format!("line {}: ", self.state.line).as_bytes());
        }
        out
    }

    /// The name in messages: that of the file the command is from.
    pub(crate) fn script_label(&self) -> Vec<u8> {
        match self.state.frames.last() {
            Some(frame) if !frame.source.is_empty() && frame.source != b"environment" && !self.interactive => {
                frame.source.clone()
            }
            _ => self.state.arg0.to_vec(),
        }
    }

    /// Writes a message to standard error.
    pub(crate) fn complain(&mut self, message: impl AsRef<[u8]>) {
        let mut out = self.message_prefix();
        out.extend_from_slice(message.as_ref());
        out.push(b'\n');
        self.write_error(&out);
    }

    /// Writes to standard error; what waits for standard output goes first.
    pub(crate) fn write_error(&mut self, bytes: &[u8]) {
        self.flush();
        // There is nowhere to tell that standard error is gone.
        let _ = fs::write_all(2, bytes);
    }

    /// Writes what the builtins have written. Gives the error where it cannot be written.
    pub(crate) fn flush(&mut self) -> bool {
        if self.out.is_empty() {
            return true;
        }
        let out = std::mem::take(&mut self.out);
        match &mut self.capture {
            Some(capture) => capture.extend_from_slice(&out),
            None => {
                if let Err(errno) = fs::write_all(1, &out) {
                    self.out_error(errno);
                    return false;
                }
            }
        }
        let mut out = out;
        out.clear();
        self.out = out;
        true
    }

    fn out_error(&mut self, errno: vivarium_sys::Errno) {
        let name = self.command_text.split(|b| *b == b' ').next().unwrap_or_default().to_vec();
        let message = [&name[..], b": write error: ", errno.message().as_bytes()].concat();
        let mut out = self.message_prefix();
        out.extend_from_slice(&message);
        out.push(b'\n');
        let _ = fs::write_all(2, &out);
    }

    /// A variable's value as `$name` has it.
    pub(crate) fn value(&self, name: &str) -> Option<Vec<u8>> {
        self.value_of(Symbol::new(name.as_bytes()))
    }

    pub(crate) fn value_of(&self, name: Symbol) -> Option<Vec<u8>> {
        let variable = self.state.variables.get(name)?;
        if variable.has(flag::DYNAMIC)
            && let Some(value) = self.dynamic_value(name)
        {
            return Some(value);
        }
        if variable.has(flag::NAMEREF) {
            let target = self.resolve(name)?;
            return if target == name { variable.scalar().map(<[u8]>::to_vec) } else { self.value_of(target) };
        }
        variable.scalar().map(<[u8]>::to_vec)
    }

    /// The variable a nameref leads to; the name itself where it is none. `None`: the reference is circular or leads to an element.
    pub(crate) fn resolve(&self, name: Symbol) -> Option<Symbol> {
        let mut name = name;
        for _ in 0..8 {
            match self.state.variables.get(name) {
                Some(variable) if variable.has(flag::NAMEREF) => match variable.scalar() {
                    Some(target) if crate::syntax::lexer::is_name(target) => name = Symbol::new(target),
                    Some(target) if !target.is_empty() => return None,
                    _ => return Some(name),
                },
                _ => return Some(name),
            }
        }
        None
    }

    pub(crate) fn is_readonly(&self, name: &str) -> bool {
        self.state.variables.get(Symbol::new(name.as_bytes())).is_some_and(|variable| variable.has(flag::READONLY))
    }

    /// Sets a variable as the shell itself does, whatever its attributes.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let name = Symbol::new(name.as_bytes());
        let variable = self.state.variables.entry(name);
        variable.value = Value::Scalar(Rc::new(value.into()));
        self.variable_changed(name);
    }

    pub(crate) fn set_exported(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.set(name, value);
        self.state.variables.entry(Symbol::new(name.as_bytes())).flags |= flag::EXPORT;
        self.state.variables.environment_changed();
    }

    /// Sets an indexed array as the shell itself does.
    pub(crate) fn set_array(&mut self, name: &str, values: Vec<Vec<u8>>) {
        let variable = self.state.variables.entry(Symbol::new(name.as_bytes()));
        let flags = variable.flags;
        let array = values.into_iter().enumerate().map(|(i, v)| (i as i64, v)).collect();
        *variable = Variable { value: Value::Indexed(Rc::new(array)), flags };
    }

    /// Whether a function of this name exists.
    pub(crate) fn function(&self, name: &[u8]) -> Option<Rc<Function>> {
        if self.state.functions.is_empty() {
            return None;
        }
        self.state.functions.get(&Symbol::new(name)).map(|entry| entry.function.clone())
    }

    /// `set -e` ends the shell here where the status says so.
    pub(crate) fn check_errexit(&mut self) -> Run {
        if self.state.status != 0 && self.state.conditional == 0 {
            self.run_error_trap()?;
            if self.state.options.errexit {
                return Err(Unwind::Exit);
            }
        }
        Ok(())
    }

    /// Evaluates without `set -e`.
    pub(crate) fn condition<T>(&mut self, f: impl FnOnce(&mut Shell) -> Run<T>) -> Run<T> {
        self.state.conditional += 1;
        let result = f(self);
        self.state.conditional -= 1;
        result
    }
}

//! Traps (POSIX 2.14 `trap`), with bash's ERR, DEBUG and RETURN.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use vivarium_sys::signal::{self, Disposition, Signal};

use crate::error::{Run, Unwind};
use crate::shell::Shell;

/// What a trap is set for: a signal's number, or one of these.
pub(crate) const EXIT: u8 = 0;
pub(crate) const DEBUG: u8 = 65;
pub(crate) const ERR: u8 = 66;
pub(crate) const RETURN: u8 = 67;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Traps {
    /// An empty text ignores.
    actions: BTreeMap<u8, Rc<Vec<u8>>>,
    /// As they were in the shell that this is a subshell of: shown until `trap` sets one.
    pub(crate) inherited: bool,
}

impl Traps {
    pub(crate) fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    pub(crate) fn get(&self, number: u8) -> Option<&Rc<Vec<u8>>> {
        self.actions.get(&number)
    }

    pub(crate) fn set(&mut self, number: u8, action: Option<Vec<u8>>) {
        match action {
            Some(action) => self.actions.insert(number, Rc::new(action)),
            None => self.actions.remove(&number),
        };
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (u8, &Vec<u8>)> {
        self.actions.iter().map(|(number, action)| (*number, &**action))
    }

    fn active(&self, number: u8) -> Option<Rc<Vec<u8>>> {
        if self.inherited {
            return None;
        }
        self.actions.get(&number).filter(|action| !action.is_empty()).cloned()
    }

    pub(crate) fn has_debug(&self) -> bool {
        !self.actions.is_empty() && self.active(DEBUG).is_some()
    }

    /// Whether a trap may ask for the text of the command: BASH_COMMAND.
    pub(crate) fn any(&self) -> bool {
        !self.actions.is_empty() && !self.inherited
    }

    /// What the trap makes of a signal.
    pub(crate) fn disposition(&self, signal: Signal) -> Option<Disposition> {
        let action = self.actions.get(&signal.0)?;
        if action.is_empty() {
            return Some(Disposition::Ignore);
        }
        (!self.inherited).then_some(Disposition::Catch)
    }

    /// In a subshell: caught signals are as by default again, ignored ones stay ignored.
    pub(crate) fn enter_subshell(&mut self, errtrace: bool, functrace: bool) {
        let keeps = |number: u8| (number == ERR && errtrace) || (matches!(number, DEBUG | RETURN) && functrace);
        self.actions.retain(|number, action| action.is_empty() || keeps(*number));
    }

    /// In a function: DEBUG, RETURN and ERR traps are its own, unless they are passed on. Gives those hidden.
    pub(crate) fn enter_function(&mut self, traced: bool, errtrace: bool) -> Vec<(u8, Rc<Vec<u8>>)> {
        if self.actions.is_empty() {
            return Vec::new();
        }
        let mut hidden = Vec::new();
        for (number, passed) in [(DEBUG, traced), (RETURN, traced), (ERR, errtrace)] {
            if !passed && let Some(action) = self.actions.remove(&number) {
                hidden.push((number, action));
            }
        }
        hidden
    }

    pub(crate) fn leave_function(&mut self, hidden: Vec<(u8, Rc<Vec<u8>>)>) {
        for (number, action) in hidden {
            self.actions.entry(number).or_insert(action);
        }
    }
}

/// The number of a trap by name or number.
pub(crate) fn number(name: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(name).ok()?;
    if let Ok(number) = text.parse::<u8>() {
        return (number < 65).then_some(number);
    }
    match text.to_ascii_uppercase().as_str() {
        "EXIT" => Some(EXIT),
        "DEBUG" => Some(DEBUG),
        "ERR" => Some(ERR),
        "RETURN" => Some(RETURN),
        _ => signal_number(text),
    }
}

pub(crate) fn signal_number(text: &str) -> Option<u8> {
    if let Some(signal) = Signal::by_name(text) {
        return Some(signal.0);
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    match name {
        "RTMIN" => return Some(34),
        "RTMAX" => return Some(64),
        _ => {}
    }
    if let Some(n) = name.strip_prefix("RTMIN+").and_then(|n| n.parse::<u8>().ok()) {
        return (n <= 15).then_some(34 + n);
    }
    let n = name.strip_prefix("RTMAX-").and_then(|n| n.parse::<u8>().ok())?;
    (n <= 14).then_some(64 - n)
}

/// The name of a trap, with `SIG` for signals.
pub(crate) fn name(number: u8) -> String {
    match number {
        EXIT => "EXIT".into(),
        DEBUG => "DEBUG".into(),
        ERR => "ERR".into(),
        RETURN => "RETURN".into(),
        34 => "SIGRTMIN".into(),
        64 => "SIGRTMAX".into(),
        35..=49 => format!("SIGRTMIN+{}", number - 34),
        50..=63 => format!("SIGRTMAX-{}", 64 - number),
        signal => match Signal(signal).name() {
            Some(name) => format!("SIG{name}"),
            None => signal.to_string(),
        },
    }
}

/// How many commands may pass before caught signals are looked for.
const COUNTDOWN: u32 = 16;

impl Shell {
    /// Runs the traps of signals that have come.
    pub(crate) fn poll_signals(&mut self) -> Run {
        if self.state.traps.is_empty() && !self.interactive {
            return Ok(());
        }
        if self.signal_countdown > 0 {
            self.signal_countdown -= 1;
            return Ok(());
        }
        self.signal_countdown = COUNTDOWN;
        self.take_signals()
    }

    /// The next look for signals is at the next command.
    pub(crate) fn note_signals(&mut self) {
        self.signal_countdown = 0;
    }

    pub(crate) fn take_signals(&mut self) -> Run {
        while let Some(signal) = signal::take() {
            self.signal_countdown = 0;
            if signal == Signal::WINCH && self.interactive {
                self.note_window_size();
            }
            if let Some(action) = self.state.traps.active(signal.0) {
                self.run_trap(&action)?;
            } else if signal == Signal::INT && self.interactive {
                self.state.status = 130;
                return Err(Unwind::Abort);
            } else if signal == Signal::HUP && self.interactive {
                return self.hang_up();
            }
        }
        Ok(())
    }

    /// A signal has come while the shell waits: whether waiting is over.
    pub(crate) fn interrupted_wait(&mut self) -> bool {
        self.note_signals();
        false
    }

    /// Evaluates a trap's action; `$?` stays as it was.
    fn run_trap(&mut self, action: &[u8]) -> Run {
        let status = self.state.status;
        let line = self.state.line;
        let pipe_status = self.pipe_status.clone();
        let command = self.command_text.clone();
        let outer = self.trapped.replace(command.clone());
        let result = self.run_text(action, line, b"trap");
        self.trapped = outer;
        self.command_text = command;
        self.pipe_status = pipe_status;
        self.state.line = line;
        match result {
            Ok(()) => {
                self.trap_status = self.state.status;
                self.state.status = status;
                Ok(())
            }
            Err(unwind) => Err(unwind),
        }
    }

    /// The DEBUG trap. With `extdebug` its status says whether the command is run (`true`), passed over, or the function left.
    pub(crate) fn run_debug_trap(&mut self) -> Run<bool> {
        if self.state.in_trap {
            return Ok(true);
        }
        let Some(action) = self.state.traps.active(DEBUG) else { return Ok(true) };
        self.state.in_trap = true;
        self.trap_status = 0;
        let result = self.run_trap(&action);
        self.state.in_trap = false;
        result?;
        match self.trap_status {
            2 if self.state.shopts.extdebug && !self.state.frames.is_empty() => Err(Unwind::Return),
            status => Ok(status == 0 || !self.state.shopts.extdebug),
        }
    }

    pub(crate) fn run_error_trap(&mut self) -> Run {
        if self.state.traps.is_empty() || self.state.in_trap {
            return Ok(());
        }
        let Some(action) = self.state.traps.active(ERR) else { return Ok(()) };
        self.state.in_trap = true;
        let result = self.run_trap(&action);
        self.state.in_trap = false;
        result
    }

    pub(crate) fn run_return_trap(&mut self) -> Run {
        if self.state.traps.is_empty() || self.state.in_trap {
            return Ok(());
        }
        let Some(action) = self.state.traps.active(RETURN) else { return Ok(()) };
        self.state.in_trap = true;
        let result = self.run_trap(&action);
        self.state.in_trap = false;
        result
    }

    /// The EXIT trap, once, when the shell ends.
    pub(crate) fn run_exit_trap(&mut self) {
        let Some(action) = self.state.traps.active(EXIT) else { return };
        self.state.traps.set(EXIT, None);
        self.state.conditional = 0;
        // Unlike other traps' commands, these are no deeper.
        self.xtrace_depth -= 1;
        match self.run_trap(&action) {
            Ok(()) | Err(_) => {}
        }
    }

    /// Evaluates a text as commands.
    pub(crate) fn run_text(&mut self, text: &[u8], line: u32, label: &[u8]) -> Run {
        let mut parser = crate::syntax::Parser::new(text, line, self.settings());
        parser.source = self.state.frames.last().map_or_else(Vec::new, |frame| frame.source.clone());
        self.run_parser(&mut parser, label)
    }
}

impl Shell {
    /// The trap of one signal.
    pub(crate) fn run_signal_trap(&mut self, number: u8) -> Run {
        match self.state.traps.active(number) {
            Some(action) => self.run_trap(&action),
            None => Ok(()),
        }
    }
}

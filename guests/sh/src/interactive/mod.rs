//! The shell at a terminal: prompts, lines, what they complete to.

mod completion;
mod editing;
mod programmable;
mod words;

use vivarium_sys::signal::{self, Disposition, Signal};
use vivarium_sys::tty;

use crate::editor::Entered;
use crate::error::{Run, Unwind};
use crate::expand::arith::plain_number;
use crate::shell::Shell;
use crate::syntax::Parser;

/// Empty ends of input in a row that end the shell with `ignoreeof`, where IGNOREEOF does not say.
const IGNORED_ENDS: i64 = 10;

impl Shell {
    /// What only a shell at a terminal has; before its start-up files.
    pub(crate) fn begin_interactive(&mut self) {
        for (signal, disposition) in [
            (Signal::INT, Disposition::Catch),
            (Signal::HUP, Disposition::Catch),
            (Signal::WINCH, Disposition::Catch),
            (Signal::QUIT, Disposition::Ignore),
            (Signal::TERM, Disposition::Ignore),
        ] {
            // One that cannot be set stays as it is.
            let _ = signal::action(signal, disposition);
        }
        self.state.shopts.expand_aliases = true;
        self.state.options.histexpand = true;
        self.state.options.emacs = !self.state.options.vi;
        for (name, value) in [("PS1", "\\s-\\v\\$ "), ("PS2", "> ")] {
            if self.value(name).is_none() {
                self.set(name, value);
            }
        }
        if let Some(home) = self.value("HOME").filter(|_| self.value("HISTFILE").is_none()) {
            self.set("HISTFILE", [&home[..], b"/.bash_history"].concat());
        }
        for name in ["HISTSIZE", "HISTFILESIZE"] {
            if self.value(name).is_none() {
                self.set(name, "500");
            }
        }
        self.note_window_size();
        self.begin_job_control();
    }

    /// Reads, evaluates, prints, until the input ends.
    pub(crate) fn interact(&mut self) -> Run {
        self.set_option("history", true);
        self.read_inputrc();
        let mut text = Vec::new();
        let mut ends = 0;
        loop {
            let result = self.turn(&mut text, &mut ends);
            match result {
                Ok(()) => {}
                Err(Unwind::Abort | Unwind::Return | Unwind::Break(_) | Unwind::Continue(_)) => {
                    self.after_abort();
                    text.clear();
                }
                Err(other) => return Err(other),
            }
        }
    }

    /// One line; `text` are those before it of a command that is not over.
    fn turn(&mut self, text: &mut Vec<u8>, ends: &mut i64) -> Run {
        let continued = !text.is_empty();
        if !continued {
            self.before_prompt()?;
        }
        let line = match self.enter(if continued { "PS2" } else { "PS1" })? {
            Entered::Line(line) => line.into_bytes(),
            Entered::Interrupted => {
                self.state.status = 130;
                text.clear();
                return Ok(());
            }
            Entered::End if continued => {
                self.unfinished(&std::mem::take(text));
                return Ok(());
            }
            Entered::End => return self.end_of_input(ends),
        };
        *ends = 0;
        let prefix = self.message_prefix();
        let taken = self.history.borrow_mut().take_line(&line, text, &prefix);
        let Some(line) = taken else {
            self.state.status = 1;
            return Ok(());
        };
        text.extend_from_slice(&line);
        text.push(b'\n');
        if !self.is_complete(text) {
            return Ok(());
        }
        let text = std::mem::take(text);
        if let Some(shown) = self.value("PS0").filter(|prompt| !prompt.is_empty()) {
            let shown = self.expand_prompt(&shown)?;
            self.write_error(&visible(&shown));
        }
        let line = text.trim_ascii_end();
        self.exit_warned &= matches!(line, b"exit" | b"logout") || line.starts_with(b"jobs");
        let mut parser = Parser::new(&text, 1, self.settings());
        self.run_parser(&mut parser, b"")
    }

    /// What happens before a prompt: news of jobs, the window's size, PROMPT_COMMAND.
    fn before_prompt(&mut self) -> Run {
        self.notify_jobs();
        if self.state.shopts.checkwinsize {
            self.note_window_size();
        }
        let status = self.state.status;
        for command in self.elements("PROMPT_COMMAND").into_iter().filter(|command| !command.is_empty()) {
            self.run_text(&command, 1, b"PROMPT_COMMAND")?;
            self.state.status = status;
        }
        Ok(())
    }

    /// A variable's elements; of one that is no array, its value.
    fn elements(&self, name: &str) -> Vec<Vec<u8>> {
        let symbol = crate::symbol::Symbol::new(name.as_bytes());
        match self.state.variables.get(symbol).map(|variable| &variable.value) {
            Some(crate::state::variables::Value::Indexed(array)) => array.values().cloned().collect(),
            _ => self.value(name).into_iter().collect(),
        }
    }

    /// LINES and COLUMNS are the terminal's.
    pub(crate) fn note_window_size(&mut self) {
        if let Ok(size) = tty::window_size(2)
            && size.rows > 0
            && size.columns > 0
        {
            self.set("LINES", size.rows.to_string());
            self.set("COLUMNS", size.columns.to_string());
        }
    }

    /// Whether a text is whole commands, be they right or wrong.
    fn is_complete(&self, text: &[u8]) -> bool {
        let backslashes = text.trim_ascii_end().iter().rev().take_while(|b| **b == b'\\').count();
        if backslashes % 2 == 1 && text.ends_with(b"\\\n") {
            return false;
        }
        let mut check = Parser::new(text, 1, self.settings());
        match check.all() {
            Ok(_) => check.warnings.is_empty(),
            Err(error) => !error.incomplete,
        }
    }

    /// The input has ended within a command.
    fn unfinished(&mut self, text: &[u8]) {
        let mut parser = Parser::new(text, 1, self.settings());
        if let Err(error) = parser.all() {
            self.syntax_error(&error, b"");
        }
        self.state.status = 2;
    }

    /// The input has ended: so does the shell, unless `ignoreeof` or stopped jobs keep it.
    fn end_of_input(&mut self, ends: &mut i64) -> Run {
        *ends += 1;
        let limit = match self.value("IGNOREEOF") {
            Some(value) => plain_number(&value).unwrap_or(IGNORED_ENDS),
            None if self.state.options.ignoreeof => IGNORED_ENDS,
            None => 0,
        };
        if *ends <= limit && tty::isatty(0) {
            let word = if self.login { "logout" } else { "exit" };
            self.write_error(format!("Use \"{word}\" to leave the shell.\n").as_bytes());
            return Ok(());
        }
        self.run_text(if self.login { b"logout" } else { b"exit" }, 1, b"")
    }

    /// A line, after its prompt.
    fn enter(&mut self, prompt: &str) -> Run<Entered> {
        let prompt = self.value(prompt).unwrap_or_default();
        let prompt = self.expand_prompt(&prompt)?;
        // What is no terminal is edited too, as in bash: its keys are commands.
        let capable = self.has_capable_terminal() || !tty::isatty(0);
        let edits = (self.state.options.emacs || self.state.options.vi) && capable;
        if edits {
            self.flush();
            let mut editor = std::mem::take(&mut self.editor);
            let entered = editor.read(self, &String::from_utf8_lossy(&prompt));
            self.editor = editor;
            return entered;
        }
        self.write_error(&visible(&prompt));
        Ok(match self.read_line(0) {
            Ok(Some(line)) => Entered::Line(String::from_utf8_lossy(&line).into_owned()),
            Ok(None) => Entered::End,
            Err(Unwind::Abort) => {
                self.write_error(b"\n");
                Entered::Interrupted
            }
            Err(other) => return Err(other),
        })
    }

    /// Whether the terminal can move its cursor.
    fn has_capable_terminal(&self) -> bool {
        !matches!(self.value("TERM").as_deref(), None | Some(b"" | b"dumb"))
    }

    /// The terminal has gone: jobs are told, and the shell ends.
    pub(crate) fn hang_up(&mut self) -> Run {
        for job in self.jobs.list.iter().filter(|job| !job.no_hangup && !job.inherited) {
            for signal in [Signal::HUP, Signal::CONT] {
                // It may have ended by itself.
                let _ = signal::kill(signal::Target::Group(job.group()), Some(signal));
            }
        }
        self.state.status = 128 + i32::from(Signal::HUP.0);
        Err(Unwind::Exit)
    }
}

/// A prompt without the marks of what takes no room.
fn visible(prompt: &[u8]) -> Vec<u8> {
    prompt.iter().copied().filter(|byte| !matches!(byte, 1 | 2)).collect()
}

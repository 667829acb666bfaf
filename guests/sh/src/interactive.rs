//! The shell at a terminal.

use vivarium_sys::fs;
use vivarium_sys::signal::{self, Disposition, Signal};

use crate::error::{Run, Unwind};
use crate::shell::Shell;
use crate::syntax::Parser;

impl Shell {
    pub(crate) fn begin_interactive(&mut self) {
        for (signal, disposition) in [
            (Signal::INT, Disposition::Catch),
            (Signal::QUIT, Disposition::Ignore),
            (Signal::TERM, Disposition::Ignore),
        ] {
            let _ = signal::action(signal, disposition);
        }
        self.state.shopts.expand_aliases = true;
        self.state.options.history = true;
        self.state.options.histexpand = true;
        self.state.options.emacs = true;
        if self.value("PS1").is_none() {
            self.set("PS1", "\\s-\\v\\$ ");
        }
        if self.value("PS2").is_none() {
            self.set("PS2", "> ");
        }
        if self.value("HISTFILE").is_none()
            && let Some(home) = self.value("HOME")
        {
            self.set("HISTFILE", [&home[..], b"/.bash_history"].concat());
        }
        if let Some(text) = self.value("HISTFILE").and_then(|path| crate::invocation::read_file(&path).ok()) {
            for line in text.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
                self.history.add(line);
            }
        }
        self.begin_job_control();
    }

    /// Reads, evaluates, prints, until the input ends.
    pub(crate) fn interact(&mut self) -> Run {
        let mut text = Vec::new();
        loop {
            if text.is_empty() {
                self.notify_jobs();
            }
            let Some(line) = self.prompt_line(!text.is_empty())? else {
                if text.is_empty() {
                    self.write_error(b"exit\n");
                    return Ok(());
                }
                text.clear();
                continue;
            };
            text.extend_from_slice(&line);
            text.push(b'\n');
            match self.evaluate(&text) {
                Ok(true) => text.clear(),
                Ok(false) => {}
                Err(Unwind::Abort | Unwind::Return | Unwind::Break(_) | Unwind::Continue(_)) => {
                    self.after_abort();
                    text.clear();
                }
                Err(other) => return Err(other),
            }
        }
    }

    /// Evaluates what has been typed; `false`: it goes on in a next line.
    fn evaluate(&mut self, text: &[u8]) -> Run<bool> {
        let mut check = Parser::new(text, 1, self.settings());
        if let Err(error) = check.all() {
            if error.incomplete {
                return Ok(false);
            }
        } else if !check.warnings.is_empty() {
            return Ok(false);
        }
        let line = text.trim_ascii_end();
        if !line.is_empty() {
            self.history.add(line);
        }
        let mut parser = Parser::new(text, 1, self.settings());
        self.exit_warned &= line == b"exit" || line.starts_with(b"jobs");
        self.run_parser(&mut parser, b"")?;
        Ok(true)
    }

    /// A line, after its prompt; `None` at the end of the input.
    fn prompt_line(&mut self, continued: bool) -> Run<Option<Vec<u8>>> {
        if !continued && let Some(command) = self.value("PROMPT_COMMAND").filter(|c| !c.is_empty()) {
            let status = self.state.status;
            self.run_text(&command, 1, b"PROMPT_COMMAND")?;
            self.state.status = status;
        }
        let prompt = self.value(if continued { "PS2" } else { "PS1" }).unwrap_or_default();
        let prompt = self.expand_prompt(&prompt)?;
        let shown: Vec<u8> = prompt.into_iter().filter(|b| !matches!(b, 1 | 2)).collect();
        self.write_error(&shown);
        let mut line = Vec::new();
        let mut byte = [0];
        loop {
            match fs::read(0, &mut byte) {
                Ok(0) => return Ok((!line.is_empty()).then_some(line)),
                Ok(_) if byte[0] == b'\n' => return Ok(Some(line)),
                Ok(_) => line.push(byte[0]),
                Err(vivarium_sys::Errno::INTR) => {
                    self.write_error(b"\n");
                    self.take_signals()?;
                }
                Err(_) => return Ok(None),
            }
        }
    }
}

//! What the line editor asks of the shell.

use crate::builtins::bind::parse_line;
use crate::editor::{Completions, Host};
use crate::error::Run;
use crate::expand::arith::plain_number;
use crate::shell::Shell;

impl Host for Shell {
    fn history_length(&self) -> usize {
        self.history.borrow().entries.len()
    }

    fn history_line(&self, index: usize) -> String {
        String::from_utf8_lossy(self.history.borrow().text(index)).into_owned()
    }

    fn complete(&mut self, line: &str, at: usize) -> Run<Completions> {
        let status = self.state.status;
        let found = self.completions_at(line, at);
        self.state.status = status;
        found
    }

    fn expand_history(&mut self, line: &str) -> Option<String> {
        let expanded = self.history.borrow_mut().expand(line.as_bytes(), None).ok()?;
        Some(String::from_utf8_lossy(&expanded.text).into_owned())
    }

    fn signals(&mut self) -> Run {
        self.take_signals()
    }

    fn run_bound(&mut self, command: &[u8], line: &str, at: usize) -> Run<(String, usize)> {
        let status = self.state.status;
        self.set("READLINE_LINE", line);
        self.set("READLINE_POINT", at.to_string());
        let number = self.state.line;
        self.run_text(command, number, b"bind")?;
        self.flush();
        let text = |value: Option<Vec<u8>>| String::from_utf8_lossy(&value.unwrap_or_default()).into_owned();
        let line = text(self.value("READLINE_LINE"));
        let at = self.value("READLINE_POINT").and_then(|at| plain_number(&at)).and_then(|at| usize::try_from(at).ok());
        for name in ["READLINE_LINE", "READLINE_POINT"] {
            self.state.variables.replace(crate::symbol::Symbol::new(name.as_bytes()), None);
        }
        self.state.status = status;
        let at = at.unwrap_or(line.len());
        Ok((line, at))
    }

    fn edit_externally(&mut self, line: &str) -> Run<Option<String>> {
        let editor = ["VISUAL", "EDITOR"].iter().find_map(|name| self.value(name).filter(|value| !value.is_empty()));
        let editor = editor.unwrap_or_else(|| b"vi".to_vec());
        let edited = self.edit_text(&editor, &[line.as_bytes(), b"\n"].concat())?;
        Ok(edited.map(|text| String::from_utf8_lossy(&text).into_owned()))
    }
}

impl Shell {
    /// The bindings and settings of INPUTRC, `~/.inputrc` or `/etc/inputrc`.
    pub(super) fn read_inputrc(&mut self) {
        let home = self.value("HOME").unwrap_or_default();
        let own = self.value("INPUTRC").unwrap_or_else(|| [&home[..], b"/.inputrc"].concat());
        let text = [&own[..], b"/etc/inputrc"].into_iter().find_map(|path| crate::invocation::read_file(path).ok());
        for line in text.unwrap_or_default().split(|b| *b == b'\n') {
            // A line that says nothing is passed over.
            let _ = parse_line(&mut self.editor, line);
        }
    }
}

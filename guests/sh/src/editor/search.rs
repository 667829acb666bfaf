//! Searching the history as the pattern is typed, and by how a line begins.

use super::command::Command;
use super::session::{Key, Session};
use crate::error::Run;

impl Session<'_> {
    /// `reverse-search-history`, `forward-search-history`: until a key that is none of the search's.
    pub(super) fn search(&mut self, backward: bool) -> Run {
        let (mut backward, begun, prompt) = (backward, (self.index, self.buffer.clone()), self.prompt.clone());
        let mut pattern = String::new();
        let mut failed = false;
        loop {
            let way = if backward { "reverse-i-search" } else { "i-search" };
            let failing = if failed { "failed " } else { "" };
            self.prompt = format!("({failing}{way})`{pattern}': ");
            self.show();
            let key = self.key()?;
            match &key {
                Key::Command(Command::SelfInsert, text) => {
                    pattern.push_str(&String::from_utf8_lossy(text));
                    failed = !self.find(&pattern, backward, false);
                }
                Key::Command(Command::BackwardDeleteChar, _) => {
                    pattern.pop();
                    self.index = begun.0;
                    self.buffer = begun.1.clone();
                    failed = !pattern.is_empty() && !self.find(&pattern, backward, false);
                }
                Key::Command(command @ (Command::ReverseSearchHistory | Command::ForwardSearchHistory), _) => {
                    backward = *command == Command::ReverseSearchHistory;
                    if pattern.is_empty() {
                        pattern.clone_from(&self.editor.searched);
                    }
                    failed = !self.find(&pattern, backward, true);
                }
                Key::Command(Command::Abort, _) => {
                    (self.index, self.buffer) = begun;
                    self.prompt = prompt;
                    self.bell();
                    return Ok(());
                }
                Key::None => {}
                _ => {
                    self.prompt = prompt;
                    if !pattern.is_empty() {
                        self.editor.searched = pattern;
                    }
                    self.pushed = Some(key);
                    return Ok(());
                }
            }
            if failed {
                self.bell();
            }
        }
    }

    /// Goes to the nearest line that holds the pattern, from the present one, or with `further` from the next.
    fn find(&mut self, pattern: &str, backward: bool, further: bool) -> bool {
        let lines = self.host.history_length();
        let matches = |index: usize| self.line(index).rfind(pattern);
        let found = if backward {
            let end = if further { self.index } else { (self.index + 1).min(lines) };
            (0..end).rev().find_map(|index| matches(index).map(|at| (index, at)))
        } else {
            let start = if further { self.index + 1 } else { self.index };
            (start..lines).find_map(|index| matches(index).map(|at| (index, at)))
        };
        let Some((index, at)) = found else { return false };
        if index != self.index {
            self.go_to_line(index);
        }
        self.buffer.go(at);
        true
    }

    /// `history-search-backward`, `-forward`: lines that begin as this one does up to the cursor.
    pub(super) fn search_prefix(&mut self, backward: bool, last: Option<Command>) {
        let again = matches!(last, Some(Command::HistorySearchBackward | Command::HistorySearchForward));
        let prefix =
            if again { self.editor.searched.clone() } else { self.buffer.text()[..self.buffer.at()].to_string() };
        self.editor.searched.clone_from(&prefix);
        let lines = self.host.history_length();
        let present = self.buffer.text().to_string();
        let fits = |index: &usize| {
            let line = self.line(*index);
            line.starts_with(&prefix) && line != present
        };
        let found = if backward { (0..self.index).rev().find(fits) } else { (self.index + 1..lines).find(fits) };
        match found {
            Some(index) => {
                self.go_to_line(index);
                self.buffer.go(if prefix.is_empty() { usize::MAX } else { prefix.len() });
            }
            None if !backward && self.index < lines => self.go_to_line(lines),
            None => self.bell(),
        }
    }
}

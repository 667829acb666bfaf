//! Commands that move, change and bring back text.

use super::buffer::Case;
use super::command::Command;
use super::session::Session;
use crate::error::Run;

/// Changes kept for `undo`.
const UNDO: usize = 1000;

impl Session<'_> {
    pub(super) fn command(&mut self, command: Command, keys: &[u8]) -> Run {
        let argument = self.argument.take();
        let count = argument.unwrap_or(1);
        let before = self.buffer.clone();
        let last = self.last.replace(command);
        if command != Command::Complete {
            self.completing = false;
        }
        match command {
            Command::SelfInsert => {
                let text = String::from_utf8_lossy(keys).repeat(usize::try_from(count).unwrap_or(0));
                self.buffer.insert(&text);
            }
            Command::DigitArgument => self.digit(argument, keys),
            Command::QuotedInsert => {
                if let Some(byte) = self.any_byte()? {
                    let text = self.character(byte)?;
                    self.buffer.insert(&text);
                }
            }
            Command::TabInsert => self.buffer.insert("\t"),
            Command::BracketedPasteBegin => {
                let text = self.pasted()?;
                self.buffer.insert(&text);
            }
            Command::Complete => self.complete(last == Some(Command::Complete))?,
            Command::PossibleCompletions => self.list_completions()?,
            Command::InsertCompletions => self.insert_completions()?,
            Command::ClearScreen => {
                let bytes = self.screen.clear();
                self.terminal.write(&bytes);
            }
            Command::RedrawCurrentLine => {
                let bytes = self.screen.resize(self.screen.columns(), self.buffer.at());
                self.terminal.write(&bytes);
            }
            Command::Undo => match self.undo.pop() {
                Some(earlier) => self.buffer = earlier,
                None => self.bell(),
            },
            Command::RevertLine => {
                if let Some(first) = self.undo.first().cloned() {
                    self.buffer = first;
                }
                self.undo.clear();
            }
            Command::HistoryExpandLine => {
                if let Some(line) = self.host.expand_history(self.buffer.text()) {
                    self.buffer.set(line);
                }
            }
            Command::Abort => self.bell(),
            Command::InsertComment => {
                self.buffer.go(0);
                self.buffer.insert("#");
                self.typed.push_front(b'\n');
            }
            Command::Yank | Command::YankPop | Command::YankLastArg => self.yank(command, last),
            Command::PreviousHistory
            | Command::NextHistory
            | Command::BeginningOfHistory
            | Command::EndOfHistory
            | Command::HistorySearchBackward
            | Command::HistorySearchForward => self.history_command(command, count, last),
            command => {
                let (command, count) = if count < 0 { (reversed(command), -count) } else { (command, count) };
                self.simple(command, count, last);
            }
        }
        self.remember(command, last, before);
        Ok(())
    }

    /// Keeps what was there before a change; letters typed one after another are one change.
    fn remember(&mut self, command: Command, last: Option<Command>, before: super::buffer::Buffer) {
        let moves = matches!(
            command,
            Command::Undo
                | Command::RevertLine
                | Command::PreviousHistory
                | Command::NextHistory
                | Command::BeginningOfHistory
                | Command::EndOfHistory
        );
        if moves || before.text() == self.buffer.text() {
            return;
        }
        let goes_on = command == Command::SelfInsert && last == Some(Command::SelfInsert) && !self.undo.is_empty();
        if goes_on && !self.buffer.text().ends_with(' ') {
            return;
        }
        if self.undo.len() >= UNDO {
            self.undo.remove(0);
        }
        self.undo.push(before);
    }

    fn digit(&mut self, argument: Option<i64>, keys: &[u8]) {
        let present = argument.unwrap_or(0);
        self.argument = Some(match keys.last() {
            Some(digit @ b'0'..=b'9') => (present * 10 + i64::from(digit - b'0')).clamp(-9999, 9999),
            _ => -1,
        });
    }

    /// Commands that are repeated as often as the argument says.
    fn simple(&mut self, command: Command, count: i64, last: Option<Command>) {
        for _ in 0..count.clamp(0, 9999) {
            match command {
                Command::BackwardChar => self.buffer.go(self.buffer.previous()),
                Command::ForwardChar => self.buffer.go(self.buffer.next()),
                Command::BackwardWord => self.buffer.go(self.buffer.word_start()),
                Command::ForwardWord => self.buffer.go(self.buffer.word_end()),
                Command::BeginningOfLine => self.buffer.go(self.buffer.line_start()),
                Command::EndOfLine => self.buffer.go(self.buffer.line_end()),
                Command::BackwardDeleteChar if self.buffer.at() > 0 => {
                    self.buffer.cut(self.buffer.previous(), self.buffer.at());
                }
                Command::DeleteChar if !self.buffer.at_end() => {
                    self.buffer.cut(self.buffer.at(), self.buffer.next());
                }
                Command::BackwardDeleteChar | Command::DeleteChar => return self.bell(),
                Command::KillLine => self.kill(self.buffer.at(), self.buffer.line_end(), true, last),
                Command::UnixLineDiscard => self.kill(self.buffer.line_start(), self.buffer.at(), false, last),
                Command::KillWholeLine => self.kill(0, self.buffer.text().len(), true, last),
                Command::KillWord => self.kill(self.buffer.at(), self.buffer.word_end(), true, last),
                Command::BackwardKillWord => self.kill(self.buffer.word_start(), self.buffer.at(), false, last),
                Command::UnixWordRubout => self.kill(self.buffer.blank_word_start(), self.buffer.at(), false, last),
                Command::DeleteHorizontalSpace => self.delete_blanks(),
                Command::TransposeChars => self.buffer.transpose_chars(),
                Command::TransposeWords => self.buffer.transpose_words(),
                Command::UpcaseWord => self.buffer.change_case(Case::Upper),
                Command::DowncaseWord => self.buffer.change_case(Case::Lower),
                Command::CapitalizeWord => self.buffer.change_case(Case::Capital),
                _ => {}
            }
        }
    }

    fn delete_blanks(&mut self) {
        let (text, at) = (self.buffer.text(), self.buffer.at());
        let start = text[..at].trim_end_matches([' ', '\t']).len();
        let end = text.len() - text[at..].trim_start_matches([' ', '\t']).len();
        self.buffer.cut(start, end);
    }

    /// Takes text out, to be yanked; kills one after another are one.
    fn kill(&mut self, start: usize, end: usize, forward: bool, last: Option<Command>) {
        let text = self.buffer.cut(start, end);
        let goes_on = last.is_some_and(|last| {
            matches!(
                last,
                Command::KillLine
                    | Command::UnixLineDiscard
                    | Command::KillWholeLine
                    | Command::KillWord
                    | Command::BackwardKillWord
                    | Command::UnixWordRubout
            )
        });
        match self.editor.kills.last_mut().filter(|_| goes_on) {
            Some(kill) if forward => kill.push_str(&text),
            Some(kill) => kill.insert_str(0, &text),
            None if !text.is_empty() => self.editor.kills.push(text),
            None => {}
        }
    }

    fn yank(&mut self, command: Command, last: Option<Command>) {
        let again = matches!(last, Some(Command::Yank | Command::YankPop));
        let text = match command {
            Command::Yank => self.editor.kills.last().cloned(),
            Command::YankPop if again => {
                self.editor.kills.rotate_right(1);
                self.editor.kills.last().cloned()
            }
            Command::YankLastArg => {
                self.last_arguments = if last == Some(Command::YankLastArg) { self.last_arguments + 1 } else { 1 };
                let index = self.host.history_length().checked_sub(self.last_arguments);
                index.and_then(|index| self.line(index).split_whitespace().last().map(str::to_string))
            }
            _ => None,
        };
        let Some(text) = text else { return self.bell() };
        if command == Command::YankPop || (command == Command::YankLastArg && last == Some(Command::YankLastArg)) {
            self.buffer.cut(self.yanked.0, self.yanked.1);
        }
        let start = self.buffer.at();
        self.buffer.insert(&text);
        self.yanked = (start, self.buffer.at());
    }

    fn history_command(&mut self, command: Command, count: i64, last: Option<Command>) {
        let lines = self.host.history_length();
        match command {
            Command::BeginningOfHistory => self.go_to_line(0),
            Command::EndOfHistory => self.go_to_line(lines),
            Command::HistorySearchBackward | Command::HistorySearchForward => {
                self.search_prefix(command == Command::HistorySearchBackward, last);
            }
            _ => {
                let back = (command == Command::PreviousHistory) == (count >= 0);
                for _ in 0..count.unsigned_abs() {
                    // Of several lines, those above and below come before those of the history.
                    if self.buffer.vertical(!back) {
                        continue;
                    }
                    match if back { self.index.checked_sub(1) } else { Some(self.index + 1) } {
                        Some(index) if index <= lines => self.go_to_line(index),
                        _ => return self.bell(),
                    }
                }
            }
        }
    }
}

/// What a command is with a negative count.
fn reversed(command: Command) -> Command {
    match command {
        Command::BackwardChar => Command::ForwardChar,
        Command::ForwardChar => Command::BackwardChar,
        Command::BackwardWord => Command::ForwardWord,
        Command::ForwardWord => Command::BackwardWord,
        Command::BackwardDeleteChar => Command::DeleteChar,
        Command::DeleteChar => Command::BackwardDeleteChar,
        Command::KillLine => Command::UnixLineDiscard,
        Command::KillWord => Command::BackwardKillWord,
        Command::BackwardKillWord => Command::KillWord,
        command => command,
    }
}

//! The editing of one line.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::buffer::Buffer;
use super::command::Command;
use super::keymap::{Binding, Lookup};
use super::screen::Screen;
use super::terminal::{Input, Terminal};
use super::{Editor, Entered, Host};
use crate::error::Run;

const PASTE_END: &[u8] = b"\x1b[201~";

pub(super) struct Session<'a> {
    pub(super) editor: &'a mut Editor,
    pub(super) host: &'a mut dyn Host,
    pub(super) terminal: Terminal,
    pub(super) screen: Screen,
    pub(super) prompt: String,
    pub(super) buffer: Buffer,
    pub(super) undo: Vec<Buffer>,
    /// The line shown: of the history, or the new one after it.
    pub(super) index: usize,
    /// Lines that were changed and left, the new one among them.
    pub(super) edits: HashMap<usize, Buffer>,
    /// A count typed before a command.
    pub(super) argument: Option<i64>,
    pub(super) last: Option<Command>,
    /// Where the last yank put its text.
    pub(super) yanked: (usize, usize),
    /// How many lines back `yank-last-arg` has gone.
    pub(super) last_arguments: usize,
    /// Keys of macros, before those typed.
    pub(super) typed: VecDeque<u8>,
    /// How many macros these came from: one that calls itself must end.
    macros: u32,
    /// A key that ended a search, to be taken next.
    pub(super) pushed: Option<Key>,
    /// Completions have been listed, or could have been: a second Tab lists them.
    pub(super) completing: bool,
}

/// A key, or the end of them.
pub(super) enum Key {
    /// A command, with the bytes that called it.
    Command(Command, Vec<u8>),
    Shell(Vec<u8>),
    Interrupt,
    End,
    /// Nothing, or something that is not bound.
    None,
}

impl<'a> Session<'a> {
    pub(super) fn new(editor: &'a mut Editor, host: &'a mut dyn Host, terminal: Terminal, prompt: &str) -> Session<'a> {
        let screen = Screen::new(terminal.columns());
        let index = host.history_length();
        Session {
            editor,
            host,
            terminal,
            screen,
            prompt: prompt.to_string(),
            buffer: Buffer::default(),
            undo: Vec::new(),
            index,
            edits: HashMap::new(),
            argument: None,
            last: None,
            yanked: (0, 0),
            last_arguments: 0,
            typed: VecDeque::new(),
            macros: 0,
            pushed: None,
            completing: false,
        }
    }

    pub(super) fn run(mut self) -> Run<Entered> {
        if self.editor.settings.enable_bracketed_paste && self.terminal.is_real() {
            self.terminal.write(b"\x1b[?2004h");
        }
        if let Some(back) = self.editor.next.take()
            && let Some(index) = self.index.checked_sub(back)
        {
            self.go_to_line(index);
        }
        let entered = self.edit();
        if self.editor.settings.enable_bracketed_paste && self.terminal.is_real() {
            self.terminal.write(b"\x1b[?2004l\r");
        }
        entered
    }

    fn edit(&mut self) -> Run<Entered> {
        loop {
            self.show();
            match self.key()? {
                Key::Command(Command::AcceptLine, _) => return Ok(self.accept()),
                Key::Command(Command::OperateAndGetNext, _) => {
                    let following = self.host.history_length().saturating_sub(self.index);
                    self.editor.next = Some(following);
                    return Ok(self.accept());
                }
                Key::Command(Command::DeleteChar, keys) if self.buffer.is_empty() && self.ends(&keys) => {
                    self.leave();
                    return Ok(Entered::End);
                }
                Key::Command(Command::ReverseSearchHistory, _) => self.search(true)?,
                Key::Command(Command::ForwardSearchHistory, _) => self.search(false)?,
                Key::Command(Command::EditAndExecute, _) => {
                    if let Some(entered) = self.edit_and_execute()? {
                        return Ok(entered);
                    }
                }
                Key::Command(command, keys) => self.command(command, &keys)?,
                Key::Shell(command) => self.shell_command(&command)?,
                Key::Interrupt => {
                    self.buffer.go(usize::MAX);
                    self.show();
                    self.terminal.write(b"^C");
                    self.leave();
                    return Ok(Entered::Interrupted);
                }
                Key::End => return Ok(Entered::End),
                Key::None => {}
            }
        }
    }

    fn ends(&self, keys: &[u8]) -> bool {
        keys == [self.terminal.end_of_file()] && self.last != Some(Command::DeleteChar)
    }

    pub(super) fn accept(&mut self) -> Entered {
        self.buffer.go(usize::MAX);
        self.show();
        self.leave();
        Entered::Line(self.buffer.text().to_string())
    }

    pub(super) fn leave(&mut self) {
        let bytes = self.screen.leave();
        self.terminal.write(&bytes);
    }

    /// Brings the screen up to date, unless more keys are there already.
    pub(super) fn show(&mut self) {
        if !self.typed.is_empty() || self.pushed.is_some() {
            return;
        }
        let bytes = self.screen.show(&self.prompt, self.buffer.text(), self.buffer.at());
        self.terminal.write(&bytes);
    }

    pub(super) fn bell(&self) {
        if self.editor.settings.bell {
            self.terminal.write(b"\x07");
        }
    }

    fn byte(&mut self, timeout: Option<Duration>) -> Run<Input> {
        if let Some(byte) = self.typed.pop_front() {
            return Ok(Input::Byte(byte));
        }
        self.macros = 0;
        loop {
            match self.terminal.read(timeout) {
                Input::Signal => {
                    self.host.signals()?;
                    self.resized();
                }
                other => return Ok(other),
            }
        }
    }

    fn resized(&mut self) {
        let columns = self.terminal.columns();
        if columns != self.screen.columns() {
            let bytes = self.screen.resize(columns, self.buffer.at());
            self.terminal.write(&bytes);
            self.show();
        }
    }

    /// The next key that means something.
    pub(super) fn key(&mut self) -> Run<Key> {
        if let Some(key) = self.pushed.take() {
            return Ok(key);
        }
        let mut keys = Vec::new();
        let mut found = None;
        loop {
            let timeout = found.is_some().then(|| Duration::from_millis(self.editor.settings.keyseq_timeout));
            let byte = match self.byte(timeout)? {
                Input::Byte(byte) => byte,
                Input::End if keys.is_empty() => return Ok(Key::End),
                _ => break,
            };
            if keys.is_empty() && byte == self.terminal.interrupt() && byte != 0 {
                return Ok(Key::Interrupt);
            }
            keys.push(byte);
            match self.editor.keymap.lookup(&keys) {
                Lookup::Bound(binding) => {
                    found = Some(binding);
                    break;
                }
                Lookup::Ambiguous(binding) => found = Some(binding),
                Lookup::Prefix => {}
                Lookup::Unbound if found.is_some() => {
                    self.typed.push_front(byte);
                    keys.pop();
                    break;
                }
                Lookup::Unbound => return self.unbound(keys),
            }
        }
        Ok(match found {
            Some(Binding::Command(command)) => Key::Command(command, keys),
            Some(Binding::Shell(command)) => Key::Shell(command),
            Some(Binding::Macro(keys)) => {
                self.macros += 1;
                if self.macros < 100 {
                    for key in keys.into_iter().rev() {
                        self.typed.push_front(key);
                    }
                }
                Key::None
            }
            None => Key::None,
        })
    }

    /// What no sequence begins with is itself, where it is text; the rest of an unknown escape sequence is passed over.
    fn unbound(&mut self, mut keys: Vec<u8>) -> Run<Key> {
        if let [0x1b, b'[', ..] = keys[..] {
            while !matches!(keys.last(), Some(0x40..=0x7e) if keys.len() > 2) {
                match self.byte(Some(Duration::from_millis(self.editor.settings.keyseq_timeout)))? {
                    Input::Byte(byte) => keys.push(byte),
                    _ => break,
                }
            }
        }
        if keys.len() > 1 || keys[0] < b' ' {
            return Ok(Key::None);
        }
        let text = self.character(keys[0])?;
        Ok(Key::Command(Command::SelfInsert, text.into_bytes()))
    }

    /// The character that a byte begins (UTF-8).
    pub(super) fn character(&mut self, first: u8) -> Run<String> {
        let length = match first {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => 1,
        };
        let mut bytes = vec![first];
        while bytes.len() < length {
            match self.byte(Some(Duration::from_secs(1)))? {
                Input::Byte(byte @ 0x80..=0xbf) => bytes.push(byte),
                Input::Byte(other) => {
                    self.typed.push_front(other);
                    break;
                }
                _ => break,
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The next byte, whatever it is; `None` at the end.
    pub(super) fn any_byte(&mut self) -> Run<Option<u8>> {
        Ok(match self.byte(None)? {
            Input::Byte(byte) => Some(byte),
            _ => None,
        })
    }

    /// What is pasted, up to the sequence that ends it.
    pub(super) fn pasted(&mut self) -> Run<String> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(PASTE_END) {
            match self.any_byte()? {
                Some(byte) => bytes.push(byte),
                None => break,
            }
        }
        let text = bytes.strip_suffix(PASTE_END).unwrap_or(&bytes);
        Ok(String::from_utf8_lossy(text).replace("\r\n", "\n").replace('\r', "\n"))
    }

    /// Goes to another line of the history; what was changed in this one stays.
    pub(super) fn go_to_line(&mut self, index: usize) {
        let present = std::mem::take(&mut self.buffer);
        self.edits.insert(self.index, present);
        self.undo.clear();
        self.index = index;
        match self.edits.remove(&index) {
            Some(buffer) => self.buffer = buffer,
            None => self.buffer.set(self.line(index)),
        }
        self.buffer.go(usize::MAX);
    }

    /// A line of the history as it was entered.
    pub(super) fn line(&self, index: usize) -> String {
        self.host.history_line(index)
    }

    fn shell_command(&mut self, command: &[u8]) -> Run {
        let bytes = self.screen.leave();
        self.terminal.write(&bytes);
        self.terminal.restore();
        let result = self.host.run_bound(command, self.buffer.text(), self.buffer.at());
        self.terminal.edit();
        let (line, at) = result?;
        self.buffer.set(line);
        self.buffer.go(at);
        Ok(())
    }

    fn edit_and_execute(&mut self) -> Run<Option<Entered>> {
        self.leave();
        self.terminal.restore();
        let result = self.host.edit_externally(self.buffer.text());
        self.terminal.edit();
        let Some(text) = result? else { return Ok(None) };
        self.buffer.set(text.trim_end_matches('\n'));
        Ok(Some(self.accept()))
    }
}

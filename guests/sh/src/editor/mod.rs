//! The line editor: what is typed at a prompt, with the keys of GNU Readline's emacs mode.
//!
//! Of its own because the editors of crates.io need a terminal of Unix or Windows, where WASI has none: this one stands on the
//! kernel's termios calls. `buffer` is the text, `screen` what shows it, `keymap` and `command` what keys mean, `session` the
//! editing of one line; `edit`, `search` and `complete` are its commands.

mod buffer;
pub(crate) mod command;
mod complete;
mod edit;
pub(crate) mod keymap;
mod screen;
mod search;
mod session;
mod settings;
mod terminal;

use crate::error::Run;

pub(crate) use settings::Settings;

/// What completing found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Completions {
    /// Where the text begins that a candidate takes the place of.
    pub(crate) start: usize,
    pub(crate) candidates: Vec<Candidate>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// What is put in, quoted.
    pub(crate) text: String,
    /// What is listed.
    pub(crate) shown: String,
    /// What follows where it is the only one.
    pub(crate) end: &'static str,
}

/// What the editor asks of the shell.
pub(crate) trait Host {
    /// How many lines were entered before.
    fn history_length(&self) -> usize;

    /// One of them; the first is the oldest.
    fn history_line(&self, index: usize) -> String;

    /// What the word before `at` may become.
    fn complete(&mut self, line: &str, at: usize) -> Run<Completions>;

    /// A line after history expansion; `None` where that fails.
    fn expand_history(&mut self, line: &str) -> Option<String>;

    /// Does what signals that have come ask for.
    fn signals(&mut self) -> Run;

    /// Runs a command with the line in READLINE_LINE and the place in it in READLINE_POINT; gives both as they are then.
    fn run_bound(&mut self, command: &[u8], line: &str, at: usize) -> Run<(String, usize)>;

    /// The line as an editor has changed it.
    fn edit_externally(&mut self, line: &str) -> Run<Option<String>>;
}

/// What was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entered {
    Line(String),
    /// The end of the input.
    End,
    /// The interrupt character: the line is given up.
    Interrupted,
}

/// What lasts from line to line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Editor {
    pub(crate) keymap: keymap::Keymap,
    pub(crate) settings: Settings,
    kills: Vec<String>,
    /// What was last searched for.
    searched: String,
    /// How far before the end of the history the next line begins (`operate-and-get-next`).
    next: Option<usize>,
}

impl Editor {
    /// Reads a line on the terminal that is standard input. `prompt`: as shown, bytes 1 and 2 around what takes no room.
    pub(crate) fn read(&mut self, host: &mut dyn Host, prompt: &str) -> Run<Entered> {
        session::Session::new(self, host, terminal::Terminal::enter(), prompt).run()
    }
}

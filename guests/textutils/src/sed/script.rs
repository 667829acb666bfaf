//! A script once it is read: what commands there are and which lines they are for.

use std::collections::HashMap;
use std::rc::Rc;

use vivarium_userland::Bytes;
use vivarium_userland::bytes::text;

use super::pattern::Pattern;

/// A whole script.
#[derive(Default)]
pub(super) struct Script {
    pub(super) commands: Vec<Command>,
    /// Files that `w` writes to, by name; commands know them by number.
    pub(super) outputs: Vec<Bytes>,
    /// Files that `R` reads lines of.
    pub(super) inputs: Vec<Bytes>,
    /// Whether its first line is `#n`.
    pub(super) quiet: bool,
}

impl Script {
    /// Finds where branches lead.
    ///
    /// # Errors
    /// That there is no such label.
    pub(super) fn resolved(mut self) -> Result<Script, String> {
        let labels: HashMap<Bytes, usize> = (self.commands.iter().enumerate())
            .filter_map(|(index, command)| match &command.action {
                Action::Label(name) => Some((name.clone(), index)),
                _ => None,
            })
            .collect();
        let end = self.commands.len();
        for command in &mut self.commands {
            if let Action::Branch(jump) | Action::BranchIfReplaced(jump) | Action::BranchUnlessReplaced(jump) =
                &mut command.action
            {
                jump.to = match labels.get(&jump.label) {
                    _ if jump.label.is_empty() => end,
                    Some(to) => *to,
                    None => return Err(format!("can't find label for jump to `{}'", text(&jump.label))),
                };
            }
        }
        Ok(self)
    }
}

/// An address that is one line, or the first of a range.
pub(super) enum Address {
    Line(u64),
    /// `first~step`, with a step.
    Step {
        first: u64,
        step: u64,
    },
    Last,
    /// A regular expression; `None` is the one used last.
    Matching(Option<Rc<Pattern>>),
}

/// Where a range ends.
pub(super) enum End {
    At(Address),
    /// So many lines after its first.
    Plus(u64),
    /// At the next line whose number is a multiple.
    Multiple(u64),
}

pub(super) struct Command {
    pub(super) first: Option<Address>,
    pub(super) end: Option<End>,
    /// `!`
    pub(super) negated: bool,
    pub(super) action: Action,
}

/// What a command does; numbers are indices of commands or files of the script.
pub(super) enum Action {
    /// `{`, and the command behind its end.
    Block(usize),
    BlockEnd,
    Label(Bytes),
    Branch(Jump),
    BranchIfReplaced(Jump),
    BranchUnlessReplaced(Jump),
    Append(Bytes),
    Insert(Bytes),
    Change(Bytes),
    Delete,
    DeleteFirstLine,
    /// `e`: the pattern space is the command if there is none.
    Execute(Bytes),
    FileName,
    GetHold,
    AppendHold,
    Hold,
    HoldAppend,
    /// `l`, and where lines are folded if it says so.
    List(Option<usize>),
    LineNumber,
    Next,
    NextAppend,
    Print,
    PrintFirstLine,
    Quit(i32),
    QuitSilently(i32),
    ReadFile(Bytes),
    ReadLine(usize),
    Substitute(Box<Substitution>),
    Translate(Translation),
    WriteFile(usize),
    WriteFirstLine(usize),
    Exchange,
    Zap,
}

/// Where a branch leads. `to` is beyond the last command where there is no label.
pub(super) struct Jump {
    pub(super) label: Bytes,
    pub(super) to: usize,
}

/// `y`
pub(super) enum Translation {
    Bytes(Box<[u8; 256]>),
    Chars(HashMap<char, char>),
}

/// `s`
pub(super) struct Substitution {
    /// `None` is the one used last.
    pub(super) pattern: Option<Rc<Pattern>>,
    pub(super) replacement: Vec<Piece>,
    pub(super) global: bool,
    /// The match to begin with, 1 for the first.
    pub(super) number: u64,
    pub(super) print: Print,
    pub(super) evaluate: bool,
    pub(super) output: Option<usize>,
}

/// The flag `p` of `s`, which prints before `e` runs, after it, or both.
#[derive(Clone, Copy, Default)]
pub(super) struct Print {
    pub(super) before: bool,
    pub(super) after: bool,
}

/// A part of a replacement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Piece {
    Text(Bytes),
    Group(usize),
    Case(Case),
}

/// How what follows is to be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Case {
    /// `\U`
    Upper,
    /// `\L`
    Lower,
    /// `\u`
    UpperNext,
    /// `\l`
    LowerNext,
    /// `\E`
    Same,
}

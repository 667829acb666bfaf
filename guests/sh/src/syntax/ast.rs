//! The syntax tree.

use std::cell::OnceCell;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::arith::Compiled;
use crate::symbol::Symbol;

pub(crate) type Bytes = Vec<u8>;

/// Commands separated by `;`, `&` and newlines.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct List {
    pub(crate) items: Vec<Item>,
}

/// An and-or list, possibly in the background.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) first: Pipeline,
    pub(crate) rest: Vec<(AndOr, Pipeline)>,
    pub(crate) background: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AndOr {
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Timing {
    None,
    Shell,
    Posix,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pipeline {
    pub(crate) negated: bool,
    pub(crate) timing: Timing,
    pub(crate) stages: Vec<Command>,
}

/// A command with its redirections.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Command {
    pub(crate) line: u32,
    pub(crate) kind: Kind,
    pub(crate) redirects: Vec<Redirect>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Kind {
    Simple(Simple),
    Brace(List),
    Subshell(Rc<List>),
    If(Box<If>),
    While { until: bool, condition: List, body: List },
    For(Box<For>),
    ArithFor(Box<ArithFor>),
    Select(Box<For>),
    Case(Box<Case>),
    Arith(Arith),
    Conditional(Box<Conditional>),
    Function(Rc<Function>),
    Coproc { name: Symbol, named: bool, body: Box<Command> },
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Simple {
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) words: Vec<Word>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct If {
    /// `if` and each `elif`.
    pub(crate) branches: Vec<(List, List)>,
    pub(crate) otherwise: Option<List>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct For {
    pub(crate) name: Bytes,
    /// `None`: the positional parameters.
    pub(crate) words: Option<Vec<Word>>,
    pub(crate) body: List,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ArithFor {
    pub(crate) init: Arith,
    pub(crate) condition: Arith,
    pub(crate) step: Arith,
    pub(crate) body: List,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Case {
    pub(crate) word: Word,
    pub(crate) arms: Vec<Arm>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Arm {
    pub(crate) patterns: Vec<Word>,
    pub(crate) body: List,
    pub(crate) end: ArmEnd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ArmEnd {
    /// `;;`
    Break,
    /// `;&`
    FallThrough,
    /// `;;&`
    Continue,
}

/// `[[ … ]]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Conditional {
    And(Box<Conditional>, Box<Conditional>),
    Or(Box<Conditional>, Box<Conditional>),
    Not(Box<Conditional>),
    Group(Box<Conditional>),
    Unary(Bytes, Word),
    Binary(Word, Bytes, Word),
    Word(Word),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Function {
    pub(crate) name: Symbol,
    pub(crate) body: Command,
    pub(crate) line: u32,
    /// Name of the file it is from.
    pub(crate) source: Bytes,
    /// Written with the word `function`.
    pub(crate) keyword: bool,
}

/// `name=value`, `name[subscript]+=value`, `name=(…)`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Assignment {
    pub(crate) name: Symbol,
    pub(crate) subscript: Option<Word>,
    pub(crate) append: bool,
    pub(crate) value: AssignmentValue,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum AssignmentValue {
    Scalar(Word),
    Array(Vec<Element>),
}

/// `value` or `[subscript]=value` in an array's parentheses.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Element {
    pub(crate) subscript: Option<Word>,
    pub(crate) append: bool,
    pub(crate) value: Word,
    /// The whole of it as an ordinary word: associative arrays take plain words in pairs.
    pub(crate) whole: Word,
}

/// A word: its text as written, and what it is made of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Word {
    pub(crate) text: Bytes,
    pub(crate) parts: Vec<Part>,
    /// As an argument of a declaration command: the assignment it is.
    pub(crate) assignment: Option<Box<Assignment>>,
    /// Has an unquoted `{` and `}` with `,` or `..` between, so that brace expansion must look at it.
    pub(crate) braces: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Part {
    /// Unquoted text: tildes, globs and braces count.
    Literal(Bytes),
    /// Quoted text, without its quotes.
    Quoted(Bytes),
    /// `"…"`.
    Double(Vec<Part>),
    Parameter(Box<Parameter>),
    Command(Box<Substitution>),
    Arith(Box<Arith>),
    /// `<(…)` or, `output`, `>(…)`.
    Process {
        output: bool,
        body: Box<Substitution>,
    },
    /// `$"…"`: translated.
    Localized(Vec<Part>),
}

/// The body of a command substitution.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Substitution {
    pub(crate) body: Rc<List>,
    /// Written with backquotes: their text.
    pub(crate) backquoted: Option<Bytes>,
    pub(crate) line: u32,
    /// Where it is in the text of the outermost word: for printing.
    pub(crate) span: (u32, u32),
    /// `$(<file)`.
    pub(crate) file: Option<Word>,
}

/// An arithmetic expression.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Arith {
    pub(crate) text: Bytes,
    /// To be expanded as if in double quotes.
    pub(crate) parts: Vec<Part>,
    #[serde(skip)]
    pub(crate) compiled: OnceCell<Rc<Compiled>>,
}

/// `$name`, `${…}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) name: ParameterName,
    pub(crate) subscript: Option<Subscript>,
    /// `${!…}`
    pub(crate) indirect: bool,
    pub(crate) operation: Operation,
    /// As written, for messages; empty for `$name`.
    pub(crate) text: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ParameterName {
    Variable(Symbol),
    Positional(u32),
    /// One of `@*#?-$!0`.
    Special(u8),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Subscript {
    /// `[@]`
    At,
    /// `[*]`
    Star,
    Index(Word),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Operation {
    None,
    /// `${#…}`
    Length,
    /// `-` `=` `?` `+`, where `colon` also for empty values.
    Test {
        operator: u8,
        colon: bool,
        word: Word,
    },
    /// `#` `##` `%` `%%`
    Remove {
        suffix: bool,
        longest: bool,
        pattern: Word,
    },
    /// `/`; `anchor` is `/` (all), `#`, `%` or 0.
    Replace {
        anchor: u8,
        pattern: Word,
        replacement: Option<Word>,
    },
    /// `^` `^^` `,` `,,` `~` `~~`
    Case {
        operator: u8,
        all: bool,
        pattern: Word,
    },
    /// `:offset:length`
    Substring {
        offset: Arith,
        length: Option<Arith>,
    },
    /// `@Q` …
    Transform(u8),
    /// `${!prefix*}`, `${!prefix@}`
    Names {
        at: bool,
    },
    /// `${!array[@]}`, `${!array[*]}`
    Keys,
    /// Not valid: an error when it is expanded, as in bash.
    Bad,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Redirect {
    pub(crate) fd: RedirectFd,
    pub(crate) operator: RedirectOperator,
    pub(crate) target: Word,
    /// Of a here-document: its body.
    pub(crate) body: Option<Rc<HeredocCell>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RedirectFd {
    Default,
    Number(i32),
    /// `{name}`
    Variable(Bytes),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RedirectOperator {
    /// `<`
    Input,
    /// `>`
    Output,
    /// `>|`
    Clobber,
    /// `>>`
    Append,
    /// `<>`
    ReadWrite,
    /// `<&`
    DupInput,
    /// `>&`
    DupOutput,
    /// `&>`
    Both,
    /// `&>>`
    BothAppend,
    /// `<<`
    Heredoc,
    /// `<<-`
    HeredocTabs,
    /// `<<<`
    HereString,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Heredoc {
    /// As it stands in the source, for printing.
    pub(crate) text: Bytes,
    pub(crate) delimiter: Bytes,
    pub(crate) parts: Vec<Part>,
    /// The delimiter was quoted: nothing is expanded.
    pub(crate) literal: bool,
}

/// A here-document's place in the tree: its body is read when the line it stands on is over.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeredocCell(OnceCell<Heredoc>);

impl HeredocCell {
    pub(crate) fn set(&self, heredoc: Heredoc) {
        // A place is filled once: each pending here-document has its own.
        let _ = self.0.set(heredoc);
    }

    pub(crate) fn get(&self) -> &Heredoc {
        self.0.get_or_init(Heredoc::default)
    }
}

impl Serialize for HeredocCell {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for HeredocCell {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<HeredocCell, D::Error> {
        Ok(HeredocCell(OnceCell::from(Heredoc::deserialize(deserializer)?)))
    }
}

impl Word {
    /// A word of plain text.
    pub(crate) fn literal(text: &[u8]) -> Word {
        Word { text: text.to_vec(), parts: vec![Part::Literal(text.to_vec())], ..Word::default() }
    }

    /// Its text, where it is one unquoted literal.
    pub(crate) fn as_literal(&self) -> Option<&[u8]> {
        match &self.parts[..] {
            [Part::Literal(text)] => Some(text),
            [] => Some(b""),
            _ => None,
        }
    }
}

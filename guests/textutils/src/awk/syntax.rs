//! The syntax tree.

use std::rc::Rc;

use vivarium_userland::Bytes;

/// Where a variable is: among all functions' or in the running one's frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Global(usize),
    Local(usize),
}

/// A line of the program: the number of its file in [`Program::files`], and its own, from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Line {
    pub(super) file: u32,
    pub(super) number: u32,
}

#[derive(Debug)]
pub(super) enum Expression {
    Number(f64),
    String(Rc<[u8]>),
    /// A regular expression, by itself matched with `$0`.
    Regex(usize),
    /// `@/…/`: a regular expression as a value.
    TypedRegex(usize),
    Variable(Place),
    Field(Box<Expression>),
    /// Of the array that the first is, a variable or an element in turn.
    Element(Box<Expression>, Vec<Expression>),
    Assign(Box<Expression>, Box<Expression>),
    /// `+=` and its like, by the operator's letter.
    Update(u8, Box<Expression>, Box<Expression>),
    /// The amount added, and whether the value before is given.
    Increment(Box<Expression>, f64, bool),
    Conditional(Box<Expression>, Box<Expression>, Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Negate(Box<Expression>),
    Plus(Box<Expression>),
    Arithmetic(u8, Box<Expression>, Box<Expression>),
    Concatenate(Box<Expression>, Box<Expression>),
    Compare(&'static str, Box<Expression>, Box<Expression>),
    /// The last is whether it is `!~`.
    Match(Box<Expression>, Box<Expression>, bool),
    In(Vec<Expression>, Box<Expression>),
    Group(Box<Expression>),
    Call(usize, Vec<Expression>),
    /// Of the function that a variable names.
    Indirect(Place, Vec<Expression>),
    Builtin(&'static str, Vec<Expression>),
    Getline(Source, Option<Box<Expression>>),
}

/// Where getline reads.
#[derive(Debug)]
pub(super) enum Source {
    Input,
    File(Box<Expression>),
    Command(Box<Expression>),
    Coprocess(Box<Expression>),
}

/// Where print writes.
#[derive(Debug)]
pub(super) enum Target {
    Output,
    File(Expression),
    Append(Expression),
    Command(Expression),
    Coprocess(Expression),
}

#[derive(Debug)]
pub(super) struct Statement {
    pub(super) line: Line,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Expression(Expression),
    Print(Vec<Expression>, Target),
    Printf(Vec<Expression>, Target),
    If(Expression, Box<Statement>, Option<Box<Statement>>),
    While(Expression, Box<Statement>),
    Do(Box<Statement>, Expression),
    For(Option<Box<Statement>>, Option<Expression>, Option<Box<Statement>>, Box<Statement>),
    ForIn(Expression, Expression, Box<Statement>),
    Block(Vec<Statement>),
    /// Of an element, or of all that an array has.
    Delete(Expression),
    /// Each case with its value; none for `default`.
    Switch(Expression, Vec<(Option<Expression>, Vec<Statement>)>),
    Break,
    Continue,
    Next,
    NextFile,
    Exit(Option<Expression>),
    Return(Option<Expression>),
}

#[derive(Debug)]
pub(super) enum Pattern {
    Begin,
    End,
    BeginFile,
    EndFile,
    Always,
    If(Expression),
    /// With the number that tells whether it is in the range.
    Range(Expression, Expression, usize),
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    /// `None` prints the record.
    pub(super) action: Option<Statement>,
    pub(super) line: Line,
}

#[derive(Debug, Default)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) parameters: Vec<String>,
    pub(super) body: Option<Statement>,
    /// Where it is first called or defined.
    pub(super) line: Line,
}

#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) rules: Vec<Rule>,
    pub(super) functions: Vec<Function>,
    /// Names of the global variables, by number.
    pub(super) globals: Vec<String>,
    /// Sources of the regular expressions, by number.
    pub(super) regexes: Vec<Bytes>,
    pub(super) ranges: usize,
    /// What messages call the files it is of.
    pub(super) files: Vec<String>,
}

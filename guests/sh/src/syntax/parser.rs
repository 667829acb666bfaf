//! The parser's state: its input, read line by line as needed, and one token of look-ahead.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::{Bytes, Heredoc, HeredocCell, List};
use super::lexer::{Operator, Token, TokenKind};
use super::word::Context;

/// Why a script does not parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) line: u32,
    pub(crate) message: String,
    /// The line it is on, which bash shows.
    pub(crate) shown: Option<Bytes>,
    /// The input ended too early: an interactive shell may ask for more.
    pub(crate) incomplete: bool,
    /// Only the line it is on is given up: in the parentheses of an array.
    pub(crate) discards: bool,
}

pub(crate) type Result<T> = std::result::Result<T, SyntaxError>;

/// Appends the next line of input to the buffer; `true` where the line goes on with a command that has begun. Gives whether
/// there was one.
pub(crate) type Fill = Box<dyn FnMut(&mut Vec<u8>, bool) -> bool>;

/// What the shell's settings say about the language.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) posix: bool,
    pub(crate) extglob: bool,
    /// Set where aliases are expanded.
    pub(crate) aliases: Option<Rc<HashMap<Bytes, Bytes>>>,
}

/// A here-document whose line is not over yet.
pub(super) struct Pending {
    pub(super) delimiter: Bytes,
    pub(super) literal: bool,
    pub(super) tabs: bool,
    pub(super) cell: Rc<HeredocCell>,
}

/// Deepest nesting of commands and expansions.
const DEPTH: u32 = 600;

pub(crate) struct Parser {
    pub(super) buffer: Vec<u8>,
    pub(super) at: usize,
    pub(super) line: u32,
    fill: Option<Fill>,
    pub(crate) settings: Settings,
    /// Name of the source, for functions.
    pub(crate) source: Bytes,
    pub(super) token: Option<Token>,
    pub(super) pending: Vec<Pending>,
    /// Aliases being expanded, and where the text of each ends.
    pub(super) expanding: Vec<(Bytes, usize)>,
    /// Where an alias that ends in a blank ends: the word after it is looked up too.
    pub(super) alias_blank: Option<usize>,
    /// In a here-document `$'…'` is ordinary text.
    pub(super) in_heredoc: bool,
    depth: u32,
    begun: bool,
    /// BASH_COMMAND has been read.
    pub(crate) names_command_text: bool,
    /// A message that bash prints as a warning while it parses.
    pub(crate) warnings: Vec<(u32, String)>,
}

impl Parser {
    /// Of a whole text.
    pub(crate) fn new(text: &[u8], line: u32, settings: Settings) -> Parser {
        Parser {
            buffer: text.to_vec(),
            at: 0,
            line,
            fill: None,
            settings,
            source: Vec::new(),
            token: None,
            pending: Vec::new(),
            expanding: Vec::new(),
            alias_blank: None,
            in_heredoc: false,
            depth: 0,
            begun: false,
            names_command_text: false,
            warnings: Vec::new(),
        }
    }

    /// Of lines as they come.
    pub(crate) fn reading(fill: Fill, settings: Settings) -> Parser {
        Parser { fill: Some(fill), ..Parser::new(b"", 1, settings) }
    }

    /// For a piece of the text, with the same settings.
    pub(super) fn piece(&self, text: &[u8], line: u32) -> Parser {
        let mut piece = Parser::new(text, line, self.settings.clone());
        piece.depth = self.depth;
        piece.source.clone_from(&self.source);
        piece
    }

    /// Counts a level of nesting.
    pub(super) fn nested<T>(&mut self, f: impl FnOnce(&mut Parser) -> Result<T>) -> Result<T> {
        if self.depth >= DEPTH {
            return Err(self.error("maximum nesting level exceeded"));
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    /// The byte `ahead` of the present one, reading a line where the buffer ends.
    pub(super) fn byte(&mut self, ahead: usize) -> Option<u8> {
        while self.at + ahead >= self.buffer.len() {
            let fill = self.fill.as_mut()?;
            if !fill(&mut self.buffer, self.begun) {
                self.fill = None;
                return None;
            }
        }
        Some(self.buffer[self.at + ahead])
    }

    /// The present byte, after line continuations.
    pub(super) fn current(&mut self) -> Option<u8> {
        loop {
            let byte = self.byte(0)?;
            if byte == b'\\' && self.byte(1) == Some(b'\n') {
                self.at += 2;
                self.line += 1;
                continue;
            }
            return Some(byte);
        }
    }

    /// Goes over the present byte.
    pub(super) fn advance(&mut self) {
        // Lines of an alias are not lines of the input.
        if self.buffer.get(self.at) == Some(&b'\n') && self.expanding.iter().all(|(_, until)| self.at >= *until) {
            self.line += 1;
        }
        self.at += 1;
    }

    /// Goes over `byte` where it is the present one.
    pub(super) fn accept(&mut self, byte: u8) -> bool {
        let found = self.current() == Some(byte);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn error(&mut self, message: impl Into<String>) -> SyntaxError {
        SyntaxError { line: self.line, message: message.into(), shown: None, incomplete: false, discards: false }
    }

    /// The input ends within something that `closing` would end, begun on line `line`.
    pub(super) fn unclosed(&mut self, closing: char, line: u32) -> SyntaxError {
        let message = format!("unexpected EOF while looking for matching `{closing}'");
        SyntaxError { line, message, shown: None, incomplete: true, discards: false }
    }

    /// Nothing expects the present token.
    pub(super) fn unexpected(&mut self) -> SyntaxError {
        let token = match self.token.clone() {
            Some(token) => token,
            None => match self.peek() {
                Ok(token) => token.clone(),
                Err(error) => return error,
            },
        };
        let text = match &token.kind {
            TokenKind::End => {
                let message = "syntax error: unexpected end of file".to_string();
                return SyntaxError {
                    line: self.line + self.lines_completed(),
                    message,
                    shown: None,
                    incomplete: true,
                    discards: false,
                };
            }
            TokenKind::Newline => "newline".to_string(),
            TokenKind::Word(word) => String::from_utf8_lossy(&word.text).into_owned(),
            TokenKind::Operator(operator, _) => operator.text().to_string(),
        };
        let message = format!("syntax error near unexpected token `{text}'");
        SyntaxError {
            line: token.line,
            message,
            shown: Some(self.line_at(token.start)),
            incomplete: false,
            discards: false,
        }
    }

    /// Lines that bash counts beyond the last one at the end of the input: it completes a line without a newline, and one
    /// that a backslash continues.
    fn lines_completed(&self) -> u32 {
        let backslashes = self.buffer.iter().rev().take_while(|byte| **byte == b'\\').count();
        u32::from(self.buffer.last() != Some(&b'\n')) + (backslashes % 2) as u32
    }

    /// The line of the buffer around a place.
    pub(super) fn line_at(&self, at: usize) -> Bytes {
        let at = at.min(self.buffer.len());
        let start = self.buffer[..at].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let end = self.buffer[at..].iter().position(|b| *b == b'\n').map_or(self.buffer.len(), |i| at + i);
        self.buffer[start..end].to_vec()
    }

    /// The next complete command, with the newline that ends it; `None` at the end of the input.
    pub(crate) fn next_command(&mut self) -> Result<Option<List>> {
        self.begun = false;
        self.discard_read();
        let result = self.complete_command();
        self.begun = false;
        result
    }

    /// Everything, as one list.
    pub(crate) fn all(&mut self) -> Result<List> {
        let mut all = List::default();
        while let Some(list) = self.next_command()? {
            all.items.extend(list.items);
        }
        Ok(all)
    }

    /// After an error: goes on with the next line.
    pub(crate) fn skip_line(&mut self) {
        self.token = None;
        self.pending.clear();
        self.expanding.clear();
        while self.byte(0).is_some_and(|b| b != b'\n') {
            self.at += 1;
        }
        if self.byte(0).is_some() {
            self.advance();
        }
    }

    /// Forgets the text before the present place, where the input grows.
    fn discard_read(&mut self) {
        if self.fill.is_some() && self.token.is_none() && self.expanding.is_empty() && self.at > 0 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
    }

    fn complete_command(&mut self) -> Result<Option<List>> {
        loop {
            match self.peek_command()?.kind {
                TokenKind::Newline => {
                    self.next()?;
                    self.begun = false;
                }
                TokenKind::End => return Ok(None),
                _ => break,
            }
        }
        self.begun = true;
        let list = self.line_list()?;
        match self.peek()?.kind {
            TokenKind::Newline => {
                self.next()?;
            }
            TokenKind::End => self.read_heredocs()?,
            _ => return Err(self.unexpected()),
        }
        Ok(Some(list))
    }

    /// Whether the present token is this operator.
    pub(super) fn at_operator(&mut self, operator: Operator) -> Result<bool> {
        Ok(matches!(&self.peek()?.kind, TokenKind::Operator(found, _) if *found == operator))
    }

    /// Takes the present token where it is this operator.
    pub(super) fn take_operator(&mut self, operator: Operator) -> Result<bool> {
        let found = self.at_operator(operator)?;
        if found {
            self.next()?;
        }
        Ok(found)
    }

    /// A text as the inside of double quotes or of a here-document is read.
    pub(crate) fn heredoc_parts(&mut self) -> Result<Vec<super::ast::Part>> {
        self.in_heredoc = true;
        self.parts(Context::Heredoc)
    }

    /// A text as one word, blanks included.
    pub(crate) fn operand(&mut self) -> Result<super::ast::Word> {
        let parts = self.parts(Context::Text)?;
        Ok(super::ast::Word { text: self.buffer.clone(), parts, ..Default::default() })
    }

    /// A text as the words of a command line, without its operators: for `a=(…)` given as text.
    pub(crate) fn elements(&mut self) -> Result<Vec<super::ast::Element>> {
        self.array_elements(None)
    }

    pub(super) fn heredoc(&mut self, text: Bytes, pending: &Pending, line: u32) -> Result<Heredoc> {
        let parts = if pending.literal {
            vec![super::ast::Part::Quoted(text.clone())]
        } else {
            self.piece(&text, line).heredoc_parts()?
        };
        Ok(Heredoc { text, delimiter: pending.delimiter.clone(), parts, literal: pending.literal })
    }
}

//! Compound commands and functions.

use std::rc::Rc;

use super::ast::{Arith, ArithFor, Arm, ArmEnd, Bytes, Case, Command, For, Function, If, Kind, List, Word};
use super::lexer::{Operator, Token, TokenKind};
use super::parser::{Parser, Result};
use super::word::Context;
use crate::symbol::Symbol;

impl Parser {
    /// A compound command or a function, if one begins here.
    pub(super) fn compound(&mut self) -> Result<Option<Kind>> {
        let token = self.peek()?;
        if let TokenKind::Operator(Operator::Open, _) = token.kind {
            return self.parenthesis().map(Some);
        }
        let Some(text) = token.literal() else { return Ok(None) };
        let kind = match text {
            b"{" => {
                self.next()?;
                let list = self.body()?;
                self.expect(b"}")?;
                Kind::Brace(list)
            }
            b"if" => self.if_command()?,
            b"while" | b"until" => {
                let until = text == b"until";
                self.next()?;
                let condition = self.body()?;
                let body = self.do_group()?;
                Kind::While { until, condition, body }
            }
            b"for" => self.for_command()?,
            b"select" => {
                self.next()?;
                Kind::Select(Box::new(self.for_words()?))
            }
            b"case" => self.case_command()?,
            b"[[" => {
                self.token = None;
                Kind::Conditional(Box::new(self.conditional()?))
            }
            b"function" => self.function_keyword()?,
            b"coproc" => self.coproc()?,
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    /// A list that must not be empty.
    fn body(&mut self) -> Result<List> {
        let list = self.compound_list()?;
        if list.items.is_empty() {
            return Err(self.unexpected());
        }
        Ok(list)
    }

    fn at_word(&mut self, text: &[u8]) -> Result<bool> {
        Ok(self.peek_command()?.literal() == Some(text))
    }

    pub(super) fn expect(&mut self, text: &[u8]) -> Result<()> {
        if !self.at_word(text)? {
            return Err(self.unexpected());
        }
        self.next()?;
        Ok(())
    }

    fn do_group(&mut self) -> Result<List> {
        self.expect(b"do")?;
        let list = self.body()?;
        self.expect(b"done")?;
        Ok(list)
    }

    /// `do … done` or `{ … }`.
    fn loop_body(&mut self) -> Result<List> {
        if self.at_word(b"{")? {
            self.next()?;
            let list = self.body()?;
            self.expect(b"}")?;
            return Ok(list);
        }
        self.do_group()
    }

    /// `( … )` or `(( … ))`.
    fn parenthesis(&mut self) -> Result<Kind> {
        let start = match self.token.take() {
            Some(token) => token.start,
            None => self.at,
        };
        if self.byte(0) == Some(b'(')
            && start + 1 == self.at
            && let Some(arith) = self.try_arith()?
        {
            return Ok(Kind::Arith(arith));
        }
        let list = self.body()?;
        if !self.take_operator(Operator::Close)? {
            return Err(self.unexpected());
        }
        Ok(Kind::Subshell(Rc::new(list)))
    }

    fn if_command(&mut self) -> Result<Kind> {
        self.next()?;
        let mut branches = Vec::new();
        loop {
            let condition = self.body()?;
            self.expect(b"then")?;
            branches.push((condition, self.body()?));
            if self.at_word(b"elif")? {
                self.next()?;
                continue;
            }
            let otherwise = if self.at_word(b"else")? {
                self.next()?;
                Some(self.body()?)
            } else {
                None
            };
            self.expect(b"fi")?;
            return Ok(Kind::If(Box::new(If { branches, otherwise })));
        }
    }

    fn for_command(&mut self) -> Result<Kind> {
        self.next()?;
        if self.at_operator(Operator::Open)? {
            let start = match &self.token {
                Some(token) => token.start,
                None => self.at,
            };
            if self.byte(0) == Some(b'(') && start + 1 == self.at {
                return self.arith_for();
            }
            return Err(self.unexpected());
        }
        Ok(Kind::For(Box::new(self.for_words()?)))
    }

    fn arith_for(&mut self) -> Result<Kind> {
        self.token = None;
        self.at += 1;
        let start = self.at;
        let mut clauses: Vec<Arith> = Vec::new();
        let line = self.line;
        loop {
            clauses.push(self.arith_in(Context::ArithFor)?);
            match self.byte(0) {
                Some(b';') => self.at += 1,
                Some(b')') if self.byte(1) == Some(b')') => {
                    self.at += 2;
                    break;
                }
                _ => {
                    let text = String::from_utf8_lossy(&clauses.last().map(|c| c.text.clone()).unwrap_or_default())
                        .into_owned();
                    let mut error = self.error(format!("syntax error near `{text}'"));
                    error.line = line;
                    return Err(error);
                }
            }
        }
        let count = clauses.len();
        let Ok([init, condition, step]) = <[Arith; 3]>::try_from(clauses) else {
            let why = if count < 3 { "arithmetic expression required" } else { "`;' unexpected" };
            let text = String::from_utf8_lossy(&self.buffer[start..self.at]).into_owned();
            let mut error = self.error(format!("syntax error: {why}\0syntax error: `(({text}'"));
            error.line = line;
            return Err(error);
        };
        if !self.take_operator(Operator::Semicolon)? {
            self.skip_newlines()?;
        }
        self.skip_newlines()?;
        let body = self.loop_body()?;
        Ok(Kind::ArithFor(Box::new(ArithFor { init, condition, step, body })))
    }

    /// `name [in words]; do … done`.
    fn for_words(&mut self) -> Result<For> {
        let Token { kind: TokenKind::Word(name), .. } = self.take_word()? else { return Err(self.unexpected()) };
        let mut words = None;
        if self.at_operator(Operator::Semicolon)? {
            self.next()?;
            self.skip_newlines()?;
        } else {
            self.skip_newlines_plain()?;
            if self.peek()?.literal() == Some(b"in") {
                self.next()?;
                let mut list = Vec::new();
                while let TokenKind::Word(_) = self.peek()?.kind {
                    let Token { kind: TokenKind::Word(word), .. } = self.next()? else { break };
                    list.push(*word);
                }
                if !matches!(self.peek()?.kind, TokenKind::Newline | TokenKind::Operator(Operator::Semicolon, _)) {
                    return Err(self.unexpected());
                }
                self.next()?;
                words = Some(list);
            }
            self.skip_newlines()?;
        }
        let body = self.loop_body()?;
        Ok(For { name: name.text, words, body })
    }

    fn skip_newlines_plain(&mut self) -> Result<()> {
        while matches!(self.peek()?.kind, TokenKind::Newline) {
            self.next()?;
        }
        Ok(())
    }

    fn take_word(&mut self) -> Result<Token> {
        if !matches!(self.peek()?.kind, TokenKind::Word(_)) {
            return Err(self.unexpected());
        }
        self.next()
    }

    fn case_command(&mut self) -> Result<Kind> {
        self.next()?;
        let Token { kind: TokenKind::Word(word), .. } = self.take_word()? else { return Err(self.unexpected()) };
        self.skip_newlines_plain()?;
        if self.peek()?.literal() != Some(b"in") {
            return Err(self.unexpected());
        }
        self.next()?;
        let mut arms = Vec::new();
        loop {
            self.skip_newlines_plain()?;
            if self.peek()?.literal() == Some(b"esac") {
                self.next()?;
                break;
            }
            arms.push(self.arm()?);
            let ended = self.peek_command()?.literal() == Some(b"esac");
            if ended {
                self.next()?;
                break;
            }
        }
        Ok(Kind::Case(Box::new(Case { word: *word, arms })))
    }

    fn arm(&mut self) -> Result<Arm> {
        self.take_operator(Operator::Open)?;
        let mut patterns = Vec::new();
        loop {
            let Token { kind: TokenKind::Word(pattern), .. } = self.take_word()? else { return Err(self.unexpected()) };
            patterns.push(*pattern);
            if self.take_operator(Operator::Pipe)? {
                continue;
            }
            if !self.take_operator(Operator::Close)? {
                return Err(self.unexpected());
            }
            break;
        }
        let body = self.compound_list()?;
        let end = match self.peek()?.kind {
            TokenKind::Operator(Operator::ArmBreak, _) => ArmEnd::Break,
            TokenKind::Operator(Operator::ArmFallThrough, _) => ArmEnd::FallThrough,
            TokenKind::Operator(Operator::ArmContinue, _) => ArmEnd::Continue,
            _ => {
                if self.at_word(b"esac")? {
                    return Ok(Arm { patterns, body, end: ArmEnd::Break });
                }
                return Err(self.unexpected());
            }
        };
        self.next()?;
        Ok(Arm { patterns, body, end })
    }

    fn function_keyword(&mut self) -> Result<Kind> {
        let line = self.peek()?.line;
        self.next()?;
        let Token { kind: TokenKind::Word(name), .. } = self.take_word()? else { return Err(self.unexpected()) };
        if self.take_operator(Operator::Open)? && !self.take_operator(Operator::Close)? {
            return Err(self.unexpected());
        }
        self.function(&name.text, line, true)
    }

    /// `name () body`, at the parenthesis.
    pub(super) fn function_after_name(&mut self, name: Word, line: u32) -> Result<Command> {
        self.next()?;
        if !self.take_operator(Operator::Close)? {
            return Err(self.unexpected());
        }
        let kind = self.function(&name.text, line, false)?;
        Ok(Command { line, kind, redirects: Vec::new() })
    }

    fn function(&mut self, name: &[u8], line: u32, keyword: bool) -> Result<Kind> {
        self.skip_newlines()?;
        let body_line = self.peek_command()?.line;
        let compound = self.nested(Parser::compound)?;
        let Some(kind) = compound else { return Err(self.unexpected()) };
        let mut redirects = Vec::new();
        while let Some(redirect) = self.redirect()? {
            redirects.push(redirect);
        }
        let body = Command { line: body_line, kind, redirects };
        let source: Bytes = self.source.clone();
        Ok(Kind::Function(Rc::new(Function { name: Symbol::new(name), body, line, source, keyword })))
    }

    fn coproc(&mut self) -> Result<Kind> {
        self.next()?;
        let token = self.peek_command()?.clone();
        let compound = |token: &Token| match &token.kind {
            TokenKind::Operator(Operator::Open, _) => true,
            _ => token.literal().is_some_and(|text| {
                matches!(text, b"{" | b"if" | b"while" | b"until" | b"for" | b"select" | b"case" | b"[[")
            }),
        };
        if !compound(&token)
            && let Some(name) = token.literal().filter(|text| super::lexer::is_name(text))
        {
            let (name, at, line) = (name.to_vec(), self.at, self.line);
            self.next()?;
            let next = self.peek_command()?.clone();
            if compound(&next) {
                let body = self.command()?;
                return Ok(Kind::Coproc { name: Symbol::new(&name), named: true, body: Box::new(body) });
            }
            // A simple command that begins with this word.
            (self.at, self.line, self.token) = (at, line, Some(token));
        }
        let body = self.command()?;
        Ok(Kind::Coproc { name: Symbol::new(b"COPROC"), named: false, body: Box::new(body) })
    }
}

//! Lists, pipelines, simple commands, redirections.

use std::rc::Rc;

use super::ast::{
    AndOr, Command, HeredocCell, Item, Kind, List, Pipeline, Redirect, RedirectFd, RedirectOperator, Simple, Timing,
    Word,
};
use super::lexer::{Operator, Token, TokenKind};
use super::parser::{Parser, Pending, Result};

/// Words that end a list where a command might begin.
const CLOSING: [&[u8]; 9] = [b"in", b"then", b"else", b"elif", b"fi", b"do", b"done", b"esac", b"}"];

/// Here-documents that one line may begin, as in bash.
const HEREDOCS: usize = 16;

/// Commands whose arguments may be assignments.
fn declares(name: &[u8]) -> bool {
    matches!(name, b"declare" | b"typeset" | b"local" | b"export" | b"readonly" | b"alias" | b"eval" | b"let")
}

impl Parser {
    /// Commands up to the end of the line.
    pub(super) fn line_list(&mut self) -> Result<List> {
        let mut list = List::default();
        loop {
            let mut item = self.and_or()?;
            let separator = match self.peek()?.kind {
                TokenKind::Operator(Operator::Semicolon, _) => true,
                TokenKind::Operator(Operator::Ampersand, _) => {
                    item.background = true;
                    true
                }
                _ => false,
            };
            list.items.push(item);
            if !separator {
                return Ok(list);
            }
            self.next()?;
            if matches!(self.peek_command()?.kind, TokenKind::Newline | TokenKind::End) {
                return Ok(list);
            }
        }
    }

    /// Commands of a compound command, up to a word or operator that can only end it; newlines separate.
    pub(super) fn compound_list(&mut self) -> Result<List> {
        let mut list = List::default();
        self.skip_newlines()?;
        while !self.at_list_end()? {
            let mut item = self.and_or()?;
            match self.peek()?.kind {
                TokenKind::Operator(Operator::Semicolon, _) => {
                    self.next()?;
                }
                TokenKind::Operator(Operator::Ampersand, _) => {
                    item.background = true;
                    self.next()?;
                }
                TokenKind::Newline => {}
                _ => {
                    list.items.push(item);
                    break;
                }
            }
            list.items.push(item);
            self.skip_newlines()?;
        }
        Ok(list)
    }

    /// The same, where nothing at all may stand: `$()`.
    pub(super) fn compound_list_until_close(&mut self) -> Result<List> {
        self.compound_list()
    }

    pub(super) fn skip_newlines(&mut self) -> Result<()> {
        while matches!(self.peek_command()?.kind, TokenKind::Newline) {
            self.next()?;
        }
        Ok(())
    }

    fn at_list_end(&mut self) -> Result<bool> {
        let token = self.peek_command()?;
        Ok(match &token.kind {
            TokenKind::End => true,
            TokenKind::Operator(operator, _) => matches!(
                operator,
                Operator::Close | Operator::ArmBreak | Operator::ArmFallThrough | Operator::ArmContinue
            ),
            _ => token.literal().is_some_and(|text| CLOSING.contains(&text)),
        })
    }

    fn and_or(&mut self) -> Result<Item> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            let operator = match self.peek()?.kind {
                TokenKind::Operator(Operator::And, _) => AndOr::And,
                TokenKind::Operator(Operator::Or, _) => AndOr::Or,
                _ => break,
            };
            self.next()?;
            self.skip_newlines()?;
            rest.push((operator, self.pipeline()?));
        }
        Ok(Item { first, rest, background: false })
    }

    fn pipeline(&mut self) -> Result<Pipeline> {
        let (mut negated, mut timing) = (false, Timing::None);
        let mut prefixed = false;
        loop {
            match self.peek_command()?.literal() {
                Some(b"!") => {
                    negated = !negated;
                    self.next()?;
                }
                Some(b"time") => {
                    if self.settings.posix && self.followed_by_dash() {
                        break;
                    }
                    if timing == Timing::None {
                        timing = Timing::Shell;
                    }
                    self.next()?;
                    if self.peek_command()?.literal() == Some(b"-p") {
                        timing = Timing::Posix;
                        self.next()?;
                    }
                    if self.peek_command()?.literal() == Some(b"--") {
                        self.next()?;
                    }
                }
                _ => break,
            }
            prefixed = true;
        }
        let mut stages = Vec::new();
        if prefixed && self.at_empty_pipeline()? {
            return Ok(Pipeline { negated, timing, stages });
        }
        loop {
            let mut command = self.command()?;
            let both = match self.peek()?.kind {
                TokenKind::Operator(Operator::Pipe, _) => false,
                TokenKind::Operator(Operator::PipeBoth, _) => true,
                _ => {
                    stages.push(command);
                    return Ok(Pipeline { negated, timing, stages });
                }
            };
            if both {
                let target = Word::literal(b"1");
                let operator = RedirectOperator::DupOutput;
                command.redirects.push(Redirect { fd: RedirectFd::Number(2), operator, target, body: None });
            }
            stages.push(command);
            self.next()?;
            self.skip_newlines()?;
        }
    }

    /// Whether `!` or `time` stands alone.
    fn at_empty_pipeline(&mut self) -> Result<bool> {
        Ok(match &self.peek_command()?.kind {
            TokenKind::End | TokenKind::Newline => true,
            TokenKind::Operator(operator, _) => matches!(
                operator,
                Operator::Semicolon | Operator::Ampersand | Operator::And | Operator::Or | Operator::Close
            ),
            TokenKind::Word(_) => false,
        })
    }

    fn followed_by_dash(&mut self) -> bool {
        let mut ahead = 0;
        while self.byte(ahead).is_some_and(super::lexer::is_blank) {
            ahead += 1;
        }
        self.byte(ahead) == Some(b'-')
    }

    /// A command with its redirections.
    pub(super) fn command(&mut self) -> Result<Command> {
        self.nested(Parser::command_inner)
    }

    fn command_inner(&mut self) -> Result<Command> {
        let token = self.peek_command()?;
        let line = token.line;
        if token.literal().is_some_and(|text| CLOSING.contains(&text)) {
            return Err(self.unexpected());
        }
        if let Some(kind) = self.compound()? {
            let mut redirects = Vec::new();
            if !matches!(kind, Kind::Function(_)) {
                while let Some(redirect) = self.redirect()? {
                    redirects.push(redirect);
                }
            }
            return Ok(Command { line, kind, redirects });
        }
        self.simple_command()
    }

    fn simple_command(&mut self) -> Result<Command> {
        let line = self.peek()?.line;
        let mut simple = Simple::default();
        let mut redirects = Vec::new();
        let mut assignments_allowed = true;
        let mut declaration = false;
        loop {
            let start = self.peek_as(assignments_allowed || declaration)?.start;
            let after_blank = !simple.words.is_empty() && self.alias_blank.is_some_and(|end| start >= end);
            if after_blank {
                self.alias_blank = None;
            }
            if assignments_allowed
                && (!simple.assignments.is_empty() || !redirects.is_empty())
                && simple.words.is_empty()
                || after_blank
            {
                while self.expand_alias()? {}
            }
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            let token = self.peek()?;
            let TokenKind::Word(_) = token.kind else {
                if simple.words.len() == 1
                    && simple.assignments.is_empty()
                    && redirects.is_empty()
                    && matches!(token.kind, TokenKind::Operator(Operator::Open, _))
                {
                    return self.function_after_name(simple.words.remove(0), line);
                }
                break;
            };
            let Token { kind: TokenKind::Word(mut word), .. } = self.next()? else { break };
            if assignments_allowed {
                if let Some(assignment) = word.assignment.take() {
                    simple.assignments.push(*assignment);
                    continue;
                }
                assignments_allowed = false;
            }
            if let Some(text) = word.as_literal() {
                let transparent = matches!(text, b"command" | b"builtin");
                let first = simple.words.is_empty();
                if (declares(text) && (first || declaration)) || (first && transparent) {
                    declaration = true;
                } else if declaration
                    && simple.words.len() == 1
                    && !declares(simple.words[0].as_literal().unwrap_or_default())
                    && !text.starts_with(b"-")
                {
                    declaration = false;
                }
            } else if simple.words.is_empty() {
                declaration = false;
            }
            simple.words.push(*word);
        }
        self.alias_blank = None;
        if simple.words.is_empty() && simple.assignments.is_empty() && redirects.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Command { line, kind: Kind::Simple(simple), redirects })
    }

    /// A redirection, if there is one.
    pub(super) fn redirect(&mut self) -> Result<Option<Redirect>> {
        let (operator, fd) = match &self.peek()?.kind {
            TokenKind::Operator(Operator::Redirect(operator), fd) => (*operator, fd.clone()),
            _ => return Ok(None),
        };
        self.next()?;
        let TokenKind::Word(_) = self.peek()?.kind else { return Err(self.unexpected()) };
        let Token { kind: TokenKind::Word(target), .. } = self.next()? else { return Err(self.unexpected()) };
        let mut body = None;
        if matches!(operator, RedirectOperator::Heredoc | RedirectOperator::HeredocTabs) {
            if self.pending.len() >= HEREDOCS {
                return Err(self.error("maximum here-document count exceeded"));
            }
            let cell = Rc::new(HeredocCell::default());
            let (delimiter, literal) = delimiter(&target);
            let tabs = operator == RedirectOperator::HeredocTabs;
            self.pending.push(Pending { delimiter, literal, tabs, cell: cell.clone() });
            body = Some(cell);
        }
        Ok(Some(Redirect { fd, operator, target: *target, body }))
    }
}

/// A here-document's delimiter with its quotes removed, and whether it had any.
fn delimiter(word: &Word) -> (Vec<u8>, bool) {
    use super::ast::Part;
    fn gather(parts: &[Part], text: &mut Vec<u8>, quoted: &mut bool) -> bool {
        for part in parts {
            match part {
                Part::Literal(literal) => text.extend_from_slice(literal),
                Part::Quoted(literal) => {
                    *quoted = true;
                    text.extend_from_slice(literal);
                }
                Part::Double(inner) | Part::Localized(inner) => {
                    *quoted = true;
                    if !gather(inner, text, quoted) {
                        return false;
                    }
                }
                _ => return false,
            }
        }
        true
    }
    let (mut text, mut quoted) = (Vec::new(), false);
    if gather(&word.parts, &mut text, &mut quoted) {
        return (text, quoted);
    }
    // Expansions are not expanded in it: as it is written, without quotes.
    let quoted = word.text.iter().any(|b| matches!(b, b'"' | b'\'' | b'\\'));
    (word.text.iter().copied().filter(|b| !matches!(b, b'"' | b'\'' | b'\\')).collect(), quoted)
}

//! Command substitution and arithmetic within words.

use super::Context;
use crate::syntax::ast::{Arith, Kind, List, Part, RedirectOperator, Substitution, Word};
use crate::syntax::lexer::{Operator, TokenKind};
use crate::syntax::parser::{Parser, Result};

impl Parser {
    /// `$((…))` at the second parenthesis; `None` where it turns out to be a command substitution.
    pub(in crate::syntax) fn try_arith(&mut self) -> Result<Option<Arith>> {
        let (start, line, warnings) = (self.at, self.line, self.warnings.len());
        self.at += 1;
        let from = self.at;
        let result = self.parts(Context::Arith);
        if let Ok(parts) = result
            && self.byte(0) == Some(b')')
            && self.byte(1) == Some(b')')
        {
            let text = self.buffer[from..self.at].to_vec();
            self.at += 2;
            return Ok(Some(Arith { text, parts, ..Arith::default() }));
        }
        self.warnings.truncate(warnings);
        (self.at, self.line) = (start, line);
        Ok(None)
    }

    /// The commands up to the closing parenthesis, which is taken.
    pub(in crate::syntax) fn substitution_body(&mut self, line: u32) -> Result<List> {
        let outer = std::mem::take(&mut self.pending);
        let token = self.token.take();
        let expanding = std::mem::take(&mut self.expanding);
        let list = self.nested(|parser| {
            let list = parser.compound_list_until_close()?;
            if !parser.at_operator(Operator::Close)? {
                if matches!(parser.peek()?.kind, TokenKind::End) {
                    return Err(parser.unclosed(')', line));
                }
                return Err(parser.unexpected());
            }
            parser.token = None;
            Ok(list)
        })?;
        let own = std::mem::replace(&mut self.pending, outer);
        self.pending.extend(own);
        self.expanding = expanding;
        self.token = token;
        Ok(list)
    }

    pub(super) fn backquotes(&mut self, double: bool) -> Result<Part> {
        let (start, line) = (self.at, self.line);
        self.at += 1;
        let mut text = Vec::new();
        loop {
            match self.byte(0) {
                None => return Err(self.unclosed('`', line)),
                Some(b'`') => break,
                Some(b'\\') => {
                    self.at += 1;
                    let Some(next) = self.byte(0) else { return Err(self.unclosed('`', line)) };
                    if next == b'\n' {
                        self.advance();
                        continue;
                    }
                    if !(matches!(next, b'$' | b'`' | b'\\') || (double && next == b'"')) {
                        text.push(b'\\');
                    }
                    text.push(next);
                    self.advance();
                }
                Some(byte) => {
                    text.push(byte);
                    self.advance();
                }
            }
        }
        self.at += 1;
        // Its lines are counted from the one it ends on, as bash does.
        let mut piece = self.piece(&text, self.line);
        let body = piece.all()?;
        self.warnings.append(&mut piece.warnings);
        let file = read_file(&body);
        let span = (start as u32, self.at as u32);
        Ok(Part::Command(Box::new(Substitution { body: body.into(), backquoted: Some(text), line, span, file })))
    }
}

/// The file of `$(<file)`.
pub(super) fn read_file(list: &List) -> Option<Word> {
    let [item] = &list.items[..] else { return None };
    let [command] = &item.first.stages[..] else { return None };
    let (Kind::Simple(simple), [redirect]) = (&command.kind, &command.redirects[..]) else { return None };
    let plain = simple.words.is_empty() && simple.assignments.is_empty() && item.rest.is_empty() && !item.background;
    let input = redirect.operator == RedirectOperator::Input && redirect.fd == crate::syntax::ast::RedirectFd::Default;
    (plain && input && !item.first.negated).then(|| redirect.target.clone())
}

/// Makes the places of substitutions relative to the start of their word.
pub(super) fn relocate(parts: &mut [Part], start: usize) {
    let start = start as u32;
    for part in parts {
        match part {
            Part::Command(body) | Part::Process { body, .. } => {
                body.span = (body.span.0.saturating_sub(start), body.span.1.saturating_sub(start));
            }
            Part::Double(parts) | Part::Localized(parts) => relocate(parts, start as usize),
            _ => {}
        }
    }
}

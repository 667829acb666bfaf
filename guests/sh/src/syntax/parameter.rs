//! `$name` and `${…}`.

use super::ast::{Arith, Operation, Parameter, ParameterName, Subscript, Word};
use super::lexer::{is_name_byte, is_name_start};
use super::parser::{Parser, Result};
use super::word::Context;
use crate::symbol::Symbol;

pub(crate) fn is_special(byte: u8) -> bool {
    matches!(byte, b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')
}

impl Parser {
    /// `$name`, `$1`, `$?`, at what follows the dollar sign.
    pub(super) fn simple_parameter(&mut self, first: u8) -> Option<Parameter> {
        let name = if is_name_start(first) {
            let start = self.at;
            while self.byte(0).is_some_and(is_name_byte) {
                self.at += 1;
            }
            let name = &self.buffer[start..self.at];
            self.names_command_text |= name == b"BASH_COMMAND";
            ParameterName::Variable(Symbol::new(name))
        } else if first == b'0' {
            self.at += 1;
            ParameterName::Special(b'0')
        } else if first.is_ascii_digit() {
            self.at += 1;
            ParameterName::Positional(u32::from(first - b'0'))
        } else if is_special(first) {
            self.at += 1;
            ParameterName::Special(first)
        } else {
            return None;
        };
        Some(Parameter { name, subscript: None, indirect: false, operation: Operation::None, text: Vec::new() })
    }

    /// `${…}` after its brace; `start` is where its dollar sign is.
    pub(super) fn braced_parameter(&mut self, start: usize, double: bool) -> Result<Parameter> {
        let (inside, line, warnings) = (self.at, self.line, self.warnings.len());
        match self.parameter_body(double)? {
            Some(mut parameter) => {
                self.at += 1;
                parameter.text = self.buffer[start..self.at].to_vec();
                Ok(parameter)
            }
            None => {
                // What it is shows only when it is expanded: skip to its end.
                (self.at, self.line) = (inside, line);
                self.warnings.truncate(warnings);
                self.parts(if double { Context::OperandDouble } else { Context::Operand })?;
                self.at += 1;
                let text = self.buffer[start..self.at].to_vec();
                let name = ParameterName::Special(b'0');
                Ok(Parameter { name, subscript: None, indirect: false, operation: Operation::Bad, text })
            }
        }
    }

    /// Up to the closing brace, which is left; `None` where it is no valid expansion.
    fn parameter_body(&mut self, double: bool) -> Result<Option<Parameter>> {
        let mut length = false;
        let mut indirect = false;
        let next = |parser: &mut Parser, ahead| parser.byte(ahead).unwrap_or(b'\n');
        match self.current() {
            Some(b'#') => {
                let after = next(self, 1);
                let named = is_name_byte(after) || (is_special(after) && next(self, 2) == b'}');
                if after != b'}' && named {
                    length = true;
                    self.at += 1;
                }
            }
            Some(b'!') => {
                let after = next(self, 1);
                let special = is_special(after)
                    && (matches!(after, b'@' | b'*' | b'#' | b'?' | b'$' | b'!')
                        && (next(self, 2) == b'}' || after == b'#' || after == b'!'));
                if is_name_byte(after)
                    || (special && !matches!(after, b'?' | b'#'))
                    || (after == b'#' && next(self, 2) == b'}')
                {
                    indirect = true;
                    self.at += 1;
                }
            }
            _ => {}
        }
        let Some(name) = self.parameter_name() else { return Ok(None) };
        let mut subscript = None;
        if matches!(name, ParameterName::Variable(_)) && self.current() == Some(b'[') {
            self.at += 1;
            subscript = Some(self.subscript()?);
        }
        let parameter = |operation| {
            Ok(Some(Parameter { name, subscript: subscript.clone(), indirect, operation, text: Vec::new() }))
        };
        let Some(operator) = self.current() else { return Err(self.unclosed('}', self.line)) };
        if length {
            return if operator == b'}' { parameter(Operation::Length) } else { Ok(None) };
        }
        let context = if double { Context::OperandDouble } else { Context::Operand };
        match operator {
            b'}' => match (&subscript, indirect) {
                (Some(Subscript::At | Subscript::Star), true) => parameter(Operation::Keys),
                _ => parameter(Operation::None),
            },
            b'*' | b'@' if indirect && subscript.is_none() && next(self, 1) == b'}' => {
                self.at += 1;
                parameter(Operation::Names { at: operator == b'@' })
            }
            // `${#:}` and the like are no lengths, and do nothing to `$#`.
            b':' | b'/' | b'%' | b'=' | b'+'
                if name == ParameterName::Special(b'#') && !indirect && next(self, 1) == b'}' =>
            {
                Ok(None)
            }
            b':' if matches!(next(self, 1), b'-' | b'=' | b'?' | b'+') => {
                let operator = next(self, 1);
                self.at += 2;
                let word = self.operand_word(context)?;
                parameter(Operation::Test { operator, colon: true, word })
            }
            b'-' | b'=' | b'?' | b'+' => {
                self.at += 1;
                let word = self.operand_word(context)?;
                parameter(Operation::Test { operator, colon: false, word })
            }
            b':' => {
                self.at += 1;
                let offset = self.arith_in(Context::Offset)?;
                let length = if self.accept(b':') { Some(self.arith_in(Context::Length)?) } else { None };
                parameter(Operation::Substring { offset, length })
            }
            b'#' | b'%' => {
                self.at += 1;
                let longest = self.byte(0) == Some(operator);
                self.at += usize::from(longest);
                let pattern = self.operand_word(Context::Pattern)?;
                parameter(Operation::Remove { suffix: operator == b'%', longest, pattern })
            }
            b'/' => {
                self.at += 1;
                let mut anchor = 0;
                if let Some(byte @ (b'/' | b'#' | b'%')) = self.current() {
                    anchor = byte;
                    self.at += 1;
                }
                // A slash may begin the pattern only after another one: `${x/#/y}` has an empty pattern.
                let pattern = if anchor != b'/' && self.current() == Some(b'/') {
                    Word::default()
                } else {
                    self.operand_word(Context::Replaced)?
                };
                let replacement = if self.accept(b'/') {
                    // Quotes count in it even within double quotes.
                    Some(self.operand_word(Context::Operand)?)
                } else {
                    None
                };
                parameter(Operation::Replace { anchor, pattern, replacement })
            }
            b'^' | b',' | b'~' => {
                self.at += 1;
                let all = self.byte(0) == Some(operator);
                self.at += usize::from(all);
                let pattern = self.operand_word(Context::Pattern)?;
                parameter(Operation::Case { operator, all, pattern })
            }
            b'@' => {
                let operator = next(self, 1);
                if operator == b'}' || next(self, 2) != b'}' {
                    return Ok(None);
                }
                self.at += 2;
                parameter(Operation::Transform(operator))
            }
            _ => Ok(None),
        }
    }

    fn parameter_name(&mut self) -> Option<ParameterName> {
        let first = self.current()?;
        if first.is_ascii_digit() {
            let start = self.at;
            while self.byte(0).is_some_and(|b| b.is_ascii_digit()) {
                self.at += 1;
            }
            let number = std::str::from_utf8(&self.buffer[start..self.at]).ok()?.parse().unwrap_or(u32::MAX);
            return Some(if number == 0 { ParameterName::Special(b'0') } else { ParameterName::Positional(number) });
        }
        self.simple_parameter(first).map(|parameter| parameter.name)
    }

    /// After the bracket, up to and over the closing one.
    fn subscript(&mut self) -> Result<Subscript> {
        let start = self.at;
        let parts = self.parts(Context::Subscript)?;
        let text = self.buffer[start..self.at].to_vec();
        self.at += 1;
        Ok(match &text[..] {
            b"@" => Subscript::At,
            b"*" => Subscript::Star,
            _ => Subscript::Index(Word { text, parts, ..Word::default() }),
        })
    }

    fn operand_word(&mut self, context: Context) -> Result<Word> {
        let start = self.at;
        let parts = self.parts(context)?;
        Ok(Word { text: self.buffer[start..self.at].to_vec(), parts, ..Word::default() })
    }

    pub(super) fn arith_in(&mut self, context: Context) -> Result<Arith> {
        let start = self.at;
        let parts = self.parts(context)?;
        Ok(Arith { text: self.buffer[start..self.at].to_vec(), parts, ..Arith::default() })
    }
}

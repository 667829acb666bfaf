//! Assignments, and the elements of arrays.

use super::Context;
use super::substitution::relocate;
use crate::syntax::ast::{Assignment, AssignmentValue, Element, Part, Word};
use crate::syntax::lexer::{is_blank, is_meta, is_name_byte, is_name_start};
use crate::syntax::parser::{Parser, Result};

impl Parser {
    /// An assignment, if there is one at the present place; otherwise leaves the place anywhere.
    pub(super) fn assignment_word(&mut self) -> Result<Option<Word>> {
        let (start, line) = (self.at, self.line);
        if !self.byte(0).is_some_and(is_name_start) {
            return Ok(None);
        }
        let mut end = 1;
        while self.byte(end).is_some_and(is_name_byte) {
            end += 1;
        }
        let name = self.buffer[start..start + end].to_vec();
        let restore = |parser: &mut Parser| {
            (parser.at, parser.line) = (start, line);
            Ok(None)
        };
        let mut subscript = None;
        self.at += end;
        match self.byte(0) {
            Some(b'[') => {
                self.at += 1;
                let from = self.at;
                let Ok(mut parts) = self.parts(Context::Subscript) else { return restore(self) };
                relocate(&mut parts, from);
                let text = self.buffer[from..self.at].to_vec();
                self.advance();
                subscript = Some(Word { text, parts, ..Word::default() });
            }
            Some(b'=' | b'+') => {}
            _ => return restore(self),
        }
        let append = self.byte(0) == Some(b'+');
        if append {
            self.at += 1;
        }
        if self.byte(0) != Some(b'=') {
            (self.at, self.line) = (start, line);
            if let Some(subscript) = subscript {
                // A word such as `a[1 + 2]`, blanks and all.
                return self.subscripted_word(&name, subscript, start).map(Some);
            }
            return Ok(None);
        }
        self.at += 1;
        let prefix = self.buffer[start..self.at].to_vec();
        let name = crate::symbol::Symbol::new(&name);
        if self.byte(0) == Some(b'(') {
            self.at += 1;
            let elements = self.nested(|parser| parser.array_elements(Some(b')')))?;
            let text = self.buffer[start..self.at].to_vec();
            let value = AssignmentValue::Array(elements);
            let assignment = Some(Box::new(Assignment { name, subscript, append, value }));
            return Ok(Some(Word { parts: vec![Part::Literal(text.clone())], text, assignment, braces: false }));
        }
        let value = self.word_in(Context::Word)?;
        let mut parts = vec![Part::Literal(prefix.clone())];
        match value.parts.first() {
            Some(Part::Literal(first)) => {
                parts[0] = Part::Literal([&prefix[..], first].concat());
                parts.extend(value.parts[1..].iter().cloned());
            }
            _ => parts.extend(value.parts.iter().cloned()),
        }
        let text = self.buffer[start..self.at].to_vec();
        let braces = value.braces;
        let assignment = Some(Box::new(Assignment { name, subscript, append, value: AssignmentValue::Scalar(value) }));
        Ok(Some(Word { text, parts, assignment, braces }))
    }

    pub(super) fn subscripted_word(&mut self, name: &[u8], subscript: Word, start: usize) -> Result<Word> {
        self.at = start + name.len() + 1 + subscript.text.len() + 1;
        let rest = if self.current().is_none_or(is_meta) { Word::default() } else { self.word_in(Context::Word)? };
        let mut parts = vec![Part::Literal([name, b"["].concat())];
        parts.extend(subscript.parts);
        parts.push(Part::Literal(b"]".to_vec()));
        parts.extend(rest.parts);
        Ok(Word { text: self.buffer[start..self.at].to_vec(), parts, assignment: None, braces: rest.braces })
    }

    /// The elements of `a=(…)`, up to the closing parenthesis or, without one, the end of the text.
    pub(in crate::syntax) fn array_elements(&mut self, closing: Option<u8>) -> Result<Vec<Element>> {
        let begun = self.line;
        let mut elements = Vec::new();
        loop {
            match self.current() {
                None if closing.is_none() => return Ok(elements),
                None => return Err(self.unclosed(')', begun)),
                Some(byte) if is_blank(byte) || byte == b'\n' => self.advance(),
                Some(b'#') => {
                    while self.byte(0).is_some_and(|b| b != b'\n') {
                        self.at += 1;
                    }
                }
                Some(byte) if Some(byte) == closing => {
                    self.advance();
                    return Ok(elements);
                }
                Some(byte) if is_meta(byte) && !(matches!(byte, b'<' | b'>') && self.byte(1) == Some(b'(')) => {
                    self.token = None;
                    let error = self.unexpected();
                    return Err(crate::syntax::parser::SyntaxError { discards: true, ..error });
                }
                Some(b'[') => elements.push(self.subscripted_element()?),
                Some(_) => {
                    let value = self.word_in(Context::Word)?;
                    elements.push(Element { subscript: None, append: false, whole: value.clone(), value });
                }
            }
        }
    }

    /// `[subscript]=value`, or a word that begins with a bracket.
    pub(super) fn subscripted_element(&mut self) -> Result<Element> {
        let (start, line) = (self.at, self.line);
        self.at += 1;
        if let Ok(mut parts) = self.parts(Context::Subscript) {
            relocate(&mut parts, start + 1);
            let subscript = Word { text: self.buffer[start + 1..self.at].to_vec(), parts, ..Word::default() };
            self.advance();
            let append = self.byte(0) == Some(b'+') && self.byte(1) == Some(b'=');
            if append || self.byte(0) == Some(b'=') {
                self.at += 1 + usize::from(append);
                let value = self.word_in(Context::Word)?;
                let text = self.buffer[start..self.at].to_vec();
                let mut parts = vec![Part::Literal(b"[".to_vec())];
                parts.extend(subscript.parts.clone());
                parts.push(Part::Literal(if append { b"]+=".to_vec() } else { b"]=".to_vec() }));
                parts.extend(value.parts.clone());
                let whole = Word { text, parts, assignment: None, braces: value.braces };
                return Ok(Element { subscript: Some(subscript), append, value, whole });
            }
        }
        (self.at, self.line) = (start, line);
        let value = self.word_in(Context::Word)?;
        Ok(Element { subscript: None, append: false, whole: value.clone(), value })
    }
}

//! Words to fields.

use super::brace;
use super::fields::{Field, Fields};
use crate::error::Run;
use crate::shell::Shell;
use crate::syntax::ast::{Heredoc, Part, Word};

/// Where tildes count in unquoted text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tilde {
    /// At the start.
    Word,
    /// At the start and after colons: the value of an assignment.
    Assignment,
    /// In a word that looks like an assignment: after its `=` too.
    AssignmentWord,
    None,
}

impl Shell {
    /// All expansions of a command's words.
    pub(crate) fn expand_words(&mut self, words: &[Word], out: &mut Vec<Vec<u8>>) -> Run {
        for word in words {
            self.expand_word(word, out)?;
        }
        Ok(())
    }

    pub(crate) fn expand_word(&mut self, word: &Word, out: &mut Vec<Vec<u8>>) -> Run {
        // Most words are plain.
        match &word.parts[..] {
            [Part::Quoted(text)] => {
                out.push(text.clone());
                return Ok(());
            }
            [Part::Literal(text)]
                if !word.braces && !text.iter().any(|b| matches!(b, b'*' | b'?' | b'[' | b'~' | b'(' | b'\\')) =>
            {
                out.push(text.clone());
                return Ok(());
            }
            _ => {}
        }
        if word.braces && self.state.options.braceexpand {
            for word in brace::expand(word) {
                self.expand_one(&word, out)?;
            }
            return Ok(());
        }
        self.expand_one(word, out)
    }

    fn expand_one(&mut self, word: &Word, out: &mut Vec<Vec<u8>>) -> Run {
        let mut fields = Fields::default();
        let tilde =
            if is_assignment_like(word) && !self.state.options.posix { Tilde::AssignmentWord } else { Tilde::Word };
        self.expand_parts(&word.parts, false, tilde, &mut fields)?;
        for field in fields.finish() {
            if field.glob && !self.state.options.noglob {
                self.glob(&field, out)?;
            } else {
                out.push(field.text);
            }
        }
        Ok(())
    }

    /// Without splitting and pathname expansion: the value of an assignment.
    pub(crate) fn expand_assignment(&mut self, word: &Word) -> Run<Vec<u8>> {
        match &word.parts[..] {
            [] => return Ok(Vec::new()),
            [Part::Quoted(text)] => return Ok(text.clone()),
            [Part::Literal(text)] if !text.contains(&b'~') => return Ok(text.clone()),
            _ => {}
        }
        Ok(self.expand_single(word, Tilde::Assignment)?.text)
    }

    /// Without splitting and pathname expansion.
    pub(crate) fn expand_string(&mut self, word: &Word) -> Run<Vec<u8>> {
        match &word.parts[..] {
            [] => return Ok(Vec::new()),
            [Part::Quoted(text)] => return Ok(text.clone()),
            _ => {}
        }
        Ok(self.expand_single(word, Tilde::Word)?.text)
    }

    /// As a pattern.
    pub(crate) fn expand_pattern(&mut self, word: &Word) -> Run<Vec<u8>> {
        match &word.parts[..] {
            [] => return Ok(Vec::new()),
            [Part::Literal(text)] if text.first() != Some(&b'~') => return Ok(text.clone()),
            _ => {}
        }
        Ok(self.expand_single(word, Tilde::Word)?.pattern())
    }

    pub(crate) fn expand_single(&mut self, word: &Word, tilde: Tilde) -> Run<Field> {
        let mut fields = Fields::single();
        self.expand_parts(&word.parts, false, tilde, &mut fields)?;
        Ok(fields.finish_single())
    }

    /// As if in double quotes.
    pub(crate) fn expand_quoted(&mut self, parts: &[Part]) -> Run<Vec<u8>> {
        match parts {
            [] => return Ok(Vec::new()),
            [Part::Quoted(text) | Part::Literal(text)] => return Ok(text.clone()),
            _ => {}
        }
        let mut fields = Fields::single();
        self.expand_parts(parts, true, Tilde::None, &mut fields)?;
        Ok(fields.finish_single().text)
    }

    pub(crate) fn expand_heredoc(&mut self, heredoc: &Heredoc) -> Run<Vec<u8>> {
        if heredoc.literal { Ok(heredoc.text.clone()) } else { self.expand_quoted(&heredoc.parts) }
    }

    pub(crate) fn expand_parts(&mut self, parts: &[Part], quoted: bool, tilde: Tilde, out: &mut Fields) -> Run {
        for (i, part) in parts.iter().enumerate() {
            match part {
                Part::Literal(text) if out.split_literals && !quoted => {
                    if tilde != Tilde::None && text.contains(&b'~') {
                        self.push_with_tildes(text, i == 0, i + 1 == parts.len(), tilde, out);
                    } else {
                        out.push_split(text, &self.ifs);
                    }
                }
                Part::Literal(text) => {
                    if !quoted && tilde != Tilde::None && text.contains(&b'~') {
                        self.push_with_tildes(text, i == 0, i + 1 == parts.len(), tilde, out);
                    } else {
                        out.push(text, quoted);
                    }
                }
                Part::Quoted(text) if text.is_empty() => out.touch(),
                Part::Quoted(text) => out.push(text, true),
                Part::Double(inner) | Part::Localized(inner) => {
                    let empty_list = self.has_empty_list(inner);
                    let mark = out.mark();
                    if !empty_list {
                        out.touch();
                    }
                    self.expand_parts(inner, true, Tilde::None, out)?;
                    if empty_list {
                        out.forget_empty(mark);
                    }
                }
                Part::Parameter(parameter) => self.expand_parameter(parameter, quoted, tilde, out)?,
                Part::Command(body) => {
                    let value = self.command_substitution(body)?;
                    if quoted {
                        out.push(&value, true);
                    } else {
                        out.push_split(&value, &self.ifs);
                    }
                }
                Part::Arith(expression) => {
                    let value = self.arith_value(expression)?.to_string();
                    if quoted {
                        out.push(value.as_bytes(), true);
                    } else {
                        out.push_split(value.as_bytes(), &self.ifs);
                    }
                }
                Part::Process { output, body } => {
                    let name = self.process_substitution(*output, body)?;
                    out.push(&name, quoted);
                }
            }
        }
        Ok(())
    }

    /// Whether double quotes hold a `$@`-like list that is empty: then they make no field, where all else in them is empty too.
    fn has_empty_list(&mut self, parts: &[Part]) -> bool {
        parts.iter().any(|part| matches!(part, Part::Parameter(parameter) if self.is_empty_at(parameter)))
    }

    fn push_with_tildes(&mut self, text: &[u8], first: bool, last: bool, tilde: Tilde, out: &mut Fields) {
        let colon = matches!(tilde, Tilde::Assignment | Tilde::AssignmentWord);
        // The sign of an assignment counts once; that of an assignment's value does not.
        let mut sign = tilde == Tilde::AssignmentWord;
        let mut rest = text;
        let mut start = first && !out.is_begun();
        if !start && colon && first {
            start = true;
        }
        loop {
            if start && rest.first() == Some(&b'~') {
                // A prefix that a quote or an expansion goes on with is none.
                let whole = last || rest.iter().any(|b| *b == b'/' || (colon && *b == b':'));
                if let Some((home, used)) = self.tilde(rest, colon).filter(|_| whole) {
                    out.push(&home, true);
                    if home.is_empty() {
                        out.touch();
                    }
                    rest = &rest[used..];
                }
            }
            if !colon {
                break;
            }
            let Some(at) = rest.iter().position(|b| *b == b':' || (sign && *b == b'=')) else { break };
            sign &= rest[at] != b'=';
            out.push(&rest[..=at], false);
            rest = &rest[at + 1..];
            start = true;
            if rest.is_empty() {
                return;
            }
        }
        if !rest.is_empty() {
            if out.split_literals {
                out.push_split(rest, &self.ifs);
            } else {
                out.push(rest, false);
            }
        }
    }
}

/// Whether an ordinary word looks like an assignment: bash expands tildes in it as in one.
fn is_assignment_like(word: &Word) -> bool {
    let Some(Part::Literal(text)) = word.parts.first() else { return false };
    let Some(at) = text.iter().position(|b| *b == b'=') else { return false };
    crate::syntax::lexer::is_name(&text[..at])
}

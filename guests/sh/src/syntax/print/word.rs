//! Words, assignments and conditional expressions as bash prints them.

use super::list;
use crate::syntax::ast::{Assignment, Conditional, Part, Word};
use crate::syntax::quote;

/// `[[ … ]]`'s inside for `set -x` is printed by its evaluator; this is the whole as source.
pub(super) fn conditional(expression: &Conditional, out: &mut Vec<u8>) {
    match expression {
        Conditional::And(left, right) => {
            conditional(left, out);
            out.extend_from_slice(b" && ");
            conditional(right, out);
        }
        Conditional::Or(left, right) => {
            conditional(left, out);
            out.extend_from_slice(b" || ");
            conditional(right, out);
        }
        Conditional::Not(inner) => {
            out.extend_from_slice(b"! ");
            conditional(inner, out);
        }
        Conditional::Group(inner) => {
            out.extend_from_slice(b"( ");
            conditional(inner, out);
            out.extend_from_slice(b" )");
        }
        Conditional::Unary(operator, word) => {
            out.extend_from_slice(operator);
            out.push(b' ');
            out.extend_from_slice(&word_text(word));
        }
        Conditional::Binary(left, operator, right) => {
            out.extend_from_slice(&word_text(left));
            out.push(b' ');
            out.extend_from_slice(operator);
            out.push(b' ');
            out.extend_from_slice(&word_text(right));
        }
        Conditional::Word(word) => {
            out.extend_from_slice(b"-n ");
            out.extend_from_slice(&word_text(word));
        }
    }
}

/// A word as written, its command substitutions laid out anew.
pub(crate) fn word_text(word: &Word) -> Vec<u8> {
    fn gather<'a>(parts: &'a [Part], found: &mut Vec<(&'a crate::syntax::ast::Substitution, u8)>) {
        for part in parts {
            match part {
                Part::Command(body) if body.backquoted.is_none() => found.push((body, b'$')),
                Part::Process { output, body } => found.push((body, if *output { b'>' } else { b'<' })),
                Part::Double(parts) | Part::Localized(parts) => gather(parts, found),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    gather(&word.parts, &mut found);
    let mut quotes = Quotes::default();
    if found.is_empty() {
        let mut out = Vec::with_capacity(word.text.len());
        quotes.copy(&word.text, &mut out);
        return out;
    }
    let mut out = Vec::new();
    let mut at = 0;
    for (body, sign) in found {
        let (from, to) = (body.span.0 as usize, body.span.1 as usize);
        if from < at || to > word.text.len() || from > to {
            return word.text.clone();
        }
        quotes.copy(&word.text[at..from], &mut out);
        out.push(sign);
        out.push(b'(');
        let text = match &body.file {
            Some(file) => [b"< ", &word_text(file)[..]].concat(),
            None => list(&body.body),
        };
        if text.first() == Some(&b'(') {
            out.push(b' ');
        }
        out.extend_from_slice(&text);
        out.push(b')');
        at = to;
    }
    quotes.copy(&word.text[at..], &mut out);
    out
}

/// Copies a word's text with `$'…'` as what it stands for, in single quotes: bash has no other form of it once it is read.
#[derive(Default)]
struct Quotes {
    /// Within double quotes, where `$'` is text.
    double: bool,
}

impl Quotes {
    fn copy(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            let rest = &text[at..];
            let length = match byte {
                b'\\' => 2,
                b'"' => {
                    self.double = !self.double;
                    1
                }
                b'\'' if !self.double => closing(&rest[1..], false) + 2,
                b'$' if !self.double && rest.get(1) == Some(&b'\'') => {
                    let length = closing(&rest[2..], true);
                    let mut meant = Vec::new();
                    quote::unescape(&rest[2..2 + length], false, &mut meant);
                    out.extend_from_slice(&quote::single(&meant));
                    at += (length + 3).min(rest.len());
                    continue;
                }
                _ => 1,
            };
            let length = length.min(rest.len());
            out.extend_from_slice(&rest[..length]);
            at += length;
        }
    }
}

/// How far off the single quote is that ends a quotation.
fn closing(text: &[u8], escapes: bool) -> usize {
    let mut at = 0;
    while at < text.len() && text[at] != b'\'' {
        at += if escapes && text[at] == b'\\' { 2 } else { 1 };
    }
    at.min(text.len())
}

pub(super) fn assignment_text(assignment: &Assignment) -> Vec<u8> {
    let mut out = assignment.name.name().to_vec();
    if let Some(subscript) = &assignment.subscript {
        out.push(b'[');
        out.extend_from_slice(&subscript.text);
        out.push(b']');
    }
    if assignment.append {
        out.push(b'+');
    }
    out.push(b'=');
    match &assignment.value {
        crate::syntax::ast::AssignmentValue::Scalar(word) => out.extend_from_slice(&word_text(word)),
        crate::syntax::ast::AssignmentValue::Array(elements) => {
            out.push(b'(');
            for (i, element) in elements.iter().enumerate() {
                if i > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(&word_text(&element.whole));
            }
            out.push(b')');
        }
    }
    out
}

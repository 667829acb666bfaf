//! Words, assignments and conditional expressions as bash prints them.

use super::list;
use crate::syntax::ast::{Assignment, Conditional, Part, Word};

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
    if found.is_empty() {
        return word.text.clone();
    }
    let mut out = Vec::new();
    let mut at = 0;
    for (body, sign) in found {
        let (from, to) = (body.span.0 as usize, body.span.1 as usize);
        if from < at || to > word.text.len() || from > to {
            return word.text.clone();
        }
        out.extend_from_slice(&word.text[at..from]);
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
    out.extend_from_slice(&word.text[at..]);
    out
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

//! `${name/pattern/text}`, `${name#pattern}`, `${name^pattern}`.

use super::{Found, map};
use crate::error::Run;
use crate::expand::fields::Fields;
use crate::expand::pattern::{self, Rules};
use crate::expand::word::Tilde;
use crate::shell::Shell;
use crate::syntax::ast::Word;
use crate::text;

impl Shell {
    pub(super) fn replace(
        &mut self,
        found: Found,
        anchor: u8,
        pattern: &Word,
        replacement: Option<&Word>,
        quoted: bool,
    ) -> Run<Found> {
        let pattern = self.expand_pattern(pattern)?;
        let replacement = match replacement {
            None => Vec::new(),
            Some(word) => {
                let mut fields = Fields::single();
                self.expand_parts(&word.parts, false, if quoted { Tilde::None } else { Tilde::Word }, &mut fields)?;
                let field = fields.finish_single();
                if self.state.shopts.patsub_replacement && field.text.contains(&b'&') {
                    field.replacement()
                } else {
                    field.text
                }
            }
        };
        let rules = self.rules(true);
        Ok(map(found, |value| replace(&value, anchor, &pattern, &replacement, rules)))
    }
}

impl crate::expand::fields::Field {
    /// As the replacement of `${x/…/…}`: an unquoted `&` stands for what matched; it is kept as a byte 1, quoted ones are not.
    fn replacement(&self) -> Vec<u8> {
        let pattern = self.marked();
        let mut out = Vec::with_capacity(pattern.len());
        let mut i = 0;
        while i < pattern.len() {
            match pattern[i] {
                (b'\\', false) if matches!(pattern.get(i + 1), Some((b'&' | b'\\', false))) => {
                    out.push(pattern[i + 1].0);
                    i += 1;
                }
                (b'&', false) => out.push(1),
                (byte, _) => out.push(byte),
            }
            i += 1;
        }
        out
    }
}

pub(super) fn remove(mut value: Vec<u8>, pattern: &[u8], suffix: bool, longest: bool, rules: Rules) -> Vec<u8> {
    if suffix {
        if let Some(at) = pattern::suffix(pattern, &value, longest, rules) {
            value.truncate(at);
        }
    } else if let Some(at) = pattern::prefix(pattern, &value, longest, rules) {
        value.drain(..at);
    }
    value
}

pub(super) fn replace(value: &[u8], anchor: u8, pattern: &[u8], replacement: &[u8], rules: Rules) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + replacement.len());
    let put = |out: &mut Vec<u8>, matched: &[u8]| {
        for byte in replacement {
            if *byte == 1 {
                out.extend_from_slice(matched);
            } else {
                out.push(*byte);
            }
        }
    };
    if pattern.is_empty() && !matches!(anchor, b'#' | b'%') {
        return value.to_vec();
    }
    match anchor {
        b'#' => match pattern::prefix(pattern, value, true, rules) {
            Some(at) => {
                put(&mut out, &value[..at]);
                out.extend_from_slice(&value[at..]);
            }
            None => out.extend_from_slice(value),
        },
        b'%' => match pattern::suffix(pattern, value, true, rules) {
            Some(at) => {
                out.extend_from_slice(&value[..at]);
                put(&mut out, &value[at..]);
            }
            None => out.extend_from_slice(value),
        },
        _ => {
            let literal = pattern::literal(pattern).filter(|l| !l.is_empty() && !rules.ignore_case);
            let mut at = 0;
            let mut replaced = false;
            while at < value.len() || (at == 0 && value.is_empty()) {
                let rest = &value[at..];
                let length = if replaced && anchor != b'/' {
                    None
                } else {
                    match &literal {
                        Some(literal) => rest.starts_with(literal).then_some(literal.len()),
                        None => pattern::prefix(pattern, rest, true, rules).filter(|n| *n > 0 || rest.is_empty()),
                    }
                };
                match length {
                    Some(length) => {
                        put(&mut out, &rest[..length]);
                        replaced = true;
                        at += length;
                        if length == 0 {
                            break;
                        }
                    }
                    None => {
                        if rest.is_empty() {
                            break;
                        }
                        if replaced && anchor != b'/' {
                            out.extend_from_slice(rest);
                            break;
                        }
                        let size = text::character_length(rest);
                        out.extend_from_slice(&rest[..size]);
                        at += size;
                    }
                }
            }
        }
    }
    out
}

pub(super) fn change_case(value: &[u8], operator: u8, all: bool, pattern: &[u8], rules: Rules) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    for (i, character) in text::characters(value).enumerate() {
        let chosen = (all || i == 0) && (pattern.is_empty() || pattern::matches(pattern, character, rules));
        if !chosen {
            out.extend_from_slice(character);
            continue;
        }
        let upper = match operator {
            b'^' => true,
            b',' => false,
            _ => {
                let lowered = text::change_case(character, false);
                lowered == character
            }
        };
        out.extend_from_slice(&text::change_case(character, upper));
    }
    out
}

//! Brace expansion: `{a,b}`, `{1..10..2}`.

use crate::symbol::Symbol;
use crate::syntax::ast::{ParameterName, Part, Word};
use crate::syntax::lexer::is_name_byte;

/// A word taken apart: bytes that braces may be made of, and parts that stay as they are.
#[derive(Clone)]
enum Atom {
    Byte(u8),
    Part(Part),
}

/// The words that a word's braces stand for.
pub(crate) fn expand(word: &Word) -> Vec<Word> {
    let mut atoms = Vec::new();
    for part in &word.parts {
        match part {
            Part::Literal(text) => atoms.extend(text.iter().map(|b| Atom::Byte(*b))),
            part => atoms.push(Atom::Part(part.clone())),
        }
    }
    alternatives(&atoms).into_iter().map(build).collect()
}

fn build(atoms: Vec<Atom>) -> Word {
    let mut parts = Vec::new();
    let mut text = Vec::new();
    for atom in atoms {
        match atom {
            Atom::Byte(byte) => text.push(byte),
            Atom::Part(part) => {
                flush(&mut text, &mut parts);
                parts.push(part);
            }
        }
    }
    flush(&mut text, &mut parts);
    Word { parts, ..Word::default() }
}

/// Adds the text so far. It may go on with the name of a parameter before it, because braces are expanded first: `$a{b,c}`.
fn flush(text: &mut Vec<u8>, parts: &mut Vec<Part>) {
    if let Some(Part::Parameter(parameter)) = parts.last_mut()
        && parameter.text.is_empty()
        && let ParameterName::Variable(name) = parameter.name
    {
        let more = text.iter().take_while(|b| is_name_byte(**b)).count();
        if more > 0 {
            let whole = [name.name(), &text[..more]].concat();
            parameter.name = ParameterName::Variable(Symbol::new(&whole));
            text.drain(..more);
        }
    }
    if let Some(at) = text.iter().position(|b| *b == b'\\') {
        // A backslash that a range has made quotes what follows it; alone it vanishes.
        text.remove(at);
        parts.push(Part::Literal(text.drain(..at).collect()));
        parts.push(Part::Quoted(text.drain(..1.min(text.len())).collect()));
    }
    if !text.is_empty() {
        parts.push(Part::Literal(std::mem::take(text)));
    }
}

fn is(atom: &Atom, byte: u8) -> bool {
    matches!(atom, Atom::Byte(found) if *found == byte)
}

fn alternatives(atoms: &[Atom]) -> Vec<Vec<Atom>> {
    let mut from = 0;
    while let Some(open) = atoms[from..].iter().position(|a| is(a, b'{')).map(|i| from + i) {
        if let Some((middle, close)) = group(atoms, open) {
            let tails = alternatives(&atoms[close + 1..]);
            let mut all = Vec::with_capacity(middle.len() * tails.len());
            for middle in middle {
                for tail in &tails {
                    let mut word = atoms[..open].to_vec();
                    word.extend(middle.iter().cloned());
                    word.extend(tail.iter().cloned());
                    all.push(word);
                }
            }
            return all;
        }
        from = open + 1;
    }
    vec![atoms.to_vec()]
}

/// The alternatives of the brace at `open`, and where it closes; `None` where it is no brace expression.
fn group(atoms: &[Atom], open: usize) -> Option<(Vec<Vec<Atom>>, usize)> {
    let mut depth = 0;
    let mut commas = vec![open];
    let mut close = None;
    for (i, atom) in atoms.iter().enumerate().skip(open + 1) {
        if is(atom, b'{') {
            depth += 1;
        } else if is(atom, b'}') {
            if depth == 0 {
                close = Some(i);
                break;
            }
            depth -= 1;
        } else if is(atom, b',') && depth == 0 {
            commas.push(i);
        }
    }
    let close = close?;
    if commas.len() == 1 {
        let text: Option<Vec<u8>> =
            atoms[open + 1..close].iter().map(|a| if let Atom::Byte(b) = a { Some(*b) } else { None }).collect();
        if let Some(items) = text.and_then(|text| sequence(&text)) {
            let items = items.into_iter().map(|item| item.into_iter().map(Atom::Byte).collect()).collect();
            return Some((items, close));
        }
        // `{x}` stays, but braces within it are expanded.
        let inner = &atoms[open + 1..close];
        if inner.iter().any(|a| is(a, b'{')) {
            let all: Vec<Vec<Atom>> = alternatives(inner);
            if all.len() > 1 {
                let wrap = |item: Vec<Atom>| {
                    let mut word = vec![Atom::Byte(b'{')];
                    word.extend(item);
                    word.push(Atom::Byte(b'}'));
                    word
                };
                return Some((all.into_iter().map(wrap).collect(), close));
            }
        }
        return None;
    }
    commas.push(close);
    let mut all = Vec::new();
    for pair in commas.windows(2) {
        all.extend(alternatives(&atoms[pair[0] + 1..pair[1]]));
    }
    Some((all, close))
}

/// `1..5`, `a..e..2`.
fn sequence(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut pieces = text.split("..");
    let (first, last, step) = (pieces.next()?, pieces.next()?, pieces.next());
    if pieces.next().is_some() {
        return None;
    }
    let step: i64 = match step {
        Some(step) => step.parse().ok()?,
        None => 1,
    };
    let step = step.unsigned_abs().max(1);
    if let (Ok(from), Ok(to)) = (first.parse::<i64>(), last.parse::<i64>()) {
        let padded = |text: &str| {
            let digits = text.trim_start_matches(['-', '+']);
            digits.len() > 1 && digits.starts_with('0')
        };
        let width = if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 };
        let count = from.abs_diff(to) / step + 1;
        if count > 10_000_000 {
            return None;
        }
        let format = |n: i64| {
            if width == 0 {
                n.to_string().into_bytes()
            } else if n < 0 {
                format!("-{:0>1$}", n.unsigned_abs(), width - 1).into_bytes()
            } else {
                format!("{n:0>width$}").into_bytes()
            }
        };
        let items = (0..count).map(|i| {
            let offset = i.wrapping_mul(step) as i64;
            if from <= to { from.wrapping_add(offset) } else { from.wrapping_sub(offset) }
        });
        return Some(items.map(format).collect());
    }
    let (&[from], &[to]) = (first.as_bytes(), last.as_bytes()) else { return None };
    if !from.is_ascii_alphabetic() || !to.is_ascii_alphabetic() {
        return None;
    }
    let count = u64::from(from.abs_diff(to)) / step + 1;
    let item = |i: u64| {
        let offset = (i * step) as u8;
        let byte = if from <= to { from + offset } else { from - offset };
        vec![byte]
    };
    Some((0..count).map(item).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e(text: &str) -> String {
        let word = Word::literal(text.as_bytes());
        let texts = expand(&word).into_iter().map(|w| w.as_literal().map(|t| String::from_utf8_lossy(t).into_owned()));
        texts.map(Option::unwrap_or_default).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn braces() {
        assert_eq!(e("a{b,c}d"), "abd acd");
        assert_eq!(e("{1..3}{a,b}"), "1a 1b 2a 2b 3a 3b");
        assert_eq!(e("{01..10..4}"), "01 05 09");
        assert_eq!(e("{a}{b,}"), "{a}b {a}");
        assert_eq!(e("{e..a..2}"), "e c a");
        assert_eq!(e("a{b{1,2},c}"), "ab1 ab2 ac");
    }
}

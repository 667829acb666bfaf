//! Pattern matching notation (POSIX 2.13), with bash's extended patterns.

use crate::text::character_length;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) extglob: bool,
    pub(crate) ignore_case: bool,
}

/// Whether a pattern matches a whole text.
pub(crate) fn matches(pattern: &[u8], text: &[u8], rules: Rules) -> bool {
    if let Some(literal) = plain(pattern)
        && !rules.ignore_case
    {
        return literal == text;
    }
    Matcher { rules }.matches(pattern, text)
}

/// The text a pattern stands for, where it has nothing special in it.
pub(crate) fn plain(pattern: &[u8]) -> Option<&[u8]> {
    let special = pattern.iter().any(|b| matches!(b, b'*' | b'?' | b'[' | b'\\' | b'('));
    (!special).then_some(pattern)
}

/// A pattern without its backslashes, where nothing else in it is special.
pub(crate) fn literal(pattern: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'*' | b'?' | b'[' | b'(' => return None,
            b'\\' => out.push(*bytes.next()?),
            byte => out.push(*byte),
        }
    }
    Some(out)
}

/// How a pattern fares at the start of a text, element by element.
enum Walk {
    /// It matches there, and can do so in one length only.
    Ends(usize),
    Fails,
    /// It has come to an element that may match in several ways.
    Varies,
}

struct Matcher {
    rules: Rules,
}

impl Matcher {
    fn matches(&self, mut pattern: &[u8], mut text: &[u8]) -> bool {
        // Where to go back to: after the last star, one character on.
        let mut back: Option<(&[u8], &[u8])> = None;
        loop {
            if let Some((list, rest)) = self.extended(pattern) {
                if self.matches_extended(pattern[0], list, rest, text) {
                    return true;
                }
            } else if let Some((&first, rest)) = pattern.split_first() {
                if first == b'*' {
                    pattern = rest;
                    back = Some((pattern, text));
                    continue;
                }
                if let Some((after, used)) = self.one(pattern, text) {
                    pattern = after;
                    text = &text[used..];
                    continue;
                }
            } else if text.is_empty() {
                return true;
            }
            match back {
                Some((after, from)) if !from.is_empty() => {
                    let mut from = &from[character_length(from)..];
                    // Only where the next byte fits can a match begin.
                    if let Some(&byte) = after.first()
                        && !matches!(byte, b'?' | b'[' | b'\\' | b'*' | b'+' | b'@' | b'!')
                        && !self.rules.ignore_case
                    {
                        match from.iter().position(|b| *b == byte) {
                            Some(at) => from = &from[at..],
                            None => return false,
                        }
                    }
                    back = Some((after, from));
                    (pattern, text) = (after, from);
                }
                _ => return false,
            }
        }
    }

    /// Goes over the elements of a pattern that each take one character, which needs no trying.
    fn walk(&self, mut pattern: &[u8], text: &[u8]) -> Walk {
        let mut at = 0;
        while let Some(first) = pattern.first() {
            if *first == b'*' || self.extended(pattern).is_some() {
                return Walk::Varies;
            }
            match self.one(pattern, &text[at..]) {
                Some((after, used)) => (pattern, at) = (after, at + used),
                None => return Walk::Fails,
            }
        }
        Walk::Ends(at)
    }

    /// One character of the text against one element of the pattern: what follows the element, and the bytes used.
    fn one<'p>(&self, pattern: &'p [u8], text: &[u8]) -> Option<(&'p [u8], usize)> {
        let length = character_length(text);
        if length == 0 {
            return None;
        }
        let character = &text[..length];
        match pattern[0] {
            b'?' => Some((&pattern[1..], length)),
            b'[' => match self.bracket(&pattern[1..], character) {
                Some((matched, after)) => matched.then_some((after, length)),
                None => (text[0] == b'[').then_some((&pattern[1..], 1)),
            },
            first => {
                let literal = if first == b'\\' && pattern.len() > 1 { &pattern[1..] } else { pattern };
                let size = character_length(literal);
                let same = literal[..size] == *character
                    || (self.rules.ignore_case && fold(&literal[..size]) == fold(character));
                same.then_some((&literal[size..], length))
            }
        }
    }

    /// A bracket expression after its bracket: whether it matches, and what follows it. `None`: it has no end.
    fn bracket<'p>(&self, pattern: &'p [u8], character: &[u8]) -> Option<(bool, &'p [u8])> {
        let mut rest = pattern;
        let negated = matches!(rest.first(), Some(b'!' | b'^'));
        if negated {
            rest = &rest[1..];
        }
        let mut found = false;
        let mut first = true;
        let folded = fold(character);
        let is = |item: &[u8]| item == character || (self.rules.ignore_case && fold(item) == folded);
        loop {
            let byte = *rest.first()?;
            if byte == b']' && !first {
                return Some((found != negated, &rest[1..]));
            }
            first = false;
            if byte == b'[' && matches!(rest.get(1), Some(b':' | b'.' | b'=')) {
                let kind = rest[1];
                let end = rest[2..].windows(2).position(|w| w == [kind, b']']);
                if let Some(end) = end {
                    let name = &rest[2..2 + end];
                    let after = &rest[2 + end + 2..];
                    if kind == b':' {
                        found |= class(name, character);
                        rest = after;
                        continue;
                    }
                    let item = collating(name);
                    rest = after;
                    if rest.first() == Some(&b'-') && rest.get(1).is_some_and(|b| *b != b']') {
                        let (high, after) = end_of_range(&rest[1..])?;
                        found |= in_range(&item, character, &high);
                        rest = after;
                    } else {
                        found |= is(&item);
                    }
                    continue;
                }
            }
            let (low, after) = end_of_range(rest)?;
            rest = after;
            if rest.first() == Some(&b'-') && rest.get(1).is_some_and(|b| *b != b']') {
                let (high, after) = end_of_range(&rest[1..])?;
                found |= in_range(&low, character, &high);
                if self.rules.ignore_case {
                    found |= in_range(&low, &crate::text::change_case(character, true), &high)
                        || in_range(&low, &crate::text::change_case(character, false), &high);
                }
                rest = after;
            } else {
                found |= is(&low);
            }
        }
    }

    /// `?(…)` and the like at the start of a pattern: the alternatives, and what follows.
    fn extended<'p>(&self, pattern: &'p [u8]) -> Option<(&'p [u8], &'p [u8])> {
        if !self.rules.extglob || !matches!(pattern, [b'?' | b'*' | b'+' | b'@' | b'!', b'(', ..]) {
            return None;
        }
        let end = group_end(pattern, 2)?;
        Some((&pattern[2..end], &pattern[end + 1..]))
    }

    fn matches_extended(&self, kind: u8, list: &[u8], rest: &[u8], text: &[u8]) -> bool {
        let alternatives = alternatives(list);
        let any = |text: &[u8]| alternatives.iter().any(|a| self.matches(a, text));
        let places = || {
            std::iter::once(0).chain(crate::text::characters(text).scan(0, |at, c| {
                *at += c.len();
                Some(*at)
            }))
        };
        match kind {
            b'@' => places().any(|at| any(&text[..at]) && self.matches(rest, &text[at..])),
            b'?' => self.matches(rest, text) || places().any(|at| any(&text[..at]) && self.matches(rest, &text[at..])),
            b'!' => places().any(|at| !any(&text[..at]) && self.matches(rest, &text[at..])),
            _ => {
                if kind == b'*' && self.matches(rest, text) {
                    return true;
                }
                places().skip(1).any(|at| {
                    any(&text[..at])
                        && (self.matches(rest, &text[at..]) || self.matches_extended(b'*', list, rest, &text[at..]))
                }) || (kind == b'+' && any(b"") && self.matches(rest, text))
            }
        }
    }
}

/// Where the group begun before `at` ends: at its parenthesis.
pub(crate) fn group_end(pattern: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0;
    let mut i = at;
    while let Some(byte) = pattern.get(i) {
        match byte {
            b'\\' => i += 1,
            b'(' => depth += 1,
            b')' if depth == 0 => return Some(i),
            b')' => depth -= 1,
            b'[' => {
                // A parenthesis in brackets does not count.
                let skip = pattern[i + 1..].iter().skip(1).position(|b| *b == b']');
                if let Some(skip) = skip
                    && (!pattern[i + 1..i + 2 + skip].contains(&b'(') || pattern[i..i + 2 + skip].contains(&b')'))
                {
                    i += skip + 2;
                }
            }
            _ => {}
        }
        i += 1;
    }
    None
}

fn alternatives(list: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let (mut depth, mut start, mut i) = (0, 0, 0);
    while let Some(byte) = list.get(i) {
        match byte {
            b'\\' => i += 1,
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'|' if depth == 0 => {
                found.push(&list[start..i]);
                start = i + 1;
            }
            b'[' => {
                if let Some(skip) = list[i + 1..].iter().skip(1).position(|b| *b == b']') {
                    i += skip + 2;
                }
            }
            _ => {}
        }
        i += 1;
    }
    found.push(&list[start..]);
    found
}

/// The character at the start of a bracket's rest, and what follows it.
fn end_of_range(rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if rest.first() == Some(&b'[') && matches!(rest.get(1), Some(b'.' | b'=')) {
        let kind = rest[1];
        if let Some(end) = rest[2..].windows(2).position(|w| w == [kind, b']']) {
            return Some((collating(&rest[2..2 + end]), &rest[2 + end + 2..]));
        }
    }
    let rest = if rest.first() == Some(&b'\\') && rest.len() > 1 { &rest[1..] } else { rest };
    if rest.is_empty() {
        return None;
    }
    let size = character_length(rest);
    Some((rest[..size].to_vec(), &rest[size..]))
}

fn in_range(low: &[u8], character: &[u8], high: &[u8]) -> bool {
    let value = |text: &[u8]| match std::str::from_utf8(text) {
        Ok(text) => text.chars().next().map_or(0, |c| c as u32),
        Err(_) => text.first().map_or(0, |b| u32::from(*b)),
    };
    (value(low)..=value(high)).contains(&value(character))
}

/// A collating symbol by its name.
fn collating(name: &[u8]) -> Vec<u8> {
    let byte = match name {
        b"hyphen" | b"hyphen-minus" => b'-',
        b"space" => b' ',
        b"tab" => b'\t',
        b"newline" => b'\n',
        b"period" | b"full-stop" => b'.',
        b"slash" | b"solidus" => b'/',
        b"left-square-bracket" => b'[',
        b"right-square-bracket" => b']',
        b"asterisk" => b'*',
        b"question-mark" => b'?',
        b"exclamation-mark" => b'!',
        b"plus-sign" => b'+',
        b"comma" => b',',
        b"colon" => b':',
        b"semicolon" => b';',
        b"equals-sign" => b'=',
        b"backslash" | b"reverse-solidus" => b'\\',
        b"underscore" | b"low-line" => b'_',
        b"tilde" => b'~',
        b"dollar-sign" => b'$',
        b"percent-sign" => b'%',
        b"ampersand" => b'&',
        b"number-sign" => b'#',
        b"apostrophe" => b'\'',
        b"quotation-mark" => b'"',
        _ => return name.to_vec(),
    };
    vec![byte]
}

/// A character class.
pub(crate) fn class(name: &[u8], character: &[u8]) -> bool {
    let Some(c) = std::str::from_utf8(character).ok().and_then(|s| s.chars().next()) else { return false };
    let ascii = c.is_ascii();
    match name {
        b"alpha" => c.is_alphabetic(),
        b"digit" => c.is_ascii_digit(),
        b"alnum" => c.is_alphabetic() || c.is_ascii_digit(),
        b"upper" => c.is_uppercase(),
        b"lower" => c.is_lowercase(),
        b"space" => c.is_whitespace() || c == '\u{b}',
        b"blank" => c == ' ' || c == '\t',
        b"punct" => {
            if ascii {
                c.is_ascii_punctuation()
            } else {
                !c.is_alphanumeric() && !c.is_control() && !c.is_whitespace()
            }
        }
        b"cntrl" => c.is_control(),
        b"print" => !c.is_control(),
        b"graph" => !c.is_control() && !c.is_whitespace(),
        b"xdigit" => c.is_ascii_hexdigit(),
        b"ascii" => ascii,
        b"word" => c.is_alphanumeric() || c == '_',
        _ => false,
    }
}

fn fold(character: &[u8]) -> Vec<u8> {
    crate::text::change_case(character, false)
}

/// Where the shortest or longest match at the start of a text ends.
pub(crate) fn prefix(pattern: &[u8], text: &[u8], longest: bool, rules: Rules) -> Option<usize> {
    if let Some(literal) = literal(pattern).filter(|_| !rules.ignore_case) {
        return text.starts_with(&literal).then_some(literal.len());
    }
    match (Matcher { rules }).walk(pattern, text) {
        Walk::Ends(at) => return Some(at),
        Walk::Fails => return None,
        Walk::Varies => {}
    }
    let ends = boundaries(text);
    let fits = |at: &usize| matches(pattern, &text[..*at], rules);
    let last = last_byte(pattern).filter(|_| !rules.ignore_case);
    let candidate = |at: &usize| last.is_none_or(|byte| *at > 0 && text[*at - 1] == byte);
    if longest {
        ends.into_iter().rev().filter(candidate).find(fits)
    } else {
        ends.into_iter().filter(candidate).find(fits)
    }
}

/// Where the shortest or longest match at the end of a text begins.
pub(crate) fn suffix(pattern: &[u8], text: &[u8], longest: bool, rules: Rules) -> Option<usize> {
    if let Some(literal) = literal(pattern).filter(|_| !rules.ignore_case) {
        return text.ends_with(&literal).then(|| text.len() - literal.len());
    }
    let starts = boundaries(text);
    let fits = |at: &usize| matches(pattern, &text[*at..], rules);
    let first = pattern.first().copied().filter(|b| !matches!(b, b'*' | b'?' | b'[' | b'\\' | b'+' | b'@' | b'!'));
    let candidate = |at: &usize| rules.ignore_case || first.is_none_or(|byte| text.get(*at) == Some(&byte));
    if longest {
        starts.into_iter().filter(candidate).find(fits)
    } else {
        starts.into_iter().rev().filter(candidate).find(fits)
    }
}

/// A byte that every match ends in.
fn last_byte(pattern: &[u8]) -> Option<u8> {
    let last = *pattern.last()?;
    let plain = !matches!(last, b'*' | b'?' | b']' | b')' | b'\\') && last < 0x80;
    (plain && (pattern.len() < 2 || pattern[pattern.len() - 2] != b'\\')).then_some(last)
}

fn boundaries(text: &[u8]) -> Vec<usize> {
    let mut at = 0;
    let mut all = vec![0];
    for character in crate::text::characters(text) {
        at += character.len();
        all.push(at);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn m(pattern: &str, text: &str) -> bool {
        matches(pattern.as_bytes(), text.as_bytes(), Rules { extglob: true, ignore_case: false })
    }

    #[test]
    fn notation() {
        assert!(m("a*c", "abbc") && !m("a*c", "abbd") && m("*", "") && m("?", "x") && !m("?", ""));
        assert!(m("[a-c]x", "bx") && m("[!a-c]x", "dx") && m("[]]", "]") && m("[[:digit:]]*", "1a"));
        assert!(m("\\*", "*") && !m("\\*", "x") && m("[", "[") && m("a[", "a["));
        assert!(m("*a*b*c", "xxaxxbxxc"));
    }

    #[test]
    fn extended() {
        assert!(m("@(a|b)c", "bc") && m("!(a)", "b") && !m("!(a)", "a") && m("+(ab)", "abab") && m("*(a|b)", ""));
        assert!(m("?(x)y", "y") && m("*.!(c|h)", "a.x") && !m("*.@(c|h)", "a.x"));
    }

    #[test]
    fn ends() {
        let rules = Rules::default();
        assert_eq!(prefix(b"*/", b"a/b/c", false, rules), Some(2));
        assert_eq!(prefix(b"*/", b"a/b/c", true, rules), Some(4));
        assert_eq!(suffix(b".*", b"a.b.c", false, rules), Some(3));
        assert_eq!(suffix(b".*", b"a.b.c", true, rules), Some(1));
    }
}

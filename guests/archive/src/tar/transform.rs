//! `--transform`: names changed by expressions as of sed.

use vivarium_userland::Bytes;
use vivarium_userland::posix_regex::{Dialect, Groups, Regex, Syntax};

/// One expression, `s/REGEX/BY/FLAGS`.
pub(super) struct Transform {
    regex: Regex,
    by: Bytes,
    global: bool,
    /// Which match is the first replaced.
    number: usize,
    /// What it is for: names of members, targets of symbolic links, and of hard links.
    names: bool,
    symlinks: bool,
    links: bool,
}

/// What a name is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scope {
    Name,
    Symlink,
    Link,
}

/// Reads expressions, parted by semicolons. An error is the message.
pub(super) fn parse(text: &[u8]) -> Result<Vec<Transform>, String> {
    let mut transforms = Vec::new();
    let mut rest = text;
    let invalid = || "Invalid transform expression".to_owned();
    while !rest.is_empty() {
        let [b's', delimiter, ..] = rest else { return Err(invalid()) };
        let (pattern, after) = part(&rest[2..], *delimiter).ok_or_else(invalid)?;
        let (by, after) = part(after, *delimiter).ok_or_else(invalid)?;
        let end = after.iter().position(|b| *b == b';').unwrap_or(after.len());
        let mut syntax = Syntax::new(Dialect::Basic);
        let mut transform = Transform {
            regex: Regex::new(b"", &syntax)?,
            by,
            global: false,
            number: 0,
            names: true,
            symlinks: true,
            links: true,
        };
        for flag in &after[..end] {
            match flag {
                b'g' => transform.global = true,
                b'i' => syntax.ignore_case = true,
                b'x' => syntax.dialect = Dialect::Extended,
                b'0'..=b'9' => transform.number = transform.number * 10 + usize::from(flag - b'0'),
                b'r' | b'R' => transform.names = *flag == b'r',
                b's' | b'S' => transform.symlinks = *flag == b's',
                b'h' | b'H' => transform.links = *flag == b'h',
                other => return Err(format!("Unknown flag in transform expression: {}", char::from(*other))),
            }
        }
        transform.number = transform.number.max(1);
        transform.regex =
            Regex::new(&pattern, &syntax).map_err(|message| format!("Invalid transform expression: {message}"))?;
        transforms.push(transform);
        rest = after.get(end + 1..).unwrap_or_default();
    }
    Ok(transforms)
}

/// What stands before the delimiter, which a backslash makes a character, and what behind.
fn part(text: &[u8], delimiter: u8) -> Option<(Bytes, &[u8])> {
    let (mut part, mut at) = (Bytes::new(), 0);
    loop {
        match *text.get(at)? {
            byte if byte == delimiter => return Some((part, &text[at + 1..])),
            b'\\' if text.get(at + 1) == Some(&delimiter) => {
                part.push(delimiter);
                at += 2;
            }
            b'\\' => {
                part.extend_from_slice(text.get(at..at + 2)?);
                at += 2;
            }
            byte => {
                part.push(byte);
                at += 1;
            }
        }
    }
}

/// A name as the expressions make it.
pub(super) fn apply(transforms: &[Transform], name: &[u8], scope: Scope) -> Bytes {
    let wanted = |transform: &&Transform| match scope {
        Scope::Name => transform.names,
        Scope::Symlink => transform.symlinks,
        Scope::Link => transform.links,
    };
    transforms.iter().filter(wanted).fold(name.to_vec(), |name, transform| transform.apply(&name))
}

impl Transform {
    fn apply(&self, name: &[u8]) -> Bytes {
        let (mut result, mut copied, mut at, mut count) = (Bytes::new(), 0, 0, 0);
        while at <= name.len()
            && let Some(groups) = self.regex.captures_at(name, at)
        {
            let (start, end) = groups[0].unwrap_or((at, at));
            count += 1;
            if count >= self.number {
                result.extend_from_slice(&name[copied..start]);
                self.replace(name, &groups, &mut result);
                copied = end;
                if !self.global {
                    break;
                }
            }
            at = if end == start { end + 1 } else { end };
        }
        result.extend_from_slice(&name[copied.min(name.len())..]);
        result
    }

    fn replace(&self, name: &[u8], groups: &Groups, result: &mut Bytes) {
        // The case that \L, \U and their like ask for: of all that follows, and of the next character.
        let (mut all, mut next) = (b'E', b'E');
        let mut push = |text: &[u8], all: u8, next: &mut u8| {
            for byte in text {
                let case = std::mem::replace(next, b'E');
                result.push(match if case == b'E' { all } else { case.to_ascii_uppercase() } {
                    b'L' => byte.to_ascii_lowercase(),
                    b'U' => byte.to_ascii_uppercase(),
                    _ => *byte,
                });
            }
        };
        let group = |index: usize| groups.get(index).copied().flatten().map_or(&b""[..], |(from, to)| &name[from..to]);
        let mut at = 0;
        while at < self.by.len() {
            match (self.by[at], self.by.get(at + 1)) {
                (b'&', _) => push(group(0), all, &mut next),
                (b'\\', Some(digit)) if digit.is_ascii_digit() => {
                    push(group(usize::from(digit - b'0')), all, &mut next);
                    at += 1;
                }
                (b'\\', Some(case @ (b'L' | b'U' | b'E'))) => {
                    all = *case;
                    at += 1;
                }
                (b'\\', Some(case @ (b'l' | b'u'))) => {
                    next = *case;
                    at += 1;
                }
                (b'\\', Some(other)) => {
                    push(&[if *other == b'n' { b'\n' } else { *other }], all, &mut next);
                    at += 1;
                }
                (byte, _) => push(&[byte], all, &mut next),
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_as_sed_would() {
        let changed = |by: &str, name: &str| {
            let transforms = parse(by.as_bytes()).unwrap();
            String::from_utf8(apply(&transforms, name.as_bytes(), Scope::Name)).unwrap()
        };
        assert_eq!(changed("s|^usr/|local/|", "usr/bin/usr/x"), "local/bin/usr/x");
        assert_eq!(changed("s/a/b/g;s/b/c/2", "aaa"), "bcb");
        assert_eq!(changed("s,\\(.\\)\\(.*\\),\\u\\1-\\U\\2,", "word"), "W-ORD");
        assert_eq!(changed("s/x*/-/R", "x"), "x");
        assert!(parse(b"y/a/b/").is_err());
    }
}

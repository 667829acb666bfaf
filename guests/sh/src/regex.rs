//! POSIX extended regular expressions, on the crate `regex`.

use std::ops::Range;

/// A compiled expression.
pub(crate) struct Regex(regex::bytes::Regex);

impl Regex {
    /// Compiles an expression in POSIX's syntax.
    pub(crate) fn new(pattern: &[u8], ignore_case: bool) -> Result<Regex, regex::Error> {
        let mut builder = regex::bytes::RegexBuilder::new(&translate(pattern));
        builder.case_insensitive(ignore_case).unicode(crate::text::is_utf8()).dot_matches_new_line(true);
        builder.build().map(Regex)
    }

    /// The match and its groups.
    pub(crate) fn matches(&self, text: &[u8]) -> Option<Vec<Option<Range<usize>>>> {
        let captures = self.0.captures(text)?;
        Some(captures.iter().map(|group| group.map(|g| g.range())).collect())
    }
}

/// From POSIX's syntax to the crate's: what means something only there is escaped.
fn translate(pattern: &[u8]) -> String {
    let text = String::from_utf8_lossy(pattern);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c) if c.is_ascii_alphanumeric() && !matches!(c, 'w' | 'W' | 's' | 'S' | 'b' | 'B') => out.push(c),
                Some('<') => out.push_str("\\b"),
                Some('>') => out.push_str("\\b"),
                Some(c) if c.is_ascii_punctuation() => {
                    out.push('\\');
                    out.push(c);
                }
                Some(c) => out.push(c),
                None => out.push_str("\\\\"),
            },
            '[' => bracket(&mut chars, &mut out),
            '{' => {
                // A brace that begins no repetition stands for itself.
                if chars.peek().is_some_and(char::is_ascii_digit) { out.push('{') } else { out.push_str("\\{") }
            }
            // `?`, `*`, `+` after `(` would be the crate's own syntax.
            '(' if chars.peek() == Some(&'?') => out.push_str("(\\"),
            c => out.push(c),
        }
    }
    out
}

fn bracket(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    out.push('[');
    if chars.peek() == Some(&'^') {
        chars.next();
        out.push('^');
    }
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            ']' if !first => {
                out.push(']');
                return;
            }
            '[' if chars.peek() == Some(&':') => {
                out.push('[');
                while let Some(c) = chars.next() {
                    out.push(c);
                    if c == ':' && chars.peek() == Some(&']') {
                        chars.next();
                        out.push(']');
                        break;
                    }
                }
            }
            '[' | ']' | '\\' | '&' | '~' | '^' => {
                out.push('\\');
                out.push(c);
            }
            '-' if first || chars.peek() == Some(&']') => out.push_str("\\-"),
            c => out.push(c),
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::Regex;

    #[test]
    fn groups() {
        let regex = Regex::new(b"^([a-z]+)=(.*)$", false).unwrap();
        let groups = regex.matches(b"key=value").unwrap();
        assert_eq!(groups[1], Some(0..3));
        assert!(Regex::new(b"[]x]", false).unwrap().matches(b"]").is_some());
        assert!(Regex::new(b"a{,x", false).unwrap().matches(b"a{,x").is_some());
        assert!(Regex::new(b"(", false).is_err());
    }
}

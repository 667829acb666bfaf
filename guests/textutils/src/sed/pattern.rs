//! Regular expressions of a script.

use vivarium_userland::Bytes;
use vivarium_userland::posix_regex::{Dialect, Regex, Syntax};

use super::brackets::Brackets;
use super::escape;
use super::options::Settings;

/// A compiled regular expression, and how it was written.
pub(super) struct Pattern {
    pub(super) regex: Regex,
    pub(super) written: Bytes,
    pub(super) ignore_case: bool,
    pub(super) multi_line: bool,
}

impl Pattern {
    /// Compiles what stood between delimiters.
    pub(super) fn new(
        written: &[u8],
        ignore_case: bool,
        multi_line: bool,
        settings: &Settings,
    ) -> Result<Pattern, String> {
        let dialect = if settings.extended { Dialect::Extended } else { Dialect::Basic };
        let syntax = Syntax {
            ignore_case,
            line_anchors: multi_line.then_some(settings.delimiter),
            strict: true,
            ..Syntax::new(dialect)
        };
        let plain = without_escapes(written, settings.posix)?;
        let regex = Regex::new(&plain, &syntax)?;
        Ok(Pattern { regex, written: written.to_vec(), ignore_case, multi_line })
    }
}

/// Puts the characters that escapes stand for in their places; where one would have a meaning it stays escaped. In POSIX a
/// backslash between brackets is but a character.
fn without_escapes(written: &[u8], posix: bool) -> Result<Bytes, &'static str> {
    let (mut plain, mut at) = (Bytes::with_capacity(written.len()), 0);
    let mut in_brackets = Brackets::default();
    while at < written.len() {
        let byte = written[at];
        at += 1;
        if byte == b'\\' {
            if !(posix && in_brackets.inside())
                && let Some((character, length)) = escape::character(&written[at..])?
            {
                if b"\\.[]*^$+?(){}|/&\n".contains(&character) && !in_brackets.inside() {
                    plain.push(b'\\');
                }
                plain.push(character);
                at += length;
                continue;
            }
            if !in_brackets.inside() {
                plain.push(byte);
                plain.extend(written.get(at));
                at += 1;
                continue;
            }
        }
        in_brackets.see(byte);
        plain.push(byte);
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_characters() {
        let plain = |written: &str| without_escapes(written.as_bytes(), false).unwrap();
        assert_eq!(plain("a\\tb"), b"a\tb");
        assert_eq!(plain("\\x5e"), b"\\^");
        assert_eq!(plain("\\\\t"), b"\\\\t");
        assert_eq!(plain("[\\t\\]\\t"), b"[\t\\]\t");
        assert_eq!(plain("[[:alpha:]\\t]\\."), b"[[:alpha:]\t]\\.");
        assert_eq!(plain("[]\\x5d]\\t"), b"[]]]\t");
    }
}

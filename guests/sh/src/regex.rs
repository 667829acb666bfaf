//! Regular expressions of `=~` (POSIX XBD 9.4).

use std::ops::Range;

use vivarium_userland::posix_regex::{self, Dialect, Syntax};

/// A compiled expression.
pub(crate) struct Regex(posix_regex::Regex);

impl Regex {
    /// Compiles an extended regular expression. An error says what is wrong with it.
    pub(crate) fn new(pattern: &[u8], ignore_case: bool) -> Result<Regex, String> {
        let syntax = Syntax { ignore_case, utf8: crate::text::is_utf8(), ..Syntax::new(Dialect::Extended) };
        posix_regex::Regex::new(pattern, &syntax).map(Regex)
    }

    /// The leftmost match, of these the longest, and its groups.
    pub(crate) fn matches(&self, text: &[u8]) -> Option<Vec<Option<Range<usize>>>> {
        let groups = self.0.captures_at(text, 0)?;
        Some(groups.into_iter().map(|group| group.map(|(start, end)| start..end)).collect())
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

    #[test]
    fn the_longest_match_counts() {
        let groups = Regex::new(b"(a|ab)(c|bcd)?", false).unwrap().matches(b"abcd").unwrap();
        assert_eq!(groups, [Some(0..4), Some(0..1), Some(1..4)]);
        let groups = Regex::new(b"x*|xy(z)", false).unwrap().matches(b"xyz").unwrap();
        assert_eq!(groups, [Some(0..3), Some(2..3)]);
    }
}

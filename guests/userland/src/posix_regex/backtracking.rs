//! Patterns with back-references and Perl's own.

use super::{Groups, Syntax};

#[derive(Debug)]
pub(super) struct Backtracking(fancy_regex::Regex);

impl Backtracking {
    pub(super) fn new(pattern: &str, syntax: &Syntax) -> Result<Backtracking, String> {
        let mut flags = String::new();
        if syntax.ignore_case {
            flags.push('i');
        }
        if syntax.excludes_newline() {
            flags.push('m');
        } else {
            flags.push('s');
        }
        let pattern = format!("(?{flags}){pattern}");
        let built = fancy_regex::RegexBuilder::new(&pattern).backtrack_limit(100_000_000).build();
        built.map(Backtracking).map_err(|error| error.to_string())
    }

    pub(super) fn find_at(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        self.captures_at(text, at)?[0]
    }

    pub(super) fn captures_at(&self, text: &[u8], at: usize) -> Option<Groups> {
        let shown = Shown::new(text);
        let captures = self.0.captures_from_pos(shown.text(), shown.shown(at)).ok()??;
        let groups = (0..captures.len()).map(|g| captures.get(g).map(|m| (shown.real(m.start()), shown.real(m.end()))));
        Some(groups.collect())
    }
}

/// Text as the engine takes it: bytes that are no UTF-8 are U+FFFD, and positions are translated.
enum Shown<'a> {
    Same(&'a str),
    /// With, for each byte that was replaced, where it was and where its replacement is.
    Replaced(String, Vec<(usize, usize)>),
}

impl Shown<'_> {
    fn new(text: &[u8]) -> Shown<'_> {
        if let Ok(text) = std::str::from_utf8(text) {
            return Shown::Same(text);
        }
        let (mut shown, mut replaced, mut at) = (String::new(), Vec::new(), 0);
        for chunk in text.utf8_chunks() {
            shown.push_str(chunk.valid());
            at += chunk.valid().len();
            for _ in chunk.invalid() {
                replaced.push((at, shown.len()));
                shown.push('\u{fffd}');
                at += 1;
            }
        }
        Shown::Replaced(shown, replaced)
    }

    fn text(&self) -> &str {
        match self {
            Shown::Same(text) => text,
            Shown::Replaced(text, _) => text,
        }
    }

    fn shown(&self, real: usize) -> usize {
        match self {
            Shown::Same(_) => real,
            Shown::Replaced(_, replaced) => real + 2 * replaced.partition_point(|(at, _)| *at < real),
        }
    }

    fn real(&self, shown: usize) -> usize {
        match self {
            Shown::Same(_) => shown,
            Shown::Replaced(_, replaced) => shown - 2 * replaced.partition_point(|(_, at)| *at < shown),
        }
    }
}

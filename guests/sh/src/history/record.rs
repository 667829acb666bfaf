//! Which lines are kept, and how those of one command become one entry (HISTCONTROL, HISTIGNORE, `cmdhist`, `lithist`).

use super::History;
use crate::expand::pattern;

/// What a line stands in that is not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Quoting {
    #[default]
    None,
    /// Quotes, or a here-document: its lines stay lines.
    Lines,
}

/// Words and operators after which a newline is no `;`.
const NO_SEMICOLON: [&[u8]; 8] = [b"case", b"do", b"else", b"if", b"then", b"until", b"while", b"in"];

/// What stands between the lines of a command in its entry.
fn join(text: &[u8], quoting: Quoting) -> &'static [u8] {
    if quoting == Quoting::Lines {
        return b"\n";
    }
    let text = text.trim_ascii_end();
    if text.rsplit(|b| *b == b'\n').next().is_some_and(|line| line.trim_ascii_start().starts_with(b"#")) {
        return b"\n";
    }
    let words: Vec<&[u8]> =
        text.split(|b| b.is_ascii_whitespace() || *b == b';').filter(|word| !word.is_empty()).collect();
    let heading = matches!(words[..], [.., b"for" | b"select" | b"case" | b"function", _]) && !text.ends_with(b";");
    match text.last() {
        None | Some(b'{' | b'(' | b';' | b'&' | b'|') => b" ",
        Some(b')') if text.ends_with(b"()") || in_case(&words) => b" ",
        _ if heading || words.last().is_some_and(|word| NO_SEMICOLON.contains(word)) => b" ",
        _ => b"; ",
    }
}

/// Whether the last word is a pattern of a `case`.
fn in_case(words: &[&[u8]]) -> bool {
    let begun = words.iter().filter(|word| **word == b"case").count();
    begun > words.iter().filter(|word| **word == b"esac").count()
}

impl History {
    /// Records a line that has been read; `continued`: of a command that has begun, in whose entry it is.
    pub(crate) fn record(&mut self, line: &[u8], continued: bool, quoting: Quoting) {
        if !self.settings.records {
            return;
        }
        if continued && self.settings.cmdhist {
            if self.recorded
                && let Some(entry) = self.entries.last_mut()
            {
                extend(&mut entry.text, line, quoting, self.settings.lithist);
            }
            return;
        }
        self.recorded = !(line.is_empty() && quoting == Quoting::None) && self.keeps(line);
        if self.recorded {
            if self.settings.control.split(|b| *b == b':').any(|word| word == b"erasedups") {
                self.entries.retain(|entry| entry.text != line);
            }
            self.add(line);
        }
    }

    /// Whether HISTCONTROL and HISTIGNORE let a line be kept.
    pub(crate) fn keeps(&self, line: &[u8]) -> bool {
        let previous = self.entries.last().map(|entry| &entry.text[..]);
        for word in self.settings.control.split(|b| *b == b':') {
            let spaces = matches!(word, b"ignorespace" | b"ignoreboth") && line.starts_with(b" ");
            let repeats = matches!(word, b"ignoredups" | b"ignoreboth") && previous == Some(line);
            if spaces || repeats {
                return false;
            }
        }
        let rules = pattern::Rules { extglob: true, ..pattern::Rules::default() };
        !split_patterns(&self.settings.ignore).any(|text| {
            let text = replace_ampersand(text, previous.unwrap_or_default());
            !text.is_empty() && pattern::matches(&text, line, rules)
        })
    }
}

fn extend(entry: &mut Vec<u8>, line: &[u8], quoting: Quoting, literal: bool) {
    let backslashes = entry.iter().rev().take_while(|b| **b == b'\\').count();
    if backslashes % 2 == 1 {
        entry.pop();
    } else if literal {
        entry.push(b'\n');
    } else if quoting == Quoting::None && line.trim_ascii().is_empty() {
        return;
    } else {
        entry.extend_from_slice(join(entry, quoting));
    }
    entry.extend_from_slice(line);
}

/// The patterns of a list that colons separate, but not those after a backslash.
fn split_patterns(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut escaped = false;
    list.split(move |b| {
        let separates = *b == b':' && !escaped;
        escaped = *b == b'\\' && !escaped;
        separates
    })
}

/// `&` stands for the line before.
fn replace_ampersand(text: &[u8], previous: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'&' => out.extend_from_slice(&crate::syntax::quote::backslash(previous)),
            b'\\' if bytes.as_slice().first() == Some(&b'&') => out.extend(bytes.next()),
            byte => out.push(*byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_join_as_the_grammar_lets_them() {
        assert_eq!(join(b"for i in 1 2", Quoting::None), b"; ");
        assert_eq!(join(b"for i in 1 2; do", Quoting::None), b" ");
        assert_eq!(join(b"echo 'a", Quoting::Lines), b"\n");
        assert_eq!(join(b"f()", Quoting::None), b" ");
        assert_eq!(join(b"case x in", Quoting::None), b" ");
        assert_eq!(join(b"case x in a)", Quoting::None), b" ");
        assert_eq!(join(b"(cd /)", Quoting::None), b"; ");
    }

    #[test]
    fn control_and_ignore_keep_lines_out() {
        let mut history = History::default();
        history.settings.records = true;
        history.settings.control = b"ignoreboth".to_vec();
        history.settings.ignore = b"ls*:&".to_vec();
        for line in [&b"echo a"[..], b"echo a", b" echo b", b"ls -l", b"pwd"] {
            history.record(line, false, Quoting::None);
        }
        let kept: Vec<&[u8]> = history.entries.iter().map(|entry| &entry.text[..]).collect();
        assert_eq!(kept, [&b"echo a"[..], b"pwd"]);
    }
}

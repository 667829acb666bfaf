//! Lines as they are read: expanded, recorded, then handed on.

use std::cell::RefCell;
use std::rc::Rc;

use vivarium_sys::fs;

use super::{History, Quoting};
use crate::syntax::parser::Fill;

impl History {
    /// Takes a line that has been read, without its newline, after the text `before` of its command. Gives what is to be run of it;
    /// tells what expansion made of it, or why it failed: then nothing is run. `prefix`: what messages begin with.
    pub(crate) fn take_line(&mut self, line: &[u8], before: &[u8], prefix: &[u8]) -> Option<Vec<u8>> {
        if !self.settings.records {
            return Some(line.to_vec());
        }
        let (quote, heredoc) = open(before);
        let quoting = if quote.is_some() || heredoc { Quoting::Lines } else { Quoting::None };
        let mut text = line.to_vec();
        let mut only_shown = false;
        if self.settings.expands && !heredoc {
            // What is being entered is no event yet.
            let present = if before.is_empty() || !self.recorded { None } else { self.entries.pop() };
            let result = self.expand(line, quote);
            self.entries.extend(present);
            match result {
                Ok(expanded) => {
                    if expanded.changed {
                        // What is shown is only for people.
                        let _ = fs::write_all(2, &[&expanded.text[..], b"\n"].concat());
                    }
                    (text, only_shown) = (expanded.text, expanded.only_shown);
                }
                Err(message) => {
                    let _ = fs::write_all(2, &[prefix, &message, b"\n"].concat());
                    return None;
                }
            }
        }
        self.record(&text, !before.trim_ascii().is_empty(), quoting);
        // A here-document is over with the newline after its delimiter.
        if heredoc
            && self.recorded
            && !open(&[before, &text, b"\n"].concat()).1
            && let Some(entry) = self.entries.last_mut()
        {
            entry.text.push(b'\n');
        }
        (!only_shown).then_some(text)
    }
}

/// The lines of a script.
pub(crate) fn lines(text: Vec<u8>, history: Rc<RefCell<History>>) -> Fill {
    let (mut at, mut number) = (0, 0);
    Box::new(move |buffer, begun| {
        if at < text.len() {
            let end = text[at..].iter().position(|b| *b == b'\n').map_or(text.len(), |newline| at + newline);
            let line = &text[at..end];
            let newline = end < text.len();
            at = end + usize::from(newline);
            number += 1;
            let mut history = history.borrow_mut();
            if history.settings.records {
                let prefix = [&history.settings.label[..], format!(": line {number}: ").as_bytes()].concat();
                let before = if begun { buffer.clone() } else { Vec::new() };
                match history.take_line(line, &before, &prefix) {
                    Some(line) => buffer.extend_from_slice(&line),
                    None => {
                        buffer.push(b'\n');
                        return true;
                    }
                }
            } else {
                buffer.extend_from_slice(line);
            }
            if newline {
                buffer.push(b'\n');
            }
            return true;
        }
        false
    })
}

/// The quote that a text ends in, and whether in a here-document.
fn open(text: &[u8]) -> (Option<u8>, bool) {
    let mut quote = None;
    let mut delimiters: Vec<Vec<u8>> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match (text[at], quote) {
            (b'\\', quote) if quote != Some(b'\'') => at += 1,
            (byte @ (b'\'' | b'"'), None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            (b'<', None) if text[at..].starts_with(b"<<<") => at += 2,
            (b'<', None) if text[at..].starts_with(b"<<") => {
                at += 2 + usize::from(text.get(at + 2) == Some(&b'-'));
                let rest = text[at..].trim_ascii_start();
                let end = rest.iter().position(|b| b.is_ascii_whitespace() || b";|&<>()".contains(b));
                let word = &rest[..end.unwrap_or(rest.len())];
                at += text[at..].len() - rest.len() + word.len();
                delimiters.push(word.iter().copied().filter(|b| !b"'\"\\".contains(b)).collect());
                continue;
            }
            (b'\n', None) if !delimiters.is_empty() => {
                for delimiter in std::mem::take(&mut delimiters) {
                    match after_heredoc(text, at + 1, &delimiter) {
                        Some(end) => at = end - 1,
                        None => return (None, true),
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    (quote, !delimiters.is_empty() && text.ends_with(b"\n"))
}

/// Where a here-document's delimiter has been read; `None`: it has not.
fn after_heredoc(text: &[u8], mut at: usize, delimiter: &[u8]) -> Option<usize> {
    while at < text.len() {
        let end = text[at..].iter().position(|b| *b == b'\n').map(|newline| at + newline)?;
        if text[at..end].trim_ascii_start() == delimiter {
            return Some(end + 1);
        }
        at = end + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_here_documents_stay_open() {
        assert_eq!(open(b"echo 'a\n"), (Some(b'\''), false));
        assert_eq!(open(b"echo 'a' \"b\n"), (Some(b'"'), false));
        assert_eq!(open(b"cat <<E\na\n"), (None, true));
        assert_eq!(open(b"cat <<'E'\na\nE\nfor x\n"), (None, false));
        assert_eq!(open(b"cat <<<x\n"), (None, false));
    }
}

//! Completing the word before the cursor.

use unicode_width::UnicodeWidthStr;

use super::session::Session;
use super::{Candidate, Completions};
use crate::error::Run;

impl Session<'_> {
    fn completions(&mut self) -> Run<Completions> {
        let mut found = self.host.complete(self.buffer.text(), self.buffer.at())?;
        found.candidates.dedup_by(|a, b| a.text == b.text);
        if !self.editor.settings.mark_directories {
            for candidate in &mut found.candidates {
                if candidate.end == "/" {
                    candidate.end = "";
                }
            }
        }
        Ok(found)
    }

    /// `complete`: as far as all candidates agree; a second time, they are listed.
    pub(super) fn complete(&mut self, again: bool) -> Run {
        if self.editor.settings.disable_completion {
            self.buffer.insert("\t");
            return Ok(());
        }
        let found = self.completions()?;
        let at = self.buffer.at();
        match &found.candidates[..] {
            [] => self.bell(),
            [only] => {
                let text = [&only.text[..], only.end].concat();
                self.buffer.replace(found.start, at, &text);
                self.completing = false;
            }
            several => {
                let common = common(several);
                let present = &self.buffer.text()[found.start..at];
                if common.len() > present.len() || (common != present && !common.is_empty()) {
                    self.buffer.replace(found.start, at, common);
                    self.completing = false;
                    if !self.editor.settings.show_all_if_ambiguous {
                        return Ok(());
                    }
                }
                if (again && self.completing) || self.editor.settings.show_all_if_ambiguous {
                    self.list(&found)?;
                } else {
                    self.bell();
                }
                self.completing = true;
            }
        }
        Ok(())
    }

    /// `possible-completions`
    pub(super) fn list_completions(&mut self) -> Run {
        let found = self.completions()?;
        if found.candidates.is_empty() {
            self.bell();
            return Ok(());
        }
        self.list(&found)
    }

    /// `insert-completions`
    pub(super) fn insert_completions(&mut self) -> Run {
        let found = self.completions()?;
        let words: Vec<&str> = found.candidates.iter().map(|candidate| &candidate.text[..]).collect();
        if words.is_empty() {
            self.bell();
            return Ok(());
        }
        let at = self.buffer.at();
        self.buffer.replace(found.start, at, &(words.join(" ") + " "));
        Ok(())
    }

    /// Shows candidates below the line, in columns read from top to bottom.
    fn list(&mut self, found: &Completions) -> Run {
        let at = self.buffer.at();
        self.buffer.go(usize::MAX);
        self.show();
        self.leave();
        self.buffer.go(at);
        let count = found.candidates.len();
        if count > self.editor.settings.completion_query_items {
            self.terminal.write(format!("Display all {count} possibilities? (y or n)").as_bytes());
            let answer = loop {
                match self.any_byte()? {
                    Some(b'y' | b'Y' | b' ' | b'\t') => break true,
                    Some(b'n' | b'N' | 7 | 127) | None => break false,
                    Some(other) if other == self.terminal.interrupt() => break false,
                    Some(_) => {}
                }
            };
            self.terminal.write(b"\r\n");
            if !answer {
                return Ok(());
            }
        }
        let text = columns(&found.candidates, self.screen.columns());
        self.terminal.write(text.as_bytes());
        Ok(())
    }
}

/// What all candidates begin with.
fn common(candidates: &[Candidate]) -> &str {
    let first = &candidates[0].text;
    let length = candidates[1..].iter().fold(first.len(), |length, candidate| {
        let same = first[..length].char_indices().zip(candidate.text.chars()).find(|((_, a), b)| a != b);
        same.map_or(length.min(candidate.text.len()), |((at, _), _)| at)
    });
    &first[..length]
}

fn columns(candidates: &[Candidate], width: usize) -> String {
    let cell = candidates.iter().map(|candidate| candidate.shown.width()).max().unwrap_or(0) + 2;
    let across = (width / cell).max(1);
    let rows = candidates.len().div_ceil(across);
    let mut out = String::new();
    for row in 0..rows {
        let mut at = 0;
        for (column, candidate) in candidates.iter().skip(row).step_by(rows).enumerate() {
            out.push_str(&" ".repeat((column * cell).saturating_sub(at)));
            out.push_str(&candidate.shown);
            at = column * cell + candidate.shown.width();
        }
        out.push_str("\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(texts: &[&str]) -> Vec<Candidate> {
        texts.iter().map(|text| Candidate { text: (*text).into(), shown: (*text).into(), end: " " }).collect()
    }

    #[test]
    fn candidates_agree_up_to_their_first_difference() {
        assert_eq!(common(&candidates(&["éta", "étb", "étage"])), "ét");
        assert_eq!(common(&candidates(&["ab", "abc"])), "ab");
    }

    #[test]
    fn columns_are_read_from_top_to_bottom() {
        assert_eq!(columns(&candidates(&["a", "b", "c"]), 8), "a  c\r\nb\r\n");
        assert_eq!(columns(&candidates(&["日本", "b"]), 80), "日本  b\r\n");
    }
}

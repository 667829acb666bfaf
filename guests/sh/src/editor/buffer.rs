//! The text being edited, and the place in it. Places are byte offsets at boundaries of grapheme clusters.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Buffer {
    text: String,
    at: usize,
}

/// What the letters of a word become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Upper,
    Lower,
    Capital,
}

impl Buffer {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(crate) fn at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// Replaces the text; the place is its end.
    pub(crate) fn set(&mut self, text: impl Into<String>) {
        self.text = text.into();
        self.at = self.text.len();
    }

    /// Goes to a place, or the boundary before it.
    pub(crate) fn go(&mut self, at: usize) {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        self.at = at;
    }

    pub(crate) fn insert(&mut self, text: &str) {
        self.text.insert_str(self.at, text);
        self.at += text.len();
    }

    /// Takes out a range; the place is where it was.
    pub(crate) fn cut(&mut self, start: usize, end: usize) -> String {
        let removed = self.text[start..end].to_string();
        self.text.replace_range(start..end, "");
        self.at = start;
        removed
    }

    pub(crate) fn replace(&mut self, start: usize, end: usize, text: &str) {
        self.text.replace_range(start..end, text);
        self.at = start + text.len();
    }

    /// The place a grapheme further on.
    pub(crate) fn next(&self) -> usize {
        let mut cursor = GraphemeCursor::new(self.at, self.text.len(), true);
        cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len())
    }

    /// The place a grapheme back.
    pub(crate) fn previous(&self) -> usize {
        let mut cursor = GraphemeCursor::new(self.at, self.text.len(), true);
        cursor.prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0)
    }

    /// The end of the word at or after the place.
    pub(crate) fn word_end(&self) -> usize {
        let mut inside = false;
        for (offset, c) in self.text[self.at..].char_indices() {
            if c.is_alphanumeric() {
                inside = true;
            } else if inside {
                return self.at + offset;
            }
        }
        self.text.len()
    }

    /// The beginning of the word before the place, of letters and digits.
    pub(crate) fn word_start(&self) -> usize {
        self.start_of(char::is_alphanumeric)
    }

    /// The beginning of the word before the place, of all but blanks.
    pub(crate) fn blank_word_start(&self) -> usize {
        self.start_of(|c| !c.is_whitespace())
    }

    fn start_of(&self, is_inside: impl Fn(char) -> bool) -> usize {
        let mut inside = false;
        for (offset, c) in self.text[..self.at].char_indices().rev() {
            if is_inside(c) {
                inside = true;
            } else if inside {
                return offset + c.len_utf8();
            }
        }
        0
    }

    /// The beginning of the present line of several.
    pub(crate) fn line_start(&self) -> usize {
        self.text[..self.at].rfind('\n').map_or(0, |at| at + 1)
    }

    /// The end of the present line of several.
    pub(crate) fn line_end(&self) -> usize {
        self.text[self.at..].find('\n').map_or(self.text.len(), |at| self.at + at)
    }

    /// Goes to the same column of the line above or below; whether there is one.
    pub(crate) fn vertical(&mut self, down: bool) -> bool {
        let start = self.line_start();
        let column = self.text[start..self.at].graphemes(true).count();
        let (from, to) = if down {
            let end = self.line_end();
            if end == self.text.len() {
                return false;
            }
            let next = end + 1;
            (next, self.text[next..].find('\n').map_or(self.text.len(), |at| next + at))
        } else {
            if start == 0 {
                return false;
            }
            (self.text[..start - 1].rfind('\n').map_or(0, |at| at + 1), start - 1)
        };
        let line = &self.text[from..to];
        self.at = from + line.grapheme_indices(true).nth(column).map_or(line.len(), |(offset, _)| offset);
        true
    }

    /// Swaps the graphemes before and at the place.
    pub(crate) fn transpose_chars(&mut self) {
        if self.text.graphemes(true).nth(1).is_none() || self.at == 0 {
            return;
        }
        if self.at_end() {
            self.at = self.previous();
        }
        let (start, middle, end) = (self.previous(), self.at, self.next());
        let swapped = [&self.text[middle..end], &self.text[start..middle]].concat();
        self.replace(start, end, &swapped);
    }

    /// Swaps the word before the place with the one after it.
    pub(crate) fn transpose_words(&mut self) {
        let was = self.at;
        self.at = self.word_end();
        let second_end = self.at;
        let second = self.word_start();
        self.at = second;
        let first = self.word_start();
        self.at = first;
        let first_end = self.word_end();
        if first_end > second || first == second {
            self.at = was;
            return;
        }
        let swapped =
            [&self.text[second..second_end], &self.text[first_end..second], &self.text[first..first_end]].concat();
        self.replace(first, second_end, &swapped);
    }

    /// Changes the case of the rest of the word.
    pub(crate) fn change_case(&mut self, case: Case) {
        let end = self.word_end();
        let mut first = true;
        let changed: String = self.text[self.at..end]
            .chars()
            .flat_map(|c| {
                let upper = case == Case::Upper || (case == Case::Capital && first);
                first &= !c.is_alphanumeric();
                if upper { c.to_uppercase().collect::<Vec<_>>() } else { c.to_lowercase().collect() }
            })
            .collect();
        self.replace(self.at, end, &changed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, at: usize) -> Buffer {
        Buffer { text: text.into(), at }
    }

    #[test]
    fn characters_are_graphemes() {
        let mut buffer = at("ae\u{301}x", 1);
        assert_eq!(buffer.next(), 4);
        buffer.go(4);
        assert_eq!(buffer.previous(), 1);
    }

    #[test]
    fn words_are_letters_and_digits() {
        assert_eq!(at("foo-bar baz", 8).word_start(), 4);
        assert_eq!(at("foo-bar baz", 8).blank_word_start(), 0);
        assert_eq!(at("foo-bar", 3).word_end(), 7);
    }

    #[test]
    fn lines_keep_the_column() {
        let mut buffer = at("abc\nde\nfghi", 10);
        assert!(buffer.vertical(false));
        assert_eq!(buffer.at(), 6);
        assert!(buffer.vertical(false));
        assert_eq!(buffer.at(), 2);
        assert!(!buffer.vertical(false));
        assert!(buffer.vertical(true));
    }

    #[test]
    fn transposing_and_case() {
        let mut buffer = at("ab", 2);
        buffer.transpose_chars();
        assert_eq!(buffer.text(), "ba");
        let mut buffer = at("one two", 4);
        buffer.transpose_words();
        assert_eq!(buffer.text(), "two one");
        let mut buffer = at(" hello", 0);
        buffer.change_case(Case::Capital);
        assert_eq!(buffer.text(), " Hello");
    }
}

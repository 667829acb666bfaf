//! Where a prompt and a text lie on the screen, and the bytes that bring them there.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A place on the screen, from where the prompt begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    row: usize,
    column: usize,
}

/// Text as it is laid out on rows of a width.
struct Layout {
    columns: usize,
    place: Place,
    bytes: Vec<u8>,
}

impl Layout {
    /// Room for so many columns, on the next row where this one is too short.
    fn take(&mut self, width: usize) {
        if self.place.column + width > self.columns {
            self.place = Place { row: self.place.row + 1, column: 0 };
        }
        self.place.column += width;
    }

    fn newline(&mut self) {
        // What an older, longer line has left; beyond the last column there is nothing.
        if self.place.column < self.columns {
            self.bytes.extend_from_slice(b"\x1b[K");
        }
        self.bytes.extend_from_slice(b"\r\n");
        self.place = Place { row: self.place.row + 1, column: 0 };
    }

    fn text(&mut self, text: &str) {
        for grapheme in text.graphemes(true) {
            match grapheme {
                "\n" | "\r\n" => self.newline(),
                "\t" => {
                    let width = 8 - self.place.column % 8;
                    for _ in 0..width {
                        self.take(1);
                        self.bytes.push(b' ');
                    }
                }
                other if other.chars().next().is_some_and(char::is_control) => {
                    self.take(2);
                    self.bytes.extend_from_slice(caret(other).as_bytes());
                }
                other => {
                    self.take(other.width());
                    self.bytes.extend_from_slice(other.as_bytes());
                }
            }
        }
    }

    /// A prompt: what stands between bytes 1 and 2, and escape sequences, take no room.
    fn prompt(&mut self, prompt: &str) {
        let mut rest = prompt;
        while let Some(first) = rest.chars().next() {
            let hidden = match first {
                '\u{1}' => rest.find('\u{2}').map_or(rest.len(), |at| at + 1),
                '\u{1b}' => escape_length(rest),
                _ => 0,
            };
            if hidden > 0 {
                let (piece, after) = rest.split_at(hidden);
                self.bytes.extend(piece.bytes().filter(|b| !matches!(b, 1 | 2)));
                rest = after;
                continue;
            }
            let end = rest[first.len_utf8()..].find(['\u{1}', '\u{1b}']).map_or(rest.len(), |at| at + first.len_utf8());
            self.text(&rest[..end]);
            rest = &rest[end..];
        }
    }

    /// Where the cursor is when it stands here: a full row's end is the next one's beginning.
    fn cursor(&self) -> Place {
        if self.place.column >= self.columns { Place { row: self.place.row + 1, column: 0 } } else { self.place }
    }
}

/// The length of the escape sequence that a text begins with (ECMA-48 CSI, OSC, and two-byte ones).
fn escape_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let end = match bytes.get(1) {
        Some(b'[') => bytes[2..].iter().position(|b| (0x40..0x7f).contains(b)).map(|at| at + 3),
        Some(b']') => bytes.iter().position(|b| *b == 7).map(|at| at + 1),
        Some(_) => Some(1 + text[1..].chars().next().map_or(0, char::len_utf8)),
        None => None,
    };
    end.unwrap_or(bytes.len())
}

fn caret(control: &str) -> String {
    control
        .chars()
        .map(|c| match c {
            '\u{7f}' => "^?".to_string(),
            c if (c as u32) < 32 => format!("^{}", char::from(c as u8 + 64)),
            c => format!("\\u{:x}", c as u32),
        })
        .collect()
}

/// The part of the screen that the editor has to itself.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    columns: usize,
    prompt: String,
    text: String,
    cursor: Place,
    /// The rows in use.
    rows: usize,
}

impl Screen {
    /// Begins at the cursor, which is in the first column.
    pub(crate) fn new(columns: usize) -> Screen {
        Screen { columns: columns.max(2), ..Screen::default() }
    }

    fn layout(&self) -> Layout {
        Layout { columns: self.columns, place: Place::default(), bytes: Vec::new() }
    }

    /// The bytes that show a prompt and a text with the cursor at `at`.
    pub(crate) fn show(&mut self, prompt: &str, text: &str, at: usize) -> Vec<u8> {
        if let Some(bytes) = self.append(prompt, text, at) {
            return bytes;
        }
        if self.rows > 0 && prompt == self.prompt && text == self.text {
            return self.move_to(at);
        }
        let mut layout = self.layout();
        layout.bytes = self.to_top();
        layout.prompt(prompt);
        layout.text(&text[..at]);
        let cursor = layout.cursor();
        layout.text(&text[at..]);
        let end = layout.cursor();
        if end != layout.place {
            layout.bytes.extend_from_slice(b"\r\n");
        }
        layout.bytes.extend_from_slice(b"\x1b[J");
        let mut bytes = layout.bytes;
        if end.row > cursor.row {
            bytes.extend_from_slice(format!("\x1b[{}A", end.row - cursor.row).as_bytes());
        }
        if end != cursor {
            bytes.push(b'\r');
            if cursor.column > 0 {
                bytes.extend_from_slice(format!("\x1b[{}C", cursor.column).as_bytes());
            }
        }
        self.prompt = prompt.to_string();
        self.text = text.to_string();
        self.cursor = cursor;
        self.rows = end.row + 1;
        bytes
    }

    /// The bytes that bring the cursor elsewhere in what is shown.
    fn move_to(&mut self, at: usize) -> Vec<u8> {
        let mut layout = self.layout();
        layout.prompt(&self.prompt);
        layout.text(&self.text[..at]);
        let (from, to) = (self.cursor, layout.cursor());
        self.cursor = to;
        let mut bytes = Vec::new();
        let mut step = |count: usize, letter: char| {
            if count > 0 {
                bytes.extend_from_slice(format!("\x1b[{count}{letter}").as_bytes());
            }
        };
        step(from.row.saturating_sub(to.row), 'A');
        step(to.row.saturating_sub(from.row), 'B');
        step(from.column.saturating_sub(to.column), 'D');
        step(to.column.saturating_sub(from.column), 'C');
        bytes
    }

    /// Text added at the end of a row needs no more than itself.
    fn append(&mut self, prompt: &str, text: &str, at: usize) -> Option<Vec<u8>> {
        let added = text.strip_prefix(&self.text[..])?;
        let fits = self.rows == self.cursor.row + 1 && at == text.len() && prompt == self.prompt && !added.is_empty();
        if !fits || added.chars().any(char::is_control) {
            return None;
        }
        // The whole is laid out, because what was added may have joined the character before it.
        let (mut before, mut after) = (self.layout(), self.layout());
        before.prompt(prompt);
        before.text(&self.text);
        after.prompt(prompt);
        after.text(text);
        let width = after.place.column.checked_sub(before.place.column)?;
        if before.cursor() != self.cursor
            || after.cursor() != after.place
            || after.place.row != before.place.row
            || width != added.width()
            || width < added.chars().count()
        {
            return None;
        }
        self.cursor = after.place;
        self.text = text.to_string();
        Some(added.as_bytes().to_vec())
    }

    fn to_top(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.cursor.row > 0 {
            bytes.extend_from_slice(format!("\x1b[{}A", self.cursor.row).as_bytes());
        }
        bytes.push(b'\r');
        bytes
    }

    /// The bytes that leave the cursor on a new row below all that is shown.
    pub(crate) fn leave(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let below = self.rows.saturating_sub(1).saturating_sub(self.cursor.row);
        if below > 0 {
            bytes.extend_from_slice(format!("\x1b[{below}B").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        *self = Screen::new(self.columns);
        bytes
    }

    /// The bytes that empty the screen.
    pub(crate) fn clear(&mut self) -> Vec<u8> {
        *self = Screen::new(self.columns);
        b"\x1b[H\x1b[2J".to_vec()
    }

    /// The terminal has another width: what was shown has wrapped anew. Gives the bytes that take it off.
    pub(crate) fn resize(&mut self, columns: usize, at: usize) -> Vec<u8> {
        self.columns = columns.max(2);
        let mut layout = self.layout();
        layout.prompt(&self.prompt);
        layout.text(&self.text[..at.min(self.text.len())]);
        self.cursor = layout.cursor();
        let mut bytes = self.to_top();
        bytes.extend_from_slice(b"\x1b[J");
        *self = Screen::new(columns);
        bytes
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_where_the_width_does() {
        let mut screen = Screen::new(10);
        let bytes = screen.show("$ ", "12345678", 8);
        assert!(bytes.ends_with(b"$ 12345678\r\n\x1b[J"));
        assert_eq!(screen.cursor, Place { row: 1, column: 0 });
        screen.show("$ ", "1234567890", 2);
        assert_eq!(screen.cursor, Place { row: 0, column: 4 });
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let mut screen = Screen::new(10);
        screen.show("$ ", "日本語", 6);
        assert_eq!(screen.cursor, Place { row: 0, column: 6 });
        screen.show("$ ", "日本語日本", 15);
        assert_eq!(screen.cursor, Place { row: 1, column: 2 });
    }

    #[test]
    fn prompts_have_parts_without_width() {
        let mut screen = Screen::new(20);
        screen.show("\u{1}\u{1b}[1m\u{2}a\u{1b}[0m$ ", "x", 1);
        assert_eq!(screen.cursor, Place { row: 0, column: 4 });
    }

    #[test]
    fn what_is_added_at_the_end_is_all_that_is_written() {
        let mut screen = Screen::new(20);
        screen.show("$ ", "ab", 2);
        assert_eq!(screen.show("$ ", "abc", 3), b"c");
        // A combining accent changes the character before it.
        assert_ne!(screen.show("$ ", "abc\u{301}", 5), "\u{301}".as_bytes());
    }
}

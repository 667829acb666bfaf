//! Lines of text as cells of a screen: tabs, wide and combining characters, overstrikes, colours, what can't be shown.

use unicode_width::UnicodeWidthChar;
use vivarium_userland::Bytes;

/// How a character is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) bold: bool,
    pub(super) underline: bool,
    pub(super) reverse: bool,
}

/// A character on the screen, or a sequence that only sets colours.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) text: Bytes,
    pub(super) width: usize,
    pub(super) style: Style,
    /// Where in the line it comes from.
    pub(super) at: usize,
}

/// What is done with escape sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Shown.
    Show,
    /// Those that set colours are sent on (`-R`).
    Colors,
    /// All bytes are sent on (`-r`).
    Raw,
}

/// The cells of a line.
pub(super) fn cells(line: &[u8], tab: usize, escapes: Escapes) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::with_capacity(line.len());
    let mut column = 0;
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let (text, width, style, length) = match rest[0] {
            b'\t' => {
                let width = tab - column % tab;
                (vec![b' '; width], width, Style::default(), 1)
            }
            0x1b if escapes != Escapes::Show && color(rest).is_some() => {
                let length = color(rest).unwrap_or(1);
                (rest[..length].to_vec(), 0, Style::default(), length)
            }
            // What is typed over another character: itself is bold, a line below it is underlined.
            8 if at + 1 < line.len() && cells.last().is_some_and(|cell| cell.width > 0) => {
                let before = cells.pop().map_or_else(Bytes::new, |cell| {
                    column -= cell.width;
                    cell.text
                });
                let (text, width, _) = character(&line[at + 1..]);
                let length = 1 + decoded_length(&line[at + 1..]);
                let style = Style {
                    bold: before == text,
                    underline: before == b"_" && text != b"_" || text == b"_" && before != b"_",
                    reverse: false,
                };
                let (text, width) = if text == b"_" && before != b"_" { (before, width) } else { (text, width) };
                (text, width, style, length)
            }
            b'\r' if rest.len() == 1 => break,
            _ if escapes == Escapes::Raw && rest[0] < 0x20 => (vec![rest[0]], 0, Style::default(), 1),
            _ => {
                let (text, width, reverse) = character(rest);
                (text, width, Style { reverse, ..Style::default() }, decoded_length(rest))
            }
        };
        // Characters that combine belong to the one before.
        if width == 0
            && rest[0] >= 0x80
            && let Some(last) = cells.last_mut()
        {
            last.text.extend_from_slice(&text);
        } else {
            column += width;
            cells.push(Cell { text, width, style, at });
        }
        at += length;
    }
    cells
}

/// Length of the sequence that sets colours here.
fn color(text: &[u8]) -> Option<usize> {
    let parameters = text.strip_prefix(b"\x1b[")?;
    let length = parameters.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b';' | b':')).count();
    matches!(parameters.get(length), Some(b'm' | b'K')).then_some(length + 3)
}

fn decoded_length(text: &[u8]) -> usize {
    decode(text).map_or(1, char::len_utf8)
}

fn decode(text: &[u8]) -> Option<char> {
    let chunk = text[..text.len().min(4)].utf8_chunks().next()?;
    chunk.valid().chars().next()
}

/// What a character is shown as, its width, and whether in reverse.
fn character(text: &[u8]) -> (Bytes, usize, bool) {
    match decode(text) {
        Some(control) if (control as u32) < 0x20 => (vec![b'^', control as u8 + 64], 2, true),
        Some('\x7f') => (b"^?".to_vec(), 2, true),
        Some(c) if c.is_control() => {
            let text = format!("<U+{:04X}>", c as u32).into_bytes();
            let width = text.len();
            (text, width, true)
        }
        Some(c) => (c.to_string().into_bytes(), c.width().unwrap_or(0), false),
        None => (format!("<{:02X}>", text[0]).into_bytes(), 4, true),
    }
}

/// Breaks a line into the rows of a screen.
pub(super) fn rows(cells: Vec<Cell>, width: usize) -> Vec<Vec<Cell>> {
    let mut rows = vec![Vec::new()];
    let mut column = 0;
    for cell in cells {
        if column + cell.width > width && column > 0 {
            rows.push(Vec::new());
            column = 0;
        }
        column += cell.width;
        if let Some(row) = rows.last_mut() {
            row.push(cell);
        }
    }
    rows
}

/// The part of a line from column `shift` on, where lines are not broken; whether there is more behind it.
pub(super) fn chop(cells: Vec<Cell>, shift: usize, width: usize) -> (Vec<Cell>, bool) {
    let (mut column, mut row, mut more) = (0, Vec::new(), false);
    for cell in cells {
        let begin = column;
        column += cell.width;
        if cell.width > 0 && begin < shift {
            continue;
        }
        if column > shift + width {
            more = true;
            break;
        }
        row.push(cell);
    }
    (row, more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &[u8]) -> (String, usize) {
        let cells = cells(line, 8, Escapes::Colors);
        let text = cells.iter().flat_map(|cell| cell.text.clone()).collect();
        (String::from_utf8(text).unwrap(), cells.iter().map(|cell| cell.width).sum())
    }

    #[test]
    fn shows_what_terminals_would_not() {
        assert_eq!(shown(b"a\tb"), ("a       b".into(), 9));
        assert_eq!(shown(b"\x01\xff"), ("^A<FF>".into(), 6));
        assert_eq!(shown("日本".as_bytes()), ("日本".into(), 4));
        assert_eq!(shown("e\u{301}x".as_bytes()), ("e\u{301}x".into(), 2));
        assert_eq!(shown(b"\x1b[31mx\x1b[m").1, 1);
        assert_eq!(shown(b"x\r"), ("x".into(), 1));
        let over = cells(b"_\x08ab\x08b", 8, Escapes::Show);
        assert_eq!((over[0].style.underline, over[1].style.bold, over.len()), (true, true, 2));
    }

    #[test]
    fn breaks_and_chops_lines() {
        let line = || cells(b"abcdefgh", 8, Escapes::Show);
        assert_eq!(rows(line(), 3).iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 2]);
        let (row, more) = chop(line(), 2, 3);
        assert_eq!((row.len(), row[0].at, more), (3, 2, true));
    }
}

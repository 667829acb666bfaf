//! How records become fields: by FS, by FPAT or by FIELDWIDTHS, whichever was assigned to last.

use std::rc::Rc;

/// The variable that fields go by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    Separator,
    Pattern,
    Widths,
}

impl Mode {
    /// What PROCINFO["FS"] says.
    pub(super) fn name(self) -> &'static [u8] {
        match self {
            Mode::Separator => b"FS",
            Mode::Pattern => b"FPAT",
            Mode::Widths => b"FIELDWIDTHS",
        }
    }
}

/// The value of that variable when a record was read: a new one is for the next record.
#[derive(Clone, Debug)]
pub(super) struct Splitting {
    pub(super) mode: Mode,
    pub(super) value: Rc<[u8]>,
}

/// Where a piece of text begins and ends.
type Span = (usize, usize);

/// A field of FIELDWIDTHS: how much to skip before it, and its width; `None` is all that is left.
type Width = (usize, Option<usize>);

/// What FIELDWIDTHS says. An error is the message.
fn parse_widths(widths: &[u8]) -> Result<Vec<Width>, String> {
    let widths = String::from_utf8_lossy(widths);
    let mut parsed = Vec::new();
    let mut rest = widths.trim_start();
    while !rest.is_empty() {
        let invalid = || format!("invalid FIELDWIDTHS value, for field {}, near `{}'", parsed.len() + 1, rest);
        let word = rest.split_whitespace().next().unwrap_or_default();
        let (skip, width) = word.split_once(':').unwrap_or(("0", word));
        if width == "*" {
            if !rest[word.len()..].trim().is_empty() {
                return Err("`*' must be the last designator in FIELDWIDTHS".into());
            }
            parsed.push((skip.parse().map_err(|_| invalid())?, None));
        } else {
            let near = || {
                let at = if word.contains(':') && skip.parse::<usize>().is_ok() { skip.len() + 1 } else { 0 };
                format!("invalid FIELDWIDTHS value, for field {}, near `{}'", parsed.len() + 1, &rest[at..])
            };
            let skip = skip.parse().map_err(|_| near())?;
            parsed.push((skip, Some(width.parse().map_err(|_| near())?)));
        }
        rest = rest[word.len()..].trim_start();
    }
    Ok(parsed)
}

/// Whether FIELDWIDTHS may have this value; if not, what is wrong.
pub(super) fn check_widths(widths: &[u8]) -> Result<(), String> {
    parse_widths(widths).map(|_| ())
}

/// Where the fields of FIELDWIDTHS are: numbers of characters, each perhaps with `SKIP:` before it; `*` is all that is left.
/// An error is the message.
pub(super) fn by_widths(text: &[u8], widths: &[u8]) -> Result<Vec<(usize, usize)>, String> {
    let mut parts = Vec::new();
    let mut at = 0;
    for (skip, width) in parse_widths(widths)? {
        at = forward(text, at, skip);
        if at >= text.len() {
            break;
        }
        let end = width.map_or(text.len(), |width| forward(text, at, width));
        parts.push((at, end));
        at = end;
    }
    Ok(parts)
}

/// So many characters on; a byte that belongs to none is one.
fn forward(text: &[u8], mut at: usize, characters: usize) -> usize {
    for _ in 0..characters {
        if at >= text.len() {
            break;
        }
        let length = match text[at] {
            0xf0..=0xf4 => 4,
            0xe0..=0xef => 3,
            0xc2..=0xdf => 2,
            _ => 1,
        };
        let end = (at + length).min(text.len());
        at = if std::str::from_utf8(&text[at..end]).is_ok() { end } else { at + 1 };
    }
    at
}

/// Where matches of FPAT are, and with `between`, also what lies before, between and behind them. An empty match right behind
/// another is none.
pub(super) fn by_pattern(text: &[u8], regex: &vivarium_userland::posix_regex::Regex) -> (Vec<Span>, Vec<Span>) {
    let (mut parts, mut between) = (Vec::new(), Vec::new());
    let (mut at, mut last) = (0, 0);
    while at <= text.len() && !text.is_empty() {
        let Some((from, to)) = regex.find_at(text, at) else { break };
        if from == to && from == last && !parts.is_empty() {
            at += 1;
            continue;
        }
        between.push((last, from));
        parts.push((from, to));
        last = to;
        at = if to == from { to + 1 } else { to };
    }
    between.push((last, text.len()));
    (parts, between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_count_characters() {
        let cut = |text: &'static str, widths: &str| -> Vec<&'static str> {
            let parts = by_widths(text.as_bytes(), widths.as_bytes()).unwrap();
            parts.into_iter().map(|(from, to)| &text[from..to]).collect()
        };
        assert_eq!(cut("123456789", "2 1:3 *"), ["12", "456", "789"]);
        assert_eq!(cut("aäöü", "2 5"), ["aä", "öü"]);
        assert_eq!(cut("ab", "2 3"), ["ab"]);
        assert!(by_widths(b"abc", b"x").is_err());
    }
}

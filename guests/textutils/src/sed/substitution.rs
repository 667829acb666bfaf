//! Reads the command `s`.

use vivarium_userland::Bytes;

use super::escape;
use super::parse::{Parser, file_name, number_of};
use super::reader::Reader;
use super::script::{Case, Piece, Print, Substitution};

/// Reads what is behind the `s`.
pub(super) fn parse(parser: &mut Parser<'_>, reader: &mut Reader<'_>) -> Result<Substitution, String> {
    let (written, raw) = two_parts(reader, "s", true)?;
    let mut flags = Flags::default();
    read_flags(&mut flags, parser, reader)?;
    let posix = parser.settings.posix;
    let (replacement, references) = replacement(&raw, posix).map_err(|error| reader.error(error))?;
    let pattern = parser.pattern(&written, flags.ignore_case, flags.multi_line, reader)?;
    if let Some(pattern) = &pattern
        && references > pattern.regex.groups()
        && !posix
    {
        return Err(reader.error(&format!("invalid reference \\{references} on `s' command's RHS")));
    }
    Ok(Substitution {
        pattern,
        replacement,
        global: flags.global,
        number: flags.number.unwrap_or(1),
        print: flags.print,
        evaluate: flags.evaluate,
        output: flags.output,
    })
}

/// The two parts of `s` and `y` between delimiters; the first may be a pattern.
pub(super) fn two_parts(reader: &mut Reader<'_>, name: &str, is_pattern: bool) -> Result<(Bytes, Bytes), String> {
    let unterminated = |reader: &Reader<'_>| reader.error(&format!("unterminated `{name}' command"));
    let Some(delimiter) = reader.next() else { return Err(unterminated(reader)) };
    // A byte that begins no character is one of its own.
    if matches!(delimiter, 0xc2..=0xf4) && vivarium_userland::posix_regex::locale_is_utf8() {
        return Err(reader.error("delimiter character is not a single-byte character"));
    }
    if delimiter == b'\n' || delimiter == b'\\' {
        return Err(unterminated(reader));
    }
    let Some(first) = reader.delimited(delimiter, is_pattern) else { return Err(unterminated(reader)) };
    let Some(second) = reader.delimited(delimiter, false) else { return Err(unterminated(reader)) };
    Ok((first, second))
}

#[derive(Default)]
struct Flags {
    ignore_case: bool,
    multi_line: bool,
    global: bool,
    number: Option<u64>,
    print: Print,
    evaluate: bool,
    output: Option<usize>,
}

fn read_flags(flags: &mut Flags, parser: &mut Parser<'_>, reader: &mut Reader<'_>) -> Result<(), String> {
    let posix = parser.settings.posix;
    loop {
        let next = reader.next();
        match next {
            Some(b'i' | b'I') if !posix => flags.ignore_case = true,
            Some(b'm' | b'M') if !posix => flags.multi_line = true,
            Some(b'e') if !posix => {
                if parser.settings.sandbox {
                    return Err(reader.error("e/r/w commands disabled in sandbox mode"));
                }
                flags.evaluate = true;
            }
            Some(b'p') => {
                if flags.print.before || flags.print.after {
                    return Err(reader.error("multiple `p' options to `s' command"));
                }
                if flags.evaluate { flags.print.after = true } else { flags.print.before = true }
            }
            Some(b'g') if flags.global => return Err(reader.error("multiple `g' options to `s' command")),
            Some(b'g') => flags.global = true,
            Some(b'w') => {
                if parser.settings.sandbox {
                    return Err(reader.error("e/r/w commands disabled in sandbox mode"));
                }
                flags.output = Some(number_of(&mut parser.script.outputs, file_name(reader)?));
                return Ok(());
            }
            Some(b'0'..=b'9') => {
                if flags.number.is_some() {
                    return Err(reader.error("multiple number options to `s' command"));
                }
                match reader.number(next) {
                    0 => return Err(reader.error("number option to `s' command may not be zero")),
                    number => flags.number = Some(number),
                }
            }
            Some(b'}' | b'#') => {
                reader.back(next);
                return Ok(());
            }
            None | Some(b'\n' | b';') => return Ok(()),
            Some(b' ' | b'\t') => {}
            Some(b'\r') if matches!(reader.next(), Some(b'\n')) => return Ok(()),
            Some(_) => return Err(reader.error("unknown option to `s'")),
        }
    }
}

/// Takes a replacement apart; tells the highest group it refers to.
fn replacement(raw: &[u8], posix: bool) -> Result<(Vec<Piece>, usize), &'static str> {
    let (mut pieces, mut text, mut references, mut at) = (Vec::new(), Bytes::new(), 0, 0);
    while at < raw.len() {
        let byte = raw[at];
        at += 1;
        let piece = match byte {
            b'&' => Piece::Group(0),
            b'\\' => {
                let Some(&escaped) = raw.get(at) else {
                    text.push(byte);
                    break;
                };
                if let Some((character, length)) = escape::character(&raw[at..])? {
                    text.push(character);
                    at += length;
                    continue;
                }
                at += 1;
                match escaped {
                    b'0'..=b'9' => {
                        let group = usize::from(escaped - b'0');
                        references = references.max(group);
                        Piece::Group(group)
                    }
                    b'U' if !posix => Piece::Case(Case::Upper),
                    b'L' if !posix => Piece::Case(Case::Lower),
                    b'u' if !posix => Piece::Case(Case::UpperNext),
                    b'l' if !posix => Piece::Case(Case::LowerNext),
                    b'E' if !posix => Piece::Case(Case::Same),
                    b'n' => {
                        text.push(b'\n');
                        continue;
                    }
                    other => {
                        text.push(other);
                        continue;
                    }
                }
            }
            other => {
                text.push(other);
                continue;
            }
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(piece);
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok((pieces, references))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements() {
        let pieces = |raw: &str| replacement(raw.as_bytes(), false).unwrap();
        let text = |text: &str| Piece::Text(text.as_bytes().to_vec());
        assert_eq!(pieces("a&\\2\\&"), (vec![text("a"), Piece::Group(0), Piece::Group(2), text("&")], 2));
        assert_eq!(pieces("\\x26\\n\\/"), (vec![text("&\n/")], 0));
        assert_eq!(pieces("\\ux"), (vec![Piece::Case(Case::UpperNext), text("x")], 0));
    }
}

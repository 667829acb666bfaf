//! Writing values.

use std::io::{self, Write};

use jaq_all::fmts::write::{Writer, write as write_as};
use jaq_all::fmts::{Format, write};
use jaq_all::json::Val;

use super::options::Settings;

/// Writes an output of the filter; `before` is how many came before it.
pub(super) fn value(out: &mut dyn Write, settings: &Settings, value: &Val, before: usize) -> io::Result<()> {
    if settings.seq {
        out.write_all(b"\x1e")?;
    }
    if !matches!(settings.to, Format::Json) {
        if before > 0 && matches!(settings.to, Format::Yaml) {
            out.write_all(b"---\n")?;
        }
        if let (true, Val::TStr(text)) = (settings.raw, value) {
            out.write_all(text)?;
            return out.write_all(b"\n");
        }
        let mut text = Vec::new();
        let writer = Writer { format: settings.to, pp: settings.pretty.clone(), join: false };
        write_as(&mut text, &writer, value)?;
        out.write_all(&text)?;
        return if text.ends_with(b"\n") { Ok(()) } else { out.write_all(b"\n") };
    }
    match value {
        Val::TStr(text) if settings.raw && settings.ascii => out.write_all(&ascii(text))?,
        Val::TStr(text) if settings.raw => out.write_all(text)?,
        _ if settings.ascii => {
            let mut text = Vec::new();
            write::json::write(&mut text, &settings.pretty, 0, value)?;
            out.write_all(&ascii(&text))?;
        }
        _ => write::json::write(out, &settings.pretty, 0, value)?,
    }
    match settings.end {
        Some(end) => out.write_all(&[end]),
        None => Ok(()),
    }
}

/// With `\uXXXX` for what is no ASCII.
fn ascii(text: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    for c in String::from_utf8_lossy(text).chars() {
        if c.is_ascii() {
            result.push(c as u8);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            result.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
        }
    }
    result
}

/// What is said of a raised error.
pub(super) fn message(error: &Val) -> String {
    match error {
        Val::TStr(text) => String::from_utf8_lossy(text).into_owned(),
        Val::Obj(_) | Val::Arr(_) => format!("{error} (not a string)"),
        other => format!("{other} (not a string)"),
    }
}

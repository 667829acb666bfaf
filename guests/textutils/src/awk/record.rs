//! The record and its fields, each made of the other only when asked for.

use std::rc::Rc;

use super::cell::Cell;
use super::fields::{Mode, Splitting, by_pattern, by_widths};
use super::interpreter::{FIELDWIDTHS, FPAT, FS, Interpreter, Leave, OFS, RS, Result, fatal};
use super::syntax::Expression;
use super::value::Value;

/// Fields beyond: a program that names one by mistake would take all memory.
const MAX_FIELDS: f64 = 50_000_000.0;

pub(super) struct Record {
    text: Rc<[u8]>,
    /// What was assigned to `$0`, where that is no input.
    assigned: Option<Value>,
    /// How it becomes fields: as it was when it was read.
    splitting: Splitting,
    fields: Vec<Value>,
    /// Whether `fields` are those of `text`.
    split: bool,
    /// Whether `text` is not yet that of `fields`.
    stale: bool,
    /// Whether there ever was one.
    any: bool,
}

impl Record {
    pub(super) fn new() -> Record {
        Record {
            text: Rc::from(&b""[..]),
            assigned: None,
            splitting: Splitting { mode: Mode::Separator, value: Rc::from(&b" "[..]) },
            fields: Vec::new(),
            split: true,
            stale: false,
            any: false,
        }
    }

    /// NF, where the record has been split.
    pub(super) fn known_count(&self) -> usize {
        self.fields.len()
    }
}

impl<'a> Interpreter<'a> {
    pub(super) fn set_record(&mut self, text: Rc<[u8]>) {
        let mode = self.mode;
        let source = match mode {
            Mode::Separator => FS,
            Mode::Pattern => FPAT,
            Mode::Widths => FIELDWIDTHS,
        };
        let value = match &self.globals[source] {
            // A typed expression of one character is one too.
            Cell::Value(Value::Regex(pattern)) if pattern.len() == 1 => Rc::from([b"(", &**pattern, b")"].concat()),
            _ => self.text_of(source),
        };
        let record = &mut self.record;
        record.text = text;
        record.assigned = None;
        record.splitting.mode = mode;
        record.splitting.value = value;
        (record.split, record.stale, record.any) = (false, false, true);
    }

    pub(super) fn whole_record(&mut self) -> Rc<[u8]> {
        if self.record.stale {
            let separator = self.text_of(OFS);
            let parts: Vec<Rc<[u8]>> = self.record.fields.iter().map(|field| self.text(field)).collect();
            self.record.text = Rc::from(parts.join(&*separator));
            self.record.assigned = None;
            self.record.stale = false;
        }
        self.record.text.clone()
    }

    pub(super) fn split_record(&mut self) -> Result<()> {
        if self.record.split {
            return Ok(());
        }
        let (text, splitting) = (self.record.text.clone(), self.record.splitting.clone());
        self.record.split = true;
        let parts = match splitting.mode {
            Mode::Separator => {
                let paragraphs = self.text_of(RS).is_empty();
                self.split_text(&text, &splitting.value, paragraphs)?
            }
            Mode::Pattern => by_pattern(&text, &*self.regex(&splitting.value)?).0,
            Mode::Widths => by_widths(&text, &splitting.value).map_err(Leave::Fatal)?,
        };
        self.record.fields.clear();
        self.record.fields.extend(parts.into_iter().map(|(a, b)| Value::input(&text[a..b])));
        Ok(())
    }

    pub(super) fn field_count(&mut self) -> Result<usize> {
        self.split_record()?;
        Ok(self.record.fields.len())
    }

    pub(super) fn set_field_count(&mut self, count: usize) -> Result<()> {
        if count as f64 > MAX_FIELDS {
            return fatal("cannot have that many fields");
        }
        self.split_record()?;
        self.record.fields.resize(count, Value::Unset);
        self.record.stale = true;
        Ok(())
    }

    pub(super) fn field_index(&mut self, index: &'a Expression) -> Result<usize> {
        let number = self.expression(index)?.number();
        if number < 0.0 {
            return fatal(format!("attempt to access field {}", number.trunc()));
        }
        Ok(number as usize)
    }

    pub(super) fn field(&mut self, index: usize) -> Result<Value> {
        if index == 0 {
            if self.settings.lint && !self.record.any {
                self.warn("reference to uninitialized field `$0'");
            }
            let text = self.whole_record();
            return Ok(self.record.assigned.clone().unwrap_or(Value::Input(text)));
        }
        self.split_record()?;
        let field = self.record.fields.get(index - 1).cloned();
        if self.settings.lint && matches!(field, None | Some(Value::Unset)) {
            self.warn(&format!("reference to uninitialized field `${index}'"));
        }
        // A field that is not there is an empty string, no zero.
        Ok(field.filter(|field| !matches!(field, Value::Unset)).unwrap_or_else(|| Value::input(b"")))
    }

    /// Whether a field was never given a value.
    pub(super) fn is_unassigned(&mut self, index: usize) -> Result<bool> {
        if index == 0 {
            return Ok(!self.record.any);
        }
        self.split_record()?;
        Ok(matches!(self.record.fields.get(index - 1), None | Some(Value::Unset)))
    }

    pub(super) fn set_field(&mut self, index: usize, value: Value) -> Result<()> {
        if index == 0 {
            let text = self.text(&value);
            self.set_record(text);
            self.record.assigned = (!matches!(value, Value::Input(_) | Value::Unset)).then_some(value);
            return Ok(());
        }
        self.split_record()?;
        if index as f64 > MAX_FIELDS {
            return fatal("cannot have that many fields");
        }
        if self.record.fields.len() < index {
            self.record.fields.resize(index, Value::Unset);
        }
        self.record.fields[index - 1] = value;
        self.record.stale = true;
        Ok(())
    }

    /// Where the parts of `text` are. `newlines`: they part too.
    pub(super) fn split_text(&mut self, text: &[u8], separator: &[u8], newlines: bool) -> Result<Vec<(usize, usize)>> {
        let mut parts = Vec::new();
        if text.is_empty() {
            return Ok(parts);
        }
        if separator == b" " {
            let mut at = 0;
            let posix = self.settings.posix;
            let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\n') && !(posix && *b == b'\n' && !newlines);
            while at < text.len() {
                at += text[at..].iter().take_while(|b| blank(b)).count();
                let length = text[at..].iter().take_while(|b| !blank(b)).count();
                if length > 0 {
                    parts.push((at, at + length));
                }
                at += length;
            }
            return Ok(parts);
        }
        if separator.is_empty() {
            return Ok(characters(text));
        }
        let mut start = 0;
        if let ([byte], false) = (separator, newlines)
            && *byte != b'\\'
        {
            for end in memchr::memchr_iter(*byte, text) {
                parts.push((start, end));
                start = end + 1;
            }
            parts.push((start, text.len()));
            return Ok(parts);
        }
        let mut pattern = match separator {
            b"\\" => b"\\\\".to_vec(),
            b"^" => b"\\^".to_vec(),
            [byte] => vec![b'[', *byte, b']'],
            separator => separator.to_vec(),
        };
        if newlines {
            pattern = [b"(", &*pattern, b")|\n"].concat();
        }
        let regex = self.regex(&pattern)?;
        Ok(by_separator(text, &regex))
    }
}

/// Each character by itself; a byte that belongs to none is one.
fn characters(text: &[u8]) -> Vec<(usize, usize)> {
    let (mut parts, mut at) = (Vec::new(), 0);
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            parts.push((at, at + c.len_utf8()));
            at += c.len_utf8();
        }
        for _ in chunk.invalid() {
            parts.push((at, at + 1));
            at += 1;
        }
    }
    parts
}

/// What lies between matches that are not empty.
pub(super) fn by_separator(text: &[u8], regex: &vivarium_userland::posix_regex::Regex) -> Vec<(usize, usize)> {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    if text.is_empty() {
        return parts;
    }
    while at <= text.len()
        && let Some((from, to)) = regex.find_at(text, at)
    {
        if to == from {
            at = from + 1;
            continue;
        }
        parts.push((start, from));
        (start, at) = (to, to);
    }
    parts.push((start, text.len()));
    parts
}

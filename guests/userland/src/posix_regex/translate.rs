//! From POSIX's notation to the engines'.

use std::fmt::Write as _;

use super::{Dialect, Syntax};

/// A pattern in the engines' notation.
pub(super) struct Translated {
    pub(super) text: String,
    pub(super) groups: usize,
    pub(super) back_references: bool,
    /// Whether the first way to match may not be the longest.
    pub(super) ambiguous: bool,
}

/// A character of the pattern, or a byte that belongs to none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Unit {
    Char(char),
    Byte(u8),
}

/// Translates `pattern`, before which there were `groups_before` groups in the whole.
pub(super) fn translate(pattern: &[u8], syntax: &Syntax, groups_before: usize) -> Result<Translated, String> {
    let units = units(pattern, syntax.utf8);
    if syntax.dialect == Dialect::Perl {
        let text = String::from_utf8(pattern.to_vec()).map_err(|_| "pattern is not valid UTF-8".to_owned())?;
        return Ok(Translated { text, groups: 0, back_references: true, ambiguous: false });
    }
    let mut translator = Translator {
        units: &units,
        at: 0,
        out: String::with_capacity(pattern.len() + 16),
        syntax,
        atom: None,
        quantified: false,
        open: Vec::new(),
        closed: Vec::new(),
        groups_before,
        groups: 0,
        back_references: false,
        ambiguous: false,
    };
    if syntax.dialect == Dialect::Fixed {
        for unit in &units {
            translator.literal(*unit);
        }
    } else {
        translator.run()?;
    }
    let Translator { out, groups, back_references, ambiguous, .. } = translator;
    Ok(Translated { text: out, groups, back_references, ambiguous })
}

fn units(pattern: &[u8], utf8: bool) -> Vec<Unit> {
    if !utf8 {
        return pattern.iter().map(|&b| if b < 0x80 { Unit::Char(b.into()) } else { Unit::Byte(b) }).collect();
    }
    let mut units = Vec::with_capacity(pattern.len());
    for chunk in pattern.utf8_chunks() {
        units.extend(chunk.valid().chars().map(Unit::Char));
        units.extend(chunk.invalid().iter().map(|&b| Unit::Byte(b)));
    }
    units
}

struct Translator<'a> {
    units: &'a [Unit],
    at: usize,
    out: String,
    syntax: &'a Syntax,
    /// Where in `out` the last atom starts; `None` where there is nothing to repeat.
    atom: Option<usize>,
    /// Whether it already has a quantifier.
    quantified: bool,
    /// Where in `out` each open group starts, and its number.
    open: Vec<(usize, usize)>,
    closed: Vec<usize>,
    groups_before: usize,
    groups: usize,
    back_references: bool,
    ambiguous: bool,
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), String> {
        let extended = self.syntax.dialect != Dialect::Basic;
        while let Some(unit) = self.next() {
            match unit {
                Unit::Char('\\') => self.escape(extended)?,
                Unit::Char('[') => self.bracket()?,
                Unit::Char('.') => self.atom("."),
                Unit::Char('*') => self.repeat("*", extended)?,
                Unit::Char('^') if extended || self.at_start() => self.anchor("^"),
                Unit::Char('$') if extended || self.at_end() => self.anchor("$"),
                Unit::Char('(') if extended => self.open_group(),
                Unit::Char(')') if extended => self.close_group()?,
                Unit::Char('|') if extended => self.alternate(),
                Unit::Char('+') if extended => self.repeat("+", extended)?,
                Unit::Char('?') if extended => self.repeat("?", extended)?,
                Unit::Char('{') if extended => self.interval(extended)?,
                Unit::Char('\n') if self.syntax.lines => self.alternate(),
                unit => self.literal(unit),
            }
        }
        if self.open.is_empty() { Ok(()) } else { Err("Unmatched ( or \\(".into()) }
    }

    fn next(&mut self) -> Option<Unit> {
        let unit = self.units.get(self.at).copied();
        self.at += 1;
        unit
    }

    fn peek(&self, ahead: usize) -> Option<Unit> {
        self.units.get(self.at + ahead).copied()
    }

    /// In a basic expression: whether what was just read begins it or a group or an alternative.
    fn at_start(&self) -> bool {
        let before = &self.units[..self.at - 1];
        match before {
            [] => true,
            [.., Unit::Char('\\'), Unit::Char('(' | '|')] => {
                before.iter().rev().skip(1).take_while(|u| **u == Unit::Char('\\')).count() % 2 == 1
            }
            [.., Unit::Char('\n')] => self.syntax.lines,
            _ => false,
        }
    }

    /// In a basic expression: whether what was just read ends it or a group or an alternative.
    fn at_end(&self) -> bool {
        match self.peek(0) {
            None => true,
            Some(Unit::Char('\n')) => self.syntax.lines,
            Some(Unit::Char('\\')) => matches!(self.peek(1), Some(Unit::Char(')' | '|'))),
            _ => false,
        }
    }

    fn begin_atom(&mut self) {
        self.atom = Some(self.out.len());
        self.quantified = false;
    }

    fn atom(&mut self, text: &str) {
        self.begin_atom();
        self.out.push_str(text);
    }

    fn anchor(&mut self, text: &str) {
        self.out.push_str(text);
        self.atom = None;
    }

    fn literal(&mut self, unit: Unit) {
        self.begin_atom();
        push_literal(&mut self.out, unit);
    }

    fn open_group(&mut self) {
        self.groups += 1;
        self.open.push((self.out.len(), self.groups));
        self.out.push('(');
        self.atom = None;
    }

    fn close_group(&mut self) -> Result<(), String> {
        let Some((start, number)) = self.open.pop() else { return Err("Unmatched ) or \\)".into()) };
        self.out.push(')');
        self.closed.push(number);
        self.atom = Some(start);
        self.quantified = false;
        Ok(())
    }

    fn alternate(&mut self) {
        self.out.push('|');
        self.atom = None;
        self.ambiguous = true;
    }

    /// Puts a quantifier after the last atom. Where there is none, `*` stands for itself in a basic expression, and for
    /// nothing in an extended one.
    fn repeat(&mut self, quantifier: &str, extended: bool) -> Result<(), String> {
        let Some(start) = self.atom else {
            if extended && self.syntax.strict {
                return Err("Invalid preceding regular expression".into());
            }
            if !extended && quantifier == "*" {
                self.literal(Unit::Char('*'));
            } else if !extended || self.syntax.dialect == Dialect::Awk {
                self.literal(Unit::Char(quantifier.chars().next().unwrap_or('*')));
            }
            return Ok(());
        };
        if self.quantified {
            self.out.insert_str(start, "(?:");
            self.out.push(')');
        }
        self.ambiguous |= self.out[start..].starts_with('(') || quantifier == "?";
        self.out.push_str(quantifier);
        self.quantified = true;
        Ok(())
    }

    /// `{m,n}`, after the brace.
    fn interval(&mut self, extended: bool) -> Result<(), String> {
        let rest = &self.units[self.at..];
        let end = rest.iter().position(|u| *u == Unit::Char(if extended { '}' } else { '\\' }));
        let inner: Option<String> =
            end.map(|end| rest[..end].iter().map(|u| if let Unit::Char(c) = u { *c } else { '\u{fffd}' }).collect());
        let closed = end.filter(|&end| extended || rest.get(end + 1) == Some(&Unit::Char('}')));
        let (Some(inner), Some(end)) = (inner, closed) else {
            if extended && !self.syntax.strict {
                self.literal(Unit::Char('{'));
                return Ok(());
            }
            return Err(if end.is_some() { "Invalid content of \\{\\}" } else { "Unmatched \\{" }.into());
        };
        let bounds = match inner.split_once(',') {
            None => count(&inner).map(|n| (n, Some(n))),
            Some((low, high)) => {
                let low = if low.is_empty() { Some(0) } else { count(low) };
                let high = if high.is_empty() { Some(None) } else { count(high).map(Some) };
                low.zip(high)
            }
        };
        let Some((low, high)) = bounds else {
            if extended && !self.syntax.strict {
                self.literal(Unit::Char('{'));
                return Ok(());
            }
            return Err("Invalid content of \\{\\}".into());
        };
        if high.is_some_and(|high| high < low) {
            return Err("Invalid content of \\{\\}".into());
        }
        if low.max(high.unwrap_or(0)) > 32767 {
            return Err("Regular expression too big".into());
        }
        if self.atom.is_none() && extended && !self.syntax.strict {
            self.literal(Unit::Char('{'));
            return Ok(());
        }
        self.at += end + if extended { 1 } else { 2 };
        let quantifier = match high {
            None => format!("{{{low},}}"),
            Some(high) if high == low => format!("{{{low}}}"),
            Some(high) => format!("{{{low},{high}}}"),
        };
        if self.atom.is_none() {
            return Err("Invalid preceding regular expression".into());
        }
        self.repeat(&quantifier, extended)
    }

    fn escape(&mut self, extended: bool) -> Result<(), String> {
        let Some(unit) = self.next() else { return Err("Trailing backslash".into()) };
        let Unit::Char(c) = unit else {
            self.literal(unit);
            return Ok(());
        };
        if self.syntax.dialect == Dialect::Awk
            && let Some(unit) = self.awk_escape(c)
        {
            self.literal(unit);
            return Ok(());
        }
        let lines = self.syntax.lines;
        match c {
            '(' if !extended => self.open_group(),
            ')' if !extended => self.close_group()?,
            '|' if !extended => self.alternate(),
            '+' if !extended => self.repeat("+", extended)?,
            '?' if !extended => self.repeat("?", extended)?,
            '{' if !extended => self.interval(extended)?,
            'w' => self.atom("[\\w_]"),
            'W' => self.atom(if lines { "[^\\w_\\n]" } else { "\\W" }),
            's' => self.atom(if lines { "[^\\S\\n]" } else { "\\s" }),
            'S' => self.atom("\\S"),
            'b' if self.syntax.dialect != Dialect::Awk => self.anchor("\\b"),
            'y' if self.syntax.dialect == Dialect::Awk => self.anchor("\\b"),
            'B' => self.anchor("\\B"),
            '<' => self.anchor("\\b{start}"),
            '>' => self.anchor("\\b{end}"),
            '`' => self.anchor("\\A"),
            '\'' => self.anchor("\\z"),
            '1'..='9' if self.syntax.dialect != Dialect::Awk => {
                let number = c as usize - '0' as usize;
                if !self.closed.contains(&number) {
                    return Err("Invalid back reference".into());
                }
                self.back_references = true;
                self.begin_atom();
                let _ = write!(self.out, "(?:\\{})", number + self.groups_before);
            }
            _ => self.literal(unit),
        }
        Ok(())
    }

    /// What an escape that only awk has stands for.
    fn awk_escape(&mut self, c: char) -> Option<Unit> {
        let code = match c {
            'n' => b'\n',
            't' => b'\t',
            'r' => b'\r',
            'f' => 12,
            'v' => 11,
            'a' => 7,
            'b' => 8,
            '0'..='7' => {
                let mut code = c as u32 - '0' as u32;
                for _ in 0..2 {
                    let Some(Unit::Char(digit @ '0'..='7')) = self.peek(0) else { break };
                    code = code * 8 + (digit as u32 - '0' as u32);
                    self.at += 1;
                }
                code as u8
            }
            'x' => {
                let mut code = None;
                for _ in 0..2 {
                    let Some(Unit::Char(digit)) = self.peek(0) else { break };
                    let Some(digit) = digit.to_digit(16) else { break };
                    code = Some(code.unwrap_or(0) * 16 + digit);
                    self.at += 1;
                }
                code? as u8
            }
            _ => return None,
        };
        Some(if code < 0x80 { Unit::Char(code.into()) } else { Unit::Byte(code) })
    }

    /// `[…]`, after the bracket.
    fn bracket(&mut self) -> Result<(), String> {
        const UNMATCHED: &str = "Unmatched [, [^, [:, [., or [=";
        let mut class = String::from("[");
        let negated = self.peek(0) == Some(Unit::Char('^'));
        if negated {
            self.at += 1;
            class.push('^');
            if self.syntax.excludes_newline() {
                class.push_str("\\n");
            }
        }
        let (mut first, mut bytes) = (true, false);
        loop {
            let Some(unit) = self.next() else { return Err(UNMATCHED.into()) };
            if unit == Unit::Char(']') && !first {
                break;
            }
            first = false;
            let low = match self.bracket_item(unit, &mut class, UNMATCHED)? {
                Some(low) => low,
                None => continue,
            };
            let hyphen = Some(Unit::Char('-'));
            // `a---b` is a, the range of hyphens alone, and b.
            let of_hyphens = low != Unit::Char('-') && self.peek(1) == hyphen && self.peek(2) == hyphen;
            let is_range =
                self.peek(0) == hyphen && !of_hyphens && !matches!(self.peek(1), Some(Unit::Char(']')) | None);
            bytes |= matches!(low, Unit::Byte(_));
            if !is_range {
                push_in_class(&mut class, low);
                continue;
            }
            self.at += 1;
            let Some(unit) = self.next() else { return Err(UNMATCHED.into()) };
            let mut none = String::new();
            let Some(high) = self.bracket_item(unit, &mut none, UNMATCHED)? else {
                return Err("Invalid range end".into());
            };
            if order(low) > order(high) {
                return Err("Invalid range end".into());
            }
            bytes |= matches!(high, Unit::Byte(_));
            push_in_class(&mut class, low);
            class.push('-');
            push_in_class(&mut class, high);
        }
        class.push(']');
        self.begin_atom();
        let _ = if bytes { write!(self.out, "(?-u:{class})") } else { write!(self.out, "{class}") };
        Ok(())
    }

    /// An element of a bracket expression that may begin a range; `None` where it was a class, which is now in `class`.
    fn bracket_item(&mut self, unit: Unit, class: &mut String, unmatched: &str) -> Result<Option<Unit>, String> {
        let Unit::Char(c) = unit else { return Ok(Some(unit)) };
        if c == '\\' && self.syntax.dialect == Dialect::Awk {
            let Some(next) = self.next() else { return Err(unmatched.into()) };
            let Unit::Char(letter) = next else { return Ok(Some(next)) };
            return Ok(Some(self.awk_escape(letter).unwrap_or(next)));
        }
        let (Some(Unit::Char(kind @ (':' | '.' | '='))), '[') = (self.peek(0), c) else { return Ok(Some(unit)) };
        let start = self.at + 1;
        let ends = |at: &usize| {
            self.units.get(*at) == Some(&Unit::Char(kind)) && self.units.get(at + 1) == Some(&Unit::Char(']'))
        };
        let Some(end) = (start..self.units.len()).find(ends) else {
            return if kind == ':' { Ok(Some(unit)) } else { Err(unmatched.into()) };
        };
        let name = &self.units[start..end];
        self.at = end + 2;
        if kind != ':' {
            return match name {
                [one] => Ok(Some(*one)),
                _ => Err("Invalid collation character".into()),
            };
        }
        let name: String = name.iter().map(|u| if let Unit::Char(c) = u { *c } else { '?' }).collect();
        let utf8 = self.syntax.utf8;
        class.push_str(match (&*name, utf8) {
            ("alpha", true) => "\\p{Alphabetic}",
            ("alnum", true) => "\\p{Alphabetic}\\p{Nd}",
            ("upper", true) if self.syntax.ignore_case => "\\p{Alphabetic}",
            ("lower", true) if self.syntax.ignore_case => "\\p{Alphabetic}",
            ("upper", true) => "\\p{Uppercase}",
            ("lower", true) => "\\p{Lowercase}",
            ("punct", true) => "[[:punct:]]\\p{P}\\p{S}",
            ("space", true) => "\\s",
            ("graph", true) => "[[:graph:][^\\x00-\\x7f\\s\\p{Cc}\\p{Cn}]]",
            ("print", true) => "[[:print:][^\\x00-\\x7f\\p{Cc}\\p{Cn}]]",
            ("alpha", false) => "[[:alpha:]]",
            ("alnum", false) => "[[:alnum:]]",
            ("upper", false) => "[[:upper:]]",
            ("lower", false) => "[[:lower:]]",
            ("punct", false) => "[[:punct:]]",
            ("space", false) => "[[:space:]]",
            ("graph", false) => "[[:graph:]]",
            ("print", false) => "[[:print:]]",
            ("digit", _) => "0-9",
            ("xdigit", _) => "0-9A-Fa-f",
            ("blank", _) => " \\t",
            ("cntrl", _) => "\\x00-\\x1f\\x7f",
            _ => return Err("Invalid character class name".into()),
        });
        Ok(None)
    }
}

/// A number of repetitions; one that is too large for its type is too large for every limit.
fn count(digits: &str) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u32::MAX))
}

fn order(unit: Unit) -> u32 {
    match unit {
        Unit::Char(c) => c as u32,
        Unit::Byte(b) => b.into(),
    }
}

fn push_literal(out: &mut String, unit: Unit) {
    match unit {
        Unit::Char('\n') => out.push_str("\\n"),
        Unit::Char(c) => {
            if "\\.+*?()|[]{}^$#&-~/".contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
        Unit::Byte(byte) => {
            let _ = write!(out, "(?-u:\\x{byte:02x})");
        }
    }
}

/// As [`push_literal`]; a class with bytes in it is as a whole taken out of Unicode.
fn push_in_class(class: &mut String, unit: Unit) {
    match unit {
        Unit::Char(_) => push_literal(class, unit),
        Unit::Byte(byte) => {
            let _ = write!(class, "\\x{byte:02x}");
        }
    }
}

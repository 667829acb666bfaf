//! Values: numbers, strings, and strings from outside that look like numbers (POSIX awk, "Expressions in awk").

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use vivarium_userland::Bytes;

/// Whether input may be octal or hexadecimal numbers: of the whole program, by -n.
static NON_DECIMAL: AtomicBool = AtomicBool::new(false);

pub(super) fn set_non_decimal(on: bool) {
    NON_DECIMAL.store(on, Relaxed);
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Never assigned: empty and zero.
    Unset,
    Number(f64),
    String(Rc<[u8]>),
    /// From input: a number too where it looks like one.
    Input(Rc<[u8]>),
    /// `@/…/`: its source.
    Regex(Rc<[u8]>),
    /// What mkbool() makes: a number that says what it is.
    Bool(bool),
}

impl Value {
    pub(super) fn string(bytes: impl AsRef<[u8]>) -> Value {
        Value::String(Rc::from(bytes.as_ref()))
    }

    pub(super) fn input(bytes: &[u8]) -> Value {
        Value::Input(Rc::from(bytes))
    }

    pub(super) fn number(&self) -> f64 {
        match self {
            Value::Unset => 0.0,
            Value::Number(n) => *n,
            Value::Bool(value) => f64::from(u8::from(*value)),
            Value::String(text) | Value::Input(text) if NON_DECIMAL.load(Relaxed) => {
                non_decimal(text).map_or_else(|| number_prefix(text).0, |(number, _)| number)
            }
            Value::String(text) | Value::Input(text) | Value::Regex(text) => number_prefix(text).0,
        }
    }

    /// As text; `format` is CONVFMT or OFMT.
    pub(super) fn text(&self, format: &[u8]) -> Rc<[u8]> {
        match self {
            Value::Unset => Rc::from(&b""[..]),
            Value::Number(n) => Rc::from(number_text(*n, format)),
            Value::Bool(value) => Rc::from(if *value { &b"1"[..] } else { b"0" }),
            Value::String(text) | Value::Input(text) | Value::Regex(text) => text.clone(),
        }
    }

    pub(super) fn truth(&self) -> bool {
        match self {
            Value::Unset => false,
            Value::Number(n) => *n != 0.0,
            Value::Bool(value) => *value,
            Value::String(text) | Value::Regex(text) => !text.is_empty(),
            Value::Input(text) => match looks_numeric(text) {
                Some(n) => n != 0.0,
                None => !text.is_empty(),
            },
        }
    }

    /// The number that it is or looks like.
    pub(super) fn as_number(&self) -> Option<f64> {
        match self {
            Value::Unset => Some(0.0),
            Value::Number(n) => Some(*n),
            Value::Bool(_) => Some(self.number()),
            Value::String(_) | Value::Regex(_) => None,
            Value::Input(text) => looks_numeric(text),
        }
    }

    /// As numbers where both are or look like it, else as strings.
    pub(super) fn compare(&self, other: &Value, format: &[u8]) -> Option<Ordering> {
        match (self.as_number(), other.as_number()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => Some(self.text(format).cmp(&other.text(format))),
        }
    }
}

/// A number as text: an integer as such, else by the format.
pub(super) fn number_text(n: f64, format: &[u8]) -> Bytes {
    if n == n.trunc() && n.abs() < 1e16 {
        return if n == 0.0 { b"0".to_vec() } else { format!("{n:.0}").into_bytes() };
    }
    if n.is_nan() {
        return if n.is_sign_negative() { b"-nan".to_vec() } else { b"+nan".to_vec() };
    }
    if n.is_infinite() {
        return if n > 0.0 { b"+inf".to_vec() } else { b"-inf".to_vec() };
    }
    if n == n.trunc() {
        return format!("{n:.0}").into_bytes();
    }
    super::format::format(format, &[Value::Number(n)], format, super::format::Options::default(), &mut Vec::new())
        .unwrap_or_default()
}

/// The number of a string that is one as a whole, blanks aside.
fn looks_numeric(text: &[u8]) -> Option<f64> {
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        return None;
    }
    let (value, length) = match NON_DECIMAL.load(Relaxed) {
        true => non_decimal(trimmed).unwrap_or_else(|| number_prefix(trimmed)),
        false => number_prefix(trimmed),
    };
    (length == trimmed.len() && length > 0).then_some(value)
}

/// The hexadecimal or octal number at the start of a string, and where it ends.
pub(super) fn non_decimal(text: &[u8]) -> Option<(f64, usize)> {
    let blanks = text.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let sign = usize::from(matches!(text.get(blanks), Some(b'+' | b'-')));
    let rest = text[blanks + sign..].strip_prefix(b"0")?;
    let (digits, radix, skipped) = match rest.first()? {
        b'x' | b'X' => (rest[1..].iter().take_while(|b| b.is_ascii_hexdigit()).count(), 16, 2),
        _ => (rest.iter().take_while(|b| (b'0'..=b'7').contains(b)).count(), 8, 1),
    };
    let number = &rest[skipped - 1..skipped - 1 + digits];
    // `08` and `01.5` are decimal.
    if digits == 0 || (radix == 8 && matches!(rest.get(digits), Some(b'8' | b'9' | b'.' | b'e' | b'E'))) {
        return None;
    }
    let value = number.iter().fold(0.0, |value, digit| {
        value * f64::from(radix) + f64::from(char::from(*digit).to_digit(radix).unwrap_or(0))
    });
    let negative = sign == 1 && text[blanks] == b'-';
    Some((if negative { -value } else { value }, blanks + sign + skipped + digits))
}

/// The number at the start of a string, after blanks, and where it ends; 0 and 0 if there is none.
pub(super) fn number_prefix(text: &[u8]) -> (f64, usize) {
    let blanks = text.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let rest = &text[blanks..];
    let digits = |from: usize| rest[from.min(rest.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(matches!(rest.first(), Some(b'+' | b'-')));
    if at == 1 && rest.len() >= 4 {
        let word = rest[1..4].to_ascii_lowercase();
        let ends = !rest.get(4).is_some_and(u8::is_ascii_alphanumeric);
        let sign = if rest[0] == b'-' { -1.0 } else { 1.0 };
        if ends && word == b"inf" {
            return (sign * f64::INFINITY, blanks + 4);
        }
        if ends && word == b"nan" {
            return (f64::NAN.copysign(sign), blanks + 4);
        }
    }
    let whole = digits(at);
    at += whole;
    let mut fraction = 0;
    if rest.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        if whole + fraction > 0 {
            at += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return (0.0, 0);
    }
    if matches!(rest.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    // What has been let through is ASCII, and a number of Rust's.
    let value = std::str::from_utf8(&rest[..at]).ok().and_then(|t| t.trim_end_matches('.').parse().ok());
    (value.unwrap_or(0.0), blanks + at)
}

//! `printf`.

use crate::error::Run;
use crate::shell::Shell;
use crate::syntax::quote;

pub(super) fn printf(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut variable = None;
    let mut arguments = super::Options::new(words, "v:");
    super::options!(shell, arguments, |letter, argument| {
        let _ = letter;
        if !crate::expand::assign::is_reference(&argument) {
            shell.builtin_error([b"`", &argument[..], b"': not a valid identifier"].concat());
            return Ok(super::USAGE);
        }
        variable = Some(argument);
    });
    let Some((format, arguments)) = arguments.rest().split_first() else { return Ok(shell.usage()) };
    let mut printer = Printer { arguments, at: 0, out: Vec::new(), status: 0, stop: false, errors: Vec::new() };
    loop {
        let before = printer.at;
        printer.format(shell, format);
        if printer.stop || printer.at >= arguments.len() || printer.at == before {
            break;
        }
    }
    let Printer { out, status, errors, .. } = printer;
    // As in bash, before the output.
    for error in errors {
        shell.builtin_error(error);
    }
    match variable {
        Some(variable) => {
            shell.assign_reference(&variable, &out, false)?;
        }
        None => shell.print(out),
    }
    Ok(status)
}

struct Printer<'a> {
    arguments: &'a [Vec<u8>],
    at: usize,
    out: Vec<u8>,
    status: i32,
    stop: bool,
    errors: Vec<Vec<u8>>,
}

/// A conversion's flags.
#[derive(Default, Clone)]
struct Spec {
    minus: bool,
    plus: bool,
    space: bool,
    alternative: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

impl Printer<'_> {
    fn next(&mut self) -> Option<&[u8]> {
        let argument = self.arguments.get(self.at);
        self.at += 1;
        argument.map(Vec::as_slice)
    }

    fn format(&mut self, shell: &mut Shell, format: &[u8]) {
        let mut i = 0;
        while i < format.len() && !self.stop {
            match format[i] {
                b'\\' => {
                    let end = escape_end(format, i);
                    match &format[i..end] {
                        b"\\x" => {
                            self.errors.push(b"missing hex digit for \\x".to_vec());
                            self.out.extend_from_slice(b"\\x");
                        }
                        // It ends the output in arguments of `%b` alone.
                        b"\\c" => self.out.extend_from_slice(b"\\c"),
                        escape => {
                            quote::unescape(escape, false, &mut self.out);
                        }
                    }
                    i = end;
                }
                b'%' => i = self.conversion(shell, format, i + 1),
                byte => {
                    self.out.push(byte);
                    i += 1;
                }
            }
        }
    }

    fn number(&mut self) -> i64 {
        let argument = self.next().unwrap_or_default().to_vec();
        self.integer(&argument)
    }

    fn conversion(&mut self, shell: &mut Shell, format: &[u8], mut i: usize) -> usize {
        if format.get(i) == Some(&b'%') {
            self.out.push(b'%');
            return i + 1;
        }
        let start = i - 1;
        let mut spec = Spec::default();
        while let Some(flag) = format.get(i) {
            match flag {
                b'-' => spec.minus = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'#' => spec.alternative = true,
                b'0' => spec.zero = true,
                b'\'' => {}
                _ => break,
            }
            i += 1;
        }
        let digits = |printer: &mut Self, i: &mut usize| -> i64 {
            if format.get(*i) == Some(&b'*') {
                *i += 1;
                return printer.number();
            }
            let mut value = 0i64;
            while let Some(digit) = format.get(*i).filter(|b| b.is_ascii_digit()) {
                value = value.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
                *i += 1;
            }
            value
        };
        let width = digits(self, &mut i);
        if width < 0 {
            spec.minus = true;
        }
        spec.width = width.unsigned_abs().min(1 << 24) as usize;
        if format.get(i) == Some(&b'.') {
            i += 1;
            let precision = digits(self, &mut i);
            spec.precision = usize::try_from(precision).ok();
        }
        if format.get(i) == Some(&b'(') {
            match closing_parenthesis(&format[i..]).map(|close| (close, format.get(i + close + 1))) {
                Some((close, Some(b'T'))) => {
                    let text = format[i + 1..i + close].to_vec();
                    self.time(shell, &text, &spec);
                    return i + close + 2;
                }
                Some((close, other)) => {
                    let letter = other.copied().unwrap_or_default();
                    let label = [b"warning: `", &[letter][..], b"': invalid time format specification"].concat();
                    self.errors.push(label);
                    self.out.push(b'%');
                    self.out.extend_from_slice(&format[i..=i + close]);
                    return i + close + 1;
                }
                None => {}
            }
        }
        while format.get(i).is_some_and(|b| matches!(b, b'l' | b'h' | b'L' | b'j' | b'z' | b't' | b'q') && (*b != b'q'))
        {
            i += 1;
        }
        let Some(kind) = format.get(i) else {
            self.errors.push([b"`", &format[start..], b"': missing format character"].concat());
            self.status = 1;
            self.stop = true;
            return i;
        };
        match kind {
            b's' => {
                let text = self.next().unwrap_or_default().to_vec();
                self.text(&text, &spec);
            }
            b'b' => {
                let argument = self.next().unwrap_or_default().to_vec();
                if has_bare_hex(&argument) {
                    self.errors.push(b"missing hex digit for \\x".to_vec());
                }
                let mut text = Vec::new();
                self.stop = quote::unescape(&argument, true, &mut text);
                self.text(&text, &spec);
            }
            b'q' | b'Q' => {
                let argument = self.next().unwrap_or_default().to_vec();
                let argument = match spec.precision.filter(|_| *kind == b'Q') {
                    Some(precision) => argument[..crate::text::offset(&argument, precision)].to_vec(),
                    None => argument,
                };
                let text = quote::backslash(&argument);
                self.text(&text, &spec);
            }
            b'c' => {
                let argument = self.next().unwrap_or_default();
                let text = argument.get(..1).unwrap_or_default().to_vec();
                self.text(&text, &spec);
            }
            b'd' | b'i' => {
                let value = self.number();
                self.signed(value, &spec);
            }
            b'u' | b'o' | b'x' | b'X' => {
                let value = self.number() as u64;
                self.unsigned(value, *kind, &spec);
            }
            b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A' => {
                let argument = self.next().unwrap_or_default().to_vec();
                let value = self.float(&argument);
                self.floating(value, *kind, &spec);
            }
            b'n' => {
                let length = self.out.len().to_string();
                if let Some(name) = self.next().map(<[u8]>::to_vec) {
                    // The name may be wrong; then nothing is set, as in bash.
                    let _ = shell.assign_reference(&name, length.as_bytes(), false);
                }
            }
            kind => {
                self.errors.push(format!("`{}': invalid format character", *kind as char).into_bytes());
                self.status = 1;
                self.stop = true;
            }
        }
        i + 1
    }

    fn text(&mut self, text: &[u8], spec: &Spec) {
        let text = match spec.precision {
            Some(precision) => &text[..crate::text::offset(text, precision)],
            None => text,
        };
        let pad = spec.width.saturating_sub(crate::text::length(text));
        if !spec.minus {
            self.out.extend(std::iter::repeat_n(b' ', pad));
        }
        self.out.extend_from_slice(text);
        if spec.minus {
            self.out.extend(std::iter::repeat_n(b' ', pad));
        }
    }

    /// Digits with sign or prefix, padded.
    fn digits(&mut self, sign: &str, digits: &str, spec: &Spec, zero: bool) {
        let digits = match spec.precision {
            Some(0) if digits == "0" => String::new(),
            Some(precision) => format!("{digits:0>precision$}"),
            None => digits.to_string(),
        };
        let length = sign.len() + digits.len();
        let pad = spec.width.saturating_sub(length);
        let zero = zero && spec.zero && !spec.minus && spec.precision.is_none();
        if !spec.minus && !zero {
            self.out.extend(std::iter::repeat_n(b' ', pad));
        }
        self.out.extend_from_slice(sign.as_bytes());
        if zero {
            self.out.extend(std::iter::repeat_n(b'0', pad));
        }
        self.out.extend_from_slice(digits.as_bytes());
        if spec.minus {
            self.out.extend(std::iter::repeat_n(b' ', pad));
        }
    }

    fn signed(&mut self, value: i64, spec: &Spec) {
        let sign = if value < 0 {
            "-"
        } else if spec.plus {
            "+"
        } else if spec.space {
            " "
        } else {
            ""
        };
        self.digits(sign, &value.unsigned_abs().to_string(), spec, true);
    }

    fn unsigned(&mut self, value: u64, kind: u8, spec: &Spec) {
        let (prefix, digits) = match kind {
            b'u' => ("", value.to_string()),
            b'o' => (if spec.alternative && value != 0 { "0" } else { "" }, format!("{value:o}")),
            b'x' => (if spec.alternative && value != 0 { "0x" } else { "" }, format!("{value:x}")),
            _ => (if spec.alternative && value != 0 { "0X" } else { "" }, format!("{value:X}")),
        };
        self.digits(prefix, &digits, spec, true);
    }

    fn floating(&mut self, value: f64, kind: u8, spec: &Spec) {
        let upper = kind.is_ascii_uppercase();
        let magnitude = value.abs();
        let text = if !value.is_finite() {
            if value.is_nan() { "nan".to_string() } else { "inf".to_string() }
        } else {
            let precision = spec.precision.unwrap_or(6);
            match kind.to_ascii_lowercase() {
                b'f' => format!("{magnitude:.precision$}"),
                b'e' => exponent(magnitude, precision),
                b'a' => hexadecimal(magnitude, spec.precision),
                _ => general(magnitude, precision, spec.alternative),
            }
        };
        let text = if upper { text.to_uppercase() } else { text };
        let sign = if value.is_sign_negative() && !value.is_nan() {
            "-"
        } else if spec.plus {
            "+"
        } else if spec.space {
            " "
        } else {
            ""
        };
        let plain = Spec { precision: None, ..spec.clone() };
        self.digits(sign, &text, &plain, value.is_finite());
    }

    /// `'x` is the character's number.
    fn character(argument: &[u8]) -> Option<i64> {
        let [b'\'' | b'"', rest @ ..] = argument else { return None };
        let size = crate::text::character_length(rest);
        Some(match std::str::from_utf8(&rest[..size]) {
            Ok(text) => text.chars().next().map_or(0, |c| i64::from(c as u32)),
            Err(_) => rest.first().map_or(0, |b| i64::from(*b)),
        })
    }

    fn invalid(&mut self, argument: &[u8], kind: &str) {
        self.errors.push([argument, b": ", kind.as_bytes()].concat());
        self.status = 1;
    }

    fn integer(&mut self, argument: &[u8]) -> i64 {
        if let Some(value) = Printer::character(argument) {
            return value;
        }
        let text = argument.trim_ascii_start();
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (radix, digits) = match digits {
            [b'0', b'x' | b'X', rest @ ..] => (16, rest),
            [b'0', rest @ ..] if !rest.is_empty() => (8, rest),
            rest => (10, rest),
        };
        let used = digits.iter().take_while(|b| (**b as char).is_digit(radix)).count();
        let value = std::str::from_utf8(&digits[..used])
            .ok()
            .map(|d| u128::from_str_radix(d, radix).unwrap_or(if d.is_empty() { 0 } else { u128::MAX }));
        let value = value.unwrap_or(0);
        if used < digits.len() || (used == 0 && !argument.is_empty() && radix == 10) {
            self.invalid(argument, "invalid number");
        }
        let limit = if negative { 1u128 << 63 } else { u128::from(u64::MAX) };
        if value > limit {
            self.errors.push([argument, b": Numerical result out of range"].concat());
            return if negative { i64::MIN } else { i64::MAX };
        }
        if negative { (value as i64).wrapping_neg() } else { value as u64 as i64 }
    }

    fn float(&mut self, argument: &[u8]) -> f64 {
        if let Some(value) = Printer::character(argument) {
            return value as f64;
        }
        let text = String::from_utf8_lossy(argument.trim_ascii_start()).into_owned();
        if text.is_empty() {
            return 0.0;
        }
        if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))
            && let Ok(value) = u64::from_str_radix(hex, 16)
        {
            return value as f64;
        }
        if let Ok(value) = text.parse::<f64>() {
            return value;
        }
        self.invalid(argument, "invalid number");
        (1..=text.len()).rev().filter(|n| text.is_char_boundary(*n)).find_map(|n| text[..n].parse().ok()).unwrap_or(0.0)
    }

    fn time(&mut self, shell: &mut Shell, format: &[u8], spec: &Spec) {
        let argument = self.next().map(<[u8]>::to_vec);
        let seconds = match argument {
            None => crate::time::now(),
            Some(argument) => match self.integer(&argument) {
                -1 => crate::time::now(),
                -2 => crate::time::now() - shell.seconds(),
                seconds => seconds,
            },
        };
        let zone = shell.value("TZ");
        let format = if format.is_empty() { b"%X" } else { format };
        let text = crate::time::format_in(format, seconds, zone.as_deref());
        self.text(&text, spec);
    }
}

/// Whether a text has an escape `\x` without digits.
fn has_bare_hex(text: &[u8]) -> bool {
    let mut escapes = text.iter().enumerate();
    while let Some((i, byte)) = escapes.next() {
        if *byte == b'\\' {
            escapes.next();
            if text.get(i + 1) == Some(&b'x') && !text.get(i + 2).is_some_and(u8::is_ascii_hexdigit) {
                return true;
            }
        }
    }
    false
}

/// Where the parenthesis that `text` begins with is closed.
fn closing_parenthesis(text: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    text.iter().position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// Where the escape at `i` ends.
fn escape_end(format: &[u8], i: usize) -> usize {
    let rest = &format[i + 1..];
    let (digits, most, radix) = match rest.first() {
        None => return i + 1,
        Some(b'0'..=b'7') => (0, 3, 8),
        Some(b'x') => (1, 2, 16),
        Some(b'u') => (1, 4, 16),
        Some(b'U') => (1, 8, 16),
        Some(_) => return i + 2,
    };
    let used = rest[digits..].iter().take(most).take_while(|b| (**b as char).is_digit(radix)).count();
    i + 1 + digits + used
}

fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn general(value: f64, precision: usize, alternative: bool) -> String {
    let precision = precision.max(1);
    if value == 0.0 {
        return "0".to_string();
    }
    let scientific = format!("{value:.*e}", precision - 1);
    let power: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let strip = |text: String| {
        if alternative || !text.contains('.') {
            return text;
        }
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    };
    if power < -4 || power >= precision as i32 {
        let text = exponent(value, precision - 1);
        let (mantissa, rest) = text.split_once('e').unwrap_or((&text, ""));
        return format!("{}e{rest}", strip(mantissa.to_string()));
    }
    strip(format!("{value:.*}", (precision as i32 - 1 - power).max(0) as usize))
}

fn hexadecimal(value: f64, precision: Option<usize>) -> String {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let mantissa = bits & ((1 << 52) - 1);
    if value == 0.0 {
        return "0x0p+0".to_string();
    }
    let digits = format!("{mantissa:013x}");
    let digits = match precision {
        Some(precision) => digits.chars().take(precision).collect::<String>(),
        None => digits.trim_end_matches('0').to_string(),
    };
    let power = exponent - 1023;
    let point = if digits.is_empty() { "" } else { "." };
    format!("0x1{point}{digits}p{}{}", if power < 0 { '-' } else { '+' }, power.abs())
}

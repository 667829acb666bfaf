//! printf (POSIX awk, "Formatted Output").

use vivarium_userland::Bytes;

use super::value::Value;

/// Fills in a format; `convert` is CONVFMT.
pub(super) fn format(format: &[u8], arguments: &[Value], convert: &[u8]) -> Bytes {
    let mut out = Bytes::with_capacity(format.len() + 16);
    let mut next = arguments.iter();
    let mut at = 0;
    while at < format.len() {
        let byte = format[at];
        at += 1;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        if format.get(at) == Some(&b'%') {
            out.push(b'%');
            at += 1;
            continue;
        }
        let start = at - 1;
        let mut flags = Flags::default();
        while let Some(flag) = format.get(at).filter(|b| b"-+ #0'".contains(b)) {
            match flag {
                b'-' => flags.left = true,
                b'+' => flags.plus = true,
                b' ' => flags.space = true,
                b'#' => flags.alternate = true,
                b'0' => flags.zero = true,
                _ => {}
            }
            at += 1;
        }
        let mut number = |at: &mut usize| -> Option<i64> {
            if format.get(*at) == Some(&b'*') {
                *at += 1;
                return Some(next.next().map_or(0, |v| v.number() as i64));
            }
            let digits = format[*at..].iter().take_while(|b| b.is_ascii_digit()).count();
            let value = std::str::from_utf8(&format[*at..*at + digits]).ok().and_then(|t| t.parse().ok());
            *at += digits;
            value
        };
        let width = number(&mut at).unwrap_or(0);
        flags.left |= width < 0;
        let width = width.unsigned_abs() as usize;
        let mut precision = None;
        if format.get(at) == Some(&b'.') {
            at += 1;
            precision = usize::try_from(number(&mut at).unwrap_or(0)).ok();
        }
        while format.get(at).is_some_and(|b| b"hlLqjzt".contains(b)) {
            at += 1;
        }
        let Some(&letter) = format.get(at) else {
            out.extend_from_slice(&format[start..]);
            break;
        };
        at += 1;
        if !b"diouxXeEfFgGaAcs".contains(&letter) {
            out.extend_from_slice(&format[start..at]);
            continue;
        }
        let value = next.next().cloned().unwrap_or(Value::Unset);
        let body = match letter {
            b'c' => character(&value),
            b's' => {
                let text = value.text(convert);
                match precision {
                    Some(limit) => prefix(&text, limit).to_vec(),
                    None => text.to_vec(),
                }
            }
            _ => conversion(letter, value.number(), precision, &flags),
        };
        let zero = flags.zero
            && !flags.left
            && !b"cs".contains(&letter)
            && (precision.is_none() || b"eEfFgG".contains(&letter));
        pad(&mut out, &body, width, flags.left, zero);
    }
    out
}

#[derive(Default)]
struct Flags {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
}

fn pad(out: &mut Bytes, body: &[u8], width: usize, left: bool, zero: bool) {
    let length = String::from_utf8_lossy(body).chars().count();
    let fill = width.saturating_sub(length);
    if left {
        out.extend_from_slice(body);
        out.extend(std::iter::repeat_n(b' ', fill));
    } else if zero && body.iter().any(u8::is_ascii_digit) {
        let sign = usize::from(matches!(body.first(), Some(b'+' | b'-' | b' ')));
        let sign = if body[sign..].starts_with(b"0x") || body[sign..].starts_with(b"0X") { sign + 2 } else { sign };
        out.extend_from_slice(&body[..sign]);
        out.extend(std::iter::repeat_n(b'0', fill));
        out.extend_from_slice(&body[sign..]);
    } else {
        out.extend(std::iter::repeat_n(b' ', fill));
        out.extend_from_slice(body);
    }
}

/// The first `limit` characters.
fn prefix(text: &[u8], limit: usize) -> &[u8] {
    if text.is_ascii() {
        return &text[..limit.min(text.len())];
    }
    match std::str::from_utf8(text) {
        Ok(valid) => valid.char_indices().nth(limit).map_or(text, |(at, _)| &text[..at]),
        Err(_) => &text[..limit.min(text.len())],
    }
}

fn character(value: &Value) -> Bytes {
    match value {
        Value::Number(n) => char::from_u32(*n as u32).unwrap_or('\u{fffd}').to_string().into_bytes(),
        Value::Input(_) if value.as_number().is_some() => character(&Value::Number(value.number())),
        Value::Unset => vec![0],
        Value::String(text) | Value::Input(text) => prefix(text, 1).to_vec(),
    }
}

fn conversion(letter: u8, n: f64, precision: Option<usize>, flags: &Flags) -> Bytes {
    let sign = |negative: bool| match (negative, flags.plus, flags.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    };
    if !n.is_finite() {
        let name = if n.is_nan() { "nan" } else { "inf" };
        let sign = if n.is_sign_negative() { "-" } else { "+" };
        return format!("{sign}{name}").into_bytes();
    }
    let text = match letter {
        b'd' | b'i' => {
            let digits = format!("{:.0}", n.trunc().abs());
            format!("{}{}", sign(n.trunc() < 0.0), least(digits, precision))
        }
        b'u' if n < 0.0 => return conversion(b'd', n, precision, flags),
        b'u' => least(format!("{:.0}", n.trunc()), precision),
        b'o' | b'x' | b'X' => {
            let bits = if n < 0.0 { n as i64 as u64 } else { n as u64 };
            let (digits, mark) = match letter {
                b'o' => (format!("{bits:o}"), "0"),
                b'x' => (format!("{bits:x}"), "0x"),
                _ => (format!("{bits:X}"), "0X"),
            };
            format!("{}{}", if flags.alternate && bits != 0 { mark } else { "" }, least(digits, precision))
        }
        b'f' | b'F' => format!("{}{:.*}", sign(n.is_sign_negative()), precision.unwrap_or(6), n.abs()),
        b'e' | b'E' => {
            sign(n.is_sign_negative()).to_owned() + &exponential(n.abs(), precision.unwrap_or(6), letter == b'E')
        }
        b'g' | b'G' => {
            let body = general(n.abs(), precision.unwrap_or(6).max(1), flags.alternate, letter == b'G');
            sign(n.is_sign_negative()).to_owned() + &body
        }
        _ => format!("{}{n:e}", sign(false)),
    };
    text.into_bytes()
}

/// With zeros before it up to so many digits.
fn least(digits: String, precision: Option<usize>) -> String {
    match precision {
        Some(count) if digits.len() < count => "0".repeat(count - digits.len()) + &digits,
        Some(0) if digits == "0" => String::new(),
        _ => digits,
    }
}

fn exponential(n: f64, precision: usize, upper: bool) -> String {
    let text = format!("{n:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}{}{sign}{:02}", if upper { 'E' } else { 'e' }, exponent.abs())
}

fn general(n: f64, precision: usize, keep_zeros: bool, upper: bool) -> String {
    if n == 0.0 {
        return "0".into();
    }
    let rounded = format!("{n:.*e}", precision - 1);
    let exponent: i32 = rounded.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let trim = |text: &str| {
        if keep_zeros || !text.contains('.') {
            text.to_owned()
        } else {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    };
    if exponent < -4 || exponent >= precision as i32 {
        let text = exponential(n, precision - 1, upper);
        let at = text.find(['e', 'E']).unwrap_or(text.len());
        return trim(&text[..at]) + &text[at..];
    }
    let digits = (precision as i32 - 1 - exponent).max(0) as usize;
    trim(&format!("{n:.digits$}"))
}

//! printf (POSIX awk, "Formatted Output").

use vivarium_userland::Bytes;

use super::value::Value;

/// How formats are read.
#[derive(Clone, Copy, Default)]
pub(super) struct Options {
    pub(super) lint: bool,
    pub(super) posix: bool,
}

/// Fills in a format; `convert` is CONVFMT. An error is the message.
pub(super) fn format(
    format: &[u8],
    arguments: &[Value],
    convert: &[u8],
    options: Options,
    warnings: &mut Vec<String>,
) -> Result<Bytes, String> {
    let mut out = Bytes::with_capacity(format.len() + 16);
    let mut next = 0;
    let (mut numbered, mut plain) = (false, false);
    let mut at = 0;
    while at < format.len() {
        let byte = format[at];
        at += 1;
        if byte != b'%' {
            let end = memchr::memchr(b'%', &format[at..]).map_or(format.len(), |end| at + end);
            out.extend_from_slice(&format[at - 1..end]);
            at = end;
            continue;
        }
        if format.get(at) == Some(&b'%') {
            out.push(b'%');
            at += 1;
            continue;
        }
        let start = at - 1;
        let digits = |at: usize| format[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let value_of =
            |from: usize, to: usize| std::str::from_utf8(&format[from..to]).ok().and_then(|t| t.parse::<usize>().ok());
        // The number of an argument, with its dollar sign.
        let position = |at: &mut usize| -> Option<usize> {
            let count = digits(*at);
            if count == 0 || format.get(*at + count) != Some(&b'$') {
                return None;
            }
            let number = value_of(*at, *at + count);
            *at += count + 1;
            number
        };
        let mut argument = |index: Option<usize>, end: Option<usize>, last: usize| -> Result<Value, String> {
            match index {
                Some(0) => Err("argument count with `$' must be > 0".into()),
                Some(index) => {
                    numbered = true;
                    if index > arguments.len() {
                        return Err(match end {
                            Some(end) => ran_out(format, end),
                            None => format!("argument count {index} greater than total number of supplied arguments"),
                        });
                    }
                    if plain {
                        Err("fatal: must use `count$' on all formats or none".into())
                    } else {
                        Ok(arguments[index - 1].clone())
                    }
                }
                None => {
                    if numbered {
                        return Err("fatal: must use `count$' on all formats or none".into());
                    }
                    plain = true;
                    next += 1;
                    match arguments.get(next - 1) {
                        Some(value) => Ok(value.clone()),
                        None => Err(ran_out(format, end.unwrap_or(last))),
                    }
                }
            }
        };
        let mut wanted = position(&mut at);
        let mut flags = Flags::default();
        while let Some(flag) = format.get(at).filter(|b| b"-+ #0'".contains(b)) {
            match flag {
                b'-' => flags.left = true,
                b'+' => flags.plus = true,
                b' ' => flags.space = true,
                b'#' => flags.alternate = true,
                b'0' => flags.zero = true,
                _ => flags.group = true,
            }
            at += 1;
        }
        if wanted.is_none() {
            wanted = position(&mut at);
        }
        let mut number = |at: &mut usize| -> Result<Option<i64>, String> {
            if format.get(*at) == Some(&b'*') {
                *at += 1;
                let index = position(at);
                return Ok(Some(argument(index, Some(*at - 1), *at - 1)?.number() as i64));
            }
            let count = digits(*at);
            let value = value_of(*at, *at + count);
            *at += count;
            Ok(value.map(|value| value as i64))
        };
        let width = number(&mut at)?.unwrap_or(0);
        flags.left |= width < 0;
        let width = width.unsigned_abs() as usize;
        let mut precision = None;
        if format.get(at) == Some(&b'.') {
            at += 1;
            precision = usize::try_from(number(&mut at)?.unwrap_or(0)).ok();
        }
        while let Some(modifier) = format.get(at).filter(|b| b"hlLqjzt".contains(b)) {
            let shown = char::from(*modifier);
            if options.lint {
                warnings.push(format!("`{shown}' is meaningless in awk formats; ignored"));
            }
            if options.posix {
                return Err(format!("`{shown}' is not permitted in POSIX awk formats"));
            }
            at += 1;
        }
        let Some(&letter) = format.get(at).filter(|letter| !letter.is_ascii_control()) else {
            if options.lint {
                warnings.push("[s]printf: format specifier does not have control letter".into());
            }
            out.extend_from_slice(&format[start..at]);
            continue;
        };
        at += 1;
        if letter == b'%' {
            if options.lint {
                warnings.push("field width is ignored for `%%' specifier".into());
            }
            out.push(b'%');
            continue;
        }
        if !b"diouxXeEfFgGaAcs".contains(&letter) {
            if options.lint {
                let shown = char::from(letter);
                warnings.push(format!("ignoring unknown format specifier character `{shown}': no argument converted"));
            }
            out.extend_from_slice(&format[start..at]);
            continue;
        }
        let value = argument(wanted, None, at - 1)?;
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
            && (precision.is_none() || b"aAeEfFgG".contains(&letter));
        pad(&mut out, &body, width, flags.left, zero);
    }
    Ok(out)
}

fn ran_out(format: &[u8], end: usize) -> String {
    let shown = String::from_utf8_lossy(format);
    let before = String::from_utf8_lossy(&format[..end]).chars().count();
    format!("not enough arguments to satisfy format string\n\t`{shown}'\n\t{:before$}^ ran out for this one", "")
}

#[derive(Default)]
struct Flags {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    /// Digits in threes.
    group: bool,
}

/// The digits before the point in threes, where the locale has a separator for that.
fn grouped(text: String) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let digits = whole.len();
    let whole: String = whole
        .chars()
        .enumerate()
        .flat_map(|(index, digit)| [(index > 0 && (digits - index) % 3 == 0).then_some(','), Some(digit)])
        .flatten()
        .collect();
    whole + rest
}

/// Whether the locale parts thousands: C and POSIX do not.
fn parts_thousands() -> bool {
    let set =
        ["LC_ALL", "LC_NUMERIC", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    set.is_some_and(|locale| !matches!(locale.as_str(), "C" | "POSIX") && !locale.starts_with("C."))
}

fn pad(out: &mut Bytes, body: &[u8], width: usize, left: bool, zero: bool) {
    let length = String::from_utf8_lossy(body).chars().count();
    let fill = width.saturating_sub(length);
    if left {
        out.extend_from_slice(body);
        out.extend(std::iter::repeat_n(b' ', fill));
    } else if zero && !body.ends_with(b"inf") && !body.ends_with(b"nan") {
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
        Value::Bool(value) => character(&Value::Number(f64::from(u8::from(*value)))),
        Value::String(text) | Value::Input(text) | Value::Regex(text) => prefix(text, 1).to_vec(),
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
            let digits = if flags.group && parts_thousands() { grouped(digits) } else { digits };
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
            let digits = least(digits, precision);
            let mark = match letter {
                // An octal number begins with a zero.
                b'o' if digits.starts_with('0') => "",
                b'o' => mark,
                _ if bits == 0 => "",
                _ => mark,
            };
            format!("{}{digits}", if flags.alternate { mark } else { "" })
        }
        b'f' | b'F' => {
            let digits = format!("{:.*}", precision.unwrap_or(6), n.abs());
            let digits = if flags.group && parts_thousands() { grouped(digits) } else { digits };
            let point = if flags.alternate && precision == Some(0) { "." } else { "" };
            format!("{}{digits}{point}", sign(n.is_sign_negative()))
        }
        b'a' | b'A' => {
            let text = hexadecimal(n.abs(), precision);
            sign(n.is_sign_negative()).to_owned() + &if letter == b'A' { text.to_uppercase() } else { text }
        }
        b'e' | b'E' => {
            let text = exponential(n.abs(), precision.unwrap_or(6), letter == b'E');
            sign(n.is_sign_negative()).to_owned() + &if flags.alternate { with_point(text) } else { text }
        }
        b'g' | b'G' => {
            let body = general(n.abs(), precision.unwrap_or(6).max(1), flags.alternate, letter == b'G');
            sign(n.is_sign_negative()).to_owned() + &if flags.alternate { with_point(body) } else { body }
        }
        _ => format!("{}{n:e}", sign(false)),
    };
    text.into_bytes()
}

/// With a point behind its digits, if there is none: what `#` asks for.
fn with_point(text: String) -> String {
    if text.contains('.') {
        return text;
    }
    let (digits, exponent) = text.split_at(text.find(['e', 'E']).unwrap_or(text.len()));
    format!("{digits}.{exponent}")
}

/// With zeros before it up to so many digits.
fn least(digits: String, precision: Option<usize>) -> String {
    match precision {
        Some(count) if digits.len() < count => "0".repeat(count - digits.len()) + &digits,
        Some(0) if digits == "0" => String::new(),
        _ => digits,
    }
}

/// `0x1.8p+1`.
fn hexadecimal(n: f64, precision: Option<usize>) -> String {
    if n == 0.0 {
        let digits = "0".repeat(precision.unwrap_or(0));
        return format!("0x0{}{digits}p+0", if digits.is_empty() { "" } else { "." });
    }
    let bits = n.to_bits();
    let (mut exponent, mut fraction) = ((bits >> 52 & 0x7ff) as i32 - 1023, bits & ((1 << 52) - 1));
    let mut whole = 1;
    if exponent == -1023 {
        (exponent, whole) = (-1022, 0);
    }
    let digits = match precision {
        Some(digits) if digits < 13 => {
            let drop = 52 - 4 * digits as u32;
            let all = (u64::from(whole as u32) << 52) | fraction;
            let (kept, lost, half) = (all >> drop, all & ((1 << drop) - 1), 1u64 << (drop - 1));
            let kept = kept + u64::from(lost > half || (lost == half && kept & 1 == 1));
            whole = (kept >> (52 - drop)) as i32;
            fraction = kept & ((1u64 << (52 - drop)) - 1);
            if digits == 0 { String::new() } else { format!("{fraction:0digits$x}") }
        }
        Some(digits) => format!("{fraction:013x}{}", "0".repeat(digits - 13)),
        None => format!("{fraction:013x}").trim_end_matches('0').to_owned(),
    };
    format!("0x{whole}{}{digits}p{exponent:+}", if digits.is_empty() { "" } else { "." })
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

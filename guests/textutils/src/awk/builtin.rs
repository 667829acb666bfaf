//! Built-in functions (POSIX awk, "Functions"), and gawk's of strings, times and bits.

use std::rc::Rc;

use vivarium_userland::posix_regex::Groups;
use vivarium_userland::{Bytes, clock};

use super::fields::by_pattern;
use super::format::format;
use super::interpreter::{CONVFMT, Cell, FPAT, FS, Interpreter, Leave, RLENGTH, RSTART, Result, SUBSEP};
use super::output::shell;
use super::syntax::{Expression, Place};
use super::value::Value;

impl Interpreter<'_> {
    fn argument(&mut self, arguments: &[Expression], index: usize) -> Result<Value> {
        arguments.get(index).map_or(Ok(Value::Unset), |argument| self.expression(argument))
    }

    fn text_argument(&mut self, arguments: &[Expression], index: usize) -> Result<Rc<[u8]>> {
        let value = self.argument(arguments, index)?;
        Ok(self.text(&value))
    }

    /// Calls a built-in function.
    pub(super) fn builtin(&mut self, name: &str, arguments: &[Expression]) -> Result<Value> {
        let number = match name {
            "length" => match arguments {
                [Expression::Variable(place)] => match self.array_if(*place) {
                    Some(array) => array.borrow().len() as f64,
                    None => characters(&self.text_argument(arguments, 0)?) as f64,
                },
                [] => {
                    let record = self.field(0)?;
                    characters(&self.text(&record)) as f64
                }
                _ => characters(&self.text_argument(arguments, 0)?) as f64,
            },
            "index" => {
                let (text, wanted) = (self.text_argument(arguments, 0)?, self.text_argument(arguments, 1)?);
                memchr::memmem::find(&text, &wanted).map_or(0.0, |at| characters(&text[..at]) as f64 + 1.0)
            }
            "split" => self.split(arguments)?,
            "sub" | "gsub" => self.substitute(name == "gsub", arguments)?,
            "match" => self.match_text(arguments)?,
            "sin" => self.argument(arguments, 0)?.number().sin(),
            "cos" => self.argument(arguments, 0)?.number().cos(),
            "atan2" => {
                let (y, x) = (self.argument(arguments, 0)?.number(), self.argument(arguments, 1)?.number());
                y.atan2(x)
            }
            "exp" => self.argument(arguments, 0)?.number().exp(),
            "log" => self.argument(arguments, 0)?.number().ln(),
            "sqrt" => self.argument(arguments, 0)?.number().sqrt(),
            "int" => self.argument(arguments, 0)?.number().trunc(),
            "rand" => {
                // xorshift64*.
                self.random ^= self.random >> 12;
                self.random ^= self.random << 25;
                self.random ^= self.random >> 27;
                (self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64
            }
            "srand" => {
                let seed =
                    if arguments.is_empty() { clock::now().0 as f64 } else { self.argument(arguments, 0)?.number() };
                self.random = (seed.to_bits() ^ 0x9e37_79b9_7f4a_7c15).max(1);
                std::mem::replace(&mut self.seed, seed)
            }
            "system" => {
                let command = self.text_argument(arguments, 0)?;
                self.flush()?;
                shell(&command).status().map_or(127.0, |status| status.code().into())
            }
            "close" => {
                let name = self.text_argument(arguments, 0)?;
                self.close(&name)
            }
            "fflush" => {
                self.flush()?;
                0.0
            }
            "asort" | "asorti" => self.sort_array(name == "asorti", arguments)?,
            "isarray" => f64::from(u8::from(self.kind(arguments)? == "array")),
            "patsplit" => self.pattern_split(arguments)?,
            "mktime" => make_time(&self.text_argument(arguments, 0)?),
            "compl" => (!(self.argument(arguments, 0)?.number() as u64) & ((1 << 53) - 1)) as f64,
            "systime" => clock::now().0 as f64,
            "strtonum" => strtonum(&self.text_argument(arguments, 0)?),
            "and" | "or" | "xor" | "lshift" | "rshift" => self.bits(name, arguments)?,
            _ => return self.text_function(name, arguments),
        };
        Ok(Value::Number(number))
    }

    fn flush(&mut self) -> Result<()> {
        self.outputs
            .flush()
            .map_err(|e| Leave::Fatal(format!("write error: {}", vivarium_userland::output::reason(&e))))
    }

    fn bits(&mut self, name: &str, arguments: &[Expression]) -> Result<f64> {
        let mut result: Option<u64> = None;
        for index in 0..arguments.len() {
            let next = self.argument(arguments, index)?.number() as u64;
            result = Some(match (result, name) {
                (None, _) => next,
                (Some(before), "and") => before & next,
                (Some(before), "or") => before | next,
                (Some(before), "xor") => before ^ next,
                (Some(before), "lshift") => before.checked_shl(next as u32).unwrap_or(0),
                (Some(before), _) => before.checked_shr(next as u32).unwrap_or(0),
            });
        }
        Ok(result.unwrap_or(0) as f64)
    }

    fn text_function(&mut self, name: &str, arguments: &[Expression]) -> Result<Value> {
        let result: Bytes = match name {
            "substr" => {
                let text = self.text_argument(arguments, 0)?;
                let start = round(self.argument(arguments, 1)?.number());
                let length = match arguments.get(2) {
                    Some(length) => round(self.expression(length)?.number()),
                    None => f64::INFINITY,
                };
                substring(&text, start, length).to_vec()
            }
            "sprintf" => {
                let pattern = self.text_argument(arguments, 0)?;
                let mut values = Vec::new();
                for index in 1..arguments.len() {
                    values.push(self.argument(arguments, index)?);
                }
                format(&pattern, &values, &self.text_of(CONVFMT))
            }
            "tolower" | "toupper" => {
                let text = self.text_argument(arguments, 0)?;
                match std::str::from_utf8(&text) {
                    Ok(text) if name == "tolower" => text.to_lowercase().into_bytes(),
                    Ok(text) => text.to_uppercase().into_bytes(),
                    Err(_) if name == "tolower" => text.to_ascii_lowercase(),
                    Err(_) => text.to_ascii_uppercase(),
                }
            }
            "gensub" => self.gensub(arguments)?,
            "typeof" => self.kind(arguments)?.into(),
            "strftime" => {
                let pattern = match arguments.first() {
                    Some(_) => self.text_argument(arguments, 0)?,
                    None => Rc::from(&b"%a %b %e %H:%M:%S %Z %Y"[..]),
                };
                let seconds = match arguments.get(1) {
                    Some(time) => self.expression(time)?.number() as i64,
                    None => clock::now().0,
                };
                clock::format(&clock::local(seconds, 0), &String::from_utf8_lossy(&pattern)).into_bytes()
            }
            other => return Err(Leave::Fatal(format!("unknown function {other}"))),
        };
        Ok(Value::String(Rc::from(result)))
    }

    /// What typeof() says of its argument.
    fn kind(&mut self, arguments: &[Expression]) -> Result<&'static str> {
        if let Some(Expression::Variable(place)) = arguments.first() {
            if self.array_if(*place).is_some() {
                return Ok("array");
            }
            if let Value::Unset = self.argument(arguments, 0)? {
                return Ok("untyped");
            }
        }
        let value = self.argument(arguments, 0)?;
        Ok(match &value {
            Value::Unset => "unassigned",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Input(_) if value.as_number().is_some() => "strnum",
            Value::Input(_) => "string",
        })
    }

    /// patsplit(): the parts are what matches.
    fn pattern_split(&mut self, arguments: &[Expression]) -> Result<f64> {
        let text = self.text_argument(arguments, 0)?;
        let regex = match arguments.get(2) {
            Some(pattern) => self.regex_of(pattern)?,
            None => {
                let pattern = self.text_of(FPAT);
                self.regex(&pattern)?
            }
        };
        let (parts, between) = by_pattern(&text, &regex);
        let Some(Expression::Variable(array)) = arguments.get(1) else {
            return Err(Leave::Fatal("patsplit: second argument is not an array".into()));
        };
        if let Some(Expression::Variable(separators)) = arguments.get(3) {
            self.fill(*separators, 0, &text, &between)?;
        }
        self.fill(*array, 1, &text, &parts)?;
        Ok(parts.len() as f64)
    }

    /// Makes pieces of a text the elements of an array, numbered from `first`.
    fn fill(&mut self, place: Place, first: usize, text: &[u8], parts: &[(usize, usize)]) -> Result<()> {
        let array = self.array(place)?;
        let mut array = array.borrow_mut();
        array.clear();
        for (index, (start, end)) in parts.iter().enumerate() {
            array.insert(Rc::from((first + index).to_string().as_bytes()), Value::input(&text[*start..*end]));
        }
        Ok(())
    }

    fn split(&mut self, arguments: &[Expression]) -> Result<f64> {
        let text = self.text_argument(arguments, 0)?;
        let Some(Expression::Variable(place)) = arguments.get(1) else {
            return Err(Leave::Fatal("split: second argument is not an array".into()));
        };
        let parts = match arguments.get(2) {
            Some(Expression::Regex(_)) => {
                let regex = self.regex_of(&arguments[2])?;
                let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
                while !text.is_empty()
                    && at <= text.len()
                    && let Some((from, to)) = regex.find_at(&text, at)
                {
                    at = to.max(at + 1);
                    if to > from {
                        parts.push((start, from));
                        start = to;
                    }
                }
                if !text.is_empty() {
                    parts.push((start, text.len()));
                }
                parts
            }
            Some(separator) => {
                let value = self.expression(separator)?;
                let separator = self.text(&value);
                self.split_text(&text, &separator, false)?
            }
            None => {
                let separator = self.text_of(FS);
                self.split_text(&text, &separator, false)?
            }
        };
        if let Some(Expression::Variable(separators)) = arguments.get(3) {
            let between: Vec<_> = parts.windows(2).map(|pair| (pair[0].1, pair[1].0)).collect();
            self.fill(*separators, 1, &text, &between)?;
        }
        self.fill(*place, 1, &text, &parts)?;
        Ok(parts.len() as f64)
    }

    fn substitute(&mut self, all: bool, arguments: &[Expression]) -> Result<f64> {
        let Some(pattern) = arguments.first() else { return Err(Leave::Fatal("sub: no pattern".into())) };
        let regex = self.regex_of(pattern)?;
        let by = self.text_argument(arguments, 1)?;
        let record = Expression::Field(Box::new(Expression::Number(0.0)));
        let target = arguments.get(2).unwrap_or(&record);
        // What is no variable is changed in vain.
        let slot = self.slot(target).ok();
        let value = match &slot {
            Some(slot) => self.load(slot)?,
            None => self.expression(target)?,
        };
        let text = self.text(&value);
        let (mut result, mut count, mut at, mut copied) = (Bytes::new(), 0u32, 0, 0);
        while at <= text.len()
            && let Some((start, end)) = regex.find_at(&text, at)
        {
            // An empty match right behind one counts no second time.
            if start == end && start == copied && count > 0 && start > 0 {
                if start >= text.len() {
                    break;
                }
                at = start + 1;
                continue;
            }
            result.extend_from_slice(&text[copied..start]);
            replacement(&by, &text[start..end], &mut result);
            count += 1;
            copied = end;
            at = if end == start { end + 1 } else { end };
            if !all {
                break;
            }
        }
        if count > 0 {
            result.extend_from_slice(&text[copied..]);
            if let Some(slot) = slot {
                self.store(&slot, Value::String(Rc::from(result)))?;
            }
        }
        Ok(count.into())
    }

    fn gensub(&mut self, arguments: &[Expression]) -> Result<Bytes> {
        let Some(pattern) = arguments.first() else { return Err(Leave::Fatal("gensub: no pattern".into())) };
        let regex = self.regex_of(pattern)?;
        let (by, how) = (self.text_argument(arguments, 1)?, self.argument(arguments, 2)?);
        let text = match arguments.get(3) {
            Some(_) => self.text_argument(arguments, 3)?,
            None => {
                let record = self.field(0)?;
                self.text(&record)
            }
        };
        let all = matches!(self.text(&how).first(), Some(b'g' | b'G'));
        let which = (how.number() as u32).max(1);
        let (mut result, mut count, mut at, mut copied) = (Bytes::new(), 0, 0, 0);
        while at <= text.len()
            && let Some(groups) = regex.captures_at(&text, at)
        {
            let (start, end) = groups[0].unwrap_or((at, at));
            if start == end && start == copied && count > 0 && start > 0 {
                at = start + 1;
                continue;
            }
            count += 1;
            if all || count == which {
                result.extend_from_slice(&text[copied..start]);
                with_groups(&by, &text, &groups, &mut result);
                copied = end;
            }
            if !all && count == which {
                break;
            }
            at = if end == start { end + 1 } else { end };
        }
        result.extend_from_slice(&text[copied..]);
        Ok(result)
    }

    fn match_text(&mut self, arguments: &[Expression]) -> Result<f64> {
        let text = self.text_argument(arguments, 0)?;
        let Some(pattern) = arguments.get(1) else { return Err(Leave::Fatal("match: no pattern".into())) };
        let regex = self.regex_of(pattern)?;
        let found = regex.captures_at(&text, 0);
        let whole = found.as_ref().and_then(|groups| groups[0]);
        let (start, length) = match whole {
            Some((start, end)) => (characters(&text[..start]) as f64 + 1.0, characters(&text[start..end]) as f64),
            None => (0.0, -1.0),
        };
        self.globals[RSTART] = Cell::Value(Value::Number(start));
        self.globals[RLENGTH] = Cell::Value(Value::Number(length));
        if let Some(Expression::Variable(place)) = arguments.get(2) {
            let separator = self.text_of(SUBSEP);
            let array = self.array(*place)?;
            let mut array = array.borrow_mut();
            array.clear();
            for (index, group) in found.unwrap_or_default().iter().enumerate() {
                if let Some((start, end)) = group {
                    array.insert(Rc::from(index.to_string().as_bytes()), Value::input(&text[*start..*end]));
                    let (from, length) = (characters(&text[..*start]) + 1, characters(&text[*start..*end]));
                    for (name, number) in [("start", from), ("length", length)] {
                        let key = [index.to_string().as_bytes(), &separator, name.as_bytes()].concat();
                        array.insert(Rc::from(key), Value::Number(number as f64));
                    }
                }
            }
        }
        Ok(start)
    }
}

/// The seconds since the epoch of `YYYY MM DD HH MM SS`, in the local zone; -1 where it is no time.
fn make_time(text: &[u8]) -> f64 {
    let text = String::from_utf8_lossy(text);
    let numbers: Vec<i64> = text.split_whitespace().map_while(|word| word.parse().ok()).collect();
    let [year, month, day, hour, minute, second, ..] = numbers[..] else { return -1.0 };
    clock::parse(&format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"))
        .map_or(-1.0, |seconds| seconds as f64)
}

/// `&` is what matched, `\&` an ampersand.
fn replacement(by: &[u8], found: &[u8], result: &mut Bytes) {
    let mut at = 0;
    while at < by.len() {
        match by[at] {
            b'\\' if matches!(by.get(at + 1), Some(b'&' | b'\\')) => {
                result.push(by[at + 1]);
                at += 1;
            }
            b'&' => result.extend_from_slice(found),
            other => result.push(other),
        }
        at += 1;
    }
}

/// As [`replacement`], with `\1` for the groups.
fn with_groups(by: &[u8], text: &[u8], groups: &Groups, result: &mut Bytes) {
    let group = |index: usize, result: &mut Bytes| {
        if let Some(Some((start, end))) = groups.get(index) {
            result.extend_from_slice(&text[*start..*end]);
        }
    };
    let mut at = 0;
    while at < by.len() {
        match (by[at], by.get(at + 1)) {
            (b'\\', Some(digit)) if digit.is_ascii_digit() => {
                group(usize::from(digit - b'0'), result);
                at += 1;
            }
            (b'\\', Some(other @ (b'&' | b'\\'))) => {
                result.push(*other);
                at += 1;
            }
            (b'&', _) => group(0, result),
            (other, _) => result.push(other),
        }
        at += 1;
    }
}

/// Characters of UTF-8; a byte that belongs to none is one.
fn characters(text: &[u8]) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}

/// To the nearest integer, halves to the even one.
fn round(n: f64) -> f64 {
    if n.is_nan() { n } else { n.round_ties_even() }
}

fn substring(text: &[u8], start: f64, length: f64) -> &[u8] {
    if start.is_nan() || length.is_nan() {
        return b"";
    }
    let first = start.max(1.0);
    let last = start + length;
    if last <= first {
        return b"";
    }
    let (from, to) = ((first - 1.0) as usize, (last - 1.0).min(usize::MAX as f64) as usize);
    if text.is_ascii() {
        return &text[from.min(text.len())..to.min(text.len())];
    }
    let mut ends = vec![0];
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            at += c.len_utf8();
            ends.push(at);
        }
        for _ in chunk.invalid() {
            at += 1;
            ends.push(at);
        }
    }
    let limit = ends.len() - 1;
    &text[ends[from.min(limit)]..ends[to.min(limit)]]
}

/// Hexadecimal and octal numbers too.
fn strtonum(text: &[u8]) -> f64 {
    let shown = String::from_utf8_lossy(text);
    let trimmed = shown.trim();
    let (sign, digits) = trimmed.strip_prefix('-').map_or((1.0, trimmed), |digits| (-1.0, digits));
    let value = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        let end = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
        u64::from_str_radix(&hex[..end], 16).map(|n| n as f64).ok()
    } else if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
        u64::from_str_radix(digits, 8).map(|n| n as f64).ok()
    } else {
        None
    };
    value.map_or_else(|| super::value::number_prefix(text).0, |n| sign * n)
}

//! Built-in functions (POSIX awk, "Functions"), and gawk's of strings, times and bits.

use std::rc::Rc;

use vivarium_userland::posix_regex::Groups;
use vivarium_userland::{Bytes, clock};

use super::cell::{ArrayRef, Cell, key};
use super::fields::by_pattern;
use super::getline::code;
use super::interpreter::{FPAT, FS, Interpreter, NF, RLENGTH, RSTART, Result, SUBSEP, fatal};
use super::output::shell;
use super::record::by_separator;
use super::syntax::{Expression, Place};
use super::value::Value;
use super::variables::Slot;

impl<'a> Interpreter<'a> {
    fn argument(&mut self, arguments: &'a [Expression], index: usize) -> Result<Value> {
        arguments.get(index).map_or(Ok(Value::Unset), |argument| self.expression(argument))
    }

    fn text_argument(&mut self, arguments: &'a [Expression], index: usize) -> Result<Rc<[u8]>> {
        let value = self.argument(arguments, index)?;
        Ok(self.text(&value))
    }

    /// A number that a function is given; with --lint, said to be none where it is a string.
    fn number_argument(&mut self, name: &str, arguments: &'a [Expression], index: usize) -> Result<f64> {
        let value = self.argument(arguments, index)?;
        if self.settings.lint && value.as_number().is_none() {
            let which = match (arguments.len(), index) {
                (1, _) => "",
                (_, 0) => "first ",
                _ => "second ",
            };
            self.warn(&format!("{name}: received non-numeric {which}argument"));
        }
        Ok(value.number())
    }

    fn warn_if_number(&mut self, name: &str, which: &str, value: &Value) {
        if self.settings.lint && matches!(value, Value::Number(_)) {
            self.warn(&format!("{name}: received non-string {which}argument"));
        }
    }

    /// An array that a function is given.
    pub(super) fn array_argument(&mut self, name: &str, which: &str, argument: &'a Expression) -> Result<ArrayRef> {
        match argument {
            Expression::Variable(place) => match self.cell(*place) {
                Cell::Value(_) => fatal(format!("{name}: {which} argument is not an array")),
                _ => self.array(*place),
            },
            Expression::Element(..) => self.array_of(argument),
            _ => fatal(format!("{name}: {which} argument is not an array")),
        }
    }

    fn check_count(&self, name: &str, count: usize) -> Result<()> {
        let (least, most) = match name {
            "length" | "srand" | "fflush" | "rand" => (0, 1),
            "systime" => (0, 0),
            "strftime" => (0, 3),
            "index" | "atan2" | "lshift" | "rshift" => (2, 2),
            "substr" | "match" => (2, 3),
            "split" | "patsplit" => (2, 4),
            "sub" | "gsub" => (2, 3),
            "gensub" => (3, 4),
            "close" | "mktime" | "asort" | "asorti" => (1, 3),
            "and" | "or" | "xor" => (2, usize::MAX),
            "dcgettext" => (1, 3),
            "dcngettext" => (1, 5),
            "typeof" | "bindtextdomain" => (1, 2),
            "sprintf" => (1, usize::MAX),
            _ => (1, 1),
        };
        if count >= least && count <= most {
            return Ok(());
        }
        match name {
            "and" | "or" | "xor" => fatal(format!("{name}: called with less than two arguments")),
            _ => fatal(format!("{count} is invalid as number of arguments for {name}")),
        }
    }

    /// Calls a built-in function.
    pub(super) fn builtin(&mut self, name: &str, arguments: &'a [Expression]) -> Result<Value> {
        self.check_count(name, arguments.len())?;
        let number = match name {
            "length" => return self.length(arguments),
            "index" => {
                let (text, wanted) = (self.argument(arguments, 0)?, self.argument(arguments, 1)?);
                self.warn_if_number(name, "first ", &text);
                self.warn_if_number(name, "second ", &wanted);
                let (text, wanted) = (self.text(&text), self.text(&wanted));
                let found = if self.ignore_case {
                    memchr::memmem::find(&text.to_ascii_lowercase(), &wanted.to_ascii_lowercase())
                } else {
                    memchr::memmem::find(&text, &wanted)
                };
                found.map_or(0.0, |at| characters(&text[..at]) as f64 + 1.0)
            }
            "split" => self.split(arguments)?,
            "sub" | "gsub" => self.substitute(name == "gsub", arguments)?,
            "match" => self.match_text(arguments)?,
            "sin" => self.number_argument(name, arguments, 0)?.sin(),
            "cos" => self.number_argument(name, arguments, 0)?.cos(),
            "atan2" => {
                let y = self.number_argument(name, arguments, 0)?;
                y.atan2(self.number_argument(name, arguments, 1)?)
            }
            "exp" => {
                let argument = self.number_argument(name, arguments, 0)?;
                let result = argument.exp();
                if result.is_infinite() && argument.is_finite() {
                    self.warn(&format!("exp: argument {argument} is out of range"));
                }
                result
            }
            "log" => {
                let argument = self.number_argument(name, arguments, 0)?;
                if argument < 0.0 {
                    self.warn(&format!("log: received negative argument {argument}"));
                }
                argument.ln()
            }
            "sqrt" => {
                let argument = self.number_argument(name, arguments, 0)?;
                if argument < 0.0 {
                    self.warn(&format!("sqrt: called with negative argument {argument}"));
                }
                argument.sqrt()
            }
            "int" => self.number_argument(name, arguments, 0)?.trunc(),
            "rand" => self.random.next(),
            "srand" => {
                let seed = match arguments {
                    [] => clock::now().0 as f64,
                    _ => self.number_argument(name, arguments, 0)?,
                };
                self.random.seed(seed)
            }
            "system" => {
                if self.settings.sandbox {
                    return fatal("`system' function not allowed in sandbox mode");
                }
                let command = self.text_argument(arguments, 0)?;
                self.flush_all();
                shell(&command).status().map_or(127.0, code)
            }
            "close" => {
                let name = self.text_argument(arguments, 0)?;
                let how = match arguments.get(1) {
                    Some(how) => {
                        let how = self.expression(how)?;
                        Some(self.text(&how))
                    }
                    None => None,
                };
                self.close(&name, how.as_deref())?
            }
            "fflush" => match arguments {
                [] => {
                    self.flush_all();
                    0.0
                }
                _ => {
                    let name = self.text_argument(arguments, 0)?;
                    if name.is_empty() {
                        self.flush_all();
                        0.0
                    } else if self.flush_one(&name) {
                        0.0
                    } else {
                        -1.0
                    }
                }
            },
            "asort" | "asorti" => self.sort_array(name == "asorti", arguments)?,
            "isarray" => f64::from(u8::from(self.kind(&arguments[0])? == "array")),
            "mkbool" => {
                let value = self.argument(arguments, 0)?.truth();
                return Ok(Value::Bool(value));
            }
            "patsplit" => self.pattern_split(arguments)?,
            "mktime" => {
                let text = self.text_argument(arguments, 0)?;
                let utc = self.argument(arguments, 1)?.truth();
                make_time(&text, utc)
            }
            "compl" => {
                let argument = self.number_argument(name, arguments, 0)?;
                if argument < 0.0 {
                    return fatal(format!("compl({argument:.6}): negative value is not allowed"));
                }
                (!(argument as u64) & ((1 << 53) - 1)) as f64
            }
            "systime" => clock::now().0 as f64,
            "strtonum" => match self.argument(arguments, 0)? {
                Value::Number(number) => number,
                value => strtonum(&self.text(&value)),
            },
            "and" | "or" | "xor" | "lshift" | "rshift" => self.bits(name, arguments)?,
            _ => return self.text_function(name, arguments),
        };
        Ok(Value::Number(number))
    }

    fn length(&mut self, arguments: &'a [Expression]) -> Result<Value> {
        let argument = match arguments {
            [] => {
                let record = self.field(0)?;
                let record = self.text(&record);
                return Ok(Value::Number(self.count_characters(&record)));
            }
            [argument, ..] => argument,
        };
        let value = match argument {
            Expression::Variable(place) => match self.array_if(*place) {
                Some(array) => return Ok(Value::Number(array.borrow().len() as f64)),
                None => self.expression(argument)?,
            },
            Expression::Element(base, subscripts) if super::evaluate::is_reference(argument) => {
                let array = self.array_of(base)?;
                let key = self.subscript(subscripts)?;
                match array.borrow_mut().entry(key).or_insert(Cell::Untyped) {
                    Cell::Array(array) => return Ok(Value::Number(array.borrow().len() as f64)),
                    Cell::Value(value) => value.clone(),
                    Cell::Untyped => Value::Unset,
                }
            }
            other => self.expression(other)?,
        };
        self.warn_if_number("length", "", &value);
        let value = self.text(&value);
        Ok(Value::Number(self.count_characters(&value)))
    }

    fn count_characters(&mut self, text: &[u8]) -> f64 {
        if self.settings.bytes {
            return text.len() as f64;
        }
        self.check_characters(text);
        characters(text) as f64
    }

    /// Says once that a text is not of the locale's characters.
    fn check_characters(&mut self, text: &[u8]) {
        if !self.settings.bytes && !self.warned_of_characters && std::str::from_utf8(text).is_err() {
            self.warned_of_characters = true;
            if vivarium_userland::posix_regex::locale_is_utf8() {
                self.warn("Invalid multibyte data detected. There may be a mismatch between your data and your locale");
            }
        }
    }

    fn bits(&mut self, name: &str, arguments: &'a [Expression]) -> Result<f64> {
        let mut result: Option<u64> = None;
        for index in 0..arguments.len() {
            let argument = self.number_argument(name, arguments, index)?;
            if argument < 0.0 {
                return match name {
                    "and" | "or" | "xor" => {
                        fatal(format!("{name}: argument {} negative value {} is not allowed", index + 1, argument))
                    }
                    _ => fatal(format!("{name}({argument:.6}, …): negative values are not allowed")),
                };
            }
            let next = argument as u64;
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

    fn text_function(&mut self, name: &str, arguments: &'a [Expression]) -> Result<Value> {
        let result: Bytes = match name {
            "substr" => {
                let text = self.text_argument(arguments, 0)?;
                let start = self.argument(arguments, 1)?.number();
                let start = round(start);
                let length = match arguments.get(2) {
                    Some(length) => round(self.expression(length)?.number()),
                    None => f64::INFINITY,
                };
                substring(&text, start, length, self.settings.bytes).to_vec()
            }
            "sprintf" => {
                let pattern = self.text_argument(arguments, 0)?;
                let values = self.values(&arguments[1..])?;
                self.format(&pattern, &values)?
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
            "typeof" => self.type_of(arguments)?.into(),
            "strftime" => {
                let pattern = match arguments.first() {
                    Some(_) => self.text_argument(arguments, 0)?,
                    None => {
                        let own = self.information(&[b"strftime"]);
                        own.map_or(Rc::from(&b"%a %b %e %H:%M:%S %Z %Y"[..]), |value| self.text(&value))
                    }
                };
                let seconds = match arguments.get(1) {
                    Some(time) => self.expression(time)?.number() as i64,
                    None => clock::now().0,
                };
                let utc = self.argument(arguments, 2)?.truth();
                let time = clock::local(seconds, 0);
                let time = if utc {
                    time.with_time_zone(clock::zone("UTC").unwrap_or_else(|| time.time_zone().clone()))
                } else {
                    time
                };
                clock::format(&time, &String::from_utf8_lossy(&pattern)).into_bytes()
            }
            // No message of a program is translated here: each is its own translation.
            "dcgettext" => self.text_argument(arguments, 0)?.to_vec(),
            "dcngettext" => {
                let many = self.argument(arguments, 2)?.number() != 1.0;
                self.text_argument(arguments, usize::from(many))?.to_vec()
            }
            "bindtextdomain" => self.text_argument(arguments, 0)?.to_vec(),
            other => return fatal(format!("unknown function {other}")),
        };
        Ok(Value::String(Rc::from(result)))
    }

    /// What typeof() says of its argument; into the array that is its second, what kind of array the first is.
    fn type_of(&mut self, arguments: &'a [Expression]) -> Result<&'static str> {
        let kind = self.kind(&arguments[0])?;
        if let Some(second) = arguments.get(1) {
            let details = if kind == "array" {
                let array = self.array_of(&arguments[0])?;
                let elements = array.borrow();
                let integer = |key: &[u8]| key.len() < 16 && key.iter().all(u8::is_ascii_digit);
                let signed = |key: &[u8]| integer(key.strip_prefix(b"-").unwrap_or(key));
                match () {
                    () if elements.is_empty() => "null",
                    () if elements.keys().all(|key| integer(key)) => "cint",
                    () if elements.keys().all(|key| signed(key)) => "int",
                    () => "str",
                }
            } else {
                ""
            };
            let target = self.array_argument("typeof", "second", second)?;
            let mut target = target.borrow_mut();
            target.clear();
            if kind == "array" {
                target.insert(Rc::from(&b"array_type"[..]), Cell::string(details));
            }
        }
        Ok(kind)
    }

    fn kind(&mut self, argument: &'a Expression) -> Result<&'static str> {
        let cell = match argument {
            Expression::Variable(Place::Global(NF)) => Cell::number(0.0),
            Expression::Variable(place) => match self.array_if(*place) {
                Some(_) => return Ok("array"),
                None => self.cell(*place).clone(),
            },
            Expression::Element(base, subscripts) if super::evaluate::is_reference(argument) => {
                let array = self.array_of(base)?;
                let key = self.subscript(subscripts)?;
                array.borrow_mut().entry(key).or_insert(Cell::Untyped).clone()
            }
            Expression::Field(index) => {
                let index = self.field_index(index)?;
                if self.is_unassigned(index)? {
                    return Ok("unassigned");
                }
                Cell::Value(self.field(index)?)
            }
            other => Cell::Value(self.expression(other)?),
        };
        Ok(match &cell {
            Cell::Untyped => "untyped",
            Cell::Array(_) => "array",
            Cell::Value(value) => match value {
                Value::Unset => "unassigned",
                Value::Number(_) => "number",
                Value::Bool(_) => "number|bool",
                Value::String(_) => "string",
                Value::Regex(_) => "regexp",
                Value::Input(_) if value.as_number().is_some() => "strnum",
                Value::Input(_) => "string",
            },
        })
    }

    /// patsplit(): the parts are what matches.
    fn pattern_split(&mut self, arguments: &'a [Expression]) -> Result<f64> {
        let text = self.text_argument(arguments, 0)?;
        let regex = match arguments.get(2) {
            Some(pattern) => self.regex_of(pattern)?,
            None => {
                let pattern = self.text_of(FPAT);
                self.regex(&pattern)?
            }
        };
        let (parts, between) = by_pattern(&text, &regex);
        let array = self.array_argument("patsplit", "second", &arguments[1])?;
        if let Some(separators) = arguments.get(3) {
            let separators = self.array_argument("patsplit", "fourth", separators)?;
            if Rc::ptr_eq(&array, &separators) {
                return fatal("patsplit: cannot use the same array for second and fourth args");
            }
            fill(&separators, 0, &text, &between);
        }
        fill(&array, 1, &text, &parts);
        Ok(parts.len() as f64)
    }

    fn split(&mut self, arguments: &'a [Expression]) -> Result<f64> {
        let text = self.text_argument(arguments, 0)?;
        let mut blanks = false;
        let parts = match arguments.get(2) {
            Some(pattern @ (Expression::Regex(_) | Expression::TypedRegex(_))) => {
                let regex = self.regex_of(pattern)?;
                by_separator(&text, &regex)
            }
            Some(separator) => {
                let value = self.expression(separator)?;
                let separator = self.text(&value);
                blanks = &*separator == b" ";
                if matches!(value, Value::Regex(_)) {
                    by_separator(&text, &*self.regex(&separator)?)
                } else {
                    self.split_text(&text, &separator, false)?
                }
            }
            None => {
                let separator = self.text_of(FS);
                blanks = &*separator == b" ";
                self.split_text(&text, &separator, false)?
            }
        };
        let array = self.array_argument("split", "second", &arguments[1])?;
        if let Some(separators) = arguments.get(3) {
            let separators = self.array_argument("split", "fourth", separators)?;
            if Rc::ptr_eq(&array, &separators) {
                return fatal("split: cannot use the same array for second and fourth args");
            }
            let mut between: Vec<_> = parts.windows(2).map(|pair| (pair[0].1, pair[1].0)).collect();
            let mut first = 1;
            // Blanks before the first and behind the last are kept too.
            if blanks && let (Some(head), Some(tail)) = (parts.first(), parts.last()) {
                if tail.1 < text.len() {
                    between.push((tail.1, text.len()));
                }
                if head.0 > 0 {
                    between.insert(0, (0, head.0));
                    first = 0;
                }
            }
            fill(&separators, first, &text, &between);
        }
        fill(&array, 1, &text, &parts);
        Ok(parts.len() as f64)
    }

    fn substitute(&mut self, all: bool, arguments: &'a [Expression]) -> Result<f64> {
        let pattern = &arguments[0];
        let regex = self.regex_of(pattern)?;
        let by = self.text_argument(arguments, 1)?;
        // What is no variable is changed in vain.
        let (slot, value) = match arguments.get(2) {
            None => (Some(Slot::Field(0)), self.field(0)?),
            Some(target @ (Expression::Variable(_) | Expression::Field(_) | Expression::Element(..))) => {
                let slot = self.slot(target)?;
                let value = self.load(&slot)?;
                (Some(slot), value)
            }
            Some(other) => (None, self.expression(other)?),
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
            replacement(&by, &text[start..end], self.settings.posix, &mut result);
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
                let result = Rc::from(result);
                let result =
                    if matches!(value, Value::Regex(_)) { Value::Regex(result) } else { Value::String(result) };
                self.store(&slot, result)?;
            }
        }
        Ok(count.into())
    }

    fn gensub(&mut self, arguments: &'a [Expression]) -> Result<Bytes> {
        let pattern = &arguments[0];
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
        if !all && how.number() < 1.0 {
            let shown = self.text(&how);
            let shown = String::from_utf8_lossy(&shown);
            self.warn(&format!("gensub: third argument `{shown}' treated as 1"));
        }
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

    fn match_text(&mut self, arguments: &'a [Expression]) -> Result<f64> {
        let text = self.text_argument(arguments, 0)?;
        self.check_characters(&text);
        let regex = self.regex_of(&arguments[1])?;
        let found = regex.captures_at(&text, 0);
        let whole = found.as_ref().and_then(|groups| groups[0]);
        let (start, length) = match whole {
            Some((start, end)) => (characters(&text[..start]) as f64 + 1.0, characters(&text[start..end]) as f64),
            None => (0.0, -1.0),
        };
        self.globals[RSTART] = Cell::number(start);
        self.globals[RLENGTH] = Cell::number(length);
        if let Some(target) = arguments.get(2) {
            let separator = self.text_of(SUBSEP);
            let array = self.array_argument("match", "third", target)?;
            let mut array = array.borrow_mut();
            array.clear();
            for (index, group) in found.unwrap_or_default().iter().enumerate() {
                if let Some((start, end)) = group {
                    array.insert(key(index), Cell::Value(Value::input(&text[*start..*end])));
                    let (from, length) = (characters(&text[..*start]) + 1, characters(&text[*start..*end]));
                    for (name, number) in [("start", from), ("length", length)] {
                        let subscript = [index.to_string().as_bytes(), &separator, name.as_bytes()].concat();
                        array.insert(Rc::from(subscript), Cell::number(number as f64));
                    }
                }
            }
        }
        Ok(start)
    }
}

/// Makes pieces of a text the elements of an array, numbered from `first`.
fn fill(array: &ArrayRef, first: usize, text: &[u8], parts: &[(usize, usize)]) {
    let mut array = array.borrow_mut();
    array.clear();
    for (index, (start, end)) in parts.iter().enumerate() {
        array.insert(key(first + index), Cell::Value(Value::input(&text[*start..*end])));
    }
}

/// The seconds since the epoch of `YYYY MM DD HH MM SS`, in the local zone or UTC; -1 where it is no time. What is beyond its
/// range counts on, as of mktime().
fn make_time(text: &[u8], utc: bool) -> f64 {
    let text = String::from_utf8_lossy(text);
    let numbers: Vec<i64> = text.split_whitespace().map_while(|word| word.parse().ok()).collect();
    let [year, month, day, hour, minute, second, ..] = numbers[..] else { return -1.0 };
    let (year, month) = (year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
    let seconds = days_from_epoch(year, month) * 86_400 + (day - 1) * 86_400 + hour * 3600 + minute * 60 + second;
    if utc {
        return seconds as f64;
    }
    // The offset at that time, and at the time that it makes of it.
    let offset = |at: i64| i64::from(clock::local(at, 0).offset().seconds());
    let guess = seconds - offset(seconds);
    (seconds - offset(guess)) as f64
}

/// Days from 1970-01-01 to the first of a month, by counting years from March on.
fn days_from_epoch(year: i64, month: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 - 719_468
}

/// `&` is what matched, `\&` an ampersand. Backslashes before either are halved as in gawk, unless `posix`.
fn replacement(by: &[u8], found: &[u8], posix: bool, result: &mut Bytes) {
    let mut at = 0;
    while at < by.len() {
        match by[at] {
            b'\\' if posix && matches!(by.get(at + 1), Some(b'&' | b'\\')) => {
                result.push(by[at + 1]);
                at += 1;
            }
            b'\\' => {
                let run = by[at..].iter().take_while(|b| **b == b'\\').count();
                at += run - 1;
                if by.get(at + 1) != Some(&b'&') {
                    result.extend(std::iter::repeat_n(b'\\', run));
                } else {
                    result.extend(std::iter::repeat_n(b'\\', run / 2));
                    if run % 2 == 1 {
                        result.push(b'&');
                        at += 1;
                    }
                }
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

fn substring(text: &[u8], start: f64, length: f64, bytes: bool) -> &[u8] {
    if start.is_nan() || length.is_nan() {
        return b"";
    }
    let first = start.max(1.0);
    let last = start + length;
    if last <= first {
        return b"";
    }
    let (from, to) = ((first - 1.0) as usize, (last - 1.0).min(usize::MAX as f64) as usize);
    if bytes || text.is_ascii() {
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

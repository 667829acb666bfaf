//! Evaluation of arithmetic.

use std::borrow::Cow;
use std::rc::Rc;

use crate::error::Run;
use crate::shell::Shell;
use crate::state::variables::{Value, flag};
use crate::symbol::Symbol;
use crate::syntax::arith::{
    ArithError, Binary, Compiled, Expression, PLACE, Unary, Variable, compile, compile_template,
};
use crate::syntax::ast::{Arith, Operation, ParameterName, Part};
use crate::syntax::lexer::is_name_byte;

/// Expressions kept compiled by their text.
const CACHE: usize = 512;

/// Deepest chain of variables that name variables.
const DEPTH: u32 = 1024;

/// Why an evaluation stops.
enum Stop {
    Error(ArithError),
    Unwind(crate::error::Unwind),
}

impl From<crate::error::Unwind> for Stop {
    fn from(unwind: crate::error::Unwind) -> Stop {
        Stop::Unwind(unwind)
    }
}

type Eval<T = i64> = Result<T, Stop>;

/// A number written plainly.
pub(crate) fn plain_number(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty()
        || digits.len() > 18
        || !digits.iter().all(u8::is_ascii_digit)
        || (digits.len() > 1 && digits[0] == b'0')
    {
        return None;
    }
    let value = digits.iter().fold(0i64, |n, b| n * 10 + i64::from(b - b'0'));
    Some(if digits.len() == text.len() { value } else { -value })
}

impl Shell {
    /// The value of an expression in a script. An error ends the command line.
    pub(crate) fn arith_value(&mut self, arith: &Arith) -> Run<i64> {
        match self.try_arith_value(arith)? {
            Some(value) => Ok(value),
            None => self.abort(1),
        }
    }

    /// The same; `None` after an error, which has been told.
    pub(crate) fn try_arith_value(&mut self, arith: &Arith) -> Run<Option<i64>> {
        let compiled = match arith.compiled.get() {
            Some(compiled) => compiled.clone(),
            None => {
                let compiled = self.compile_template(arith);
                arith.compiled.get_or_init(|| compiled).clone()
            }
        };
        if compiled.places != usize::MAX
            && let Some(places) = self.fill_places(arith, compiled.places)
        {
            return self.finish_arith(&compiled, &places);
        }
        let text = self.expand_quoted(&arith.parts)?;
        self.try_evaluate_text(&text)
    }

    /// The value of an expression given as text; an error ends the command line.
    pub(crate) fn evaluate_text(&mut self, text: &[u8]) -> Run<i64> {
        if let Some(number) = plain_number(text) {
            return Ok(number);
        }
        match self.try_evaluate_text(text)? {
            Some(value) => Ok(value),
            None => self.abort(1),
        }
    }

    /// The same; `None` after an error, which has been told.
    pub(crate) fn try_evaluate_text(&mut self, text: &[u8]) -> Run<Option<i64>> {
        match self.compiled(text) {
            Ok(compiled) => self.finish_arith(&compiled, &[]),
            Err(error) => {
                self.arith_error(text, &error);
                Ok(None)
            }
        }
    }

    fn compiled(&mut self, text: &[u8]) -> Result<Rc<Compiled>, ArithError> {
        if let Some(compiled) = self.arith_cache.get(text) {
            return Ok(compiled.clone());
        }
        let compiled = Rc::new(compile(text)?);
        if self.arith_cache.len() >= CACHE {
            self.arith_cache.clear();
        }
        self.arith_cache.insert(text.to_vec(), compiled.clone());
        Ok(compiled)
    }

    fn finish_arith(&mut self, compiled: &Compiled, places: &[i64]) -> Run<Option<i64>> {
        match self.eval(&compiled.expression, places, &compiled.text, 0) {
            Ok(value) => Ok(Some(value)),
            Err(Stop::Unwind(unwind)) => Err(unwind),
            Err(Stop::Error(error)) => {
                let text = error_text(&error, &compiled.text);
                self.arith_error(&text, &error);
                Ok(None)
            }
        }
    }

    fn arith_error(&mut self, text: &[u8], error: &ArithError) {
        let text = &text[..error.end.min(text.len())];
        let shown = text.trim_ascii_start();
        let token = text.get(error.at.min(text.len())..).unwrap_or_default();
        let mut message = Vec::new();
        if let Some(label) = &self.arith_label {
            message.extend_from_slice(label);
            message.extend_from_slice(b": ");
        } else if self.names_command() {
            message.extend_from_slice(&self.command_text);
            message.extend_from_slice(b": ");
        }
        message.extend_from_slice(shown);
        message.extend_from_slice(b": ");
        message.extend_from_slice(error.message.split('\0').next().unwrap_or_default().as_bytes());
        message.extend_from_slice(b" (error token is \"");
        message.extend_from_slice(token);
        message.extend_from_slice(b"\")");
        self.complain(message);
    }

    /// Whether messages of arithmetic name the command: a builtin, `((` or `[[`.
    fn names_command(&self) -> bool {
        matches!(&self.command_text[..], b"((" | b"[[") || crate::builtins::find(&self.command_text).is_some()
    }

    /// Compiles an expression whose parameters stand where operands do; `places` is `usize::MAX` where that cannot be.
    fn compile_template(&self, arith: &Arith) -> Rc<Compiled> {
        let never = || Rc::new(Compiled { text: Vec::new(), expression: Expression::Number(0), places: usize::MAX });
        let mut text: Vec<u8> = Vec::new();
        for part in &arith.parts {
            match part {
                Part::Literal(literal) | Part::Quoted(literal) => {
                    let glued = text.last() == Some(&PLACE)
                        && literal.first().is_some_and(|b| is_name_byte(*b) || matches!(b, b'[' | b'#'));
                    if glued || literal.contains(&b'\'') || literal.contains(&PLACE) {
                        return never();
                    }
                    text.extend_from_slice(literal);
                }
                _ if simple_name(part).is_some() => {
                    if text.last().is_some_and(|b| is_name_byte(*b) || matches!(*b, b'#' | PLACE)) {
                        return never();
                    }
                    text.push(PLACE);
                }
                _ => return never(),
            }
        }
        // In a subscript a parameter is text.
        let in_subscript = text.iter().position(|b| *b == b'[').is_some_and(|at| text[at..].contains(&PLACE));
        if in_subscript {
            return never();
        }
        compile_template(&text).map_or_else(|_| never(), Rc::new)
    }

    /// The values of the parameters, where each is a plain number.
    fn fill_places(&mut self, arith: &Arith, count: usize) -> Option<Vec<i64>> {
        let mut places = Vec::with_capacity(count);
        if count == 0 {
            return Some(places);
        }
        for part in &arith.parts {
            let Some(name) = simple_name(part) else { continue };
            let value = match name {
                ParameterName::Variable(name) => {
                    let variable = self.state.variables.get(name)?;
                    if variable.flags & (flag::DYNAMIC | flag::NAMEREF) != 0 {
                        return None;
                    }
                    plain_number(variable.scalar()?)?
                }
                ParameterName::Positional(number) => plain_number(self.state.positional.get(number as usize - 1)?)?,
                ParameterName::Special(b'#') => self.state.positional.len() as i64,
                ParameterName::Special(b'?') => i64::from(self.state.status),
                ParameterName::Special(_) => return None,
            };
            // A sign would meet the operators around it.
            if value < 0 {
                return None;
            }
            places.push(value);
        }
        Some(places)
    }

    fn eval(&mut self, expression: &Expression, places: &[i64], text: &[u8], depth: u32) -> Eval {
        Ok(match expression {
            Expression::Number(value) => *value,
            Expression::Place(place) => places.get(*place).copied().unwrap_or_default(),
            Expression::Variable(variable) => self.variable_number(variable, depth)?,
            Expression::Unary(operator, inner) => {
                let value = self.eval(inner, places, text, depth)?;
                match operator {
                    Unary::Plus => value,
                    Unary::Minus => value.wrapping_neg(),
                    Unary::Not => i64::from(value == 0),
                    Unary::Complement => !value,
                }
            }
            Expression::Binary(operator, left, right, at) => {
                let left = self.eval(left, places, text, depth)?;
                let right = self.eval(right, places, text, depth)?;
                binary(*operator, left, right).map_err(|message| stop(message, *at, text))?
            }
            Expression::And(left, right) => {
                i64::from(self.eval(left, places, text, depth)? != 0 && self.eval(right, places, text, depth)? != 0)
            }
            Expression::Or(left, right) => {
                i64::from(self.eval(left, places, text, depth)? != 0 || self.eval(right, places, text, depth)? != 0)
            }
            Expression::Conditional(condition, yes, no) => {
                let chosen = if self.eval(condition, places, text, depth)? != 0 { yes } else { no };
                self.eval(chosen, places, text, depth)?
            }
            Expression::Comma(left, right) => {
                self.eval(left, places, text, depth)?;
                self.eval(right, places, text, depth)?
            }
            Expression::Increment { variable, by, before } => {
                let variable = self.settled(variable)?;
                let value = self.variable_number(&variable, depth)?;
                let new = value.wrapping_add(*by);
                self.set_number(&variable, new)?;
                if *before { value } else { new }
            }
            Expression::Assign(target, operator, right, at) => {
                let mut variable = Cow::Borrowed(target);
                let value = match operator {
                    None => self.eval(right, places, text, depth)?,
                    Some(operator) => {
                        variable = self.settled(target)?;
                        let left = self.variable_number(&variable, depth)?;
                        let right = self.eval(right, places, text, depth)?;
                        binary(*operator, left, right).map_err(|message| stop(message, *at, text))?
                    }
                };
                self.set_number(&variable, value)?;
                value
            }
        })
    }

    /// A variable that is read and then set: its index is worked out once, as doing so may have effects.
    fn settled<'a>(&mut self, variable: &'a Variable) -> Eval<Cow<'a, Variable>> {
        Ok(match &variable.subscript {
            Some(subscript) if !self.is_assoc(variable.name) => {
                let word = self.subscript_word(subscript)?;
                let index = self.index_of(variable.name, &word)?;
                Cow::Owned(Variable { name: variable.name, subscript: Some(index.to_string().into_bytes()) })
            }
            _ => Cow::Borrowed(variable),
        })
    }

    fn is_assoc(&self, name: Symbol) -> bool {
        let name = self.resolve(name).unwrap_or(name);
        matches!(self.state.variables.get(name).map(|variable| &variable.value), Some(Value::Assoc(_)))
    }

    fn variable_number(&mut self, variable: &Variable, depth: u32) -> Eval {
        if variable.subscript.is_none()
            && let Some(found) = self.state.variables.get(variable.name)
            && found.flags & (flag::DYNAMIC | flag::NAMEREF) == 0
            && let Some(value) = found.scalar()
            && let Some(number) = plain_number(value)
        {
            return Ok(number);
        }
        let value = match &variable.subscript {
            None => {
                let value = self.value_of(variable.name);
                if value.is_none() && self.state.options.nounset {
                    self.complain([variable.name.name(), b": unbound variable"].concat());
                    return Err(Stop::Unwind(self.unbound::<()>().err().unwrap_or(crate::error::Unwind::Exit)));
                }
                value.unwrap_or_default()
            }
            Some(subscript) => self.element(variable.name, subscript)?,
        };
        self.text_number(&value, depth)
    }

    /// A variable's value, itself an expression.
    fn text_number(&mut self, value: &[u8], depth: u32) -> Eval {
        if let Some(number) = plain_number(value) {
            return Ok(number);
        }
        if value.trim_ascii().is_empty() {
            return Ok(0);
        }
        if depth >= DEPTH {
            let message = "expression recursion level exceeded".to_string();
            return Err(stop_text(&message, 0, value));
        }
        let compiled = self.compiled(value).map_err(|error| stop_text(&error.message, error.at, value))?;
        self.eval(&compiled.expression, &[], &compiled.text, depth + 1)
    }

    fn element(&mut self, name: Symbol, subscript: &[u8]) -> Eval<Vec<u8>> {
        let word = self.subscript_word(subscript)?;
        let subscript = crate::syntax::ast::Subscript::Index(word);
        let parameter = crate::syntax::ast::Parameter {
            name: ParameterName::Variable(name),
            subscript: Some(subscript),
            indirect: false,
            operation: Operation::None,
            text: Vec::new(),
        };
        Ok(match self.find(&parameter)? {
            super::parameter::Found::Scalar(value) => value,
            _ => Vec::new(),
        })
    }

    fn set_number(&mut self, variable: &Variable, value: i64) -> Eval<()> {
        let mut digits = [0u8; 20];
        let text = decimal(value, &mut digits);
        match &variable.subscript {
            None => {
                // A plain number in place.
                if let Some(found) = self.state.variables.get_mut(variable.name)
                    && found.flags & !(flag::LOCAL | flag::INTEGER | flag::EXPORT) == 0
                    && let Value::Scalar(present) = &mut found.value
                {
                    let present = Rc::make_mut(present);
                    present.clear();
                    present.extend_from_slice(text);
                    self.variable_changed(variable.name);
                    return Ok(());
                }
                self.assign(variable.name, text, false)?;
            }
            Some(subscript) => {
                let word = self.subscript_word(subscript)?;
                self.assign_element(variable.name, &word, text, false)?;
            }
        }
        Ok(())
    }
}

/// The name of a part that is a plain parameter.
fn simple_name(part: &Part) -> Option<ParameterName> {
    match part {
        Part::Parameter(parameter)
            if parameter.subscript.is_none()
                && !parameter.indirect
                && matches!(parameter.operation, Operation::None) =>
        {
            (!matches!(parameter.name, ParameterName::Special(b'@' | b'*' | b'-' | b'0' | b'!' | b'$')))
                .then_some(parameter.name)
        }
        Part::Double(parts) => match &parts[..] {
            [part] => simple_name(part),
            _ => None,
        },
        _ => None,
    }
}

fn stop(message: &str, at: usize, text: &[u8]) -> Stop {
    stop_text(message, at, text)
}

/// An error that carries the text it is in, after a NUL.
fn stop_text(message: &str, at: usize, text: &[u8]) -> Stop {
    Stop::Error(ArithError::new(format!("{message}\0{}", String::from_utf8_lossy(text)), at))
}

/// The text an error speaks of.
fn error_text(error: &ArithError, whole: &[u8]) -> Vec<u8> {
    match error.message.split_once('\0') {
        Some((_, text)) => text.as_bytes().to_vec(),
        None => whole.to_vec(),
    }
}

fn binary(operator: Binary, left: i64, right: i64) -> Result<i64, &'static str> {
    Ok(match operator {
        Binary::Power => {
            if right < 0 {
                return Err("exponent less than 0");
            }
            let (mut base, mut exponent, mut result) = (left, right, 1i64);
            while exponent > 0 {
                if exponent & 1 == 1 {
                    result = result.wrapping_mul(base);
                }
                base = base.wrapping_mul(base);
                exponent >>= 1;
            }
            result
        }
        Binary::Multiply => left.wrapping_mul(right),
        Binary::Divide | Binary::Remainder if right == 0 => return Err("division by 0"),
        Binary::Divide => left.wrapping_div(right),
        Binary::Remainder => left.wrapping_rem(right),
        Binary::Add => left.wrapping_add(right),
        Binary::Subtract => left.wrapping_sub(right),
        Binary::ShiftLeft => left.wrapping_shl(right as u32),
        Binary::ShiftRight => left.wrapping_shr(right as u32),
        Binary::Less => i64::from(left < right),
        Binary::LessEqual => i64::from(left <= right),
        Binary::Greater => i64::from(left > right),
        Binary::GreaterEqual => i64::from(left >= right),
        Binary::Equal => i64::from(left == right),
        Binary::NotEqual => i64::from(left != right),
        Binary::BitAnd => left & right,
        Binary::BitXor => left ^ right,
        Binary::BitOr => left | right,
    })
}

/// A number's digits, without an allocation.
pub(crate) fn decimal(value: i64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut rest = value.unsigned_abs();
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    &buffer[at..]
}

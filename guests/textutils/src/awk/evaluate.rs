//! Expressions.

use std::rc::Rc;

use super::interpreter::{CONVFMT, FUNCTAB, Interpreter, NF, Result, SYMTAB, fatal};
use super::syntax::{Expression, Place};
use super::value::Value;
use vivarium_userland::bytes::text;

impl<'a> Interpreter<'a> {
    pub(super) fn expression(&mut self, expression: &'a Expression) -> Result<Value> {
        let number = |n: f64| Ok(Value::Number(n));
        let truth = |value: bool| Ok(Value::Number(f64::from(u8::from(value))));
        match expression {
            Expression::Number(n) => number(*n),
            Expression::String(text) => Ok(Value::String(text.clone())),
            Expression::Regex(_) => {
                let regex = self.regex_of(expression)?;
                let record = self.whole_record();
                truth(regex.is_match(&record))
            }
            Expression::TypedRegex(index) => Ok(Value::Regex(Rc::from(&*self.program.regexes[*index]))),
            Expression::Variable(place) => self.variable(*place),
            Expression::Field(index) => {
                let index = self.field_index(index)?;
                self.field(index)
            }
            Expression::Element(..) => self.element(expression),
            Expression::Assign(target, value) => {
                let value = self.expression(value)?;
                self.assign(target, value.clone())?;
                Ok(value)
            }
            Expression::Update(operator, target, value) => {
                // The right side may change what the left one is made of.
                let right = self.expression(value)?.number();
                let slot = self.slot(target)?;
                let left = self.load(&slot)?.number();
                let result = Value::Number(arithmetic(*operator, left, right, true)?);
                self.store(&slot, result.clone())?;
                Ok(result)
            }
            Expression::Increment(target, amount, before) => {
                let slot = self.slot(target)?;
                let old = self.load(&slot)?.number();
                self.store(&slot, Value::Number(old + amount))?;
                number(if *before { old } else { old + amount })
            }
            Expression::Conditional(condition, then, other) => {
                if self.expression(condition)?.truth() {
                    self.expression(then)
                } else {
                    self.expression(other)
                }
            }
            Expression::And(left, right) => {
                let value = self.expression(left)?.truth() && self.expression(right)?.truth();
                truth(value)
            }
            Expression::Or(left, right) => {
                let value = self.expression(left)?.truth() || self.expression(right)?.truth();
                truth(value)
            }
            Expression::Not(operand) => {
                let value = self.expression(operand)?.truth();
                truth(!value)
            }
            Expression::Negate(operand) => {
                let value = self.expression(operand)?.number();
                number(-value)
            }
            Expression::Plus(operand) => {
                let value = self.expression(operand)?.number();
                number(value)
            }
            Expression::Arithmetic(operator, left, right) => {
                let left = self.expression(left)?;
                let right = self.expression(right)?;
                if self.settings.lint
                    && let (Value::String(_), Value::String(_)) = (&left, &right)
                {
                    self.warn(&format!("operator `{}' used on two string values", char::from(*operator)));
                }
                number(arithmetic(*operator, left.number(), right.number(), false)?)
            }
            Expression::Concatenate(left, right) => {
                let left = self.expression(left)?;
                let left = self.text(&left);
                let right = self.expression(right)?;
                let joined = [&*left, &*self.text(&right)].concat();
                Ok(Value::String(Rc::from(joined)))
            }
            Expression::Compare(operator, left, right) => {
                let (left, right) = (self.expression(left)?, self.expression(right)?);
                let mut order = left.compare(&right, &self.text_of(CONVFMT));
                if self.ignore_case && (left.as_number().is_none() || right.as_number().is_none()) {
                    let folded = |value: &Value| self.text(value).to_ascii_lowercase();
                    order = Some(folded(&left).cmp(&folded(&right)));
                }
                truth(match (*operator, order) {
                    ("!=", None) => true,
                    (_, None) => false,
                    ("<", Some(order)) => order.is_lt(),
                    ("<=", Some(order)) => order.is_le(),
                    ("==", Some(order)) => order.is_eq(),
                    ("!=", Some(order)) => order.is_ne(),
                    (">", Some(order)) => order.is_gt(),
                    (_, Some(order)) => order.is_ge(),
                })
            }
            Expression::Match(left, right, negated) => {
                let value = self.expression(left)?;
                let regex = self.regex_of(right)?;
                let text = self.text(&value);
                truth(regex.is_match(&text) != *negated)
            }
            Expression::In(subscripts, array) => {
                let key = self.subscript(subscripts)?;
                let found = match **array {
                    Expression::Variable(Place::Global(SYMTAB)) => {
                        let name = text(&key);
                        self.names.iter().any(|known| *known == name)
                    }
                    _ => self.array_of(array)?.borrow().contains_key(&key),
                };
                truth(found)
            }
            Expression::Group(inner) => self.expression(inner),
            Expression::Call(index, arguments) => self.call(*index, arguments),
            Expression::Indirect(place, arguments) => self.call_indirectly(*place, arguments),
            Expression::Builtin(name, arguments) => self.builtin(name, arguments),
            Expression::Getline(source, target) => self.getline(source, target.as_deref()),
        }
    }

    pub(super) fn values(&mut self, expressions: &'a [Expression]) -> Result<Vec<Value>> {
        expressions.iter().map(|expression| self.expression(expression)).collect()
    }
}

/// `update`: of an operator that assigns.
fn arithmetic(operator: u8, left: f64, right: f64, update: bool) -> Result<f64> {
    Ok(match operator {
        b'+' => left + right,
        b'-' => left - right,
        b'*' => left * right,
        b'/' | b'%' if right == 0.0 => {
            let operator = char::from(operator);
            return match (operator, update) {
                ('/', false) => fatal("division by zero attempted"),
                (_, false) => fatal("division by zero attempted in `%'"),
                _ => fatal(format!("division by zero attempted in `{operator}='")),
            };
        }
        b'/' => left / right,
        b'%' => left % right,
        _ => left.powf(right),
    })
}

/// Whether an argument is passed as it is, not as its value: it may be or become an array.
pub(super) fn is_reference(expression: &Expression) -> bool {
    match expression {
        Expression::Variable(place) => *place != Place::Global(NF),
        Expression::Element(base, _) => !matches!(**base, Expression::Variable(Place::Global(FUNCTAB))),
        _ => false,
    }
}

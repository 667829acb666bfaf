//! The orders of PROCINFO["sorted_in"], asort() and asorti(), and the functions that sort.

use std::cmp::Ordering;
use std::rc::Rc;

use super::interpreter::{Array, CONVFMT, Interpreter, Leave, PROCINFO, Result};
use super::syntax::{Expression, Place};
use super::value::Value;

type Pair = (Rc<[u8]>, Value);

impl Interpreter<'_> {
    /// What PROCINFO["sorted_in"] says.
    pub(super) fn sorted_in(&mut self) -> Option<Rc<[u8]>> {
        let array = self.array_if(Place::Global(PROCINFO))?;
        let how = array.borrow().get(&b"sorted_in"[..]).cloned();
        how.map(|how| self.text(&how)).filter(|how| !how.is_empty())
    }

    /// The elements of an array in an order: one of the names that begin with `@`, or a function's.
    pub(super) fn in_order(&mut self, array: &Array, how: &[u8]) -> Result<Vec<Pair>> {
        let mut pairs: Vec<Pair> = array.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        // One order for each array, however its table lies.
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
        let convert = self.text_of(CONVFMT);
        let text = |value: &Value| value.text(&convert);
        let number = |key: &Rc<[u8]>| super::value::number_prefix(key).0;
        let (order, descending) = match how.strip_suffix(b"_desc") {
            Some(order) => (order, true),
            None => (how.strip_suffix(b"_asc").unwrap_or(how), false),
        };
        match order {
            b"@unsorted" | b"@ind_str" => {}
            b"@ind_num" => pairs.sort_by(|(a, _), (b, _)| number(a).total_cmp(&number(b))),
            b"@val_str" => pairs.sort_by(|(_, a), (_, b)| text(a).cmp(&text(b))),
            b"@val_num" => {
                pairs.sort_by(|(_, a), (_, b)| a.number().total_cmp(&b.number()).then_with(|| text(a).cmp(&text(b))))
            }
            b"@val_type" => pairs.sort_by(|(_, a), (_, b)| by_type(a, b, &convert)),
            function if !function.starts_with(b"@") => return self.by_function(pairs, function),
            _ => {
                let how = String::from_utf8_lossy(how);
                return Err(Leave::Fatal(format!("sort comparison function `{how}' is not defined")));
            }
        }
        if descending {
            pairs.reverse();
        }
        Ok(pairs)
    }

    /// Sorts by merging, so that a function that contradicts itself still ends.
    fn by_function(&mut self, pairs: Vec<Pair>, function: &[u8]) -> Result<Vec<Pair>> {
        let Some(index) = self.function_named(function) else {
            let name = String::from_utf8_lossy(function);
            return Err(Leave::Fatal(format!("sort comparison function `{name}' is not defined")));
        };
        let mut runs: Vec<Vec<Pair>> = pairs.into_iter().map(|pair| vec![pair]).collect();
        while runs.len() > 1 {
            let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
            let mut left = runs.into_iter();
            while let Some(first) = left.next() {
                merged.push(match left.next() {
                    Some(second) => self.merge(first, second, index)?,
                    None => first,
                });
            }
            runs = merged;
        }
        Ok(runs.pop().unwrap_or_default())
    }

    fn merge(&mut self, first: Vec<Pair>, second: Vec<Pair>, function: usize) -> Result<Vec<Pair>> {
        let mut merged = Vec::with_capacity(first.len() + second.len());
        let (mut first, mut second) = (first.into_iter().peekable(), second.into_iter().peekable());
        while let (Some((key, value)), Some((other_key, other))) = (first.peek(), second.peek()) {
            let values = vec![Value::Input(key.clone()), value.clone(), Value::Input(other_key.clone()), other.clone()];
            let from_first = self.call_with(function, values)?.number() <= 0.0;
            merged.extend(if from_first { first.next() } else { second.next() });
        }
        merged.extend(first);
        merged.extend(second);
        Ok(merged)
    }

    /// asort() and asorti(): values, or indices, numbered from 1, in the array itself or in another.
    pub(super) fn sort_array(&mut self, by_index: bool, arguments: &[Expression]) -> Result<f64> {
        let name = if by_index { "asorti" } else { "asort" };
        let Some(Expression::Variable(source)) = arguments.first() else {
            return Err(Leave::Fatal(format!("{name}: first argument is not an array")));
        };
        let how = match arguments.get(2) {
            Some(how) => {
                let how = self.expression(how)?;
                self.text(&how)
            }
            None => Rc::from(if by_index { &b"@ind_str_asc"[..] } else { &b"@val_type_asc"[..] }),
        };
        let elements = self.array(*source)?.borrow().clone();
        let pairs = self.in_order(&elements, &how)?;
        let target = match arguments.get(1) {
            Some(Expression::Variable(place)) => self.array(*place)?,
            Some(_) => return Err(Leave::Fatal(format!("{name}: second argument is not an array"))),
            None => self.array(*source)?,
        };
        let mut target = target.borrow_mut();
        target.clear();
        let count = pairs.len();
        for (index, (key, value)) in pairs.into_iter().enumerate() {
            let value = if by_index { Value::String(key) } else { value };
            target.insert(Rc::from((index + 1).to_string().as_bytes()), value);
        }
        Ok(count as f64)
    }
}

/// Numbers before strings, each among themselves.
fn by_type(a: &Value, b: &Value, convert: &[u8]) -> Ordering {
    match (a.as_number(), b.as_number()) {
        (Some(x), Some(y)) => x.total_cmp(&y),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.text(convert).cmp(&b.text(convert)),
    }
}

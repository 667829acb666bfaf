//! The orders of PROCINFO["sorted_in"], asort() and asorti(), and the functions that sort.

use std::cmp::Ordering;

use super::cell::{Array, Cell, Key, key};
use super::interpreter::{CONVFMT, Interpreter, PROCINFO, Result, fatal};
use super::syntax::{Expression, Place};
use super::value::Value;

type Pair = (Key, Cell);

impl<'a> Interpreter<'a> {
    /// What PROCINFO["sorted_in"] says.
    pub(super) fn sorted_in(&mut self) -> Option<Key> {
        let array = self.array_if(Place::Global(PROCINFO))?;
        let how = match array.borrow().get(&b"sorted_in"[..])? {
            Cell::Value(value) => value.clone(),
            _ => return None,
        };
        Some(self.text(&how)).filter(|how| !how.is_empty())
    }

    /// The elements of an array in an order: one of the names that begin with `@`, or a function's.
    pub(super) fn in_order(&mut self, array: &Array, how: &[u8], who: &str) -> Result<Vec<Pair>> {
        let mut pairs: Vec<Pair> = array.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let fold = self.ignore_case;
        let strings = |a: &[u8], b: &[u8]| {
            if fold { a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()).then_with(|| a.cmp(b)) } else { a.cmp(b) }
        };
        // One order for each array, however its table lies.
        pairs.sort_by(|(a, _), (b, _)| strings(a, b));
        let convert = self.text_of(CONVFMT);
        let order = Order { fold, convert: &convert };
        let number = |key: &Key| super::value::number_prefix(key).0;
        let (name, descending) = match how.strip_suffix(b"_desc") {
            Some(order) => (order, true),
            None => (how.strip_suffix(b"_asc").unwrap_or(how), false),
        };
        match name {
            b"@unsorted" | b"@ind_str" => {}
            b"@ind_num" => pairs.sort_by(|(a, _), (b, _)| number(a).total_cmp(&number(b))),
            b"@val_str" => pairs.sort_by(|(_, a), (_, b)| order.by_string(a, b)),
            b"@val_num" => pairs.sort_by(|(_, a), (_, b)| order.by_number(a, b)),
            b"@val_type" => pairs.sort_by(|(_, a), (_, b)| order.by_type(a, b)),
            function if !function.starts_with(b"@") => return self.by_function(pairs, how, who),
            _ => {
                let how = String::from_utf8_lossy(how);
                return fatal(format!("sort comparison function `{how}' is not defined"));
            }
        }
        if descending {
            pairs.reverse();
        }
        Ok(pairs)
    }

    /// Sorts by merging, so that a function that contradicts itself still ends.
    fn by_function(&mut self, pairs: Vec<Pair>, function: &[u8], who: &str) -> Result<Vec<Pair>> {
        let Some(index) = self.function_named(function) else {
            let name = String::from_utf8_lossy(function);
            let _ = who;
            return fatal(format!("sort comparison function `{name}' is not defined"));
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
            let index = |key: &Key| Cell::Value(Value::Input(key.clone()));
            let values = vec![index(key), value.clone(), index(other_key), other.clone()];
            let from_first = self.call_with(function, values)?.number() <= 0.0;
            merged.extend(if from_first { first.next() } else { second.next() });
        }
        merged.extend(first);
        merged.extend(second);
        Ok(merged)
    }

    /// asort() and asorti(): values, or indices, numbered from 1, in the array itself or in another.
    pub(super) fn sort_array(&mut self, by_index: bool, arguments: &'a [Expression]) -> Result<f64> {
        let name = if by_index { "asorti" } else { "asort" };
        let Some(first) = arguments.first() else { return fatal(format!("{name}: called with no arguments")) };
        let how = match arguments.get(2) {
            Some(how) => {
                let how = self.expression(how)?;
                self.text(&how)
            }
            None => Key::from(if by_index { &b"@ind_str_asc"[..] } else { &b"@val_type_asc"[..] }),
        };
        let elements = self.array_argument(name, "first", first)?.borrow().clone();
        if let (Expression::Variable(place), 1) = (first, arguments.len())
            && self.is_kept(*place)
        {
            let kept = self.describe(*place);
            return fatal(format!("{name}: first argument cannot be {kept} without a second argument"));
        }
        let pairs = self.in_order(&elements, &how, name)?;
        let target = match arguments.get(1) {
            Some(second) => self.array_argument(name, "second", second)?,
            None => self.array_argument(name, "first", first)?,
        };
        let count = pairs.len();
        let sorted: Array = pairs
            .into_iter()
            .enumerate()
            .map(|(index, (name, value))| {
                (key(index + 1), if by_index { Cell::Value(Value::String(name)) } else { value })
            })
            .map(|(index, cell)| (index, copied(cell)))
            .collect();
        *target.borrow_mut() = sorted;
        Ok(count as f64)
    }
}

/// An array of its own.
fn copied(cell: Cell) -> Cell {
    match cell {
        Cell::Array(array) => {
            Cell::array(array.borrow().iter().map(|(key, value)| (key.clone(), copied(value.clone()))).collect())
        }
        other => other,
    }
}

struct Order<'a> {
    fold: bool,
    convert: &'a [u8],
}

impl Order<'_> {
    fn strings(&self, a: &Value, b: &Value) -> Ordering {
        let (a, b) = (a.text(self.convert), b.text(self.convert));
        if self.fold { a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()) } else { a.cmp(&b) }
    }

    fn by_string(&self, a: &Cell, b: &Cell) -> Ordering {
        arrays_last(a, b).unwrap_or_else(|(a, b)| self.strings(&a, &b))
    }

    fn by_number(&self, a: &Cell, b: &Cell) -> Ordering {
        arrays_last(a, b).unwrap_or_else(|(a, b)| a.number().total_cmp(&b.number()).then_with(|| self.strings(&a, &b)))
    }

    /// Numbers before strings, each among themselves.
    fn by_type(&self, a: &Cell, b: &Cell) -> Ordering {
        arrays_last(a, b).unwrap_or_else(|(a, b)| match (a.as_number(), b.as_number()) {
            (Some(x), Some(y)) => x.total_cmp(&y),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.strings(&a, &b),
        })
    }
}

/// Arrays come behind values; the values otherwise.
fn arrays_last(a: &Cell, b: &Cell) -> std::result::Result<Ordering, (Value, Value)> {
    let value = |cell: &Cell| match cell {
        Cell::Value(value) => Some(value.clone()),
        Cell::Untyped => Some(Value::Unset),
        Cell::Array(_) => None,
    };
    match (value(a), value(b)) {
        (Some(a), Some(b)) => Err((a, b)),
        (Some(_), None) => Ok(Ordering::Less),
        (None, Some(_)) => Ok(Ordering::Greater),
        (None, None) => Ok(Ordering::Equal),
    }
}

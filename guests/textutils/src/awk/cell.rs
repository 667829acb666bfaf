//! What variables and elements of arrays hold.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::value::Value;

pub(super) type Key = Rc<[u8]>;
pub(super) type Array = HashMap<Key, Cell>;
/// An array, shared with whoever passed it.
pub(super) type ArrayRef = Rc<RefCell<Array>>;

/// A variable, a parameter or an element.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    /// Neither assigned nor asked for: it may still become an array.
    Untyped,
    Value(Value),
    Array(ArrayRef),
}

impl Cell {
    pub(super) fn number(number: impl Into<f64>) -> Cell {
        Cell::Value(Value::Number(number.into()))
    }

    pub(super) fn string(text: impl AsRef<[u8]>) -> Cell {
        Cell::Value(Value::string(text))
    }

    pub(super) fn array(array: Array) -> Cell {
        Cell::Array(Rc::new(RefCell::new(array)))
    }
}

/// The subscript that a number is.
pub(super) fn key(index: usize) -> Key {
    Rc::from(index.to_string().as_bytes())
}

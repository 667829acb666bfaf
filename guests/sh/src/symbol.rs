//! Names of variables and functions, interned: a name is a small number from the parser on, and looking a variable up is an index.

use std::cell::RefCell;
use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An interned name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Symbol(pub(crate) u32);

#[derive(Default)]
struct Table {
    numbers: HashMap<&'static [u8], u32>,
    names: Vec<&'static [u8]>,
}

thread_local! {
    static TABLE: RefCell<Table> = RefCell::default();
}

impl Symbol {
    /// The symbol of a name. Names live as long as the process.
    pub(crate) fn new(name: &[u8]) -> Symbol {
        TABLE.with_borrow_mut(|table| {
            if let Some(number) = table.numbers.get(name) {
                return Symbol(*number);
            }
            let name: &'static [u8] = Box::leak(name.to_vec().into_boxed_slice());
            let number = table.names.len() as u32;
            table.names.push(name);
            table.numbers.insert(name, number);
            Symbol(number)
        })
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static [u8] {
        TABLE.with_borrow(|table| table.names[self.0 as usize])
    }
}

impl std::fmt::Debug for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.name()))
    }
}

impl Serialize for Symbol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.name())
    }
}

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Symbol, D::Error> {
        let name: &[u8] = Deserialize::deserialize(deserializer)?;
        Ok(Symbol::new(name))
    }
}

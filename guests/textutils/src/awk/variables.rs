//! Variables, parameters and arrays: finding them, assigning to them, and naming them in messages.

use std::cell::RefCell;
use std::rc::Rc;

use super::cell::{Array, ArrayRef, Cell, Key, key};
use super::fields::Mode;
use super::interpreter::{
    CONVFMT, FIELDWIDTHS, FPAT, FS, FUNCTAB, IGNORECASE, Interpreter, LINT, Leave, NF, OFS, PROCINFO, Result, SUBSEP,
    SYMTAB, fatal,
};
use super::syntax::{Expression, Place};
use super::value::Value;
use vivarium_userland::bytes::text;

/// What can be assigned to.
pub(super) enum Slot {
    Variable(Place),
    Field(usize),
    Element(ArrayRef, Key),
}

impl<'a> Interpreter<'a> {
    pub(super) fn global(&self, index: usize) -> Value {
        match &self.globals[index] {
            Cell::Value(value) => value.clone(),
            Cell::Array(_) | Cell::Untyped => Value::Unset,
        }
    }

    pub(super) fn text_of(&self, index: usize) -> Rc<[u8]> {
        self.global(index).text(b"%.6g")
    }

    pub(super) fn text(&self, value: &Value) -> Rc<[u8]> {
        match value {
            Value::Number(_) => value.text(&self.text_of(CONVFMT)),
            other => other.text(b""),
        }
    }

    pub(super) fn cell(&mut self, place: Place) -> &mut Cell {
        match place {
            Place::Global(index) => &mut self.globals[index],
            Place::Local(index) => match self.frames.last_mut() {
                Some(frame) => &mut frame.cells[index],
                None => unreachable!("locals are only named in functions"),
            },
        }
    }

    /// The array that a variable is; one that was never used becomes one.
    pub(super) fn array(&mut self, place: Place) -> Result<ArrayRef> {
        match place {
            Place::Global(index) => match &mut self.globals[index] {
                Cell::Array(array) => Ok(array.clone()),
                _ if index == SYMTAB => Ok(self.symbol_table()),
                cell @ Cell::Untyped => {
                    let array = ArrayRef::default();
                    *cell = Cell::Array(array.clone());
                    Ok(array)
                }
                Cell::Value(_) => fatal(format!("attempt to use scalar `{}' as an array", self.names[index])),
            },
            Place::Local(index) => self.array_at(self.frames.len() - 1, index),
        }
    }

    /// The array that a parameter of a call is. The variable passed there becomes one with it.
    fn array_at(&mut self, depth: usize, index: usize) -> Result<ArrayRef> {
        let frame = &self.frames[depth];
        match &frame.cells[index] {
            Cell::Array(array) => return Ok(array.clone()),
            Cell::Untyped => {}
            Cell::Value(_) => return self.scalar_parameter(depth, index),
        }
        let array = match frame.arguments.get(index) {
            Some(Expression::Variable(Place::Global(global))) => match self.array(Place::Global(*global)) {
                Ok(array) => array,
                Err(_) => return self.scalar_parameter(depth, index),
            },
            Some(Expression::Variable(Place::Local(outer))) if depth > 0 => match self.array_at(depth - 1, *outer) {
                Ok(array) => array,
                Err(_) => return self.scalar_parameter(depth, index),
            },
            _ => match frame.elements.iter().find(|(at, ..)| *at == index) {
                Some((_, parent, key)) => {
                    let (parent, key) = (parent.clone(), key.clone());
                    let mut parent = parent.borrow_mut();
                    match parent.entry(key).or_insert(Cell::Untyped) {
                        Cell::Array(array) => array.clone(),
                        cell @ Cell::Untyped => {
                            let array = ArrayRef::default();
                            *cell = Cell::Array(array.clone());
                            array
                        }
                        Cell::Value(_) => return self.scalar_parameter(depth, index),
                    }
                }
                None => ArrayRef::default(),
            },
        };
        self.frames[depth].cells[index] = Cell::Array(array.clone());
        Ok(array)
    }

    fn scalar_parameter(&self, depth: usize, index: usize) -> Result<ArrayRef> {
        let name = &self.program.functions[self.frames[depth].function].parameters[index];
        fatal(format!("attempt to use scalar parameter `{name}' as an array"))
    }

    /// The array a variable is, if it is one, also where that of its caller became one since the call.
    pub(super) fn array_if(&mut self, place: Place) -> Option<ArrayRef> {
        match (self.cell(place), place) {
            (Cell::Array(array), _) => Some(array.clone()),
            (Cell::Untyped, Place::Local(index)) => self.origin(self.frames.len() - 1, index),
            (_, Place::Global(SYMTAB)) => Some(self.symbol_table()),
            _ => None,
        }
    }

    fn origin(&self, depth: usize, index: usize) -> Option<ArrayRef> {
        let frame = &self.frames[depth];
        match frame.arguments.get(index)? {
            Expression::Variable(Place::Global(global)) => match &self.globals[*global] {
                Cell::Array(array) => Some(array.clone()),
                _ => None,
            },
            Expression::Variable(Place::Local(outer)) if depth > 0 => match &self.frames[depth - 1].cells[*outer] {
                Cell::Array(array) => Some(array.clone()),
                Cell::Untyped => self.origin(depth - 1, *outer),
                Cell::Value(_) => None,
            },
            _ => {
                let (_, parent, key) = frame.elements.iter().find(|(at, ..)| *at == index)?;
                match parent.borrow().get(key) {
                    Some(Cell::Array(array)) => Some(array.clone()),
                    _ => None,
                }
            }
        }
    }

    /// What messages call a variable: a parameter with what was passed for it.
    pub(super) fn describe(&self, place: Place) -> String {
        match place {
            Place::Global(index) => self.names[index].clone(),
            Place::Local(index) => {
                let mut depth = self.frames.len() - 1;
                let mut index = index;
                let name = |depth: usize, index: usize| {
                    self.program.functions[self.frames[depth].function].parameters[index].clone()
                };
                let first = name(depth, index);
                let mut origins = Vec::new();
                loop {
                    match self.frames[depth].arguments.get(index) {
                        Some(Expression::Variable(Place::Global(global))) => {
                            origins.push(format!("from {}", self.names[*global]));
                            break;
                        }
                        Some(Expression::Variable(Place::Local(outer))) if depth > 0 => {
                            (depth, index) = (depth - 1, *outer);
                            origins.push(format!("from {}", name(depth, index)));
                        }
                        _ => break,
                    }
                }
                if origins.is_empty() { first } else { format!("{first} ({})", origins.join(", ")) }
            }
        }
    }

    /// What messages call an array or an element of it.
    pub(super) fn describe_array(&mut self, expression: &'a Expression) -> String {
        match expression {
            Expression::Variable(place) => self.describe(*place),
            Expression::Element(base, subscripts) => {
                // Elements are those of the variable, not of the parameter it was passed as.
                let base = self.describe_array(base);
                let base = match base.rsplit_once("from ") {
                    Some((_, origin)) => origin.trim_end_matches(')').to_owned(),
                    None => base,
                };
                let key = self.subscript(subscripts).unwrap_or_default();
                format!("{base}[\"{}\"]", text(&key))
            }
            Expression::Group(inner) => self.describe_array(inner),
            _ => String::from("expression"),
        }
    }

    /// The array that an expression stands for.
    pub(super) fn array_of(&mut self, expression: &'a Expression) -> Result<ArrayRef> {
        match expression {
            Expression::Variable(place) => self.array(*place),
            Expression::Element(base, subscripts) => {
                if matches!(**base, Expression::Variable(Place::Global(SYMTAB))) {
                    let key = self.subscript(subscripts)?;
                    return match self.names.iter().position(|name| name.as_bytes() == &*key) {
                        Some(index) => self.array(Place::Global(index)),
                        None => {
                            let key = text(&key);
                            fatal(format!("reference to uninitialized element `SYMTAB[\"{key}\"] is not allowed'"))
                        }
                    };
                }
                let parent = self.array_of(base)?;
                let key = self.subscript(subscripts)?;
                match parent.borrow_mut().entry(key).or_insert(Cell::Untyped) {
                    Cell::Array(array) => return Ok(array.clone()),
                    cell @ Cell::Untyped => {
                        let array = ArrayRef::default();
                        *cell = Cell::Array(array.clone());
                        return Ok(array);
                    }
                    Cell::Value(_) => {}
                }
                let name = self.describe_array(expression);
                fatal(format!("attempt to use scalar `{name}' as an array"))
            }
            Expression::Group(inner) => self.array_of(inner),
            _ => fatal("attempt to use a scalar value as array"),
        }
    }

    /// SYMTAB as it is now.
    fn symbol_table(&mut self) -> ArrayRef {
        let hidden = [SYMTAB, FUNCTAB];
        let table: Array = self
            .names
            .iter()
            .enumerate()
            .filter(|(index, name)| !hidden.contains(index) && !self.function_names.contains_key(name.as_bytes()))
            .map(|(index, name)| {
                let cell = match &self.globals[index] {
                    Cell::Untyped => Cell::Value(Value::Unset),
                    _ if index == NF => Cell::number(self.record.known_count() as f64),
                    other => other.clone(),
                };
                (Rc::from(name.as_bytes()), cell)
            })
            .collect();
        Rc::new(RefCell::new(table))
    }

    pub(super) fn variable(&mut self, place: Place) -> Result<Value> {
        if place == Place::Global(NF) {
            return Ok(Value::Number(self.field_count()? as f64));
        }
        let lint = self.settings.lint;
        match self.cell(place) {
            Cell::Value(Value::Unset) if lint => {
                self.warn_uninitialized(place);
                Ok(Value::Unset)
            }
            Cell::Value(value) => Ok(value.clone()),
            Cell::Array(_) => self.array_as_scalar(place),
            Cell::Untyped => {
                if self.array_if(place).is_some() {
                    return self.array_as_scalar(place);
                }
                self.become_scalar(place);
                if self.settings.lint {
                    self.warn_uninitialized(place);
                }
                Ok(Value::Unset)
            }
        }
    }

    /// A variable that was never used is no array from now on, nor is what was passed for it.
    fn become_scalar(&mut self, place: Place) {
        let unset = || Cell::Value(Value::Unset);
        match place {
            Place::Global(index) => self.globals[index] = unset(),
            Place::Local(index) => {
                let (mut depth, mut index) = (self.frames.len() - 1, index);
                loop {
                    self.frames[depth].cells[index] = unset();
                    match self.frames[depth].arguments.get(index) {
                        Some(Expression::Variable(Place::Global(global))) => {
                            if matches!(self.globals[*global], Cell::Untyped) {
                                self.globals[*global] = unset();
                            }
                            return;
                        }
                        Some(Expression::Variable(Place::Local(outer))) if depth > 0 => {
                            (depth, index) = (depth - 1, *outer);
                            if !matches!(self.frames[depth].cells[index], Cell::Untyped) {
                                return;
                            }
                        }
                        _ => return,
                    }
                }
            }
        }
    }

    fn warn_uninitialized(&mut self, place: Place) {
        let (kind, name) = match place {
            Place::Global(index) => ("variable", self.names[index].clone()),
            Place::Local(_) => ("argument", self.describe(place).split(" (").next().unwrap_or_default().to_owned()),
        };
        self.warn(&format!("reference to uninitialized {kind} `{name}'"));
    }

    fn array_as_scalar<T>(&self, place: Place) -> Result<T> {
        fatal(format!("attempt to use array `{}' in a scalar context", self.describe(place)))
    }

    pub(super) fn assign_place(&mut self, place: Place, value: Value) -> Result<()> {
        if let Place::Global(index) = place {
            match index {
                NF => {
                    let count = value.number();
                    if count < 0.0 {
                        return fatal("NF set to negative value");
                    }
                    return self.set_field_count(count as usize);
                }
                FS => self.split_by(Mode::Separator),
                // The record is joined as it was when its fields were assigned to.
                OFS => {
                    self.whole_record();
                }
                FPAT => self.split_by(Mode::Pattern),
                FIELDWIDTHS => {
                    let widths = self.text(&value);
                    super::fields::check_widths(&widths).map_err(Leave::Fatal)?;
                    self.split_by(Mode::Widths);
                }
                IGNORECASE => self.ignore_case = value.truth(),
                LINT => self.set_lint(&value),
                _ => {}
            }
        }
        if let (Place::Local(_), Cell::Untyped) = (place, self.cell(place)) {
            self.become_scalar(place);
        }
        match self.cell(place) {
            Cell::Array(_) => self.array_as_scalar(place),
            cell => {
                *cell = Cell::Value(value);
                Ok(())
            }
        }
    }

    /// Goes by another variable from the next record on.
    fn split_by(&mut self, mode: Mode) {
        self.mode = mode;
        if let Cell::Array(information) = &self.globals[PROCINFO] {
            information.borrow_mut().insert(Rc::from(&b"FS"[..]), Cell::string(mode.name()));
        }
    }

    /// What an expression that can be assigned to stands for, its parts evaluated once.
    pub(super) fn slot(&mut self, target: &'a Expression) -> Result<Slot> {
        Ok(match target {
            Expression::Variable(place) => Slot::Variable(*place),
            Expression::Field(index) => Slot::Field(self.field_index(index)?),
            Expression::Element(base, subscripts) => {
                if let Expression::Variable(Place::Global(table @ (SYMTAB | FUNCTAB))) = **base {
                    let key = self.subscript(subscripts)?;
                    if table == FUNCTAB {
                        return fatal("cannot assign to elements of FUNCTAB");
                    }
                    return match self.names.iter().position(|name| name.as_bytes() == &*key) {
                        Some(index) => Ok(Slot::Variable(Place::Global(index))),
                        None => fatal("cannot assign to arbitrary elements of SYMTAB"),
                    };
                }
                let array = self.array_of(base)?;
                let key = self.subscript(subscripts)?;
                Slot::Element(array, key)
            }
            Expression::Group(inner) => return self.slot(inner),
            _ => return fatal("assignment to what is no variable"),
        })
    }

    pub(super) fn load(&mut self, slot: &Slot) -> Result<Value> {
        match slot {
            Slot::Variable(place) => self.variable(*place),
            Slot::Field(index) => self.field(*index),
            Slot::Element(array, key) => match array.borrow_mut().entry(key.clone()).or_insert(Cell::Untyped) {
                Cell::Value(value) => Ok(value.clone()),
                Cell::Untyped => Ok(Value::Unset),
                Cell::Array(_) => fatal("attempt to use array in a scalar context"),
            },
        }
    }

    pub(super) fn store(&mut self, slot: &Slot, value: Value) -> Result<()> {
        match slot {
            Slot::Variable(place) => self.assign_place(*place, value),
            Slot::Field(index) => self.set_field(*index, value),
            Slot::Element(array, key) => {
                if self.settings.sandbox && Rc::ptr_eq(array, &self.arguments) {
                    self.check_sandbox(&value)?;
                }
                match array.borrow_mut().entry(key.clone()).or_insert(Cell::Untyped) {
                    Cell::Array(_) => {
                        return fatal(format!("attempt to use array `{}' in a scalar context", text(key)));
                    }
                    cell => *cell = Cell::Value(value),
                }
                Ok(())
            }
        }
    }

    /// --sandbox lets no file be read that was no operand.
    fn check_sandbox(&mut self, value: &Value) -> Result<()> {
        let name = self.text(value);
        let is_assignment = name.contains(&b'=') && !name.contains(&b'/');
        if name.is_empty() || is_assignment || self.operands.iter().any(|operand| **operand == *name) {
            return Ok(());
        }
        fatal(format!("cannot add a new file ({}) to ARGV in sandbox mode", text(&name)))
    }

    pub(super) fn assign(&mut self, target: &'a Expression, value: Value) -> Result<()> {
        let slot = self.slot(target)?;
        if let (Slot::Element(array, key), Expression::Element(..)) = (&slot, target)
            && matches!(array.borrow().get(key), Some(Cell::Array(_)))
        {
            let name = self.describe_array(target);
            return fatal(format!("attempt to use array `{name}' in a scalar context"));
        }
        self.store(&slot, value)
    }

    /// Reads an element; one that is not there comes to be.
    pub(super) fn element(&mut self, expression: &'a Expression) -> Result<Value> {
        let Expression::Element(base, subscripts) = expression else { return fatal("not an element") };
        if let Expression::Variable(Place::Global(table @ (SYMTAB | FUNCTAB))) = **base {
            return self.table_element(table, subscripts);
        }
        let array = self.array_of(base)?;
        let key = self.subscript(subscripts)?;
        let mut elements = array.borrow_mut();
        match elements.get_mut(&key) {
            Some(Cell::Value(value)) => return Ok(value.clone()),
            Some(Cell::Array(_)) => {}
            _ => {
                elements.insert(key.clone(), Cell::Untyped);
                drop(elements);
                if self.settings.lint {
                    let name = self.describe_array(base);
                    self.warn(&format!("reference to uninitialized element `{name}[\"{}\"]'", text(&key)));
                }
                return Ok(Value::Unset);
            }
        }
        drop(elements);
        let name = self.describe_array(expression);
        fatal(format!("attempt to use array `{name}' in a scalar context"))
    }

    /// An element of SYMTAB or FUNCTAB: none comes to be.
    fn table_element(&mut self, table: usize, subscripts: &'a [Expression]) -> Result<Value> {
        let key = self.subscript(subscripts)?;
        if table == SYMTAB {
            if let Some(index) = self.names.iter().position(|name| name.as_bytes() == &*key) {
                return self.variable(Place::Global(index));
            }
        } else if let Cell::Array(functions) = &self.globals[FUNCTAB]
            && let Some(Cell::Value(name)) = functions.borrow().get(&key)
        {
            return Ok(name.clone());
        }
        let table = if table == SYMTAB { "SYMTAB" } else { "FUNCTAB" };
        fatal(format!("reference to uninitialized element `{table}[\"{}\"] is not allowed'", text(&key)))
    }

    pub(super) fn subscript(&mut self, subscripts: &'a [Expression]) -> Result<Key> {
        if let [one] = subscripts {
            let value = self.expression(one)?;
            return Ok(self.text(&value));
        }
        let separator = self.text_of(SUBSEP);
        let mut parts = Vec::new();
        for subscript in subscripts {
            let value = self.expression(subscript)?;
            parts.push(self.text(&value));
        }
        Ok(Rc::from(parts.join(&*separator)))
    }

    /// An element of PROCINFO, by its name or by its parts.
    pub(super) fn information(&self, parts: &[&[u8]]) -> Option<Value> {
        let Cell::Array(information) = &self.globals[PROCINFO] else { return None };
        let name = parts.join(&*self.text_of(SUBSEP));
        match information.borrow().get(&*name)? {
            Cell::Value(value) => Some(value.clone()),
            Cell::Untyped => Some(Value::Unset),
            Cell::Array(_) => None,
        }
    }

    /// What is known of the functions there are: FUNCTAB.
    pub(super) fn function_table(&self) -> Array {
        let builtins = super::lexer::BUILTINS.iter().map(|name| (*name).to_owned());
        let own = self.program.functions.iter().map(|function| function.name.clone());
        builtins.chain(own).map(|name| (Rc::from(name.as_bytes()), Cell::string(&name))).collect()
    }

    /// The values of ARGV.
    pub(super) fn argument_at(&self, index: usize) -> Option<Value> {
        match self.arguments.borrow().get(&key(index))? {
            Cell::Value(value) => Some(value.clone()),
            _ => None,
        }
    }
}

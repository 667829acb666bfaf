//! Calls of functions, by name and by what a variable holds.

use super::cell::{ArrayRef, Cell, Key};
use super::evaluate::is_reference;
use super::interpreter::{FUNCTAB, Interpreter, Leave, PROCINFO, Result, SYMTAB, fatal};
use super::syntax::{Expression, Place};
use super::value::Value;
use vivarium_userland::bytes::text;

/// Calls within calls: beyond, a program that never returns would take all memory.
const MAX_DEPTH: usize = 10_000;

/// A call in progress.
pub(super) struct Frame<'a> {
    pub(super) function: usize,
    pub(super) cells: Vec<Cell>,
    /// What was passed, for what was untyped then.
    pub(super) arguments: &'a [Expression],
    /// Elements passed that were untyped: the parameter, the array and the subscript.
    pub(super) elements: Vec<(usize, ArrayRef, Key)>,
}

impl<'a> Interpreter<'a> {
    pub(super) fn call(&mut self, index: usize, arguments: &'a [Expression]) -> Result<Value> {
        let program = self.program;
        let function = &program.functions[index];
        if function.body.is_none() {
            return fatal(format!("function `{}' not defined", function.name));
        }
        if self.frames.len() >= MAX_DEPTH {
            return fatal("function calls nested too deeply");
        }
        if arguments.len() > function.parameters.len() {
            self.warn(&format!("function `{}' called with more arguments than declared", function.name));
        }
        let mut cells = Vec::with_capacity(function.parameters.len());
        let mut elements = Vec::new();
        for (at, argument) in arguments.iter().enumerate() {
            let cell = match argument {
                Expression::Variable(Place::Global(SYMTAB)) => Cell::Array(self.array(Place::Global(SYMTAB))?),
                Expression::Element(base, subscripts)
                    if matches!(**base, Expression::Variable(Place::Global(SYMTAB))) =>
                {
                    let key = self.subscript(subscripts)?;
                    match self.names.iter().position(|name| name.as_bytes() == &*key) {
                        Some(index) => self.globals[index].clone(),
                        None => Cell::Untyped,
                    }
                }
                Expression::Variable(place) if is_reference(argument) => match self.cell(*place) {
                    Cell::Untyped => match self.array_if(*place) {
                        Some(array) => Cell::Array(array),
                        None => Cell::Untyped,
                    },
                    cell => cell.clone(),
                },
                Expression::Element(base, subscripts)
                    if is_reference(argument) && !matches!(**base, Expression::Variable(Place::Global(SYMTAB))) =>
                {
                    let array = self.array_of(base)?;
                    let key = self.subscript(subscripts)?;
                    let cell = array.borrow_mut().entry(key.clone()).or_insert(Cell::Untyped).clone();
                    if matches!(cell, Cell::Untyped) {
                        elements.push((at, array, key));
                    }
                    cell
                }
                _ => Cell::Value(self.expression(argument)?),
            };
            cells.push(cell);
        }
        cells.truncate(function.parameters.len());
        self.enter(Frame { function: index, cells, arguments, elements })
    }

    /// Runs a function's body.
    fn enter(&mut self, mut frame: Frame<'a>) -> Result<Value> {
        let program = self.program;
        let function = &program.functions[frame.function];
        frame.cells.resize(function.parameters.len(), Cell::Untyped);
        self.frames.push(frame);
        let line = self.line;
        let result = function.body.as_ref().map_or(Ok(()), |body| self.statement(body));
        match result {
            Err(Leave::Fatal(message)) => Err(Leave::Fatal(message)),
            result => {
                self.frames.pop();
                self.line = line;
                match result {
                    Ok(()) => Ok(Value::Unset),
                    Err(Leave::Return(value)) => Ok(value),
                    Err(other) => Err(other),
                }
            }
        }
    }

    /// The number of the function of that name.
    pub(super) fn function_named(&self, name: &[u8]) -> Option<usize> {
        let name = name.strip_prefix(b"awk::").unwrap_or(name);
        self.function_names.get(name).copied()
    }

    /// Calls a function with values.
    pub(super) fn call_with(&mut self, index: usize, cells: Vec<Cell>) -> Result<Value> {
        let declared = self.program.functions[index].parameters.len();
        let cells = cells.into_iter().take(declared).collect();
        self.enter(Frame { function: index, cells, arguments: &[], elements: Vec::new() })
    }

    pub(super) fn call_indirectly(&mut self, place: Place, arguments: &'a [Expression]) -> Result<Value> {
        let value = self.variable(place)?;
        let name = self.text(&value);
        if let Some(index) = self.function_named(&name) {
            return self.call(index, arguments);
        }
        let own = name.strip_prefix(b"awk::").unwrap_or(&name);
        let builtin = super::lexer::BUILTINS.iter().copied().find(|known| known.as_bytes() == own);
        match builtin {
            Some(name @ ("sub" | "gsub" | "gensub" | "match" | "split" | "patsplit")) => {
                self.check_indirect(name, arguments)?;
                self.builtin(name, arguments)
            }
            Some(name) => self.builtin(name, arguments),
            None => {
                let name = text(&name);
                fatal(format!("function `{name}' not defined"))
            }
        }
    }

    fn check_indirect(&self, name: &str, arguments: &[Expression]) -> Result<()> {
        if matches!(name, "sub" | "gsub") && arguments.len() != 2 {
            return fatal(format!("{name}: can be called indirectly only with two arguments"));
        }
        Ok(())
    }

    /// Whether an array is one that the language itself keeps.
    pub(super) fn is_kept(&self, place: Place) -> bool {
        matches!(place, Place::Global(SYMTAB | FUNCTAB | PROCINFO))
    }
}

//! Variables: a slot for each symbol, with what is hidden by locals kept in scopes.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::array::Assoc;
use crate::symbol::Symbol;

/// Attributes.
pub(crate) mod flag {
    pub(crate) const EXPORT: u16 = 1;
    pub(crate) const READONLY: u16 = 2;
    pub(crate) const INTEGER: u16 = 4;
    pub(crate) const LOWER: u16 = 8;
    pub(crate) const UPPER: u16 = 16;
    pub(crate) const CAPITAL: u16 = 32;
    pub(crate) const NAMEREF: u16 = 64;
    pub(crate) const TRACE: u16 = 128;
    pub(crate) const LOCAL: u16 = 256;
    /// Its value is worked out when it is read, or setting it does something.
    pub(crate) const DYNAMIC: u16 = 512;
    /// Cannot be unset.
    pub(crate) const NO_UNSET: u16 = 1024;
    /// Assignments are silently ignored.
    pub(crate) const NO_ASSIGN: u16 = 2048;
    /// An array that was declared, but never given a value.
    pub(crate) const NO_VALUE: u16 = 4096;
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) enum Value {
    /// Declared, not set.
    #[default]
    Unset,
    Scalar(Rc<Vec<u8>>),
    Indexed(Rc<BTreeMap<i64, Vec<u8>>>),
    Assoc(Rc<Assoc>),
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Variable {
    pub(crate) value: Value,
    pub(crate) flags: u16,
}

impl Variable {
    pub(crate) fn has(&self, flags: u16) -> bool {
        self.flags & flags != 0
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self.value, Value::Indexed(_) | Value::Assoc(_))
    }

    pub(crate) fn is_set(&self) -> bool {
        !matches!(self.value, Value::Unset)
    }

    /// As `$name` has it: of an array, the element 0.
    pub(crate) fn scalar(&self) -> Option<&[u8]> {
        match &self.value {
            Value::Unset => None,
            Value::Scalar(value) => Some(value),
            Value::Indexed(array) => array.get(&0).map(Vec::as_slice),
            Value::Assoc(array) => array.get(b"0").map(Vec::as_slice),
        }
    }
}

/// What a scope was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ScopeKind {
    Function,
    /// The assignments before a command.
    Temporary,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Scope {
    pub(crate) kind: ScopeKind,
    /// What the scope's variables hide.
    pub(crate) hidden: Vec<(Symbol, Option<Variable>)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    slots: Vec<Option<Variable>>,
    scopes: Vec<Scope>,
    /// `NAME=value` strings of the exported ones, each ended by a NUL; `None` when something has changed.
    environment: Option<Rc<Vec<u8>>>,
}

impl Variables {
    pub(crate) fn get(&self, name: Symbol) -> Option<&Variable> {
        self.slots.get(name.0 as usize)?.as_ref()
    }

    /// For changing; an exported one's change reaches the environment.
    pub(crate) fn get_mut(&mut self, name: Symbol) -> Option<&mut Variable> {
        let variable = self.slots.get_mut(name.0 as usize)?.as_mut()?;
        if variable.flags & flag::EXPORT != 0 {
            self.environment = None;
        }
        Some(variable)
    }

    /// For changing; made where there is none.
    pub(crate) fn entry(&mut self, name: Symbol) -> &mut Variable {
        let index = name.0 as usize;
        if index >= self.slots.len() {
            self.slots.resize(index + 64, None);
        }
        let variable = self.slots[index].get_or_insert_default();
        if variable.flags & flag::EXPORT != 0 {
            self.environment = None;
        }
        variable
    }

    pub(crate) fn replace(&mut self, name: Symbol, variable: Option<Variable>) -> Option<Variable> {
        let index = name.0 as usize;
        if index >= self.slots.len() {
            self.slots.resize(index + 64, None);
        }
        let before = std::mem::replace(&mut self.slots[index], variable);
        let exported = |variable: &Option<Variable>| variable.as_ref().is_some_and(|v| v.has(flag::EXPORT));
        if exported(&before) || exported(&self.slots[index]) {
            self.environment = None;
        }
        before
    }

    /// The environment has to be made anew.
    pub(crate) fn environment_changed(&mut self) {
        self.environment = None;
    }

    /// All that exist, in the order of their names.
    pub(crate) fn sorted(&self) -> Vec<(Symbol, &Variable)> {
        let mut all: Vec<_> =
            self.slots.iter().enumerate().filter_map(|(i, v)| v.as_ref().map(|v| (Symbol(i as u32), v))).collect();
        all.sort_by_key(|(name, _)| name.name());
        all
    }

    /// The environment for a child, given what functions add to it.
    pub(crate) fn environment(&mut self, functions: impl FnOnce(&mut Vec<u8>)) -> Rc<Vec<u8>> {
        if let Some(environment) = &self.environment {
            return environment.clone();
        }
        let mut strings = Vec::new();
        for (index, variable) in self.slots.iter().enumerate() {
            let Some(variable) = variable else { continue };
            if !variable.has(flag::EXPORT) || variable.is_array() {
                continue;
            }
            if let Value::Scalar(value) = &variable.value {
                strings.extend_from_slice(Symbol(index as u32).name());
                strings.push(b'=');
                strings.extend_from_slice(value);
                strings.push(0);
            }
        }
        functions(&mut strings);
        let strings = Rc::new(strings);
        self.environment = Some(strings.clone());
        strings
    }

    pub(crate) fn push_scope(&mut self, kind: ScopeKind) {
        self.scopes.push(Scope { kind, hidden: Vec::new() });
    }

    /// Ends the innermost scope: what it hid comes back. Gives the names that changed.
    pub(crate) fn pop_scope(&mut self) -> Vec<Symbol> {
        let Some(scope) = self.scopes.pop() else { return Vec::new() };
        let mut changed = Vec::new();
        for (name, hidden) in scope.hidden.into_iter().rev() {
            self.replace(name, hidden);
            changed.push(name);
        }
        changed
    }

    pub(crate) fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// Index of the innermost function's scope.
    pub(crate) fn function_scope(&self) -> Option<usize> {
        self.scopes.iter().rposition(|scope| scope.kind == ScopeKind::Function)
    }

    /// Whether a name has a variable of its own in a scope.
    pub(crate) fn is_in_scope(&self, scope: usize, name: Symbol) -> bool {
        self.scopes[scope].hidden.iter().any(|(hidden, _)| *hidden == name)
    }

    /// Whether a name has a variable of its own in a scope that was made for the assignments before a command.
    pub(crate) fn is_temporary(&self, scope: usize, name: Symbol) -> bool {
        self.scopes.get(scope).is_some_and(|found| found.kind == ScopeKind::Temporary) && self.is_in_scope(scope, name)
    }

    /// Hides a name in a scope (which must be where its present value is from, or the innermost): gives what was hidden.
    pub(crate) fn hide(&mut self, scope: usize, name: Symbol, variable: Option<Variable>) {
        let before = self.replace(name, variable);
        self.scopes[scope].hidden.push((name, before));
    }

    /// Unsets the present variable of a name; where it is a local of a function called before, what it hid shows again.
    pub(crate) fn unset(&mut self, name: Symbol) -> Option<Variable> {
        let innermost = self.scopes.iter().rposition(|scope| scope.hidden.iter().any(|(hidden, _)| *hidden == name));
        let function = self.function_scope();
        if let Some(scope) = innermost {
            if function != Some(scope) || self.scopes[scope].kind == ScopeKind::Temporary {
                let hidden = &mut self.scopes[scope].hidden;
                if let Some(at) = hidden.iter().rposition(|(hidden, _)| *hidden == name) {
                    let (_, before) = hidden.remove(at);
                    return self.replace(name, before);
                }
            }
            // A local stays local while its function runs.
            let local = Variable { value: Value::Unset, flags: flag::LOCAL };
            return self.replace(name, Some(local));
        }
        self.replace(name, None)
    }

    /// The variable outside all functions.
    pub(crate) fn global_entry(&mut self, name: Symbol) -> &mut Variable {
        self.environment = None;
        let scope = self.scopes.iter().position(|scope| scope.hidden.iter().any(|(hidden, _)| *hidden == name));
        match scope {
            None => self.entry(name),
            Some(scope) => {
                let hidden = &mut self.scopes[scope].hidden;
                let at = hidden.iter().position(|(hidden, _)| *hidden == name).unwrap_or_default();
                hidden[at].1.get_or_insert_default()
            }
        }
    }

    /// Names for which variables exist, to hand them over.
    pub(crate) fn export_state(&self) -> (Vec<(Symbol, &Variable)>, &[Scope]) {
        let all =
            self.slots.iter().enumerate().filter_map(|(i, v)| v.as_ref().map(|v| (Symbol(i as u32), v))).collect();
        (all, &self.scopes)
    }

    pub(crate) fn import_state(&mut self, variables: Vec<(Symbol, Variable)>, scopes: Vec<Scope>) {
        self.slots.clear();
        for (name, variable) in variables {
            self.replace(name, Some(variable));
        }
        self.scopes = scopes;
        self.environment = None;
    }
}

impl Variables {
    /// Makes a temporary variable permanent: ending its scope leaves it.
    pub(crate) fn keep(&mut self, scope: usize, name: Symbol, variable: Variable) {
        let mut variable = variable;
        if let Some(entry) = self.scopes[scope].hidden.iter_mut().find(|(hidden, _)| *hidden == name) {
            if let Some(before) = &entry.1 {
                variable.flags = before.flags | (variable.flags & !flag::EXPORT);
            } else {
                variable.flags &= !flag::EXPORT;
            }
            entry.1 = Some(variable);
        }
    }
}

impl Variables {
    /// Adds attributes to what a scope hides.
    pub(crate) fn keep_flags(&mut self, scope: usize, name: Symbol, flags: u16) {
        if let Some((_, Some(variable))) = self.scopes[scope].hidden.iter_mut().find(|(hidden, _)| *hidden == name) {
            variable.flags |= flags;
        }
    }
}

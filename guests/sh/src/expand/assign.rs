//! Assignments, with what attributes and special variables make of them.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::error::Run;
use crate::shell::Shell;
use crate::state::array::Assoc;
use crate::state::variables::{Value, Variable, flag};
use crate::symbol::Symbol;
use crate::syntax::ast::{Assignment, AssignmentValue, Element, Word};
use crate::text;

impl Shell {
    /// An assignment statement.
    pub(crate) fn assign_statement(&mut self, assignment: &Assignment) -> Run {
        match &assignment.value {
            AssignmentValue::Array(elements) => {
                if assignment.subscript.is_some() {
                    let label = [
                        assignment.name.name(),
                        b"[",
                        &assignment.subscript.as_ref().map(|w| w.text.clone()).unwrap_or_default()[..],
                        b"]: cannot assign list to array member",
                    ]
                    .concat();
                    self.complain(label);
                    self.assignment_failed = true;
                    return Ok(());
                }
                self.assign_array(assignment.name, elements, assignment.append)
            }
            AssignmentValue::Scalar(word) => {
                let value = self.expand_assignment(word)?;
                if self.state.options.xtrace {
                    self.trace_assignment(assignment, &value)?;
                }
                match &assignment.subscript {
                    None => self.assign(assignment.name, &value, assignment.append),
                    Some(subscript) => self.assign_element(assignment.name, subscript, &value, assignment.append),
                }
            }
        }
    }

    /// `name=value` or `name+=value`.
    pub(crate) fn assign(&mut self, name: Symbol, value: &[u8], append: bool) -> Run {
        if let Some(variable) = self.state.variables.get(name)
            && (variable.flags & !(flag::EXPORT | flag::LOCAL | flag::TRACE) != 0 || variable.is_array())
        {
            return self.assign_special(name, value, append);
        }
        let all_export = self.state.options.allexport;
        let variable = self.state.variables.entry(name);
        match &mut variable.value {
            Value::Scalar(present) => {
                let present = Rc::make_mut(present);
                if !append {
                    present.clear();
                }
                present.extend_from_slice(value);
            }
            _ => variable.value = Value::Scalar(Rc::new(value.to_vec())),
        }
        if all_export {
            variable.flags |= flag::EXPORT;
            self.state.variables.environment_changed();
        }
        self.variable_changed(name);
        Ok(())
    }

    fn assign_special(&mut self, name: Symbol, value: &[u8], append: bool) -> Run {
        let Some(variable) = self.state.variables.get(name) else { return Ok(()) };
        if variable.has(flag::NAMEREF) {
            return self.assign_through(name, value, append);
        }
        self.check_writable(name)?;
        let Some(variable) = self.state.variables.get(name) else { return Ok(()) };
        if variable.has(flag::NO_ASSIGN) {
            return Ok(());
        }
        if variable.is_array() {
            let key: &[u8] = b"0";
            return match &variable.value {
                Value::Assoc(_) => self.set_key(name, key.to_vec(), value, append),
                _ => self.set_index(name, 0, value, append),
            };
        }
        let flags = variable.flags;
        let before = variable.scalar().unwrap_or_default().to_vec();
        let value = self.attributed(flags, &before, value, append)?;
        if flags & flag::DYNAMIC != 0 && self.assign_dynamic(name, &value) {
            return Ok(());
        }
        let all_export = self.state.options.allexport;
        let variable = self.state.variables.entry(name);
        variable.value = Value::Scalar(Rc::new(value));
        if all_export {
            variable.flags |= flag::EXPORT;
        }
        self.state.variables.environment_changed();
        self.variable_changed(name);
        Ok(())
    }

    /// What the attributes make of a new value.
    pub(crate) fn attributed(&mut self, flags: u16, before: &[u8], value: &[u8], append: bool) -> Run<Vec<u8>> {
        if flags & flag::INTEGER != 0 {
            let mut number = self.evaluate_text(value)?;
            if append {
                number = number.wrapping_add(self.evaluate_text(before)?);
            }
            return Ok(number.to_string().into_bytes());
        }
        let mut value = if append { [before, value].concat() } else { value.to_vec() };
        if flags & (flag::LOWER | flag::UPPER) != 0 {
            let upper = flags & flag::UPPER != 0;
            value = text::characters(&value).flat_map(|c| text::change_case(c, upper)).collect();
        } else if flags & flag::CAPITAL != 0 {
            value = text::characters(&value).enumerate().flat_map(|(i, c)| text::change_case(c, i == 0)).collect();
        }
        Ok(value)
    }

    /// Through a nameref.
    fn assign_through(&mut self, name: Symbol, value: &[u8], append: bool) -> Run {
        if let Some(target) = self.resolve(name) {
            if target != name {
                return self.assign(target, value, append);
            }
            // Without a target: the value becomes it.
            self.check_writable(name)?;
            if !value.is_empty() && !is_reference(value) {
                self.complain([b"`", value, b"': not a valid identifier"].concat());
                return self.abort(1);
            }
            self.state.variables.entry(name).value = Value::Scalar(Rc::new(value.to_vec()));
            return Ok(());
        }
        let target = self.state.variables.get(name).and_then(|v| v.scalar()).unwrap_or_default().to_vec();
        if let Some((base, subscript)) = split_reference(&target) {
            let word = self.subscript_word(subscript)?;
            return self.assign_element(Symbol::new(base), &word, value, append);
        }
        self.complain([name.name(), b": circular name reference"].concat());
        self.assignment_failed = true;
        Ok(())
    }

    /// A subscript given as text.
    pub(crate) fn subscript_word(&mut self, text: &[u8]) -> Run<Word> {
        match crate::syntax::Parser::new(text, self.state.line, self.settings()).operand() {
            Ok(word) => Ok(word),
            Err(error) => {
                self.complain(&error.message);
                self.abort(1)
            }
        }
    }

    pub(crate) fn check_writable(&mut self, name: Symbol) -> Run {
        if self.state.variables.get(name).is_some_and(|v| v.has(flag::READONLY)) {
            self.complain([name.name(), b": readonly variable"].concat());
            if self.state.options.posix {
                return self.fatal(1);
            }
            return self.abort(1);
        }
        Ok(())
    }

    /// `name[subscript]=value`.
    pub(crate) fn assign_element(&mut self, name: Symbol, subscript: &Word, value: &[u8], append: bool) -> Run {
        let Some(name) = self.resolve(name) else {
            self.complain([name.name(), b": not a valid identifier"].concat());
            return self.abort(1);
        };
        self.check_writable(name)?;
        if self.state.variables.get(name).is_some_and(|v| v.has(flag::NO_ASSIGN)) {
            if name.name() == b"DIRSTACK" {
                let index = self.index_of(name, subscript)?;
                self.set_directory_at(usize::try_from(index).unwrap_or(usize::MAX), value);
            }
            return Ok(());
        }
        if matches!(self.state.variables.get(name).map(|v| &v.value), Some(Value::Assoc(_))) {
            let key = self.expand_key(subscript)?;
            if key.is_empty() {
                self.complain([name.name(), b"[", &subscript.text, b"]: bad array subscript"].concat());
                return self.abort(1);
            }
            return self.set_key(name, key, value, append);
        }
        if matches!(subscript.text.as_slice(), b"" | b"@" | b"*") {
            self.complain([name.name(), b"[", &subscript.text, b"]: bad array subscript"].concat());
            return self.abort(1);
        }
        let mut index = self.index_of(name, subscript)?;
        if index < 0 {
            let last = match self.state.variables.get(name).map(|v| &v.value) {
                Some(Value::Indexed(array)) => array.keys().next_back().map_or(0, |last| last + 1),
                Some(Value::Scalar(_)) => 1,
                _ => 0,
            };
            index += last;
            if index < 0 {
                self.complain([name.name(), b"[", &subscript.text, b"]: bad array subscript"].concat());
                return self.abort(1);
            }
        }
        self.set_index(name, index, value, append)
    }

    /// Sets an indexed array's element; a scalar becomes an array.
    pub(crate) fn set_index(&mut self, name: Symbol, index: i64, value: &[u8], append: bool) -> Run {
        let flags = self.state.variables.get(name).map_or(0, |v| v.flags);
        let value = if flags & (flag::INTEGER | flag::LOWER | flag::UPPER | flag::CAPITAL) != 0 || append {
            let before = match self.state.variables.get(name).map(|v| &v.value) {
                Some(Value::Indexed(array)) => array.get(&index).cloned().unwrap_or_default(),
                Some(Value::Scalar(value)) if index == 0 => value.to_vec(),
                _ => Vec::new(),
            };
            self.attributed(flags, &before, value, append)?
        } else {
            value.to_vec()
        };
        let variable = self.state.variables.entry(name);
        variable.flags &= !flag::NO_VALUE;
        make_indexed(variable);
        if let Value::Indexed(array) = &mut variable.value {
            Rc::make_mut(array).insert(index, value);
        }
        self.variable_changed(name);
        Ok(())
    }

    /// Sets an associative array's element.
    pub(crate) fn set_key(&mut self, name: Symbol, key: Vec<u8>, value: &[u8], append: bool) -> Run {
        let Some(variable) = self.state.variables.get(name) else { return Ok(()) };
        let flags = variable.flags;
        let before = match &variable.value {
            Value::Assoc(array) => array.get(&key).cloned().unwrap_or_default(),
            _ => Vec::new(),
        };
        let value = self.attributed(flags, &before, value, append)?;
        let variable = self.state.variables.entry(name);
        variable.flags &= !flag::NO_VALUE;
        if let Value::Assoc(array) = &mut variable.value {
            Rc::make_mut(array).insert(key, value);
        }
        self.variable_changed(name);
        Ok(())
    }

    /// `name=(…)`.
    pub(crate) fn assign_array(&mut self, name: Symbol, elements: &[Element], append: bool) -> Run {
        let Some(name) = self.resolve(name) else { return self.abort(1) };
        self.check_writable(name)?;
        if matches!(self.state.variables.get(name).map(|v| &v.value), Some(Value::Assoc(_))) {
            return self.assign_assoc(name, elements, append);
        }
        // All values are expanded before the array changes.
        let mut items: Vec<(Option<Word>, bool, Vec<u8>)> = Vec::new();
        for element in elements {
            match &element.subscript {
                Some(subscript) => {
                    let value = self.expand_assignment(&element.value)?;
                    items.push((Some(subscript.clone()), element.append, value));
                }
                None => {
                    let mut words = Vec::new();
                    self.expand_word(&element.value, &mut words)?;
                    items.extend(words.into_iter().map(|word| (None, false, word)));
                }
            }
        }
        if self.state.options.xtrace {
            let shown: Vec<Vec<u8>> = elements.iter().map(|e| e.whole.text.clone()).collect();
            let sign: &[u8] = if append { b"+=(" } else { b"=(" };
            let text = [name.name(), sign, &shown.join(&b' ')[..], b")"].concat();
            self.trace(&text)?;
        }
        let flags = self.state.variables.get(name).map_or(0, |v| v.flags);
        let variable = self.state.variables.entry(name);
        variable.flags &= !flag::NO_VALUE;
        if append {
            make_indexed(variable);
        } else {
            variable.value = Value::Indexed(Rc::default());
        }
        let plain = flags & (flag::INTEGER | flag::LOWER | flag::UPPER | flag::CAPITAL) == 0;
        let mut next = match &variable.value {
            Value::Indexed(array) => array.keys().next_back().map_or(0, |last| last + 1),
            _ => 0,
        };
        if plain && items.iter().all(|(subscript, ..)| subscript.is_none()) {
            if let Value::Indexed(array) = &mut variable.value {
                let array = Rc::make_mut(array);
                for (_, _, value) in items {
                    array.insert(next, value);
                    next += 1;
                }
            }
            self.variable_changed(name);
            return Ok(());
        }
        for (subscript, append, value) in items {
            if let Some(subscript) = subscript {
                if subscript.text.is_empty() || matches!(&subscript.text[..], b"@" | b"*") {
                    self.complain([b"[", &subscript.text[..], b"]=", &value, b": bad array subscript"].concat());
                    self.assignment_failed = true;
                    continue;
                }
                next = self.index_of(name, &subscript)?;
                if next < 0 {
                    self.complain([b"[", &subscript.text[..], b"]=", &value, b": bad array subscript"].concat());
                    self.assignment_failed = true;
                    continue;
                }
            }
            self.set_index(name, next, &value, append)?;
            next += 1;
        }
        if self.state.options.allexport {
            self.state.variables.entry(name).flags |= flag::EXPORT;
        }
        Ok(())
    }

    fn assign_assoc(&mut self, name: Symbol, elements: &[Element], append: bool) -> Run {
        let mut pairs = Vec::new();
        let mut plain: Option<Vec<u8>> = None;
        let mut paired = false;
        let by_pairs = elements.first().is_some_and(|e| e.subscript.is_none());
        for element in elements {
            match &element.subscript {
                Some(subscript) if !by_pairs => {
                    let key = self.expand_key(subscript)?;
                    let value = self.expand_assignment(&element.value)?;
                    if key.is_empty() {
                        let text =
                            [b"[", &subscript.text[..], b"]=", &element.value.text, b": bad array subscript"].concat();
                        self.complain(text);
                        self.assignment_failed = true;
                        continue;
                    }
                    pairs.push((key, value, element.append));
                }
                _ if by_pairs => {
                    let mut words = Vec::new();
                    words.push(self.expand_assignment(&element.whole)?);
                    for word in words {
                        match plain.take() {
                            None => plain = Some(word),
                            Some(key) => pairs.push((key, word, false)),
                        }
                        paired = true;
                    }
                }
                _ => {
                    let word =
                        [&element.value.text[..], b": must use subscript when assigning associative array"].concat();
                    self.complain([name.name(), b": ", &word[..]].concat());
                    self.assignment_failed = true;
                }
            }
        }
        if let (Some(key), true) = (plain, paired) {
            pairs.push((key, Vec::new(), false));
        }
        let variable = self.state.variables.entry(name);
        variable.flags &= !flag::NO_VALUE;
        if !append {
            variable.value = Value::Assoc(Rc::new(Assoc::default()));
        }
        for (key, value, append) in pairs {
            self.set_key(name, key, &value, append)?;
        }
        Ok(())
    }

    /// A value given as text to a name given as text: `name`, `name[subscript]`. Says whether it could be assigned.
    pub(crate) fn assign_reference(&mut self, target: &[u8], value: &[u8], append: bool) -> Run<bool> {
        if crate::syntax::lexer::is_name(target) {
            self.assign(Symbol::new(target), value, append)?;
            return Ok(true);
        }
        if let Some((base, subscript)) = split_reference(target) {
            let word = self.subscript_word(subscript)?;
            self.assign_element(Symbol::new(base), &word, value, append)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Compound assignment from a text: `declare "a=(1 2)"`, `eval`-less.
    pub(crate) fn assign_array_text(&mut self, name: Symbol, text: &[u8], append: bool) -> Run {
        match crate::syntax::Parser::new(text, self.state.line, self.settings()).elements() {
            Ok(elements) => self.assign_array(name, &elements, append),
            Err(error) => {
                self.complain(&error.message);
                self.abort(1)
            }
        }
    }

    /// An expanded value as an assignment shows it in `set -x`.
    fn trace_assignment(&mut self, assignment: &Assignment, value: &[u8]) -> Run {
        let mut text = assignment.name.name().to_vec();
        if let Some(subscript) = &assignment.subscript {
            text.push(b'[');
            text.extend_from_slice(&subscript.text);
            text.push(b']');
        }
        if assignment.append {
            text.push(b'+');
        }
        text.push(b'=');
        if !value.is_empty() {
            text.extend_from_slice(&crate::syntax::quote::traced(value));
        }
        self.trace(&text)
    }
}

/// Makes a variable an indexed array; its value becomes the element 0.
pub(crate) fn make_indexed(variable: &mut Variable) {
    match &variable.value {
        Value::Indexed(_) | Value::Assoc(_) => {}
        Value::Scalar(value) => {
            let array = BTreeMap::from([(0, value.to_vec())]);
            variable.value = Value::Indexed(Rc::new(array));
        }
        Value::Unset => variable.value = Value::Indexed(Rc::default()),
    }
}

/// `name[subscript]` taken apart.
pub(crate) fn split_reference(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let open = text.iter().position(|b| *b == b'[')?;
    let subscript = text[open + 1..].strip_suffix(b"]")?;
    (crate::syntax::lexer::is_name(&text[..open]) && !subscript.is_empty()).then_some((&text[..open], subscript))
}

/// Whether a text can be what a nameref refers to.
pub(crate) fn is_reference(text: &[u8]) -> bool {
    crate::syntax::lexer::is_name(text) || split_reference(text).is_some()
}

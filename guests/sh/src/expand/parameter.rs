//! Parameter expansion (POSIX 2.6.2) with bash's forms.

mod replace;

mod lookup;
mod substring;

use replace::{change_case, remove};

use super::fields::Fields;
use super::pattern::Rules;
use super::word::Tilde;
use crate::error::Run;
use crate::shell::Shell;
use crate::state::variables::{Value, flag};
use crate::symbol::Symbol;
use crate::syntax::ast::{Operation, Parameter, ParameterName, Subscript, Word};
use crate::text;

/// What a parameter's name stands for.
#[derive(Debug)]
pub(crate) enum Found {
    Unset,
    Scalar(Vec<u8>),
    /// `$@`, `${a[*]}` …
    List {
        items: Vec<Vec<u8>>,
        star: bool,
    },
}

impl Shell {
    pub(crate) fn expand_parameter(
        &mut self,
        parameter: &Parameter,
        quoted: bool,
        tilde: Tilde,
        out: &mut Fields,
    ) -> Run {
        // The plain case first: a variable as it is.
        if let (ParameterName::Variable(name), None, Operation::None, false) =
            (parameter.name, &parameter.subscript, &parameter.operation, parameter.indirect)
            && let Some(variable) = self.state.variables.get(name)
            && variable.flags & (flag::DYNAMIC | flag::NAMEREF) == 0
            && let Some(value) = variable.scalar()
        {
            if quoted {
                out.push(value, true);
            } else {
                out.push_split(value, &self.ifs);
            }
            return Ok(());
        }
        if parameter.indirect && !matches!(parameter.operation, Operation::Names { .. } | Operation::Keys) {
            return self.expand_indirect(parameter, quoted, tilde, out);
        }
        self.expand_direct(parameter, quoted, tilde, out)
    }

    fn expand_direct(&mut self, parameter: &Parameter, quoted: bool, tilde: Tilde, out: &mut Fields) -> Run {
        match &parameter.operation {
            Operation::Bad => return self.bad_substitution(parameter),
            Operation::Length => {
                let length = self.parameter_length(parameter)?;
                self.push_value(length.to_string().into_bytes(), quoted, out);
                return Ok(());
            }
            Operation::Names { at } => {
                let ParameterName::Variable(prefix) = parameter.name else { return self.bad_substitution(parameter) };
                let prefix = prefix.name();
                let all = self.state.variables.sorted();
                let names = all
                    .into_iter()
                    .filter(|(name, v)| name.name().starts_with(prefix) && (v.is_set() || v.has(flag::DYNAMIC)));
                let items = names.map(|(name, _)| name.name().to_vec()).collect();
                self.push_list(items, !at, quoted, out);
                return Ok(());
            }
            Operation::Keys => {
                let ParameterName::Variable(name) = parameter.name else { return self.bad_substitution(parameter) };
                let items = self.array_keys(name);
                self.push_list(items, matches!(parameter.subscript, Some(Subscript::Star)), quoted, out);
                return Ok(());
            }
            _ => {}
        }
        let found = self.find(parameter)?;
        match &parameter.operation {
            Operation::None => {
                if matches!(found, Found::Unset) {
                    self.check_nounset(parameter)?;
                }
                self.push_found(found, quoted, out);
            }
            Operation::Test { operator, colon, word } => {
                return self.expand_test(parameter, found, (*operator, *colon), word, quoted, tilde, out);
            }
            Operation::Substring { offset, length } => {
                if matches!(found, Found::Unset) {
                    self.check_nounset(parameter)?;
                }
                // Errors in the expressions name the parameter.
                let label = self.parameter_label(parameter);
                let was = self.arith_label.replace(label);
                let found = self.substring(parameter, found, offset, length.as_ref());
                self.arith_label = was;
                let found = found?;
                self.push_found(found, quoted, out);
            }
            operation => {
                if matches!(found, Found::Unset) {
                    self.check_nounset(parameter)?;
                }
                let found = match operation {
                    Operation::Remove { suffix, longest, pattern } => {
                        let pattern = self.expand_pattern(pattern)?;
                        let rules = self.rules(false);
                        map(found, |value| remove(value, &pattern, *suffix, *longest, rules))
                    }
                    Operation::Replace { anchor, pattern, replacement } => {
                        self.replace(found, *anchor, pattern, replacement.as_ref(), quoted)?
                    }
                    Operation::Case { operator, all, pattern } => {
                        let pattern = self.expand_pattern(pattern)?;
                        let rules = self.rules(true);
                        map(found, |value| change_case(&value, *operator, *all, &pattern, rules))
                    }
                    Operation::Transform(operator) => self.transform(parameter, found, *operator)?,
                    _ => found,
                };
                self.push_found(found, quoted, out);
            }
        }
        Ok(())
    }

    pub(crate) fn rules(&self, case: bool) -> Rules {
        Rules { extglob: self.state.shopts.extglob, ignore_case: case && self.state.shopts.nocasematch }
    }

    pub(crate) fn bad_substitution<T>(&mut self, parameter: &Parameter) -> Run<T> {
        self.complain([&parameter.text[..], b": bad substitution"].concat());
        self.abort(1)
    }

    /// A parameter that has to be set is not: ends the shell; a subshell's status is 1, as in bash.
    pub(crate) fn unbound<T>(&mut self) -> Run<T> {
        let inner = self.interactive || self.state.subshell > 0;
        self.fatal(if inner { 1 } else { 127 })
    }

    /// `set -u`.
    fn check_nounset(&mut self, parameter: &Parameter) -> Run {
        if !self.state.options.nounset {
            return Ok(());
        }
        if matches!(parameter.name, ParameterName::Special(b'@' | b'*'))
            || matches!(parameter.subscript, Some(Subscript::At | Subscript::Star))
        {
            return Ok(());
        }
        let name = self.parameter_label(parameter);
        self.complain([&name[..], b": unbound variable"].concat());
        self.unbound()
    }

    /// The parameter's name with its subscript, for messages.
    fn parameter_label(&mut self, parameter: &Parameter) -> Vec<u8> {
        let mut name = match parameter.name {
            ParameterName::Variable(name) => name.name().to_vec(),
            ParameterName::Positional(number) => {
                if parameter.text.is_empty() {
                    format!("${number}").into_bytes()
                } else {
                    number.to_string().into_bytes()
                }
            }
            ParameterName::Special(byte) => vec![byte],
        };
        match &parameter.subscript {
            Some(Subscript::Index(word)) => {
                name.push(b'[');
                name.extend_from_slice(&word.text);
                name.push(b']');
            }
            Some(Subscript::At) => name.extend_from_slice(b"[@]"),
            Some(Subscript::Star) => name.extend_from_slice(b"[*]"),
            None => {}
        }
        name
    }

    /// `${!name}`.
    fn expand_indirect(&mut self, parameter: &Parameter, quoted: bool, tilde: Tilde, out: &mut Fields) -> Run {
        // Of a nameref: the name it refers to.
        if let (ParameterName::Variable(name), None) = (parameter.name, &parameter.subscript)
            && let Some(variable) = self.state.variables.get(name)
            && variable.has(flag::NAMEREF)
        {
            let target = variable.scalar().unwrap_or_default().to_vec();
            self.push_value(target, quoted, out);
            return Ok(());
        }
        let found = self.find(parameter)?;
        let target = match found {
            Found::Scalar(value) => value,
            Found::List { items, .. } if items.is_empty() => return Ok(()),
            Found::List { items, .. } => items.join(&b' '),
            Found::Unset => {
                if let Operation::Test { operator: b'-' | b'+' | b'=' | b'?', .. } = &parameter.operation
                    && !matches!(parameter.operation, Operation::Test { operator: b'=', .. })
                {
                    let unset = Parameter { indirect: false, ..parameter.clone() };
                    return self.expand_direct(&unset, quoted, tilde, out);
                }
                let label = self.parameter_label(parameter);
                self.complain([&label[..], b": invalid indirect expansion"].concat());
                return self.abort(1);
            }
        };
        let Some(found) = self.reference(&target) else {
            self.complain([&target[..], b": invalid variable name"].concat());
            return self.abort(1);
        };
        let direct = Parameter {
            indirect: false,
            operation: parameter.operation.clone(),
            text: parameter.text.clone(),
            ..found
        };
        self.expand_direct(&direct, quoted, tilde, out)
    }

    /// Whether a parameter is a list without items that makes `"$@"` vanish.
    pub(crate) fn is_empty_at(&mut self, parameter: &Parameter) -> bool {
        if !matches!(
            parameter.operation,
            Operation::None
                | Operation::Keys
                | Operation::Substring { .. }
                | Operation::Remove { .. }
                | Operation::Replace { .. }
                | Operation::Case { .. }
                | Operation::Names { at: true }
                | Operation::Transform(_)
                | Operation::Test { operator: b'+', .. }
        ) {
            return false;
        }
        match (parameter.name, &parameter.subscript) {
            (ParameterName::Special(b'@'), _) if !parameter.indirect => {
                self.state.positional.is_empty() || matches!(parameter.operation, Operation::Substring { .. })
            }
            (ParameterName::Variable(name), Some(Subscript::At)) => {
                let Some(name) = self.resolve(name) else { return false };
                if self.state.variables.get(name).is_some_and(|v| v.has(flag::DYNAMIC)) {
                    return self.dynamic_array(name).is_some_and(|items| items.is_empty());
                }
                matches!(parameter.operation, Operation::Substring { .. })
                    || match self.state.variables.get(name).map(|v| &v.value) {
                        None | Some(Value::Unset) => true,
                        Some(Value::Scalar(_)) => false,
                        Some(Value::Indexed(array)) => array.is_empty(),
                        Some(Value::Assoc(array)) => array.len() == 0,
                    }
            }
            (ParameterName::Variable(_), None) => matches!(parameter.operation, Operation::Names { at: true }),
            _ => false,
        }
    }

    pub(crate) fn array_keys(&mut self, name: Symbol) -> Vec<Vec<u8>> {
        let Some(name) = self.resolve(name) else { return Vec::new() };
        if self.state.variables.get(name).is_some_and(|v| v.has(flag::DYNAMIC))
            && let Some(items) = self.dynamic_array(name)
        {
            return (0..items.len()).map(|i| i.to_string().into_bytes()).collect();
        }
        match self.state.variables.get(name).map(|v| &v.value) {
            Some(Value::Scalar(_)) => vec![b"0".to_vec()],
            Some(Value::Indexed(array)) => array.keys().map(|k| k.to_string().into_bytes()).collect(),
            Some(Value::Assoc(array)) => array.entries().into_iter().map(|(k, _)| k.clone()).collect(),
            _ => Vec::new(),
        }
    }

    fn push_value(&mut self, value: Vec<u8>, quoted: bool, out: &mut Fields) {
        if quoted {
            out.push(&value, true);
        } else {
            out.push_split(&value, &self.ifs);
        }
    }

    fn push_found(&mut self, found: Found, quoted: bool, out: &mut Fields) {
        match found {
            Found::Unset => {}
            Found::Scalar(value) => self.push_value(value, quoted, out),
            Found::List { items, star } => self.push_list(items, star, quoted, out),
        }
    }

    fn push_list(&mut self, items: Vec<Vec<u8>>, star: bool, quoted: bool, out: &mut Fields) {
        if star && (quoted || out.single) {
            let joined = items.join(self.ifs.joiner());
            out.push(&joined, quoted);
            return;
        }
        if out.single {
            let joined = items.join(&b" "[..]);
            out.push(&joined, quoted);
            return;
        }
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.end();
            }
            if quoted {
                out.touch();
                out.push(item, true);
            } else {
                out.push_split(item, &self.ifs);
            }
        }
    }

    fn parameter_length(&mut self, parameter: &Parameter) -> Run<usize> {
        if let ParameterName::Special(b'@' | b'*') = parameter.name {
            return Ok(self.state.positional.len());
        }
        if let (ParameterName::Variable(name), None) = (parameter.name, &parameter.subscript)
            && let Some(variable) = self.state.variables.get(name)
            && variable.flags & (flag::DYNAMIC | flag::NAMEREF) == 0
            && let Some(value) = variable.scalar()
        {
            return Ok(text::length(value));
        }
        match self.find(parameter)? {
            Found::List { items, .. } => Ok(items.len()),
            Found::Scalar(value) => Ok(text::length(&value)),
            Found::Unset => {
                self.check_nounset(parameter)?;
                Ok(0)
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn expand_test(
        &mut self,
        parameter: &Parameter,
        found: Found,
        test: (u8, bool),
        word: &Word,
        quoted: bool,
        tilde: Tilde,
        out: &mut Fields,
    ) -> Run {
        let (operator, colon) = test;
        let absent = match &found {
            Found::Unset => true,
            Found::Scalar(value) => colon && value.is_empty(),
            Found::List { items, star } => {
                items.is_empty()
                    || (colon
                        && if *star && quoted {
                            items.join(self.ifs.joiner()).is_empty()
                        } else {
                            items.len() == 1 && items[0].is_empty()
                        })
            }
        };
        let tilde = if tilde == Tilde::None { Tilde::None } else { Tilde::Word };
        match operator {
            b'+' => {
                if !absent {
                    self.expand_operand(word, quoted, tilde, out)?;
                }
            }
            _ if !absent => self.push_found(found, quoted, out),
            b'-' => self.expand_operand(word, quoted, tilde, out)?,
            b'?' => {
                let mut message = self.parameter_label(parameter);
                if let ParameterName::Positional(n) = parameter.name {
                    message = n.to_string().into_bytes();
                }
                message.extend_from_slice(b": ");
                if word.parts.is_empty() {
                    message.extend_from_slice(if colon { b"parameter null or not set" } else { b"parameter not set" });
                } else {
                    let mut fields = Fields::single();
                    self.expand_parts(&word.parts, quoted, tilde, &mut fields)?;
                    message.extend_from_slice(&fields.finish_single().text);
                }
                self.complain(message);
                return self.unbound();
            }
            _ => {
                let ParameterName::Variable(name) = parameter.name else {
                    let label = self.parameter_label(parameter);
                    self.complain([b"$", &label[..], b": cannot assign in this way"].concat());
                    return self.abort(1);
                };
                let mut fields = Fields::single();
                self.expand_parts(&word.parts, quoted, Tilde::Word, &mut fields)?;
                let value = fields.finish_single().text;
                match &parameter.subscript {
                    None => self.assign(name, &value, false)?,
                    Some(Subscript::Index(subscript)) => {
                        self.assign_element(name, subscript, &value, false)?;
                    }
                    Some(_) => {
                        let label = self.parameter_label(parameter);
                        self.complain([&label[..], b": bad array subscript"].concat());
                        return self.abort(1);
                    }
                }
                let found = self.find(parameter)?;
                self.push_found(found, quoted, out);
            }
        }
        Ok(())
    }

    /// The word of `${x:-word}`: outside quotes all of it is split.
    fn expand_operand(&mut self, word: &Word, quoted: bool, tilde: Tilde, out: &mut Fields) -> Run {
        let was = std::mem::replace(&mut out.split_literals, !quoted);
        let result = self.expand_parts(&word.parts, quoted, tilde, out);
        out.split_literals = was;
        result
    }
}

fn map(found: Found, f: impl Fn(Vec<u8>) -> Vec<u8>) -> Found {
    match found {
        Found::Unset => Found::Unset,
        Found::Scalar(value) => Found::Scalar(f(value)),
        Found::List { items, star } => Found::List { items: items.into_iter().map(f).collect(), star },
    }
}

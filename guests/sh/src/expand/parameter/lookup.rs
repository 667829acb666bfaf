//! What a parameter or a reference to one stands for.

use super::Found;
use crate::error::Run;
use crate::expand::word::Tilde;
use crate::shell::Shell;
use crate::state::variables::{Value, flag};
use crate::symbol::Symbol;
use crate::syntax::ast::{Operation, Parameter, ParameterName, Subscript, Word};

impl Shell {
    /// The value of a parameter with its subscript.
    pub(crate) fn find(&mut self, parameter: &Parameter) -> Run<Found> {
        Ok(match parameter.name {
            ParameterName::Variable(name) => return self.find_variable(name, parameter.subscript.as_ref()),
            ParameterName::Positional(number) => match self.state.positional.get(number as usize - 1) {
                Some(value) => Found::Scalar(value.clone()),
                None => Found::Unset,
            },
            ParameterName::Special(special) => self.find_special(special),
        })
    }

    pub(super) fn find_special(&mut self, special: u8) -> Found {
        let number = |n: i64| Found::Scalar(n.to_string().into_bytes());
        match special {
            b'@' | b'*' => Found::List { items: self.state.positional.to_vec(), star: special == b'*' },
            b'#' => number(self.state.positional.len() as i64),
            b'?' => number(i64::from(self.state.status)),
            b'$' => number(i64::from(self.pid)),
            b'!' => match self.state.last_background {
                Some(pid) => number(i64::from(pid)),
                None => Found::Unset,
            },
            b'-' => Found::Scalar(self.option_letters()),
            _ => Found::Scalar(self.state.arg0.to_vec()),
        }
    }

    pub(crate) fn option_letters(&self) -> Vec<u8> {
        let mut letters = self.state.options.letters();
        if self.interactive {
            let at = letters.find(|c: char| c > 'i').unwrap_or(letters.len());
            letters.insert(at, 'i');
        }
        if self.restricted {
            letters.push('r');
        }
        if self.command_string {
            letters.push('c');
        } else if self.reads_stdin {
            letters.push('s');
        }
        letters.into_bytes()
    }

    pub(super) fn find_variable(&mut self, name: Symbol, subscript: Option<&Subscript>) -> Run<Found> {
        let mut name = name;
        if let Some(variable) = self.state.variables.get(name)
            && variable.has(flag::NAMEREF)
        {
            match self.resolve(name) {
                Some(target) => name = target,
                None => {
                    // It refers to an element.
                    let target = variable.scalar().unwrap_or_default().to_vec();
                    if self.is_circular(name) {
                        self.complain([name.name(), b": circular name reference"].concat().as_slice());
                        return Ok(Found::Unset);
                    }
                    return self.find_reference(&target);
                }
            }
        }
        if self.state.variables.get(name).is_some_and(|v| v.has(flag::DYNAMIC)) {
            if let Some(items) = self.dynamic_array(name) {
                return Ok(match subscript {
                    Some(Subscript::At | Subscript::Star) => {
                        Found::List { items, star: matches!(subscript, Some(Subscript::Star)) }
                    }
                    Some(Subscript::Index(word)) => {
                        let index = self.index_of(name, word)?;
                        let index = if index < 0 { index + items.len() as i64 } else { index };
                        usize::try_from(index)
                            .ok()
                            .and_then(|i| items.into_iter().nth(i))
                            .map_or(Found::Unset, Found::Scalar)
                    }
                    None => items.into_iter().next().map_or(Found::Unset, Found::Scalar),
                });
            }
            if let Some(value) = self.dynamic_value(name) {
                return Ok(Found::Scalar(value));
            }
        }
        match subscript {
            None => Ok(self
                .state
                .variables
                .get(name)
                .and_then(|v| v.scalar())
                .map_or(Found::Unset, |v| Found::Scalar(v.to_vec()))),
            Some(subscript @ (Subscript::At | Subscript::Star)) => {
                let star = matches!(subscript, Subscript::Star);
                Ok(match self.state.variables.get(name).map(|v| &v.value) {
                    Some(Value::Scalar(value)) => Found::List { items: vec![value.to_vec()], star },
                    Some(Value::Indexed(array)) => Found::List { items: array.values().cloned().collect(), star },
                    Some(Value::Assoc(array)) => {
                        Found::List { items: array.entries().into_iter().map(|(_, v)| v.clone()).collect(), star }
                    }
                    _ => Found::List { items: Vec::new(), star },
                })
            }
            Some(Subscript::Index(word)) => self.find_element(name, word),
        }
    }

    pub(super) fn find_element(&mut self, name: Symbol, word: &Word) -> Run<Found> {
        let value = match self.state.variables.get(name).map(|v| v.value.clone()) {
            Some(Value::Assoc(array)) => {
                let key = self.expand_key(word)?;
                array.get(&key).cloned()
            }
            Some(Value::Indexed(array)) => {
                let mut index = self.index_of(name, word)?;
                if index < 0 {
                    index += array.keys().next_back().map_or(0, |last| last + 1);
                    if index < 0 {
                        self.bad_subscript(name, word);
                        return Ok(Found::Unset);
                    }
                }
                array.get(&index).cloned()
            }
            Some(Value::Scalar(value)) => {
                let index = self.index_of(name, word)?;
                if index == 0 || index == -1 { Some(value.to_vec()) } else { None }
            }
            _ => {
                self.index_of(name, word)?;
                None
            }
        };
        Ok(value.map_or(Found::Unset, Found::Scalar))
    }

    pub(crate) fn bad_subscript(&mut self, name: Symbol, word: &Word) {
        let _ = word;
        self.complain([name.name(), b": bad array subscript"].concat());
    }

    /// An associative array's key.
    pub(crate) fn expand_key(&mut self, word: &Word) -> Run<Vec<u8>> {
        Ok(self.expand_single(word, Tilde::None)?.text)
    }

    /// An indexed array's index.
    pub(crate) fn index_of(&mut self, name: Symbol, word: &Word) -> Run<i64> {
        let _ = name;
        if let Some(text) = word.as_literal()
            && let Some(number) = crate::expand::arith::plain_number(text)
        {
            return Ok(number);
        }
        let text = self.expand_quoted_word(word)?;
        self.evaluate_text(&text)
    }

    /// A word's parts as in double quotes, its quotes removed.
    pub(crate) fn expand_quoted_word(&mut self, word: &Word) -> Run<Vec<u8>> {
        self.expand_quoted(&word.parts)
    }

    /// The value of what a text names: a variable, an element, a positional parameter.
    pub(crate) fn find_reference(&mut self, text: &[u8]) -> Run<Found> {
        match self.reference(text) {
            Some(parameter) => self.find(&parameter),
            None => Ok(Found::Unset),
        }
    }

    /// A text such as `name[1]` or `@`, as a parameter.
    pub(crate) fn reference(&mut self, text: &[u8]) -> Option<Parameter> {
        let source = [b"${", text, b"}"].concat();
        let mut parser = crate::syntax::Parser::new(&source, self.state.line, self.settings());
        let word = parser.operand().ok()?;
        match word.parts.into_iter().next()? {
            crate::syntax::ast::Part::Parameter(parameter)
                if matches!(parameter.operation, Operation::None) && !parameter.indirect =>
            {
                Some(*parameter)
            }
            _ => None,
        }
    }

    pub(super) fn is_circular(&self, name: Symbol) -> bool {
        let mut at = name;
        for _ in 0..8 {
            match self.state.variables.get(at) {
                Some(variable) if variable.has(flag::NAMEREF) => match variable.scalar() {
                    Some(target) if crate::syntax::lexer::is_name(target) => at = Symbol::new(target),
                    _ => return false,
                },
                _ => return false,
            }
        }
        true
    }
}

//! Parameter expansion (POSIX 2.6.2) with bash's forms.

use super::fields::Fields;
use super::pattern::{self, Rules};
use super::word::Tilde;
use crate::error::Run;
use crate::shell::Shell;
use crate::state::variables::{Value, flag};
use crate::symbol::Symbol;
use crate::syntax::ast::{Arith, Operation, Parameter, ParameterName, Subscript, Word};
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

    fn find_special(&mut self, special: u8) -> Found {
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

    fn find_variable(&mut self, name: Symbol, subscript: Option<&Subscript>) -> Run<Found> {
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

    fn find_element(&mut self, name: Symbol, word: &Word) -> Run<Found> {
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
            && let Some(number) = super::arith::plain_number(text)
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

    fn is_circular(&self, name: Symbol) -> bool {
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

    fn substring(&mut self, parameter: &Parameter, found: Found, offset: &Arith, length: Option<&Arith>) -> Run<Found> {
        let offset = self.arith_value(offset)?;
        let length_value = match length {
            Some(length) => Some((self.arith_value(length)?, length)),
            None => None,
        };
        let negative = |shell: &mut Shell, length: &Arith| {
            let text = length.text.trim_ascii();
            shell.complain([text, b": substring expression < 0"].concat());
            shell.abort(1)
        };
        match found {
            Found::Unset => Ok(Found::Unset),
            Found::Scalar(value) => {
                let total = text::length(&value) as i64;
                let start = if offset < 0 { total + offset } else { offset };
                if start < 0 || start > total {
                    return Ok(Found::Scalar(Vec::new()));
                }
                let end = match length_value {
                    None => total,
                    Some((length, arith)) if length < 0 => {
                        let end = total + length;
                        if end < start {
                            return negative(self, arith);
                        }
                        end
                    }
                    Some((length, _)) => start.saturating_add(length).min(total),
                };
                let from = text::offset(&value, start as usize);
                let to = text::offset(&value, end as usize);
                Ok(Found::Scalar(value[from..to.max(from)].to_vec()))
            }
            Found::List { items, star } => {
                let positional = matches!(parameter.name, ParameterName::Special(_));
                // `${@:0}` begins with $0; an array's offset is by index.
                let keyed: Vec<(i64, Vec<u8>)> = if positional {
                    let first = (0, self.state.arg0.to_vec());
                    std::iter::once(first)
                        .chain(items.into_iter().enumerate().map(|(i, v)| (i as i64 + 1, v)))
                        .collect()
                } else {
                    match parameter.name {
                        ParameterName::Variable(name) => self.indexed_items(name, items),
                        _ => items.into_iter().enumerate().map(|(i, v)| (i as i64, v)).collect(),
                    }
                };
                let last = keyed.last().map_or(0, |(key, _)| key + 1);
                let start = if offset < 0 { last + offset } else { offset };
                if start < 0 {
                    return Ok(Found::List { items: Vec::new(), star });
                }
                let count = match length_value {
                    None => usize::MAX,
                    Some((length, arith)) if length < 0 => return negative(self, arith),
                    Some((length, _)) => length as usize,
                };
                let items = keyed.into_iter().filter(|(key, _)| *key >= start).take(count).map(|(_, v)| v).collect();
                Ok(Found::List { items, star })
            }
        }
    }

    fn indexed_items(&mut self, name: Symbol, items: Vec<Vec<u8>>) -> Vec<(i64, Vec<u8>)> {
        let name = self.resolve(name).unwrap_or(name);
        match self.state.variables.get(name).map(|v| &v.value) {
            Some(Value::Indexed(array)) => array.iter().map(|(k, v)| (*k, v.clone())).collect(),
            _ => items.into_iter().enumerate().map(|(i, v)| (i as i64, v)).collect(),
        }
    }

    fn replace(
        &mut self,
        found: Found,
        anchor: u8,
        pattern: &Word,
        replacement: Option<&Word>,
        quoted: bool,
    ) -> Run<Found> {
        let pattern = self.expand_pattern(pattern)?;
        let replacement = match replacement {
            None => Vec::new(),
            Some(word) => {
                let mut fields = Fields::single();
                self.expand_parts(&word.parts, false, if quoted { Tilde::None } else { Tilde::Word }, &mut fields)?;
                let field = fields.finish_single();
                if self.state.shopts.patsub_replacement && field.text.contains(&b'&') {
                    field.replacement()
                } else {
                    field.text
                }
            }
        };
        let rules = self.rules(true);
        Ok(map(found, |value| replace(&value, anchor, &pattern, &replacement, rules)))
    }
}

impl super::fields::Field {
    /// As the replacement of `${x/…/…}`: an unquoted `&` stands for what matched; it is kept as a byte 1, quoted ones are not.
    fn replacement(&self) -> Vec<u8> {
        let pattern = self.marked();
        let mut out = Vec::with_capacity(pattern.len());
        let mut i = 0;
        while i < pattern.len() {
            match pattern[i] {
                (b'\\', false) if matches!(pattern.get(i + 1), Some((b'&' | b'\\', false))) => {
                    out.push(pattern[i + 1].0);
                    i += 1;
                }
                (b'&', false) => out.push(1),
                (byte, _) => out.push(byte),
            }
            i += 1;
        }
        out
    }
}

fn map(found: Found, f: impl Fn(Vec<u8>) -> Vec<u8>) -> Found {
    match found {
        Found::Unset => Found::Unset,
        Found::Scalar(value) => Found::Scalar(f(value)),
        Found::List { items, star } => Found::List { items: items.into_iter().map(f).collect(), star },
    }
}

fn remove(mut value: Vec<u8>, pattern: &[u8], suffix: bool, longest: bool, rules: Rules) -> Vec<u8> {
    if suffix {
        if let Some(at) = pattern::suffix(pattern, &value, longest, rules) {
            value.truncate(at);
        }
    } else if let Some(at) = pattern::prefix(pattern, &value, longest, rules) {
        value.drain(..at);
    }
    value
}

fn replace(value: &[u8], anchor: u8, pattern: &[u8], replacement: &[u8], rules: Rules) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + replacement.len());
    let put = |out: &mut Vec<u8>, matched: &[u8]| {
        for byte in replacement {
            if *byte == 1 {
                out.extend_from_slice(matched);
            } else {
                out.push(*byte);
            }
        }
    };
    if pattern.is_empty() && !matches!(anchor, b'#' | b'%') {
        return value.to_vec();
    }
    match anchor {
        b'#' => match pattern::prefix(pattern, value, true, rules) {
            Some(at) => {
                put(&mut out, &value[..at]);
                out.extend_from_slice(&value[at..]);
            }
            None => out.extend_from_slice(value),
        },
        b'%' => match pattern::suffix(pattern, value, true, rules) {
            Some(at) => {
                out.extend_from_slice(&value[..at]);
                put(&mut out, &value[at..]);
            }
            None => out.extend_from_slice(value),
        },
        _ => {
            let literal = pattern::literal(pattern).filter(|l| !l.is_empty() && !rules.ignore_case);
            let mut at = 0;
            let mut replaced = false;
            while at < value.len() || (at == 0 && value.is_empty()) {
                let rest = &value[at..];
                let length = if replaced && anchor != b'/' {
                    None
                } else {
                    match &literal {
                        Some(literal) => rest.starts_with(literal).then_some(literal.len()),
                        None => pattern::prefix(pattern, rest, true, rules).filter(|n| *n > 0 || rest.is_empty()),
                    }
                };
                match length {
                    Some(length) => {
                        put(&mut out, &rest[..length]);
                        replaced = true;
                        at += length;
                        if length == 0 {
                            break;
                        }
                    }
                    None => {
                        if rest.is_empty() {
                            break;
                        }
                        if replaced && anchor != b'/' {
                            out.extend_from_slice(rest);
                            break;
                        }
                        let size = text::character_length(rest);
                        out.extend_from_slice(&rest[..size]);
                        at += size;
                    }
                }
            }
        }
    }
    out
}

fn change_case(value: &[u8], operator: u8, all: bool, pattern: &[u8], rules: Rules) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    for (i, character) in text::characters(value).enumerate() {
        let chosen = (all || i == 0) && (pattern.is_empty() || pattern::matches(pattern, character, rules));
        if !chosen {
            out.extend_from_slice(character);
            continue;
        }
        let upper = match operator {
            b'^' => true,
            b',' => false,
            _ => {
                let lowered = text::change_case(character, false);
                lowered == character
            }
        };
        out.extend_from_slice(&text::change_case(character, upper));
    }
    out
}

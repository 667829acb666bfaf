//! `unset`.

use std::rc::Rc;

use super::{Options, options};
use crate::error::Run;
use crate::shell::Shell;
use crate::state::variables::{Value, flag};
use crate::symbol::Symbol;

pub(super) fn unset(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut functions, mut variables, mut reference) = (false, false, false);
    let mut arguments = Options::new(words, "fvn");
    options!(shell, arguments, |letter, argument| {
        match letter {
            b'f' => functions = true,
            b'v' => variables = true,
            _ => reference = true,
        }
    });
    if functions && variables {
        shell.builtin_error("cannot simultaneously unset a function and a variable");
        return Ok(1);
    }
    let mut status = 0;
    for word in arguments.rest() {
        if !one(shell, word, functions, variables, reference)? {
            status = 1;
        }
    }
    Ok(status)
}

fn one(shell: &mut Shell, word: &[u8], functions: bool, variables: bool, reference: bool) -> Run<bool> {
    if functions {
        return Ok(function(shell, word));
    }
    let (base, subscript) = match crate::expand::assign::split_reference(word) {
        Some((base, subscript)) => (base, Some(subscript)),
        None => (word, None),
    };
    if !crate::syntax::lexer::is_name(base) {
        if !variables && shell.function(word).is_some() {
            return Ok(function(shell, word));
        }
        shell.builtin_error([b"`", word, b"': not a valid identifier"].concat());
        return Ok(false);
    }
    let mut name = Symbol::new(base);
    if !reference && shell.state.variables.get(name).is_some_and(|v| v.has(flag::NAMEREF)) {
        match shell.resolve(name) {
            Some(target) => name = target,
            None => {
                let target = shell.state.variables.get(name).and_then(|v| v.scalar()).unwrap_or_default().to_vec();
                if target != word && crate::expand::assign::split_reference(&target).is_some() {
                    return one(shell, &target, false, true, false);
                }
            }
        }
    }
    let Some(variable) = shell.state.variables.get(name).cloned() else {
        if !variables && subscript.is_none() && shell.function(word).is_some() {
            return Ok(function(shell, word));
        }
        return Ok(true);
    };
    if variable.has(flag::READONLY) {
        shell.builtin_error([base, b": cannot unset: readonly variable"].concat());
        return Ok(false);
    }
    if let Some(subscript) = subscript {
        return element(shell, name, &variable.value, subscript);
    }
    if variable.has(flag::DYNAMIC) && variable.has(flag::NO_UNSET) {
        return Ok(false);
    }
    shell.state.variables.unset(name);
    shell.state.variables.environment_changed();
    shell.variable_changed(name);
    Ok(true)
}

fn function(shell: &mut Shell, word: &[u8]) -> bool {
    let name = Symbol::new(word);
    if shell.state.functions.get(&name).is_some_and(|f| f.flags & flag::READONLY != 0) {
        shell.builtin_error([word, b": cannot unset: readonly function"].concat());
        return false;
    }
    if shell.state.functions.contains_key(&name) {
        Rc::make_mut(&mut shell.state.functions).remove(&name);
        shell.state.variables.environment_changed();
    }
    true
}

fn element(shell: &mut Shell, name: Symbol, value: &Value, subscript: &[u8]) -> Run<bool> {
    match value {
        Value::Assoc(_) => {
            let key = if shell.state.shopts.assoc_expand_once || matches!(subscript, b"@" | b"*") {
                subscript.to_vec()
            } else {
                let word = shell.subscript_word(subscript)?;
                shell.expand_key(&word)?
            };
            if let Value::Assoc(array) = &mut shell.state.variables.entry(name).value {
                Rc::make_mut(array).remove(&key);
            }
            Ok(true)
        }
        Value::Indexed(array) => {
            if matches!(subscript, b"@" | b"*") {
                shell.state.variables.unset(name);
                return Ok(true);
            }
            let mut index = shell.evaluate_text(subscript)?;
            if index < 0 {
                index += array.keys().next_back().map_or(0, |last| last + 1);
                if index < 0 {
                    shell.builtin_error([b"[", subscript, b"]: bad array subscript"].concat());
                    return Ok(false);
                }
            }
            if let Value::Indexed(array) = &mut shell.state.variables.entry(name).value {
                Rc::make_mut(array).remove(&index);
            }
            Ok(true)
        }
        _ => {
            let index = shell.evaluate_text(subscript)?;
            if index == 0 {
                shell.state.variables.unset(name);
                return Ok(true);
            }
            shell.builtin_error([name.name(), b": not an array variable"].concat());
            Ok(false)
        }
    }
}

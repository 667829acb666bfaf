//! What `declare -p`, `declare -F` and their like print.

use super::Request;
use crate::error::Run;
use crate::expand::transform::attribute_letters;
use crate::shell::Shell;
use crate::state::variables::{Value, Variable, flag};
use crate::symbol::Symbol;
use crate::syntax::{print, quote};
use std::rc::Rc;

impl Shell {
    /// A variable as `declare -p` shows it.
    pub(crate) fn declaration(&self, name: Symbol, variable: &Variable) -> Vec<u8> {
        let mut letters = attribute_letters(variable.flags, &variable.value);
        if letters.is_empty() {
            letters.push(b'-');
        }
        let mut out = [b"declare -", &letters[..], b" ", name.name()].concat();
        if let Some(value) = value_text(&variable.value)
            && !variable.has(flag::NO_VALUE)
        {
            out.push(b'=');
            out.extend_from_slice(&value);
        }
        out
    }
}

/// A value as `declare -p` shows it.
pub(super) fn value_text(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Unset => None,
        Value::Scalar(value) => Some(quote::value(value)),
        Value::Indexed(array) => {
            let items: Vec<Vec<u8>> =
                array.iter().map(|(k, v)| [format!("[{k}]=").as_bytes(), &quote::value(v)].concat()).collect();
            Some([b"(", &items.join(&b' ')[..], b")"].concat())
        }
        Value::Assoc(array) => {
            let mut out = b"(".to_vec();
            for (key, value) in array.entries() {
                out.push(b'[');
                out.extend_from_slice(&quote::key(key));
                out.extend_from_slice(b"]=");
                out.extend_from_slice(&quote::value(value));
                out.push(b' ');
            }
            out.push(b')');
            Some(out)
        }
    }
}

/// A variable as `set` shows it.
pub(in crate::builtins) fn assignment_text(name: &[u8], variable: &Variable) -> Option<Vec<u8>> {
    let value = match &variable.value {
        Value::Unset => return None,
        _ if variable.has(flag::NO_VALUE) => return None,
        Value::Scalar(value) if value.is_empty() => Vec::new(),
        Value::Scalar(value) => quote::if_needed(value),
        value => value_text(value)?,
    };
    Some([name, b"=", &value].concat())
}

pub(super) fn print_names(shell: &mut Shell, names: &[Vec<u8>]) -> Run<i32> {
    let mut status = 0;
    for word in names {
        let name = Symbol::new(word);
        match shell.state.variables.get(name).cloned() {
            Some(mut variable) => {
                if variable.has(flag::DYNAMIC) {
                    if let Some(items) = shell.dynamic_array(name) {
                        variable.value = Value::Indexed(Rc::new(
                            items.into_iter().enumerate().map(|(i, v)| (i as i64, v)).collect(),
                        ));
                    } else if let Some(value) = shell.dynamic_value(name) {
                        variable.value = Value::Scalar(Rc::new(value));
                    }
                }
                let text = shell.declaration(name, &variable);
                shell.print([&text[..], b"\n"].concat());
            }
            None => {
                shell.builtin_error([&word[..], b": not found"].concat());
                status = 1;
            }
        }
    }
    Ok(status)
}

pub(super) fn list(shell: &mut Shell, request: &Request) -> i32 {
    let scope =
        (request.local && shell.command_text == b"local").then(|| shell.state.variables.function_scope()).flatten();
    let all: Vec<(Symbol, Variable)> =
        shell.state.variables.sorted().into_iter().map(|(n, v)| (n, v.clone())).collect();
    let wanted = request.on;
    let plain = wanted == 0 && !request.array && !request.assoc;
    let mut lines = Vec::new();
    for (name, mut variable) in all {
        if scope.is_some_and(|scope| !shell.state.variables.is_in_scope(scope, name)) {
            continue;
        }
        if variable.has(flag::DYNAMIC) {
            if let Some(items) = shell.dynamic_array(name) {
                variable.value =
                    Value::Indexed(Rc::new(items.into_iter().enumerate().map(|(i, v)| (i as i64, v)).collect()));
            } else if let Some(value) = shell.dynamic_value(name) {
                variable.value = Value::Scalar(Rc::new(value));
            }
        }
        if wanted != 0 && variable.flags & wanted == 0 {
            continue;
        }
        if request.array && !matches!(variable.value, Value::Indexed(_))
            || request.assoc && !matches!(variable.value, Value::Assoc(_))
        {
            continue;
        }
        if plain && !request.print {
            lines.extend(assignment_text(name.name(), &variable));
        } else {
            lines.push(shell.declaration(name, &variable));
        }
    }
    for line in lines {
        shell.print([&line[..], b"\n"].concat());
    }
    if plain && !request.print && shell.command_text != b"local" {
        let mut names: Vec<Symbol> = shell.state.functions.keys().copied().collect();
        names.sort_by_key(|name| name.name());
        for name in names {
            show_function(shell, name);
        }
    }
    0
}

pub(super) fn show_function(shell: &mut Shell, name: Symbol) {
    let Some(entry) = shell.state.functions.get(&name) else { return };
    let text = print::function(&entry.function);
    shell.print([&text[..], b"\n"].concat());
}

//! `export`, `readonly`.

use super::{Request, apply, functions, split, value_text};
use crate::error::Run;
use crate::shell::Shell;
use crate::state::variables::{Value, Variable, flag};
use crate::symbol::Symbol;
use crate::syntax::lexer::is_name;
use std::rc::Rc;

pub(in crate::builtins) fn export(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    attribute(shell, words, flag::EXPORT)
}

pub(in crate::builtins) fn readonly(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    attribute(shell, words, flag::READONLY)
}

pub(super) fn attribute(shell: &mut Shell, words: &[Vec<u8>], bit: u16) -> Run<i32> {
    let mut request = Request { on: bit, ..Request::default() };
    let mut arguments = crate::builtins::Options::new(words, if bit == flag::EXPORT { "aAfnp" } else { "aAfp" });
    crate::builtins::options!(shell, arguments, |letter, argument| {
        match letter {
            b'f' => request.functions = true,
            b'n' => (request.on, request.off) = (0, bit),
            b'a' => request.array = true,
            b'A' => request.assoc = true,
            _ => request.print = true,
        }
    });
    let names = arguments.rest();
    if names.is_empty() {
        if request.functions {
            request.print = true;
            return functions(shell, names, &request);
        }
        let all: Vec<(Symbol, Variable)> =
            shell.state.variables.sorted().into_iter().map(|(n, v)| (n, v.clone())).collect();
        for (name, mut variable) in all {
            if variable.flags & bit == 0
                || request.array && !matches!(variable.value, Value::Indexed(_))
                || request.assoc && !matches!(variable.value, Value::Assoc(_))
            {
                continue;
            }
            if let Some(value) = shell.dynamic_value(name).filter(|_| variable.has(flag::DYNAMIC)) {
                variable.value = Value::Scalar(Rc::new(value));
            }
            let mut text = shell.declaration(name, &variable);
            if shell.state.options.posix {
                let word: &[u8] = if bit == flag::EXPORT { b"export " } else { b"readonly " };
                let assignment = match value_text(&variable.value) {
                    Some(value) => [name.name(), b"=", &value].concat(),
                    None => name.name().to_vec(),
                };
                text = [word, &assignment].concat();
            }
            shell.print([&text[..], b"\n"].concat());
        }
        return Ok(0);
    }
    if request.functions {
        let mut status = 0;
        for word in names {
            let name = Symbol::new(word);
            if bit == flag::EXPORT && request.on != 0 && word.iter().any(|b| matches!(b, b'=' | b'/')) {
                // The environment could not hold it.
                shell.builtin_error([&word[..], b": cannot export"].concat());
                status = 1;
            } else if shell.state.functions.contains_key(&name) {
                functions(
                    shell,
                    std::slice::from_ref(word),
                    &Request { functions: true, on: request.on, off: request.off, ..Request::default() },
                )?;
            } else {
                shell.builtin_error([&word[..], b": not a function"].concat());
                status = 1;
            }
        }
        return Ok(status);
    }
    let mut status = 0;
    for word in names {
        let (target, append, value) = split(word);
        if !is_name(target) {
            shell.builtin_error([b"`", &word[..], b"': not a valid identifier"].concat());
            status = 1;
            continue;
        }
        let name = Symbol::new(target);
        let name = shell.resolve(name).unwrap_or(name);
        if value.is_none() && shell.state.variables.get(name).is_none() && request.off != 0 {
            continue;
        }
        // A temporary variable of this command stays.
        let innermost = shell.state.variables.scopes().len().wrapping_sub(1);
        if value.is_none() && shell.state.variables.is_temporary(innermost, name) {
            if let Some(variable) = shell.state.variables.get(name).cloned() {
                shell.state.variables.keep(innermost, name, variable);
                shell.state.variables.keep_flags(innermost, name, request.on);
            }
            continue;
        }
        let one = apply(shell, name, None, append, value, &request)?;
        if one != 0 {
            status = one;
        }
    }
    Ok(status)
}

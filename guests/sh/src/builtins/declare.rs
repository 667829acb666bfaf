//! `declare`, `typeset`, `local`, `export`, `readonly`.

mod attribute;
mod show;

pub(super) use attribute::{export, readonly};
pub(super) use show::assignment_text;
use show::{list, print_names, show_function, value_text};

use std::rc::Rc;

use crate::error::Run;
use crate::expand::assign::make_indexed;
use crate::shell::Shell;
use crate::state::array::Assoc;
use crate::state::variables::{Value, Variable, flag};
use crate::symbol::Symbol;
use crate::syntax::lexer::is_name;

/// What the options say.
#[derive(Default)]
struct Request {
    on: u16,
    off: u16,
    array: bool,
    assoc: bool,
    functions: bool,
    names_only: bool,
    global: bool,
    inherit: bool,
    print: bool,
    local: bool,
}

pub(super) fn declare(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let local = shell.state.variables.function_scope().is_some();
    run(shell, words, Request { local, ..Request::default() })
}

pub(super) fn local(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    if shell.state.variables.function_scope().is_none() {
        shell.builtin_error("can only be used in a function");
        return Ok(1);
    }
    run(shell, words, Request { local: true, ..Request::default() })
}

fn run(shell: &mut Shell, words: &[Vec<u8>], mut request: Request) -> Run<i32> {
    let mut at = 1;
    while let Some([sign @ (b'-' | b'+'), letters @ ..]) = words.get(at).map(Vec::as_slice) {
        if letters.is_empty() {
            break;
        }
        at += 1;
        if letters == b"-" && *sign == b'-' {
            break;
        }
        for letter in letters {
            let bit = match letter {
                b'x' => flag::EXPORT,
                b'r' => flag::READONLY,
                b'i' => flag::INTEGER,
                b'l' => flag::LOWER,
                b'u' => flag::UPPER,
                b'c' => flag::CAPITAL,
                b'n' => flag::NAMEREF,
                b't' => flag::TRACE,
                b'a' => {
                    request.array = *sign == b'-';
                    if *sign == b'+' {
                        request.off |= 1 << 15;
                    }
                    0
                }
                b'A' => {
                    request.assoc = *sign == b'-';
                    if *sign == b'+' {
                        request.off |= 1 << 15;
                    }
                    0
                }
                b'f' => {
                    request.functions = true;
                    0
                }
                b'F' => {
                    (request.functions, request.names_only) = (true, true);
                    0
                }
                b'g' => {
                    request.global = true;
                    0
                }
                b'I' => {
                    request.inherit = true;
                    0
                }
                b'p' => {
                    request.print = true;
                    0
                }
                letter => return Ok(shell.invalid_option(&[*sign, *letter])),
            };
            if *sign == b'-' {
                request.on |= bit;
            } else {
                request.off |= bit;
            }
        }
    }
    let names = &words[at.min(words.len())..];
    if request.functions {
        return functions(shell, names, &request);
    }
    if names.is_empty() {
        return Ok(list(shell, &request));
    }
    if request.print {
        return print_names(shell, names);
    }
    let mut status = 0;
    for word in names {
        if word == b"-" && request.local && shell.command_text == b"local" {
            let depth = shell.state.frames.len();
            let options = shell.state.options.clone();
            shell.local_options.push((depth, options));
            continue;
        }
        let one = one(shell, word, &request)?;
        if one != 0 {
            status = one;
        }
    }
    Ok(status)
}

impl Shell {
    /// At the end of a function: what `local -` keeps comes back.
    pub(crate) fn restore_local_options(&mut self) {
        let depth = self.state.frames.len();
        while let Some((at, _)) = self.local_options.last() {
            if *at < depth {
                return;
            }
            if let Some((_, options)) = self.local_options.pop() {
                self.state.options = options;
            }
        }
    }
}

fn functions(shell: &mut Shell, names: &[Vec<u8>], request: &Request) -> Run<i32> {
    let letters = |flags: u16| {
        let mut letters = b"f".to_vec();
        for (bit, letter) in [(flag::READONLY, b'r'), (flag::TRACE, b't'), (flag::EXPORT, b'x')] {
            if flags & bit != 0 {
                letters.push(letter);
            }
        }
        letters
    };
    if names.is_empty() {
        let mut all: Vec<(Symbol, u16)> =
            shell.state.functions.iter().map(|(name, entry)| (*name, entry.flags)).collect();
        all.sort_by_key(|(name, _)| name.name());
        for (name, flags) in all {
            if request.on != 0 && flags & request.on == 0 {
                continue;
            }
            if !request.names_only {
                show_function(shell, name);
            }
            if request.names_only || flags != 0 {
                shell.print([b"declare -", &letters(flags)[..], b" ", name.name(), b"\n"].concat());
            }
        }
        return Ok(0);
    }
    let mut status = 0;
    for word in names {
        let name = Symbol::new(word);
        let Some(entry) = shell.state.functions.get(&name).cloned() else {
            if request.print {
                shell.builtin_error([&word[..], b": not found"].concat());
            }
            status = 1;
            continue;
        };
        if request.on | request.off == 0 {
            if request.names_only {
                if shell.state.shopts.extdebug {
                    let text = [
                        &word[..],
                        b" ",
                        entry.function.line.to_string().as_bytes(),
                        b" ",
                        &entry.function.source[..],
                        b"\n",
                    ]
                    .concat();
                    shell.print(text);
                } else {
                    shell.print([&word[..], b"\n"].concat());
                }
            } else {
                show_function(shell, name);
                if entry.flags != 0 {
                    shell.print([b"declare -", &letters(entry.flags)[..], b" ", name.name(), b"\n"].concat());
                }
            }
        } else {
            if entry.flags & flag::READONLY != 0 && request.off & flag::READONLY != 0 {
                shell.builtin_error([&word[..], b": readonly function"].concat());
                status = 1;
                continue;
            }
            let flags = (entry.flags | request.on) & !request.off;
            Rc::make_mut(&mut shell.state.functions).insert(name, crate::shell::FunctionEntry { flags, ..entry });
            shell.state.variables.environment_changed();
        }
    }
    Ok(status)
}

/// `name`, `name=value`, `name[x]=value`, `name+=value`.
fn one(shell: &mut Shell, word: &[u8], request: &Request) -> Run<i32> {
    let (target, append, value) = split(word);
    let (base, subscript) = match crate::expand::assign::split_reference(target) {
        Some((base, subscript)) => (base, Some(subscript)),
        None => (target, None),
    };
    if !is_name(base) {
        shell.builtin_error([b"`", word, b"': not a valid identifier"].concat());
        return Ok(1);
    }
    let mut name = Symbol::new(base);
    let scope = if request.local && !request.global { shell.state.variables.function_scope() } else { None };
    if let Some(scope) = scope {
        make_local(shell, scope, name, request);
    } else if request.on & flag::NAMEREF == 0 && request.off & flag::NAMEREF == 0 {
        name = shell.resolve(name).unwrap_or(name);
    }
    // `NAME=value declare -x NAME` exports it for good, as `export` does.
    let innermost = shell.state.variables.scopes().len().wrapping_sub(1);
    if scope.is_none()
        && value.is_none()
        && request.on & flag::EXPORT != 0
        && shell.state.variables.is_temporary(innermost, name)
        && let Some(variable) = shell.state.variables.get(name).cloned()
    {
        shell.state.variables.keep(innermost, name, variable);
        shell.state.variables.keep_flags(innermost, name, request.on);
        return Ok(0);
    }
    if request.global && shell.state.variables.function_scope().is_some() {
        return global(shell, name, subscript, append, value, request);
    }
    apply(shell, name, subscript, append, value, request)
}

/// A word at its `=` or `+=`.
fn split(word: &[u8]) -> (&[u8], bool, Option<&[u8]>) {
    let mut depth = 0;
    for (i, byte) in word.iter().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            b'=' if depth <= 0 => {
                return if i > 0 && word[i - 1] == b'+' {
                    (&word[..i - 1], true, Some(&word[i + 1..]))
                } else {
                    (&word[..i], false, Some(&word[i + 1..]))
                };
            }
            _ => {}
        }
    }
    (word, false, None)
}

/// Makes a name local to a function's scope.
fn make_local(shell: &mut Shell, scope: usize, name: Symbol, request: &Request) {
    let present = shell.state.variables.get(name).cloned();
    if shell.state.variables.is_in_scope(scope, name) {
        return;
    }
    if present.as_ref().is_some_and(|v| v.has(flag::READONLY)) {
        // `apply` tells of it.
        return;
    }
    let last = shell.state.variables.scopes().len() - 1;
    let temporary = last > scope && shell.state.variables.is_in_scope(last, name);
    let inherit = request.inherit || shell.state.shopts.localvar_inherit;
    let mut variable = match present {
        Some(present) if temporary || inherit => Variable { flags: present.flags & !flag::LOCAL, ..present },
        Some(present) if present.has(flag::DYNAMIC) && !present.is_array() => {
            Variable { value: Value::Unset, flags: present.flags & flag::EXPORT }
        }
        Some(present) => Variable { value: Value::Unset, flags: present.flags & flag::EXPORT },
        None => Variable::default(),
    };
    variable.flags |= flag::LOCAL;
    shell.state.variables.hide(scope, name, Some(variable));
    shell.variable_changed(name);
}

/// `declare -g` in a function.
fn global(
    shell: &mut Shell,
    name: Symbol,
    subscript: Option<&[u8]>,
    append: bool,
    value: Option<&[u8]>,
    request: &Request,
) -> Run<i32> {
    // The present variable steps aside while the global one is worked on.
    let hidden = shell.state.variables.scopes().iter().any(|scope| scope.hidden.iter().any(|(n, _)| *n == name));
    if !hidden {
        return apply(shell, name, subscript, append, value, request);
    }
    let present = shell.state.variables.get(name).cloned();
    let outer = shell.state.variables.global_entry(name).clone();
    let existed = outer.is_set() || outer.flags != 0;
    shell.state.variables.replace(name, existed.then_some(outer));
    let result = apply(shell, name, subscript, append, value, request);
    let changed = shell.state.variables.replace(name, present);
    *shell.state.variables.global_entry(name) = changed.unwrap_or_default();
    result
}

fn apply(
    shell: &mut Shell,
    name: Symbol,
    subscript: Option<&[u8]>,
    append: bool,
    value: Option<&[u8]>,
    request: &Request,
) -> Run<i32> {
    let present = shell.state.variables.get(name).cloned();
    if let Some(variable) = &present {
        if variable.has(flag::READONLY)
            && (request.off & flag::READONLY != 0
                || value.is_some()
                || (request.on & !flag::READONLY & !flag::EXPORT != 0))
        {
            let message = [name.name(), b": readonly variable"].concat();
            // `export` and `readonly` assign as a statement does, and say no more than one.
            let array = value.is_some_and(|value| value.starts_with(b"("));
            if matches!(&shell.command_text[..], b"export" | b"readonly") && !array {
                shell.complain(message);
            } else {
                shell.builtin_error(message);
            }
            return Ok(1);
        }
        let (indexed, assoc) = (matches!(variable.value, Value::Indexed(_)), matches!(variable.value, Value::Assoc(_)));
        if request.assoc && indexed {
            shell.builtin_error([name.name(), b": cannot convert indexed to associative array"].concat());
            return Ok(1);
        }
        if request.array && assoc {
            shell.builtin_error([name.name(), b": cannot convert associative to indexed array"].concat());
            return Ok(1);
        }
        if request.off & (1 << 15) != 0 && variable.is_array() {
            shell.builtin_error([name.name(), b": cannot destroy array variables in this way"].concat());
            return Ok(1);
        }
    }
    if request.on & flag::NAMEREF != 0 {
        if let Some(value) = value {
            if value == name.name() && shell.state.variables.function_scope().is_none() {
                shell.builtin_error([name.name(), b": nameref variable self references not allowed"].concat());
                return Ok(1);
            }
            if !value.is_empty() && !crate::expand::assign::is_reference(value) {
                shell.builtin_error([b"`", value, b"': invalid variable name for name reference"].concat());
                return Ok(1);
            }
            if value == name.name() {
                shell.complain([name.name(), b": circular name reference"].concat());
            }
        }
        if present.as_ref().is_some_and(Variable::is_array) || request.array || request.assoc {
            shell.builtin_error([name.name(), b": reference variable cannot be an array"].concat());
            return Ok(1);
        }
    }
    let compound = value.and_then(|value| value.strip_prefix(b"\x01("));
    let variable = shell.state.variables.entry(name);
    let (case_on, cases) =
        (request.on & (flag::LOWER | flag::UPPER | flag::CAPITAL), flag::LOWER | flag::UPPER | flag::CAPITAL);
    if case_on != 0 {
        variable.flags &= !cases;
    }
    variable.flags |= request.on & !flag::READONLY & !flag::NAMEREF;
    variable.flags &= !(request.off & !(1 << 15));
    if (request.assoc || request.array) && value.is_none() && matches!(variable.value, Value::Unset) {
        variable.flags |= flag::NO_VALUE;
    }
    if request.assoc {
        match &variable.value {
            Value::Assoc(_) => {}
            Value::Scalar(value) => {
                let mut array = Assoc::default();
                array.insert(b"0".to_vec(), value.to_vec());
                variable.value = Value::Assoc(Rc::new(array));
            }
            _ => variable.value = Value::Assoc(Rc::default()),
        }
    } else if request.array
        || ((compound.is_some() || subscript.is_some()) && !matches!(variable.value, Value::Assoc(_)))
    {
        make_indexed(variable);
    }
    shell.state.variables.environment_changed();
    if request.on & flag::NAMEREF != 0 {
        let variable = shell.state.variables.entry(name);
        if let Some(value) = value {
            variable.value = Value::Scalar(Rc::new(value.to_vec()));
        }
        variable.flags |= flag::NAMEREF;
    } else if let Some(inner) = compound {
        let inner = inner.strip_suffix(b")").unwrap_or(inner);
        shell.assign_array_text(name, inner, append)?;
    } else if let Some(value) = value {
        // A quoted `(…)` is a text to `export` and `readonly`, unless they are told of an array.
        let assigns = !matches!(&shell.command_text[..], b"export" | b"readonly");
        let array = request.array || request.assoc || (assigns && present.as_ref().is_some_and(Variable::is_array));
        let text = value.strip_prefix(b"(").and_then(|v| v.strip_suffix(b")"));
        match (subscript, text) {
            (Some(subscript), _) => {
                let word = shell.subscript_word(subscript)?;
                shell.assign_element(name, &word, value, append)?;
            }
            (None, Some(text)) if array => shell.assign_array_text(name, text, append)?,
            _ => {
                shell.assign(name, value, append)?;
            }
        }
    }
    if request.on & flag::READONLY != 0 {
        shell.state.variables.entry(name).flags |= flag::READONLY;
    }
    shell.variable_changed(name);
    Ok(0)
}

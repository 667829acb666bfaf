//! `declare`, `typeset`, `local`, `export`, `readonly`.

use std::rc::Rc;

use crate::error::Run;
use crate::expand::assign::make_indexed;
use crate::expand::transform::attribute_letters;
use crate::shell::Shell;
use crate::state::array::Assoc;
use crate::state::variables::{Value, Variable, flag};
use crate::symbol::Symbol;
use crate::syntax::lexer::is_name;
use crate::syntax::{print, quote};

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

    /// A variable as `declare -p` shows it.
    pub(crate) fn declaration(&self, name: Symbol, variable: &Variable) -> Vec<u8> {
        let mut letters = attribute_letters(variable.flags, &variable.value);
        if letters.is_empty() {
            letters.push(b'-');
        }
        let mut out = [b"declare -", &letters[..], b" ", name.name()].concat();
        if let Some(value) = value_text(&variable.value) {
            out.push(b'=');
            out.extend_from_slice(&value);
        }
        out
    }
}

/// A value as `declare -p` shows it.
fn value_text(value: &Value) -> Option<Vec<u8>> {
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
pub(super) fn assignment_text(name: &[u8], variable: &Variable) -> Option<Vec<u8>> {
    let value = match &variable.value {
        Value::Unset => return None,
        Value::Scalar(value) if value.is_empty() => Vec::new(),
        Value::Scalar(value) => quote::if_needed(value),
        value => value_text(value)?,
    };
    Some([name, b"=", &value].concat())
}

fn print_names(shell: &mut Shell, names: &[Vec<u8>]) -> Run<i32> {
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

fn list(shell: &mut Shell, request: &Request) -> i32 {
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

fn show_function(shell: &mut Shell, name: Symbol) {
    let Some(entry) = shell.state.functions.get(&name) else { return };
    let text = print::function(&entry.function);
    shell.print([&text[..], b"\n"].concat());
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

pub(super) fn export(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    attribute(shell, words, flag::EXPORT)
}

pub(super) fn readonly(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    attribute(shell, words, flag::READONLY)
}

fn attribute(shell: &mut Shell, words: &[Vec<u8>], bit: u16) -> Run<i32> {
    let mut request = Request { on: bit, ..Request::default() };
    let mut arguments = super::Options::new(words, if bit == flag::EXPORT { "aAfnp" } else { "aAfp" });
    super::options!(shell, arguments, |letter, argument| {
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
        let last = shell.state.variables.scopes().len();
        if last > 0
            && shell.state.variables.scopes()[last - 1].kind == crate::state::variables::ScopeKind::Temporary
            && shell.state.variables.is_in_scope(last - 1, name)
            && value.is_none()
        {
            if let Some(variable) = shell.state.variables.get(name).cloned() {
                shell.state.variables.keep(last - 1, name, variable);
                let entry = &mut shell.state.variables;
                entry.keep_flags(last - 1, name, request.on);
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

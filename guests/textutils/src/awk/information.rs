//! What a program can ask of itself: PROCINFO, and the variables at the end.

use std::io::Write;
use std::rc::Rc;

use vivarium_userland::bytes::path;

use super::cell::{Array, Cell};
use super::interpreter::{FUNCTAB, Interpreter, NF, SYMTAB};
use super::lexer::BUILTINS;
use super::value::Value;

/// PROCINFO at the start.
pub(super) fn information(interpreter: &Interpreter<'_>) -> Array {
    let ids = vivarium_sys::ids::ids();
    let numbers = [
        ("pid", ids.pid),
        ("ppid", ids.parent),
        ("pgrpid", ids.group),
        ("uid", ids.uid),
        ("euid", ids.euid),
        ("gid", ids.gid),
        ("egid", ids.egid),
        ("errno", 0),
    ];
    let mut information: Array =
        numbers.into_iter().map(|(name, id)| (Rc::from(name.as_bytes()), Cell::number(id))).collect();
    for (name, value) in [
        ("FS", "FS"),
        ("version", env!("CARGO_PKG_VERSION")),
        ("strftime", "%a %b %e %H:%M:%S %Z %Y"),
        ("platform", "posix"),
    ] {
        information.insert(Rc::from(name.as_bytes()), Cell::string(value));
    }
    let arguments: Array = std::env::args_os()
        .enumerate()
        .map(|(index, argument)| (super::cell::key(index), Cell::string(vivarium_userland::bytes::from_os(argument))))
        .collect();
    information.insert(Rc::from(&b"argv"[..]), Cell::array(arguments));
    information.insert(Rc::from(&b"identifiers"[..]), Cell::array(identifiers(interpreter)));
    information
}

/// What each name of the program is, as far as is known before it runs.
fn identifiers(interpreter: &Interpreter<'_>) -> Array {
    let mut identifiers = Array::new();
    let mut add = |name: &str, kind: &str| identifiers.insert(Rc::from(name.as_bytes()), Cell::string(kind));
    let program = interpreter.program;
    for (index, name) in program.globals.iter().enumerate() {
        let kind = match super::SPECIAL.get(index) {
            Some(&("ENVIRON" | "PROCINFO" | "SYMTAB" | "FUNCTAB" | "ARGV")) => "array",
            Some(_) => "scalar",
            None => "untyped",
        };
        add(name, kind);
    }
    for name in BUILTINS {
        add(name, "builtin");
    }
    for function in &program.functions {
        add(&function.name, "user");
    }
    identifiers
}

impl Interpreter<'_> {
    /// Writes the variables' values where --dump-variables says.
    pub(super) fn dump_variables(&mut self) {
        let Some(name) = self.settings.dump.take() else { return };
        let mut names: Vec<(String, usize)> =
            self.names.iter().enumerate().map(|(index, name)| (name.clone(), index)).collect();
        names.retain(|(name, _)| !self.function_names.contains_key(name.as_bytes()));
        names.sort();
        let total = names.len() - 2;
        let mut text = Vec::new();
        for (name, index) in names {
            text.extend_from_slice(format!("{name}: ").as_bytes());
            match &self.globals[index] {
                _ if index == SYMTAB => text.extend_from_slice(format!("array, {total} elements").as_bytes()),
                Cell::Array(array) => {
                    let count = array.borrow().len();
                    text.extend_from_slice(format!("array, {count} elements").as_bytes());
                }
                _ if index == NF => {
                    let count = self.field_count().unwrap_or(0);
                    text.extend_from_slice(count.to_string().as_bytes());
                }
                Cell::Untyped | Cell::Value(Value::Unset) => text.extend_from_slice(b"untyped variable"),
                Cell::Value(value) => match value {
                    Value::Number(_) | Value::Bool(_) => text.extend_from_slice(&value.text(b"%.6g")),
                    Value::Input(_) if value.as_number().is_some() => text.extend_from_slice(&value.text(b"%.6g")),
                    other => {
                        text.push(b'"');
                        quoted(&other.text(b""), &mut text);
                        text.push(b'"');
                    }
                },
            }
            text.push(b'\n');
        }
        debug_assert!(self.program.globals.len() > FUNCTAB);
        let written = if name == b"-" {
            self.outputs.print(&text).and_then(|()| self.outputs.flush())
        } else {
            std::fs::File::create(path(&name)).and_then(|mut file| file.write_all(&text))
        };
        if let Err(error) = written {
            let reason = vivarium_userland::output::reason(&error);
            eprintln!("{}: warning: could not open variable list file: {reason}", self.settings.name);
        }
    }
}

fn quoted(value: &[u8], text: &mut Vec<u8>) {
    for byte in value {
        match byte {
            b'\n' => text.extend_from_slice(b"\\n"),
            b'\t' => text.extend_from_slice(b"\\t"),
            b'"' => text.extend_from_slice(b"\\\""),
            b'\\' => text.extend_from_slice(b"\\\\"),
            0..=31 | 127.. => text.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
            other => text.push(*other),
        }
    }
}

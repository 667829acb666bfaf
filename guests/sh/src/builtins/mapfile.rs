//! `mapfile`, `readarray`.

use std::rc::Rc;

use vivarium_sys::Errno;
use vivarium_sys::fs;

use super::{Options, options};
use crate::error::Run;
use crate::shell::Shell;
use crate::state::variables::{Value, flag};
use crate::symbol::Symbol;

pub(super) fn mapfile(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut delimiter, mut count, mut origin, mut skip, mut strip, mut fd, mut callback, mut quantum) =
        (b'\n', 0usize, None, 0usize, false, 0, None, 5000usize);
    let mut arguments = Options::new(words, "d:n:O:s:tu:C:c:");
    options!(shell, arguments, |letter, argument| {
        let number = crate::expand::arith::plain_number(&argument);
        match letter {
            b't' => strip = true,
            b'd' => delimiter = argument.first().copied().unwrap_or(0),
            b'C' => callback = Some(argument),
            _ => {
                let Some(number) = number.filter(|n| *n >= 0 && (letter != b'c' || *n > 0)) else {
                    let kind: &[u8] = match letter {
                        b'n' | b's' => b": invalid line count",
                        b'O' => b": invalid array origin",
                        b'u' => b": invalid file descriptor specification",
                        _ => b": invalid callback quantum",
                    };
                    shell.builtin_error([&argument[..], kind].concat());
                    return Ok(1);
                };
                match letter {
                    b'n' => count = number as usize,
                    b'O' => origin = Some(number),
                    b's' => skip = number as usize,
                    b'u' => fd = number as i32,
                    _ => quantum = number as usize,
                }
            }
        }
    });
    let name = arguments.rest().first().cloned().unwrap_or_else(|| b"MAPFILE".to_vec());
    if !crate::syntax::lexer::is_name(&name) {
        shell.builtin_error([b"`", &name[..], b"': not a valid identifier"].concat());
        return Ok(1);
    }
    if fs::fstat(fd).is_err() {
        shell.builtin_error(format!("{fd}: invalid file descriptor: Bad file descriptor"));
        return Ok(1);
    }
    let name = Symbol::new(&name);
    let name = shell.resolve(name).unwrap_or(name);
    shell.check_writable(name)?;
    if matches!(shell.state.variables.get(name).map(|v| &v.value), Some(Value::Assoc(_))) {
        shell.builtin_error([name.name(), b": not an indexed array"].concat());
        return Ok(1);
    }
    let variable = shell.state.variables.entry(name);
    variable.flags &= !flag::NO_VALUE;
    if origin.is_none() {
        variable.value = Value::Indexed(Rc::default());
    } else {
        crate::expand::assign::make_indexed(variable);
    }
    let mut index = origin.unwrap_or(0);
    let mut reader = Lines { fd, buffer: Vec::new(), at: 0, byte_by_byte: count > 0 };
    let (mut taken, mut seen) = (0, 0usize);
    while count == 0 || taken < count {
        let Some(mut line) = reader.next(delimiter) else { break };
        seen += 1;
        if seen <= skip {
            continue;
        }
        if strip && line.last() == Some(&delimiter) {
            line.pop();
        }
        line.retain(|b| *b != 0);
        if let Some(callback) = callback.as_ref().filter(|_| (taken + 1) % quantum == 0) {
            let text = [&callback[..], b" ", index.to_string().as_bytes(), b" ", &crate::syntax::quote::single(&line)]
                .concat();
            let line_number = shell.state.line;
            shell.run_text(&text, line_number, b"mapfile")?;
        }
        if let Value::Indexed(array) = &mut shell.state.variables.entry(name).value {
            Rc::make_mut(array).insert(index, line);
        }
        index += 1;
        taken += 1;
    }
    Ok(0)
}

/// Lines of a descriptor.
struct Lines {
    fd: i32,
    buffer: Vec<u8>,
    at: usize,
    /// No further than the line may be read.
    byte_by_byte: bool,
}

impl Lines {
    /// The next, with its delimiter.
    fn next(&mut self, delimiter: u8) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            if self.at == self.buffer.len() {
                self.buffer.resize(if self.byte_by_byte { 1 } else { 65536 }, 0);
                self.at = 0;
                match fs::read(self.fd, &mut self.buffer) {
                    Ok(0) => {
                        self.buffer.clear();
                        return (!line.is_empty()).then_some(line);
                    }
                    Ok(count) => self.buffer.truncate(count),
                    Err(Errno::INTR) => {
                        self.buffer.clear();
                        continue;
                    }
                    Err(_) => {
                        self.buffer.clear();
                        return (!line.is_empty()).then_some(line);
                    }
                }
            }
            let rest = &self.buffer[self.at..];
            match rest.iter().position(|b| *b == delimiter) {
                Some(end) => {
                    line.extend_from_slice(&rest[..=end]);
                    self.at += end + 1;
                    return Some(line);
                }
                None => {
                    line.extend_from_slice(rest);
                    self.at = self.buffer.len();
                }
            }
        }
    }
}

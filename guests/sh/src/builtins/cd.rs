//! `cd`, `pwd`.

use std::rc::Rc;

use vivarium_sys::fs;

use super::{Options, options};
use crate::error::Run;
use crate::shell::Shell;

pub(super) fn cd(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut physical = shell.state.options.physical;
    let mut arguments = Options::new(words, "LPe@");
    options!(shell, arguments, |letter, argument| {
        match letter {
            b'L' => physical = false,
            b'P' => physical = true,
            _ => {}
        }
    });
    if shell.restricted {
        shell.builtin_error("restricted");
        return Ok(1);
    }
    let rest = arguments.rest();
    if rest.len() > 1 {
        shell.builtin_error("too many arguments");
        return Ok(1);
    }
    let mut print = false;
    let target = match rest.first() {
        None => match shell.value("HOME") {
            Some(home) => home,
            None => {
                shell.builtin_error("HOME not set");
                return Ok(1);
            }
        },
        Some(word) if word == b"-" => match shell.value("OLDPWD") {
            Some(old) => {
                print = true;
                old
            }
            None => {
                shell.builtin_error("OLDPWD not set");
                return Ok(1);
            }
        },
        Some(word) => word.clone(),
    };
    if target.is_empty() {
        return Ok(0);
    }
    let searched =
        !matches!(&target[..], [b'/', ..] | [b'.'] | [b'.', b'.'] | [b'.', b'/', ..] | [b'.', b'.', b'/', ..]);
    if searched && let Some(path) = shell.value("CDPATH").filter(|p| !p.is_empty()) {
        for dir in path.split(|b| *b == b':') {
            let candidate = match dir {
                b"" => target.clone(),
                dir if dir.ends_with(b"/") => [dir, &target].concat(),
                dir => [dir, b"/", &target].concat(),
            };
            if fs::stat(&candidate).is_ok_and(|s| s.is_directory())
                && shell.change_directory(&candidate, physical).is_ok()
            {
                if !dir.is_empty() || print {
                    let cwd = shell.state.cwd.to_vec();
                    shell.print([&cwd[..], b"\n"].concat());
                }
                return Ok(0);
            }
        }
    }
    match shell.change_directory(&target, physical) {
        Ok(()) => {
            if print {
                let cwd = shell.state.cwd.to_vec();
                shell.print([&cwd[..], b"\n"].concat());
            }
            Ok(0)
        }
        Err(errno) => {
            if shell.state.shopts.cdable_vars
                && crate::syntax::lexer::is_name(&target)
                && let Some(value) = shell.value_of(crate::symbol::Symbol::new(&target))
                && shell.change_directory(&value, physical).is_ok()
            {
                shell.print([&value[..], b"\n"].concat());
                return Ok(0);
            }
            shell.builtin_error([&target[..], b": ", errno.message().as_bytes()].concat());
            Ok(1)
        }
    }
}

impl Shell {
    /// Changes the current directory and tells PWD and OLDPWD.
    pub(crate) fn change_directory(&mut self, target: &[u8], physical: bool) -> Result<(), vivarium_sys::Errno> {
        let logical = normalize(&self.state.cwd, target);
        let path = if physical { target.to_vec() } else { logical.clone() };
        match fs::chdir(&path) {
            Ok(()) => {}
            Err(errno) if !physical => {
                if fs::chdir(target).is_err() {
                    return Err(errno);
                }
            }
            Err(errno) => return Err(errno),
        }
        let new = if physical { fs::getcwd().unwrap_or(logical) } else { logical };
        let old = self.state.cwd.to_vec();
        let old = self.value("PWD").unwrap_or(old);
        self.state.cwd = Rc::new(new.clone());
        self.set_directory_variable("OLDPWD", &old);
        self.set_directory_variable("PWD", &new);
        Ok(())
    }

    fn set_directory_variable(&mut self, name: &str, value: &[u8]) {
        let symbol = crate::symbol::Symbol::new(name.as_bytes());
        if self.state.variables.get(symbol).is_some_and(|v| v.has(crate::state::variables::flag::READONLY)) {
            return;
        }
        self.set(name, value);
        self.state.variables.environment_changed();
    }
}

/// A path made absolute, its dots taken away.
pub(crate) fn normalize(cwd: &[u8], target: &[u8]) -> Vec<u8> {
    let whole = if target.starts_with(b"/") { target.to_vec() } else { [cwd, b"/", target].concat() };
    let mut pieces: Vec<&[u8]> = Vec::new();
    for piece in whole.split(|b| *b == b'/') {
        match piece {
            b"" | b"." => {}
            b".." => {
                pieces.pop();
            }
            piece => pieces.push(piece),
        }
    }
    let mut out = if whole.starts_with(b"//") && !whole.starts_with(b"///") { b"/".to_vec() } else { Vec::new() };
    for piece in pieces {
        out.push(b'/');
        out.extend_from_slice(piece);
    }
    if out.is_empty() { b"/".to_vec() } else { out }
}

pub(super) fn pwd(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut physical = shell.state.options.physical;
    let mut arguments = Options::new(words, "LP");
    options!(shell, arguments, |letter, argument| {
        physical = letter == b'P';
    });
    let path = if physical { fs::getcwd() } else { Ok(shell.state.cwd.to_vec()) };
    match path {
        Ok(path) => {
            shell.print([&path[..], b"\n"].concat());
            Ok(0)
        }
        Err(errno) => {
            shell.builtin_error(format!(
                "error retrieving current directory: getcwd: cannot access parent directories: {}",
                errno.message()
            ));
            Ok(1)
        }
    }
}

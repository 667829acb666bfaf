//! `enable`, `help`.

use super::{BUILTINS, Options, options};
use crate::error::Run;
use crate::shell::Shell;

pub(super) fn enable(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut all, mut disable, mut print, mut special) = (false, false, false, false);
    let mut arguments = Options::new(words, "adnpsf:");
    options!(shell, arguments, |letter, argument| {
        match letter {
            b'a' => all = true,
            b'n' => disable = true,
            b'p' => print = true,
            b's' => special = true,
            b'f' => {
                shell.builtin_error("dynamic loading not available");
                return Ok(1);
            }
            _ => {}
        }
    });
    let names = arguments.rest();
    if names.is_empty() || print {
        for builtin in BUILTINS {
            let off = shell.state.disabled.iter().any(|d| d == builtin.name.as_bytes());
            if (special && !builtin.special) || (!all && off != disable) {
                continue;
            }
            shell.print(format!("enable {}{}\n", if off { "-n " } else { "" }, builtin.name));
        }
        return Ok(0);
    }
    let mut status = 0;
    for name in names {
        if super::find(name).is_none() {
            shell.builtin_error([&name[..], b": not a shell builtin"].concat());
            status = 1;
            continue;
        }
        shell.state.disabled.retain(|d| d != name);
        if disable {
            shell.state.disabled.push(name.clone());
        }
    }
    Ok(status)
}

pub(super) fn help(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut arguments = Options::new(words, "dms");
    options!(shell, arguments, |letter, argument| {
        // All that is known of a builtin is its synopsis, however it is to be laid out.
        let _ = letter;
    });
    let names = arguments.rest();
    if names.is_empty() {
        shell.print("These shell commands are defined internally.  Type `help name' to find out more.\n\n");
        for builtin in BUILTINS {
            shell.print(format!(" {}\n", builtin.usage));
        }
        return Ok(0);
    }
    let mut status = 0;
    for name in names {
        let rules = crate::expand::pattern::Rules::default();
        let found: Vec<_> =
            BUILTINS.iter().filter(|b| crate::expand::pattern::matches(name, b.name.as_bytes(), rules)).collect();
        if found.is_empty() {
            shell.builtin_error(
                [
                    b"no help topics match `",
                    &name[..],
                    b"'.  Try `help help' or `man -k ",
                    name,
                    b"' or `info ",
                    name,
                    b"'.",
                ]
                .concat(),
            );
            status = 1;
        }
        for builtin in found {
            shell.print(format!("{}: {}\n", builtin.name, builtin.usage));
        }
    }
    Ok(status)
}

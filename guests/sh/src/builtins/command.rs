//! `command`, `builtin`.

use super::{Options, options};
use crate::error::Run;
use crate::shell::Shell;

pub(super) fn command(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut standard, mut verbose, mut short) = (false, false, false);
    let mut arguments = Options::new(words, "pvV");
    options!(shell, arguments, |letter, argument| {
        match letter {
            b'p' => standard = true,
            b'v' => short = true,
            _ => verbose = true,
        }
    });
    let words = arguments.rest();
    if words.is_empty() {
        return Ok(0);
    }
    if short || verbose {
        let mut status = 1;
        for name in words {
            if super::kinds::describe(shell, name, short, standard)? {
                status = 0;
            } else if verbose {
                shell.builtin_error([&name[..], b": not found"].concat());
            }
        }
        return Ok(status);
    }
    if standard && shell.restricted {
        shell.builtin_error("-p: restricted");
        return Ok(1);
    }
    let saved = if standard {
        let symbol = crate::symbol::Symbol::new(b"PATH");
        let before = shell.state.variables.get(symbol).cloned();
        shell.set("PATH", &b"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"[..]);
        Some((symbol, before))
    } else {
        None
    };
    let traced = std::mem::replace(&mut shell.state.options.xtrace, false);
    let special = super::find(&words[0]).is_some_and(|b| b.special);
    let result = shell.run_words(words.to_vec(), &[], &[], true);
    if words[0] != b"set" {
        shell.state.options.xtrace = traced;
    }
    if let Some((symbol, before)) = saved {
        shell.state.variables.replace(symbol, before);
        shell.variable_changed(symbol);
    }
    // A special builtin's error does not end the shell here.
    match result {
        Err(crate::error::Unwind::Exit)
            if special && words[0] != b"exit" && words[0] != b"exec" && shell.state.options.posix && shell.misused =>
        {
            Ok(shell.state.status)
        }
        Err(unwind) => Err(unwind),
        Ok(()) => Ok(shell.state.status),
    }
}

pub(super) fn builtin(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let words = if words.get(1).is_some_and(|w| w == b"--") { &words[1..] } else { words };
    let Some(name) = words.get(1) else { return Ok(0) };
    match shell.builtin(name) {
        Some(builtin) => {
            let was = std::mem::replace(&mut shell.command_text, name.clone());
            let result = (builtin.run)(shell, &words[1..]);
            shell.command_text = was;
            result
        }
        None => {
            shell.builtin_error([&name[..], b": not a shell builtin"].concat());
            Ok(1)
        }
    }
}

//! `trap`.

use vivarium_sys::signal::{self, Disposition, Signal, SignalSet};

use super::{Options, options};
use crate::error::Run;
use crate::eval::trap::{name, number};
use crate::shell::Shell;
use crate::syntax::quote;

pub(super) fn trap(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut list, mut print) = (false, false);
    let mut arguments = Options::new(words, "lp");
    options!(shell, arguments, |letter, argument| {
        if letter == b'l' {
            list = true;
        } else {
            print = true;
        }
    });
    if list {
        super::kill::list_all(shell);
        return Ok(0);
    }
    let rest = arguments.rest();
    if print || rest.is_empty() {
        return show(shell, rest);
    }
    // A first argument that is a number, or a lone name, resets.
    let resets = rest[0] == b"-"
        || (rest.len() == 1 && number(&rest[0]).is_some())
        || rest[0].iter().all(u8::is_ascii_digit) && !rest[0].is_empty();
    let (action, names) = if resets {
        (None, if rest[0] == b"-" { &rest[1..] } else { rest })
    } else {
        (Some(rest[0].clone()), &rest[1..])
    };
    if names.is_empty() {
        return Ok(shell.usage());
    }
    if shell.state.traps.inherited {
        shell.state.traps.enter_subshell(false, false);
        shell.state.traps.inherited = false;
    }
    let mut status = 0;
    for word in names {
        let Some(number) = number(word) else {
            shell.builtin_error([&word[..], b": invalid signal specification"].concat());
            status = 1;
            continue;
        };
        shell.state.traps.set(number, action.clone());
        if (1..32).contains(&number) {
            let signal = Signal(number);
            let disposition = match &action {
                None if shell.interactive && matches!(number, 2) => Disposition::Catch,
                None if shell.interactive && matches!(number, 3 | 15) => Disposition::Ignore,
                None => Disposition::Default,
                Some(action) if action.is_empty() => Disposition::Ignore,
                Some(_) => Disposition::Catch,
            };
            // SIGKILL and SIGSTOP cannot be caught: the trap is kept and never runs, as in bash.
            let _ = signal::action(signal, disposition);
        }
    }
    Ok(status)
}

fn show(shell: &mut Shell, names: &[Vec<u8>]) -> Run<i32> {
    let all: Vec<(u8, Vec<u8>)> = shell.state.traps.all().map(|(n, a)| (n, a.clone())).collect();
    let mut status = 0;
    let mut wanted = Vec::new();
    for word in names {
        match number(word) {
            Some(number) => wanted.push(number),
            None => {
                shell.builtin_error([&word[..], b": invalid signal specification"].concat());
                status = 1;
            }
        }
    }
    for (number, action) in all {
        if names.is_empty() || wanted.contains(&number) {
            let line = [b"trap -- ", &quote::single(&action)[..], b" ", name(number).as_bytes(), b"\n"].concat();
            shell.print(line);
        }
    }
    Ok(status)
}

impl Shell {
    /// Before a program takes the shell's place: what the shell catches for itself is as by default.
    pub(crate) fn restore_signals_for_exec(&mut self) {
        if self.interactive {
            for signal in [Signal::INT, Signal::QUIT, Signal::TERM, Signal::TSTP, Signal::TTIN, Signal::TTOU] {
                let _ = signal::action(signal, Disposition::Default);
            }
        }
        let _ = SignalSet::EMPTY;
    }
}

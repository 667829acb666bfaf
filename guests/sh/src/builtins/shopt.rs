//! `shopt`.

use super::{Options, options};
use crate::error::Run;
use crate::shell::Shell;
use crate::state::options::{Options as SetOptions, Shopts};

pub(super) fn shopt(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut set, mut unset, mut quiet, mut print, mut o) = (false, false, false, false, false);
    let mut arguments = Options::new(words, "supqo");
    options!(shell, arguments, |letter, argument| {
        match letter {
            b's' => set = true,
            b'u' => unset = true,
            b'q' => quiet = true,
            b'p' => print = true,
            _ => o = true,
        }
    });
    if set && unset {
        shell.builtin_error("cannot set and unset shell options simultaneously");
        return Ok(1);
    }
    let names: Vec<String> = arguments.rest().iter().map(|w| String::from_utf8_lossy(w).into_owned()).collect();
    let get = |shell: &mut Shell, name: &str| {
        if o { shell.state.options.by_name(name).map(|on| *on) } else { shell.state.shopts.by_name(name).map(|on| *on) }
    };
    if names.is_empty() {
        let all: Vec<&str> =
            if o { SetOptions::NAMES.iter().map(|(name, _)| *name).collect() } else { Shopts::NAMES.to_vec() };
        for name in all {
            let on = get(shell, name).unwrap_or(false);
            if (set && !on) || (unset && on) || quiet {
                continue;
            }
            show(shell, name, on, print, o);
        }
        return Ok(0);
    }
    let mut status = 0;
    for name in &names {
        let Some(on) = get(shell, name) else {
            let kind = if o { "invalid option name" } else { "invalid shell option name" };
            shell.builtin_error(format!("{name}: {kind}"));
            status = 1;
            continue;
        };
        if set || unset {
            if o {
                shell.set_option(name, set);
            } else if let Some(option) = shell.state.shopts.by_name(name) {
                *option = set;
                shell.sync_history();
            }
        } else {
            if !on {
                status = 1;
            }
            if !quiet {
                show(shell, name, on, print, o);
            }
        }
    }
    Ok(status)
}

fn show(shell: &mut Shell, name: &str, on: bool, print: bool, o: bool) {
    if print && o {
        shell.print(format!("set {}o {name}\n", if on { '-' } else { '+' }));
    } else if print {
        shell.print(format!("shopt -{} {name}\n", if on { 's' } else { 'u' }));
    } else {
        shell.print(format!("{name:<15}\t{}\n", if on { "on" } else { "off" }));
    }
}

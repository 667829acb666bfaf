//! `alias`, `unalias`.

use std::rc::Rc;

use super::{Options, options};
use crate::error::Run;
use crate::shell::Shell;
use crate::syntax::quote;

fn show(shell: &mut Shell, name: &[u8], value: &[u8], prefix: bool) {
    let head: &[u8] = if prefix { if name.starts_with(b"-") { b"alias -- " } else { b"alias " } } else { b"" };
    shell.print([head, name, b"=", &quote::single(value)[..], b"\n"].concat());
}

pub(super) fn alias(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut all = false;
    let mut arguments = Options::new(words, "p");
    options!(shell, arguments, |letter, argument| {
        let _ = letter;
        all = true;
    });
    let names = arguments.rest();
    let prefix = !shell.state.options.posix;
    if names.is_empty() || all {
        let aliases = shell.state.aliases.clone();
        let mut sorted: Vec<_> = aliases.iter().collect();
        sorted.sort();
        for (name, value) in sorted {
            show(shell, name, value, prefix || all);
        }
    }
    let mut status = 0;
    for word in names {
        match word.iter().position(|b| *b == b'=').filter(|at| *at > 0) {
            Some(at) => {
                let name = &word[..at];
                if name.iter().any(|b| {
                    matches!(
                        b,
                        b' ' | b'\t'
                            | b'\n'
                            | b'$'
                            | b'`'
                            | b'\''
                            | b'"'
                            | b'\\'
                            | b'/'
                            | b'&'
                            | b'|'
                            | b';'
                            | b'('
                            | b')'
                            | b'<'
                            | b'>'
                    )
                }) {
                    shell.builtin_error([b"`", name, b"': invalid alias name"].concat());
                    status = 1;
                    continue;
                }
                Rc::make_mut(&mut shell.state.aliases).insert(name.to_vec(), word[at + 1..].to_vec());
            }
            None => match shell.state.aliases.get(word).cloned() {
                Some(value) => show(shell, word, &value, prefix),
                None => {
                    shell.builtin_error([&word[..], b": not found"].concat());
                    status = 1;
                }
            },
        }
    }
    Ok(status)
}

pub(super) fn unalias(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut all = false;
    let mut arguments = Options::new(words, "a");
    options!(shell, arguments, |letter, argument| {
        let _ = letter;
        all = true;
    });
    if all {
        shell.state.aliases = Rc::default();
        return Ok(0);
    }
    if arguments.rest().is_empty() {
        return Ok(shell.usage());
    }
    let mut status = 0;
    for name in arguments.rest() {
        if Rc::make_mut(&mut shell.state.aliases).remove(name).is_none() {
            shell.builtin_error([&name[..], b": not found"].concat());
            status = 1;
        }
    }
    Ok(status)
}

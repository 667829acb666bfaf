//! `umask`.

use super::{Options, options};
use crate::error::Run;
use crate::shell::Shell;

pub(super) fn umask(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut symbolic, mut print) = (false, false);
    let mut arguments = Options::new(words, "Sp");
    options!(shell, arguments, |letter, argument| {
        if letter == b'S' {
            symbolic = true;
        } else {
            print = true;
        }
    });
    let Some(mode) = arguments.rest().first() else {
        let mask = shell.state.umask;
        let head = if print { if symbolic { "umask -S " } else { "umask " } } else { "" };
        let text = if symbolic { symbols(mask) } else { format!("{mask:04o}") };
        shell.print(format!("{head}{text}\n"));
        return Ok(0);
    };
    let new = if mode.first().is_some_and(u8::is_ascii_digit) {
        let value = std::str::from_utf8(mode).ok().and_then(|t| u32::from_str_radix(t, 8).ok()).filter(|v| *v <= 0o777);
        match value {
            Some(value) => value,
            None => {
                shell.builtin_error([&mode[..], b": octal number out of range"].concat());
                return Ok(1);
            }
        }
    } else {
        match apply(mode, shell.state.umask) {
            Ok(mask) => mask,
            Err(byte) => {
                let kind = if matches!(byte, b'+' | b'-' | b'=' | b',')
                    || !b"rwxXstugoa".contains(&byte) && !byte.is_ascii_alphabetic()
                {
                    "operator"
                } else {
                    "character"
                };
                shell.builtin_error(format!("`{}': invalid symbolic mode {kind}", byte as char));
                return Ok(1);
            }
        }
    };
    vivarium_sys::limits::umask(new);
    shell.state.umask = new;
    if symbolic {
        shell.print(format!("{}\n", symbols(new)));
    }
    Ok(0)
}

fn symbols(mask: u32) -> String {
    let part = |shift: u32| {
        let bits = !(mask >> shift) & 7;
        [(4, 'r'), (2, 'w'), (1, 'x')].iter().filter(|(bit, _)| bits & bit != 0).map(|(_, c)| *c).collect::<String>()
    };
    format!("u={},g={},o={}", part(6), part(3), part(0))
}

/// A symbolic mode over a mask; the byte that is wrong.
fn apply(mode: &[u8], mask: u32) -> Result<u32, u8> {
    let mut allowed = !mask & 0o777;
    for clause in mode.split(|b| *b == b',') {
        let mut at = 0;
        let mut who = 0;
        while let Some(byte) = clause.get(at) {
            who |= match byte {
                b'u' => 0o700,
                b'g' => 0o070,
                b'o' => 0o007,
                b'a' => 0o777,
                _ => break,
            };
            at += 1;
        }
        if who == 0 {
            who = 0o777;
        }
        let mut any = false;
        while let Some(operator) = clause.get(at).copied() {
            if !matches!(operator, b'+' | b'-' | b'=') {
                return Err(operator);
            }
            any = true;
            at += 1;
            let mut bits = 0;
            while let Some(byte) = clause.get(at) {
                bits |= match byte {
                    b'r' => 0o444,
                    b'w' => 0o222,
                    b'x' | b'X' => 0o111,
                    b's' | b't' => 0,
                    b'u' => (allowed >> 6 & 7) * 0o111,
                    b'g' => (allowed >> 3 & 7) * 0o111,
                    b'o' => (allowed & 7) * 0o111,
                    b'+' | b'-' | b'=' => break,
                    other => return Err(*other),
                };
                at += 1;
            }
            let bits = bits & who;
            allowed = match operator {
                b'+' => allowed | bits,
                b'-' => allowed & !bits,
                _ => allowed & !who | bits,
            };
        }
        if !any {
            return Err(clause.get(at).copied().unwrap_or(b' '));
        }
    }
    Ok(!allowed & 0o777)
}

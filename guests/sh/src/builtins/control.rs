//! Small builtins: `:`, `true`, `break`, `return`, `exit`, `shift`, `let`, `caller`.

use crate::error::{Run, Unwind};
use crate::shell::Shell;

pub(super) fn colon(_: &mut Shell, _: &[Vec<u8>]) -> Run<i32> {
    Ok(0)
}

pub(super) fn true_(_: &mut Shell, _: &[Vec<u8>]) -> Run<i32> {
    Ok(0)
}

pub(super) fn false_(_: &mut Shell, _: &[Vec<u8>]) -> Run<i32> {
    Ok(1)
}

/// How many loops `break` and `continue` speak of.
fn count(shell: &mut Shell, words: &[Vec<u8>]) -> Run<Result<u32, i32>> {
    if shell.state.loops == 0 {
        if !shell.state.options.posix {
            shell.builtin_error("only meaningful in a `for', `while', or `until' loop");
        }
        return Ok(Err(0));
    }
    let words = if words.get(1).is_some_and(|w| w == b"--") { &words[1..] } else { words };
    let Some(word) = words.get(1) else { return Ok(Ok(1)) };
    if words.len() > 2 {
        shell.builtin_error("too many arguments");
        shell.state.status = 1;
        return Err(Unwind::Break(shell.state.loops));
    }
    match crate::expand::arith::plain_number(word.strip_prefix(b"+").unwrap_or(word)) {
        None => {
            shell.builtin_error([&word[..], b": numeric argument required"].concat());
            shell.state.status = 128;
            if shell.interactive { Err(Unwind::Abort) } else { Err(Unwind::Exit) }
        }
        Some(n) if n < 1 => {
            shell.builtin_error([&word[..], b": loop count out of range"].concat());
            shell.state.status = 1;
            Err(Unwind::Break(shell.state.loops))
        }
        Some(n) => Ok(Ok((n as u32).min(shell.state.loops))),
    }
}

pub(super) fn break_(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    match count(shell, words)? {
        Ok(n) => {
            shell.state.status = 0;
            Err(Unwind::Break(n))
        }
        Err(status) => Ok(status),
    }
}

pub(super) fn continue_(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    match count(shell, words)? {
        Ok(n) => {
            shell.state.status = 0;
            Err(Unwind::Continue(n))
        }
        Err(status) => Ok(status),
    }
}

/// A status given as an argument; `None` after an error.
fn status_argument(shell: &mut Shell, words: &[Vec<u8>]) -> Option<i32> {
    let words = if words.get(1).is_some_and(|w| w == b"--") { &words[1..] } else { words };
    match words.get(1) {
        None => Some(shell.state.status),
        Some(word) => match crate::expand::arith::plain_number(word.trim_ascii())
            .or_else(|| std::str::from_utf8(word.trim_ascii()).ok()?.parse().ok())
        {
            Some(number) => {
                if words.len() > 2 {
                    shell.builtin_error("too many arguments");
                    return None;
                }
                Some((number & 255) as i32)
            }
            None => {
                shell.builtin_error([&word[..], b": numeric argument required"].concat());
                Some(2)
            }
        },
    }
}

pub(super) fn return_(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let Some(status) = status_argument(shell, words) else { return Ok(1) };
    if shell.state.frames.is_empty() {
        shell.builtin_error("can only `return' from a function or sourced script");
        return Ok(if shell.state.options.posix { super::USAGE } else { 2 });
    }
    shell.state.status = status;
    Err(Unwind::Return)
}

pub(super) fn exit(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    if shell.interactive && !shell.is_subshell_process {
        shell.write_error(b"exit\n");
        let stopped = shell.jobs.list.iter().any(|job| matches!(job.state(), crate::eval::jobs::State::Stopped(_)));
        if stopped && !shell.exit_warned {
            shell.exit_warned = true;
            shell.write_error(b"There are stopped jobs.\n");
            return Ok(1);
        }
    }
    let Some(status) = status_argument(shell, words) else { return Ok(1) };
    shell.state.status = status;
    Err(Unwind::Exit)
}

pub(super) fn shift(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let words = if words.get(1).is_some_and(|w| w == b"--") { &words[1..] } else { words };
    let count = match words.get(1) {
        None => 1,
        Some(word) => match crate::expand::arith::plain_number(word) {
            Some(number) => number,
            None => {
                shell.builtin_error([&word[..], b": numeric argument required"].concat());
                return Ok(1);
            }
        },
    };
    if words.len() > 2 {
        shell.builtin_error("too many arguments");
        return Ok(1);
    }
    let total = shell.state.positional.len() as i64;
    if count < 0 || count > total {
        if shell.state.shopts.shift_verbose || count < 0 {
            shell.builtin_error([&words[1][..], b": shift count out of range"].concat());
        }
        return Ok(1);
    }
    std::rc::Rc::make_mut(&mut shell.state.positional).drain(..count as usize);
    Ok(0)
}

pub(super) fn let_(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let words = if words.get(1).is_some_and(|w| w == b"--") { &words[1..] } else { words };
    if words.len() < 2 {
        shell.builtin_error("expression expected");
        return Ok(1);
    }
    let mut value = 0;
    for word in &words[1..] {
        match shell.try_evaluate_text(word)? {
            Some(result) => value = result,
            None => return Ok(1),
        }
    }
    Ok(i32::from(value == 0))
}

pub(super) fn caller(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let frames = &shell.state.frames;
    if frames.is_empty() {
        if words.len() < 2 {
            shell.print("0 NULL\n");
            return Ok(0);
        }
        return Ok(1);
    }
    let level = match words.get(1) {
        None => None,
        Some(word) => match crate::expand::arith::plain_number(word) {
            Some(n) if n >= 0 => Some(n as usize),
            _ => {
                shell.builtin_error([&word[..], b": invalid number"].concat());
                return Ok(shell.usage());
            }
        },
    };
    let index = level.unwrap_or(0);
    let Some(frame) = frames.iter().rev().nth(index) else { return Ok(1) };
    let source = match frames.iter().rev().nth(index + 1) {
        Some(outer) => outer.source.clone(),
        None => shell.state.arg0.to_vec(),
    };
    let name = match frames.iter().rev().nth(index + 1) {
        Some(outer) => outer.name.clone(),
        None => b"main".to_vec(),
    };
    let line = frame.line.to_string();
    let text = match level {
        None => [line.as_bytes(), b" ", &source, b"\n"].concat(),
        Some(_) => [line.as_bytes(), b" ", &name, b" ", &source, b"\n"].concat(),
    };
    shell.print(text);
    Ok(0)
}

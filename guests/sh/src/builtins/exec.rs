//! `exec`.

use vivarium_sys::spawn::Spawn;
use vivarium_sys::{Errno, fs};

use super::{Options, options};
use crate::error::{Run, Unwind};
use crate::eval::external::SELF;
use crate::shell::Shell;

pub(super) fn exec(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut clear, mut login, mut name) = (false, false, None);
    let mut arguments = Options::new(words, "cla:");
    options!(shell, arguments, |letter, argument| {
        match letter {
            b'c' => clear = true,
            b'l' => login = true,
            _ => name = Some(argument),
        }
    });
    let words = arguments.rest();
    let Some(program) = words.first() else { return Ok(0) };
    if shell.restricted {
        shell.builtin_error("restricted");
        return Ok(1);
    }
    shell.flush();
    let Some(path) = shell.find_program(program) else {
        let message: &[u8] = if program.contains(&b'/') { b": No such file or directory" } else { b": not found" };
        if program.contains(&b'/') {
            shell.complain([&program[..], message].concat());
        } else {
            shell.builtin_error([&program[..], message].concat());
        }
        return failed(shell, 127);
    };
    let mut arg0 = name.unwrap_or_else(|| program.clone());
    if login {
        arg0.insert(0, b'-');
    }
    let environment = if clear { Vec::new() } else { shell.environment(&path) };
    shell.restore_signals_for_exec();
    let mut spawn = Spawn::new(&path);
    spawn.arg(&arg0);
    for word in &words[1..] {
        spawn.arg(word);
    }
    spawn.environment(environment.clone());
    let mut errno = spawn.exec();
    if errno == Errno::NOEXEC && fs::stat(&path).is_ok_and(|s| s.is_file()) {
        let mut spawn = Spawn::new(SELF);
        spawn.arg(&shell.state.arg0[..]).arg(&path);
        for word in &words[1..] {
            spawn.arg(word);
        }
        errno = spawn.environment(environment).exec();
    }
    if fs::stat(&path).is_ok_and(|s| s.is_directory()) {
        errno = Errno::ISDIR;
    }
    let message = if errno == Errno::ISDIR { "Is a directory" } else { errno.message() };
    shell.complain([&path[..], b": ", message.as_bytes()].concat());
    if errno != Errno::ISDIR {
        shell.builtin_error([&path[..], b": cannot execute: ", errno.message().as_bytes()].concat());
    }
    failed(shell, if errno == Errno::NOENT { 127 } else { 126 })
}

fn failed(shell: &mut Shell, status: i32) -> Run<i32> {
    if shell.interactive || shell.state.shopts.execfail {
        return Ok(status);
    }
    shell.state.status = status;
    Err(Unwind::Exit)
}

//! `eval` and `source`.

use crate::error::{Run, Unwind};
use crate::shell::Shell;
use crate::state::frames::Frame;
use std::rc::Rc;

pub(super) fn eval(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let words = match words.get(1) {
        Some(word) if word == b"--" => &words[2..],
        Some(word) if word.len() > 1 && word[0] == b'-' => return Ok(shell.invalid_option(&word[..2])),
        _ => words.get(1..).unwrap_or_default(),
    };
    let text = words.join(&b' ');
    if text.iter().all(u8::is_ascii_whitespace) {
        return Ok(0);
    }
    let line = shell.state.line;
    shell.deeper(|shell| shell.run_text(&text, line, b"eval"))?;
    Ok(shell.state.status)
}

pub(super) fn source(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let words = if words.get(1).is_some_and(|w| w == b"--") { &words[1..] } else { words };
    let Some(name) = words.get(1).cloned() else {
        shell.builtin_error("filename argument required");
        return Ok(shell.usage());
    };
    if name.len() > 1 && name[0] == b'-' {
        return Ok(shell.invalid_option(&name[..2]));
    }
    if shell.restricted && name.contains(&b'/') {
        shell.builtin_error([&name[..], b": restricted"].concat());
        return Ok(1);
    }
    let mut path = name.clone();
    if !name.contains(&b'/') && shell.state.shopts.sourcepath {
        let found = source_in_path(shell, &name);
        match found {
            Some(found) => path = found,
            None if shell.state.options.posix => {
                shell.builtin_error([&name[..], b": file not found"].concat());
                return missing(shell);
            }
            None => {}
        }
    }
    let text = match crate::invocation::read_file(&path) {
        Ok(text) => text,
        Err(errno) => {
            if vivarium_sys::fs::stat(&path).is_ok_and(|s| s.is_directory()) {
                shell.builtin_error([&name[..], b": is a directory"].concat());
                return Ok(1);
            }
            shell.complain([&name[..], b": ", errno.message().as_bytes()].concat());
            return missing(shell);
        }
    };
    if text[..text.len().min(80)].split(|b| *b == b'\n').next().is_some_and(|line| line.contains(&0)) {
        shell.builtin_error([&name[..], b": cannot execute binary file"].concat());
        return Ok(126);
    }
    let arguments = words.get(2..).unwrap_or_default();
    let saved =
        (!arguments.is_empty()).then(|| std::mem::replace(&mut shell.state.positional, Rc::new(arguments.to_vec())));
    let sets = shell.positional_sets;
    let line = shell.state.line;
    shell.state.frames.push(Frame {
        name: b"source".to_vec(),
        source: path.clone(),
        line,
        is_function: false,
        arguments: Vec::new(),
    });
    let loops = std::mem::take(&mut shell.state.loops);
    shell.state.status = 0;
    let result = shell.deeper(|shell| {
        let mut parser = crate::syntax::Parser::new(&text, 1, shell.settings());
        parser.source = path.clone();
        shell.run_parser(&mut parser, b"")
    });
    let result = match result {
        Err(Unwind::Return) => Ok(()),
        other => other,
    };
    let result = result.and_then(|()| shell.run_return_trap());
    shell.state.loops = loops;
    shell.state.frames.pop();
    // What `set` makes of them outside of functions stays, as in bash.
    if let Some(saved) = saved
        && (sets == shell.positional_sets || shell.state.variables.function_scope().is_some())
    {
        shell.state.positional = saved;
    }
    shell.state.line = line;
    result?;
    Ok(shell.state.status)
}

fn missing(shell: &mut Shell) -> Run<i32> {
    shell.misused = true;
    if shell.state.options.posix { shell.fatal(1) } else { Ok(1) }
}

fn source_in_path(shell: &mut Shell, name: &[u8]) -> Option<Vec<u8>> {
    let path = shell.value("PATH")?;
    path.split(|b| *b == b':').find_map(|dir| {
        let dir: &[u8] = if dir.is_empty() { b"." } else { dir };
        let file = [dir, b"/", name].concat();
        vivarium_sys::fs::stat(&file).is_ok_and(|s| !s.is_directory()).then_some(file)
    })
}

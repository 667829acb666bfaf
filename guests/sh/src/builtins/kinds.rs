//! `type`, and what `command -v` says.

use super::{Options, options};
use crate::error::Run;
use crate::shell::Shell;
use crate::syntax::quote;

const KEYWORDS: &[&[u8]] = &[
    b"!",
    b"[[",
    b"]]",
    b"case",
    b"coproc",
    b"do",
    b"done",
    b"elif",
    b"else",
    b"esac",
    b"fi",
    b"for",
    b"function",
    b"if",
    b"in",
    b"select",
    b"then",
    b"time",
    b"until",
    b"while",
    b"{",
    b"}",
];

pub(crate) fn is_keyword(name: &[u8]) -> bool {
    KEYWORDS.contains(&name)
}

/// What `command -v` (`short`) or `-V` says of a name; whether there is such a command.
pub(super) fn describe(shell: &mut Shell, name: &[u8], short: bool, standard: bool) -> Run<bool> {
    if let Some(value) = shell.state.aliases.get(name).cloned().filter(|_| shell.settings().aliases.is_some()) {
        if short {
            shell.print([b"alias ", name, b"=", &quote::single(&value)[..], b"\n"].concat());
        } else {
            shell.print([name, b" is aliased to `", &value, b"'\n"].concat());
        }
        return Ok(true);
    }
    if is_keyword(name) {
        shell.print(if short { [name, b"\n"].concat() } else { [name, b" is a shell keyword\n"].concat() });
        return Ok(true);
    }
    if let Some(function) = shell.function(name) {
        if short {
            shell.print([name, b"\n"].concat());
        } else {
            let text = crate::syntax::print::function(&function);
            shell.print([name, b" is a function\n", &text[..], b"\n"].concat());
        }
        return Ok(true);
    }
    if let Some(builtin) = shell.builtin(name) {
        let special = builtin.special && shell.state.options.posix;
        let kind: &[u8] = if special { b" is a special shell builtin\n" } else { b" is a shell builtin\n" };
        shell.print(if short { [name, b"\n"].concat() } else { [name, kind].concat() });
        return Ok(true);
    }
    if name.contains(&b'/') {
        if vivarium_sys::fs::stat(name).is_ok_and(|s| !s.is_directory())
            && vivarium_sys::fs::access(name, 4, true).is_ok()
        {
            shell.print(if short { [name, b"\n"].concat() } else { [name, b" is ", name, b"\n"].concat() });
            return Ok(true);
        }
        return Ok(false);
    }
    if let (Some(path), false) = (shell.remembered(name), standard) {
        shell.print(if short { [&path[..], b"\n"].concat() } else { [name, b" is hashed (", &path, b")\n"].concat() });
        return Ok(true);
    }
    let found = if standard {
        shell.search_in(b"/usr/bin:/bin:/usr/sbin:/sbin", name, false)
    } else {
        shell.search_path(name, false)
    };
    match found.first() {
        Some(path) if vivarium_sys::fs::access(path, 4, true).is_ok() => {
            shell.print(if short { [&path[..], b"\n"].concat() } else { [name, b" is ", path, b"\n"].concat() });
            Ok(true)
        }
        _ => Ok(false),
    }
}

pub(super) fn type_(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut all, mut no_functions, mut kind, mut path, mut force) = (false, false, false, false, false);
    let mut replaced: Vec<Vec<u8>> = words.to_vec();
    for word in replaced.iter_mut().skip(1).take_while(|w| w.starts_with(b"-")) {
        match &word[..] {
            b"-type" | b"--type" => *word = b"-t".to_vec(),
            b"-path" | b"--path" => *word = b"-p".to_vec(),
            b"-all" | b"--all" => *word = b"-a".to_vec(),
            _ => {}
        }
    }
    let mut arguments = Options::new(&replaced, "afptP");
    options!(shell, arguments, |letter, argument| {
        match letter {
            b'a' => all = true,
            b'f' => no_functions = true,
            b't' => (kind, path, force) = (true, false, false),
            b'p' => (path, kind) = (true, false),
            _ => (path, force, kind) = (true, true, false),
        }
    });
    let mut status = 0;
    for name in arguments.rest() {
        if !one(shell, name, (all, no_functions, kind, path, force))? {
            if !kind && !path {
                shell.builtin_error([&name[..], b": not found"].concat());
            }
            status = 1;
        }
    }
    Ok(status)
}

fn one(shell: &mut Shell, name: &[u8], how: (bool, bool, bool, bool, bool)) -> Run<bool> {
    let (all, no_functions, kind, path, force) = how;
    let mut found = false;
    let mut tell = |shell: &mut Shell, short: &str, long: Vec<u8>| {
        found = true;
        if kind {
            shell.print(format!("{short}\n"));
        } else if !path {
            shell.print(long);
        }
        !all
    };
    if !force {
        if let Some(value) =
            shell.state.aliases.get(name).cloned().filter(|_| shell.settings().aliases.is_some() || all)
            && tell(shell, "alias", [name, b" is aliased to `", &value, b"'\n"].concat())
        {
            return Ok(true);
        }
        if is_keyword(name) && tell(shell, "keyword", [name, b" is a shell keyword\n"].concat()) {
            return Ok(true);
        }
        if let Some(function) = shell.function(name).filter(|_| !no_functions) {
            let text = crate::syntax::print::function(&function);
            if tell(shell, "function", [name, b" is a function\n", &text[..], b"\n"].concat()) {
                return Ok(true);
            }
        }
        if let Some(builtin) = shell.builtin(name) {
            let special = builtin.special && shell.state.options.posix;
            let text: &[u8] = if special { b" is a special shell builtin\n" } else { b" is a shell builtin\n" };
            if tell(shell, "builtin", [name, text].concat()) {
                return Ok(true);
            }
        }
    }
    let paths = if name.contains(&b'/') {
        if vivarium_sys::fs::stat(name).is_ok_and(|s| !s.is_directory())
            && vivarium_sys::fs::access(name, 4, true).is_ok()
        {
            vec![name.to_vec()]
        } else {
            Vec::new()
        }
    } else {
        let hashed = if all || force { None } else { shell.remembered(name) };
        if let Some(hashed) = hashed {
            if kind {
                shell.print("file\n");
            } else if path {
                shell.print([&hashed[..], b"\n"].concat());
            } else {
                shell.print([name, b" is hashed (", &hashed, b")\n"].concat());
            }
            return Ok(true);
        }
        shell.search_path(name, all)
    };
    for file in paths {
        if vivarium_sys::fs::access(&file, 4, true).is_err() {
            continue;
        }
        found = true;
        if kind {
            shell.print("file\n");
        } else if path {
            shell.print([&file[..], b"\n"].concat());
        } else {
            shell.print([name, b" is ", &file, b"\n"].concat());
        }
        if !all {
            break;
        }
    }
    Ok(found)
}

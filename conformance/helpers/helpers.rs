//! Small programs that test suites of shells build for themselves, in one file; the name it is called by chooses.
//!
//! `recho` prints its arguments one a line, control characters made visible; `zecho` prints them as they are; `printenv`
//! prints variables without their names; `xcase` changes the case of its input; `get-mb-cur-max` tells how many bytes a
//! character may take in a locale, if there is that locale.

use std::env;
use std::ffi::OsStr;
use std::io::{Read, Write};
#[cfg(unix)]
use std::os::unix::ffi::{OsStrExt, OsStringExt};
#[cfg(target_os = "wasi")]
use std::os::wasi::ffi::{OsStrExt, OsStringExt};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = env::args_os().map(OsStringExt::into_vec);
    let name = arguments.next().unwrap_or_default();
    let name = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let arguments: Vec<Vec<u8>> = arguments.collect();
    let mut out = Vec::new();
    let mut status = ExitCode::SUCCESS;
    match name.strip_suffix(b".wasm").unwrap_or(name) {
        b"recho" => recho(&arguments, &mut out),
        b"zecho" => {
            out = arguments.join(&b' ');
            out.push(b'\n');
        }
        b"printenv" => status = printenv(&arguments, &mut out),
        b"get-mb-cur-max" => match bytes_per_character(arguments.first().map_or(b"", Vec::as_slice)) {
            Some(count) => out = format!("{count}\n").into_bytes(),
            None => return ExitCode::FAILURE,
        },
        b"xcase" => xcase(&arguments),
        _ => return ExitCode::from(127),
    }
    match std::io::stdout().write_all(&out) {
        Ok(()) => status,
        Err(_) => ExitCode::FAILURE,
    }
}

fn recho(arguments: &[Vec<u8>], out: &mut Vec<u8>) {
    for (index, argument) in arguments.iter().enumerate() {
        out.extend(format!("argv[{}] = <", index + 1).into_bytes());
        for &byte in argument {
            match byte {
                0..=31 => out.extend([b'^', byte + 64]),
                127 => out.extend(b"^?"),
                _ => out.push(byte),
            }
        }
        out.extend(b">\n");
    }
}

fn printenv(names: &[Vec<u8>], out: &mut Vec<u8>) -> ExitCode {
    let Some(name) = names.first() else {
        for (name, value) in env::vars_os() {
            out.extend([name.as_bytes(), b"=", value.as_bytes(), b"\n"].concat());
        }
        return ExitCode::SUCCESS;
    };
    match env::var_os(OsStr::from_bytes(name)) {
        Some(value) => {
            out.extend([value.as_bytes(), b"\n"].concat());
            ExitCode::SUCCESS
        }
        None => ExitCode::FAILURE,
    }
}

fn xcase(arguments: &[Vec<u8>]) {
    let has = |letter| arguments.iter().any(|argument| argument.starts_with(b"-") && argument.contains(&letter));
    let (lower, upper) = (has(b'l'), has(b'u'));
    let (mut input, mut output) = (std::io::stdin(), std::io::stdout());
    let mut buffer = [0; 4096];
    // What was read is written at once: the other side of a coprocess waits for it.
    while let Ok(count @ 1..) = input.read(&mut buffer) {
        let text = &mut buffer[..count];
        if lower {
            text.make_ascii_lowercase();
        } else if upper {
            text.make_ascii_uppercase();
        }
        if output.write_all(text).and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}

/// In a machine every UTF-8 locale is C.UTF-8, and the others are C.
#[cfg(target_os = "wasi")]
fn bytes_per_character(locale: &[u8]) -> Option<usize> {
    let utf8 = locale.to_ascii_lowercase();
    if utf8.ends_with(b"utf-8") || utf8.ends_with(b"utf8") {
        return Some(6);
    }
    matches!(locale, b"C" | b"POSIX").then_some(1)
}

#[cfg(unix)]
fn bytes_per_character(locale: &[u8]) -> Option<usize> {
    use std::ffi::{CString, c_char, c_int};
    unsafe extern "C" {
        fn setlocale(category: c_int, locale: *const c_char) -> *mut c_char;
        fn __ctype_get_mb_cur_max() -> usize;
    }
    const LC_ALL: c_int = 6;
    let locale = CString::new(locale).ok()?;
    // SAFETY: the string is terminated, the answer is not read, and there is one thread.
    let found = unsafe { setlocale(LC_ALL, locale.as_ptr()) };
    // SAFETY: it has no preconditions.
    (!found.is_null()).then(|| unsafe { __ctype_get_mb_cur_max() })
}

//! What language a text is written in: by its first line, or by words at the beginning of lines.

use std::borrow::Cow;

use vivarium_userland::bytes;

use super::json;

/// A language.
pub(super) struct Language {
    /// What a text in it is.
    pub(super) name: Cow<'static, str>,
    /// Its MIME type.
    pub(super) mime: &'static str,
    /// What follows behind the description of the characters, if those are told.
    pub(super) tail: Option<&'static str>,
}

impl Language {
    const fn new(name: &'static str, mime: &'static str) -> Language {
        Language { name: Cow::Borrowed(name), mime, tail: Some("") }
    }
}

/// How much is searched for words.
const SEARCHED: usize = 8192;
/// Lines that are looked at to tell tables.
const TABLE_LINES: usize = 10;

/// Text that is data for programs, with its MIME type; `whole`: all of the file.
pub(super) fn data(text: &[u8], whole: bool) -> Option<(&'static str, &'static str)> {
    if json::is_document(text, !whole) {
        Some(("JSON text data", "application/json"))
    } else if whole && json::is_lines(text) {
        Some(("New Line Delimited JSON text data", "application/x-ndjson"))
    } else {
        None
    }
}

/// Comma-separated values: three lines or more with as many fields each.
fn is_table(text: &[u8]) -> bool {
    let Some(last) = text.iter().rposition(|&byte| byte == b'\n') else { return false };
    let mut counts = text[..last].split(|&byte| byte == b'\n').take(TABLE_LINES).map(|line| {
        let mut quoted = false;
        line.iter()
            .filter(|&&byte| {
                quoted ^= byte == b'"';
                byte == b',' && !quoted
            })
            .count()
    });
    let first = counts.next().unwrap_or_default();
    let mut others = 0;
    first > 0 && counts.inspect(|_| others += 1).all(|count| count == first) && others > 1
}

/// The language of a text, if it can be told.
pub(super) fn of(text: &[u8]) -> Option<Language> {
    if let Some(rest) = text.strip_prefix(b"#!")
        && rest.trim_ascii_start().starts_with(b"/")
    {
        return script(rest);
    }
    let searched = &text[..text.len().min(SEARCHED)];
    markup(searched)
        .or_else(|| document(searched))
        .or_else(|| source(searched))
        .or_else(|| is_table(text).then(|| Language { tail: None, ..Language::new("CSV text", "text/csv") }))
}

/// What is called by the line behind `#!`.
fn script(text: &[u8]) -> Option<Language> {
    let line = text.split(|&byte| byte == b'\n' || byte == b'\r').next()?.trim_ascii();
    let mut words = line.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    let mut program = words.next()?;
    let by_env = program.ends_with(b"/env");
    if by_env {
        program = words.next()?;
    }
    let name = bytes::base_name(program);
    let base: &[u8] =
        &name[..name.iter().position(|byte| byte.is_ascii_digit() || *byte == b'.').unwrap_or(name.len())];
    const SHELL: &str = "text/x-shellscript";
    let (known, mime) = match base {
        b"sh" if program == b"/bin/sh" => ("POSIX shell script", SHELL),
        b"bash" => ("Bourne-Again shell script", SHELL),
        b"ksh" => ("Korn shell script", SHELL),
        b"csh" => ("C shell script", SHELL),
        b"tcsh" => ("Tenex C shell script", SHELL),
        b"zsh" => ("Paul Falstad's zsh script", SHELL),
        b"ash" => ("Neil Brown's ash script", SHELL),
        b"python" => ("Python script", "text/x-script.python"),
        b"ruby" => ("Ruby script", "text/x-ruby"),
        b"lua" => ("Lua script", "text/x-lua"),
        b"php" => ("PHP script", "text/x-php"),
        b"tclsh" | b"wish" => ("Tcl/Tk script", "text/x-tcl"),
        b"awk" => ("awk script", "text/x-awk"),
        b"gawk" => ("GNU awk script", "text/x-gawk"),
        b"nawk" => ("new awk script", "text/x-nawk"),
        b"perl" => return Some(Language { tail: None, ..Language::new("Perl script text executable", "text/x-perl") }),
        b"node" => return Some(Language::new("Node.js script executable", "application/javascript")),
        _ => {
            let called = if by_env { &line[find(line, program)..] } else { line };
            let name = format!("a {} script", bytes::text(called)).into();
            return Some(Language { name, mime: "text/plain", tail: Some(" executable") });
        }
    };
    Some(Language { tail: Some(" executable"), ..Language::new(known, mime) })
}

fn find(text: &[u8], word: &[u8]) -> usize {
    text.windows(word.len().max(1)).position(|window| window == word).unwrap_or_default()
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

fn begins(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// XML, HTML and what is embedded in it.
fn markup(text: &[u8]) -> Option<Language> {
    let picture = || Language { tail: None, ..Language::new("SVG Scalable Vector Graphics image", "image/svg+xml") };
    let text = text.trim_ascii_start();
    if text.starts_with(b"<?xml") {
        if contains(text, b"<svg") {
            return Some(picture());
        }
        let version = text.windows(9).position(|window| window == b"version=\"").map_or(&b""[..], |at| &text[at + 9..]);
        let version: String = version.iter().take_while(|&&byte| byte != b'"').map(|&byte| char::from(byte)).collect();
        return Some(Language { name: format!("XML {version} document").into(), ..Language::new("", "text/xml") });
    }
    if text.starts_with(b"<svg") {
        return Some(picture());
    }
    if begins(text, b"<?php") {
        return Some(Language::new("PHP script", "text/x-php"));
    }
    let html = [&b"<!doctype html"[..], b"<html", b"<head", b"<title", b"<body"];
    html.iter().any(|tag| begins(text, tag)).then(|| Language::new("HTML document", "text/html"))
}

/// Documents and messages: by what they begin with.
fn document(text: &[u8]) -> Option<Language> {
    let starts = |word: &str| text.starts_with(word.as_bytes());
    let mut lines = text.split(|&byte| byte == b'\n');
    let known = if starts("From: ") || starts("Article") {
        ("news or mail", "message/rfc822")
    } else if starts("Received:") || starts("Return-Path:") {
        ("RFC 822 mail", "message/rfc822")
    } else if starts("MIME-Version:") {
        ("MIME entity", "message/rfc822")
    } else if starts("diff ") || starts("--- ") || starts("Index: ") {
        let unified = lines.clone().any(|line| line.starts_with(b"@@ "));
        let context = lines.any(|line| line == b"***************");
        match (unified, context) {
            (true, _) => ("unified diff output", "text/x-diff"),
            (false, true) => ("context diff output", "text/x-diff"),
            _ if starts("diff ") => ("diff output", "text/x-diff"),
            _ => return None,
        }
    } else if starts("*** ") && contains(text, b"\n***************\n") {
        ("context diff output", "text/x-diff")
    } else if begins(text, b"@echo off") || begins(text, b"rem ") {
        ("DOS batch file", "text/x-msdos-batch")
    } else if contains(text, b"\\documentclass") {
        ("LaTeX 2e document", "text/x-tex")
    } else if contains(text, b"\\documentstyle") {
        ("LaTeX document", "text/x-tex")
    } else if starts("\\input") {
        ("TeX document", "text/x-tex")
    } else if is_roff(text) {
        ("troff or preprocessor input", "text/troff")
    } else {
        return encoded(text);
    };
    Some(Language::new(known.0, known.1))
}

/// Macros of manual pages.
fn is_roff(text: &[u8]) -> bool {
    match text {
        [b'.', b'\\', b'"', ..] | [b'\'', b'\\', b'"', ..] | [b'\\', b'"', ..] => true,
        [b'.', a, b, space, ..] => {
            a.is_ascii_alphabetic() && b.is_ascii_alphanumeric() && matches!(space, b' ' | b'\t')
        }
        _ => false,
    }
}

/// uuencode's: `begin MODE NAME`.
fn encoded(text: &[u8]) -> Option<Language> {
    let line = text.strip_prefix(b"begin ")?.split(|&byte| byte == b'\n').next()?;
    let (mode, name) = line.split_at_checked(4)?;
    let fits = mode[..3].iter().all(u8::is_ascii_digit) && mode[3] == b' ';
    let described = || format!("uuencoded or xxencoded text, file name \"{}\"", bytes::text(name)).into();
    fits.then(|| Language { name: described(), ..Language::new("", "text/plain") })
}

/// Programs, by words at the beginning of lines.
fn source(text: &[u8]) -> Option<Language> {
    let lines = || text.split(|&byte| byte == b'\n');
    let any = |words: &[&str]| lines().any(|line| words.iter().any(|word| line.starts_with(word.as_bytes())));
    let makefile = ["all:", "CFLAGS", "LDFLAGS", "VPATH", ".PRECIOUS", "SUBDIRS"];
    let classes = ["using namespace ", "template <", "template<", "public:", "private:", "protected:", "namespace "];
    let preprocessor =
        ["#include", "# include", "#define", "#ifdef", "#ifndef", "#pragma", "extern ", "typedef ", "struct "];
    let known = if lines().any(is_perl_package) {
        ("Perl5 module source", "text/x-perl")
    } else if any(&["=pod", "=head1 "]) {
        ("Perl POD document", "text/x-pod")
    } else if any(&makefile) {
        ("makefile script", "text/x-makefile")
    } else if any(&["import java.", "import javax.", "import android."]) {
        ("Java source", "text/x-java")
    } else if any(&preprocessor) {
        if any(&classes) { ("C++ source", "text/x-c++") } else { ("C source", "text/x-c") }
    } else if lines().any(is_python) || is_documented_python(lines()) {
        let language = Language::new("Python script", "text/x-script.python");
        return Some(Language { tail: Some(" executable"), ..language });
    } else if lines().any(is_ruby) && lines().any(|line| line.trim_ascii() == b"end") {
        ("Ruby script", "text/x-ruby")
    } else if lines().any(is_javascript) {
        ("JavaScript source", "application/javascript")
    } else {
        return None;
    };
    Some(Language::new(known.0, known.1))
}

/// `from MODULE import`, `def NAME(…):` or `class NAME(…):`.
fn is_python(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let words: Vec<&[u8]> =
        line.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty()).take(4).collect();
    match words[..] {
        [b"from", module, b"import", ..] => {
            line.starts_with(b"from")
                && module.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte))
        }
        [b"def" | b"class", ..] => !line[0].is_ascii_whitespace() && contains(line, b"(") && line.ends_with(b":"),
        _ => false,
    }
}

/// A docstring of one line, or what is tried with what is done about an exception.
fn is_documented_python<'a>(lines: impl Iterator<Item = &'a [u8]>) -> bool {
    let mut tries = false;
    for line in lines.map(<[u8]>::trim_ascii) {
        let quoted = [b"\"\"\"", b"'''"]
            .iter()
            .any(|quotes| line.len() >= 6 && line.starts_with(*quotes) && line.ends_with(*quotes));
        tries |= line == b"try:";
        if quoted || (tries && line.ends_with(b":") && (line.starts_with(b"except") || line == b"finally:")) {
            return true;
        }
    }
    false
}

/// `module NAME`, `class NAME` or `require 'NAME'`.
fn is_ruby(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let named = [&b"module "[..], b"class "].iter().find_map(|word| line.strip_prefix(*word));
    named.is_some_and(|name| name.first().is_some_and(u8::is_ascii_uppercase) && !name.ends_with(b"{"))
        || (line.starts_with(b"require '") && line.ends_with(b"'"))
}

/// `package NAME;`
fn is_perl_package(line: &[u8]) -> bool {
    let name = line.trim_ascii_end().strip_prefix(b"package ").and_then(|rest| rest.strip_suffix(b";"));
    name.is_some_and(|name| {
        let name = name.trim_ascii();
        !name.is_empty() && name.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte))
    })
}

/// Imports, exports and functions.
fn is_javascript(line: &[u8]) -> bool {
    let starts = |word: &str| line.starts_with(word.as_bytes());
    let quoted = contains(line, b" from \"") || contains(line, b" from '");
    let declares = ["const ", "let ", "var "].iter().any(|word| starts(word));
    (starts("import ") && quoted)
        || (declares && contains(line, b"= require("))
        || ["export default ", "export const ", "export function ", "export class ", "export {", "module.exports"]
            .iter()
            .any(|word| starts(word))
        || ["\"use strict\"", "'use strict'", "(function"].iter().any(|word| starts(word))
}

//! `env` (POSIX env, with GNU's options).

use std::io::Write;

use vivarium_sys::process::Command;
use vivarium_sys::signal::{Signal, SignalSet};
use vivarium_sys::{Errno, fs};
use vivarium_userland::bytes::{from_os, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, output, quote};

static PROGRAM: Program = Program {
    name: "env",
    help: "\
Usage: env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]
Set each NAME to VALUE in the environment and run COMMAND.

  -i, --ignore-environment  start with an empty environment
  -0, --null           end each output line with NUL, not newline
  -u, --unset=NAME     remove variable from the environment
  -C, --chdir=DIR      change working directory to DIR
  -S, --split-string=S  process and split S into separate arguments;
                        used to pass multiple arguments on shebang lines
      --block-signal[=SIG]    block delivery of SIG signal(s) to COMMAND
      --default-signal[=SIG]  reset handling of SIG signal(s) to the default
      --ignore-signal[=SIG]   set handling of SIG signal(s) to do nothing
  -v, --debug          print verbose information for each processing step
      --help           display this help and exit
      --version        output version information and exit

A mere - implies -i.  If no COMMAND, print the resulting environment.
",
    usage_status: 125,
    options: &[
        Opt::flag("i", "ignore-environment"),
        Opt::flag("0", "null"),
        Opt::flag("u", "unset").value(),
        Opt::flag("C", "chdir").value(),
        Opt::flag("S", "split-string").value(),
        Opt::long("block-signal").optional(),
        Opt::long("default-signal").optional(),
        Opt::long("ignore-signal").optional(),
        Opt::flag("v", "debug"),
    ],
    operands_end_options: true,
};

#[derive(Default)]
struct Settings {
    clear: bool,
    null: bool,
    unset: Vec<Bytes>,
    directory: Option<Bytes>,
    blocked: SignalSet,
    default: SignalSet,
    ignored: SignalSet,
    debug: bool,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut settings = Settings::default();
    let mut words = read(arguments, &mut settings);
    if words.first().is_some_and(|word| word == b"-") {
        settings.clear = true;
        words.remove(0);
    }
    let first = words.iter().position(|word| !word.contains(&b'=')).unwrap_or(words.len());
    let command = words.split_off(first);
    if command.is_empty() {
        return print(&settings, &words);
    }
    if settings.null {
        eprintln!("env: cannot specify --null (-0) with command\nTry 'env --help' for more information.");
        return 125;
    }
    run(settings, &words, &command)
}

fn read(arguments: Vec<Bytes>, settings: &mut Settings) -> Vec<Bytes> {
    let mut words = Vec::new();
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(word) => {
                words.push(word);
                words.extend(parser.rest());
                break;
            }
            Item::Option(option, value) => (option, value),
        };
        match option {
            "ignore-environment" => settings.clear = true,
            "null" => settings.null = true,
            "unset" => {
                let name = value.unwrap_or_default();
                if name.is_empty() || name.contains(&b'=') {
                    eprintln!("env: cannot unset {}: Invalid argument", quote::message(&name));
                    std::process::exit(125);
                }
                settings.unset.push(name);
            }
            "chdir" => settings.directory = value,
            "split-string" => {
                let split = match split(&value.unwrap_or_default()) {
                    Ok(split) => split,
                    Err(message) => {
                        eprintln!("env: {message}");
                        std::process::exit(125);
                    }
                };
                // What was split takes the option's place.
                let again = std::iter::once(b"env".to_vec()).chain(split).chain(parser.rest()).collect();
                return read(again, settings);
            }
            "block-signal" => settings.blocked = signals(value.as_deref(), settings.blocked),
            "default-signal" => settings.default = signals(value.as_deref(), settings.default),
            "ignore-signal" => settings.ignored = signals(value.as_deref(), settings.ignored),
            _ => settings.debug = true,
        }
    }
    words
}

fn signals(list: Option<&[u8]>, before: SignalSet) -> SignalSet {
    let Some(list) = list else { return SignalSet::ALL };
    text(list).split(',').filter(|name| !name.is_empty()).fold(before, |set, name| {
        match crate::kill::signal(name).filter(|signal| signal.0 != 0) {
            Some(signal) => set.with(signal),
            None => {
                eprintln!("env: '{name}': invalid signal");
                std::process::exit(125);
            }
        }
    })
}

fn print(settings: &Settings, assignments: &[Bytes]) -> i32 {
    let mut variables: Vec<(Bytes, Bytes)> = if settings.clear {
        Vec::new()
    } else {
        std::env::vars_os().map(|(name, value)| (from_os(name), from_os(value))).collect()
    };
    variables.retain(|(name, _)| !settings.unset.contains(name));
    for (name, value) in assignments.iter().map(|word| assignment(word)) {
        match variables.iter_mut().find(|(known, _)| known == name) {
            Some(variable) => variable.1 = value.to_vec(),
            None => variables.push((name.to_vec(), value.to_vec())),
        }
    }
    let mut out = output::output();
    for (name, value) in variables {
        let line = [&name[..], b"=", &value, if settings.null { b"\0" } else { b"\n" }].concat();
        if let Err(error) = out.write_all(&line) {
            return output::write_failed("env", &error);
        }
    }
    output::finish("env", &mut out, 0)
}

fn assignment(word: &[u8]) -> (&[u8], &[u8]) {
    let at = word.iter().position(|&b| b == b'=').unwrap_or(word.len());
    (&word[..at], word.get(at + 1..).unwrap_or_default())
}

fn run(settings: Settings, assignments: &[Bytes], words: &[Bytes]) -> i32 {
    // The command is found by the PATH that it is given.
    for (name, value) in assignments.iter().map(|word| assignment(word)) {
        if settings.debug {
            eprintln!("setenv:   {}={}", text(name), text(value));
        }
    }
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    if settings.clear {
        command.env_clear();
    }
    for name in &settings.unset {
        command.env_remove(name);
    }
    for (name, value) in assignments.iter().map(|word| assignment(word)) {
        command.env(name, value);
    }
    if let Some(directory) = &settings.directory
        && let Err(errno) = fs::chdir(directory)
    {
        eprintln!("env: cannot change directory to {}: {errno}", quote::message(directory));
        return 125;
    }
    if settings.debug {
        eprintln!("executing: {}", text(&words[0]));
        for (index, word) in words.iter().enumerate() {
            eprintln!("   arg[{index}]= {}", quote::message(word));
        }
    }
    set_signals(&settings);
    let errno = command.exec();
    eprintln!("env: {}: {errno}", quote::message(&words[0]));
    if errno == Errno::NOENT && words[0].contains(&b' ') {
        eprintln!("env: use -[v]S to pass options in shebang lines");
    }
    if errno == Errno::NOENT { 127 } else { 126 }
}

/// Dispositions and mask outlive exec().
fn set_signals(settings: &Settings) {
    use vivarium_sys::signal::{Disposition, How, action, mask};
    for signal in Signal::ALL {
        if settings.default.contains(*signal) {
            let _ = action(*signal, Disposition::Default);
        }
        if settings.ignored.contains(*signal) {
            let _ = action(*signal, Disposition::Ignore);
        }
    }
    if settings.blocked != SignalSet::EMPTY {
        let _ = mask(How::Block, settings.blocked);
    }
}

/// Splits the argument of `-S`: quotes, escapes, `${NAME}`, comments.
fn split(string: &[u8]) -> Result<Vec<Bytes>, String> {
    let (mut words, mut word, mut begun) = (Vec::new(), Bytes::new(), false);
    let mut quote = None;
    let mut at = 0;
    while at < string.len() {
        let byte = string[at];
        at += 1;
        match (byte, quote) {
            (b'\'' | b'"', None) => (quote, begun) = (Some(byte), true),
            (_, Some(open)) if byte == open => quote = None,
            (b' ' | b'\t' | b'\n' | 11 | 12 | b'\r', None) => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
            }
            (b'#', None) if !begun => break,
            (b'\\', Some(b'\'')) if !matches!(string.get(at), Some(b'\'' | b'\\')) => word.push(b'\\'),
            (b'\\', _) => {
                let Some(&next) = string.get(at) else { return Err("invalid backslash at end of string in -S".into()) };
                at += 1;
                begun = true;
                match next {
                    b'c' if quote.is_none() => break,
                    b'f' => word.push(12),
                    b'n' => word.push(b'\n'),
                    b'r' => word.push(b'\r'),
                    b't' => word.push(b'\t'),
                    b'v' => word.push(11),
                    b'_' if quote.is_some() => word.push(b' '),
                    b'_' => {
                        begun = false;
                        words.push(std::mem::take(&mut word));
                    }
                    b'"' | b'#' | b'$' | b'\'' | b'\\' => word.push(next),
                    other => return Err(format!("invalid sequence '\\{}' in -S", char::from(other))),
                }
            }
            (b'$', None | Some(b'"')) => {
                let end = string[at..].iter().position(|&b| b == b'}').filter(|_| string.get(at) == Some(&b'{'));
                let Some(end) = end else {
                    return Err(
                        "only ${VARNAME} expansion is supported, error at: ".to_owned() + &text(&string[at - 1..])
                    );
                };
                word.extend(vivarium_userland::bytes::variable(&text(&string[at + 1..at + end])).unwrap_or_default());
                at += end + 1;
                begun = true;
            }
            _ => {
                word.push(byte);
                begun = true;
            }
        }
    }
    if quote.is_some() {
        return Err("no terminating quote in -S string".into());
    }
    if begun {
        words.push(word);
    }
    Ok(words)
}

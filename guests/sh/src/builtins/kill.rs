//! `kill`.

use vivarium_sys::signal::{self, Signal, Target};

use crate::error::Run;
use crate::eval::trap::{name, signal_number};
use crate::shell::Shell;

/// All signals in columns.
pub(super) fn list_all(shell: &mut Shell) {
    let numbers: Vec<u8> = (1..=31).chain(34..=64).collect();
    for (i, number) in numbers.iter().enumerate() {
        let end = if i % 5 == 4 || i + 1 == numbers.len() { "\n" } else { "\t" };
        shell.print(format!("{number:>2}) {}{end}", name(*number)));
    }
}

pub(super) fn kill(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut signal = Some(Signal::TERM);
    let mut at = 1;
    if words.len() == 1 {
        return Ok(shell.usage());
    }
    while let Some(word) = words.get(at) {
        match &word[..] {
            b"--" => {
                at += 1;
                break;
            }
            b"-l" | b"-L" => return list(shell, &words[at + 1..]),
            b"-s" | b"-n" => {
                let Some(text) = words.get(at + 1) else {
                    shell.builtin_error([&word[..], b": option requires an argument"].concat());
                    return Ok(1);
                };
                match parse(text) {
                    Some(found) => signal = found,
                    None => return invalid(shell, text),
                }
                at += 2;
            }
            [b'-', rest @ ..] if !rest.is_empty() && at == 1 => {
                match parse(rest) {
                    Some(found) => signal = found,
                    None => return invalid(shell, rest),
                }
                at += 1;
            }
            _ => break,
        }
    }
    let targets = &words[at.min(words.len())..];
    if targets.is_empty() {
        return Ok(shell.usage());
    }
    let mut status = 1;
    for word in targets {
        if one(shell, word, signal) {
            status = 0;
        }
    }
    shell.note_signals();
    shell.take_signals()?;
    Ok(status)
}

fn invalid(shell: &mut Shell, text: &[u8]) -> Run<i32> {
    shell.builtin_error([text, b": invalid signal specification"].concat());
    Ok(1)
}

/// A signal by name or number; `Some(None)` is 0.
fn parse(text: &[u8]) -> Option<Option<Signal>> {
    let text = std::str::from_utf8(text).ok()?;
    if let Ok(number) = text.parse::<u8>() {
        return (number <= 64).then_some((number > 0).then_some(Signal(number)));
    }
    if text == "EXIT" {
        return Some(None);
    }
    signal_number(text).map(|number| Some(Signal(number)))
}

fn one(shell: &mut Shell, word: &[u8], signal: Option<Signal>) -> bool {
    let result = if word.starts_with(b"%") {
        match shell.jobs.find(word) {
            Ok(number) => {
                let Some(job) = shell.jobs.get(number) else { return false };
                let (group, pids, stopped) =
                    (job.group(), job.processes.clone(), matches!(job.state(), crate::eval::jobs::State::Stopped(_)));
                if shell.has_job_control() {
                    let result = signal::kill(Target::Group(group), signal);
                    if stopped && matches!(signal, Some(Signal::TERM | Signal::HUP)) {
                        let _ = signal::kill(Target::Group(group), Some(Signal::CONT));
                    }
                    result
                } else {
                    // As for each of several processes: the last one tells whether it could be done.
                    let mut result = Ok(());
                    for (pid, _) in pids {
                        result = signal::kill(Target::Process(pid), signal);
                    }
                    result
                }
            }
            Err(message) => {
                shell.builtin_error([word, b": ", message.as_bytes()].concat());
                return false;
            }
        }
    } else {
        match std::str::from_utf8(word).ok().and_then(|t| t.parse::<i64>().ok()) {
            Some(0) => signal::kill(Target::OwnGroup, signal),
            Some(-1) => signal::kill(Target::All, signal),
            Some(pid) if pid < 0 => signal::kill(Target::Group(pid.unsigned_abs() as u32), signal),
            Some(pid) => signal::kill(Target::Process(pid as u32), signal),
            None => {
                shell.builtin_error([word, b": arguments must be process or job IDs"].concat());
                return false;
            }
        }
    };
    match result {
        Ok(()) => true,
        Err(errno) => {
            let text = [b"(", word, b") - ", errno.message().as_bytes()].concat();
            shell.builtin_error(text);
            false
        }
    }
}

fn list(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    if words.is_empty() {
        list_all(shell);
        return Ok(0);
    }
    let mut status = 0;
    for word in words {
        let text = String::from_utf8_lossy(word).into_owned();
        match text.parse::<u32>() {
            Ok(number) => {
                let number = if number > 128 { number - 128 } else { number };
                if number <= 64 && number != 32 && number != 33 {
                    let name = name(number as u8);
                    shell.print(format!("{}\n", name.strip_prefix("SIG").unwrap_or(&name)));
                } else {
                    shell.builtin_error(format!("{text}: invalid signal specification"));
                    status = 1;
                }
            }
            Err(_) => match signal_number(&text) {
                Some(number) => shell.print(format!("{number}\n")),
                None => {
                    shell.builtin_error(format!("{text}: invalid signal specification"));
                    status = 1;
                }
            },
        }
    }
    Ok(status)
}

//! `jobs`, `fg`, `bg`, `disown`, `suspend`.

use vivarium_sys::signal::{self, Signal, Target};
use vivarium_sys::tty;

use super::{Options, options};
use crate::error::Run;
use crate::eval::jobs::State;
use crate::shell::Shell;

pub(super) fn jobs(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut long, mut pids, mut running, mut stopped, mut new) = (false, false, false, false, false);
    let mut arguments = Options::new(words, "lpnrsx");
    options!(shell, arguments, |letter, argument| {
        match letter {
            b'l' => long = true,
            b'p' => pids = true,
            b'r' => running = true,
            b's' => stopped = true,
            b'x' => {
                let words = arguments.rest().to_vec();
                return execute(shell, words);
            }
            _ => new = true,
        }
    });
    shell.reap();
    let mut status = 0;
    let numbers: Vec<u32> = if arguments.rest().is_empty() {
        let mut numbers: Vec<u32> = shell.jobs.list.iter().map(|job| job.number).collect();
        numbers.sort_unstable();
        numbers
    } else {
        let mut numbers = Vec::new();
        for word in arguments.rest() {
            match shell.jobs.find(word) {
                Ok(number) => numbers.push(number),
                Err(message) => {
                    shell.builtin_error([&word[..], b": ", message.as_bytes()].concat());
                    status = 1;
                }
            }
        }
        numbers
    };
    for number in numbers {
        let Some(job) = shell.jobs.get(number) else { continue };
        let state = job.state();
        if running && state != State::Running || stopped && !matches!(state, State::Stopped(_)) || new && !job.changed {
            continue;
        }
        let text = if pids { format!("{}\n", job.group()).into_bytes() } else { shell.job_line(number, long) };
        shell.print(text);
        if let Some(job) = shell.jobs.get_mut(number) {
            job.changed = false;
        }
        if matches!(state, State::Exited(_) | State::Signaled(_)) {
            shell.jobs.remove(number);
        }
    }
    Ok(status)
}

/// `jobs -x`.
fn execute(shell: &mut Shell, mut words: Vec<Vec<u8>>) -> Run<i32> {
    for word in &mut words {
        if word.starts_with(b"%")
            && let Ok(number) = shell.jobs.find(word)
        {
            *word = shell.jobs.get(number).map_or(0, |job| job.group()).to_string().into_bytes();
        }
    }
    if words.is_empty() {
        return Ok(0);
    }
    shell.run_words(words, &[], &[], false)?;
    Ok(shell.state.status)
}

/// The job an argument names, or the current one.
fn job_of(shell: &mut Shell, word: Option<&Vec<u8>>) -> Option<u32> {
    if !shell.has_job_control() {
        shell.builtin_error("no job control");
        return None;
    }
    let spec = word.cloned().unwrap_or_else(|| b"%+".to_vec());
    match shell.jobs.find(&spec) {
        Ok(number) => Some(number),
        Err(message) => {
            let label = if word.is_some() { spec } else { b"current".to_vec() };
            shell.builtin_error([&label[..], b": ", message.as_bytes()].concat());
            None
        }
    }
}

pub(super) fn fg(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    shell.reap();
    let Some(number) = job_of(shell, words.get(1)) else { return Ok(1) };
    let Some(job) = shell.jobs.get_mut(number) else { return Ok(1) };
    let (text, group) = (job.text.clone(), job.group());
    job.foreground = true;
    shell.print([&text[..], b"\n"].concat());
    shell.flush();
    if let Some(terminal) = shell.terminal {
        let _ = tty::tcsetpgrp(terminal.fd, group);
    }
    let _ = shell.continue_job(number);
    let status = shell.wait_job(number);
    shell.finish_foreground(status)?;
    Ok(shell.state.status)
}

pub(super) fn bg(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    shell.reap();
    let specs: Vec<Option<&Vec<u8>>> = if words.len() > 1 { words[1..].iter().map(Some).collect() } else { vec![None] };
    let mut status = 0;
    for spec in specs {
        let Some(number) = job_of(shell, spec) else {
            status = 1;
            continue;
        };
        let Some(job) = shell.jobs.get_mut(number) else { continue };
        if job.state() == State::Running {
            shell.builtin_error(format!("job {number} already in background"));
            continue;
        }
        job.foreground = false;
        let text = job.text.clone();
        let mark = if shell.jobs.current()[0] == Some(number) { '+' } else { '-' };
        let _ = shell.continue_job(number);
        shell.print([format!("[{number}]{mark} ").as_bytes(), &text, b" &\n"].concat());
    }
    Ok(status)
}

pub(super) fn disown(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut keep, mut all, mut running) = (false, false, false);
    let mut arguments = Options::new(words, "har");
    options!(shell, arguments, |letter, argument| {
        match letter {
            b'h' => keep = true,
            b'a' => all = true,
            _ => running = true,
        }
    });
    let mut numbers = Vec::new();
    let mut status = 0;
    if arguments.rest().is_empty() {
        if all || running {
            numbers.extend(
                shell.jobs.list.iter().filter(|job| !running || job.state() == State::Running).map(|job| job.number),
            );
        } else {
            match shell.jobs.current()[0] {
                Some(number) => numbers.push(number),
                None => {
                    shell.builtin_error("current: no such job");
                    return Ok(1);
                }
            }
        }
    }
    for word in arguments.rest() {
        let by_pid = crate::expand::arith::plain_number(word).and_then(|pid| {
            shell
                .jobs
                .list
                .iter()
                .find(|job| job.processes.iter().any(|(p, _)| i64::from(*p) == pid))
                .map(|job| job.number)
        });
        match by_pid.map_or_else(|| shell.jobs.find(word), Ok) {
            Ok(number) => numbers.push(number),
            Err(message) => {
                shell.builtin_error([&word[..], b": ", message.as_bytes()].concat());
                status = 1;
            }
        }
    }
    for number in numbers {
        if keep {
            if let Some(job) = shell.jobs.get_mut(number) {
                job.no_hangup = true;
            }
        } else {
            shell.jobs.remove(number);
        }
    }
    Ok(status)
}

pub(super) fn suspend(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let force = words.get(1).is_some_and(|w| w == b"-f");
    if !force && !shell.has_job_control() {
        shell.builtin_error("cannot suspend: no job control");
        return Ok(1);
    }
    if !force && shell.login {
        shell.builtin_error("cannot suspend a login shell");
        return Ok(1);
    }
    let _ = signal::kill(Target::Process(shell.own_pid), Some(Signal::STOP));
    shell.take_terminal();
    Ok(0)
}

//! `wait`.

use vivarium_sys::Errno;
use vivarium_sys::signal::Signal;
use vivarium_sys::wait::{Status, WaitFor, options as changes, wait as wait_for};

use super::{Options, options};
use crate::error::Run;
use crate::eval::jobs::State;
use crate::shell::Shell;

pub(super) fn wait(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut next, mut force, mut variable) = (false, false, None);
    let mut arguments = Options::new(words, "fnp:");
    options!(shell, arguments, |letter, argument| {
        match letter {
            b'n' => next = true,
            b'p' => variable = Some(argument),
            _ => force = true,
        }
    });
    if let Some(variable) = &variable {
        shell.state.variables.replace(crate::symbol::Symbol::new(variable), None);
    }
    let ids = arguments.rest();
    let mut wanted = Vec::new();
    let mut status = 0;
    for word in ids {
        if word.starts_with(b"%") {
            match shell.jobs.find(word) {
                Ok(number) => {
                    let job = shell.jobs.get(number);
                    wanted.extend(job.and_then(|job| job.processes.last()).map(|(pid, _)| *pid));
                }
                Err(message) => {
                    shell.builtin_error([&word[..], b": ", message.as_bytes()].concat());
                    status = 127;
                }
            }
            continue;
        }
        match std::str::from_utf8(word).ok().and_then(|t| t.parse::<u32>().ok()) {
            Some(pid) => wanted.push(pid),
            None => {
                shell.builtin_error([b"`", &word[..], b"': not a pid or valid job spec"].concat());
                status = 1;
            }
        }
    }
    if next {
        return any(shell, &wanted, variable.as_deref());
    }
    if ids.is_empty() {
        return all(shell);
    }
    for pid in wanted {
        status = match one(shell, pid, force)? {
            Some(code) => code,
            None => {
                shell.builtin_error(format!("pid {pid} is not a child of this shell"));
                127
            }
        };
        if let (Some(variable), true) = (&variable, status != 127) {
            shell.assign_reference(&variable.clone(), pid.to_string().as_bytes(), false)?;
        }
    }
    Ok(status)
}

/// Waits for one child, with job control and without `force` until it stops at most; `None`: there is no such child.
fn one(shell: &mut Shell, pid: u32, force: bool) -> Run<Option<i32>> {
    let stops = if shell.terminal.is_some() && !force { changes::STOPPED } else { 0 };
    if let Some(status) = shell.jobs.recall(pid) {
        forget(shell, pid);
        return Ok(Some(status.code()));
    }
    loop {
        match wait_for(WaitFor::Child(pid), stops) {
            Ok(Some(change)) => {
                if let Status::Signaled(signal) = change.status
                    && signal != Signal::TERM
                {
                    let text = shell.jobs.text_of(pid);
                    shell.tell_death(signal, pid, &text);
                }
                shell.jobs.note(pid, change.status);
                // At a terminal its end is still to be told.
                if shell.terminal.is_none() {
                    forget(shell, pid);
                }
                return Ok(Some(change.status.code()));
            }
            Ok(None) => {}
            Err(Errno::INTR) => {
                if let Some(signal) = shell.interrupted_by()? {
                    return Ok(Some(128 + i32::from(signal)));
                }
            }
            Err(_) => return Ok(None),
        }
    }
}

/// A job that has been waited for is no more, once all of it is over.
fn forget(shell: &mut Shell, pid: u32) {
    let over = |state: State| matches!(state, State::Exited(_) | State::Signaled(_));
    let number = shell
        .jobs
        .list
        .iter()
        .find(|job| job.processes.iter().any(|(p, _)| *p == pid) && over(job.state()))
        .map(|job| job.number);
    if let Some(number) = number {
        shell.jobs.remove(number);
    }
}

fn all(shell: &mut Shell) -> Run<i32> {
    shell.reap();
    loop {
        let running = shell
            .jobs
            .list
            .iter()
            .filter(|job| !job.inherited)
            .flat_map(|job| &job.processes)
            .find(|(_, state)| *state == State::Running)
            .map(|(pid, _)| *pid);
        let Some(pid) = running else { break };
        match wait_for(WaitFor::Child(pid), 0) {
            Ok(Some(change)) => shell.jobs.note(pid, change.status),
            Ok(None) => {}
            Err(Errno::INTR) => {
                if let Some(signal) = shell.interrupted_by()? {
                    return Ok(128 + i32::from(signal));
                }
            }
            Err(_) => shell.jobs.note(pid, vivarium_sys::wait::Status::Exited(127)),
        }
    }
    if shell.interactive {
        shell.notify_jobs();
    }
    shell.jobs.list.retain(|job| job.inherited || matches!(job.state(), State::Running | State::Stopped(_)));
    Ok(0)
}

/// `wait -n`.
fn any(shell: &mut Shell, wanted: &[u32], variable: Option<&[u8]>) -> Run<i32> {
    loop {
        shell.reap();
        let matches = |pid: u32| wanted.is_empty() || wanted.contains(&pid);
        let mut running = false;
        let mut ended = None;
        for job in shell.jobs.list.iter().filter(|job| !job.inherited) {
            let Some((pid, _)) = job.processes.last() else { continue };
            if !matches(*pid) {
                continue;
            }
            match job.state() {
                State::Running | State::Stopped(_) => running = true,
                state => {
                    ended = Some((job.number, *pid, state));
                    break;
                }
            }
        }
        if let Some((number, pid, state)) = ended {
            shell.jobs.remove(number);
            if let Some(variable) = variable {
                shell.assign_reference(variable, pid.to_string().as_bytes(), false)?;
            }
            return Ok(state.code());
        }
        if !running {
            return Ok(127);
        }
        match wait_for(WaitFor::Any, 0) {
            Ok(Some(change)) => shell.jobs.note(change.pid, change.status),
            Ok(None) => {}
            Err(Errno::INTR) => {
                if let Some(signal) = shell.interrupted_by()? {
                    return Ok(128 + i32::from(signal));
                }
            }
            Err(_) => return Ok(127),
        }
    }
}

impl Shell {
    /// A signal has come while `wait` waits: its trap runs, and it is what ends the waiting.
    pub(crate) fn interrupted_by(&mut self) -> Run<Option<u8>> {
        let mut found = None;
        while let Some(signal) = vivarium_sys::signal::take() {
            if signal == Signal::INT && self.interactive && self.state.traps.get(2).is_none() {
                self.state.status = 130;
                return Err(crate::error::Unwind::Abort);
            }
            if signal == Signal::HUP && self.interactive && self.state.traps.get(signal.0).is_none() {
                self.hang_up()?;
            }
            if self.state.traps.get(signal.0).is_some() {
                found.get_or_insert(signal.0);
                self.run_signal_trap(signal.0)?;
            }
        }
        Ok(found)
    }
}

//! Jobs and job control.

use serde::{Deserialize, Serialize};
use vivarium_sys::signal::{Disposition, Signal, Target, action, kill};
use vivarium_sys::tty;
use vivarium_sys::wait::{Status, WaitFor, options, wait};
use vivarium_sys::{Errno, ids};

use crate::error::Run;
use crate::shell::Shell;

/// A process of a job.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) enum State {
    Running,
    Stopped(u8),
    Exited(u8),
    Signaled(u8),
}

impl State {
    fn of(status: Status) -> State {
        match status {
            Status::Exited(code) => State::Exited(code),
            Status::Signaled(signal) => State::Signaled(signal.0),
            Status::Stopped(signal) => State::Stopped(signal.0),
            Status::Continued => State::Running,
        }
    }

    pub(crate) fn code(self) -> i32 {
        match self {
            State::Running => 0,
            State::Exited(code) => i32::from(code),
            State::Signaled(signal) | State::Stopped(signal) => 128 + i32::from(signal),
        }
    }

    fn is_over(self) -> bool {
        matches!(self, State::Exited(_) | State::Signaled(_))
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) number: u32,
    pub(crate) processes: Vec<(u32, State)>,
    pub(crate) text: Vec<u8>,
    /// Its change of state has not been told yet.
    pub(crate) changed: bool,
    pub(crate) foreground: bool,
    /// `disown -h`
    pub(crate) no_hangup: bool,
    /// Order of use: `%+` has the highest.
    pub(crate) used: u64,
    /// Of the shell that a subshell was made by.
    pub(crate) inherited: bool,
}

impl Job {
    pub(crate) fn state(&self) -> State {
        if let Some((_, stopped)) = self.processes.iter().find(|(_, state)| matches!(state, State::Stopped(_))) {
            return *stopped;
        }
        if self.processes.iter().any(|(_, state)| *state == State::Running) {
            return State::Running;
        }
        self.processes.last().map_or(State::Exited(0), |(_, state)| *state)
    }

    pub(crate) fn group(&self) -> u32 {
        self.processes.first().map_or(0, |(pid, _)| *pid)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Jobs {
    pub(crate) list: Vec<Job>,
    /// Statuses of processes that are over and were not waited for, the newest last.
    past: Vec<(u32, State)>,
    /// Children that are no job: of process substitutions.
    others: Vec<u32>,
    pub(crate) last_statuses: Vec<i32>,
    clock: u64,
}

/// How many statuses of past processes are kept (POSIX CHILD_MAX).
const PAST: usize = 4096;

/// The terminal of a shell with job control.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    pub(crate) fd: i32,
    pub(crate) group: u32,
}

impl Jobs {
    pub(crate) fn add(&mut self, pids: Vec<u32>, text: Vec<u8>, foreground: bool) -> u32 {
        let number = self.list.iter().map(|job| job.number).max().unwrap_or(0) + 1;
        self.clock += 1;
        self.list.push(Job {
            number,
            processes: pids.into_iter().map(|pid| (pid, State::Running)).collect(),
            text,
            changed: false,
            foreground,
            no_hangup: false,
            used: self.clock,
            inherited: false,
        });
        number
    }

    /// A child to be reaped, but no job.
    pub(crate) fn remember(&mut self, pid: u32) {
        self.others.push(pid);
    }

    /// What became of a process that is no more.
    pub(crate) fn recall(&self, pid: u32) -> Option<Status> {
        let state = self.past.iter().rev().find(|(past, _)| *past == pid).map(|(_, state)| *state).or_else(|| {
            let found = self.list.iter().flat_map(|job| &job.processes).find(|(p, state)| *p == pid && state.is_over());
            found.map(|(_, state)| *state)
        })?;
        Some(match state {
            State::Exited(code) => Status::Exited(code),
            State::Signaled(signal) => Status::Signaled(Signal(signal)),
            State::Stopped(signal) => Status::Stopped(Signal(signal)),
            State::Running => Status::Continued,
        })
    }

    /// The command of the job that a process belongs to.
    pub(crate) fn text_of(&self, pid: u32) -> Vec<u8> {
        let job = self.list.iter().find(|job| job.processes.iter().any(|(member, _)| *member == pid));
        job.map(|job| job.text.clone()).unwrap_or_default()
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Job> {
        self.list.iter().find(|job| job.number == number)
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Job> {
        self.list.iter_mut().find(|job| job.number == number)
    }

    pub(crate) fn remove(&mut self, number: u32) {
        if let Some(at) = self.list.iter().position(|job| job.number == number) {
            for (pid, state) in self.list.remove(at).processes {
                if state.is_over() {
                    self.keep(pid, state);
                }
            }
        }
    }

    fn keep(&mut self, pid: u32, state: State) {
        if self.past.len() >= PAST {
            self.past.drain(..PAST / 2);
        }
        self.past.push((pid, state));
    }

    /// Jobs of a shell that this one is a subshell of: `jobs` shows them, `wait` does not know them.
    pub(crate) fn inherit(&mut self, jobs: Vec<Job>) {
        self.list = jobs.into_iter().map(|job| Job { inherited: true, ..job }).collect();
    }

    /// `%+`, then `%-`: stopped jobs before running ones.
    pub(crate) fn current(&self) -> [Option<u32>; 2] {
        let mut all: Vec<&Job> = self.list.iter().filter(|job| !job.state().is_over()).collect();
        all.sort_by_key(|job| (!matches!(job.state(), State::Stopped(_)), std::cmp::Reverse(job.used)));
        [all.first().map(|job| job.number), all.get(1).map(|job| job.number)]
    }

    pub(crate) fn touch(&mut self, number: u32) {
        self.clock += 1;
        let clock = self.clock;
        if let Some(job) = self.get_mut(number) {
            job.used = clock;
        }
    }

    /// By `%1`, `%+`, `%name`, `%?text`.
    pub(crate) fn find(&self, spec: &[u8]) -> Result<u32, &'static str> {
        let rest = spec.strip_prefix(b"%").unwrap_or(spec);
        let none = "no such job";
        match rest {
            b"" | b"%" | b"+" => return self.current()[0].ok_or("no such job"),
            b"-" => return self.current()[1].or(self.current()[0]).ok_or(none),
            _ => {}
        }
        if let Some(number) = crate::expand::arith::plain_number(rest) {
            return self.get(number as u32).map(|job| job.number).ok_or(none);
        }
        let matches = |job: &&Job| match rest.strip_prefix(b"?") {
            Some(text) => job.text.windows(text.len().max(1)).any(|w| w == text),
            None => job.text.starts_with(rest),
        };
        let found: Vec<u32> = self.list.iter().filter(matches).map(|job| job.number).collect();
        match found[..] {
            [] => Err(none),
            [number] => Ok(number),
            _ => Err("ambiguous job spec"),
        }
    }

    /// Notes what has become of a child.
    pub(crate) fn note(&mut self, pid: u32, status: Status) {
        let state = State::of(status);
        for job in &mut self.list {
            let Some(at) = job.processes.iter().position(|(member, present)| *member == pid && !present.is_over())
            else {
                continue;
            };
            let before = job.state();
            job.processes[at].1 = state;
            // That it goes on is no news to who has continued it.
            job.changed |= state != State::Running && job.state() != before;
            return;
        }
        if state.is_over() {
            self.keep(pid, state);
            self.others.retain(|other| *other != pid);
        }
    }
}

impl Shell {
    pub(crate) fn has_job_control(&self) -> bool {
        self.state.options.monitor
    }

    /// Notes a background job and tells of it.
    pub(crate) fn add_background(&mut self, pids: Vec<u32>, text: Vec<u8>) {
        let Some(last) = pids.last().copied() else { return };
        self.state.last_background = Some(last);
        let number = self.jobs.add(pids, text, false);
        if self.interactive {
            self.write_error(format!("[{number}] {last}\n").as_bytes());
        }
        self.state.status = 0;
    }

    /// Reaps what has ended, without waiting; gives how many children have.
    pub(crate) fn reap(&mut self) -> usize {
        if self.jobs.list.iter().all(|job| job.state().is_over()) && self.jobs.others.is_empty() {
            return 0;
        }
        let mut ended = 0;
        let stopped = if self.has_job_control() { options::STOPPED | options::CONTINUED } else { 0 };
        let mut pids: Vec<u32> = self.jobs.others.clone();
        for job in &self.jobs.list {
            pids.extend(
                job.processes.iter().filter(|(_, state)| !state.is_over() && !job.inherited).map(|(pid, _)| *pid),
            );
        }
        for pid in pids {
            while let Ok(Some(change)) = wait(WaitFor::Child(pid), options::NO_HANG | stopped) {
                self.jobs.note(change.pid, change.status);
                if !matches!(change.status, Status::Stopped(_) | Status::Continued) {
                    ended += 1;
                    break;
                }
            }
        }
        ended
    }

    /// Waits for a foreground job; gives the terminal back. The status is its last process's.
    pub(crate) fn foreground_job(&mut self, pids: &[u32], group: u32, text: Vec<u8>) -> Run<Option<Status>> {
        let number = self.jobs.add(pids.to_vec(), text, true);
        let status = self.wait_job(number);
        let _ = group;
        Ok(status)
    }

    /// Waits until a job is over or stopped.
    pub(crate) fn wait_job(&mut self, number: u32) -> Option<Status> {
        loop {
            let job = self.jobs.get(number)?;
            let state = job.state();
            if state != State::Running {
                break;
            }
            let Some((pid, _)) = job.processes.iter().find(|(_, s)| *s == State::Running).copied() else { break };
            match wait(WaitFor::Child(pid), options::STOPPED) {
                Ok(Some(change)) => self.jobs.note(change.pid, change.status),
                Ok(None) => {}
                Err(Errno::INTR) => self.note_signals(),
                Err(_) => self.jobs.note(pid, Status::Exited(127)),
            }
        }
        self.take_terminal();
        let job = self.jobs.get(number)?;
        self.jobs.last_statuses = job.processes.iter().map(|(_, state)| state.code()).collect();
        let job = self.jobs.get(number)?;
        match job.state() {
            State::Stopped(signal) => {
                self.jobs.touch(number);
                if let Some(job) = self.jobs.get_mut(number) {
                    job.foreground = false;
                    job.changed = false;
                }
                let line = self.job_line(number, false);
                self.write_error(&[b"\n", &line[..]].concat());
                Some(Status::Stopped(Signal(signal)))
            }
            _ => {
                let (pid, _) = *job.processes.last()?;
                self.jobs.remove(number);
                self.jobs.recall(pid)
            }
        }
    }

    /// The terminal's foreground group is the shell's own again.
    pub(crate) fn take_terminal(&mut self) {
        if let Some(terminal) = self.terminal {
            // A terminal that is gone ends the shell at its next read.
            let _ = tty::tcsetpgrp(terminal.fd, terminal.group);
        }
    }

    /// Begins job control: the shell leads a group of its own in the terminal's foreground.
    pub(crate) fn begin_job_control(&mut self) {
        self.state.options.monitor = true;
        let fd = [2, 0, 1].into_iter().find(|fd| tty::isatty(*fd));
        let Some(fd) = fd.filter(|_| self.interactive) else { return };
        for signal in [Signal::TTOU, Signal::TTIN, Signal::TSTP] {
            let _ = action(signal, Disposition::Ignore);
        }
        let _ = ids::setpgid(0, 0);
        let group = ids::ids().group;
        if tty::tcsetpgrp(fd, group).is_ok() {
            self.terminal = Some(Terminal { fd, group });
        }
    }

    /// Tells of jobs that have ended, and forgets them.
    pub(crate) fn notify_jobs(&mut self) {
        self.reap();
        let numbers: Vec<u32> = self.jobs.list.iter().filter(|job| job.changed).map(|job| job.number).collect();
        for number in numbers {
            if self.interactive {
                let line = self.job_line(number, false);
                self.write_error(&line);
            }
            if let Some(job) = self.jobs.get_mut(number) {
                job.changed = false;
                if job.state().is_over() {
                    self.jobs.remove(number);
                }
            }
        }
    }

    /// A line of `jobs`.
    pub(crate) fn job_line(&self, number: u32, long: bool) -> Vec<u8> {
        let Some(job) = self.jobs.get(number) else { return Vec::new() };
        let current = self.jobs.current();
        let mark = if current[0] == Some(number) || (job.state().is_over() && current[0].is_none()) {
            '+'
        } else if current[1] == Some(number) {
            '-'
        } else {
            ' '
        };
        let state = match job.state() {
            State::Running => "Running".to_string(),
            State::Stopped(signal) if self.state.options.posix => {
                format!("Stopped(SIG{})", Signal(signal).name().unwrap_or("STOP"))
            }
            State::Stopped(_) => "Stopped".to_string(),
            State::Exited(0) => "Done".to_string(),
            State::Exited(code) => format!("Exit {code}"),
            State::Signaled(signal) => Signal(signal).message().to_string(),
        };
        let pid = if long { format!("{} ", job.group()) } else { String::new() };
        let ampersand: &[u8] = if job.state() == State::Running && !job.foreground { b" &" } else { b"" };
        let head = if long {
            format!("[{number}]{mark} {pid:>6}{state:<24}")
        } else {
            format!("[{number}]{mark}  {state:<24}")
        };
        [head.as_bytes(), &job.text, ampersand, b"\n"].concat()
    }

    /// Continues a job.
    pub(crate) fn continue_job(&mut self, number: u32) -> Result<(), Errno> {
        let Some(job) = self.jobs.get_mut(number) else { return Ok(()) };
        let group = job.group();
        for (_, state) in &mut job.processes {
            if matches!(state, State::Stopped(_)) {
                *state = State::Running;
            }
        }
        job.changed = false;
        kill(Target::Group(group), Some(Signal::CONT))
    }
}

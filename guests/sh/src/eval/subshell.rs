//! Subshells: in a process of their own, which is handed the shell's state, or within this one where nobody can tell.

use std::os::fd::AsRawFd;

use vivarium_sys::fs;
use vivarium_sys::limits::{Resource, getrlimit};
use vivarium_sys::signal::{How, Signal, SignalSet, mask};
use vivarium_sys::spawn::Spawn;

use super::external::{Attributes, SELF};
use crate::error::Run;
use crate::shell::Shell;
use crate::state::handover::{self, Task};
use crate::syntax::ast::List;
use std::rc::Rc;

/// The descriptor through which a subshell gets its state.
const STATE_FD: i32 = 250;

impl Shell {
    /// `( … )`.
    pub(crate) fn run_subshell(&mut self, list: &Rc<List>) -> Run {
        if self.list_may_stay(list, self.capture.is_some()) {
            self.in_process(|shell| shell.run_list(list))?;
            return self.check_errexit();
        }
        if self.capture.is_some() {
            return self.run_subshell_captured(list);
        }
        let mut attributes = Attributes::foreground(self);
        let Some(pid) = self.start_task(Task::List(list.clone()), &mut attributes)? else {
            self.state.status = 254;
            return Ok(());
        };
        let status = if self.has_job_control() {
            let text = [b"( ", &crate::syntax::print::list(list)[..], b" )"].concat();
            self.foreground_job(&[pid], pid, text)?
        } else {
            self.wait_for(pid)
        };
        self.finish_foreground(status)?;
        self.check_errexit()
    }

    fn run_subshell_captured(&mut self, list: &Rc<List>) -> Run {
        let (reader, writer) = match crate::eval::redirect::own_pipe() {
            Ok(ends) => ends,
            Err(errno) => return self.pipe_error(errno),
        };
        let mut attributes = Attributes::foreground(self);
        attributes.dups.push((writer.as_raw_fd(), 1));
        let pid = self.start_task(Task::List(list.clone()), &mut attributes)?;
        drop(writer);
        let output = self.read_all(&reader);
        if let Some(capture) = &mut self.capture {
            capture.extend_from_slice(&output);
        }
        let status = pid.and_then(|pid| self.wait_for(pid));
        self.finish_foreground(status)?;
        self.check_errexit()
    }

    /// Evaluates something as a subshell would, in this process: whatever it changes is put back. Its end, by whatever way, is the
    /// subshell's.
    pub(crate) fn in_process(&mut self, f: impl FnOnce(&mut Shell) -> Run) -> Run {
        let saved = self.state.clone();
        let ifs = self.ifs.clone();
        let journal = std::mem::take(&mut self.fd_journal);
        self.in_process_depth += 1;
        self.state.subshell += 1;
        self.state.loops = 0;
        let conditional = self.state.conditional;
        let result = f(self);
        self.flush();
        let status = self.state.status;
        let changed = std::mem::replace(&mut self.fd_journal, journal);
        self.restore(changed);
        self.in_process_depth -= 1;
        let moved = self.state.cwd != saved.cwd;
        let umask = self.state.umask != saved.umask;
        self.state = saved;
        self.ifs = ifs;
        self.state.conditional = conditional;
        if moved {
            // Where the directory is gone there is nothing to go back to.
            let _ = fs::chdir(&self.state.cwd[..]);
        }
        if umask {
            vivarium_sys::limits::umask(self.state.umask);
        }
        self.state.status = status;
        // Whatever ends a subshell early ends no more than it.
        let (Ok(()) | Err(_)) = result;
        Ok(())
    }

    /// Starts the shell's own program to do a task with this shell's state.
    pub(crate) fn start_task(&mut self, task: Task, attributes: &mut Attributes) -> Run<Option<u32>> {
        self.flush();
        let (reader, writer) = match crate::eval::redirect::own_pipe() {
            Ok(ends) => ends,
            Err(errno) => return self.pipe_error(errno),
        };
        let state = handover::encode(self, task);
        let environment = self.environment(SELF);
        let limit = getrlimit(0, Resource::OpenFiles).map_or(u64::MAX, |limit| limit.soft);
        let state_fd = STATE_FD.min(i32::try_from(limit).unwrap_or(i32::MAX) - 1);
        let mut spawn = Spawn::new(SELF);
        spawn.arg(&self.state.arg0[..]).arg(handover::OPTION).arg(state_fd.to_string());
        spawn.environment(environment);
        attributes.apply(&mut spawn);
        spawn.dup(reader.as_raw_fd(), state_fd);
        let started = self.spawn(&spawn);
        drop(reader);
        match started {
            Ok(pid) => {
                // A child that is killed before it has read all must not take the shell with it.
                let guard = (state.len() > 60_000).then(|| mask(How::Block, SignalSet::EMPTY.with(Signal::PIPE)));
                let _ = fs::write_all(writer.as_raw_fd(), &state);
                if let Some(Ok(before)) = guard {
                    let _ = mask(How::Set, before);
                }
                Ok(Some(pid))
            }
            Err(errno) => {
                self.complain(format!("fork: {}", errno.message()));
                self.state.status = 254;
                Ok(None)
            }
        }
    }
}

//! Coprocesses.

use std::os::fd::{AsRawFd, IntoRawFd};

use vivarium_sys::pipe;

use super::external::Attributes;
use crate::error::Run;
use crate::shell::Shell;
use crate::state::handover::Task;
use crate::symbol::Symbol;
use crate::syntax::ast::Command;

impl Shell {
    pub(crate) fn run_coproc(&mut self, name: Symbol, body: &Command) -> Run {
        let make = || crate::eval::redirect::own_pipe();
        let ((out_reader, out_writer), (in_reader, in_writer)) = match (make(), make()) {
            (Ok(output), Ok(input)) => (output, input),
            (Err(errno), _) | (_, Err(errno)) => return self.pipe_error(errno),
        };
        let mut attributes = Attributes::background(self);
        attributes.null_input = false;
        attributes.dups.push((in_reader.as_raw_fd(), 0));
        attributes.dups.push((out_writer.as_raw_fd(), 1));
        let Some(pid) = self.start_task(Task::Command(body.clone()), &mut attributes)? else { return Ok(()) };
        drop((in_reader, out_writer));
        let high =
            |fd: std::os::fd::OwnedFd| pipe::dup_from(fd.as_raw_fd(), 60, true).map_or(-1, IntoRawFd::into_raw_fd);
        let fds = [high(out_reader), high(in_writer)];
        self.coprocs.retain(|(_, pid, _)| self.jobs.recall(*pid).is_none());
        self.coprocs.push((name, pid, fds));
        let label = String::from_utf8_lossy(name.name()).into_owned();
        self.set_array(&label, fds.iter().map(|fd| fd.to_string().into_bytes()).collect());
        self.set(&format!("{label}_PID"), pid.to_string());
        let text = [b"coproc ", name.name(), b" ", &crate::syntax::print::command(body)[..]].concat();
        self.add_background(vec![pid], text);
        Ok(())
    }
}

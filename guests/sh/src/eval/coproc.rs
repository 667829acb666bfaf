//! Coprocesses.

use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};

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
        self.end_coprocs();
        let at = |fd: OwnedFd, least| pipe::dup_from(fd.as_raw_fd(), least, true).map_or(-1, IntoRawFd::into_raw_fd);
        let fds = [at(out_reader, 63), at(in_writer, 60)];
        self.coprocs.push((name, pid, fds));
        let label = String::from_utf8_lossy(name.name()).into_owned();
        self.set_array(&label, fds.iter().map(|fd| fd.to_string().into_bytes()).collect());
        self.set(&format!("{label}_PID"), pid.to_string());
        let text = [b"coproc ", name.name(), b" ", &crate::syntax::print::command(body)[..]].concat();
        self.add_background(vec![pid], text);
        Ok(())
    }

    /// A descriptor is closed or has moved: a coprocess it led to has it no more.
    pub(crate) fn coproc_closed(&mut self, fd: i32) {
        let Some((name, _, fds)) = self.coprocs.iter_mut().find(|(_, _, fds)| fds.contains(&fd)) else { return };
        for own in fds.iter_mut().filter(|own| **own == fd) {
            *own = -1;
        }
        let (name, fds) = (*name, *fds);
        self.set_array(
            &String::from_utf8_lossy(name.name()),
            fds.iter().map(|fd| fd.to_string().into_bytes()).collect(),
        );
    }

    /// Closes the descriptors of coprocesses that are over.
    fn end_coprocs(&mut self) {
        self.reap();
        let jobs = &self.jobs;
        let (over, running) =
            std::mem::take(&mut self.coprocs).into_iter().partition(|(_, pid, _)| jobs.recall(*pid).is_some());
        self.coprocs = running;
        let over: Vec<(Symbol, u32, [i32; 2])> = over;
        for fd in over.into_iter().flat_map(|(_, _, fds)| fds) {
            // The script may have closed it already.
            let _ = pipe::close(fd);
        }
    }
}

//! Command and process substitution.

use std::os::fd::{AsRawFd, IntoRawFd};

use vivarium_sys::fs::{self, OpenFlags};
use vivarium_sys::pipe;

use crate::error::Run;
use crate::eval::external::Attributes;
use crate::shell::Shell;
use crate::state::handover::Task;
use crate::syntax::ast::Substitution;

impl Shell {
    /// What `$(…)` stands for: its output without the newlines at the end.
    pub(crate) fn command_substitution(&mut self, substitution: &Substitution) -> Run<Vec<u8>> {
        let mut output = match &substitution.file {
            Some(file) => self.substitute_file(file)?,
            None if substitution.body.items.is_empty() => {
                self.substitution_status = Some(0);
                Vec::new()
            }
            None => self.deeper(|shell| shell.substitute(substitution))?,
        };
        while output.last() == Some(&b'\n') {
            output.pop();
        }
        if output.contains(&0) {
            output.retain(|b| *b != 0);
            self.complain("warning: command substitution: ignored null byte in input");
        }
        Ok(output)
    }

    fn substitute(&mut self, substitution: &Substitution) -> Run<Vec<u8>> {
        self.flush();
        let line = self.state.line;
        if self.list_may_stay(&substitution.body, true) {
            let outer = self.capture.replace(Vec::new());
            let was = std::mem::take(&mut self.command_text);
            let loops = self.state.loops;
            let result = self.in_process(|shell| {
                // `break` in it speaks of the loop around, unlike in other subshells, and is its end.
                shell.state.loops = loops;
                shell.enter_substitution();
                shell.run_list(&substitution.body)
            });
            self.command_text = was;
            self.xtrace_depth -= 1;
            let output = std::mem::replace(&mut self.capture, outer).unwrap_or_default();
            self.state.line = line;
            self.substitution_status = Some(self.state.status);
            // Whatever ends a subshell early ends no more than it.
            let (Ok(()) | Err(_)) = result;
            return Ok(output);
        }
        let (reader, writer) = match crate::eval::redirect::own_pipe() {
            Ok(ends) => ends,
            Err(errno) => return self.pipe_error(errno),
        };
        let mut attributes = Attributes::foreground(self);
        attributes.group = None;
        attributes.foreground = false;
        attributes.dups.push((writer.as_raw_fd(), 1));
        let pid = self.start_task(Task::Substitution(substitution.body.clone()), &mut attributes)?;
        drop(writer);
        let output = self.read_all(&reader);
        drop(reader);
        let status = pid.and_then(|pid| self.wait_for(pid)).map_or(254, |status| status.code());
        self.state.status = status;
        self.state.line = line;
        self.substitution_status = Some(status);
        Ok(output)
    }

    /// What is different in a command substitution.
    pub(crate) fn enter_substitution(&mut self) {
        self.xtrace_depth += 1;
        if !self.state.shopts.inherit_errexit && !self.state.options.posix {
            self.state.options.errexit = false;
        }
    }

    /// `$(<file)`.
    fn substitute_file(&mut self, file: &crate::syntax::ast::Word) -> Run<Vec<u8>> {
        let mut words = Vec::new();
        if self.state.options.posix && !self.interactive {
            words.push(self.expand_string(file)?);
        } else {
            self.expand_word(file, &mut words)?;
        }
        let path = match <[Vec<u8>; 1]>::try_from(words) {
            Ok([path]) => path,
            Err(_) => {
                self.complain([&file.text[..], b": ambiguous redirect"].concat());
                self.substitution_status = Some(1);
                return Ok(Vec::new());
            }
        };
        match fs::open(fs::AT_FDCWD, &path, OpenFlags::READ | OpenFlags::CLOSE_ON_EXEC, 0) {
            Ok(file) => {
                self.substitution_status = Some(0);
                Ok(self.read_all(&file))
            }
            Err(errno) => {
                self.complain([&path[..], b": ", errno.message().as_bytes()].concat());
                self.substitution_status = Some(1);
                Ok(Vec::new())
            }
        }
    }

    /// `<(…)`, `>(…)`: a name under `/dev/fd`.
    pub(crate) fn process_substitution(&mut self, output: bool, substitution: &Substitution) -> Run<Vec<u8>> {
        let (reader, writer) = match crate::eval::redirect::own_pipe() {
            Ok(ends) => ends,
            Err(errno) => return self.pipe_error(errno),
        };
        let (ours, childs, to) = if output { (writer, reader, 0) } else { (reader, writer, 1) };
        let mut attributes = Attributes::foreground(self);
        attributes.group = None;
        attributes.foreground = false;
        attributes.dups.push((childs.as_raw_fd(), to));
        let pid = self.start_task(Task::Substitution(substitution.body.clone()), &mut attributes)?;
        drop(childs);
        if let Some(pid) = pid {
            self.state.last_background = Some(pid);
            self.jobs.remember(pid);
        }
        // High, so that it is in nobody's way, and inherited by the command that it is for.
        let fd = match pipe::dup_from(ours.as_raw_fd(), 63, false) {
            Ok(fd) => fd.into_raw_fd(),
            Err(errno) => return self.pipe_error(errno),
        };
        self.process_fds.push(fd);
        Ok(format!("/dev/fd/{fd}").into_bytes())
    }

    /// Closes the descriptors of process substitutions of a command that is over.
    pub(crate) fn close_process_fds(&mut self, from: usize) {
        for fd in self.process_fds.split_off(from) {
            let _ = pipe::close(fd);
        }
    }
}

//! Pipelines (POSIX 2.9.2): each stage a process, but where the shell itself can stand for one without anyone noticing.

use std::os::fd::{AsRawFd, OwnedFd};

use vivarium_sys::fs::{self, FileKind};
use vivarium_sys::pipe;
use vivarium_sys::wait::Status;

use super::external::Attributes;
use super::simple::Resolved;
use crate::error::{Run, Unwind};
use crate::shell::Shell;
use crate::state::handover::Task;
use crate::syntax::ast::{Command, Item, Kind, Pipeline, Timing};

/// Output of a builtin at the head of a pipeline that goes into its pipe before anyone reads.
const HEAD: usize = 60_000;

/// A stage that has been started.
#[derive(Debug)]
enum Stage {
    Process(u32),
    /// It is over already.
    Done(i32),
}

impl Shell {
    pub(crate) fn run_pipeline(&mut self, pipeline: &Pipeline) -> Run {
        if pipeline.timing != Timing::None {
            return self.timed(pipeline.timing, |shell| shell.run_stages(pipeline));
        }
        self.run_stages(pipeline)
    }

    fn run_stages(&mut self, pipeline: &Pipeline) -> Run {
        let run = |shell: &mut Shell| match &pipeline.stages[..] {
            [] => {
                shell.state.status = 0;
                Ok(())
            }
            [command] => {
                shell.run_command(command)?;
                shell.note_status();
                Ok(())
            }
            stages => shell.run_many(stages, None),
        };
        if pipeline.negated {
            self.condition(run)?;
            self.state.status = i32::from(self.state.status == 0);
            return Ok(());
        }
        run(self)
    }

    fn note_status(&mut self) {
        match &mut self.pipe_status[..] {
            [status] => *status = self.state.status,
            _ => self.pipe_status = vec![self.state.status],
        }
    }

    /// Several stages, the last one's output where `output` says.
    pub(crate) fn run_many(&mut self, stages: &[Command], output: Option<&OwnedFd>) -> Run {
        let line = self.state.line;
        if self.state.options.xtrace || self.state.traps.has_debug() {
            for stage in stages {
                self.command_text = crate::syntax::print::command(stage);
                let _ = self.run_debug_trap()?;
            }
        }
        let last_in_shell = output.is_none()
            && !self.has_job_control()
            && self.capture.is_none()
            && (self.state.shopts.lastpipe || self.may_stay(&stages[stages.len() - 1]));
        let mut started: Vec<Stage> = Vec::with_capacity(stages.len());
        let mut input: Option<OwnedFd> = None;
        let mut group = None;
        let captured = if self.capture.is_some() && output.is_none() {
            match crate::eval::redirect::own_pipe() {
                Ok(ends) => Some(ends),
                Err(errno) => return self.pipe_error(errno),
            }
        } else {
            None
        };
        let output = output.or(captured.as_ref().map(|(_, writer)| writer));
        for (i, stage) in stages.iter().enumerate() {
            let last = i + 1 == stages.len();
            let ends = if last {
                None
            } else {
                match crate::eval::redirect::own_pipe() {
                    Ok(ends) => Some(ends),
                    Err(errno) => return self.pipe_error(errno),
                }
            };
            if last && last_in_shell {
                break;
            }
            let mut attributes = Attributes::foreground(self);
            if attributes.group.is_some() {
                attributes.group = Some(group.unwrap_or(0));
            }
            if let Some(input) = &input {
                attributes.dups.push((input.as_raw_fd(), 0));
            }
            if let Some(writer) = ends.as_ref().map(|(_, writer)| writer).or(output.filter(|_| last)) {
                attributes.dups.push((writer.as_raw_fd(), 1));
            }
            let head = i == 0 && !last;
            let stage = match (&ends, head) {
                (Some((_, writer)), true) => match self.head_in_shell(stage, writer)? {
                    Some(status) => Stage::Done(status),
                    None => self.start_stage(stage, &mut attributes)?,
                },
                _ => self.start_stage(stage, &mut attributes)?,
            };
            if let Stage::Process(pid) = stage {
                group.get_or_insert(pid);
            }
            started.push(stage);
            input = ends.map(|(reader, _)| reader);
        }
        self.state.line = line;
        let text = || stages.iter().map(crate::syntax::print::command).collect::<Vec<_>>().join(&b" | "[..]);
        let mut unwound = Ok(());
        if last_in_shell {
            unwound = self.last_stage(&stages[stages.len() - 1], input.take());
            started.push(Stage::Done(self.state.status));
        }
        drop(input);
        if let Some((reader, writer)) = captured {
            drop(writer);
            let bytes = self.read_all(&reader);
            if let Some(capture) = &mut self.capture {
                capture.extend_from_slice(&bytes);
            }
        }
        let pids: Vec<u32> =
            started.iter().filter_map(|s| if let Stage::Process(pid) = s { Some(*pid) } else { None }).collect();
        let mut statuses = Vec::with_capacity(started.len());
        if self.has_job_control() && !pids.is_empty() {
            let status = self.foreground_job(&pids, pids[0], text())?;
            let all = self.jobs.last_statuses.clone();
            let mut at = 0;
            for stage in &started {
                statuses.push(match stage {
                    Stage::Done(status) => *status,
                    Stage::Process(_) => {
                        at += 1;
                        all.get(at - 1).copied().unwrap_or(0)
                    }
                });
            }
            if let Some(status @ (Status::Stopped(_) | Status::Signaled(_))) = status {
                self.pipe_status = statuses;
                return self.finish_foreground(Some(status));
            }
        } else {
            for stage in &started {
                statuses.push(match stage {
                    Stage::Done(status) => *status,
                    Stage::Process(pid) => match self.wait_for(*pid) {
                        Some(status) => {
                            if let Status::Signaled(signal) = status {
                                self.tell_signal(signal);
                            }
                            status.code()
                        }
                        None => 127,
                    },
                });
            }
        }
        self.state.status = if self.state.options.pipefail {
            statuses.iter().rev().find(|s| **s != 0).copied().unwrap_or(0)
        } else {
            statuses.last().copied().unwrap_or(0)
        };
        self.pipe_status = statuses;
        unwound?;
        self.poll_signals()?;
        self.check_errexit()
    }

    /// Starts one stage as a process of its own.
    fn start_stage(&mut self, stage: &Command, attributes: &mut Attributes) -> Run<Stage> {
        if let Some(pid) = self.start_directly(stage, attributes)? {
            return Ok(pid);
        }
        let pid = self.start_task(Task::Command(stage.clone()), attributes)?;
        Ok(pid.map_or(Stage::Done(254), Stage::Process))
    }

    /// A plain program is started without a shell between.
    fn start_directly(&mut self, stage: &Command, attributes: &mut Attributes) -> Run<Option<Stage>> {
        let Kind::Simple(simple) = &stage.kind else { return Ok(None) };
        if simple.words.is_empty()
            || !simple.assignments.is_empty()
            || self.state.options.xtrace
            || self.state.traps.has_debug()
        {
            return Ok(None);
        }
        let reads = attributes.dups.iter().any(|(_, to)| *to == 0);
        let plain = simple.words.iter().all(|word| self.is_harmless(word, reads))
            && stage.redirects.iter().all(|redirect| {
                self.is_harmless(&redirect.target, reads) && redirect.body.is_none() && redirect.fd_is_plain()
            });
        if !plain {
            return Ok(None);
        }
        let Some(name) = simple.words[0].as_literal() else { return Ok(None) };
        if !matches!(self.resolve_command(name), Resolved::External) {
            return Ok(None);
        }
        if !stage.redirects.is_empty() && self.may_block(stage)? {
            return Ok(None);
        }
        if self.find_program(name).is_none() {
            return Ok(None);
        }
        self.state.line = stage.line;
        let mut words = Vec::with_capacity(simple.words.len());
        match self.expand_words(&simple.words, &mut words) {
            Ok(()) => {}
            Err(Unwind::Abort | Unwind::Exit) => return Ok(Some(Stage::Done(self.state.status))),
            Err(other) => return Err(other),
        }
        if stage.redirects.is_empty() {
            return Ok(Some(self.start(&words, attributes)?.map_or(Stage::Done(self.state.status), Stage::Process)));
        }
        // The pipes first, then the redirections over them, in the child alone: so they are made here and put back.
        let mut pipes = Vec::new();
        let null = attributes.take_null_input();
        attributes.dups.extend(null.iter().map(|null| (null.as_raw_fd(), 0)));
        for (from, to) in attributes.dups.drain(..) {
            let copy = pipe::dup_from(to, super::redirect::OWN, true).ok();
            let _ = pipe::dup2(from, to, false);
            pipes.push((to, copy));
        }
        let redirected = self.redirect(&stage.redirects);
        let result = match redirected {
            Ok(Some(saved)) => {
                let result = self.start(&words, attributes);
                self.restore(saved);
                result.map(|pid| pid.map_or(Stage::Done(self.state.status), Stage::Process))
            }
            Ok(None) => Ok(Stage::Done(1)),
            Err(unwind) => Err(unwind),
        };
        for (to, copy) in pipes.into_iter().rev() {
            match copy {
                Some(copy) => drop(pipe::dup2(copy.as_raw_fd(), to, false)),
                None => drop(pipe::close(to)),
            }
        }
        result.map(Some)
    }

    /// Whether opening a redirection's file might wait for another process.
    fn may_block(&mut self, stage: &Command) -> Run<bool> {
        for redirect in &stage.redirects {
            let Some(path) = redirect.target.as_literal() else { return Ok(true) };
            if fs::stat(path).is_ok_and(|s| s.file_kind() == FileKind::Fifo) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A builtin that only writes, at the head of a pipeline: its output goes into the pipe at once.
    fn head_in_shell(&mut self, stage: &Command, writer: &OwnedFd) -> Run<Option<i32>> {
        let Kind::Simple(simple) = &stage.kind else { return Ok(None) };
        if !stage.redirects.is_empty()
            || !simple.assignments.is_empty()
            || self.state.options.xtrace
            || self.has_job_control()
        {
            return Ok(None);
        }
        let Some(name) = simple.words.first().and_then(|w| w.as_literal()) else { return Ok(None) };
        if !matches!(name, b"echo" | b"printf" | b":" | b"true") || simple.words.iter().any(|w| w.text == b"-v") {
            return Ok(None);
        }
        if !simple.words.iter().all(|word| self.is_harmless(word, false)) {
            return Ok(None);
        }
        let Resolved::Builtin(builtin) = self.resolve_command(name) else { return Ok(None) };
        self.state.line = stage.line;
        let status = self.state.status;
        let mut words = Vec::new();
        if self.expand_words(&simple.words, &mut words).is_err() {
            return Ok(Some(self.state.status));
        }
        self.flush();
        let outer = self.capture.replace(Vec::new());
        let result = self.run_builtin(builtin, words.clone(), false);
        self.flush();
        let output = std::mem::replace(&mut self.capture, outer).unwrap_or_default();
        let own = std::mem::replace(&mut self.state.status, status);
        result?;
        if output.len() > HEAD {
            // It would wait for its reader: a process has to do it.
            return Ok(None);
        }
        // Nobody has closed the other end yet, and it fits.
        let _ = fs::write_all(writer.as_raw_fd(), &output);
        Ok(Some(own))
    }

    /// The last stage, evaluated by the shell itself with the pipe as its input.
    fn last_stage(&mut self, stage: &Command, input: Option<OwnedFd>) -> Run {
        let saved = pipe::dup_from(0, super::redirect::OWN, true).ok();
        if let Some(input) = &input {
            let _ = pipe::dup2(input.as_raw_fd(), 0, false);
        }
        drop(input);
        let buffered = std::mem::take(&mut self.read_buffer);
        let result = if self.state.shopts.lastpipe {
            self.run_command(stage)
        } else {
            self.in_process(|shell| shell.run_command(stage))
        };
        self.read_buffer = buffered;
        match saved {
            Some(saved) => drop(pipe::dup2(saved.as_raw_fd(), 0, false)),
            None => drop(pipe::close(0)),
        }
        result
    }

    /// `… &`.
    pub(crate) fn run_background(&mut self, item: &Item) -> Run {
        self.flush();
        let text = crate::syntax::print::item(item);
        let mut attributes = Attributes::background(self);
        let mut foreground = Item { background: false, ..item.clone() };
        let direct = item.rest.is_empty() && item.first.timing == Timing::None && !item.first.negated;
        if let (true, [command]) = (direct, &item.first.stages[..]) {
            self.state.line = command.line;
            if let Some(Stage::Process(pid)) = self.start_directly(command, &mut attributes)? {
                self.add_background(vec![pid], text);
                return Ok(());
            }
        }
        attributes = Attributes::background(self);
        if let (true, [command]) = (direct, &mut foreground.first.stages[..]) {
            let task = Task::Command(command.clone());
            if let Some(pid) = self.start_task(task, &mut attributes)? {
                self.add_background(vec![pid], text);
            }
            return Ok(());
        }
        let list = crate::syntax::ast::List { items: vec![foreground] };
        if let Some(pid) = self.start_task(Task::List(list.into()), &mut attributes)? {
            self.add_background(vec![pid], text);
        }
        Ok(())
    }
}

impl crate::syntax::ast::Redirect {
    /// It has a number, not a variable.
    fn fd_is_plain(&self) -> bool {
        !matches!(self.fd, crate::syntax::ast::RedirectFd::Variable(_))
    }
}

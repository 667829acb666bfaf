//! Checks that the parts of a state out of a snapshot fit together.

use std::collections::BTreeMap;

use crate::Kernel;
use crate::fs::{Node, Place};
use crate::open_file::{FileObject, OpenFileId};

impl Kernel {
    /// Whether every reference in the state leads somewhere and every count is right. What this lets pass, no call may
    /// panic on.
    pub(super) fn validate(&mut self) -> Result<(), &'static str> {
        self.state.processes.validate()?;
        self.validate_objects()?;
        self.validate_references()?;
        self.validate_vfs()?;
        let state = &mut self.state;
        state.net.validate(&state.files)?;
        let pipes = state.pipes.iter().map(|(_, pipe)| pipe.memory()).fold(0, u64::saturating_add);
        let ptys = state.ptys.iter().map(|(_, pty)| pty.memory()).fold(0, u64::saturating_add);
        if state.net.charged().saturating_add(pipes).saturating_add(ptys) > state.memory {
            return Err("more memory in use than is charged");
        }
        Ok(())
    }

    /// Each object belongs to an open file, and each open file's object is there.
    fn validate_objects(&self) -> Result<(), &'static str> {
        let state = &self.state;
        let mut watches = 0;
        let mut ends = BTreeMap::<u32, (u32, u32)>::new();
        let mut sides = BTreeMap::<u32, (u32, u32)>::new();
        for (_, file) in state.files.iter() {
            let there = match &file.object {
                FileObject::Node(_) => true,
                &(FileObject::PipeReader(pipe) | FileObject::PipeWriter(pipe) | FileObject::PipeBoth(pipe)) => {
                    let (readers, writers) = ends.entry(pipe).or_default();
                    *readers += u32::from(!matches!(file.object, FileObject::PipeWriter(_)));
                    *writers += u32::from(!matches!(file.object, FileObject::PipeReader(_)));
                    state.pipes.get(pipe).is_some()
                }
                &(FileObject::PtyMaster(pty) | FileObject::Terminal(pty)) => {
                    let (masters, terminals) = sides.entry(pty).or_default();
                    *masters += u32::from(matches!(file.object, FileObject::PtyMaster(_)));
                    *terminals += u32::from(matches!(file.object, FileObject::Terminal(_)));
                    state.ptys.get(pty).is_some()
                }
                &FileObject::Socket(socket) => state.net.has(socket),
                &FileObject::Watch(watch) => {
                    watches += 1;
                    state.watches.get(watch).is_some()
                }
            };
            if !there {
                return Err("an open file of something that is missing");
            }
        }
        for (number, pipe) in state.pipes.iter() {
            let (readers, writers) = ends.get(&number).copied().unwrap_or_default();
            pipe.validate(readers, writers)?;
        }
        for (number, pty) in state.ptys.iter() {
            let (masters, terminals) = sides.get(&number).copied().unwrap_or_default();
            pty.validate(masters, terminals)?;
        }
        if watches != state.watches.len() {
            return Err("a watch that belongs to nobody");
        }
        let terminals = state.processes.sessions.values().filter_map(|session| session.terminal);
        if terminals.into_iter().any(|pty| state.ptys.get(pty).is_none()) {
            return Err("a session with a terminal that is missing");
        }
        Ok(())
    }

    /// Each open file is referred to as often as it says: by descriptors, programs that run, messages and held places.
    fn validate_references(&mut self) -> Result<(), &'static str> {
        let mut counted = BTreeMap::<OpenFileId, u32>::new();
        self.each_place(|place: &mut Place| {
            if let Node::OpenFile(file) = place.node {
                *counted.entry(file).or_default() += 1;
            }
        });
        let state = &self.state;
        let processes = state.processes.iter();
        let held = processes
            .flat_map(|process| process.descriptors.iter().map(|(_, d)| d.file).chain(process.program_file))
            .chain(state.net.in_flight());
        for file in held {
            *counted.entry(file).or_default() += 1;
        }
        let expected = state.files.iter().map(|(file, open)| (file, open.references));
        if expected.eq(counted) { Ok(()) } else { Err("open files are not referred to as often as they say") }
    }
}

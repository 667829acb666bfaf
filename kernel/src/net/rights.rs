//! Descriptors on their way through Unix sockets (SCM_RIGHTS).
//!
//! A message holds a reference to each open file it passes. Sockets can thereby keep one another alive without any process
//! being able to reach them: a socket that lies in its own queue, for one. Whenever the last descriptor of a socket that is
//! also on its way is closed, those that cannot be reached any more are found and emptied.

use std::collections::{BTreeMap, BTreeSet};

use super::message_queue::OVERHEAD;
use crate::Kernel;
use crate::open_file::{FileObject, OpenFileId};

impl Kernel {
    fn socket_behind(&self, file: OpenFileId) -> Option<u32> {
        match self.state.files.get(file)?.object {
            FileObject::Socket(socket) => Some(socket),
            _ => None,
        }
    }

    /// Adds the references of a message that is sent.
    pub(super) fn pass_rights(&mut self, files: &[OpenFileId]) {
        for &file in files {
            self.retain(file);
            if let Some(socket) = self.socket_behind(file) {
                self.state.net.socket_mut(socket).in_flight += 1;
            }
        }
    }

    /// Files of a message that is received: their references are the receiver's now.
    pub(super) fn take_rights(&mut self, files: &[OpenFileId]) {
        for &file in files {
            if let Some(socket) = self.socket_behind(file) {
                self.state.net.socket_mut(socket).in_flight -= 1;
            }
        }
    }

    /// Closes the files of messages that nobody will receive. Where that discards further messages, theirs are closed
    /// here too, one after the other: a chain of sockets in each other's queues takes no stack.
    pub(super) fn discard_rights(&mut self, files: Vec<OpenFileId>) {
        self.take_rights(&files);
        let net = &mut self.state.net;
        net.discarded.extend(files);
        if net.discarding {
            return;
        }
        net.discarding = true;
        while let Some(file) = self.state.net.discarded.pop() {
            self.release(file);
        }
        self.state.net.discarding = false;
    }

    /// To be called when a socket's open file has lost a reference and has others left.
    pub(crate) fn socket_released(&mut self, socket: u32, references: u32) {
        let in_flight = self.state.net.sockets.get(socket).map_or(0, |entry| entry.in_flight);
        if in_flight != 0 && in_flight >= references {
            let net = &mut self.state.net;
            net.suspects += 1;
            // Looking for them takes time by the number of sockets: where there are many, one look serves many closes.
            if net.suspects as usize * 16 >= net.sockets.len() {
                self.collect_rights();
            }
        }
    }

    /// Looks for sockets that can be freed, before a limit is said to be reached.
    pub(crate) fn make_room_for_sockets(&mut self) {
        if self.state.net.suspects != 0 {
            self.collect_rights();
        }
    }

    /// Empties every socket that only messages refer to which cannot be received any more.
    fn collect_rights(&mut self) {
        self.state.net.suspects = 0;
        let mut references = BTreeMap::new();
        for (_, file) in self.state.files.iter() {
            if let FileObject::Socket(socket) = file.object {
                references.insert(socket, file.references);
            }
        }
        // Those with a reference that is not in a message are reachable, and what lies in their queues with them.
        // Discarded files are on their way to be closed: their references count as none.
        let mut closing: BTreeMap<u32, u32> = BTreeMap::new();
        for &file in &self.state.net.discarded {
            if let Some(socket) = self.socket_behind(file) {
                *closing.entry(socket).or_default() += 1;
            }
        }
        let net = &self.state.net;
        let mut reachable = BTreeSet::new();
        let mut open: Vec<u32> = references
            .iter()
            .filter(|&(socket, &count)| {
                count > net.socket(*socket).in_flight + closing.get(socket).copied().unwrap_or(0)
            })
            .map(|(&socket, _)| socket)
            .collect();
        while let Some(socket) = open.pop() {
            if !reachable.insert(socket) {
                continue;
            }
            let entry = net.socket(socket);
            open.extend(entry.queue.files().filter_map(|file| self.socket_behind(file)));
            open.extend(entry.listener().into_iter().flat_map(|listener| &listener.pending));
        }
        let garbage: Vec<u32> =
            net.sockets.iter().map(|(socket, _)| socket).filter(|s| !reachable.contains(s)).collect();
        let mut files = Vec::new();
        for socket in garbage {
            let taken = self.state.net.socket_mut(socket).queue.take_files();
            self.uncharge(OVERHEAD * taken.len() as u64);
            files.extend(taken);
        }
        self.discard_rights(files);
    }
}

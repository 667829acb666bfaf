//! Checks that the sockets of a snapshot fit together.

use std::collections::BTreeSet;

use super::state::{Queue, Socket, State};
use super::{Address, Family, Net, SocketKind, UnixName};
use crate::open_file::{FileObject, OpenFileId, OpenFiles};

impl Net {
    /// Restores what a snapshot leaves out, and checks everything else. `files` are the open files of the same snapshot.
    pub(crate) fn validate(&mut self, files: &OpenFiles) -> Result<(), &'static str> {
        let owned: BTreeSet<u32> = files
            .iter()
            .filter_map(|(_, file)| match file.object {
                FileObject::Socket(socket) => Some(socket),
                _ => None,
            })
            .collect();
        if owned.iter().any(|&socket| self.sockets.get(socket).is_none()) {
            return Err("an open file of a socket that is missing");
        }
        let mut pending = BTreeSet::new();
        for (number, socket) in self.sockets.iter() {
            self.validate_socket(number, socket)?;
            for &waiting in socket.listener().iter().flat_map(|listener| &listener.pending) {
                if owned.contains(&waiting) || !pending.insert(waiting) {
                    return Err("a pending connection that belongs to somebody");
                }
            }
            if socket.queue.files().any(|file| files.get(file).is_none()) {
                return Err("a message that passes an open file that is missing");
            }
        }
        if owned.len() + pending.len() != self.sockets.len() {
            return Err("a socket that belongs to nobody");
        }
        if self.sockets.iter().any(|(_, socket)| socket.serial >= self.next_serial) {
            return Err("a socket numbered too high");
        }
        self.rebuild_ports();
        self.rebuild_names()?;
        self.count_in_flight(files);
        Ok(())
    }

    fn validate_socket(&self, number: u32, socket: &Socket) -> Result<(), &'static str> {
        let ip = matches!(
            (socket.family, &socket.local),
            (Family::Ipv4, Address::Ipv4(..)) | (Family::Ipv6, Address::Ipv6(..)) | (_, Address::Unspecified)
        );
        if !(ip || (socket.is_unix() && matches!(socket.local, Address::Unix(_)))) {
            return Err("a socket with an address of another family");
        }
        if socket.kind == SocketKind::Seqpacket && !socket.is_unix() {
            return Err("a socket of an impossible kind");
        }
        let queue = match &socket.queue {
            Queue::Stream(queue) => {
                let end = queue.bytes.len();
                let mut last = 0;
                socket.kind == SocketKind::Stream
                    && queue.rights.iter().all(|rights| {
                        let ordered = last <= rights.start && rights.start < rights.end && rights.end <= end;
                        last = rights.end;
                        ordered && !rights.files.is_empty()
                    })
            }
            Queue::Messages(queue) => socket.kind != SocketKind::Stream && queue.is_valid(),
        };
        if !queue {
            return Err("a socket with an impossible queue");
        }
        let fits = match &socket.state {
            State::Idle => true,
            State::Associated(_) => socket.is_datagram(),
            State::Connecting { listener } => {
                socket.kind == SocketKind::Stream
                    && !socket.is_unix()
                    && self
                        .listener_at(*listener)
                        .is_some_and(|l| l.waiting.iter().filter(|&&w| w == number).count() == 1)
            }
            State::Connected(connection) => {
                !socket.is_datagram()
                    && connection.peer.is_none_or(|peer| {
                        self.sockets.get(peer).is_some_and(|entry| {
                            entry.peer() == Some(number)
                                && entry.kind == socket.kind
                                && peer != number
                                && entry.is_unix() == socket.is_unix()
                        })
                    })
            }
            State::Listening(listener) => {
                let connected = |&pending: &u32| self.sockets.get(pending).is_some_and(|p| p.connection().is_some());
                let waits = |&waiting: &u32| {
                    self.sockets.get(waiting).is_some_and(
                        |entry| matches!(entry.state, State::Connecting { listener } if listener == number),
                    )
                };
                !socket.is_datagram() && listener.pending.iter().all(connected) && listener.waiting.iter().all(waits)
            }
        };
        if fits { Ok(()) } else { Err("a socket in an impossible state") }
    }

    fn listener_at(&self, socket: u32) -> Option<&super::state::Listener> {
        self.sockets.get(socket)?.listener()
    }

    fn rebuild_names(&mut self) -> Result<(), &'static str> {
        self.names.clear();
        for (number, socket) in self.sockets.iter() {
            // An accepted socket bears its listener's address without being found by it.
            let name = match (&socket.local, socket.node) {
                (_, Some(node)) => UnixName::File(node),
                (Address::Unix(name), None) if name.first() == Some(&0) && !socket.accepted => {
                    UnixName::Abstract(name.clone())
                }
                _ => continue,
            };
            if self.names.insert(name, number).is_some() {
                return Err("two sockets bound to one name");
            }
        }
        Ok(())
    }

    fn count_in_flight(&mut self, files: &OpenFiles) {
        let passed: Vec<OpenFileId> = self.in_flight().collect();
        for file in passed {
            if let Some(FileObject::Socket(socket)) = files.get(file).map(|file| &file.object) {
                self.socket_mut(*socket).in_flight += 1;
            }
        }
    }

    /// The open files that messages pass, each as often as it is passed.
    pub(crate) fn in_flight(&self) -> impl Iterator<Item = OpenFileId> + '_ {
        self.sockets.iter().flat_map(|(_, socket)| socket.queue.files())
    }

    /// Kernel memory charged for queues.
    pub(crate) fn charged(&self) -> u64 {
        self.sockets.iter().map(|(_, socket)| socket.queue.charge()).fold(0, u64::saturating_add)
    }
}

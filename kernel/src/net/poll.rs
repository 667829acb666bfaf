//! Readiness of sockets.

use super::state::State;
use crate::poll::Events;
use crate::{Kernel, Tid};

impl Kernel {
    /// What a socket is ready for. With a task, that task is woken when it changes.
    ///
    /// Hangup means that nothing goes either way any more, as on Linux: also on a stream socket that was never connected.
    pub(crate) fn socket_poll(&mut self, tid: Option<Tid>, socket: u32) -> Events {
        let Some(entry) = self.state.net.sockets.get(socket) else { return Events::INVALID };
        let mut events = Events::empty();
        let mut full = None;
        events.set(Events::READABLE, !entry.queue.is_empty());
        match &entry.state {
            State::Listening(listener) => events.set(Events::READABLE, !listener.pending.is_empty()),
            State::Connecting { .. } => {}
            State::Idle if entry.is_datagram() => events |= Events::WRITABLE,
            State::Idle => events |= Events::WRITABLE | Events::HANGUP,
            State::Associated(association) => match association.target {
                Some((target, serial)) if self.state.net.is_alive(target, serial) && !self.socket_is_roomy(target) => {
                    full = Some(target);
                }
                _ => events |= Events::WRITABLE,
            },
            State::Connected(connection) => {
                let ended = self.stream_ended(socket);
                events.set(Events::READABLE, ended || events.contains(Events::READABLE));
                match connection.peer {
                    Some(peer) if !entry.write_shut && !self.socket_is_roomy(peer) => full = Some(peer),
                    _ => events |= Events::WRITABLE,
                }
                let gone = connection.peer.is_none() && (entry.is_unix() || entry.write_shut);
                events.set(Events::HANGUP, connection.broken || gone || (ended && entry.write_shut));
            }
        }
        if entry.is_datagram() && entry.read_shut {
            events |= Events::READABLE;
        }
        if entry.error.is_some() {
            events |= Events::ERROR | Events::READABLE | Events::WRITABLE;
        }
        if let Some(tid) = tid {
            self.state.net.socket_mut(socket).changes.wait(tid);
            if let Some(full) = full {
                self.state.net.socket_mut(full).space.wait(tid);
            }
        }
        events
    }
}

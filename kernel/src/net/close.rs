//! What happens to a socket when its last descriptor is closed.

use super::state::{Listener, Socket, State};
use super::{Address, UnixName};
use crate::{Errno, Kernel};

impl Kernel {
    /// Ends a socket that no open file refers to any more.
    ///
    /// The other end of a connection reads what was sent and then the end of the stream; it is reset instead
    /// (`CONNRESET`) where data was left unread here, or SO_LINGER asks for it.
    pub(crate) fn socket_close(&mut self, socket: u32) {
        let Some(entry) = self.state.net.sockets.get_mut(socket) else { return };
        let state = std::mem::replace(&mut entry.state, State::Idle);
        match state {
            State::Listening(listener) => {
                self.state.net.unlisten_port(socket);
                self.drop_listener(listener);
            }
            State::Connecting { listener } => {
                if let Some(listener) = self.state.net.socket_mut(listener).listener_mut() {
                    listener.waiting.retain(|&waiting| waiting != socket);
                }
            }
            State::Connected(connection) => {
                entry.state = State::Connected(connection);
                let reset = !entry.queue.is_empty() || (!entry.is_unix() && entry.options.linger == 1);
                self.disconnect(socket, reset);
            }
            State::Idle | State::Associated(_) => {}
        }
        self.remove_socket(socket);
    }

    /// Parts a connected socket from its other end, which is told so.
    fn disconnect(&mut self, socket: u32, reset: bool) {
        let Some(peer) = self.state.net.socket_mut(socket).connection_mut().and_then(|c| c.peer.take()) else { return };
        let peer_entry = self.state.net.socket_mut(peer);
        if let Some(connection) = peer_entry.connection_mut() {
            connection.peer = None;
            connection.broken |= reset;
        }
        if reset {
            peer_entry.error = Some(Errno::CONNRESET);
        }
        self.socket_changed(peer);
        self.socket_has_space(peer);
    }

    /// Takes a socket that nothing is connected to any more out of the table.
    fn remove_socket(&mut self, socket: u32) {
        let net = &mut self.state.net;
        let entry = net.socket(socket);
        match (&entry.local, entry.node) {
            (Address::Unix(_), Some(node)) => self.forget_name(&UnixName::File(node), socket),
            (Address::Unix(name), None) if name.first() == Some(&0) => {
                let name = UnixName::Abstract(name.clone());
                self.forget_name(&name, socket);
            }
            _ => net.unbind_port(socket),
        }
        let Some(entry) = self.state.net.sockets.remove(socket) else { return };
        let Socket { mut queue, mut changes, mut space, .. } = entry;
        self.uncharge(queue.charge());
        changes.wake(&mut *self.host);
        space.wake(&mut *self.host);
        self.discard_rights(queue.take_files());
    }

    /// Frees a name, unless it belongs to another socket: an accepted one only bears the listener's.
    fn forget_name(&mut self, name: &UnixName, socket: u32) {
        if self.state.net.names.get(name) == Some(&socket) {
            self.state.net.names.remove(name);
        }
    }

    /// Resets the connections that a listener has not accepted, and refuses those that wait for room there.
    fn drop_listener(&mut self, listener: Listener) {
        for pending in listener.pending {
            self.disconnect(pending, true);
            self.remove_socket(pending);
        }
        for waiting in listener.waiting {
            let entry = self.state.net.socket_mut(waiting);
            entry.state = State::Idle;
            entry.error = Some(Errno::CONNREFUSED);
            self.socket_changed(waiting);
        }
    }

    /// Makes a listening socket one that merely is bound.
    pub(super) fn stop_listening(&mut self, socket: u32) {
        let state = std::mem::replace(&mut self.state.net.socket_mut(socket).state, State::Idle);
        let State::Listening(listener) = state else {
            self.state.net.socket_mut(socket).state = state;
            return;
        };
        self.state.net.unlisten_port(socket);
        self.drop_listener(listener);
        self.socket_changed(socket);
        self.socket_has_space(socket);
    }
}

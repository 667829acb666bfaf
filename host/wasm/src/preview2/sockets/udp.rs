//! `wasi:sockets/udp` and `udp-create-socket`.

use vivarium_runner::net::{Address, MessageFlags, SocketKind, SocketOption};
use vivarium_runner::{Fault, Stop, poll};
use wasmtime::component::Resource;

use super::super::bindings::wasi::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};
use super::super::bindings::wasi::sockets::udp::{
    self, HostIncomingDatagramStream, HostOutgoingDatagramStream, HostUdpSocket, IncomingDatagram, OutgoingDatagram,
};
use super::super::bindings::wasi::sockets::udp_create_socket;
use super::super::handle::Handle;
use super::super::io::Pollable;
use super::super::unwind;
use super::{Failure, Network, address};
use crate::guest::Guest;

/// The most bytes of a datagram.
const MAX_DATAGRAM: usize = 65_535;
/// The most datagrams handed over at once.
const MAX_DATAGRAMS: u64 = 16;

/// A UDP socket.
pub struct UdpSocket {
    handle: Handle,
    family: IpAddressFamily,
    state: State,
}

#[derive(PartialEq)]
enum State {
    Unbound,
    BindStarted,
    Bound,
    /// Bound, and exchanging datagrams with one other socket only.
    Connected,
}

/// What a UDP socket receives.
pub struct IncomingDatagramStream(Handle);

/// What a UDP socket sends.
pub struct OutgoingDatagramStream {
    handle: Handle,
    family: IpAddressFamily,
    /// Where all of it goes.
    remote: Option<Address>,
    /// Datagrams that `check-send` allowed and `send` has not used.
    permit: u64,
}

type Socket = Resource<UdpSocket>;
type Result<T, E = Failure> = std::result::Result<T, E>;

impl Guest {
    fn udp_handle(&mut self, socket: &Socket) -> Result<Handle> {
        Ok(self.resources.get(socket)?.handle.clone())
    }
}

impl udp_create_socket::Host for Guest {
    async fn create_udp_socket(&mut self, family: IpAddressFamily) -> Result<Socket> {
        let of = address::family(family);
        let fd = self.task.wait(|task| task.socket(of, SocketKind::Datagram, false, true)).await?;
        if family == IpAddressFamily::Ipv6 {
            self.task.wait(|task| task.socket_set_option(fd, SocketOption::Ipv6Only, 1)).await?;
        }
        Ok(self.resources.push(UdpSocket { handle: Handle::new(fd), family, state: State::Unbound })?)
    }
}

impl udp::Host for Guest {}

impl HostUdpSocket for Guest {
    async fn start_bind(&mut self, socket: Socket, network: Resource<Network>, local: IpSocketAddress) -> Result<()> {
        self.resources.get(&network)?;
        let socket = self.resources.get_mut(&socket)?;
        if socket.state != State::Unbound {
            return Err(ErrorCode::InvalidState.into());
        }
        address::check_local(socket.family, &local)?;
        let (fd, local) = (socket.handle.fd(), address::to_kernel(&local));
        self.task.wait(|task| task.bind(fd, &local)).await?;
        socket.state = State::BindStarted;
        Ok(())
    }

    async fn finish_bind(&mut self, socket: Socket) -> Result<()> {
        let socket = self.resources.get_mut(&socket)?;
        if socket.state != State::BindStarted {
            return Err(ErrorCode::NotInProgress.into());
        }
        socket.state = State::Bound;
        Ok(())
    }

    async fn stream(
        &mut self,
        socket: Socket,
        remote: Option<IpSocketAddress>,
    ) -> Result<(Resource<IncomingDatagramStream>, Resource<OutgoingDatagramStream>)> {
        let socket = self.resources.get_mut(&socket)?;
        if matches!(socket.state, State::Unbound | State::BindStarted) {
            return Err(ErrorCode::InvalidState.into());
        }
        if let Some(remote) = &remote {
            address::check_remote(socket.family, remote)?;
        }
        let remote = remote.as_ref().map(address::to_kernel);
        let (handle, family) = (socket.handle.clone(), socket.family);
        if socket.state == State::Connected {
            self.task.wait(|task| task.connect(handle.fd(), &Address::Unspecified)).await?;
            socket.state = State::Bound;
        }
        if let Some(remote) = &remote {
            self.task.wait(|task| task.connect(handle.fd(), remote)).await?;
            socket.state = State::Connected;
        }
        let incoming = self.resources.push(IncomingDatagramStream(handle.clone()))?;
        let outgoing = self.resources.push(OutgoingDatagramStream { handle, family, remote, permit: 0 })?;
        Ok((incoming, outgoing))
    }

    async fn local_address(&mut self, socket: Socket) -> Result<IpSocketAddress> {
        let socket = self.resources.get(&socket)?;
        if matches!(socket.state, State::Unbound | State::BindStarted) {
            return Err(ErrorCode::InvalidState.into());
        }
        let fd = socket.handle.fd();
        let local = self.task.wait(|task| task.local_address(fd)).await?;
        Ok(address::from_kernel(&local)?)
    }

    async fn remote_address(&mut self, socket: Socket) -> Result<IpSocketAddress> {
        let socket = self.resources.get(&socket)?;
        if socket.state != State::Connected {
            return Err(ErrorCode::InvalidState.into());
        }
        let fd = socket.handle.fd();
        let remote = self.task.wait(|task| task.peer_address(fd)).await?;
        Ok(address::from_kernel(&remote)?)
    }

    fn address_family(&mut self, socket: Socket) -> wasmtime::Result<IpAddressFamily> {
        Ok(self.resources.get(&socket)?.family)
    }

    async fn unicast_hop_limit(&mut self, socket: Socket) -> Result<u8> {
        let handle = self.udp_handle(&socket)?;
        self.hop_limit_of(handle).await
    }

    async fn set_unicast_hop_limit(&mut self, socket: Socket, value: u8) -> Result<()> {
        let handle = self.udp_handle(&socket)?;
        self.set_option(handle, SocketOption::Ttl, value.into()).await
    }

    async fn receive_buffer_size(&mut self, socket: Socket) -> Result<u64> {
        let handle = self.udp_handle(&socket)?;
        self.buffer_size(handle, SocketOption::ReceiveBuffer).await
    }

    async fn set_receive_buffer_size(&mut self, socket: Socket, value: u64) -> Result<()> {
        let handle = self.udp_handle(&socket)?;
        self.set_buffer_size(handle, SocketOption::ReceiveBuffer, value).await
    }

    async fn send_buffer_size(&mut self, socket: Socket) -> Result<u64> {
        let handle = self.udp_handle(&socket)?;
        self.buffer_size(handle, SocketOption::SendBuffer).await
    }

    async fn set_send_buffer_size(&mut self, socket: Socket, value: u64) -> Result<()> {
        let handle = self.udp_handle(&socket)?;
        self.set_buffer_size(handle, SocketOption::SendBuffer, value).await
    }

    fn subscribe(&mut self, socket: Socket) -> wasmtime::Result<Resource<Pollable>> {
        // Whatever can be asked of the socket itself is answered at once.
        self.resources.get(&socket)?;
        Ok(self.resources.push(Pollable::Ready)?)
    }

    async fn drop(&mut self, socket: Socket) -> wasmtime::Result<()> {
        self.resources.delete(socket)?.handle.release(&self.task).await.map_err(unwind)
    }
}

impl HostIncomingDatagramStream for Guest {
    async fn receive(&mut self, stream: Resource<IncomingDatagramStream>, max: u64) -> Result<Vec<IncomingDatagram>> {
        let fd = self.resources.get(&stream)?.0.fd();
        let mut received = Vec::new();
        let mut buffer = Vec::new();
        while (received.len() as u64) < max.min(MAX_DATAGRAMS) {
            buffer.resize(MAX_DATAGRAM, 0);
            self.task.parker().take();
            let (count, message) = match self.task.receive(fd, &mut &mut buffer[..], MessageFlags::DONT_WAIT) {
                Ok(got) => got,
                Err(Fault::Gone) => return Err(Stop::Gone.into()),
                Err(Fault::Errno(errno)) if received.is_empty() && errno != vivarium_runner::Errno::Again => {
                    return Err(errno.into());
                }
                // An error is kept back for the next call, by the kernel or by its being there still.
                Err(Fault::Blocked | Fault::Errno(_)) => break,
            };
            let remote_address = address::from_kernel(&message.from)?;
            received.push(IncomingDatagram { data: buffer[..count].to_vec(), remote_address });
        }
        Ok(received)
    }

    fn subscribe(&mut self, stream: Resource<IncomingDatagramStream>) -> wasmtime::Result<Resource<Pollable>> {
        let pollable = Pollable::readable(&self.resources.get(&stream)?.0);
        Ok(self.resources.push(pollable)?)
    }

    async fn drop(&mut self, stream: Resource<IncomingDatagramStream>) -> wasmtime::Result<()> {
        self.resources.delete(stream)?.0.release(&self.task).await.map_err(unwind)
    }
}

impl HostOutgoingDatagramStream for Guest {
    async fn check_send(&mut self, stream: Resource<OutgoingDatagramStream>) -> Result<u64> {
        let stream = self.resources.get_mut(&stream)?;
        let asked = [poll::PollFd { fd: stream.handle.fd(), events: poll::Events::WRITABLE }];
        let ready = self.task.wait(|task| task.poll(&asked, Some(0))).await?;
        stream.permit = if ready.is_empty() { 0 } else { MAX_DATAGRAMS };
        Ok(stream.permit)
    }

    async fn send(
        &mut self,
        stream: Resource<OutgoingDatagramStream>,
        datagrams: Vec<OutgoingDatagram>,
    ) -> Result<u64> {
        let stream = self.resources.get_mut(&stream)?;
        if datagrams.len() as u64 > stream.permit {
            return Err(wasmtime::Error::msg("more datagrams sent than check-send allowed").into());
        }
        stream.permit -= datagrams.len() as u64;
        let mut sent = 0;
        for datagram in datagrams {
            let outcome = match destination(stream, datagram.remote_address.as_ref()) {
                Ok(to) => {
                    self.task.parker().take();
                    self.task.send(stream.handle.fd(), &datagram.data, to.as_ref(), MessageFlags::DONT_WAIT, &[])
                }
                Err(code) if sent == 0 => return Err(code.into()),
                Err(_) => break,
            };
            match outcome {
                Ok(_) => sent += 1,
                Err(Fault::Gone) => return Err(Stop::Gone.into()),
                Err(Fault::Blocked | Fault::Errno(vivarium_runner::Errno::Again)) => break,
                Err(Fault::Errno(errno)) if sent == 0 => return Err(errno.into()),
                Err(Fault::Errno(_)) => break,
            }
        }
        Ok(sent)
    }

    fn subscribe(&mut self, stream: Resource<OutgoingDatagramStream>) -> wasmtime::Result<Resource<Pollable>> {
        let pollable = Pollable::writable(&self.resources.get(&stream)?.handle);
        Ok(self.resources.push(pollable)?)
    }

    async fn drop(&mut self, stream: Resource<OutgoingDatagramStream>) -> wasmtime::Result<()> {
        self.resources.delete(stream)?.handle.release(&self.task).await.map_err(unwind)
    }
}

/// Where a datagram goes; `None` where the socket is connected, and knows.
fn destination(stream: &OutgoingDatagramStream, given: Option<&IpSocketAddress>) -> Result<Option<Address>, ErrorCode> {
    match (&stream.remote, given) {
        (None, None) => Err(ErrorCode::InvalidArgument),
        (Some(_), None) => Ok(None),
        (remote, Some(given)) => {
            address::check_remote(stream.family, given)?;
            let given = address::to_kernel(given);
            match remote {
                None => Ok(Some(given)),
                Some(remote) if same(remote, &given) => Ok(None),
                Some(_) => Err(ErrorCode::InvalidArgument),
            }
        }
    }
}

fn same(one: &Address, other: &Address) -> bool {
    match (one, other) {
        (Address::Ipv4(one), Address::Ipv4(other)) => one == other,
        (Address::Ipv6((one, port, _)), Address::Ipv6((other, other_port, _))) => one == other && port == other_port,
        _ => false,
    }
}

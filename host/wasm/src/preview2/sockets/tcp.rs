//! `wasi:sockets/tcp` and `tcp-create-socket`.

use vivarium_runner::net::{ShutdownHow, SocketKind, SocketOption};
use vivarium_runner::{Errno, Fault, Stop};
use wasmtime::component::Resource;

use super::super::bindings::wasi::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};
use super::super::bindings::wasi::sockets::tcp::{self, HostTcpSocket, ShutdownType};
use super::super::bindings::wasi::sockets::tcp_create_socket;
use super::super::handle::Handle;
use super::super::io::{InputStream, OutputStream, Pollable};
use super::super::unwind;
use super::{Failure, Network, address};
use crate::guest::Guest;

/// Connections that wait to be accepted, where the guest does not say how many.
const BACKLOG: u32 = 128;

/// A TCP socket.
pub struct TcpSocket {
    handle: Handle,
    family: IpAddressFamily,
    state: State,
    backlog: u32,
}

/// How far it has come. What the kernel does at once takes two steps all the same.
enum State {
    Unbound,
    BindStarted,
    Bound,
    ListenStarted,
    Listening,
    /// To this address; with what came of it, once that is known.
    Connecting(vivarium_runner::net::Address, Option<Result<(), Errno>>),
    Connected,
    Closed,
}

type Socket = Resource<TcpSocket>;
type Result<T, E = Failure> = std::result::Result<T, E>;

impl Guest {
    fn tcp(&mut self, socket: &Socket) -> Result<&mut TcpSocket> {
        Ok(self.resources.get_mut(socket)?)
    }

    fn tcp_handle(&mut self, socket: &Socket) -> Result<Handle> {
        Ok(self.tcp(socket)?.handle.clone())
    }

    fn streams(&mut self, handle: &Handle) -> Result<(Resource<InputStream>, Resource<OutputStream>)> {
        let input = self.resources.push(InputStream::Descriptor(handle.clone()))?;
        let output = self.resources.push(OutputStream::Descriptor(handle.clone()))?;
        Ok((input, output))
    }
}

impl tcp_create_socket::Host for Guest {
    async fn create_tcp_socket(&mut self, family: IpAddressFamily) -> Result<Socket> {
        let of = address::family(family);
        let fd = self.task.wait(|task| task.socket(of, SocketKind::Stream, false, true)).await?;
        if family == IpAddressFamily::Ipv6 {
            self.task.wait(|task| task.socket_set_option(fd, SocketOption::Ipv6Only, 1)).await?;
        }
        let socket = TcpSocket { handle: Handle::new(fd), family, state: State::Unbound, backlog: BACKLOG };
        Ok(self.resources.push(socket)?)
    }
}

impl tcp::Host for Guest {}

impl HostTcpSocket for Guest {
    async fn start_bind(&mut self, socket: Socket, network: Resource<Network>, local: IpSocketAddress) -> Result<()> {
        self.resources.get(&network)?;
        let socket = self.resources.get_mut(&socket)?;
        if !matches!(socket.state, State::Unbound) {
            return Err(ErrorCode::InvalidState.into());
        }
        address::check_local(socket.family, &local)?;
        address::check_unicast(&local)?;
        let (fd, local) = (socket.handle.fd(), address::to_kernel(&local));
        // A server that is started again gets its port back at once.
        self.task.wait(|task| task.socket_set_option(fd, SocketOption::ReuseAddress, 1)).await?;
        self.task.wait(|task| task.bind(fd, &local)).await?;
        socket.state = State::BindStarted;
        Ok(())
    }

    async fn finish_bind(&mut self, socket: Socket) -> Result<()> {
        let socket = self.tcp(&socket)?;
        if !matches!(socket.state, State::BindStarted) {
            return Err(ErrorCode::NotInProgress.into());
        }
        socket.state = State::Bound;
        Ok(())
    }

    async fn start_connect(
        &mut self,
        socket: Socket,
        network: Resource<Network>,
        remote: IpSocketAddress,
    ) -> Result<()> {
        self.resources.get(&network)?;
        let socket = self.resources.get_mut(&socket)?;
        match socket.state {
            State::Unbound | State::Bound => {}
            State::Connecting(..) => return Err(ErrorCode::ConcurrencyConflict.into()),
            _ => return Err(ErrorCode::InvalidState.into()),
        }
        address::check_remote(socket.family, &remote)?;
        address::check_unicast(&remote)?;
        let remote = address::to_kernel(&remote);
        self.task.parker().take();
        let outcome = match self.task.connect(socket.handle.fd(), &remote) {
            Err(Fault::Blocked) => None,
            Err(Fault::Gone) => return Err(Stop::Gone.into()),
            Err(Fault::Errno(errno)) => Some(Err(errno)),
            Ok(()) => Some(Ok(())),
        };
        socket.state = State::Connecting(remote, outcome);
        Ok(())
    }

    async fn finish_connect(&mut self, socket: Socket) -> Result<(Resource<InputStream>, Resource<OutputStream>)> {
        let socket = self.resources.get_mut(&socket)?;
        let State::Connecting(remote, outcome) = &socket.state else { return Err(ErrorCode::NotInProgress.into()) };
        let outcome = match outcome {
            Some(outcome) => *outcome,
            None => {
                self.task.parker().take();
                match self.task.connect(socket.handle.fd(), remote) {
                    Err(Fault::Blocked) => return Err(ErrorCode::WouldBlock.into()),
                    Err(Fault::Gone) => return Err(Stop::Gone.into()),
                    Err(Fault::Errno(errno)) => Err(errno),
                    Ok(()) => Ok(()),
                }
            }
        };
        if let Err(errno) = outcome {
            socket.state = State::Closed;
            return Err(errno.into());
        }
        socket.state = State::Connected;
        let handle = socket.handle.clone();
        self.streams(&handle)
    }

    async fn start_listen(&mut self, socket: Socket) -> Result<()> {
        let socket = self.resources.get_mut(&socket)?;
        if !matches!(socket.state, State::Bound) {
            return Err(ErrorCode::InvalidState.into());
        }
        let (fd, backlog) = (socket.handle.fd(), socket.backlog);
        self.task.wait(|task| task.listen(fd, backlog)).await?;
        socket.state = State::ListenStarted;
        Ok(())
    }

    async fn finish_listen(&mut self, socket: Socket) -> Result<()> {
        let socket = self.tcp(&socket)?;
        if !matches!(socket.state, State::ListenStarted) {
            return Err(ErrorCode::NotInProgress.into());
        }
        socket.state = State::Listening;
        Ok(())
    }

    async fn accept(&mut self, socket: Socket) -> Result<(Socket, Resource<InputStream>, Resource<OutputStream>)> {
        let listener = self.resources.get(&socket)?;
        if !matches!(listener.state, State::Listening) {
            return Err(ErrorCode::InvalidState.into());
        }
        let family = listener.family;
        self.task.parker().take();
        let (fd, _) = self.task.accept(listener.handle.fd(), false, true).map_err(Stop::from)?;
        let handle = Handle::new(fd);
        let (input, output) = self.streams(&handle)?;
        let accepted = TcpSocket { handle, family, state: State::Connected, backlog: BACKLOG };
        Ok((self.resources.push(accepted)?, input, output))
    }

    async fn local_address(&mut self, socket: Socket) -> Result<IpSocketAddress> {
        let socket = self.tcp(&socket)?;
        if matches!(socket.state, State::Unbound | State::BindStarted) {
            return Err(ErrorCode::InvalidState.into());
        }
        let fd = socket.handle.fd();
        let local = self.task.wait(|task| task.local_address(fd)).await?;
        Ok(address::from_kernel(&local)?)
    }

    async fn remote_address(&mut self, socket: Socket) -> Result<IpSocketAddress> {
        let socket = self.tcp(&socket)?;
        if !matches!(socket.state, State::Connected) {
            return Err(ErrorCode::InvalidState.into());
        }
        let fd = socket.handle.fd();
        let remote = self.task.wait(|task| task.peer_address(fd)).await?;
        Ok(address::from_kernel(&remote)?)
    }

    fn is_listening(&mut self, socket: Socket) -> wasmtime::Result<bool> {
        Ok(matches!(self.resources.get(&socket)?.state, State::Listening))
    }

    fn address_family(&mut self, socket: Socket) -> wasmtime::Result<IpAddressFamily> {
        Ok(self.resources.get(&socket)?.family)
    }

    async fn set_listen_backlog_size(&mut self, socket: Socket, value: u64) -> Result<()> {
        if value == 0 {
            return Err(ErrorCode::InvalidArgument.into());
        }
        let socket = self.resources.get_mut(&socket)?;
        socket.backlog = value.try_into().unwrap_or(u32::MAX);
        let (fd, backlog) = (socket.handle.fd(), socket.backlog);
        match socket.state {
            State::Unbound | State::BindStarted | State::Bound | State::ListenStarted => Ok(()),
            State::Listening => Ok(self.task.wait(|task| task.listen(fd, backlog)).await?),
            State::Connecting(..) | State::Connected | State::Closed => Err(ErrorCode::InvalidState.into()),
        }
    }

    async fn keep_alive_enabled(&mut self, socket: Socket) -> Result<bool> {
        let handle = self.tcp_handle(&socket)?;
        Ok(self.option(handle, SocketOption::KeepAlive).await? != 0)
    }

    async fn set_keep_alive_enabled(&mut self, socket: Socket, value: bool) -> Result<()> {
        let fd = self.tcp_handle(&socket)?.fd();
        Ok(self.task.wait(|task| task.socket_set_option(fd, SocketOption::KeepAlive, value.into())).await?)
    }

    async fn keep_alive_idle_time(&mut self, socket: Socket) -> Result<u64> {
        let handle = self.tcp_handle(&socket)?;
        self.seconds(handle, SocketOption::KeepIdle).await
    }

    async fn set_keep_alive_idle_time(&mut self, socket: Socket, value: u64) -> Result<()> {
        let handle = self.tcp_handle(&socket)?;
        self.set_seconds(handle, SocketOption::KeepIdle, value).await
    }

    async fn keep_alive_interval(&mut self, socket: Socket) -> Result<u64> {
        let handle = self.tcp_handle(&socket)?;
        self.seconds(handle, SocketOption::KeepInterval).await
    }

    async fn set_keep_alive_interval(&mut self, socket: Socket, value: u64) -> Result<()> {
        let handle = self.tcp_handle(&socket)?;
        self.set_seconds(handle, SocketOption::KeepInterval, value).await
    }

    async fn keep_alive_count(&mut self, socket: Socket) -> Result<u32> {
        let handle = self.tcp_handle(&socket)?;
        Ok(self.option(handle, SocketOption::KeepCount).await? as u32)
    }

    async fn set_keep_alive_count(&mut self, socket: Socket, value: u32) -> Result<()> {
        let handle = self.tcp_handle(&socket)?;
        // Linux' highest count.
        self.set_option(handle, SocketOption::KeepCount, value.min(127).into()).await
    }

    async fn hop_limit(&mut self, socket: Socket) -> Result<u8> {
        let handle = self.tcp_handle(&socket)?;
        self.hop_limit_of(handle).await
    }

    async fn set_hop_limit(&mut self, socket: Socket, value: u8) -> Result<()> {
        let handle = self.tcp_handle(&socket)?;
        self.set_option(handle, SocketOption::Ttl, value.into()).await
    }

    async fn receive_buffer_size(&mut self, socket: Socket) -> Result<u64> {
        let handle = self.tcp_handle(&socket)?;
        self.buffer_size(handle, SocketOption::ReceiveBuffer).await
    }

    async fn set_receive_buffer_size(&mut self, socket: Socket, value: u64) -> Result<()> {
        let handle = self.tcp_handle(&socket)?;
        self.set_buffer_size(handle, SocketOption::ReceiveBuffer, value).await
    }

    async fn send_buffer_size(&mut self, socket: Socket) -> Result<u64> {
        let handle = self.tcp_handle(&socket)?;
        self.buffer_size(handle, SocketOption::SendBuffer).await
    }

    async fn set_send_buffer_size(&mut self, socket: Socket, value: u64) -> Result<()> {
        let handle = self.tcp_handle(&socket)?;
        self.set_buffer_size(handle, SocketOption::SendBuffer, value).await
    }

    fn subscribe(&mut self, socket: Socket) -> wasmtime::Result<Resource<Pollable>> {
        let socket = self.resources.get(&socket)?;
        let pollable = match socket.state {
            State::Listening => Pollable::readable(&socket.handle),
            State::Connecting(_, None) => Pollable::writable(&socket.handle),
            // Whatever can be asked of the others is answered at once.
            _ => Pollable::Ready,
        };
        Ok(self.resources.push(pollable)?)
    }

    async fn shutdown(&mut self, socket: Socket, how: ShutdownType) -> Result<()> {
        let socket = self.tcp(&socket)?;
        if !matches!(socket.state, State::Connected) {
            return Err(ErrorCode::InvalidState.into());
        }
        let how = match how {
            ShutdownType::Receive => ShutdownHow::Read,
            ShutdownType::Send => ShutdownHow::Write,
            ShutdownType::Both => ShutdownHow::Both,
        };
        let fd = socket.handle.fd();
        Ok(self.task.wait(|task| task.shutdown(fd, how)).await?)
    }

    async fn drop(&mut self, socket: Socket) -> wasmtime::Result<()> {
        self.resources.delete(socket)?.handle.release(&self.task).await.map_err(unwind)
    }
}

//! TCP and UDP on the loopback network. A server says on which port it is, and serves one caller.

use std::io::{self, Read, Write};

/// What preview 1 itself has no sockets for, done by the system calls beyond it.
#[cfg(all(target_os = "wasi", target_env = "p1"))]
mod net {
    use std::fs::File;
    use std::io;
    use std::net::{Ipv4Addr, SocketAddr};
    use std::os::fd::{AsRawFd, OwnedFd};

    use vivarium_sys::fs::OpenFlags;
    use vivarium_sys::net::{self, Address, Family, Kind};

    const SHUT_WR: u32 = 1;

    fn loopback(port: u16) -> Address {
        Address::Ip(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    fn port(fd: &OwnedFd) -> io::Result<u16> {
        match net::local_address(fd.as_raw_fd())? {
            Address::Ip(address) => Ok(address.port()),
            _ => Err(io::Error::other("no IP socket")),
        }
    }

    pub(super) struct Listener(OwnedFd);

    impl Listener {
        pub(super) fn new() -> io::Result<(Self, u16)> {
            let fd = net::socket(Family::Ipv4, Kind::Stream, OpenFlags::empty())?;
            net::bind(fd.as_raw_fd(), &loopback(0))?;
            net::listen(fd.as_raw_fd(), 8)?;
            let port = port(&fd)?;
            Ok((Self(fd), port))
        }

        pub(super) fn accept(&self) -> io::Result<File> {
            Ok(net::accept(self.0.as_raw_fd(), OpenFlags::empty())?.0.into())
        }
    }

    pub(super) fn connect(port: u16) -> io::Result<File> {
        let fd = net::socket(Family::Ipv4, Kind::Stream, OpenFlags::empty())?;
        net::connect(fd.as_raw_fd(), &loopback(port))?;
        Ok(fd.into())
    }

    pub(super) fn end_of_requests(stream: &File) -> io::Result<()> {
        Ok(net::shutdown(stream.as_raw_fd(), SHUT_WR)?)
    }

    pub(super) struct Datagrams(OwnedFd, Address);

    impl Datagrams {
        pub(super) fn new() -> io::Result<(Self, u16)> {
            let fd = net::socket(Family::Ipv4, Kind::Datagram, OpenFlags::empty())?;
            net::bind(fd.as_raw_fd(), &loopback(0))?;
            let port = port(&fd)?;
            Ok((Self(fd, loopback(0)), port))
        }

        pub(super) fn to(mut self, port: u16) -> io::Result<Self> {
            self.1 = loopback(port);
            Ok(self)
        }

        pub(super) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let (count, from) = net::receive(self.0.as_raw_fd(), buffer, 0)?;
            self.1 = from;
            Ok(count)
        }

        pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
            net::send(self.0.as_raw_fd(), bytes, 0, Some(&self.1))?;
            Ok(())
        }
    }
}

#[cfg(not(all(target_os = "wasi", target_env = "p1")))]
mod net {
    use std::io;
    use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};

    pub(super) struct Listener(TcpListener);

    impl Listener {
        pub(super) fn new() -> io::Result<(Self, u16)> {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = listener.local_addr()?.port();
            Ok((Self(listener), port))
        }

        pub(super) fn accept(&self) -> io::Result<TcpStream> {
            let (stream, peer) = self.0.accept()?;
            assert_eq!(stream.peer_addr()?, peer);
            Ok(stream)
        }
    }

    pub(super) fn connect(port: u16) -> io::Result<TcpStream> {
        let stream =
            TcpStream::connect(("localhost", port)).or_else(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, port)))?;
        stream.set_nodelay(true)?;
        assert_eq!(stream.peer_addr()?.port(), port);
        Ok(stream)
    }

    pub(super) fn end_of_requests(stream: &TcpStream) -> io::Result<()> {
        stream.shutdown(Shutdown::Write)
    }

    pub(super) struct Datagrams(UdpSocket, Option<SocketAddr>);

    impl Datagrams {
        pub(super) fn new() -> io::Result<(Self, u16)> {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = socket.local_addr()?.port();
            Ok((Self(socket, None), port))
        }

        pub(super) fn to(self, port: u16) -> io::Result<Self> {
            self.0.connect((Ipv4Addr::LOCALHOST, port))?;
            Ok(self)
        }

        pub(super) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let (count, from) = self.0.recv_from(buffer)?;
            self.1 = Some(from);
            Ok(count)
        }

        pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
            match self.1 {
                Some(to) => self.0.send_to(bytes, to)?,
                None => self.0.send(bytes)?,
            };
            Ok(())
        }
    }
}

/// Serves one connection: gives everything back, in capitals.
pub(crate) fn tcp_serve() -> io::Result<()> {
    let (listener, port) = net::Listener::new()?;
    println!("{port}");
    let mut stream = listener.accept()?;
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => {
                buffer[..count].make_ascii_uppercase();
                stream.write_all(&buffer[..count])?;
            }
        }
    }
}

/// Sends a text many times and prints how many bytes of the right answer came.
pub(crate) fn tcp_call(port: u16, text: &str) -> io::Result<()> {
    let mut stream = net::connect(port)?;
    let (mut total, mut answer) = (0, vec![0; text.len()]);
    for _ in 0..100 {
        stream.write_all(text.as_bytes())?;
        stream.read_exact(&mut answer)?;
        assert_eq!(answer, text.to_ascii_uppercase().as_bytes());
        total += answer.len();
    }
    net::end_of_requests(&stream)?;
    assert_eq!(stream.read(&mut [0; 1])?, 0);
    println!("{total}");
    Ok(())
}

/// Gives one datagram back, in capitals.
pub(crate) fn udp_serve() -> io::Result<()> {
    let (mut socket, port) = net::Datagrams::new()?;
    println!("{port}");
    let mut buffer = [0; 2048];
    let count = socket.receive(&mut buffer)?;
    buffer[..count].make_ascii_uppercase();
    socket.send(&buffer[..count])
}

pub(crate) fn udp_call(port: u16, text: &str) -> io::Result<()> {
    let mut socket = net::Datagrams::new()?.0.to(port)?;
    socket.send(text.as_bytes())?;
    let mut buffer = [0; 2048];
    let count = socket.receive(&mut buffer)?;
    println!("{}", String::from_utf8_lossy(&buffer[..count]));
    Ok(())
}

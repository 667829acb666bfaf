//! `wasi:sockets` over the kernel's network.

mod address;
mod error;
mod ip_name_lookup;
mod network;
mod options;
mod tcp;
mod udp;

pub use error::Failure;
pub use ip_name_lookup::ResolveAddressStream;
pub use network::Network;
pub use tcp::TcpSocket;
pub use udp::{IncomingDatagramStream, OutgoingDatagramStream, UdpSocket};

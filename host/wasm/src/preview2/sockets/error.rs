//! Error codes.

use vivarium_runner::Errno;

use super::super::bindings::wasi::sockets::network::ErrorCode;

super::super::failure!(
    /// How a call ends that has no result.
    ErrorCode,
    code
);

/// The interface's word for an error number.
pub(super) fn code(errno: Errno) -> ErrorCode {
    match errno {
        Errno::Acces | Errno::Perm | Errno::Notcapable => ErrorCode::AccessDenied,
        Errno::Notsup | Errno::Afnosupport | Errno::Protonosupport | Errno::Noprotoopt => ErrorCode::NotSupported,
        Errno::Inval | Errno::Destaddrreq => ErrorCode::InvalidArgument,
        Errno::Nomem | Errno::Nobufs => ErrorCode::OutOfMemory,
        Errno::Timedout => ErrorCode::Timeout,
        Errno::Already => ErrorCode::ConcurrencyConflict,
        Errno::Again | Errno::Inprogress => ErrorCode::WouldBlock,
        Errno::Isconn | Errno::Notconn => ErrorCode::InvalidState,
        Errno::Mfile | Errno::Nfile => ErrorCode::NewSocketLimit,
        Errno::Addrnotavail => ErrorCode::AddressNotBindable,
        Errno::Addrinuse => ErrorCode::AddressInUse,
        Errno::Netunreach | Errno::Hostunreach | Errno::Netdown => ErrorCode::RemoteUnreachable,
        Errno::Connrefused => ErrorCode::ConnectionRefused,
        Errno::Connreset | Errno::Pipe => ErrorCode::ConnectionReset,
        Errno::Connaborted => ErrorCode::ConnectionAborted,
        Errno::Msgsize => ErrorCode::DatagramTooLarge,
        _ => ErrorCode::Unknown,
    }
}

//! Error numbers (POSIX `<errno.h>`).

use std::fmt;

/// An error number, as WASI preview 1 numbers them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(u16);

/// What a system call gives.
pub type Result<T> = std::result::Result<T, Errno>;

macro_rules! errnos {
    ($($number:literal, $name:ident, $symbol:ident, $message:literal;)*) => {
        impl Errno {
            $(#[doc = concat!("`", stringify!($symbol), "`: ", $message, ".")] pub const $name: Errno = Errno($number);)*

            /// What strerror() says, in glibc's wording.
            #[must_use]
            pub fn message(self) -> &'static str {
                match self.0 {
                    0 => "Success",
                    $($number => $message,)*
                    _ => "Unknown error",
                }
            }

            /// The name of the constant, `ENOENT`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self.0 {
                    $($number => stringify!($symbol),)*
                    _ => "EUNKNOWN",
                }
            }

            /// From the platform's own number, which `std::io::Error` carries.
            #[cfg(unix)]
            pub(crate) fn from_platform(number: i32) -> Errno {
                errnos!(@unix number $($number, $symbol;)*)
            }
        }
    };
    (@unix $n:ident $($number:literal, $symbol:ident;)*) => {{
        $(#[allow(unused_imports)] use crate::unix::numbers::$symbol;)*
        $(if $n == $symbol { return Errno($number); })*
        Errno::IO
    }};
}

errnos! {
    1, TOOBIG, E2BIG, "Argument list too long";
    2, ACCES, EACCES, "Permission denied";
    3, ADDRINUSE, EADDRINUSE, "Address already in use";
    4, ADDRNOTAVAIL, EADDRNOTAVAIL, "Cannot assign requested address";
    5, AFNOSUPPORT, EAFNOSUPPORT, "Address family not supported by protocol";
    6, AGAIN, EAGAIN, "Resource temporarily unavailable";
    7, ALREADY, EALREADY, "Operation already in progress";
    8, BADF, EBADF, "Bad file descriptor";
    9, BADMSG, EBADMSG, "Bad message";
    10, BUSY, EBUSY, "Device or resource busy";
    11, CANCELED, ECANCELED, "Operation canceled";
    12, CHILD, ECHILD, "No child processes";
    13, CONNABORTED, ECONNABORTED, "Software caused connection abort";
    14, CONNREFUSED, ECONNREFUSED, "Connection refused";
    15, CONNRESET, ECONNRESET, "Connection reset by peer";
    16, DEADLK, EDEADLK, "Resource deadlock avoided";
    17, DESTADDRREQ, EDESTADDRREQ, "Destination address required";
    18, DOM, EDOM, "Numerical argument out of domain";
    19, DQUOT, EDQUOT, "Disk quota exceeded";
    20, EXIST, EEXIST, "File exists";
    21, FAULT, EFAULT, "Bad address";
    22, FBIG, EFBIG, "File too large";
    23, HOSTUNREACH, EHOSTUNREACH, "No route to host";
    24, IDRM, EIDRM, "Identifier removed";
    25, ILSEQ, EILSEQ, "Invalid or incomplete multibyte or wide character";
    26, INPROGRESS, EINPROGRESS, "Operation now in progress";
    27, INTR, EINTR, "Interrupted system call";
    28, INVAL, EINVAL, "Invalid argument";
    29, IO, EIO, "Input/output error";
    30, ISCONN, EISCONN, "Transport endpoint is already connected";
    31, ISDIR, EISDIR, "Is a directory";
    32, LOOP, ELOOP, "Too many levels of symbolic links";
    33, MFILE, EMFILE, "Too many open files";
    34, MLINK, EMLINK, "Too many links";
    35, MSGSIZE, EMSGSIZE, "Message too long";
    36, MULTIHOP, EMULTIHOP, "Multihop attempted";
    37, NAMETOOLONG, ENAMETOOLONG, "File name too long";
    38, NETDOWN, ENETDOWN, "Network is down";
    39, NETRESET, ENETRESET, "Network dropped connection on reset";
    40, NETUNREACH, ENETUNREACH, "Network is unreachable";
    41, NFILE, ENFILE, "Too many open files in system";
    42, NOBUFS, ENOBUFS, "No buffer space available";
    43, NODEV, ENODEV, "No such device";
    44, NOENT, ENOENT, "No such file or directory";
    45, NOEXEC, ENOEXEC, "Exec format error";
    46, NOLCK, ENOLCK, "No locks available";
    47, NOLINK, ENOLINK, "Link has been severed";
    48, NOMEM, ENOMEM, "Cannot allocate memory";
    49, NOMSG, ENOMSG, "No message of desired type";
    50, NOPROTOOPT, ENOPROTOOPT, "Protocol not available";
    51, NOSPC, ENOSPC, "No space left on device";
    52, NOSYS, ENOSYS, "Function not implemented";
    53, NOTCONN, ENOTCONN, "Transport endpoint is not connected";
    54, NOTDIR, ENOTDIR, "Not a directory";
    55, NOTEMPTY, ENOTEMPTY, "Directory not empty";
    56, NOTRECOVERABLE, ENOTRECOVERABLE, "State not recoverable";
    57, NOTSOCK, ENOTSOCK, "Socket operation on non-socket";
    58, NOTSUP, ENOTSUP, "Operation not supported";
    59, NOTTY, ENOTTY, "Inappropriate ioctl for device";
    60, NXIO, ENXIO, "No such device or address";
    61, OVERFLOW, EOVERFLOW, "Value too large for defined data type";
    62, OWNERDEAD, EOWNERDEAD, "Owner died";
    63, PERM, EPERM, "Operation not permitted";
    64, PIPE, EPIPE, "Broken pipe";
    65, PROTO, EPROTO, "Protocol error";
    66, PROTONOSUPPORT, EPROTONOSUPPORT, "Protocol not supported";
    67, PROTOTYPE, EPROTOTYPE, "Protocol wrong type for socket";
    68, RANGE, ERANGE, "Numerical result out of range";
    69, ROFS, EROFS, "Read-only file system";
    70, SPIPE, ESPIPE, "Illegal seek";
    71, SRCH, ESRCH, "No such process";
    72, STALE, ESTALE, "Stale file handle";
    73, TIMEDOUT, ETIMEDOUT, "Connection timed out";
    74, TXTBSY, ETXTBSY, "Text file busy";
    75, XDEV, EXDEV, "Invalid cross-device link";
    76, NOTCAPABLE, ENOTCAPABLE, "Capabilities insufficient";
}

impl Errno {
    /// From a preview-1 number.
    #[must_use]
    pub const fn from_raw(number: u16) -> Errno {
        Errno(number)
    }

    /// The preview-1 number.
    #[must_use]
    pub const fn raw(self) -> u16 {
        self.0
    }

    /// Of an I/O error of the standard library, where it has a number.
    #[must_use]
    pub fn from_io(error: &std::io::Error) -> Option<Errno> {
        #[cfg(unix)]
        return error.raw_os_error().map(Errno::from_platform);
        #[cfg(not(unix))]
        error.raw_os_error().and_then(|n| u16::try_from(n).ok()).map(Errno)
    }

    /// Result of a call of [`crate::raw`].
    pub(crate) fn check(number: i32) -> Result<()> {
        match number {
            0 => Ok(()),
            n => Err(Errno(n as u16)),
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::error::Error for Errno {}

impl From<Errno> for std::io::Error {
    fn from(errno: Errno) -> Self {
        #[cfg(target_os = "wasi")]
        return std::io::Error::from_raw_os_error(i32::from(errno.0));
        #[cfg(not(target_os = "wasi"))]
        std::io::Error::other(errno)
    }
}

#[cfg(test)]
mod tests {
    use super::Errno;

    #[test]
    fn wording_is_glibcs() {
        assert_eq!(Errno::NOENT.to_string(), "No such file or directory");
        assert_eq!(Errno::TOOBIG.name(), "E2BIG");
        assert_eq!(Errno::XDEV.raw(), 75);
    }
}

//! Error numbers, as Node shows them: Linux' numbers, negative, under libuv's names.

/// An error number of a system call: Linux' numbering, positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("error number {0}")]
pub struct Errno(pub i32);

macro_rules! errnos {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        impl Errno {
            $(#[doc = $text] pub const $name: Self = Self($number);)*

            /// libuv's name: `ENOENT` …
            pub fn name(self) -> String {
                match self.0 {
                    $($number => concat!("E", stringify!($name)).to_owned(),)*
                    number if (3000..3020).contains(&number) => eai(number).to_owned(),
                    4095 => "EOF".to_owned(),
                    number => format!("Unknown system error -{number}"),
                }
            }

            /// libuv's text: `no such file or directory` …
            pub fn text(self) -> String {
                match self.0 {
                    $($number => $text.to_owned(),)*
                    4095 => "end of file".to_owned(),
                    number => format!("Unknown system error -{number}"),
                }
            }
        }
    };
}

errnos! {
    PERM = 1, "operation not permitted";
    NOENT = 2, "no such file or directory";
    SRCH = 3, "no such process";
    INTR = 4, "interrupted system call";
    IO = 5, "i/o error";
    NXIO = 6, "no such device or address";
    TOOBIG = 7, "argument list too long";
    NOEXEC = 8, "exec format error";
    BADF = 9, "bad file descriptor";
    CHILD = 10, "no child processes";
    AGAIN = 11, "resource temporarily unavailable";
    NOMEM = 12, "not enough memory";
    ACCES = 13, "permission denied";
    FAULT = 14, "bad address in system call argument";
    BUSY = 16, "resource busy or locked";
    EXIST = 17, "file already exists";
    XDEV = 18, "cross-device link not permitted";
    NODEV = 19, "no such device";
    NOTDIR = 20, "not a directory";
    ISDIR = 21, "illegal operation on a directory";
    INVAL = 22, "invalid argument";
    NFILE = 23, "file table overflow";
    MFILE = 24, "too many open files";
    NOTTY = 25, "inappropriate ioctl for device";
    TXTBSY = 26, "text file is busy";
    FBIG = 27, "file too large";
    NOSPC = 28, "no space left on device";
    SPIPE = 29, "invalid seek";
    ROFS = 30, "read-only file system";
    MLINK = 31, "too many links";
    PIPE = 32, "broken pipe";
    RANGE = 34, "result too large";
    NAMETOOLONG = 36, "name too long";
    NOLCK = 37, "no locks available";
    NOSYS = 38, "function not implemented";
    NOTEMPTY = 39, "directory not empty";
    LOOP = 40, "too many symbolic links encountered";
    NODATA = 61, "no data available";
    PROTO = 71, "protocol error";
    OVERFLOW = 75, "value too large for defined data type";
    ILSEQ = 84, "illegal byte sequence";
    NOTSOCK = 88, "socket operation on non-socket";
    DESTADDRREQ = 89, "destination address required";
    MSGSIZE = 90, "message too long";
    PROTOTYPE = 91, "protocol wrong type for socket";
    NOPROTOOPT = 92, "protocol not available";
    PROTONOSUPPORT = 93, "protocol not supported";
    SOCKTNOSUPPORT = 94, "socket type not supported";
    NOTSUP = 95, "operation not supported on socket";
    AFNOSUPPORT = 97, "address family not supported";
    ADDRINUSE = 98, "address already in use";
    ADDRNOTAVAIL = 99, "address not available";
    NETDOWN = 100, "network is down";
    NETUNREACH = 101, "network is unreachable";
    CONNABORTED = 103, "software caused connection abort";
    CONNRESET = 104, "connection reset by peer";
    NOBUFS = 105, "no buffer space available";
    ISCONN = 106, "socket is already connected";
    NOTCONN = 107, "socket is not connected";
    SHUTDOWN = 108, "cannot send after transport endpoint shutdown";
    TIMEDOUT = 110, "connection timed out";
    CONNREFUSED = 111, "connection refused";
    HOSTDOWN = 112, "host is down";
    HOSTUNREACH = 113, "host is unreachable";
    ALREADY = 114, "connection already in progress";
    INPROGRESS = 115, "operation in progress";
    CANCELED = 125, "operation canceled";
}

impl Errno {
    /// libuv's end of file, which is no system error.
    pub const EOF: Self = Self(4095);
    /// `EAI_NONAME`: the name is unknown.
    pub const NONAME: Self = Self(3008);

    /// The number as JavaScript sees it: negative.
    pub fn code(self) -> i32 {
        -self.0
    }
}

fn eai(number: i32) -> &'static str {
    match number {
        3000 => "EAI_ADDRFAMILY",
        3001 => "EAI_AGAIN",
        3002 => "EAI_BADFLAGS",
        3003 => "EAI_CANCELED",
        3004 => "EAI_FAIL",
        3005 => "EAI_FAMILY",
        3006 => "EAI_MEMORY",
        3007 => "EAI_NODATA",
        3008 => "EAI_NONAME",
        3009 => "EAI_OVERFLOW",
        3010 => "EAI_SERVICE",
        3011 => "EAI_SOCKTYPE",
        _ => "EAI_FAIL",
    }
}

//! Request methods, by their numbers.

/// All methods; a method's number is its place here (`HTTPParser`'s `allMethods`).
pub(super) const ALL: [&str; 47] = [
    "DELETE",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "COPY",
    "LOCK",
    "MKCOL",
    "MOVE",
    "PROPFIND",
    "PROPPATCH",
    "SEARCH",
    "UNLOCK",
    "BIND",
    "REBIND",
    "UNBIND",
    "ACL",
    "REPORT",
    "MKACTIVITY",
    "CHECKOUT",
    "MERGE",
    "M-SEARCH",
    "NOTIFY",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "PATCH",
    "PURGE",
    "MKCALENDAR",
    "LINK",
    "UNLINK",
    "SOURCE",
    "PRI",
    "DESCRIBE",
    "ANNOUNCE",
    "SETUP",
    "PLAY",
    "PAUSE",
    "TEARDOWN",
    "GET_PARAMETER",
    "SET_PARAMETER",
    "REDIRECT",
    "RECORD",
    "FLUSH",
    "QUERY",
];

pub(super) const CONNECT: usize = 5;
const OPTIONS: usize = 6;
const SOURCE: usize = 33;
pub(super) const PRI: usize = 34;
const QUERY: usize = 46;

/// The protocol that a request line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Rtsp,
    Ice,
}

impl Protocol {
    /// Its name, up to the version.
    pub(super) const ALL: [(Self, &'static [u8]); 3] =
        [(Self::Http, b"HTTP/"), (Self::Rtsp, b"RTSP/"), (Self::Ice, b"ICE/")];

    /// Whether a method is one of this protocol, or why not.
    pub(super) fn check(self, method: usize) -> Result<(), &'static str> {
        match self {
            // PUT and PLAY are in no way special here: what RTSP shares with HTTP is these.
            Self::Http if method <= PRI || method == QUERY => Ok(()),
            Self::Http => Err("Invalid method for HTTP/x.x request"),
            Self::Rtsp if (PRI + 1..QUERY).contains(&method) || [1, 3, OPTIONS].contains(&method) => Ok(()),
            Self::Rtsp => Err("Invalid method for RTSP/x.x request"),
            Self::Ice if method == SOURCE => Ok(()),
            Self::Ice => Err("Expected SOURCE method for ICE/x.x request"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_places() {
        for (number, name) in
            [(CONNECT, "CONNECT"), (OPTIONS, "OPTIONS"), (SOURCE, "SOURCE"), (PRI, "PRI"), (QUERY, "QUERY")]
        {
            assert_eq!(ALL[number], name);
        }
    }
}

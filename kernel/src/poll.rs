//! Readiness over every kind of descriptor (POSIX poll()).

use bitflags::bitflags;

bitflags! {
    /// POSIX poll() events.
    #[allow(missing_docs)]
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Events: u8 {
        const READABLE = 1;
        const WRITABLE = 2;
        const PRIORITY = 4;
        const ERROR = 8;
        const HANGUP = 16;
        const INVALID = 32;
    }
}

//! Objects with a Rust value behind them, as messages carry them.

use super::port::PortData;
use crate::value::{Object, Scope};

/// What messages may do with an object: the bits of Node's `TransferMode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode(pub(super) u32);

impl Mode {
    /// It stays where it is.
    pub(crate) const NONE: Self = Self(0);
    /// It may be moved, if the transfer list names it.
    pub(crate) const TRANSFERABLE: Self = Self(1);
    /// It may be copied.
    pub(crate) const CLONEABLE: Self = Self(2);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What stands for an object while it is on its way between threads.
pub(crate) trait Carried: Send {
    /// The object again, on the thread that has received it.
    fn create<'s>(self: Box<Self>, scope: &mut Scope<'s, '_>) -> Option<Object<'s>>;

    /// Whether it is this end of a channel.
    fn is_port(&self, _port: &PortData) -> bool {
        false
    }
}

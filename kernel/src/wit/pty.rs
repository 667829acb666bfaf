//! `vivarium:kernel/pty`.

use super::Component;
use super::bindings::exports::vivarium::kernel::pty as wit;
use super::bindings::vivarium::host::types::Errno;
use super::bindings::vivarium::kernel::types::{Fault, Fd, Pid, Tid};

type Result<T> = std::result::Result<T, Fault>;

impl wit::Guest for Component {
    fn open(_: Tid, _: wit::Size) -> Result<(Fd, Fd)> {
        Err(Fault::Errno(Errno::Notty))
    }

    fn is_terminal(_: Tid, _: Fd) -> Result<bool> {
        Ok(false)
    }

    fn name(_: Tid, _: Fd) -> Result<Vec<u8>> {
        Err(Fault::Errno(Errno::Notty))
    }

    fn get_attributes(_: Tid, _: Fd) -> Result<wit::Attributes> {
        Err(Fault::Errno(Errno::Notty))
    }

    fn set_attributes(_: Tid, _: Fd, _: wit::When, _: wit::Attributes) -> Result<()> {
        Err(Fault::Errno(Errno::Notty))
    }

    fn get_size(_: Tid, _: Fd) -> Result<wit::Size> {
        Err(Fault::Errno(Errno::Notty))
    }

    fn set_size(_: Tid, _: Fd, _: wit::Size) -> Result<()> {
        Err(Fault::Errno(Errno::Notty))
    }

    fn get_foreground(_: Tid, _: Fd) -> Result<Pid> {
        Err(Fault::Errno(Errno::Notty))
    }

    fn set_foreground(_: Tid, _: Fd, _: Pid) -> Result<()> {
        Err(Fault::Errno(Errno::Notty))
    }

    fn get_session(_: Tid, _: Fd) -> Result<Pid> {
        Err(Fault::Errno(Errno::Notty))
    }

    fn set_controlling(_: Tid, _: Fd) -> Result<()> {
        Err(Fault::Errno(Errno::Notty))
    }

    fn release_controlling(_: Tid) -> Result<()> {
        Err(Fault::Errno(Errno::Notty))
    }

    fn flush(_: Tid, _: Fd, _: wit::Queue) -> Result<()> {
        Err(Fault::Errno(Errno::Notty))
    }

    fn drain(_: Tid, _: Fd) -> Result<()> {
        Err(Fault::Errno(Errno::Notty))
    }
}

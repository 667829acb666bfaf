//! Options that TCP and UDP sockets share.

use vivarium_runner::net::SocketOption;

use super::super::bindings::wasi::sockets::network::ErrorCode;
use super::super::handle::Handle;
use super::Failure;
use crate::guest::Guest;

const SECOND: u64 = 1_000_000_000;

impl Guest {
    pub(super) async fn option(&mut self, handle: Handle, option: SocketOption) -> Result<u64, Failure> {
        Ok(self.task.wait(|task| task.socket_get_option(handle.fd(), option)).await?)
    }

    /// Sets an option, of which 0 is no value.
    pub(super) async fn set_option(&mut self, handle: Handle, option: SocketOption, value: u64) -> Result<(), Failure> {
        if value == 0 {
            return Err(ErrorCode::InvalidArgument.into());
        }
        Ok(self.task.wait(|task| task.socket_set_option(handle.fd(), option, value)).await?)
    }

    pub(super) async fn hop_limit_of(&mut self, handle: Handle) -> Result<u8, Failure> {
        Ok(self.option(handle, SocketOption::Ttl).await?.min(255) as u8)
    }

    /// The size that was set: the kernel doubles it, as Linux does, to have room for its own.
    pub(super) async fn buffer_size(&mut self, handle: Handle, option: SocketOption) -> Result<u64, Failure> {
        Ok(self.option(handle, option).await? / 2)
    }

    pub(super) async fn set_buffer_size(
        &mut self,
        handle: Handle,
        option: SocketOption,
        value: u64,
    ) -> Result<(), Failure> {
        // Any size may be asked for; the kernel takes what it can.
        self.set_option(handle, option, value.min(u32::MAX.into())).await
    }

    /// Nanoseconds of an option that the kernel keeps in seconds.
    pub(super) async fn seconds(&mut self, handle: Handle, option: SocketOption) -> Result<u64, Failure> {
        Ok(self.option(handle, option).await?.saturating_mul(SECOND))
    }

    pub(super) async fn set_seconds(
        &mut self,
        handle: Handle,
        option: SocketOption,
        nanoseconds: u64,
    ) -> Result<(), Failure> {
        // Linux' longest time.
        self.set_option(handle, option, nanoseconds.div_ceil(SECOND).min(32_767)).await
    }
}

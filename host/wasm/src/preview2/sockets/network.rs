//! `wasi:sockets/network` and `instance-network`.

use wasmtime::component::Resource;

use super::super::bindings::wasi::sockets::instance_network;
use super::super::bindings::wasi::sockets::network::{self, ErrorCode};
use super::super::io::StreamError;
use super::Failure;
use super::error::code;
use crate::guest::Guest;

/// The machine's network. What of it a process may reach, the kernel says at each call.
pub struct Network;

impl network::Host for Guest {
    fn convert_error_code(&mut self, failure: Failure) -> wasmtime::Result<ErrorCode> {
        match failure {
            Failure::Error(code) => Ok(code),
            Failure::Trap(trap) => Err(trap),
        }
    }

    fn network_error_code(&mut self, error: Resource<StreamError>) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(Some(code(self.resources.get(&error)?.0)))
    }
}

impl network::HostNetwork for Guest {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        self.resources.delete(network)?;
        Ok(())
    }
}

impl instance_network::Host for Guest {
    fn instance_network(&mut self) -> wasmtime::Result<Resource<Network>> {
        Ok(self.resources.push(Network)?)
    }
}

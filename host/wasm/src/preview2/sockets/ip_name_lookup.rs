//! `wasi:sockets/ip-name-lookup`.

use std::vec;

use vivarium_runner::{Errno, Stop};
use wasmtime::component::Resource;

use super::super::bindings::wasi::sockets::ip_name_lookup::{Host, HostResolveAddressStream};
use super::super::bindings::wasi::sockets::network::{ErrorCode, IpAddress};
use super::super::io::Pollable;
use super::{Failure, Network, address};
use crate::guest::Guest;

/// The addresses of a name, or why there are none.
pub struct ResolveAddressStream(Result<vec::IntoIter<IpAddress>, ErrorCode>);

impl Host for Guest {
    async fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> Result<Resource<ResolveAddressStream>, Failure> {
        self.resources.get(&network)?;
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/') {
            return Err(ErrorCode::InvalidArgument.into());
        }
        let found = match self.task.wait(|task| task.resolve(&name, None)).await {
            Ok(found) => {
                let found: Result<Vec<_>, Errno> = found.iter().map(address::ip_from_kernel).collect();
                Ok(found?.into_iter())
            }
            Err(Stop::Errno(Errno::Again)) => Err(ErrorCode::TemporaryResolverFailure),
            Err(Stop::Errno(_)) => Err(ErrorCode::NameUnresolvable),
            Err(stop) => return Err(stop.into()),
        };
        Ok(self.resources.push(ResolveAddressStream(found))?)
    }
}

impl HostResolveAddressStream for Guest {
    fn resolve_next_address(&mut self, stream: Resource<ResolveAddressStream>) -> Result<Option<IpAddress>, Failure> {
        match &mut self.resources.get_mut(&stream)?.0 {
            Ok(found) => Ok(found.next()),
            Err(code) => Err((*code).into()),
        }
    }

    fn subscribe(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<Resource<Pollable>> {
        self.resources.get(&stream)?;
        Ok(self.resources.push(Pollable::Ready)?)
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        self.resources.delete(stream)?;
        Ok(())
    }
}

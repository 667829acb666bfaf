//! placeholder
use crate::guest::Guest;
use wasmtime::Linker;
pub(crate) fn add_to_linker(_: &mut Linker<Guest>) -> wasmtime::Result<()> {
    Ok(())
}

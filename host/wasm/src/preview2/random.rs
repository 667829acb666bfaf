//! `wasi:random`.

use super::bindings::wasi::random::{insecure, insecure_seed, random};
use crate::clock::fill_random;
use crate::guest::Guest;

/// The most bytes given at once: they lie in the host's memory for a moment.
const MAX_BYTES: u64 = 16 << 20;

fn bytes(count: u64) -> wasmtime::Result<Vec<u8>> {
    if count > MAX_BYTES {
        return Err(wasmtime::Error::msg(format!("{count} random bytes at once; there are {MAX_BYTES} at the most")));
    }
    let mut bytes = vec![0; count as usize];
    fill_random(&mut bytes).map_err(|errno| wasmtime::Error::msg(format!("no randomness: {errno:?}")))?;
    Ok(bytes)
}

fn number() -> wasmtime::Result<u64> {
    let mut bytes = [0; 8];
    fill_random(&mut bytes).map_err(|errno| wasmtime::Error::msg(format!("no randomness: {errno:?}")))?;
    Ok(u64::from_ne_bytes(bytes))
}

impl random::Host for Guest {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        bytes(len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        number()
    }
}

impl insecure::Host for Guest {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        bytes(len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        number()
    }
}

impl insecure_seed::Host for Guest {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((number()?, number()?))
    }
}

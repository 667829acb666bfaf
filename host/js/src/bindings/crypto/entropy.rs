//! A generator of random numbers for crates that want one, seeded by the kernel.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use zeroize::Zeroizing;

use super::failure::Failure;
use crate::sys::Sys;
use crate::value::Kind;

/// A generator with a fresh seed.
///
/// ## Errors
/// Where the kernel gives no entropy.
pub(super) fn generator(sys: &dyn Sys) -> Result<ChaCha20Rng, Failure> {
    let mut seed = Zeroizing::new([0; 32]);
    let failed = |_| Failure::Coded(Kind::Error, "ERR_OPERATION_FAILED", "No entropy is to be had".to_owned());
    sys.random(&mut *seed).map_err(failed)?;
    Ok(ChaCha20Rng::from_seed(*seed))
}

//! The whole state as bytes.
//!
//! A snapshot begins with a header that any kernel can read: 8 bytes of magic; the format version, 32 bits, little-endian;
//! the length of the kernel's name, 16 bits, little-endian, and the name. Then comes the state as MessagePack, structures
//! as maps by field name, so that a later version can tell what it is given.

use serde::{Deserialize, Serialize};

use super::version::{SNAPSHOT, version};
use crate::kernel::State;
use crate::{Instant, Kernel};

/// What a snapshot begins with. The first byte is no ASCII, so that nothing takes it for text.
pub(super) const MAGIC: &[u8; 8] = b"\x89VIVSNAP";

/// What is written.
#[derive(Serialize)]
struct Saved<'a> {
    saved_at: Instant,
    state: &'a State,
}

/// What is read back.
#[derive(Deserialize)]
pub(super) struct Loaded {
    /// The monotonic clock when it was written, which every instant in it counts by.
    pub(super) saved_at: Instant,
    pub(super) state: State,
}

impl Kernel {
    /// The whole state. Restoring it in another kernel goes on from here; this one goes on too.
    ///
    /// # Panics
    ///
    /// Never on a state that fits in memory: encoding into memory does not fail.
    pub fn snapshot(&self) -> Vec<u8> {
        let name = version().name;
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&SNAPSHOT.to_le_bytes());
        bytes.extend_from_slice(&(name.len() as u16).to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
        let saved = Saved { saved_at: self.host.monotonic(), state: &self.state };
        rmp_serde::encode::write_named(&mut bytes, &saved).expect("encoding into memory");
        bytes
    }
}

//! The version handshake.

/// Who this kernel is; see `system.version-info` in the WIT.
#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub name: String,
    pub contract: (u32, u32, u32),
    pub snapshot: u32,
    pub snapshot_oldest: u32,
}

/// Version of the contract in `wit/`.
const CONTRACT: (u32, u32, u32) = (0, 1, 0);
/// Version of the snapshot format, and the oldest that can be restored.
pub(crate) const SNAPSHOT: u32 = 1;
pub(crate) const SNAPSHOT_OLDEST: u32 = 1;

/// Who this kernel is.
pub fn version() -> Version {
    Version {
        name: concat!("vivarium-kernel ", env!("CARGO_PKG_VERSION")).to_owned(),
        contract: CONTRACT,
        snapshot: SNAPSHOT,
        snapshot_oldest: SNAPSHOT_OLDEST,
    }
}

//! Who asks, and what file permission bits let them do (POSIX 4.7, File Access Permissions).

use serde::{Deserialize, Serialize};

use super::{AccessMode, FileKind};
use crate::Errno;

/// User and group ids of a process, as the file system sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Credentials {
    pub uid: u32,
    pub gid: u32,
    pub effective_uid: u32,
    pub effective_gid: u32,
}

/// What permission depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permissions {
    pub(crate) kind: FileKind,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Credentials {
    /// These, with the real ids in place of the effective ones.
    pub(crate) fn real(self) -> Self {
        Self { effective_uid: self.uid, effective_gid: self.gid, ..self }
    }

    /// Whether every permission check is passed.
    pub(crate) fn privileged(&self) -> bool {
        self.effective_uid == 0
    }

    /// Whether this user owns the file, or is privileged.
    pub(crate) fn owns(&self, uid: u32) -> bool {
        self.privileged() || self.effective_uid == uid
    }

    /// `ACCES` unless the permission bits grant all of `access`.
    pub(crate) fn check(&self, file: Permissions, access: AccessMode) -> Result<(), Errno> {
        if self.privileged() {
            let executable = file.kind == FileKind::Directory || file.mode & 0o111 != 0;
            return if access.contains(AccessMode::EXECUTE) && !executable { Err(Errno::ACCES) } else { Ok(()) };
        }
        let shift = match () {
            () if self.effective_uid == file.uid => 6,
            () if self.effective_gid == file.gid => 3,
            () => 0,
        };
        let granted = file.mode >> shift;
        let wanted = u32::from(access.contains(AccessMode::READ)) << 2
            | u32::from(access.contains(AccessMode::WRITE)) << 1
            | u32::from(access.contains(AccessMode::EXECUTE));
        if wanted & !granted != 0 { Err(Errno::ACCES) } else { Ok(()) }
    }
}

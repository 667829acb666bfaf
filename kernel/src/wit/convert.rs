//! The contract's types and the core's.

use super::bindings::vivarium::host::types as wit;
use super::bindings::vivarium::kernel::types::Fault as WitFault;
use crate::fs::{DirectoryEntry, FileKind, FileStat};
use crate::{Errno, Extent, Fault, Timespec};

/// Both directions for enumerations that have the same cases.
macro_rules! cases {
    ($core:ty, $wit:ty: $($from:ident $to:ident),* $(,)?) => {
        impl From<$core> for $wit {
            fn from(value: $core) -> Self {
                match value { $(<$core>::$from => Self::$to,)* }
            }
        }

        impl From<$wit> for $core {
            fn from(value: $wit) -> Self {
                match value { $(<$wit>::$to => Self::$from,)* }
            }
        }
    };
}
pub(super) use cases;

cases! { Errno, wit::Errno:
    SUCCESS Success, TOOBIG Toobig, ACCES Acces, ADDRINUSE Addrinuse, ADDRNOTAVAIL Addrnotavail,
    AFNOSUPPORT Afnosupport, AGAIN Again, ALREADY Already, BADF Badf, BADMSG Badmsg, BUSY Busy, CANCELED Canceled,
    CHILD Child, CONNABORTED Connaborted, CONNREFUSED Connrefused, CONNRESET Connreset, DEADLK Deadlk,
    DESTADDRREQ Destaddrreq, DOM Dom, DQUOT Dquot, EXIST Exist, FAULT Fault, FBIG Fbig, HOSTUNREACH Hostunreach,
    IDRM Idrm, ILSEQ Ilseq, INPROGRESS Inprogress, INTR Intr, INVAL Inval, IO Io, ISCONN Isconn, ISDIR Isdir,
    LOOP Loop, MFILE Mfile, MLINK Mlink, MSGSIZE Msgsize, MULTIHOP Multihop, NAMETOOLONG Nametoolong,
    NETDOWN Netdown, NETRESET Netreset, NETUNREACH Netunreach, NFILE Nfile, NOBUFS Nobufs, NODEV Nodev, NOENT Noent,
    NOEXEC Noexec, NOLCK Nolck, NOLINK Nolink, NOMEM Nomem, NOMSG Nomsg, NOPROTOOPT Noprotoopt, NOSPC Nospc,
    NOSYS Nosys, NOTCONN Notconn, NOTDIR Notdir, NOTEMPTY Notempty, NOTRECOVERABLE Notrecoverable, NOTSOCK Notsock,
    NOTSUP Notsup, NOTTY Notty, NXIO Nxio, OVERFLOW Overflow, OWNERDEAD Ownerdead, PERM Perm, PIPE Pipe,
    PROTO Proto, PROTONOSUPPORT Protonosupport, PROTOTYPE Prototype, RANGE Range, ROFS Rofs, SPIPE Spipe, SRCH Srch,
    STALE Stale, TIMEDOUT Timedout, TXTBSY Txtbsy, XDEV Xdev, NOTCAPABLE Notcapable,
}

cases! { FileKind, wit::FileKind:
    Unknown Unknown, Regular Regular, Directory Directory, Symlink Symlink, CharacterDevice CharacterDevice,
    BlockDevice BlockDevice, Fifo Fifo, Socket Socket,
}

impl From<Fault> for WitFault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Errno(errno) => Self::Errno(errno.into()),
            Fault::Blocked => Self::Blocked,
            Fault::Gone => Self::Gone,
        }
    }
}

impl From<Timespec> for wit::Timespec {
    fn from(Timespec { seconds, nanoseconds }: Timespec) -> Self {
        Self { seconds, nanoseconds }
    }
}

impl From<wit::Timespec> for Timespec {
    fn from(wit::Timespec { seconds, nanoseconds }: wit::Timespec) -> Self {
        Self { seconds, nanoseconds: nanoseconds.min(999_999_999) }
    }
}

impl From<Extent> for wit::Extent {
    fn from(Extent { handle, offset, length, append }: Extent) -> Self {
        Self { handle, offset, length, append }
    }
}

impl From<FileStat> for wit::FileStat {
    fn from(stat: FileStat) -> Self {
        Self {
            device: stat.device,
            inode: stat.inode,
            kind: stat.kind.into(),
            mode: stat.mode,
            links: stat.links,
            uid: stat.uid,
            gid: stat.gid,
            device_id: stat.device_id,
            size: stat.size,
            blocks: stat.blocks,
            block_size: stat.block_size,
            accessed: stat.accessed.into(),
            modified: stat.modified.into(),
            changed: stat.changed.into(),
            created: stat.created.into(),
        }
    }
}

impl From<wit::FileStat> for FileStat {
    fn from(stat: wit::FileStat) -> Self {
        Self {
            device: stat.device,
            inode: stat.inode,
            kind: stat.kind.into(),
            mode: stat.mode,
            links: stat.links,
            uid: stat.uid,
            gid: stat.gid,
            device_id: stat.device_id,
            size: stat.size,
            blocks: stat.blocks,
            block_size: stat.block_size,
            accessed: stat.accessed.into(),
            modified: stat.modified.into(),
            changed: stat.changed.into(),
            created: stat.created.into(),
        }
    }
}

impl From<DirectoryEntry> for wit::DirectoryEntry {
    fn from(DirectoryEntry { inode, kind, name, next }: DirectoryEntry) -> Self {
        Self { inode, kind: kind.into(), name, next }
    }
}

impl From<wit::DirectoryEntry> for DirectoryEntry {
    fn from(wit::DirectoryEntry { inode, kind, name, next }: wit::DirectoryEntry) -> Self {
        Self { inode, kind: kind.into(), name, next }
    }
}

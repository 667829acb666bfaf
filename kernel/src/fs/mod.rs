//! Files and directories: the virtual file system, its mounts, and the calls on descriptors.
//!
//! A path is resolved (`resolve.rs`) to a [`location::Place`]; each call is in a file of its own name and decides by the
//! kind of node what to do: inodes in kernel memory, paths of a host store, lower files of an overlay, files of /proc.

mod access;
mod advance;
mod allocate;
mod available;
mod chdir;
mod chmod;
mod chown;
mod close;
mod credentials;
mod data;
pub(crate) mod devices;
mod directory;
mod dup;
mod entry;
mod hash;
mod inode;
mod link;
mod location;
mod locks;
mod lookup_cache;
mod mkdir;
mod mknod;
pub(crate) mod mounts;
mod open;
mod open_node;
mod overlay;
mod path;
pub mod pipe;
pub(crate) mod proc_fs;
mod program;
mod read;
mod readdir;
mod readlink;
mod rename;
mod reopen;
pub(crate) mod resolve;
mod rmdir;
mod seek;
mod set_times;
mod sockets;
mod stat;
mod statfs;
mod status_flags;
mod store;
mod symlink;
mod sync;
mod truncate;
mod types;
mod umask;
mod unlink;
mod validate;
pub mod watch;
mod write;

pub use credentials::Credentials;
pub use location::{FileId, Location};
pub use mounts::Vfs;
pub use open_node::OpenNode;
pub use types::{
    AccessMode, DirectoryEntry, FileKind, FileStat, FileSystemStat, Input, Lock, LockHolder, LockKind, Output,
    RenameMode, SetTime, StatusFlags, StoreFlags, StoreSpace, Walked, WatchEvents, Whence,
};

pub(crate) use directory::Directory;
pub(crate) use inode::Content;
pub(crate) use location::{Node, Place, StorePath};
pub(crate) use lookup_cache::LookupCache;

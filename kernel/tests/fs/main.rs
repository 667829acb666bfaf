//! The file system calls, by feature.

mod against_native;
mod directories;
mod fifos;
mod file_model;
mod files;
mod locks;
mod mounts;
mod names;
mod overlay;
mod permissions;
mod proc_fs;
mod processes;
mod rename;
mod store;
mod watch;

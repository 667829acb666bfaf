//! What can go wrong.

use vivarium_runner::store::ImageError;
use vivarium_runner::{Errno, Fault, KernelError, Stop};

use crate::ConfigError;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The set-up is incomplete.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The kernel could not be loaded or booted, or it failed.
    #[error(transparent)]
    Kernel(KernelError),
    /// The base image cannot be used.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The WebAssembly engine could not be set up.
    #[error(transparent)]
    Wasm(#[from] vivarium_wasm::WasmError),
    /// A program is not to be found in the machine's PATH.
    #[error("{0}: command not found")]
    NotFound(String),
    /// The machine's kernel says no.
    #[error("{operation} {object}: {}", describe(*.errno))]
    Errno {
        /// What was attempted.
        operation: &'static str,
        /// On what.
        object: String,
        /// Why it failed.
        errno: Errno,
    },
    /// The machine is over.
    #[error("the virtual machine is over: {0}")]
    Over(String),
}

impl Error {
    pub(crate) fn new(operation: &'static str, object: impl Into<String>, stop: impl Into<Stop>) -> Self {
        match stop.into() {
            Stop::Errno(errno) => Self::Errno { operation, object: object.into(), errno },
            Stop::Gone => Self::Over("it was shut down".to_owned()),
        }
    }

    /// The error number, where the machine's kernel gave one.
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Self::Errno { errno, .. } => Some(*errno),
            Self::NotFound(_) => Some(Errno::Noent),
            _ => None,
        }
    }
}

impl From<KernelError> for Error {
    fn from(error: KernelError) -> Self {
        match error {
            KernelError::Boot { path, errno } if !path.as_os_str().is_empty() => {
                Self::Errno { operation: "cannot use", object: path.to_string_lossy().into_owned(), errno }
            }
            error => Self::Kernel(error),
        }
    }
}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        let kind = error.errno().map_or(std::io::ErrorKind::Other, kind);
        Self::new(kind, error)
    }
}

/// As an error of `std`.
pub(crate) fn io_error(fault: Fault) -> std::io::Error {
    match fault {
        Fault::Errno(errno) => std::io::Error::new(kind(errno), describe(errno)),
        Fault::Blocked => std::io::ErrorKind::WouldBlock.into(),
        Fault::Gone => std::io::Error::new(std::io::ErrorKind::BrokenPipe, "the virtual machine is over"),
    }
}

fn kind(errno: Errno) -> std::io::ErrorKind {
    use std::io::ErrorKind;
    match errno {
        Errno::Noent => ErrorKind::NotFound,
        Errno::Acces | Errno::Perm => ErrorKind::PermissionDenied,
        Errno::Exist => ErrorKind::AlreadyExists,
        Errno::Notdir => ErrorKind::NotADirectory,
        Errno::Isdir => ErrorKind::IsADirectory,
        Errno::Notempty => ErrorKind::DirectoryNotEmpty,
        Errno::Rofs => ErrorKind::ReadOnlyFilesystem,
        Errno::Nospc => ErrorKind::StorageFull,
        Errno::Pipe => ErrorKind::BrokenPipe,
        Errno::Inval => ErrorKind::InvalidInput,
        Errno::Intr => ErrorKind::Interrupted,
        Errno::Again => ErrorKind::WouldBlock,
        Errno::Timedout => ErrorKind::TimedOut,
        _ => ErrorKind::Other,
    }
}

/// The message of an error number, as strerror() words it.
fn describe(errno: Errno) -> String {
    let text = match errno {
        Errno::Noent => "No such file or directory",
        Errno::Acces => "Permission denied",
        Errno::Perm => "Operation not permitted",
        Errno::Exist => "File exists",
        Errno::Notdir => "Not a directory",
        Errno::Isdir => "Is a directory",
        Errno::Notempty => "Directory not empty",
        Errno::Rofs => "Read-only file system",
        Errno::Nospc => "No space left on device",
        Errno::Inval => "Invalid argument",
        Errno::Loop => "Too many levels of symbolic links",
        Errno::Nametoolong => "File name too long",
        Errno::Mfile | Errno::Nfile => "Too many open files",
        Errno::Again => "Resource temporarily unavailable",
        Errno::Noexec => "Exec format error",
        Errno::Busy => "Device or resource busy",
        Errno::Xdev => "Invalid cross-device link",
        Errno::Io => "Input/output error",
        Errno::Srch => "No such process",
        Errno::Toobig => "Argument list too long",
        other => return format!("{other:?}"),
    };
    text.to_owned()
}

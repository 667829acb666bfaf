//! Where a program's standard streams lead.

use crate::{PipeReader, PipeWriter, Pty};

/// Where one of a program's standard streams leads.
#[derive(Debug, Default)]
pub struct Stdio(pub(crate) Kind);

#[derive(Debug, Default)]
pub(crate) enum Kind {
    #[default]
    Null,
    Piped,
    File {
        path: Vec<u8>,
        append: bool,
    },
    /// A descriptor of pid 1.
    Fd(u32),
}

impl Stdio {
    /// Nothing to read; what is written is dropped.
    pub fn null() -> Self {
        Self(Kind::Null)
    }

    /// A pipe to the embedder.
    pub fn piped() -> Self {
        Self(Kind::Piped)
    }

    /// A file of the machine, read from the start or written anew.
    pub fn file(path: impl AsRef<[u8]>) -> Self {
        Self(Kind::File { path: path.as_ref().to_vec(), append: false })
    }

    /// A file of the machine that is written at its end.
    pub fn append(path: impl AsRef<[u8]>) -> Self {
        Self(Kind::File { path: path.as_ref().to_vec(), append: true })
    }
}

impl From<&PipeReader> for Stdio {
    fn from(pipe: &PipeReader) -> Self {
        Self(Kind::Fd(pipe.fd()))
    }
}

impl From<&PipeWriter> for Stdio {
    fn from(pipe: &PipeWriter) -> Self {
        Self(Kind::Fd(pipe.fd()))
    }
}

impl From<&Pty> for Stdio {
    fn from(pty: &Pty) -> Self {
        Self(Kind::Fd(pty.terminal_fd()))
    }
}

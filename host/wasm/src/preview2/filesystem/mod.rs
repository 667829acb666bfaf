//! `wasi:filesystem`.

mod convert;
mod descriptor;
mod directory;
mod error;
mod preopens;

pub use descriptor::Descriptor;
pub use directory::DirectoryEntryStream;
pub use error::Failure;

//! Compiled code on disk, found by the content it was compiled from.
//!
//! An entry is one file, `<hash of source and engine>`: a header with a hash of the rest, then the machine code. It is
//! written beside its place and renamed, so that a torn write is never seen; a file that is damaged, of another owner, or
//! writable by others is not trusted, but compiled anew.

use std::fs::{self, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::Engine;

const MAGIC: &[u8; 8] = b"VIVAOT\0\x01";
const HEADER: usize = MAGIC.len() + blake3::OUT_LEN;

/// A folder of compiled code; without one, everything is compiled again in each process.
#[derive(Clone, Debug, Default)]
pub struct AotCache {
    folder: Option<PathBuf>,
    progress: Option<Progress>,
}

/// Called when a compilation begins, with the name and length of what is compiled.
#[derive(Clone)]
pub struct Progress(pub Arc<Report>);

/// See [`Progress`].
pub type Report = dyn Fn(&str, usize) + Send + Sync;

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}

/// What is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A core module.
    Module,
    /// A component.
    Component,
}

impl Form {
    /// What it begins with, by the binary format's version and layer.
    fn preamble(self) -> &'static [u8; 8] {
        match self {
            Self::Module => b"\0asm\x01\0\0\0",
            Self::Component => b"\0asm\x0d\0\x01\0",
        }
    }
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Module => "module",
            Self::Component => "component",
        })
    }
}

/// Why code could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum AotError {
    /// It is something else.
    #[error("{name} is not a WebAssembly {form}")]
    Form {
        /// What was to be compiled.
        name: String,
        /// What it should be.
        form: Form,
    },
    /// The code itself is at fault.
    #[error("{name} is not valid WebAssembly")]
    Invalid {
        /// What was to be compiled.
        name: String,
        /// What the compiler says.
        source: wasmtime::Error,
    },
    /// The cache folder cannot be used.
    #[error("cannot use the code cache {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl AotCache {
    /// A cache in this folder, made (for its owner alone) if it is missing.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, AotError> {
        let folder = folder.into();
        let checked = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).and_then(|()| {
            let metadata = fs::metadata(&folder)?;
            if trusted(&metadata) {
                Ok(())
            } else {
                Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "it belongs to, or can be written by, somebody else",
                ))
            }
        });
        match checked {
            Ok(()) => Ok(Self { folder: Some(folder), progress: None }),
            Err(source) => Err(AotError::Folder { path: folder, source }),
        }
    }

    /// A cache that keeps nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Says when a compilation begins.
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// The machine code of `source`, from the cache or compiled now.
    pub fn load(&self, engine: &Engine, form: Form, name: &str, source: &[u8]) -> Result<Vec<u8>, AotError> {
        let place = self.folder.as_ref().map(|folder| folder.join(file_name(engine, form, source)));
        if let Some(code) = place.as_deref().and_then(|place| read(place).ok().flatten()) {
            return Ok(code);
        }
        if !source.starts_with(form.preamble()) {
            return Err(AotError::Form { name: name.to_owned(), form });
        }
        if let Some(Progress(report)) = &self.progress {
            report(name, source.len());
        }
        let compiled = match form {
            Form::Module => engine.precompile_module(source),
            Form::Component => engine.precompile_component(source),
        };
        let code = compiled.map_err(|source| AotError::Invalid { name: name.to_owned(), source })?;
        if let Some(place) = place
            && let Err(error) = write(&place, &code)
        {
            // A full disk must not keep a program from running.
            tracing::warn!(path = %place.display(), %error, "cannot keep compiled code");
        }
        Ok(code)
    }
}

fn file_name(engine: &Engine, form: Form, source: &[u8]) -> String {
    let mut compatibility = Compatibility(blake3::Hasher::new());
    engine.precompile_compatibility_hash().hash(&mut compatibility);
    form.hash(&mut compatibility);
    compatibility.0.update(source);
    compatibility.0.finalize().to_hex().to_string()
}

/// Feeds what is `Hash`ed to a hash function whose result is the same in every process.
struct Compatibility(blake3::Hasher);

impl Hasher for Compatibility {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

fn trusted(metadata: &fs::Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

/// The code in a cache file; `None` where it is not to be trusted.
fn read(place: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(place)?;
    let metadata = file.metadata()?;
    if !trusted(&metadata) || !metadata.is_file() {
        return Ok(None);
    }
    let mut header = [0; HEADER];
    file.read_exact(&mut header)?;
    let mut code = Vec::with_capacity((metadata.len() as usize).saturating_sub(HEADER));
    file.read_to_end(&mut code)?;
    let (magic, sum) = header.split_at(MAGIC.len());
    Ok((magic == MAGIC && blake3::hash(&code).as_bytes() == sum).then_some(code))
}

fn write(place: &Path, code: &[u8]) -> io::Result<()> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let unique = format!("tmp-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let temporary = place.with_extension(unique);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let written = (|| {
        file.write_all(MAGIC)?;
        file.write_all(blake3::hash(code).as_bytes())?;
        file.write_all(code)?;
        fs::rename(&temporary, place)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// The hash by which content is told apart.
pub fn content_hash(content: &[u8]) -> [u8; 32] {
    *blake3::hash(content).as_bytes()
}

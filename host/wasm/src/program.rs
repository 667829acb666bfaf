//! Compiled programs, found again by what they were started from.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use vivarium_runner::aot::{AotError, Form};
use vivarium_runner::{Fault, ProgramSource, StartRequest, Task};
use wasmtime::component::Component;
use wasmtime::{InstancePre, Module};

use crate::executor::Inner;
use crate::guest::Guest;
use crate::preview2::CommandPre;

/// The most bytes a program may have.
const MAX_SIZE: u64 = 512 << 20;

/// How many files are remembered before those that may be gone are forgotten.
const MAX_FILES: usize = 4096;

/// A program ready to be instantiated.
pub(crate) enum Program {
    /// A core module of WASI preview 1.
    Module(InstancePre<Guest>),
    /// A component of WASI 0.2.
    Component(CommandPre<Guest>),
}

/// Programs of this process: by file where files never change, and by content.
#[derive(Default)]
pub(crate) struct Programs {
    by_file: RwLock<HashMap<FileKey, Arc<Program>>>,
    by_content: RwLock<HashMap<[u8; 32], Arc<Program>>>,
}

/// A file whose content is known to be the same each time.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum FileKey {
    /// In an image: the image, the file.
    Image(u64, u64),
    /// In a kernel's memory: the kernel, and the key it gives.
    Kernel(u64, u64, u64, u64),
}

/// Why a program could not be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("the program cannot be read: {0:?}")]
    Read(Fault),
    #[error("a program of {0} bytes is too large")]
    TooLarge(u64),
    #[error(transparent)]
    Compile(#[from] CompileError),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum CompileError {
    #[error(transparent)]
    Aot(#[from] AotError),
    #[error("cannot execute: {0:#}")]
    Link(wasmtime::Error),
}

impl Programs {
    /// The program of a start request.
    pub(crate) async fn load(
        &self,
        executor: &Arc<Inner>,
        task: &Task,
        request: &StartRequest,
    ) -> Result<Arc<Program>, LoadError> {
        let key = file_key(task, request);
        if let Some(program) = key.and_then(|key| self.by_file.read().get(&key).cloned()) {
            return Ok(program);
        }
        if request.size > MAX_SIZE {
            return Err(LoadError::TooLarge(request.size));
        }
        let wasm = read(task, request).map_err(LoadError::Read)?;
        let executor = Arc::clone(executor);
        let name = String::from_utf8_lossy(&request.path).into_owned();
        let compile = move || executor.programs.compile(&executor, &name, &wasm);
        // Compiling takes seconds at times: not where other guests want to run.
        let program = tokio::task::spawn_blocking(compile).await.expect("compiling does not panic")?;
        if let Some(key) = key {
            self.remember(key, Arc::clone(&program));
        }
        Ok(program)
    }

    fn remember(&self, key: FileKey, program: Arc<Program>) {
        let mut programs = self.by_file.write();
        if programs.len() >= MAX_FILES {
            // Files in kernels' memory come and go; those of images stay.
            programs.retain(|key, _| matches!(key, FileKey::Image(..)));
        }
        programs.insert(key, program);
    }

    /// The program with this content.
    pub(crate) fn compile(&self, executor: &Inner, name: &str, wasm: &[u8]) -> Result<Arc<Program>, CompileError> {
        let content = vivarium_runner::aot::content_hash(wasm);
        if let Some(program) = self.by_content.read().get(&content) {
            return Ok(Arc::clone(program));
        }
        let form = if is_component(wasm) { Form::Component } else { Form::Module };
        let code = executor.cache.load(&executor.engine, form, name, wasm)?;
        let program = Arc::new(executor.link(form, &code).map_err(CompileError::Link)?);
        self.by_content.write().insert(content, Arc::clone(&program));
        Ok(program)
    }
}

impl Inner {
    /// A program of machine code that the cache has given, with what it imports.
    fn link(&self, form: Form, code: &[u8]) -> wasmtime::Result<Program> {
        match form {
            Form::Module => {
                // SAFETY: this process has compiled the code, or it is of a cache file of this user's whose hash was checked.
                let module = unsafe { Module::deserialize(&self.engine, code) }?;
                Ok(Program::Module(self.linker.instantiate_pre(&module)?))
            }
            Form::Component => {
                // SAFETY: as above.
                let component = unsafe { Component::deserialize(&self.engine, code) }?;
                Ok(Program::Component(CommandPre::new(self.components.instantiate_pre(&component)?)?))
            }
        }
    }
}

/// Whether the header is that of a component.
fn is_component(wasm: &[u8]) -> bool {
    wasm.get(6..8) == Some(&[1, 0])
}

fn file_key(task: &Task, request: &StartRequest) -> Option<FileKey> {
    match request.source {
        ProgramSource::Store((handle, _)) => {
            let (image, file) = task.kernel().store_file(handle).ok()?.identity()?;
            Some(FileKey::Image(image, file))
        }
        ProgramSource::Kernel((device, inode, generation)) => {
            Some(FileKey::Kernel(task.kernel().id(), device, inode, generation))
        }
    }
}

fn read(task: &Task, request: &StartRequest) -> Result<Vec<u8>, Fault> {
    let mut wasm = Vec::with_capacity(request.size as usize);
    match request.source {
        ProgramSource::Store((handle, _)) => {
            let file = task.kernel().store_file(handle)?;
            wasm.resize(request.size as usize, 0);
            let mut count = 0;
            while count < wasm.len() {
                match file.read_at(&mut wasm[count..], count as u64)? {
                    0 => break,
                    more => count += more,
                }
            }
            wasm.truncate(count);
        }
        ProgramSource::Kernel(_) => {
            while (wasm.len() as u64) < request.size {
                let part = task.read_program(wasm.len() as u64, 1 << 20)?;
                if part.is_empty() {
                    break;
                }
                wasm.extend_from_slice(&part);
            }
        }
    }
    Ok(wasm)
}

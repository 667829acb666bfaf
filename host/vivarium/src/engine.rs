//! The engine: what all virtual machines of a process share.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::RwLock;
use vivarium_runner::KernelEngine;
use vivarium_runner::aot::AotCache;
use vivarium_runner::store::Image;
use vivarium_wasm::WasmExecutor;

use crate::{Config, Error, NativeRuntime, Snapshot, Vm, VmBuilder};

/// What all virtual machines of a process share: the compiled kernel, the base image, the executors. Cheap to clone.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) kernel: Arc<KernelEngine>,
    pub(crate) image: Image,
    pub(crate) wasm: WasmExecutor,
    pub(crate) natives: RwLock<HashMap<String, Arc<dyn NativeRuntime>>>,
    cache: AotCache,
    kernels: vivarium_runner::Budget,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("image", &self.0.image).finish_non_exhaustive()
    }
}

impl Engine {
    /// Sets up an engine. The first time on a machine this compiles the kernel, which takes a second or two; the result is
    /// kept in the cache.
    pub fn new(config: Config) -> Result<Self, Error> {
        let kernel_path = Config::find(config.kernel.as_deref(), "kernel.wasm")?;
        let image_path = Config::find(config.image.as_deref(), "base.tar")?;
        let mut cache = match config.cache_folder() {
            Some(folder) => AotCache::open(folder).map_err(vivarium_runner::KernelError::Aot)?,
            None => AotCache::none(),
        };
        if let Some(progress) = &config.progress {
            cache = cache.with_progress(progress.clone());
        }
        let kernel = Arc::new(KernelEngine::open(&kernel_path, &cache, config.kernels)?);
        let image = Image::open(&image_path)?;
        let wasm = WasmExecutor::new(cache.clone(), config.guests)?;
        let natives = RwLock::default();
        let engine = Self(Arc::new(Inner { kernel, image, wasm, natives, cache, kernels: config.kernels }));
        #[cfg(feature = "js")]
        if let Some(folder) = Config::node_folder() {
            engine.register(vivarium_js::RUNTIME, Arc::new(crate::node::Node::new(folder)));
        }
        Ok(engine)
    }

    /// Runs programs whose file begins with `\0viv`, this name and a newline by `runtime`.
    pub fn register(&self, name: &str, runtime: Arc<dyn NativeRuntime>) {
        self.0.natives.write().insert(name.to_owned(), runtime);
    }

    /// A virtual machine to be set up.
    pub fn vm(&self) -> VmBuilder {
        VmBuilder::new(self.clone())
    }

    /// A machine with the files, mounts and settings of a snapshot. The mounts of the host are granted by `builder`, as they
    /// were when the machine was first booted.
    pub async fn restore(&self, builder: VmBuilder, snapshot: &Snapshot) -> Result<Vm, Error> {
        builder.restore(snapshot).await
    }

    /// The base image.
    pub fn image(&self) -> &Image {
        &self.0.image
    }

    /// Compiles a WebAssembly program ahead of its first start.
    pub fn precompile(&self, name: &str, wasm: &[u8]) -> Result<(), Error> {
        Ok(self.0.wasm.precompile(name, wasm)?)
    }

    /// Compiles every program of the base image that is not in the cache yet: what an installation does once, so that no
    /// program's first start takes longer than its second.
    pub fn precompile_image(&self) -> Result<(), Error> {
        let image = self.image();
        let mut seen = HashSet::new();
        for file in image.files() {
            if seen.insert(file.inode) && image.read(&file, 4)? == *b"\0asm" {
                self.precompile(&String::from_utf8_lossy(&file.path), &image.read(&file, file.size)?)?;
            }
        }
        Ok(())
    }

    /// Loads a kernel build for [`Vm::swap_kernel`].
    pub(crate) fn load_kernel(&self, wasm: &[u8]) -> Result<KernelEngine, Error> {
        Ok(KernelEngine::new(wasm, &self.0.cache, self.0.kernels)?)
    }
}

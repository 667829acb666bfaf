//! How an engine is set up.

use std::path::{Path, PathBuf};

use vivarium_runner::aot::Progress;

/// Where an engine finds its parts, and how much it may run at once.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(crate) kernel: Option<PathBuf>,
    pub(crate) image: Option<PathBuf>,
    pub(crate) cache: Option<PathBuf>,
    pub(crate) no_cache: bool,
    pub(crate) progress: Option<Progress>,
    pub(crate) kernels: vivarium_runner::Budget,
    pub(crate) guests: vivarium_wasm::Budget,
}

/// Why a part was not found.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file of the distribution is missing.
    #[error("cannot find {name}: not in {}; build it with `./just build`, or say where it is by Config", places.join(", "))]
    Missing {
        /// The file.
        name: &'static str,
        /// Where it was looked for.
        places: Vec<String>,
    },
}

impl Config {
    /// The kernel component to run, in place of the distribution's.
    pub fn kernel(mut self, path: impl Into<PathBuf>) -> Self {
        self.kernel = Some(path.into());
        self
    }

    /// The base image (a tar archive), in place of the distribution's.
    pub fn image(mut self, path: impl Into<PathBuf>) -> Self {
        self.image = Some(path.into());
        self
    }

    /// The folder for compiled code, in place of the user's cache.
    pub fn cache(mut self, path: impl Into<PathBuf>) -> Self {
        self.cache = Some(path.into());
        self
    }

    /// Keeps no compiled code: each process compiles anew.
    pub fn without_cache(mut self) -> Self {
        self.no_cache = true;
        self
    }

    /// Is told when something is compiled that may take a while.
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// The most virtual machines at once.
    pub fn max_vms(mut self, count: u32) -> Self {
        self.kernels.kernels = count;
        self
    }

    /// The most WebAssembly processes at once, in all machines together.
    pub fn max_processes(mut self, count: u32) -> Self {
        self.guests.processes = count;
        self
    }

    pub(crate) fn find(given: Option<&Path>, name: &'static str) -> Result<PathBuf, ConfigError> {
        if let Some(path) = given {
            return Ok(path.to_owned());
        }
        let places = distributions();
        let found = places.iter().map(|place| place.join(name)).find(|path| path.is_file());
        found.ok_or_else(|| ConfigError::Missing {
            name,
            places: places.iter().map(|place| place.display().to_string()).collect(),
        })
    }

    /// The folder with the JavaScript executor's files, where they have been built.
    #[cfg(feature = "js")]
    pub(crate) fn node_folder() -> Option<PathBuf> {
        distributions().into_iter().map(|place| place.join("node")).find(|folder| folder.join("node.bundle").is_file())
    }

    pub(crate) fn cache_folder(&self) -> Option<PathBuf> {
        if self.no_cache {
            return None;
        }
        self.cache.clone().or_else(|| Some(user_cache()?.join("aot")))
    }
}

/// Folders that may hold `kernel.wasm` and `base.tar`: beside the program, and where `./just build` puts them.
fn distributions() -> Vec<PathBuf> {
    let named = std::env::var_os("VIVARIUM_DIST").map(PathBuf::from);
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("../lib/vivarium")));
    let built = user_cache().map(|cache| cache.join("dist"));
    named.into_iter().chain(beside).chain(built).collect()
}

fn user_cache() -> Option<PathBuf> {
    let named = std::env::var_os("VIVARIUM_CACHE").map(PathBuf::from);
    let shared = || Some(PathBuf::from(std::env::var_os("XDG_CACHE_HOME")?).join("vivarium"));
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/vivarium"));
    named.or_else(shared).or_else(home)
}

//! `wasi:filesystem/preopens`: the root directory.

use vivarium_runner::{AT_ROOT, Stop, fs};
use wasmtime::component::Resource;

use super::super::bindings::wasi::filesystem::preopens;
use super::super::handle::Handle;
use super::super::unwind;
use super::Descriptor;
use crate::guest::Guest;

impl preopens::Host for Guest {
    async fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let flags = fs::OpenFlags::READ | fs::OpenFlags::DIRECTORY | fs::OpenFlags::CLOSE_ON_EXEC;
        match self.task.wait(|task| task.open(AT_ROOT, b"/", flags, 0)).await {
            Ok(fd) => Ok(vec![(self.resources.push(Descriptor(Handle::new(fd)))?, "/".to_owned())]),
            Err(Stop::Errno(errno)) => {
                tracing::debug!(?errno, "a component goes without a file tree");
                Ok(Vec::new())
            }
            Err(stop) => Err(unwind(stop)),
        }
    }
}

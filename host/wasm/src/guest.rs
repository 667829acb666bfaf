//! What the host keeps of a running guest.

use std::sync::Arc;

use vivarium_runner::{AT_ROOT, Fd, Task, proc};
use wasmtime::component::ResourceTable;
use wasmtime::{Memory, ResourceLimiter};

use crate::limits::Share;
use crate::meter::Meter;
use crate::ticker::Running;

/// The preopened directory of preview 1: not a descriptor of the kernel, but a constant for where paths begin. There is but
/// the root: the guests' library strips `/` and `.` alike, so that a second one would take all paths. It keeps a current
/// directory of its own, which programs that know `vivarium_preview1` set when they start.
const PREOPENS: [(Fd, &[u8], Fd); 1] = [(3, b"/", AT_ROOT)];

/// The data of a guest's wasmtime store.
pub(crate) struct Guest {
    pub(crate) task: Task,
    /// A module's linear memory, once it is instantiated.
    pub(crate) memory: Option<Memory>,
    pub(crate) arguments: Strings,
    pub(crate) environment: Strings,
    /// What a component has of resources; no module has any.
    pub(crate) resources: ResourceTable,
    pub(crate) share: Share,
    /// CPU time used.
    pub(crate) meter: Arc<Meter>,
    /// CPU time that the kernel knows of, in nanoseconds.
    pub(crate) cpu_reported: u64,
    /// What the call under way has to remember while it is repeated.
    pub(crate) call: Ongoing,
    /// Keeps the clock tick going.
    pub(crate) _running: Running,
}

/// State of a call that is repeated after a wait.
#[derive(Default)]
pub(crate) struct Ongoing {
    /// Bytes written so far.
    pub(crate) written: usize,
    /// When it ends at the latest, fixed when it began.
    pub(crate) deadline: Option<u64>,
    /// When it began, where that matters to it.
    pub(crate) since: Option<u64>,
    /// Whether it has been tried before.
    pub(crate) begun: bool,
}

/// Strings as preview 1 hands them over: each ended by a NUL, one after another.
pub(crate) struct Strings {
    pub(crate) bytes: Vec<u8>,
    pub(crate) count: u32,
}

impl Strings {
    pub(crate) fn new(strings: &[Vec<u8>]) -> Self {
        let mut bytes = Vec::with_capacity(strings.iter().map(|string| string.len() + 1).sum());
        for string in strings {
            bytes.extend_from_slice(string);
            bytes.push(0);
        }
        Self { bytes, count: strings.len() as u32 }
    }

    /// Each of them, without the NUL.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.split_inclusive(|&byte| byte == 0).map(|string| &string[..string.len() - 1])
    }
}

impl Guest {
    /// Takes the CPU time that the kernel does not know of, in nanoseconds.
    pub(crate) fn take_cpu(&mut self) -> u64 {
        let used = self.meter.used();
        used - std::mem::replace(&mut self.cpu_reported, used)
    }
}

/// RLIMIT_AS is asked of the kernel each time, since others may change it; then the guest takes from its share.
impl ResourceLimiter for Guest {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if let Ok(limit) = self.task.get_limit(0, proc::Resource::AddressSpace) {
            self.share.0.limit = limit.soft.try_into().unwrap_or(usize::MAX);
        }
        self.share.memory_growing(current, desired, maximum)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.share.memory_grow_failed(error)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.share.table_growing(current, desired, maximum)
    }
}

/// The name under which a preview-1 descriptor is preopened.
pub(crate) fn preopen_name(fd: u32) -> Option<&'static [u8]> {
    PREOPENS.iter().find(|(number, ..)| *number == fd).map(|(_, name, _)| *name)
}

/// The kernel's number for a preview-1 descriptor that is used as a directory.
pub(crate) fn directory(fd: u32) -> Fd {
    PREOPENS.iter().find(|(number, ..)| *number == fd).map_or(fd, |(.., at)| *at)
}

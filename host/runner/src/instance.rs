//! One kernel instance and its wasmtime store.

use wasmtime::Store;

use crate::host::HostState;
use crate::{KernelEngine, KernelError, bindings};

pub(crate) struct Instance {
    pub(crate) store: Store<HostState>,
    pub(crate) kernel: bindings::Kernel,
}

impl Instance {
    pub(crate) fn new(engine: &KernelEngine, state: HostState) -> Result<Self, KernelError> {
        let mut store = Store::new(engine.engine(), state);
        let kernel = engine.pre().instantiate(&mut store).map_err(KernelError::Instantiate)?;
        Ok(Self { store, kernel })
    }
}

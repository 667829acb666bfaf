//! One kernel instance: its wasmtime store, and the calls that need more than the generated bindings.

use wasmtime::Store;
use wasmtime::component::{ComponentType, Lift, TypedFunc, WasmList};

use crate::bindings::vivarium::kernel::types::Fault;
use crate::bindings::{self, exports::vivarium::kernel::net};
use crate::host::HostState;
use crate::{Extent, Fd, KernelEngine, KernelError, Tid};

/// `types.input`, with the bytes left in the kernel's memory.
#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Input {
    #[component(name = "bytes")]
    Bytes(WasmList<u8>),
    #[component(name = "host")]
    Host(Extent),
}

/// `net.message`, with the bytes left in the kernel's memory.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Message {
    pub(crate) data: WasmList<u8>,
    pub(crate) from: net::Address,
    pub(crate) flags: net::MessageFlags,
    pub(crate) descriptors: Vec<Fd>,
    pub(crate) credentials: Option<(u32, u32, u32)>,
}

type ReadFunc = TypedFunc<(Tid, Fd, u32), (Result<Input, Fault>,)>;
type PreadFunc = TypedFunc<(Tid, Fd, u64, u32), (Result<Input, Fault>,)>;
type ReceiveFunc = TypedFunc<(Tid, Fd, u32, net::MessageFlags), (Result<Message, Fault>,)>;

pub(crate) struct Instance {
    pub(crate) store: Store<HostState>,
    pub(crate) kernel: bindings::Kernel,
    pub(crate) read: ReadFunc,
    pub(crate) pread: PreadFunc,
    pub(crate) receive: ReceiveFunc,
}

impl Instance {
    pub(crate) fn new(engine: &KernelEngine, state: HostState) -> Result<Self, KernelError> {
        let mut store = Store::new(engine.engine(), state);
        // The generated bindings keep their instance to themselves, so it is looked up by hand.
        let instance = engine.pre().instance_pre().instantiate(&mut store).map_err(KernelError::Instantiate)?;
        let kernel = bindings::Kernel::new(&mut store, &instance).map_err(KernelError::Incompatible)?;
        let mut find = |interface: &str, name: &str| {
            let interface = instance.get_export_index(&mut store, None, interface);
            let export = interface.and_then(|index| instance.get_export_index(&mut store, Some(&index), name));
            let func = export.and_then(|index| instance.get_func(&mut store, index));
            func.ok_or_else(|| KernelError::Incompatible(wasmtime::Error::msg(format!("no function {name}"))))
        };
        let read = find("vivarium:kernel/fs@0.1.0", "read")?;
        let pread = find("vivarium:kernel/fs@0.1.0", "pread")?;
        let receive = find("vivarium:kernel/net@0.1.0", "receive")?;
        let read = read.typed(&store).map_err(KernelError::Incompatible)?;
        let pread = pread.typed(&store).map_err(KernelError::Incompatible)?;
        let receive = receive.typed(&store).map_err(KernelError::Incompatible)?;
        Ok(Self { store, kernel, read, pread, receive })
    }
}

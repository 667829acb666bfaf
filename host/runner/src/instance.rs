//! One kernel instance and its wasmtime store.

use std::cell::OnceCell;

use wasmtime::Store;
use wasmtime::component::InstancePre;

use crate::bindings::exports::vivarium::kernel::{fs, net, poll, proc, pty, system};
use crate::host::HostState;
use crate::{KernelEngine, KernelError};

pub(crate) struct Instance {
    pub(crate) store: Store<HostState>,
    pub(crate) kernel: Exports,
}

impl Instance {
    pub(crate) fn new(engine: &KernelEngine, state: HostState) -> Result<Self, KernelError> {
        Self::of(engine.pre(), engine.places(), state)
    }

    pub(crate) fn of(pre: &InstancePre<HostState>, places: &Places, state: HostState) -> Result<Self, KernelError> {
        let mut store = Store::new(pre.engine(), state);
        let instance = pre.instantiate(&mut store).map_err(KernelError::Instantiate)?;
        Ok(Self { store, kernel: Exports::new(instance, places.clone()) })
    }
}

/// Defines what is there once for each interface of the kernel.
macro_rules! interfaces {
    ($($interface:ident),*) => {
        /// Where a component has the kernel's functions.
        #[derive(Clone)]
        pub(crate) struct Places(std::sync::Arc<AllPlaces>);

        struct AllPlaces {
            $($interface: $interface::GuestIndices,)*
        }

        impl Places {
            pub(crate) fn new(pre: &InstancePre<HostState>) -> wasmtime::Result<Self> {
                Ok(Self(std::sync::Arc::new(AllPlaces { $($interface: $interface::GuestIndices::new(pre)?,)* })))
            }
        }

        /// The functions of an instance, by interface, each of which is made ready when it is first used: that checks the
        /// type of every function, which for all of them takes as long as the rest of a boot.
        pub(crate) struct Exports {
            instance: wasmtime::component::Instance,
            places: Places,
            $($interface: OnceCell<$interface::Guest>,)*
        }

        impl Exports {
            fn new(instance: wasmtime::component::Instance, places: Places) -> Self {
                Self { instance, places, $($interface: OnceCell::new(),)* }
            }

            /// Checks the types of all functions.
            pub(crate) fn check(&self, store: &mut Store<HostState>) -> wasmtime::Result<()> {
                $(self.$interface(store)?;)*
                Ok(())
            }

            $(pub(crate) fn $interface(&self, store: &mut Store<HostState>) -> wasmtime::Result<&$interface::Guest> {
                if let Some(guest) = self.$interface.get() {
                    return Ok(guest);
                }
                let guest = self.places.0.$interface.load(store, &self.instance)?;
                Ok(self.$interface.get_or_init(|| guest))
            })*
        }
    };
}

interfaces!(fs, net, poll, proc, pty, system);

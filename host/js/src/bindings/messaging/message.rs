//! A value on its way: serialized, with what is moved or shared rather than copied.
//!
//! A host object is written as its place in a list. What stands for each of them is made after the value was written, and
//! what JavaScript says of its own objects is written behind the value; a reader first makes the objects, then reads the
//! value, and then gives those objects their data.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use v8::{ValueDeserializerHelper, ValueSerializerHelper};

use super::port::{self, PortData};
use super::transfer::{Carried, Mode};
use crate::native::{self, Native};
use crate::realm::{Kept, realm, symbol};
use crate::value::*;

/// In the place of a host object: an ordinary object follows.
const ORDINARY: u32 = u32::MAX;

/// What stands for a host object.
enum Host {
    Native(Box<dyn Carried>),
    /// An object that JavaScript makes by itself: `module:Class`.
    JavaScript(String),
}

/// A serialized value.
pub(crate) struct Message {
    bytes: Vec<u8>,
    buffers: Vec<v8::SharedRef<v8::BackingStore>>,
    shared: Vec<v8::SharedRef<v8::BackingStore>>,
    modules: Vec<Arc<v8::CompiledWasmModule>>,
    hosts: Mutex<Vec<Host>>,
}

// SAFETY: backing stores are counted atomically, and one that was transferred has no other user.
unsafe impl Send for Message {}
// SAFETY: as above; nothing of a message changes but what its mutex guards.
unsafe impl Sync for Message {}

/// Throws a `DataCloneError`.
pub(crate) fn throw_clone_error(scope: &mut Scope<'_, '_>, message: &str) {
    let exports = realm(scope).object(scope, Kept::Exports);
    let error = get_function(scope, exports, "DOMException").and_then(|class| {
        let (message, name) = (string(scope, message).into(), string(scope, "DataCloneError").into());
        class.new_instance(scope, &[message, name])
    });
    match error {
        Some(error) => drop(scope.throw_exception(error.into())),
        None => throw(scope, message),
    }
}

/// An object that V8 does not clone by itself.
struct Posted {
    object: v8::Global<v8::Object>,
    native: Option<Rc<dyn Native>>,
}

impl Posted {
    fn of(scope: &mut Scope<'_, '_>, object: Object<'_>) -> Self {
        Self { object: keep(scope, object), native: native::of(scope, object.into()) }
    }

    fn mode(&self, scope: &Scope<'_, '_>) -> Mode {
        match &self.native {
            Some(native) => native.transfer_mode(),
            None => javascript_mode(scope, v8::Local::new(scope, &self.object)),
        }
    }
}

/// What JavaScript says of an object of its own (`markTransferMode`).
fn javascript_mode(scope: &Scope<'_, '_>, object: Object<'_>) -> Mode {
    let key = private(scope, "node:transfer_mode");
    let mode = object.get_private(scope, key).filter(|mode| mode.is_number());
    Mode(mode.and_then(|mode| mode.uint32_value(scope)).unwrap_or(0))
}

/// What is found while a value is written.
#[derive(Default)]
struct Found {
    hosts: RefCell<Vec<Posted>>,
    /// How many of them are moved rather than cloned: those that the transfer list told of.
    moved: Cell<usize>,
    shared: RefCell<Vec<(v8::Global<v8::SharedArrayBuffer>, v8::SharedRef<v8::BackingStore>)>>,
    modules: RefCell<Vec<Arc<v8::CompiledWasmModule>>>,
}

impl Found {
    fn position(&self, scope: &Scope<'_, '_>, object: Object<'_>) -> Option<usize> {
        self.hosts.borrow().iter().position(|other| v8::Local::new(scope, &other.object) == object)
    }

    /// Adds what objects of the transfer list want to be moved with them.
    fn add_nested(&self, scope: &mut Scope<'_, '_>) -> Option<()> {
        let mut index = 0;
        while index < self.hosts.borrow().len() {
            let object = v8::Local::new(scope, &self.hosts.borrow()[index].object);
            index += 1;
            let key = symbol(scope, "messaging_transfer_list_symbol");
            let Ok(method) = Function::try_from(object.get(scope, key.into())?) else { continue };
            let Ok(list) = v8::Local::<v8::Array>::try_from(method.call(scope, object.into(), &[])?) else { continue };
            for place in 0..list.length() {
                let Ok(nested) = Object::try_from(list.get_index(scope, place)?) else { continue };
                let nested_host = Posted::of(scope, nested);
                if self.position(scope, nested).is_none() && nested_host.mode(scope) != Mode::NONE {
                    self.hosts.borrow_mut().push(nested_host);
                }
            }
        }
        self.moved.set(index);
        Some(())
    }

    /// What stands for each object, now that it is known that the value can be written.
    fn carry<'s>(&self, scope: &mut Scope<'s, '_>, serializer: &v8::ValueSerializer<'s>) -> Option<Vec<Host>> {
        let mut carried = Vec::new();
        // Data of an object may hold further ones.
        while carried.len() < self.hosts.borrow().len() {
            let index = carried.len();
            let moved = index < self.moved.get();
            let (object, native) = {
                let host = &self.hosts.borrow()[index];
                (v8::Local::new(scope, &host.object), host.native.clone())
            };
            carried.push(match native {
                Some(native) => Host::Native(native.carry(scope, moved)?),
                None => {
                    let (info, data) = javascript_parts(scope, object, moved)?;
                    let context = scope.get_current_context();
                    serializer.write_value(context, data).filter(|written| *written)?;
                    Host::JavaScript(info)
                }
            });
        }
        Some(carried)
    }
}

/// `[kTransfer]()` or `[kClone]()` of an object: how it is made again, and its data.
fn javascript_parts<'s>(scope: &mut Scope<'s, '_>, object: Object<'s>, moved: bool) -> Option<(String, Value<'s>)> {
    let methods = ["messaging_transfer_symbol", "messaging_clone_symbol"];
    for method in &methods[usize::from(!moved)..] {
        let key = symbol(scope, method);
        let Ok(method) = Function::try_from(object.get(scope, key.into())?) else { continue };
        let Ok(parts) = Object::try_from(method.call(scope, object.into(), &[])?) else { continue };
        let info = get(scope, parts, "deserializeInfo").to_rust_string_lossy(scope);
        return Some((info, get(scope, parts, "data")));
    }
    throw_clone_error(scope, "Cannot clone object of unsupported type.");
    None
}

struct Writer(Rc<Found>);

impl v8::ValueSerializerImpl for Writer {
    fn throw_data_clone_error<'s>(&self, scope: &mut Scope<'s, '_>, message: v8::Local<'s, v8::String>) {
        let message = message.to_rust_string_lossy(scope);
        throw_clone_error(scope, &message);
    }

    fn has_custom_host_object(&self, _isolate: &v8::Isolate) -> bool {
        true
    }

    fn is_host_object<'s>(&self, scope: &mut Scope<'s, '_>, object: Object<'s>) -> Option<bool> {
        // Native ones, and those that JavaScript has marked: also if only to say that they cannot be cloned.
        if native::of(scope, object.into()).is_some() {
            return Some(true);
        }
        let key = private(scope, "node:transfer_mode");
        object.has_private(scope, key)
    }

    fn write_host_object<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        object: Object<'s>,
        serializer: &dyn ValueSerializerHelper,
    ) -> Option<bool> {
        if realm(scope).kept(scope, Kept::EnvProxy) == Some(object.into()) {
            // A copy of the environment goes.
            let plain = plain_copy(scope, object)?;
            serializer.write_uint32(ORDINARY);
            let context = scope.get_current_context();
            return serializer.write_value(context, plain.into());
        }
        let host = Posted::of(scope, object);
        let mode = host.mode(scope);
        if mode == Mode::NONE {
            throw_clone_error(scope, "Cannot clone object of unsupported type.");
            return None;
        }
        if let Some(position) = self.0.position(scope, object) {
            serializer.write_uint32(position as u32);
            return Some(true);
        }
        if !mode.has(Mode::CLONEABLE) {
            throw_clone_error(scope, "Object that needs transfer was found in message but not listed in transferList");
            return None;
        }
        let mut hosts = self.0.hosts.borrow_mut();
        serializer.write_uint32(hosts.len() as u32);
        hosts.push(host);
        Some(true)
    }

    fn get_shared_array_buffer_id<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        buffer: v8::Local<'s, v8::SharedArrayBuffer>,
    ) -> Option<u32> {
        let mut shared = self.0.shared.borrow_mut();
        let known = shared.iter().position(|(other, _)| v8::Local::new(scope, other) == buffer);
        let id = known.unwrap_or_else(|| {
            shared.push((v8::Global::new(scope, buffer), buffer.get_backing_store()));
            shared.len() - 1
        });
        Some(id as u32)
    }

    fn get_wasm_module_transfer_id(
        &self,
        _scope: &mut Scope<'_, '_>,
        module: v8::Local<v8::WasmModuleObject>,
    ) -> Option<u32> {
        let mut modules = self.0.modules.borrow_mut();
        modules.push(Arc::new(module.get_compiled_module()));
        Some(modules.len() as u32 - 1)
    }
}

struct Reader {
    hosts: Vec<v8::Global<v8::Object>>,
    shared: Vec<v8::SharedRef<v8::BackingStore>>,
    modules: Vec<Arc<v8::CompiledWasmModule>>,
}

impl v8::ValueDeserializerImpl for Reader {
    fn read_host_object<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        deserializer: &dyn ValueDeserializerHelper,
    ) -> Option<Object<'s>> {
        let mut place = 0;
        if !deserializer.read_uint32(&mut place) {
            return None;
        }
        if place == ORDINARY {
            let context = scope.get_current_context();
            return deserializer.read_value(context)?.try_into().ok();
        }
        self.hosts.get(place as usize).map(|object| v8::Local::new(scope, object))
    }

    fn get_shared_array_buffer_from_id<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        id: u32,
    ) -> Option<v8::Local<'s, v8::SharedArrayBuffer>> {
        let store = self.shared.get(id as usize)?;
        Some(v8::SharedArrayBuffer::with_backing_store(scope, store))
    }

    fn get_wasm_module_from_id<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        id: u32,
    ) -> Option<v8::Local<'s, v8::WasmModuleObject>> {
        v8::WasmModuleObject::from_compiled_module(scope, self.modules.get(id as usize)?)
    }
}

impl Message {
    /// Serializes a value; where that cannot be, an exception is pending. `source` is the port it is posted to.
    pub(crate) fn write<'s>(
        scope: &mut Scope<'s, '_>,
        value: Value<'s>,
        transfer: &[Value<'s>],
        source: Option<Object<'s>>,
    ) -> Option<Self> {
        let mut buffers: Vec<v8::Local<'s, v8::ArrayBuffer>> = Vec::new();
        let found = Rc::<Found>::default();
        let untransferable = private(scope, "node:untransferableObject");
        for entry in transfer {
            let Ok(object) = Object::try_from(*entry) else {
                throw_clone_error(scope, "Found invalid value in transferList.");
                return None;
            };
            if object.has_private(scope, untransferable)? {
                throw_clone_error(scope, "Cannot transfer object of unsupported type.");
                return None;
            }
            if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(*entry) {
                let problem = if buffer.was_detached() || !buffer.is_detachable() {
                    "Cannot transfer object of unsupported type."
                } else if buffers.contains(&buffer) {
                    "Transfer list contains duplicate ArrayBuffer"
                } else {
                    buffers.push(buffer);
                    continue;
                };
                throw_clone_error(scope, problem);
                return None;
            }
            if source == Some(object) {
                throw_clone_error(scope, "Transfer list contains source port");
                return None;
            }
            if port::is_detached(scope, object) {
                throw_clone_error(scope, "MessagePort in transfer list is already detached");
                return None;
            }
            if found.position(scope, object).is_some() {
                let class = object.get_constructor_name().to_rust_string_lossy(scope);
                throw_clone_error(scope, &format!("Transfer list contains duplicate {class}"));
                return None;
            }
            let host = Posted::of(scope, object);
            if !host.mode(scope).has(Mode::TRANSFERABLE) {
                throw_clone_error(scope, "Found invalid value in transferList.");
                return None;
            }
            found.hosts.borrow_mut().push(host);
        }
        found.add_nested(scope)?;
        let serializer = v8::ValueSerializer::new(scope, Box::new(Writer(Rc::clone(&found))));
        serializer.write_header();
        for (index, buffer) in buffers.iter().enumerate() {
            serializer.transfer_array_buffer(index as u32, *buffer);
        }
        let context = scope.get_current_context();
        serializer.write_value(context, value).filter(|written| *written)?;
        let stores = buffers.iter().map(|buffer| buffer.get_backing_store()).collect();
        for buffer in &buffers {
            buffer.detach(None);
        }
        let hosts = found.carry(scope, &serializer)?;
        let bytes = serializer.release();
        let shared = found.shared.take().into_iter().map(|(_, store)| store).collect();
        Some(Self { bytes, buffers: stores, shared, modules: found.modules.take(), hosts: Mutex::new(hosts) })
    }

    /// Whether it carries what only one reader can have.
    pub(crate) fn has_transferables(&self) -> bool {
        !self.buffers.is_empty() || !self.lock_hosts().is_empty()
    }

    /// Whether it carries this end of a channel.
    pub(crate) fn carries(&self, port: &PortData) -> bool {
        self.lock_hosts().iter().any(|host| matches!(host, Host::Native(carried) if carried.is_port(port)))
    }

    fn lock_hosts(&self) -> std::sync::MutexGuard<'_, Vec<Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value again, and the ports that came with it. Objects that are carried are given to the first reader.
    pub(crate) fn read<'s>(&self, scope: &mut Scope<'s, '_>) -> Option<(Value<'s>, Vec<Value<'s>>)> {
        let hosts = std::mem::take(&mut *self.lock_hosts());
        let mut objects: Vec<(Object<'s>, bool)> = Vec::new();
        for host in hosts {
            objects.push(match host {
                Host::Native(carried) => (carried.create(scope)?, false),
                Host::JavaScript(info) => {
                    let create = realm(scope).function(scope, Kept::CreateObject)?;
                    let (this, info) = (null(scope), string(scope, &info).into());
                    (Object::try_from(create.call(scope, this, &[info])?).ok()?, true)
                }
            });
        }
        let kept = objects.iter().map(|(object, _)| keep(scope, *object)).collect();
        let reader = Reader { hosts: kept, shared: self.shared.clone(), modules: self.modules.clone() };
        let deserializer = v8::ValueDeserializer::new(scope, Box::new(reader), &self.bytes);
        for (index, store) in self.buffers.iter().enumerate() {
            let buffer = v8::ArrayBuffer::with_backing_store(scope, store);
            deserializer.transfer_array_buffer(index as u32, buffer);
        }
        let context = scope.get_current_context();
        deserializer.read_header(context)?;
        let value = deserializer.read_value(context)?;
        let mut ports = Vec::new();
        for (object, javascript) in objects {
            if javascript {
                let data = deserializer.read_value(context)?;
                let key = symbol(scope, "messaging_deserialize_symbol");
                if let Ok(method) = Function::try_from(object.get(scope, key.into())?) {
                    method.call(scope, object.into(), &[data])?;
                }
            } else if port::is_port(scope, object) {
                ports.push(object.into());
            }
        }
        Some((value, ports))
    }
}

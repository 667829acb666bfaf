//! A value on its way: serialized, with what is moved or shared rather than copied.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use v8::{ValueDeserializerHelper, ValueSerializerHelper};

use super::{Port, PortData, create, take_data};
use crate::bindings::blob::{self, Blob};
use crate::bindings::handle;
use crate::realm::{Kept, realm, symbol};
use crate::value::*;

/// What stands before a host object.
const PORT: u32 = 0;
const JAVASCRIPT: u32 = 1;
const BLOB: u32 = 2;

/// Bit of the transfer mode of an object that JavaScript clones itself.
const CLONEABLE: u32 = 2;
/// The same for transfer.
const TRANSFERABLE: u32 = 1;

/// A serialized value.
pub(crate) struct Message {
    bytes: Vec<u8>,
    buffers: Vec<v8::SharedRef<v8::BackingStore>>,
    shared: Vec<v8::SharedRef<v8::BackingStore>>,
    ports: Vec<Arc<PortData>>,
    blobs: Vec<Blob>,
}

// SAFETY: backing stores are counted atomically, and one that was transferred has no other user.
unsafe impl Send for Message {}

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

#[derive(Default)]
struct Collected {
    shared: Vec<v8::SharedRef<v8::BackingStore>>,
    blobs: Vec<Blob>,
}

struct Writer {
    ports: Vec<v8::Global<v8::Object>>,
    transfer: Vec<v8::Global<v8::Object>>,
    collected: Rc<RefCell<Collected>>,
}

fn transfer_mode(scope: &Scope<'_, '_>, object: Object<'_>) -> u32 {
    let key = private(scope, "node:transfer_mode");
    object
        .get_private(scope, key)
        .filter(|mode| mode.is_number())
        .and_then(|mode| mode.uint32_value(scope))
        .unwrap_or(0)
}

impl v8::ValueSerializerImpl for Writer {
    fn throw_data_clone_error<'s>(&self, scope: &mut Scope<'s, '_>, message: v8::Local<'s, v8::String>) {
        let message = message.to_rust_string_lossy(scope);
        throw_clone_error(scope, &message);
    }

    fn has_custom_host_object(&self, _isolate: &v8::Isolate) -> bool {
        true
    }

    fn is_host_object<'s>(&self, scope: &mut Scope<'s, '_>, object: Object<'s>) -> Option<bool> {
        // Ports, blobs, and what cannot be cloned, which is then said when it is written.
        if object.is_api_wrapper() {
            return Some(true);
        }
        let key = private(scope, "node:transfer_mode");
        Some(object.has_private(scope, key)? && transfer_mode(scope, object) != 0)
    }

    fn write_host_object<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        object: Object<'s>,
        serializer: &dyn ValueSerializerHelper,
    ) -> Option<bool> {
        let position = self.ports.iter().position(|port| v8::Local::new(scope, port) == object);
        if let Some(position) = position {
            serializer.write_uint32(PORT);
            serializer.write_uint32(position as u32);
            return Some(true);
        }
        if let Some(blob) = blob::unwrap(scope, object.into()) {
            let blobs = &mut self.collected.borrow_mut().blobs;
            serializer.write_uint32(BLOB);
            serializer.write_uint32(blobs.len() as u32);
            blobs.push(blob);
            return Some(true);
        }
        if handle::unwrap::<Port>(scope, object.into()).is_some() {
            let message = "Object that needs transfer was found in message but not listed in transferList";
            let error = error_with_code(scope, Kind::Type, "ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST", message);
            scope.throw_exception(error);
            return None;
        }
        let mode = transfer_mode(scope, object);
        let moved = self.transfer.iter().any(|other| v8::Local::new(scope, other) == object);
        let method = if moved && mode & TRANSFERABLE != 0 {
            "messaging_transfer_symbol"
        } else if mode & CLONEABLE != 0 {
            "messaging_clone_symbol"
        } else {
            throw_clone_error(scope, "Cannot clone object of unsupported type.");
            return None;
        };
        let key = symbol(scope, method);
        let method = Function::try_from(object.get(scope, key.into())?).ok()?;
        let parts = Object::try_from(method.call(scope, object.into(), &[])?).ok()?;
        let info = get(scope, parts, "deserializeInfo").to_rust_string_lossy(scope);
        let data = get(scope, parts, "data");
        serializer.write_uint32(JAVASCRIPT);
        serializer.write_uint32(info.len() as u32);
        serializer.write_raw_bytes(info.as_bytes());
        let context = scope.get_current_context();
        serializer.write_value(context, data)
    }

    fn get_shared_array_buffer_id<'s>(
        &self,
        _scope: &mut Scope<'s, '_>,
        buffer: v8::Local<'s, v8::SharedArrayBuffer>,
    ) -> Option<u32> {
        let store = buffer.get_backing_store();
        let shared = &mut self.collected.borrow_mut().shared;
        shared.push(store);
        Some(shared.len() as u32 - 1)
    }
}

struct Reader {
    ports: Vec<v8::Global<v8::Object>>,
    blobs: Vec<Blob>,
    shared: Vec<v8::SharedRef<v8::BackingStore>>,
}

impl v8::ValueDeserializerImpl for Reader {
    fn read_host_object<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        deserializer: &dyn ValueDeserializerHelper,
    ) -> Option<Object<'s>> {
        // V8 forbids JavaScript while it reads.
        v8::allow_javascript_execution_scope!(let scope, scope);
        let (mut kind, mut number) = (0, 0);
        if !deserializer.read_uint32(&mut kind) || !deserializer.read_uint32(&mut number) {
            return None;
        }
        if kind == PORT {
            return self.ports.get(number as usize).map(|port| v8::Local::new(scope, port));
        }
        if kind == BLOB {
            let blob = self.blobs.get(number as usize)?.clone();
            return blob::new_handle(scope, blob);
        }
        let info = String::from_utf8_lossy(deserializer.read_raw_bytes(number as usize)?).into_owned();
        let context = scope.get_current_context();
        let data = deserializer.read_value(context)?;
        let create = realm(scope).function(scope, Kept::CreateObject)?;
        let this = undefined(scope);
        let info = string(scope, &info).into();
        let object = Object::try_from(create.call(scope, this, &[info])?).ok()?;
        let key = symbol(scope, "messaging_deserialize_symbol");
        let method = Function::try_from(object.get(scope, key.into())?).ok()?;
        method.call(scope, object.into(), &[data])?;
        Some(object)
    }

    fn get_shared_array_buffer_from_id<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        id: u32,
    ) -> Option<v8::Local<'s, v8::SharedArrayBuffer>> {
        let store = self.shared.get(id as usize)?;
        Some(v8::SharedArrayBuffer::with_backing_store(scope, store))
    }
}

impl Message {
    /// Serializes a value; where that cannot be, an exception is pending.
    pub(crate) fn write<'s>(scope: &mut Scope<'s, '_>, value: Value<'s>, transfer: &[Object<'s>]) -> Option<Self> {
        let mut buffers: Vec<v8::Local<'s, v8::ArrayBuffer>> = Vec::new();
        let mut ports: Vec<Object<'s>> = Vec::new();
        let untransferable = private(scope, "node:untransferableObject");
        for (index, object) in transfer.iter().enumerate() {
            if transfer[..index].contains(object) {
                throw_clone_error(scope, "Transfer list contains duplicate object");
                return None;
            }
            if object.get_private(scope, untransferable).is_some_and(|mark| mark.is_true()) {
                throw_clone_error(scope, "An object could not be transferred because it was marked as untransferable");
                return None;
            }
            if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(Value::from(*object)) {
                if buffer.was_detached() || !buffer.is_detachable() {
                    throw_clone_error(scope, "An ArrayBuffer is detached and could not be cloned.");
                    return None;
                }
                buffers.push(buffer);
            } else if handle::unwrap::<Port>(scope, (*object).into()).is_some() {
                ports.push(*object);
            } else if transfer_mode(scope, *object) & TRANSFERABLE == 0 {
                let message = "Found invalid object in transferList";
                throw_code(scope, Kind::Type, "ERR_INVALID_TRANSFER_OBJECT", message);
                return None;
            }
        }
        let collected = Rc::<RefCell<Collected>>::default();
        let writer = Writer {
            ports: ports.iter().map(|port| keep(scope, *port)).collect(),
            transfer: transfer.iter().map(|object| keep(scope, *object)).collect(),
            collected: Rc::clone(&collected),
        };
        let serializer = v8::ValueSerializer::new(scope, Box::new(writer));
        serializer.write_header();
        for (index, buffer) in buffers.iter().enumerate() {
            serializer.transfer_array_buffer(index as u32, *buffer);
        }
        let context = scope.get_current_context();
        if serializer.write_value(context, value) != Some(true) {
            return None;
        }
        let bytes = serializer.release();
        drop(serializer);
        let stores = buffers.iter().map(|buffer| buffer.get_backing_store()).collect();
        for buffer in &buffers {
            buffer.detach(None);
        }
        let ports = ports.into_iter().filter_map(|port| take_data(scope, port)).collect();
        let Collected { shared, blobs } = std::mem::take(&mut *collected.borrow_mut());
        Some(Self { bytes, buffers: stores, shared, ports, blobs })
    }

    /// The value again, and the ports that came with it.
    pub(crate) fn read<'s>(self, scope: &mut Scope<'s, '_>) -> Option<(Value<'s>, Value<'s>)> {
        let mut ports = Vec::new();
        for data in self.ports {
            ports.push(create(scope, data)?);
        }
        let kept = ports.iter().map(|port| keep(scope, *port)).collect();
        let reader = Reader { ports: kept, shared: self.shared, blobs: self.blobs };
        let deserializer = v8::ValueDeserializer::new(scope, Box::new(reader), &self.bytes);
        for (index, store) in self.buffers.iter().enumerate() {
            let buffer = v8::ArrayBuffer::with_backing_store(scope, store);
            deserializer.transfer_array_buffer(index as u32, buffer);
        }
        let context = scope.get_current_context();
        deserializer.read_header(context)?;
        let value = deserializer.read_value(context)?;
        let ports: Vec<Value<'s>> = ports.into_iter().map(Into::into).collect();
        Some((value, array(scope, &ports)))
    }
}

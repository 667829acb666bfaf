//! `ipc_serdes`: how messages between processes are written where `serialization` is `'advanced'`.

use v8::{ValueDeserializerHelper, ValueSerializerHelper};

use super::buffer;
use crate::table::Table;
use crate::value::*;

/// What stands before a host object: a view of a buffer, or an object that is cloned by its properties.
const VIEW: u32 = 0;
const OBJECT: u32 = 1;

/// Bytes of the length before a message.
const PREFIX: usize = 4;

/// Kinds of views, in the order of Node's `v8` module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
enum View {
    Int8,
    Uint8,
    Uint8Clamped,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Float32,
    Float64,
    Data,
    Buffer,
    BigInt64,
    BigUint64,
    Float16,
}

const VIEWS: [View; 14] = [
    View::Int8,
    View::Uint8,
    View::Uint8Clamped,
    View::Int16,
    View::Uint16,
    View::Int32,
    View::Uint32,
    View::Float32,
    View::Float64,
    View::Data,
    View::Buffer,
    View::BigInt64,
    View::BigUint64,
    View::Float16,
];

pub(super) fn table() -> Table {
    Table::new("ipc_serdes").function("serialize", serialize).function("deserialize", deserialize)
}

impl View {
    fn of(view: Value<'_>) -> Option<Self> {
        Some(match view {
            view if view.is_int8_array() => Self::Int8,
            view if view.is_uint8_array() => Self::Uint8,
            view if view.is_uint8_clamped_array() => Self::Uint8Clamped,
            view if view.is_int16_array() => Self::Int16,
            view if view.is_uint16_array() => Self::Uint16,
            view if view.is_int32_array() => Self::Int32,
            view if view.is_uint32_array() => Self::Uint32,
            view if view.is_float32_array() => Self::Float32,
            view if view.is_float64_array() => Self::Float64,
            view if view.is_data_view() => Self::Data,
            view if view.is_big_int64_array() => Self::BigInt64,
            view if view.is_big_uint64_array() => Self::BigUint64,
            view if view.is_float16_array() => Self::Float16,
            _ => return None,
        })
    }

    /// A new view of these bytes.
    fn make<'s>(self, scope: &mut Scope<'s, '_>, bytes: Vec<u8>) -> Option<Object<'s>> {
        if self == Self::Buffer {
            return buffer::new_buffer(scope, bytes).try_into().ok();
        }
        let length = bytes.len();
        let memory = array_buffer(scope, bytes);
        Some(match self {
            Self::Int8 => v8::Int8Array::new(scope, memory, 0, length)?.into(),
            Self::Uint8 | Self::Buffer => v8::Uint8Array::new(scope, memory, 0, length)?.into(),
            Self::Uint8Clamped => v8::Uint8ClampedArray::new(scope, memory, 0, length)?.into(),
            Self::Int16 => v8::Int16Array::new(scope, memory, 0, length / 2)?.into(),
            Self::Uint16 => v8::Uint16Array::new(scope, memory, 0, length / 2)?.into(),
            Self::Float16 => {
                let array = v8::Float16Array::new(scope, memory, 0, length / 2)?;
                // SAFETY: every typed array is an object; the crate has the conversion for all but this one.
                unsafe { v8::Local::cast_unchecked(array) }
            }
            Self::Int32 => v8::Int32Array::new(scope, memory, 0, length / 4)?.into(),
            Self::Uint32 => v8::Uint32Array::new(scope, memory, 0, length / 4)?.into(),
            Self::Float32 => v8::Float32Array::new(scope, memory, 0, length / 4)?.into(),
            Self::Float64 => v8::Float64Array::new(scope, memory, 0, length / 8)?.into(),
            Self::BigInt64 => v8::BigInt64Array::new(scope, memory, 0, length / 8)?.into(),
            Self::BigUint64 => v8::BigUint64Array::new(scope, memory, 0, length / 8)?.into(),
            Self::Data => v8::DataView::new(scope, memory, 0, length).into(),
        })
    }
}

/// Writes views whole, without the rest of their buffers. It knows the class `Buffer`.
struct Writer(v8::Global<v8::Value>);

impl v8::ValueSerializerImpl for Writer {
    fn throw_data_clone_error<'s>(&self, scope: &mut Scope<'s, '_>, message: v8::Local<'s, v8::String>) {
        let error = v8::Exception::error(scope, message);
        scope.throw_exception(error);
    }

    fn write_host_object<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        object: Object<'s>,
        serializer: &dyn ValueSerializerHelper,
    ) -> Option<bool> {
        let context = scope.get_current_context();
        let (Some(kind), Some(memory)) = (View::of(object.into()), Memory::of(scope, object.into())) else {
            let plain = plain_copy(scope, object)?;
            serializer.write_uint32(OBJECT);
            return serializer.write_value(context, plain.into());
        };
        let is_buffer = get(scope, object, "constructor") == v8::Local::new(scope, &self.0);
        let kind = if is_buffer { View::Buffer } else { kind };
        serializer.write_uint32(VIEW);
        serializer.write_uint32(kind as u32);
        serializer.write_uint32(memory.len() as u32);
        serializer.write_raw_bytes(memory.bytes());
        Some(true)
    }
}

struct Reader;

impl v8::ValueDeserializerImpl for Reader {
    fn read_host_object<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        deserializer: &dyn ValueDeserializerHelper,
    ) -> Option<Object<'s>> {
        let number = || {
            let mut value = 0;
            deserializer.read_uint32(&mut value).then_some(value)
        };
        if number()? == OBJECT {
            let context = scope.get_current_context();
            return deserializer.read_value(context)?.try_into().ok();
        }
        let kind = *VIEWS.get(number()? as usize)?;
        let length = number()? as usize;
        let bytes = deserializer.read_raw_bytes(length)?.to_vec();
        kind.make(scope, bytes)
    }
}

/// `serialize(value, Buffer)`: the message, its length before it.
fn serialize(scope: &mut Scope, args: Args, mut rv: Ret) {
    let writer = Writer(v8::Global::new(scope, args.get(1)));
    let serializer = v8::ValueSerializer::new(scope, Box::new(writer));
    serializer.set_treat_array_buffer_views_as_host_objects(true);
    // Its place; the length is known in the end.
    serializer.write_raw_bytes(&[0; PREFIX]);
    serializer.write_header();
    let context = scope.get_current_context();
    if serializer.write_value(context, args.get(0)) != Some(true) {
        return;
    }
    let mut bytes = serializer.release();
    let length = (bytes.len() - PREFIX) as u32;
    bytes[..PREFIX].copy_from_slice(&length.to_be_bytes());
    rv.set(buffer::new_buffer(scope, bytes));
}

/// `deserialize(bytes)`: the value of a message, which comes without its length.
fn deserialize(scope: &mut Scope, args: Args, mut rv: Ret) {
    let bytes = bytes_of(scope, args.get(0));
    let deserializer = v8::ValueDeserializer::new(scope, Box::new(Reader), &bytes);
    let context = scope.get_current_context();
    if deserializer.read_header(context) != Some(true) {
        return;
    }
    if let Some(value) = deserializer.read_value(context) {
        rv.set(value);
    }
}

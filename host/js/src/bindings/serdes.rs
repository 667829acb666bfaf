//! `serdes`: V8's serialization of values, as `v8.Serializer` and `v8.Deserializer` give it to programs.

use std::rc::Rc;

use v8::{ValueDeserializerHelper, ValueSerializerHelper};

use super::buffer;
use crate::native::{self, Native};
use crate::table::{Class, Table};
use crate::value::*;

pub(super) fn table() -> Table {
    let serializer = Class::new("Serializer", new_serializer)
        .method("writeHeader", |scope: &mut Scope, args: Args, _: Ret| {
            if let Some(this) = native::this::<Serializer>(scope, &args) {
                this.0.write_header();
            }
        })
        .method("writeValue", write_value)
        .method("releaseBuffer", release_buffer)
        .method("transferArrayBuffer", transfer_out)
        .method("writeUint32", |scope: &mut Scope, args: Args, _: Ret| {
            if let Some(this) = native::this::<Serializer>(scope, &args) {
                this.0.write_uint32(arg_u32(scope, &args, 0));
            }
        })
        .method("writeUint64", |scope: &mut Scope, args: Args, _: Ret| {
            if let Some(this) = native::this::<Serializer>(scope, &args) {
                let (high, low) = (arg_u32(scope, &args, 0), arg_u32(scope, &args, 1));
                this.0.write_uint64(u64::from(high) << 32 | u64::from(low));
            }
        })
        .method("writeDouble", |scope: &mut Scope, args: Args, _: Ret| {
            if let Some(this) = native::this::<Serializer>(scope, &args) {
                this.0.write_double(arg_f64(scope, &args, 0));
            }
        })
        .method("writeRawBytes", write_raw_bytes)
        .method("_setTreatArrayBufferViewsAsHostObjects", |scope: &mut Scope, args: Args, _: Ret| {
            if let Some(this) = native::this::<Serializer>(scope, &args) {
                this.0.set_treat_array_buffer_views_as_host_objects(args.get(0).boolean_value(scope));
            }
        });
    let deserializer = Class::new("Deserializer", new_deserializer)
        .method("readHeader", read_header)
        .method("readValue", read_value)
        .method("getWireFormatVersion", |scope: &mut Scope, args: Args, mut rv: Ret| {
            if let Some(this) = native::this::<Deserializer>(scope, &args) {
                rv.set_uint32(this.reader.get_wire_format_version());
            }
        })
        .method("transferArrayBuffer", transfer_in)
        .method("readUint32", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(this) = native::this::<Deserializer>(scope, &args) else { return };
            let mut value = 0;
            if !this.reader.read_uint32(&mut value) {
                return throw(scope, "ReadUint32() failed");
            }
            rv.set_uint32(value);
        })
        .method("readUint64", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(this) = native::this::<Deserializer>(scope, &args) else { return };
            let mut value = 0;
            if !this.reader.read_uint64(&mut value) {
                return throw(scope, "ReadUint64() failed");
            }
            let halves = [value >> 32, value & 0xffff_ffff].map(|half| number(scope, half as f64));
            rv.set(array(scope, &halves));
        })
        .method("readDouble", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(this) = native::this::<Deserializer>(scope, &args) else { return };
            let mut value = 0.0;
            if !this.reader.read_double(&mut value) {
                return throw(scope, "ReadDouble() failed");
            }
            rv.set_double(value);
        })
        .method("_readRawBytes", read_raw_bytes);
    Table::new("serdes").class(serializer).class(deserializer)
}

/// The object that V8 asks what it does not know itself. It owns the serializer, so this must not own it.
struct Delegate(v8::Weak<v8::Object>);

impl Delegate {
    fn new(scope: &mut Scope<'_, '_>, object: Object<'_>) -> Box<Self> {
        Box::new(Self(v8::Weak::new(scope, object)))
    }

    /// A method of the object, if it has one.
    fn method<'s>(&self, scope: &Scope<'s, '_>, method: &str) -> Option<(Object<'s>, Function<'s>)> {
        let object = self.0.to_local(scope)?;
        Some((object, get_function(scope, object, method)?))
    }

    fn throw_clone_error(&self, scope: &mut Scope<'_, '_>, message: &str) {
        let text = string(scope, message).into();
        match self.method(scope, "_getDataCloneError") {
            Some((object, method)) => {
                if let Some(error) = method.call(scope, object.into(), &[text]) {
                    scope.throw_exception(error);
                }
            }
            None => throw(scope, message),
        }
    }
}

struct Serializer(v8::ValueSerializer<'static>);

impl Native for Serializer {}

fn new_serializer(scope: &mut Scope, args: Args, _: Ret) {
    if args.new_target().is_undefined() {
        return throw_needs_new(scope, "Serializer");
    }
    let delegate = Delegate::new(scope, args.this());
    let serializer = Serializer(v8::ValueSerializer::new(scope, delegate));
    native::wrap(scope, args.this(), Rc::new(serializer));
}

fn throw_needs_new(scope: &Scope<'_, '_>, class: &str) {
    let message = format!("Class constructor {class} cannot be invoked without `new`");
    throw_code(scope, Kind::Type, "ERR_CONSTRUCT_CALL_REQUIRED", &message);
}

impl v8::ValueSerializerImpl for Delegate {
    fn throw_data_clone_error<'s>(&self, scope: &mut Scope<'s, '_>, message: v8::Local<'s, v8::String>) {
        let message = message.to_rust_string_lossy(scope);
        self.throw_clone_error(scope, &message);
    }

    fn write_host_object<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        object: Object<'s>,
        _: &dyn ValueSerializerHelper,
    ) -> Option<bool> {
        let Some((this, method)) = self.method(scope, "_writeHostObject") else {
            let text = object.to_string(scope).map_or_else(String::new, |text| text.to_rust_string_lossy(scope));
            self.throw_clone_error(scope, &format!("{text} could not be cloned."));
            return None;
        };
        let written = method.call(scope, this.into(), &[object.into()])?;
        Some(written.boolean_value(scope) || written.is_undefined())
    }

    fn get_shared_array_buffer_id<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        shared: v8::Local<'s, v8::SharedArrayBuffer>,
    ) -> Option<u32> {
        let Some((this, method)) = self.method(scope, "_getSharedArrayBufferId") else {
            self.throw_clone_error(scope, "#<SharedArrayBuffer> could not be cloned.");
            return None;
        };
        method.call(scope, this.into(), &[shared.into()])?.uint32_value(scope)
    }
}

/// `writeValue(value)`
fn write_value(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(this) = native::this::<Serializer>(scope, &args) else { return };
    let context = scope.get_current_context();
    if let Some(written) = this.0.write_value(context, args.get(0)) {
        rv.set_bool(written);
    }
}

/// `releaseBuffer()`: everything written so far.
fn release_buffer(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(this) = native::this::<Serializer>(scope, &args) else { return };
    let bytes = this.0.release();
    rv.set(buffer::new_buffer(scope, bytes));
}

/// `transferArrayBuffer(id, arrayBuffer)`
fn transfer_out(scope: &mut Scope, args: Args, _: Ret) {
    let Some(this) = native::this::<Serializer>(scope, &args) else { return };
    let id = arg_u32(scope, &args, 0);
    match v8::Local::<v8::ArrayBuffer>::try_from(args.get(1)) {
        Ok(buffer) => this.0.transfer_array_buffer(id, buffer),
        Err(_) if args.get(1).is_shared_array_buffer() => {}
        Err(_) => throw_not_a_buffer(scope, "arrayBuffer must be an ArrayBuffer or SharedArrayBuffer"),
    }
}

fn throw_not_a_buffer(scope: &Scope<'_, '_>, message: &str) {
    throw_code(scope, Kind::Type, "ERR_INVALID_ARG_TYPE", message);
}

/// `writeRawBytes(source)`
fn write_raw_bytes(scope: &mut Scope, args: Args, _: Ret) {
    let Some(this) = native::this::<Serializer>(scope, &args) else { return };
    let Some(bytes) = view(scope, args.get(0)) else {
        return throw_not_a_buffer(scope, "source must be a TypedArray or a DataView");
    };
    this.0.write_raw_bytes(&bytes);
}

/// A copy of what a view shows.
fn view(scope: &Scope<'_, '_>, value: Value<'_>) -> Option<Vec<u8>> {
    value.is_array_buffer_view().then(|| Memory::of(scope, value)).flatten().map(|memory| memory.to_vec())
}

/// The reader is declared, and so dropped, before the bytes it reads.
struct Deserializer {
    reader: v8::ValueDeserializer<'static>,
    bytes: Box<[u8]>,
}

impl Native for Deserializer {}

/// `new Deserializer(buffer)`
fn new_deserializer(scope: &mut Scope, args: Args, _: Ret) {
    if args.new_target().is_undefined() {
        return throw_needs_new(scope, "Deserializer");
    }
    let Some(bytes) = view(scope, args.get(0)) else {
        return throw_not_a_buffer(scope, "buffer must be a TypedArray or a DataView");
    };
    let this = args.this();
    set(scope, this, "buffer", args.get(0));
    let bytes = bytes.into_boxed_slice();
    let delegate = Delegate::new(scope, this);
    let reader = v8::ValueDeserializer::new(scope, delegate, &bytes);
    native::wrap(scope, this, Rc::new(Deserializer { reader, bytes }));
}

impl v8::ValueDeserializerImpl for Delegate {
    fn read_host_object<'s>(&self, scope: &mut Scope<'s, '_>, _: &dyn ValueDeserializerHelper) -> Option<Object<'s>> {
        // V8 forbids JavaScript while it reads.
        v8::allow_javascript_execution_scope!(let scope, scope);
        let Some((this, method)) = self.method(scope, "_readHostObject") else {
            throw(scope, "Unable to deserialize cloned data.");
            return None;
        };
        let object = Object::try_from(method.call(scope, this.into(), &[])?);
        if object.is_err() {
            throw_type(scope, "readHostObject must return an object");
        }
        object.ok()
    }
}

/// `readHeader()`
fn read_header(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(this) = native::this::<Deserializer>(scope, &args) else { return };
    let context = scope.get_current_context();
    if let Some(read) = this.reader.read_header(context) {
        rv.set_bool(read);
    }
}

/// `readValue()`
fn read_value(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(this) = native::this::<Deserializer>(scope, &args) else { return };
    let context = scope.get_current_context();
    if let Some(value) = this.reader.read_value(context) {
        rv.set(value);
    }
}

/// `transferArrayBuffer(id, arrayBuffer)`
fn transfer_in(scope: &mut Scope, args: Args, _: Ret) {
    let Some(this) = native::this::<Deserializer>(scope, &args) else { return };
    let id = arg_u32(scope, &args, 0);
    if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(args.get(1)) {
        this.reader.transfer_array_buffer(id, buffer);
    } else if let Ok(buffer) = v8::Local::<v8::SharedArrayBuffer>::try_from(args.get(1)) {
        this.reader.transfer_shared_array_buffer(id, buffer);
    } else {
        throw_not_a_buffer(scope, "arrayBuffer must be an ArrayBuffer or SharedArrayBuffer");
    }
}

/// `_readRawBytes(length)`: where in the buffer they are.
fn read_raw_bytes(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(this) = native::this::<Deserializer>(scope, &args) else { return };
    let length = arg_f64(scope, &args, 0).max(0.0) as usize;
    match this.reader.read_raw_bytes(length) {
        Some(bytes) => rv.set_double((bytes.as_ptr().addr() - this.bytes.as_ptr().addr()) as f64),
        None => throw(scope, "ReadRawBytes() failed"),
    }
}

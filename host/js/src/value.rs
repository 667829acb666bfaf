//! Short forms of what every binding does with V8 values.

/// The scope a callback runs in: a current context and a place for handles.
pub(crate) type Scope<'s, 'i, C = v8::Context> = v8::PinScope<'s, 'i, C>;
/// Arguments of a callback.
pub(crate) type Args<'a> = v8::FunctionCallbackArguments<'a>;
/// Return value of a callback.
pub(crate) type Ret<'a> = v8::ReturnValue<'a, v8::Value>;
/// A value.
pub(crate) type Value<'s> = v8::Local<'s, v8::Value>;
/// An object.
pub(crate) type Object<'s> = v8::Local<'s, v8::Object>;
/// A function.
pub(crate) type Function<'s> = v8::Local<'s, v8::Function>;

/// A string; the empty one where it would be longer than V8 allows.
pub(crate) fn string<'s>(scope: &Scope<'s, '_>, text: &str) -> v8::Local<'s, v8::String> {
    v8::String::new(scope, text).unwrap_or_else(|| v8::String::empty(scope))
}

/// An internalized string, for names of properties.
pub(crate) fn name<'s>(scope: &Scope<'s, '_>, text: &str) -> v8::Local<'s, v8::String> {
    v8::String::new_from_utf8(scope, text.as_bytes(), v8::NewStringType::Internalized)
        .unwrap_or_else(|| v8::String::empty(scope))
}

/// A string of bytes that should be UTF-8; what is not becomes U+FFFD.
pub(crate) fn string_of_bytes<'s>(scope: &Scope<'s, '_>, bytes: &[u8]) -> Option<v8::Local<'s, v8::String>> {
    v8::String::new_from_utf8(scope, bytes, v8::NewStringType::Normal)
}

pub(crate) fn number<'s>(scope: &Scope<'s, '_>, value: f64) -> Value<'s> {
    v8::Number::new(scope, value).into()
}

pub(crate) fn integer<'s>(scope: &Scope<'s, '_>, value: i32) -> Value<'s> {
    v8::Integer::new(scope, value).into()
}

pub(crate) fn boolean<'s>(scope: &Scope<'s, '_>, value: bool) -> Value<'s> {
    v8::Boolean::new(scope, value).into()
}

pub(crate) fn undefined<'s>(scope: &Scope<'s, '_>) -> Value<'s> {
    v8::undefined(scope).into()
}

pub(crate) fn null<'s>(scope: &Scope<'s, '_>) -> Value<'s> {
    v8::null(scope).into()
}

/// An object without a prototype.
pub(crate) fn dictionary<'s>(scope: &Scope<'s, '_>) -> Object<'s> {
    let object = v8::Object::new(scope);
    object.set_prototype(scope, null(scope));
    object
}

pub(crate) fn array<'s>(scope: &Scope<'s, '_>, items: &[Value<'s>]) -> Value<'s> {
    v8::Array::new_with_elements(scope, items).into()
}

/// An array of strings.
pub(crate) fn strings<'s, T: AsRef<str>>(scope: &Scope<'s, '_>, items: &[T]) -> Value<'s> {
    let items: Vec<Value<'s>> = items.iter().map(|item| string(scope, item.as_ref()).into()).collect();
    array(scope, &items)
}

/// A property; undefined where there is none or its getter throws.
pub(crate) fn get<'s>(scope: &Scope<'s, '_>, object: Object<'_>, key: &str) -> Value<'s> {
    let key = name(scope, key);
    object.get(scope, key.into()).unwrap_or_else(|| undefined(scope))
}

pub(crate) fn get_object<'s>(scope: &Scope<'s, '_>, object: Object<'_>, key: &str) -> Option<Object<'s>> {
    get(scope, object, key).try_into().ok()
}

pub(crate) fn get_function<'s>(scope: &Scope<'s, '_>, object: Object<'_>, key: &str) -> Option<Function<'s>> {
    get(scope, object, key).try_into().ok()
}

/// Makes an own data property, whatever the prototype says.
pub(crate) fn set(scope: &Scope<'_, '_>, object: Object<'_>, key: &str, value: Value<'_>) {
    let key = name(scope, key);
    object.create_data_property(scope, key.into(), value);
}

pub(crate) fn set_string(scope: &Scope<'_, '_>, object: Object<'_>, key: &str, value: &str) {
    set(scope, object, key, string(scope, value).into());
}

pub(crate) fn set_number(scope: &Scope<'_, '_>, object: Object<'_>, key: &str, value: f64) {
    set(scope, object, key, number(scope, value));
}

/// An argument as a string, by JavaScript's own conversion.
pub(crate) fn arg_string(scope: &Scope<'_, '_>, args: &Args<'_>, index: i32) -> String {
    args.get(index).to_rust_string_lossy(scope)
}

/// An argument as an integer; `default` where it is no number.
pub(crate) fn arg_i64(scope: &Scope<'_, '_>, args: &Args<'_>, index: i32, default: i64) -> i64 {
    let value = args.get(index);
    if value.is_number() || value.is_big_int() { integer_value(scope, value) } else { default }
}

pub(crate) fn arg_i32(scope: &Scope<'_, '_>, args: &Args<'_>, index: i32) -> i32 {
    args.get(index).int32_value(scope).unwrap_or(0)
}

pub(crate) fn arg_u32(scope: &Scope<'_, '_>, args: &Args<'_>, index: i32) -> u32 {
    args.get(index).uint32_value(scope).unwrap_or(0)
}

pub(crate) fn arg_f64(scope: &Scope<'_, '_>, args: &Args<'_>, index: i32) -> f64 {
    args.get(index).number_value(scope).unwrap_or(0.0)
}

pub(crate) fn arg_object<'s>(args: &Args<'s>, index: i32) -> Option<Object<'s>> {
    args.get(index).try_into().ok()
}

pub(crate) fn arg_function<'s>(args: &Args<'s>, index: i32) -> Option<Function<'s>> {
    args.get(index).try_into().ok()
}

/// A number or a bigint as an integer.
pub(crate) fn integer_value(scope: &Scope<'_, '_>, value: Value<'_>) -> i64 {
    match v8::Local::<v8::BigInt>::try_from(value) {
        Ok(big) => big.i64_value().0,
        Err(_) => value.integer_value(scope).unwrap_or(0),
    }
}

/// An argument as a path or other name: a string, or bytes as they are.
pub(crate) fn arg_bytes(scope: &Scope<'_, '_>, args: &Args<'_>, index: i32) -> Vec<u8> {
    bytes_of(scope, args.get(index))
}

/// The bytes of a buffer, or the UTF-8 of anything else.
pub(crate) fn bytes_of(scope: &Scope<'_, '_>, value: Value<'_>) -> Vec<u8> {
    match Memory::of(scope, value) {
        Some(memory) => memory.to_vec(),
        None => value.to_rust_string_lossy(scope).into_bytes(),
    }
}

/// The memory of an ArrayBuffer, a SharedArrayBuffer or a view of one.
///
/// It stays where it is for as long as its buffer lives and is not detached, so it must not be kept over a call into
/// JavaScript unless a handle on the buffer is kept too.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    data: *mut u8,
    length: usize,
}

impl Memory {
    /// The memory behind a value; none if it is no buffer.
    pub(crate) fn of(scope: &Scope<'_, '_>, value: Value<'_>) -> Option<Self> {
        if let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(value) {
            let length = view.byte_length();
            let Some(data) = view.buffer(scope).and_then(|buffer| buffer.data()) else {
                return Some(Self::empty());
            };
            // SAFETY: a view lies within its buffer.
            let data = unsafe { data.as_ptr().cast::<u8>().add(view.byte_offset()) };
            return Some(Self { data, length });
        }
        if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(value) {
            return Some(match buffer.data() {
                Some(data) => Self { data: data.as_ptr().cast(), length: buffer.byte_length() },
                None => Self::empty(),
            });
        }
        let buffer = v8::Local::<v8::SharedArrayBuffer>::try_from(value).ok()?;
        let store = buffer.get_backing_store();
        Some(match store.data() {
            Some(data) => Self { data: data.as_ptr().cast(), length: store.byte_length() },
            None => Self::empty(),
        })
    }

    const fn empty() -> Self {
        Self { data: std::ptr::NonNull::dangling().as_ptr(), length: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn as_ptr(&self) -> *mut u8 {
        self.data
    }

    /// The part from `start` to `end`, both brought within bounds.
    pub(crate) fn slice(&self, start: usize, end: usize) -> Self {
        let start = start.min(self.length);
        let end = end.clamp(start, self.length);
        // SAFETY: `start` lies within the memory.
        Self { data: unsafe { self.data.add(start) }, length: end - start }
    }

    /// The bytes. Another thread may write to a SharedArrayBuffer at the same time; what is read then is any mixture, as
    /// JavaScript itself would see it.
    pub(crate) fn bytes<'a>(&self) -> &'a [u8] {
        // SAFETY: see the type's contract; the length is that of the memory.
        unsafe { std::slice::from_raw_parts(self.data, self.length) }
    }

    pub(crate) fn bytes_mut<'a>(&self) -> &'a mut [u8] {
        // SAFETY: see the type's contract; one isolate runs one thread.
        unsafe { std::slice::from_raw_parts_mut(self.data, self.length) }
    }

    pub(crate) fn to_vec(self) -> Vec<u8> {
        self.bytes().to_vec()
    }
}

/// An `ArrayBuffer` that owns these bytes.
pub(crate) fn array_buffer<'s>(scope: &Scope<'s, '_>, bytes: Vec<u8>) -> v8::Local<'s, v8::ArrayBuffer> {
    if bytes.is_empty() {
        return v8::ArrayBuffer::new(scope, 0);
    }
    let store = v8::ArrayBuffer::new_backing_store_from_vec(bytes).make_shared();
    v8::ArrayBuffer::with_backing_store(scope, &store)
}

pub(crate) fn uint8_array<'s>(scope: &Scope<'s, '_>, bytes: Vec<u8>) -> v8::Local<'s, v8::Uint8Array> {
    let length = bytes.len();
    let buffer = array_buffer(scope, bytes);
    v8::Uint8Array::new(scope, buffer, 0, length).expect("a view of a whole buffer")
}

/// A typed array shared between JavaScript and the executor. Its buffer is held by the binding object it belongs to, which
/// lives as long as the realm.
pub(crate) struct Shared<T> {
    data: *mut T,
    length: usize,
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Shared<T> {}

impl<T: Copy> Shared<T> {
    /// The array at `key` of a binding object.
    pub(crate) fn of(scope: &Scope<'_, '_>, object: Object<'_>, key: &str) -> Self {
        let memory = Memory::of(scope, get(scope, object, key)).unwrap_or_else(Memory::empty);
        Self { data: memory.as_ptr().cast(), length: memory.len() / size_of::<T>() }
    }

    pub(crate) const fn none() -> Self {
        Self { data: std::ptr::null_mut(), length: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn is_none(&self) -> bool {
        self.length == 0
    }

    pub(crate) fn get(&self, index: usize) -> T {
        assert!(index < self.length, "index of a shared array");
        // SAFETY: the index was checked; the array is aligned by V8 and lives as long as the realm.
        unsafe { *self.data.add(index) }
    }

    pub(crate) fn set(&self, index: usize, value: T) {
        assert!(index < self.length, "index of a shared array");
        // SAFETY: as in `get`.
        unsafe { *self.data.add(index) = value }
    }
}

/// Throws an `Error`.
pub(crate) fn throw(scope: &Scope<'_, '_>, message: &str) {
    let error = v8::Exception::error(scope, string(scope, message));
    scope.throw_exception(error);
}

pub(crate) fn throw_type(scope: &Scope<'_, '_>, message: &str) {
    let error = v8::Exception::type_error(scope, string(scope, message));
    scope.throw_exception(error);
}

/// What kind of JavaScript error to make.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Error,
    Type,
    Range,
}

/// Throws one of Node's errors that carry a code, such as `ERR_INVALID_ARG_TYPE`.
pub(crate) fn throw_code(scope: &Scope<'_, '_>, kind: Kind, code: &str, message: &str) {
    let error = error_with_code(scope, kind, code, message);
    scope.throw_exception(error);
}

pub(crate) fn error_with_code<'s>(scope: &Scope<'s, '_>, kind: Kind, code: &str, message: &str) -> Value<'s> {
    let message = string(scope, message);
    let error = match kind {
        Kind::Error => v8::Exception::error(scope, message),
        Kind::Type => v8::Exception::type_error(scope, message),
        Kind::Range => v8::Exception::range_error(scope, message),
    };
    if let Ok(object) = Object::try_from(error) {
        set_string(scope, object, "code", code);
    }
    error
}

/// A private symbol by Node's name for it.
pub(crate) fn private<'s>(scope: &Scope<'s, '_>, description: &str) -> v8::Local<'s, v8::Private> {
    v8::Private::for_api(scope, Some(name(scope, description)))
}

/// A context's global handle on a value that a callback must find again.
pub(crate) fn keep<T>(scope: &Scope<'_, '_>, value: v8::Local<'_, T>) -> v8::Global<T> {
    v8::Global::new(scope, value)
}

/// An ordinary object with the same properties. Where one of them throws, that exception is pending.
pub(crate) fn plain_copy<'s>(scope: &mut Scope<'s, '_>, object: Object<'s>) -> Option<Object<'s>> {
    let plain = v8::Object::new(scope);
    let names = object.get_own_property_names(scope, v8::GetPropertyNamesArgs::default())?;
    for index in 0..names.length() {
        let key = names.get_index(scope, index)?;
        let value = object.get(scope, key)?;
        plain.set(scope, key, value);
    }
    Some(plain)
}

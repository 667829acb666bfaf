//! `blob`: immutable bytes, made of parts in memory or in files.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use crate::Errno;
use crate::bindings::messaging::{Carried, Mode};
use crate::native::{self, Native};
use crate::realm::realm;
use crate::sys::{AT_CWD, Stat, Sys, open};
use crate::table::{Class, Table};
use crate::value::*;

/// How much of a file is read at a time, in bytes.
const CHUNK: u64 = 64 << 10;

/// What `pull` tells its callback: the end, an error, or that there is a buffer.
const END: i32 = 0;
const CONTINUE: i32 = 1;

pub(super) fn table() -> Table {
    Table::new("blob")
        // These two are made by the functions only.
        .class(
            Class::new("Blob", |_: &mut Scope, _: Args, _: Ret| {})
                .method("getReader", get_reader)
                .method("slice", slice),
        )
        .class(
            Class::new("BlobReader", |_: &mut Scope, _: Args, _: Ret| {})
                .method("pull", pull)
                // Nothing here ever has to wait for data.
                .no_ops(&["setWakeup"]),
        )
        .function("createBlob", create_blob)
        .function("createBlobFromFilePath", create_from_file)
        .function("concat", concat)
        .function("storeDataObject", store_data_object)
        .function("getDataObject", get_data_object)
        .function("revokeObjectURL", revoke_object_url)
}

/// Part of a blob: bytes `start` to `end` of where they are.
#[derive(Clone)]
struct Part {
    source: Source,
    start: u64,
    end: u64,
}

#[derive(Clone)]
enum Source {
    Memory(Arc<[u8]>),
    /// A file, as it was when the blob was made.
    File(Arc<File>),
}

struct File {
    path: Vec<u8>,
    stat: Stat,
}

impl File {
    /// Reads at most [`CHUNK`] bytes.
    fn read(&self, sys: &dyn Sys, start: u64, end: u64) -> Result<Vec<u8>, Errno> {
        let fd = sys.open(AT_CWD, &self.path, open::CLOEXEC, 0)?;
        let read = || {
            let now = sys.fstat(fd)?;
            if now.size != self.stat.size || now.modified != self.stat.modified {
                return Err(Errno::IO);
            }
            let mut bytes = vec![0; (end - start).min(CHUNK) as usize];
            let count = sys.pread(fd, start, &mut bytes)?;
            bytes.truncate(count);
            // The size was there a moment ago.
            if count == 0 { Err(Errno::IO) } else { Ok(bytes) }
        };
        let result = read();
        let _ = sys.close(fd);
        result
    }
}

/// What a handle of a blob stands for. It may go to other threads.
#[derive(Clone, Default)]
pub(super) struct Blob(Arc<[Part]>);

impl Native for Blob {
    fn transfer_mode(&self) -> Mode {
        Mode::CLONEABLE
    }

    fn carry(&self, _scope: &mut Scope<'_, '_>, _moved: bool) -> Option<Box<dyn Carried>> {
        Some(Box::new(self.clone()))
    }
}

impl Carried for Blob {
    fn create<'s>(self: Box<Self>, scope: &mut Scope<'s, '_>) -> Option<Object<'s>> {
        new_handle(scope, *self)
    }
}

impl Blob {
    /// The bytes from `start` to `end`, in parts.
    fn cut(&self, start: u64, end: u64) -> Self {
        let mut offset = 0;
        let mut parts = Vec::new();
        for part in self.0.iter() {
            let length = part.end - part.start;
            let first = start.clamp(offset, offset + length) - offset;
            let last = end.clamp(offset, offset + length) - offset;
            if first < last {
                let source = part.source.clone();
                parts.push(Part { source, start: part.start + first, end: part.start + last });
            }
            offset += length;
        }
        Self(parts.into())
    }
}

/// A new handle of a blob.
fn new_handle<'s>(scope: &mut Scope<'s, '_>, blob: Blob) -> Option<Object<'s>> {
    new_object(scope, "Blob", Rc::new(blob))
}

fn new_object<'s, T: Native>(scope: &mut Scope<'s, '_>, class: &str, value: Rc<T>) -> Option<Object<'s>> {
    let binding = realm(scope).binding(scope, "blob")?;
    let object = get_function(scope, binding, class)?.new_instance(scope, &[])?;
    native::wrap(scope, object, value);
    Some(object)
}

/// `createBlob(sources, length)`: sources are handles of blobs, and views of buffers that have no other user.
fn create_blob(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Ok(sources) = v8::Local::<v8::Array>::try_from(args.get(0)) else { return };
    let mut parts = Vec::new();
    for index in 0..sources.length() {
        let Some(source) = sources.get_index(scope, index) else { return };
        if let Some(blob) = native::unwrap::<Blob>(scope, source) {
            parts.extend_from_slice(&blob.0);
        } else if let Some(memory) = Memory::of(scope, source) {
            let end = memory.len() as u64;
            if end != 0 {
                parts.push(Part { source: Source::Memory(memory.to_vec().into()), start: 0, end });
            }
        }
    }
    if let Some(handle) = new_handle(scope, Blob(parts.into())) {
        rv.set(handle.into());
    }
}

/// `createBlobFromFilePath(path)`: handle and length, or nothing where there is no such file.
fn create_from_file(scope: &mut Scope, args: Args, mut rv: Ret) {
    let path = arg_bytes(scope, &args, 0);
    let Ok(stat) = realm(scope).sys().stat(AT_CWD, &path, true) else { return };
    let end = stat.size;
    let source = Source::File(Arc::new(File { path, stat }));
    let parts: &[Part] = &[Part { source, start: 0, end }];
    let blob = Blob(if end == 0 { Arc::default() } else { parts.into() });
    if let Some(handle) = new_handle(scope, blob) {
        rv.set(array(scope, &[handle.into(), number(scope, end as f64)]));
    }
}

/// `slice(start, end)`
fn slice(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(blob) = native::this::<Blob>(scope, &args) else { return };
    let bound = |index| arg_f64(scope, &args, index).max(0.0) as u64;
    let cut = blob.cut(bound(0), bound(1));
    if let Some(handle) = new_handle(scope, cut) {
        rv.set(handle.into());
    }
}

/// What is left to read of a blob.
struct Reader {
    parts: RefCell<VecDeque<Part>>,
    failed: Cell<Option<Errno>>,
}

impl Native for Reader {}

impl Reader {
    /// The next bytes; none at the end.
    fn next(&self, sys: &dyn Sys) -> Result<Option<Vec<u8>>, Errno> {
        if let Some(errno) = self.failed.get() {
            return Err(errno);
        }
        let mut parts = self.parts.borrow_mut();
        let Some(part) = parts.pop_front() else { return Ok(None) };
        match &part.source {
            Source::Memory(bytes) => Ok(Some(bytes[part.start as usize..part.end as usize].to_vec())),
            Source::File(file) => {
                let bytes = file.read(sys, part.start, part.end).inspect_err(|errno| self.failed.set(Some(*errno)))?;
                let start = part.start + bytes.len() as u64;
                if start < part.end {
                    parts.push_front(Part { start, ..part });
                }
                Ok(Some(bytes))
            }
        }
    }
}

/// `getReader()`
fn get_reader(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(blob) = native::this::<Blob>(scope, &args) else { return };
    let parts = RefCell::new(blob.0.iter().cloned().collect());
    if let Some(reader) = new_object(scope, "BlobReader", Rc::new(Reader { parts, failed: Cell::new(None) })) {
        rv.set(reader.into());
    }
}

/// `pull(callback)`: calls back with a status and the next bytes.
fn pull(scope: &mut Scope, args: Args, _: Ret) {
    let Some(reader) = native::this::<Reader>(scope, &args) else { return };
    let Some(callback) = arg_function(&args, 0) else { return };
    let none = undefined(scope);
    let answer = match reader.next(realm(scope).sys()) {
        Ok(Some(bytes)) => [integer(scope, CONTINUE), array_buffer(scope, bytes).into()],
        Ok(None) => [integer(scope, END), none],
        Err(errno) => [integer(scope, errno.code()), none],
    };
    callback.call(scope, none, &answer);
}

/// `concat(buffers)`: one `ArrayBuffer` of them all.
fn concat(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Ok(buffers) = v8::Local::<v8::Array>::try_from(args.get(0)) else { return };
    let mut whole = Vec::new();
    for index in 0..buffers.length() {
        let Some(buffer) = buffers.get_index(scope, index) else { return };
        if let Some(memory) = Memory::of(scope, buffer) {
            whole.extend_from_slice(memory.bytes());
        }
    }
    rv.set(array_buffer(scope, whole).into());
}

/// Blobs that have a URL, by its last part.
#[derive(Default)]
struct Store(RefCell<HashMap<String, Stored>>);

#[derive(Clone)]
struct Stored {
    blob: Blob,
    length: f64,
    kind: String,
}

/// `storeDataObject(id, handle, length, type)`
fn store_data_object(scope: &mut Scope, args: Args, _: Ret) {
    let Some(blob) = native::unwrap::<Blob>(scope, args.get(1)) else { return };
    let id = arg_string(scope, &args, 0);
    let stored =
        Stored { blob: Blob::clone(&blob), length: arg_f64(scope, &args, 2), kind: arg_string(scope, &args, 3) };
    realm(scope).state::<Store>().0.borrow_mut().insert(id, stored);
}

/// `getDataObject(id)`: handle, length and type.
fn get_data_object(scope: &mut Scope, args: Args, mut rv: Ret) {
    let id = arg_string(scope, &args, 0);
    let stored = realm(scope).state::<Store>().0.borrow().get(&id).cloned();
    let Some(stored) = stored else { return };
    let Some(handle) = new_handle(scope, stored.blob) else { return };
    let kind = string(scope, &stored.kind).into();
    rv.set(array(scope, &[handle.into(), number(scope, stored.length), kind]));
}

/// `revokeObjectURL(url)`
fn revoke_object_url(scope: &mut Scope, args: Args, _: Ret) {
    let url = arg_string(scope, &args, 0);
    if let Some(id) = url.strip_prefix("blob:nodedata:") {
        realm(scope).state::<Store>().0.borrow_mut().remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(blob: &Blob) -> String {
        let part = |part: &Part| match &part.source {
            Source::Memory(bytes) => {
                String::from_utf8_lossy(&bytes[part.start as usize..part.end as usize]).into_owned()
            }
            Source::File(_) => unreachable!("no files here"),
        };
        blob.0.iter().map(part).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn cuts_go_through_parts() {
        let part =
            |text: &str| Part { source: Source::Memory(text.as_bytes().into()), start: 0, end: text.len() as u64 };
        let blob = Blob([part("abc"), part("def"), part("ghi")].into());
        assert_eq!(text(&blob.cut(0, 9)), "abc|def|ghi");
        assert_eq!(text(&blob.cut(1, 7)), "bc|def|g");
        assert_eq!(text(&blob.cut(1, 7).cut(2, 5)), "def");
        assert_eq!(text(&blob.cut(4, 5)), "e");
        assert_eq!(text(&blob.cut(5, 3)), "");
        assert_eq!(text(&blob.cut(8, 99)), "i");
    }
}

//! `buffer`: the bytes of `Buffer`.

use crate::bindings::encodings::{self, Encoding, Malformed};
use crate::realm::{Kept, realm};
use crate::table::Table;
use crate::value::*;

pub(super) fn table() -> Table {
    let mut table = Table::new("buffer")
        .function("setBufferPrototype", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::BufferPrototype, args.get(0));
        })
        .function("setDetachKey", |_: &mut Scope, args: Args, _: Ret| {
            if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(args.get(0)) {
                buffer.set_detach_key(args.get(1));
            }
        })
        .function("createUnsafeArrayBuffer", create_unsafe_array_buffer)
        .function("atob", atob)
        .function("btoa", btoa)
        .function("byteLengthUtf8", |scope: &mut Scope, args: Args, mut rv: Ret| {
            if let Ok(text) = v8::Local::<v8::String>::try_from(args.get(0)) {
                rv.set_double(text.utf8_length(scope) as f64);
            }
        })
        .function("compare", compare)
        .function("compareOffset", compare_offset)
        .function("copy", copy)
        .function("copyArrayBuffer", copy_array_buffer)
        .function("fill", fill)
        .function("indexOfBuffer", index_of_buffer)
        .function("indexOfNumber", index_of_number)
        .function("indexOfString", index_of_string)
        .function("isAscii", |scope: &mut Scope, args: Args, mut rv: Ret| {
            validate(scope, &args, &mut rv, <[u8]>::is_ascii)
        })
        .function("isUtf8", |scope: &mut Scope, args: Args, mut rv: Ret| {
            validate(scope, &args, &mut rv, |bytes| std::str::from_utf8(bytes).is_ok());
        })
        .function("swap16", |scope: &mut Scope, args: Args, rv: Ret| swap::<2>(scope, &args, rv))
        .function("swap32", |scope: &mut Scope, args: Args, rv: Ret| swap::<4>(scope, &args, rv))
        .function("swap64", |scope: &mut Scope, args: Args, rv: Ret| swap::<8>(scope, &args, rv));
    macro_rules! slices {
        ($($name:literal $encoding:ident),*) => {
            $(table = table.function($name, |scope: &mut Scope, args: Args, rv: Ret| {
                slice(scope, &args, rv, Encoding::$encoding);
            });)*
        };
    }
    slices!("asciiSlice" Ascii, "base64Slice" Base64, "base64urlSlice" Base64Url, "latin1Slice" Latin1,
        "hexSlice" Hex, "ucs2Slice" Utf16, "utf8Slice" Utf8);
    macro_rules! writes {
        ($($name:literal $encoding:ident),*) => {
            $(table = table.function($name, |scope: &mut Scope, args: Args, rv: Ret| {
                write(scope, &args, rv, Encoding::$encoding);
            });)*
        };
    }
    writes!("asciiWriteStatic" Ascii, "latin1WriteStatic" Latin1, "utf8WriteStatic" Utf8, "base64Write" Base64,
        "base64urlWrite" Base64Url, "hexWrite" Hex, "ucs2Write" Utf16);
    table
}

/// A `Buffer` of these bytes.
pub(crate) fn new_buffer<'s>(scope: &mut Scope<'s, '_>, bytes: Vec<u8>) -> Value<'s> {
    let array = uint8_array(scope, bytes);
    if let Some(prototype) = realm(scope).kept(scope, Kept::BufferPrototype) {
        array.set_prototype(scope, prototype);
    }
    array.into()
}

/// The memory of an argument that must be a buffer; otherwise throws.
fn memory(scope: &mut Scope<'_, '_>, value: Value<'_>) -> Option<Memory> {
    let memory = Memory::of(scope, value);
    if memory.is_none() {
        throw_code(scope, Kind::Type, "ERR_INVALID_ARG_TYPE", "argument must be a buffer");
    }
    memory
}

fn create_unsafe_array_buffer(scope: &mut Scope, args: Args, mut rv: Ret) {
    let length = arg_i64(scope, &args, 0, 0).max(0) as usize;
    // V8 aborts the whole process where a backing store cannot be had, so it is asked for in a way that can fail.
    let mut memory: Vec<u8> = Vec::new();
    if memory.try_reserve_exact(length).is_err() {
        throw_code(scope, Kind::Range, "ERR_MEMORY_ALLOCATION_FAILED", "Array buffer allocation failed");
        return;
    }
    drop(memory);
    rv.set(v8::ArrayBuffer::new(scope, length).into());
}

/// Start and end arguments within a length; throws where they lie outside.
fn range(scope: &mut Scope<'_, '_>, args: &Args<'_>, first: i32, length: usize) -> Option<(usize, usize)> {
    let start = arg_i64(scope, args, first, 0);
    let end = arg_i64(scope, args, first + 1, length as i64);
    if start < 0 || end < 0 {
        throw_code(scope, Kind::Range, "ERR_OUT_OF_RANGE", "Index out of range");
        return None;
    }
    let (start, end) = (start as usize, (end as usize).max(start as usize));
    if end > length {
        if start >= length {
            return Some((length, length));
        }
        return Some((start, length));
    }
    Some((start, end))
}

fn slice(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>, encoding: Encoding) {
    let Some(memory) = memory(scope, args.get(0)) else { return };
    let Some((start, end)) = range(scope, args, 1, memory.len()) else { return };
    let bytes = memory.slice(start, end).bytes();
    if bytes.is_empty() {
        rv.set_empty_string();
        return;
    }
    match encodings::decode(scope, bytes, encoding) {
        Some(text) => rv.set(text.into()),
        None => throw_string_too_long(scope),
    }
}

/// `ERR_STRING_TOO_LONG`, as Node words it.
pub(crate) fn throw_string_too_long(scope: &Scope<'_, '_>) {
    let message = "Cannot create a string longer than 0x1fffffe8 characters";
    throw_code(scope, Kind::Error, "ERR_STRING_TOO_LONG", message);
}

fn write(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>, encoding: Encoding) {
    let Some(memory) = memory(scope, args.get(0)) else { return };
    let Ok(text) = v8::Local::<v8::String>::try_from(args.get(1)) else {
        throw_code(scope, Kind::Type, "ERR_INVALID_ARG_TYPE", "argument must be a string");
        return;
    };
    let offset = arg_i64(scope, args, 2, 0).max(0) as usize;
    if offset > memory.len() {
        throw_code(scope, Kind::Range, "ERR_BUFFER_OUT_OF_BOUNDS", "\"offset\" is outside of buffer bounds");
        return;
    }
    let room = memory.len() - offset;
    let length = arg_i64(scope, args, 3, room as i64).max(0) as usize;
    let to = memory.slice(offset, offset + length.min(room));
    if to.len() == 0 {
        rv.set_int32(0);
        return;
    }
    let written = match encoding {
        // Whole characters only.
        Encoding::Utf8 => text.write_utf8_v2(scope, to.bytes_mut(), v8::WriteFlags::kReplaceInvalidUtf8, None),
        Encoding::Latin1 | Encoding::Ascii => {
            let count = text.length().min(to.len());
            text.write_one_byte_v2(scope, 0, &mut to.bytes_mut()[..count], v8::WriteFlags::empty());
            count
        }
        _ => {
            let bytes = encodings::encode(scope, text, encoding);
            let mut count = bytes.len().min(to.len());
            if encoding == Encoding::Utf16 {
                count &= !1;
            }
            to.bytes_mut()[..count].copy_from_slice(&bytes[..count]);
            count
        }
    };
    rv.set_double(written as f64);
}

fn atob(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Ok(text) = v8::Local::<v8::String>::try_from(args.get(0)) else { return };
    if !text.contains_only_onebyte() {
        rv.set_int32(-2);
        return;
    }
    match encodings::forgiving(&encodings::one_byte(scope, text)) {
        Ok(bytes) => {
            if let Some(text) = encodings::decode(scope, &bytes, Encoding::Latin1) {
                rv.set(text.into());
            }
        }
        Err(Malformed::Character) => rv.set_int32(-2),
        Err(Malformed::Length) => rv.set_int32(-1),
    }
}

fn btoa(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Ok(text) = v8::Local::<v8::String>::try_from(args.get(0)) else { return };
    if !text.contains_only_onebyte() {
        rv.set_int32(-1);
        return;
    }
    let bytes = encodings::one_byte(scope, text);
    if let Some(text) = encodings::decode(scope, &bytes, Encoding::Base64) {
        rv.set(text.into());
    }
}

fn compare(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(left) = memory(scope, args.get(0)) else { return };
    let Some(right) = memory(scope, args.get(1)) else { return };
    rv.set_int32(left.bytes().cmp(right.bytes()) as i32);
}

fn compare_offset(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(source) = memory(scope, args.get(0)) else { return };
    let Some(target) = memory(scope, args.get(1)) else { return };
    let at = |index| arg_i64(scope, &args, index, 0).max(0) as usize;
    let (target_start, source_start, target_length, source_length) = (at(2), at(3), at(4), at(5));
    if source_start > source.len() {
        return throw_code(scope, Kind::Range, "ERR_OUT_OF_RANGE", "The value of \"sourceStart\" is out of range.");
    }
    if target_start > target.len() {
        return throw_code(scope, Kind::Range, "ERR_OUT_OF_RANGE", "The value of \"targetStart\" is out of range.");
    }
    let source = source.slice(source_start, source_start + source_length);
    let target = target.slice(target_start, target_start + target_length);
    rv.set_int32(source.bytes().cmp(target.bytes()) as i32);
}

/// Copies between memories that may overlap.
fn move_bytes(from: Memory, to: Memory) {
    let count = from.len().min(to.len());
    // SAFETY: both are at least `count` long; `copy` allows overlap.
    unsafe { std::ptr::copy(from.as_ptr(), to.as_ptr(), count) };
}

fn copy(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(source) = memory(scope, args.get(0)) else { return };
    let Some(target) = memory(scope, args.get(1)) else { return };
    let at = |index| arg_i64(scope, &args, index, 0).max(0) as usize;
    let (target_start, source_start, count) = (at(2), at(3), at(4));
    let from = source.slice(source_start, source_start.saturating_add(count));
    let to = target.slice(target_start, target_start.saturating_add(count));
    move_bytes(from, to);
    rv.set_double(from.len().min(to.len()) as f64);
}

fn copy_array_buffer(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(target) = memory(scope, args.get(0)) else { return };
    let Some(source) = memory(scope, args.get(2)) else { return };
    let at = |index| arg_i64(scope, &args, index, 0).max(0) as usize;
    let (target_start, source_start, count) = (at(1), at(3), at(4));
    move_bytes(
        source.slice(source_start, source_start.saturating_add(count)),
        target.slice(target_start, target_start.saturating_add(count)),
    );
}

/// `fill(buffer, value, start, end, encoding)`: -2 out of bounds, -1 nothing to fill with.
fn fill(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(memory) = memory(scope, args.get(0)) else { return };
    let start = arg_i64(scope, &args, 2, 0);
    let end = arg_i64(scope, &args, 3, memory.len() as i64);
    if start < 0 || end > memory.len() as i64 {
        rv.set_int32(-2);
        return;
    }
    if start >= end {
        return;
    }
    let target = memory.slice(start as usize, end as usize).bytes_mut();
    let value = args.get(1);
    let pattern = if let Ok(text) = v8::Local::<v8::String>::try_from(value) {
        let encoding = Encoding::parse(scope, args.get(4), Encoding::Utf8);
        encodings::encode(scope, text, encoding)
    } else if let Some(pattern) = Memory::of(scope, value) {
        pattern.to_vec()
    } else {
        vec![value.uint32_value(scope).unwrap_or(0) as u8]
    };
    match pattern.as_slice() {
        [] => rv.set_int32(-1),
        [byte] => target.fill(*byte),
        pattern => {
            for chunk in target.chunks_mut(pattern.len()) {
                chunk.copy_from_slice(&pattern[..chunk.len()]);
            }
        }
    }
}

/// Where a search begins; none where there can be no match (`IndexOfOffset`).
fn search_offset(length: usize, offset: i64, needle: usize, forward: bool) -> Option<usize> {
    let (length, needle) = (length as i64, needle as i64);
    let offset = if offset < 0 {
        if offset + length >= 0 {
            length + offset
        } else if forward || needle == 0 {
            0
        } else {
            return None;
        }
    } else if offset + needle <= length {
        offset
    } else if needle == 0 {
        length
    } else if forward {
        return None;
    } else {
        length - 1
    };
    usize::try_from(offset).ok()
}

/// Position of `needle`, by steps of `unit` bytes; -1 for none.
fn search(haystack: &[u8], needle: &[u8], offset: i64, forward: bool, unit: usize) -> i64 {
    let Some(offset) = search_offset(haystack.len(), offset, needle.len(), forward) else { return -1 };
    if needle.is_empty() {
        return offset as i64;
    }
    if haystack.len() < needle.len() || (forward && needle.len() + offset > haystack.len()) {
        return -1;
    }
    if unit == 2 && (haystack.len() < 2 || needle.len() < 2) {
        return -1;
    }
    let found = if forward {
        if unit == 1 {
            memchr::memmem::find(&haystack[offset..], needle).map(|at| at + offset)
        } else {
            let first = offset / unit * unit;
            (first..=haystack.len() - needle.len()).step_by(unit).find(|at| haystack[*at..].starts_with(needle))
        }
    } else {
        let last = offset.min(haystack.len() - needle.len());
        if unit == 1 {
            memchr::memmem::rfind(&haystack[..last + needle.len()], needle)
        } else {
            (0..=last).rev().find(|at| at % unit == 0 && haystack[*at..].starts_with(needle))
        }
    };
    found.map_or(-1, |at| at as i64)
}

/// The haystack, cut at the `end` argument.
fn haystack(scope: &mut Scope<'_, '_>, args: &Args<'_>, end: i32) -> Option<&'static [u8]> {
    let memory = memory(scope, args.get(0))?;
    let end = arg_i64(scope, args, end, memory.len() as i64);
    let end = if end < 0 { end + memory.len() as i64 } else { end };
    Some(memory.slice(0, end.max(0) as usize).bytes())
}

fn index_of_string(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(haystack) = haystack(scope, &args, 5) else { return };
    let encoding = Encoding::parse(scope, args.get(3), Encoding::Utf8);
    let needle = encode_needle(scope, args.get(1), encoding);
    let unit = if encoding == Encoding::Utf16 { 2 } else { 1 };
    let offset = arg_i64(scope, &args, 2, 0);
    rv.set_double(search(haystack, &needle, offset, args.get(4).is_true(), unit) as f64);
}

fn encode_needle(scope: &Scope<'_, '_>, value: Value<'_>, encoding: Encoding) -> Vec<u8> {
    encodings::encode_value(scope, value, encoding)
}

fn index_of_buffer(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(haystack) = haystack(scope, &args, 5) else { return };
    let Some(needle) = memory(scope, args.get(1)) else { return };
    let encoding = Encoding::parse(scope, args.get(3), Encoding::Utf8);
    let unit = if encoding == Encoding::Utf16 { 2 } else { 1 };
    let offset = arg_i64(scope, &args, 2, 0);
    rv.set_double(search(haystack, needle.bytes(), offset, args.get(4).is_true(), unit) as f64);
}

fn index_of_number(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(haystack) = haystack(scope, &args, 4) else { return };
    let needle = arg_u32(scope, &args, 1) as u8;
    let offset = arg_i64(scope, &args, 2, 0);
    rv.set_double(search(haystack, &[needle], offset, args.get(3).is_true(), 1) as f64);
}

fn validate(scope: &mut Scope<'_, '_>, args: &Args<'_>, rv: &mut Ret<'_>, valid: fn(&[u8]) -> bool) {
    let value = args.get(0);
    let buffer = match v8::Local::<v8::ArrayBufferView>::try_from(value) {
        Ok(view) => view.buffer(scope),
        Err(_) => value.try_into().ok(),
    };
    if buffer.is_some_and(|buffer| buffer.was_detached()) {
        throw_code(scope, Kind::Error, "ERR_INVALID_STATE", "Invalid state: Cannot validate on a detached buffer");
        return;
    }
    if let Some(memory) = memory(scope, value) {
        rv.set_bool(valid(memory.bytes()));
    }
}

fn swap<const N: usize>(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>) {
    let Some(memory) = memory(scope, args.get(0)) else { return };
    for word in memory.bytes_mut().chunks_exact_mut(N) {
        word.reverse();
    }
    rv.set(args.get(0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searching_follows_node() {
        assert_eq!(search(b"abcabc", b"abc", 0, true, 1), 0);
        assert_eq!(search(b"abcabc", b"abc", 1, true, 1), 3);
        assert_eq!(search(b"abcabc", b"abc", -1, false, 1), 3);
        assert_eq!(search(b"abcabc", b"abc", 2, false, 1), 0);
        assert_eq!(search(b"abc", b"", 10, true, 1), 3);
        assert_eq!(search(b"abc", b"c", -10, true, 1), 2);
        assert_eq!(search(b"abc", b"c", -10, false, 1), -1);
        assert_eq!(search(b"a\0b\0", b"b\0", 0, true, 2), 2);
        assert_eq!(search(b"\0ab\0", b"ab", 0, true, 2), -1);
    }
}

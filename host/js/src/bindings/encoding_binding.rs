//! `encoding_binding`: TextEncoder, TextDecoder, and domain names.

use std::cell::Cell;

use crate::bindings::encodings;
use crate::realm::realm;
use crate::table::Table;
use crate::value::*;

struct Results(Cell<Shared<u32>>);

impl Default for Results {
    fn default() -> Self {
        Self(Cell::new(Shared::none()))
    }
}

pub(super) fn table() -> Table {
    Table::new("encoding_binding")
        .function("encodeInto", encode_into)
        .function("encodeUtf8String", |scope: &mut Scope, args: Args, mut rv: Ret| {
            if let Ok(text) = v8::Local::<v8::String>::try_from(args.get(0)) {
                rv.set(uint8_array(scope, encodings::utf8(scope, text)).into());
            }
        })
        .function("decodeUTF8", decode_utf8)
        .function("decodeLatin1", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let bytes = bytes_of(scope, args.get(0));
            if let Some(text) = encodings::decode(scope, &bytes, encodings::Encoding::Latin1) {
                rv.set(text.into());
            }
        })
        .function("toASCII", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let text = arg_string(scope, &args, 0);
            rv.set(string(scope, &ada_url::Idna::ascii(&text)).into());
        })
        .function("toUnicode", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let text = arg_string(scope, &args, 0);
            rv.set(string(scope, &ada_url::Idna::unicode(&text)).into());
        })
        .restore(|scope, object| realm(scope).state::<Results>().0.set(Shared::of(scope, object, "encodeIntoResults")))
}

/// `encodeInto(source, destination)`: results in the shared array, units read and bytes written.
fn encode_into(scope: &mut Scope, args: Args, _rv: Ret) {
    let Ok(source) = v8::Local::<v8::String>::try_from(args.get(0)) else { return };
    let Some(memory) = Memory::of(scope, args.get(1)) else { return };
    let mut read = 0;
    let flags = v8::WriteFlags::kReplaceInvalidUtf8;
    let written = source.write_utf8_v2(scope, memory.bytes_mut(), flags, Some(&mut read));
    let results = realm(scope).state::<Results>().0.get();
    results.set(0, read as u32);
    results.set(1, written as u32);
}

/// `decodeUTF8(input, ignoreBOM, fatal)`
fn decode_utf8(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(memory) = Memory::of(scope, args.get(0)) else {
        let message = "The \"list\" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.";
        return throw_code(scope, Kind::Type, "ERR_INVALID_ARG_TYPE", message);
    };
    let mut bytes = memory.bytes();
    if args.get(2).is_true() && std::str::from_utf8(bytes).is_err() {
        let message = "The encoded data was not valid for encoding utf-8";
        return throw_code(scope, Kind::Type, "ERR_ENCODING_INVALID_ENCODED_DATA", message);
    }
    if !args.get(1).boolean_value(scope) {
        bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    }
    match v8::String::new_from_utf8(scope, bytes, v8::NewStringType::Normal) {
        Some(text) => rv.set(text.into()),
        None => super::buffer::throw_string_too_long(scope),
    }
}

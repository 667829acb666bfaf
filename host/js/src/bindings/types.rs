//! `types`: what kind of object a value is. Part of them is in `util` too.

use crate::table::Table;
use crate::value::*;

macro_rules! kinds {
    ($table:expr, $($name:literal => $test:expr),* $(,)?) => {
        $table$(.function($name, |_: &mut Scope, args: Args, mut rv: Ret| {
            let test: fn(Value<'_>) -> bool = $test;
            rv.set_bool(test(args.get(0)));
        }))*
    };
}

pub(super) fn table() -> Table {
    kinds!(Table::new("types"),
        "isArgumentsObject" => |value| value.is_arguments_object(),
        "isArrayBuffer" => |value| value.is_array_buffer(),
        "isAsyncFunction" => |value| value.is_async_function(),
        "isBigIntObject" => |value| value.is_big_int_object(),
        "isBooleanObject" => |value| value.is_boolean_object(),
        "isDate" => |value| value.is_date(),
        "isExternal" => |value| value.is_external(),
        "isGeneratorFunction" => |value| value.is_generator_function(),
        "isGeneratorObject" => |value| value.is_generator_object(),
        "isMap" => |value| value.is_map(),
        "isMapIterator" => |value| value.is_map_iterator(),
        "isModuleNamespaceObject" => |value| value.is_module_namespace_object(),
        "isNativeError" => |value| value.is_native_error(),
        "isNumberObject" => |value| value.is_number_object(),
        "isPromise" => |value| value.is_promise(),
        "isProxy" => |value| value.is_proxy(),
        "isRegExp" => |value| value.is_reg_exp(),
        "isSet" => |value| value.is_set(),
        "isSetIterator" => |value| value.is_set_iterator(),
        "isSharedArrayBuffer" => |value| value.is_shared_array_buffer(),
        "isStringObject" => |value| value.is_string_object(),
        "isSymbolObject" => |value| value.is_symbol_object(),
        "isWeakMap" => |value| value.is_weak_map(),
        "isWeakSet" => |value| value.is_weak_set(),
        "isAnyArrayBuffer" => |value| value.is_array_buffer() || value.is_shared_array_buffer(),
        "isBoxedPrimitive" => |value| {
            value.is_number_object()
                || value.is_string_object()
                || value.is_boolean_object()
                || value.is_big_int_object()
                || value.is_symbol_object()
        },
        // Not asked of V8 by Node either: it gives no external strings to JavaScript.
        "isEventTarget" => |_| false,
    )
}

/// Those that `util` has as well.
pub(super) fn of_util(table: Table) -> Table {
    kinds!(table,
        "isArrayBuffer" => |value| value.is_array_buffer(),
        "isArrayBufferView" => |value| value.is_array_buffer_view(),
        "isAsyncFunction" => |value| value.is_async_function(),
        "isDataView" => |value| value.is_data_view(),
        "isDate" => |value| value.is_date(),
        "isExternal" => |value| value.is_external(),
        "isMap" => |value| value.is_map(),
        "isMapIterator" => |value| value.is_map_iterator(),
        "isNativeError" => |value| value.is_native_error(),
        "isPromise" => |value| value.is_promise(),
        "isRegExp" => |value| value.is_reg_exp(),
        "isSet" => |value| value.is_set(),
        "isSetIterator" => |value| value.is_set_iterator(),
        "isTypedArray" => |value| value.is_typed_array(),
        "isUint8Array" => |value| value.is_uint8_array(),
        "isAnyArrayBuffer" => |value| value.is_array_buffer() || value.is_shared_array_buffer(),
    )
}

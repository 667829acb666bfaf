//! `errors`: stack traces and exceptions nobody caught.

use crate::errors;
use crate::realm::{Kept, realm};
use crate::table::Table;
use crate::value::*;

pub(super) fn table() -> Table {
    Table::new("errors")
        .function("setPrepareStackTraceCallback", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::PrepareStackTrace, args.get(0));
        })
        .function("setGetSourceMapErrorSource", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::SourceMapErrorSource, args.get(0));
        })
        .function("setMaybeCacheGeneratedSourceMap", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::MaybeCacheSourceMap, args.get(0));
        })
        .function("setEnhanceStackForFatalException", |scope: &mut Scope, args: Args, _: Ret| {
            let realm = realm(scope);
            realm.keep(scope, Kept::EnhanceBefore, args.get(0));
            realm.keep(scope, Kept::EnhanceAfter, args.get(1));
        })
        .function("setSourceMapsEnabled", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).state::<SourceMaps>().0.set(args.get(0).is_true());
        })
        .function("noSideEffectsToString", |scope: &mut Scope, args: Args, mut rv: Ret| {
            if let Some(text) = args.get(0).to_detail_string(scope) {
                rv.set(text.into());
            }
        })
        .function("triggerUncaughtException", trigger_uncaught_exception)
        .function("getErrorSourcePositions", get_error_source_positions)
}

/// Whether stack traces are mapped by source maps.
#[derive(Default)]
pub(crate) struct SourceMaps(pub(crate) std::cell::Cell<bool>);

fn trigger_uncaught_exception<'s>(scope: &mut Scope<'s, '_>, args: Args<'s>, _rv: Ret) {
    let error = args.get(0);
    let message = v8::Exception::create_message(scope, error);
    // It came from JavaScript's own hands, so only an error that was thrown somewhere has a place worth showing.
    let message = Some(message);
    errors::uncaught(scope, error, message, args.get(1).is_true());
}

fn get_error_source_positions(scope: &mut Scope, args: Args, mut rv: Ret) {
    let message = v8::Exception::create_message(scope, args.get(0));
    let positions = v8::Object::new(scope);
    let line = message.get_source_line(scope).map_or_else(|| undefined(scope), Into::into);
    set(scope, positions, "sourceLine", line);
    let resource = message.get_script_resource_name(scope).unwrap_or_else(|| undefined(scope));
    set(scope, positions, "scriptResourceName", resource);
    set_number(scope, positions, "lineNumber", message.get_line_number(scope).unwrap_or(0) as f64);
    set_number(scope, positions, "startColumn", message.get_start_column() as f64);
    rv.set(positions.into());
}

//! Node's native bindings.
//!
//! Each file here has one function that gives the [`Table`] of the binding it is named after. To add one: write the file,
//! name its `table` in [`tables`] below. Members of Node's binding that a table leaves out throw when called; constants and
//! shared arrays come from Node's own description of the binding, so a table holds functions and classes only.
//!
//! - State of a binding is a type of its own with `Default`, had by `realm(scope).state::<T>()`.
//! - A Rust value behind a JavaScript object implements `native::Native`; one that is a libuv-like handle implements
//!   `handle::Handle`.
//! - Work that takes time goes to another thread by `pool::run`, and comes back into the loop.

pub(crate) mod async_wrap;
mod blob;
mod block_list;
pub(crate) mod buffer;
pub(crate) mod builtins;
pub(crate) mod cares_wrap;
mod cjs_lexer;
pub(crate) mod contextify;
mod crypto;
mod dotenv;
mod encoding_binding;
pub(crate) mod encodings;
pub(crate) mod env;
pub(crate) mod errors;
pub(crate) mod fs;
pub(crate) mod handle;
mod http_parser;
mod ipc_serdes;
mod js_stream;
pub(crate) mod messaging;
pub(crate) mod module_wrap;
mod modules;
pub(crate) mod options;
mod os;
pub(crate) mod pipe_wrap;
pub(crate) mod process_methods;
mod process_wrap;
mod serdes;
pub(crate) mod signal_wrap;
mod small;
pub(crate) mod stream;
mod string_decoder;
mod task_queue;
pub(crate) mod tcp_wrap;
pub(crate) mod timers;
mod tty_wrap;
mod types;
pub(crate) mod udp_wrap;
mod url;
pub(crate) mod util;
mod vm_context;
mod width;
pub(crate) mod worker;
mod zlib;

use std::sync::OnceLock;

use crate::table::{self, Table};

/// Every binding, in a fixed order: snapshots refer to callbacks by position.
pub(crate) fn tables() -> &'static [Table] {
    static TABLES: OnceLock<Vec<Table>> = OnceLock::new();
    TABLES.get_or_init(|| {
        vec![
            async_wrap::table(),
            buffer::table(),
            builtins::table(),
            contextify::table(),
            crypto::table(),
            encoding_binding::table(),
            errors::table(),
            fs::dir::table(),
            fs::event::table(),
            fs::table(),
            http_parser::table(),
            messaging::table(),
            module_wrap::table(),
            modules::table(),
            options::table(),
            os::table(),
            process_methods::table(),
            signal_wrap::table(),
            small::async_context_frame(),
            block_list::table(),
            small::config(),
            small::credentials(),
            small::diagnostics_channel(),
            small::heap_utils(),
            small::icu(),
            small::inspector(),
            small::internal_only_v8(),
            small::mksnapshot(),
            small::performance(),
            small::permission(),
            small::permission_free_symbols(),
            small::report(),
            small::sea(),
            small::trace_events(),
            small::uv(),
            small::v8_binding(),
            small::wasm_web_api(),
            string_decoder::table(),
            task_queue::table(),
            timers::table(),
            types::table(),
            url::table(),
            util::table(),
            worker::table(),
            cares_wrap::table(),
            cjs_lexer::table(),
            pipe_wrap::table(),
            process_wrap::sync_table(),
            process_wrap::table(),
            stream::table(),
            tcp_wrap::table(),
            tty_wrap::table(),
            blob::table(),
            serdes::table(),
            zlib::table(),
            ipc_serdes::table(),
            js_stream::table(),
            udp_wrap::table(),
        ]
    })
}

/// The table of a binding.
pub(crate) fn table(name: &str) -> Option<&'static Table> {
    tables().iter().find(|table| table.name == name)
}

/// What a snapshot may point to outside itself, but for the sources of modules.
pub(crate) fn references() -> Vec<v8::ExternalReference> {
    let shared = [table::shared_callbacks().no_op, table::shared_callbacks().missing];
    let callbacks = shared.into_iter().chain(tables().iter().flat_map(Table::callbacks));
    let mut references: Vec<_> = callbacks.map(|function| v8::ExternalReference { function }).collect();
    references.extend(util::references());
    references.extend(env::references());
    references
}

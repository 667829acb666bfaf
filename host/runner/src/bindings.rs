//! The contract, as wasmtime sees it.

#![allow(missing_docs, unreachable_pub)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "kernel",
    additional_derives: [PartialEq],
});

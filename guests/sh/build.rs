//! The stack of the program on WebAssembly: scripts recurse, and the shell with them.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        // What `eval::list::DEPTH` allows takes some 3 MiB.
        println!("cargo:rustc-link-arg-bins=-zstack-size={}", 4 << 20);
    }
}

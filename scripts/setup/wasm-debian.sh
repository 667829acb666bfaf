# shellcheck shell=sh
# Sourced: a rustup toolchain with the WASM targets, put together from Debian's newer compiler and the sources of
# its standard library (rustc-web, rust-web-src), Debian's wasi-libc, and the linkers of rustup's own toolchain.

DEBIAN_NAME=vivarium-wasm
DEBIAN_PACKAGES='rustc-web rust-web-src'

debian_toolchain() {
    have apt-get && have dpkg-deb || return 1
    say "WASM: rustup can't add the targets here; building the standard library from Debian's packages (about 2 minutes, once)"
    work=$CACHE/wasm-debian.new
    rm -rf "$work" && mkdir -p "$work"
    # shellcheck disable=SC2086 # a list
    debs "$work" $DEBIAN_PACKAGES || return 1
    # The wasi-libc of the stable suites lacks pthread_create and its kin, which this std refers to.
    debs_sid "$work/libc" wasi-libc || return 1

    tree=$work/usr
    host=$(rustc -vV | sed -n 's/^host: //p')
    ours=$(cd "$ROOT" && rustc --print sysroot)
    debian_rustc || return 1
    ln -s "$ours/bin/cargo" "$tree/bin/cargo"
    ln -s "$ours/lib/rustlib/$host/bin" "$tree/lib/rustlib/$host/bin"

    for target in wasm32-wasip1 wasm32-wasip2; do debian_std "$target" || return 1; done
    rm -rf "$work/libc" "$work/std" "$tree/src" "$tree/lib/rustlib/src"
    replace "$work" "$CACHE/wasm-debian"
    rustup toolchain link "$DEBIAN_NAME" "$CACHE/wasm-debian/usr"
}

# The unpacked compiler finds its shared libraries, and itself, wherever the folder is moved to. Cargo's own
# notion of the library path (rustup's) must not come before it.
debian_rustc() {
    libs=$(dirname "$(find "$tree/lib" -name 'librustc_driver-*.so' | head -n 1)")
    mv "$tree/bin/rustc" "$tree/bin/rustc-web"
    cat >"$tree/bin/rustc" <<SCRIPT
#!/bin/sh
tree=\$(cd "\$(dirname "\$0")/.." && pwd)
LD_LIBRARY_PATH=\$tree/${libs#"$tree/"} exec "\$tree/bin/rustc-web" --sysroot "\$tree" "\$@"
SCRIPT
    chmod +x "$tree/bin/rustc"
    "$tree/bin/rustc" --version >/dev/null
}

# Std for one target, with embedded bitcode: without it every build of a guest with LTO fails.
debian_std() {
    crate=$work/std
    mkdir -p "$crate/src"
    printf '[package]\nname = "scratch"\nedition = "2021"\n[workspace]\n' >"$crate/Cargo.toml"
    : >"$crate/src/lib.rs"
    (
        cd "$crate"
        unset CARGO_BUILD_TARGET CARGO_ENCODED_RUSTFLAGS RUSTC_WRAPPER
        RUSTC="$tree/bin/rustc" RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR="$crate/target" \
            logged "wasm-std-$1" "$ours/bin/cargo" build --release \
            -Zbuild-std=std,panic_abort,panic_unwind --target "$1"
    ) || return 1
    lib=$tree/lib/rustlib/$1/lib
    mkdir -p "$lib/self-contained"
    cp "$crate/target/$1/release/deps"/lib*.rlib "$lib"
    rm -f "$lib"/libscratch-*.rlib
    case $1 in wasm32-wasip1) libc=wasm32-wasi ;; *) libc=$1 ;; esac
    for file in crt1-command.o crt1-reactor.o libc.a; do
        cp "$work/libc/usr/lib/$libc/$file" "$lib/self-contained/" || return 1
    done
}

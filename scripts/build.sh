#!/bin/sh
# build.sh [kernel] [image] [native] [node]: builds these parts, or all. Each is rebuilt only as far as its sources changed,
# and a file of the distribution is replaced only by different content.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=env.sh
. "$ROOT/scripts/env.sh"
cd "$ROOT"

kernel() {
    cargo "+$VIVARIUM_WASM_TOOLCHAIN" build ${CI:+--locked} --package vivarium-kernel --target wasm32-wasip2 --profile kernel
    update "$CARGO_TARGET_DIR/wasm32-wasip2/kernel/vivarium_kernel.wasm" "$VIVARIUM_DIST/kernel.wasm"
}

# update BUILT PLACE: puts a copy there, if it differs.
update() {
    mkdir -p "${2%/*}"
    if ! cmp -s "$1" "$2"; then
        cp "$1" "$2.new-$$"
        replace "$2.new-$$" "$2"
    fi
}

image() {
    (
        cd guests
        CARGO_TARGET_DIR=$VIVARIUM_GUESTS_TARGET \
            cargo "+$VIVARIUM_WASM_TOOLCHAIN" build ${CI:+--locked} --workspace --target wasm32-wasip1 --release
    )
    cargo run --quiet ${CI:+--locked} --release --package vivarium-image -- \
        guests "$VIVARIUM_GUESTS_TARGET/wasm32-wasip1/release" "$VIVARIUM_DIST"
    component vivarium-wasi-test wasi-test
}

# component PACKAGE PROGRAM: a guest that tests run as a component of WASI 0.2 too.
component() {
    (
        cd guests
        CARGO_TARGET_DIR=$VIVARIUM_GUESTS_TARGET \
            cargo "+$VIVARIUM_WASM_TOOLCHAIN" build ${CI:+--locked} --package "$1" --target wasm32-wasip2 --release
    )
    update "$VIVARIUM_GUESTS_TARGET/wasm32-wasip2/release/$2.wasm" "$VIVARIUM_DIST/test/$2.component.wasm"
}

native() {
    # shellcheck disable=SC2046 # a list
    cargo build ${CI:+--locked} --release $(native_packages)
    node
}

# What node processes start from; made anew each time, because it must fit the executor that was just built.
node() {
    [ "$VIVARIUM_JS" = on ] || return 0
    "$CARGO_TARGET_DIR/release/vivarium-node-snapshot" "$VIVARIUM_NODE_LIB" "$VIVARIUM_DIST/node"
}

[ $# -gt 0 ] || set -- kernel image native
for part in "$@"; do
    case $part in
    kernel | image | native | node) "$part" ;;
    *) die "there is no part '$part' to build" "parts: kernel, image, native (and, once that is built, node)" ;;
    esac
done

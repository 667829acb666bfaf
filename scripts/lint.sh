#!/bin/sh
# Formatting and lints of native code, kernel component, guests and scripts.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=env.sh
. "$ROOT/scripts/env.sh"
cd "$ROOT"

cargo fmt --all --check
cargo fmt --all --check --manifest-path guests/Cargo.toml
# shellcheck disable=SC2046 # a list
cargo clippy ${CI:+--locked} --release --all-targets $(native_packages) -- -D warnings
if have shellcheck; then
    find scripts .ci just -type f \( -name '*.sh' -o -name just -o -name run \) -exec shellcheck {} +
fi

# Clippy for the targets that programs are built for, where that toolchain has it: Debian's compiler does not, and
# then the compiler's own warnings are the check.
wasm_check() {
    if cargo "+$VIVARIUM_WASM_TOOLCHAIN" clippy --version >/dev/null 2>&1; then
        cargo "+$VIVARIUM_WASM_TOOLCHAIN" clippy ${CI:+--locked} "$@" -- -D warnings
    else
        RUSTFLAGS=-Dwarnings cargo "+$VIVARIUM_WASM_TOOLCHAIN" check ${CI:+--locked} "$@"
    fi
}
wasm_check --package vivarium-kernel --target wasm32-wasip2 --profile kernel
cd guests
# Programs build for the host too, whose toolchain always has clippy.
CARGO_TARGET_DIR=$VIVARIUM_GUESTS_TARGET cargo clippy ${CI:+--locked} --release --workspace --all-targets -- -D warnings
CARGO_TARGET_DIR=$VIVARIUM_GUESTS_TARGET wasm_check --workspace --target wasm32-wasip1 --release
CARGO_TARGET_DIR=$VIVARIUM_GUESTS_TARGET wasm_check --package vivarium-wasi-test --target wasm32-wasip2 --release

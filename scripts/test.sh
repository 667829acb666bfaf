#!/bin/sh
# test.sh [NAME…]: every test, or those whose names contain NAME. What tests run in VMs is built first.
# The summary of the test runner comes last.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=env.sh
. "$ROOT/scripts/env.sh"
cd "$ROOT"

"$ROOT/scripts/build.sh" kernel image

# The kernel core's tests and the host's, which links wasmtime and V8, are all built with the optimised profile.
# shellcheck disable=SC2046 # a list
[ $# -gt 0 ] || cargo test --release ${CI:+--locked} --doc $(native_packages)
# shellcheck disable=SC2046 # a list
set -- --release ${CI:+--locked} $(native_packages) "$@"
if cargo nextest --version >/dev/null 2>&1; then
    set -- nextest run "$@"
else
    set -- test --lib --bins --tests --examples "$@"
fi
cargo "$@" --no-run
"$ROOT/scripts/build.sh" node
# No test is to wait for the first compile of a program, nor many for the same.
"$CARGO_TARGET_DIR/release/viv" image --compile
exec cargo "$@" --no-fail-fast

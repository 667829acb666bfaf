# shellcheck shell=sh
# Sourced after lib.sh: the environment that everything is built and run in. `./just env` prints it for a shell.
# With CARGO_TARGET_DIR set, as one does for a second checkout, what is built goes there and shares nothing.
# shellcheck source=setup/versions.sh
. "$ROOT/scripts/setup/versions.sh"

if [ -n "${CARGO_TARGET_DIR:-}" ]; then
    : "${VIVARIUM_GUESTS_TARGET:=$CARGO_TARGET_DIR/guests}" "${VIVARIUM_DIST:=$CARGO_TARGET_DIR/dist}"
else
    CARGO_TARGET_DIR=$CACHE/target
    : "${VIVARIUM_GUESTS_TARGET:=$CACHE/target-guests}" "${VIVARIUM_DIST:=$CACHE/dist}"
fi
VIVARIUM_WASM_TOOLCHAIN=$(cat "$CACHE/wasm-toolchain")
VIVARIUM_JS=${VIVARIUM_JS:-$(cat "$CACHE/js" 2>/dev/null || echo off)}
VIVARIUM_NODE=$CACHE/node/$NODE_VERSION/bin/node
VIVARIUM_NODE_LIB=$CACHE/node-lib/$NODE_VERSION
export CARGO_TARGET_DIR VIVARIUM_GUESTS_TARGET VIVARIUM_DIST VIVARIUM_WASM_TOOLCHAIN VIVARIUM_JS
export VIVARIUM_NODE VIVARIUM_NODE_LIB

if [ "$VIVARIUM_JS" = on ] && [ -z "${RUSTY_V8_ARCHIVE:-}" ]; then
    archive=$CACHE/v8/$(v8_version)/$(v8_archive)
    if [ -s "$archive" ]; then
        RUSTY_V8_ARCHIVE=$archive
        export RUSTY_V8_ARCHIVE
    fi
fi


# (Recipes let a person's build bring Cargo.lock up to date, and CI's not: ${CI:+--locked}.)
# Cargo's words for the native packages that this machine can build.
native_packages() {
    printf '%s\n' --workspace
    if [ "$VIVARIUM_JS" = on ]; then
        if grep -qs '^js *=' "$ROOT"/host/*/Cargo.toml; then printf '%s\n' --features js; fi
    elif [ -e "$ROOT/host/js/Cargo.toml" ]; then
        printf '%s\n' --exclude vivarium-js
    fi
}

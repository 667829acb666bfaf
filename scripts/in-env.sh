#!/bin/sh
# in-env.sh COMMAND…: runs a command in the environment of builds; without one, prints that environment for a shell.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=env.sh
. "$ROOT/scripts/env.sh"

[ $# -eq 0 ] || exec "$@"
for name in CARGO_TARGET_DIR RUSTY_V8_ARCHIVE VIVARIUM_DIST VIVARIUM_GUESTS_TARGET VIVARIUM_JS VIVARIUM_NODE \
    VIVARIUM_NODE_LIB VIVARIUM_WASM_TOOLCHAIN; do
    value=$(printenv "$name") || continue
    printf "export %s='%s'\n" "$name" "$(printf %s "$value" | sed "s/'/'\\\\''/g")"
done

#!/bin/sh
# Everything that building and running takes and cargo doesn't bring. A second run does nothing.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
"$ROOT/scripts/setup/wasm.sh"
"$ROOT/scripts/setup/js.sh"

#!/bin/sh
# second-embedder.sh: the kernel under the example embedder in Node.js.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=env.sh
. "$ROOT/scripts/env.sh"

"$ROOT/scripts/build.sh" kernel
cd "$ROOT/examples/embed-node"
[ -d node_modules ] || npm ci --no-audit --no-fund
VIVARIUM_KERNEL=$VIVARIUM_DIST/kernel.wasm npm run --silent build
exec npm test --silent

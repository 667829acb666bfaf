#!/bin/sh
# second-embedder.sh: the kernel under the example embedder in Node.js.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=env.sh
. "$ROOT/scripts/env.sh"

"$ROOT/scripts/build.sh" kernel
cd "$ROOT/examples/embed-node"
# Not `npm ci`: a lock file that names no registry is not whole for it where packages are optional.
[ -d node_modules ] || npm install --no-audit --no-fund
VIVARIUM_KERNEL=$VIVARIUM_DIST/kernel.wasm npm run --silent build
exec npm test --silent

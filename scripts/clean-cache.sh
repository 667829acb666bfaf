#!/bin/sh
# Removes the cache, and the rustup toolchain that is linked into it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ -e "$CACHE/wasm-debian" ]; then rustup toolchain uninstall vivarium-wasm >/dev/null 2>&1 || true; fi
rm -rf "$CACHE"
say "removed $CACHE"

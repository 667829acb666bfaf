#!/bin/sh
# compare.sh: measures other systems of this kind beside ours and writes the table into docs/figures.md.
# They come by npm, into the cache, and take some 1.5 GB there.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=env.sh
. "$ROOT/scripts/env.sh"
cd "$ROOT"

have npm || die "npm is missing" "install Node.js with npm, then run this again"
"$ROOT/scripts/build.sh"
OTHERS=$CACHE/others
mkdir -p "$OTHERS"
cp benches/others/* "$OTHERS"
if ! cmp -s "$OTHERS/package.json" "$OTHERS/node_modules/.installed"; then
    say "getting the other systems (some minutes)"
    (cd "$OTHERS" && logged others npm install --no-audit --no-fund) || die "the other systems could not be installed"
    cp "$OTHERS/package.json" "$OTHERS/node_modules/.installed"
fi
exec "$CARGO_TARGET_DIR/release/vivarium-figures" --others "$OTHERS" --write docs/figures.md

#!/bin/sh
# figures.sh [GROUP…]: measures every figure beside the native one, or those of some groups. Without groups the table is
# written into docs/figures.md.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=env.sh
. "$ROOT/scripts/env.sh"
cd "$ROOT"

"$ROOT/scripts/build.sh"
(cd guests && CARGO_TARGET_DIR=$VIVARIUM_GUESTS_TARGET cargo build ${CI:+--locked} --release --package vivarium-bench-guest)
VIVARIUM_BENCH_GUEST=$VIVARIUM_DIST/test/bench-guest.wasm
VIVARIUM_BENCH_NATIVE=$VIVARIUM_GUESTS_TARGET/release/bench-guest
export VIVARIUM_BENCH_GUEST VIVARIUM_BENCH_NATIVE
# The `configure` that shells are measured with, where it has been fetched or can be.
if have apt-get && have dpkg-source && "$ROOT/scripts/conformance.sh" --fetch gawk; then
    VIVARIUM_BENCH_CONFIGURE=$CACHE/suites/source/gawk
    export VIVARIUM_BENCH_CONFIGURE
fi
# The TypeScript compiler, likewise.
if [ "$VIVARIUM_JS" = on ] && have npm && "$ROOT/scripts/node-programs.sh" --fetch; then
    VIVARIUM_BENCH_PROGRAMS=$CACHE/programs/node_modules
    export VIVARIUM_BENCH_PROGRAMS
fi
[ $# -gt 0 ] || set -- --write docs/figures.md
exec "$CARGO_TARGET_DIR/release/vivarium-figures" "$@"

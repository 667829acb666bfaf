#!/bin/sh
# Licences, sources and advisories of the dependencies of host, kernel and guests, with cargo-deny: one on PATH, or a
# pinned one built into the cache (some ten minutes on two cores, which is why CI leaves it out). The database of advisories is
# asked for over the network; where it can't be had, the rest is still checked and one line says so.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

PINNED=0.20.2
tools=$CACHE/tools/cargo-deny-$PINNED
PATH=$PATH:$tools/bin
if ! have cargo-deny; then
    lock audit
    say "building cargo-deny $PINNED (some ten minutes, once)"
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        logged cargo-deny cargo install cargo-deny --version "$PINNED" --locked --root "$tools" \
        --target-dir "$CACHE/tools/target" || die 'cargo-deny could not be built' "cargo install cargo-deny --locked"
    rm -rf "$CACHE/tools/target"
fi

advisories=advisories
limited 120 cargo deny --locked fetch db >/dev/null 2>&1 || {
    advisories=
    say 'the database of advisories cannot be reached here: licences, bans and sources only'
}
for manifest in Cargo.toml guests/Cargo.toml; do
    # shellcheck disable=SC2086 # one word or none
    cargo deny --locked --config "$ROOT/deny.toml" --manifest-path "$manifest" check --hide-inclusion-graph \
        $advisories bans licenses sources
done

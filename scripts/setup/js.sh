#!/bin/sh
# Can this machine have JavaScript? It takes V8 and Node's library. The answer goes to $CACHE/js, "on" or "off";
# where it is off, everything else is still built, run and tested.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

if [ ! -e "$ROOT/host/js/Cargo.toml" ]; then
    answer=off
elif ! reason=$("$ROOT/scripts/setup/v8.sh"); then
    answer=off
    say "JavaScript is off: $reason. './just v8' builds V8 from the crate's sources (about an hour on two cores)."
elif ! reason=$("$ROOT/scripts/setup/node-lib.sh"); then
    answer=off
    say "JavaScript is off: $reason. Once npm can, './just setup' switches it on."
else
    answer=on
fi
[ "$(cat "$CACHE/js" 2>/dev/null)" = "$answer" ] || echo "$answer" >"$CACHE/js"
